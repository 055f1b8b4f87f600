/* Iterative pre-copy. */

static void start_sending(const Migrations *m, int64_t v, double size_mb, double now_s, double ends_if_empty_s) {
    m->round_began_s[v] = now_s;
    m->round_mb[v] = size_mb;
    m->remaining_mb[v] = size_mb;
    m->phase_ends_s[v] = size_mb > 0.0 ? NEVER : ends_if_empty_s;
}

static void begin(const Cluster *c, int64_t v, double now_s) {
    const Vms *vms = &c->vms;
    const double backed_mb = vms->touched_mb[v] - vms->ballooned_mb[v] - vms->swapped_mb[v];
    c->migrations.phase[v] = MIGRATION_PHASE_PRECOPY;
    start_sending(&c->migrations, v, backed_mb > 0.0 ? backed_mb : vms->touched_mb[v], now_s, now_s);
    c->migrations.rounds[v]++;
}

static bool end_round(const Cluster *c, int64_t v, double now_s) {
    const Migrations *m = &c->migrations;
    const VmotionParams *vmotion = &c->vmotion_params;
    const double rate_mb_s = m->rate_mb_s[v], round_mb = m->round_mb[v];
    const double dirtied_mb = least(m->dirty_mb_s[v] * (now_s - m->round_began_s[v]), c->vms.working_set_mb[v]);
    m->sent_mb[v] += round_mb;
    if (dirtied_mb <= vmotion->stop_mb || dirtied_mb <= vmotion->stop_s * rate_mb_s) {
        m->phase[v] = MIGRATION_PHASE_SWITCH_OVER;
        start_sending(m, v, dirtied_mb, now_s, now_s + vmotion->fixed_downtime_s);
        return true;
    }
    const bool has_prospect = dirtied_mb < round_mb || m->dirty_mb_s[v] < rate_mb_s;
    if (m->rounds[v] >= vmotion->maximum_rounds || !has_prospect) {
        if (vmotion->has_sdps == 0) {
            m->round_mb[v] = 0.0;
            return false;
        }
        m->dirty_mb_s[v] = least(m->dirty_mb_s[v], vmotion->sdps_ratio * rate_mb_s);
    }
    start_sending(m, v, dirtied_mb, now_s, now_s);
    m->rounds[v]++;
    return true;
}

static void end_residue(const Cluster *c, int64_t v, double now_s) {
    const Migrations *m = &c->migrations;
    m->sent_mb[v] += m->round_mb[v];
    m->round_mb[v] = 0.0;
    m->phase_ends_s[v] = now_s + c->vmotion_params.fixed_downtime_s;
}

static inline double held_back(const Cluster *c, int64_t v) {
    return c->vms.dirty_mb_s[v] > 0.0 ? 1.0 - c->migrations.dirty_mb_s[v] / c->vms.dirty_mb_s[v] : 0.0;
}
