/* vMotion: a queue, set-up, pre-copy, switch-over, each at its exact second. */

static void leave_flight(const Cluster *c, int64_t v, double now_s) {
    const Migrations *m = &c->migrations;
    stir(c, m->source[v]);
    stir(c, m->destination[v]);
    c->hosts.vmotions[m->source[v]]--;
    c->hosts.vmotions[m->destination[v]]--;
    c->datastores.migrations[c->vms.datastore[v]]--;
    c->metrics.value[METRIC_MIGRATION_S] += now_s - m->started_at_s[v];
    if (m->phase[v] != MIGRATION_PHASE_SWITCH_OVER) return;
    m->downtime_s[v] = now_s - m->round_began_s[v];
    c->ledger.interval[TERM_VMOTION_DOWNTIME_S] += m->downtime_s[v];
}

static void arrive(const Cluster *c, int64_t v, double now_s) {
    const Migrations *m = &c->migrations;
    const Vms *vms = &c->vms;
    const int64_t source = m->source[v];
    vms->host[v] = m->destination[v];
    vms->shared_mb[v] = vms->ballooned_mb[v] = vms->swapped_mb[v] = 0.0;
    vms->scanned_since_s[v] = now_s;
    m->ended_at_s[v] = now_s;
    leave_flight(c, v, now_s);
    release(c, v, source);
}

static void fail(const Cluster *c, int64_t v, double now_s) {
    const Migrations *m = &c->migrations;
    if (m->phase[v] != MIGRATION_PHASE_QUEUED) {
        if (is_copying(m, v)) m->sent_mb[v] += m->round_mb[v] - m->remaining_mb[v];
        leave_flight(c, v, now_s);
    }
    m->failed_at_s[v] = now_s;
    c->metrics.value[METRIC_MIGRATIONS_FAILED] += 1.0;
    release(c, v, m->destination[v]);
}

static void drop_the_dead(const Cluster *c, double now_s) {
    const Migrations *m = &c->migrations;
    const double *fails_at_s = c->hosts.fails_at_s;
    for (int64_t i = 0; i < c->clock.copying[0];) {
        const int64_t v = m->order[i];
        if (least(fails_at_s[m->source[v]], fails_at_s[m->destination[v]]) <= now_s) fail(c, v, now_s);
        else i++;
    }
}

static void end_phases(const Cluster *c, double now_s) {
    const Migrations *m = &c->migrations;
    for (int64_t i = 0; i < c->clock.copying[0];) {
        const int64_t v = m->order[i], count = c->clock.copying[0], phase = m->phase[v];
        const bool is_due = phase != MIGRATION_PHASE_QUEUED && m->phase_ends_s[v] <= now_s;
        if (is_due && phase == MIGRATION_PHASE_SETUP) {
            c->ledger.interval[TERM_MIGRATIONS] += 1.0;
            begin(c, v, now_s);
        } else if (is_due && phase == MIGRATION_PHASE_PRECOPY) {
            if (!end_round(c, v, now_s)) fail(c, v, now_s);
        } else if (is_due && m->round_mb[v] > 0.0) {
            end_residue(c, v, now_s);
        } else if (is_due) {
            arrive(c, v, now_s);
        }
        if (c->clock.copying[0] == count) i++;
    }
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
            fail(c, v, now_s);
            i--;
            continue;
        }
        c->hosts.vmotions[m->source[v]]++;
        c->hosts.vmotions[m->destination[v]]++;
        c->datastores.migrations[c->vms.datastore[v]]++;
        m->phase[v] = MIGRATION_PHASE_SETUP;
        m->started_at_s[v] = now_s;
        m->phase_ends_s[v] = now_s + c->vmotion_params.setup_s;
        m->dirty_mb_s[v] = c->vms.dirty_mb_s[v];
        m->rounds[v] = 0;
        m->round_mb[v] = m->remaining_mb[v] = m->sent_mb[v] = 0.0;
    }
}

static double next_event_s(const Cluster *c, double now_s, double end_s) {
    const Migrations *m = &c->migrations;
    const double *fails_at_s = c->hosts.fails_at_s, vc_returns_at_s = c->clock.vc_returns_at_s[0];
    const int64_t count = c->clock.copying[0];
    double event_s = vc_returns_at_s > now_s ? least(end_s, vc_returns_at_s) : end_s;
    for each(i, count) {
        const int64_t v = m->order[i];
        event_s = least(event_s, least(fails_at_s[m->source[v]], fails_at_s[m->destination[v]]));
        if (is_copying(m, v)) m->phase_ends_s[v] = now_s + m->remaining_mb[v] / m->rate_mb_s[v];
        if (m->phase[v] != MIGRATION_PHASE_QUEUED) event_s = least(event_s, m->phase_ends_s[v]);
    }
    return most(event_s, now_s);
}

static inline double reserved_for_vmotion_mhz(const Cluster *c, int64_t h) {
    const VmotionParams *vmotion = &c->vmotion_params;
    const bool is_10g = c->hosts.vmkernel_mbps[h] >= VMOTION_TEN_GIGABIT_MBPS;
    return c->hosts.core_mhz[h] * (is_10g ? vmotion->cpu_core_fraction_10g : vmotion->cpu_core_fraction);
}

static void copy(const Cluster *c, double elapsed_s) {
    const Hosts *hosts = &c->hosts;
    const Migrations *m = &c->migrations;
    const double of_tick = elapsed_s / c->clock.tick_s[0];
    const int64_t count = c->clock.copying[0];
    for each(i, count) {
        const int64_t v = m->order[i], source = m->source[v], destination = m->destination[v];
        if (m->phase[v] == MIGRATION_PHASE_QUEUED) continue;
        stir(c, source);
        stir(c, destination);
        hosts->vmotion_mhz[source] += reserved_for_vmotion_mhz(c, source) * of_tick / (double)hosts->vmotions[source];
        hosts->vmotion_mhz[destination] +=
            reserved_for_vmotion_mhz(c, destination) * of_tick / (double)hosts->vmotions[destination];
        if (!is_copying(m, v)) continue;
        m->remaining_mb[v] = most(0.0, m->remaining_mb[v] - m->rate_mb_s[v] * elapsed_s);
        if (m->phase[v] != MIGRATION_PHASE_PRECOPY) continue;
        c->vms.slowdown[v] += least(1.0, c->cpu_params.vmotion_guest_slowdown + held_back(c, v)) * of_tick;
    }
}

static void run(const Cluster *c) {
    double now_s = c->clock.now_s[0];
    const double end_s = now_s + c->clock.tick_s[0];
    while (c->clock.copying[0] > 0) {
        drop_the_dead(c, now_s);
        end_phases(c, now_s);
        start_queued(c, now_s);
        if (now_s >= end_s) return;
        share_links(c);
        const double event_s = next_event_s(c, now_s, end_s);
        copy(c, event_s - now_s);
        now_s = event_s;
    }
}
