/* vMotion: a queue, set-up, pre-copy, switch-over, each at its exact second. */

static void leave_flight(const Cluster *c, int64_t v, double now_s) {
    const Migrations *m = &c->migrations;
    m->rate_mb_s[v] = 0.0;
    land(c, v, now_s);
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

/* Book what VM v's migration has sent since it was last asked, and what that took of the guest's CPU. */
static void book_copy(const Cluster *c, int64_t v, double now_s) {
    const Migrations *m = &c->migrations;
    const double elapsed_s = now_s - m->copied_until_s[v];
    m->copied_until_s[v] = now_s;
    if (!is_copying(m, v)) return;
    m->remaining_mb[v] = most(0.0, m->remaining_mb[v] - m->rate_mb_s[v] * elapsed_s);
    if (m->phase[v] != MIGRATION_PHASE_PRECOPY) return;
    const double lost = c->cpu_params.vmotion_guest_slowdown + held_back(c, v);
    c->vms.slowdown[v] += least(1.0, lost) * (elapsed_s / c->clock.tick_s[0]);
}

static void fail(const Cluster *c, int64_t v, double now_s) {
    const Migrations *m = &c->migrations;
    if (m->phase[v] != MIGRATION_PHASE_QUEUED) {
        book_copy(c, v, now_s);
        if (is_copying(m, v)) m->sent_mb[v] += m->round_mb[v] - m->remaining_mb[v];
        leave_flight(c, v, now_s);
    }
    give_up(c, v, now_s);
}

/* Give everybody whose rate has changed, as somebody began or ended to copy between two hosts, the new one. */
static void share(const Cluster *c, int64_t source, int64_t destination, double now_s) {
    const Migrations *m = &c->migrations;
    const int64_t count = share_links(c, source, destination);
    for each(k, count) {
        const int64_t v = m->sharing[k];
        if (m->rate_mb_s[v] == m->fair_mb_s[v]) continue;
        book_copy(c, v, now_s);
        m->rate_mb_s[v] = m->fair_mb_s[v];
        m->phase_ends_s[v] = now_s + m->remaining_mb[v] / m->rate_mb_s[v];
    }
}

static double next_death_s(const Hosts *hosts, double after_s) {
    const int64_t num_hosts = hosts->n;
    double death_s = NEVER;
    for each(h, num_hosts) death_s = least(death_s, hosts->fails_at_s[h] > after_s ? hosts->fails_at_s[h] : NEVER);
    return death_s;
}

static bool drop_the_dead(const Cluster *c, double now_s) {
    const Migrations *m = &c->migrations;
    const double *fails_at_s = c->hosts.fails_at_s;
    const int64_t before = c->clock.in_flight[0];
    for (int64_t i = 0; i < c->clock.copying[0];) {
        const int64_t v = m->order[i], source = m->source[v], destination = m->destination[v];
        const bool copied = is_copying(m, v);
        if (least(fails_at_s[source], fails_at_s[destination]) > now_s) {
            i++;
            continue;
        }
        fail(c, v, now_s);
        if (copied) share(c, source, destination, now_s);
    }
    return c->clock.in_flight[0] < before;
}

static bool end_phases(const Cluster *c, double now_s) {
    const Migrations *m = &c->migrations;
    const int64_t before = c->clock.in_flight[0];
    for (int64_t i = 0; i < c->clock.in_flight[0];) {
        const int64_t v = m->flight[i], source = m->source[v], destination = m->destination[v];
        if (m->phase_ends_s[v] > now_s) {
            i++;
            continue;
        }
        const bool copied = is_copying(m, v);
        book_copy(c, v, now_s);
        if (m->phase[v] == MIGRATION_PHASE_SETUP) {
            c->ledger.interval[TERM_MIGRATIONS] += 1.0;
            begin(c, v, now_s);
        } else if (m->phase[v] == MIGRATION_PHASE_PRECOPY) {
            if (!end_round(c, v, now_s)) fail(c, v, now_s);
        } else if (m->round_mb[v] > 0.0) {
            end_residue(c, v, now_s);
        } else {
            arrive(c, v, now_s);
        }
        if (is_copying(m, v) != copied) share(c, source, destination, now_s);
        else if (copied) m->phase_ends_s[v] = now_s + m->remaining_mb[v] / m->rate_mb_s[v];
        if (m->phase[v] != MIGRATION_PHASE_NONE) i++;
    }
    return c->clock.in_flight[0] < before;
}

static double next_event_s(const Cluster *c, double now_s, double latest_s) {
    const Migrations *m = &c->migrations;
    const double vc_returns_at_s = c->clock.vc_returns_at_s[0];
    const int64_t count = c->clock.in_flight[0];
    double event_s = vc_returns_at_s > now_s ? least(latest_s, vc_returns_at_s) : latest_s;
    for each(i, count) event_s = least(event_s, m->phase_ends_s[m->flight[i]]);
    return event_s;
}

static void close_tick(const Cluster *c, double end_s) {
    const Migrations *m = &c->migrations;
    const int64_t count = c->clock.in_flight[0];
    for each(i, count) {
        const int64_t v = m->flight[i];
        book_copy(c, v, end_s);
        book_cpu(c, m->source[v], end_s);
        book_cpu(c, m->destination[v], end_s);
        stir(c, m->source[v]);
        stir(c, m->destination[v]);
    }
}

static void run(const Cluster *c) {
    if (c->clock.copying[0] == 0) return;
    double now_s = c->clock.now_s[0], death_s = next_death_s(&c->hosts, -NEVER);
    const double end_s = now_s + c->clock.tick_s[0];
    bool may_start = true;
    for (;;) {
        if (death_s <= now_s) {
            may_start |= drop_the_dead(c, now_s);
            death_s = next_death_s(&c->hosts, now_s);
        }
        may_start |= end_phases(c, now_s);
        if (may_start || now_s == c->clock.vc_returns_at_s[0]) {
            start_queued(c, now_s);
            may_start = false;
        }
        if (now_s >= end_s) break;
        now_s = most(now_s, next_event_s(c, now_s, least(end_s, death_s)));
    }
    close_tick(c, end_s);
}
