/* Which vMotions leave VirtualCenter's queue, and when. */

static void give_up(const Cluster *c, int64_t v, double now_s) {
    c->migrations.failed_at_s[v] = now_s;
    c->metrics.value[METRIC_MIGRATIONS_FAILED] += 1.0;
    release(c, v, c->migrations.destination[v]);
}

static bool is_within_limits(const Cluster *c, int64_t v) {
    const Hosts *hosts = &c->hosts;
    const int64_t source = c->migrations.source[v], destination = c->migrations.destination[v];
    return hosts->vmotions[source] < hosts->vmotion_limit[source] &&
           hosts->vmotions[destination] < hosts->vmotion_limit[destination] &&
           c->datastores.migrations[c->vms.datastore[v]] < c->vmotion_params.datastore_limit;
}

static void start_queued(const Cluster *c, double now_s) {
    const Migrations *m = &c->migrations;
    if (c->clock.vc_returns_at_s[0] > now_s) return;
    for (int64_t i = 0; i < c->clock.copying[0]; i++) {
        const int64_t v = m->order[i];
        if (m->phase[v] != MIGRATION_PHASE_QUEUED || !is_within_limits(c, v)) continue;
        if (refusal_of_start(c, v) != REFUSAL_ACCEPTED) {
            give_up(c, v, now_s);
            i--;
            continue;
        }
        take_off(c, v, now_s);
        c->datastores.migrations[c->vms.datastore[v]]++;
        m->phase[v] = MIGRATION_PHASE_SETUP;
        m->started_at_s[v] = m->copied_until_s[v] = now_s;
        m->phase_ends_s[v] = now_s + c->vmotion_params.setup_s;
        m->dirty_mb_s[v] = c->vms.dirty_mb_s[v];
        m->rounds[v] = 0;
        m->round_mb[v] = m->remaining_mb[v] = m->sent_mb[v] = 0.0;
    }
}
