/* VirtualCenter: empties hosts, and keeps the calendar. */

static bool may_enter_maintenance(const Cluster *c, int64_t h) {
    if (c->clock.now_s[0] < c->clock.vc_returns_at_s[0] || c->hosts.power_state[h] != POWER_STATE_ON) return false;
    int64_t num_on = 0;
    for each(t, c->hosts.n) num_on += is_open(&c->hosts, t);
    return num_on > c->power_params.minimum_hosts_on && allows_leaving(c, h);
}

static void keep_calendar(const Cluster *c) {
    const Hosts *hosts = &c->hosts;
    const Incidents *incidents = &c->incidents;
    const double now_s = c->clock.now_s[0];
    const int64_t num_hosts = hosts->n;
    for each(n, incidents->n) {
        if (incidents->is_done[n] == 1 || incidents->at_s[n] > now_s) continue;
        const int64_t h = incidents->host[n];
        if (incidents->kind[n] == INCIDENT_KIND_VC_OUTAGE) {
            const double returns_at_s = incidents->at_s[n] + incidents->duration_s[n];
            c->clock.vc_returns_at_s[0] = most(c->clock.vc_returns_at_s[0], returns_at_s);
            incidents->is_done[n] = 1;
        }
        if (incidents->kind[n] == INCIDENT_KIND_MAINTENANCE && may_enter_maintenance(c, h)) {
            hosts->connection[h] = CONNECTION_STATE_ENTERING_MAINTENANCE;
            hosts->maintenance_ends_s[h] = now_s + incidents->duration_s[n];
            incidents->is_done[n] = 1;
        }
    }
    for each(h, num_hosts) {
        if (hosts->connection[h] == CONNECTION_STATE_CONNECTED) continue;
        if (hosts->maintenance_ends_s[h] <= now_s) {
            hosts->connection[h] = CONNECTION_STATE_CONNECTED;
            hosts->maintenance_ends_s[h] = NEVER;
        }
        const bool is_empty = hosts->num_vms[h] == 0 && hosts->vmotions[h] == 0;
        if (hosts->connection[h] == CONNECTION_STATE_ENTERING_MAINTENANCE && is_empty)
            hosts->connection[h] = CONNECTION_STATE_IN_MAINTENANCE;
    }
}

static int64_t stay_behind(const Cluster *c, int64_t h, bool *has_failed) {
    const int64_t first = c->hosts.first_vm[h], end = first + c->hosts.num_vms[h];
    int64_t remaining = 0;
    *has_failed = false;
    for (int64_t r = first; r < end; r++) {
        const int64_t v = c->vms.by_host[r];
        if (c->migrations.phase[v] != MIGRATION_PHASE_NONE) continue;
        remaining++;
        *has_failed |= c->migrations.failed_at_s[v] >= c->hosts.state_since_s[h];
    }
    return remaining;
}

static void cancel_standby(const Cluster *c, int64_t h) {
    c->hosts.power_state[h] = POWER_STATE_ON;
    c->hosts.state_since_s[h] = c->clock.now_s[0];
    c->hosts.ready_at_s[h] = NEVER;
}

static void empty(const Cluster *c, int64_t h, bool is_standby) {
    bool has_failed;
    if (stay_behind(c, h, &has_failed) == 0) return;
    if (is_standby && has_failed) {
        cancel_standby(c, h);
        return;
    }
    plan_loads(c);
    if (!plan(c, h)) {
        if (is_standby) cancel_standby(c, h);
        return;
    }
    const int64_t first = c->hosts.first_vm[h], end = first + c->hosts.num_vms[h];
    for (int64_t r = first; r < end; r++) {
        const int64_t v = c->vms.by_host[r];
        if (c->migrations.phase[v] == MIGRATION_PHASE_NONE) enqueue(c, v, c->vms.plan_host[v], 1);
    }
}

static void evacuate(const Cluster *c) {
    const Hosts *hosts = &c->hosts;
    const int64_t num_hosts = hosts->n;
    if (c->clock.now_s[0] < c->clock.vc_returns_at_s[0]) return;
    for each(h, num_hosts) {
        const bool is_standby = hosts->power_state[h] == POWER_STATE_ENTERING_STANDBY;
        if (is_standby || hosts->connection[h] == CONNECTION_STATE_ENTERING_MAINTENANCE) empty(c, h, is_standby);
    }
}

static void open_interval(const Cluster *c) {
    c->clock.commands[0] = 0;
    for each(h, c->hosts.n) c->hosts.commanded[h] = 0;
    for each(v, c->vms.n) c->vms.commanded[v] = 0;
}

static void judge_loss(const Cluster *c) {
    const Hosts *hosts = &c->hosts;
    for each(h, hosts->n) {
        const int64_t state = hosts->power_state[h];
        if (state == POWER_STATE_FAILED && hosts->repair_at_s[h] < c->clock.duration_s[0]) return;
        if (state != POWER_STATE_FAILED && state != POWER_STATE_STANDBY) return;
    }
    c->clock.is_terminated[0] = 1;
}
