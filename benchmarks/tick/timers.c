/* When something happens next by itself. */

static inline bool is_due(const Clock *clock) { return clock->now_s[0] + clock->tick_s[0] >= clock->next_event_s[0]; }

static inline double due_at_s(const Hosts *hosts, int64_t h) {
    const int64_t state = hosts->power_state[h];
    if (state == POWER_STATE_ON || state == POWER_STATE_STANDBY) return NEVER;
    return state == POWER_STATE_FAILED ? hosts->repair_at_s[h] : hosts->ready_at_s[h];
}

static inline double host_event_s(const Hosts *hosts, int64_t h, double end_s) {
    const bool is_leaving = hosts->power_state[h] == POWER_STATE_ENTERING_STANDBY && hosts->ready_at_s[h] == NEVER;
    if (is_leaving || hosts->connection[h] == CONNECTION_STATE_ENTERING_MAINTENANCE) return end_s;
    const double event_s = least(due_at_s(hosts, h), hosts->next_failure_s[h]);
    if (hosts->connection[h] == CONNECTION_STATE_CONNECTED) return event_s;
    return least(event_s, hosts->maintenance_ends_s[h]);
}

static inline double vm_event_s(const Cluster *c, int64_t v, double end_s) {
    const Vms *vms = &c->vms;
    const int64_t state = vms->state[v];
    if (state == VM_STATE_RUNNING || state == VM_STATE_AWAITING_PLACEMENT) return NEVER;
    if (state == VM_STATE_NOT_ARRIVED) return vms->arrives_at_s[v];
    if (state == VM_STATE_STARTING) return vms->up_at_s[v];
    return c->ha_params.has_pending_retry == 1 && vms->restart_attempts[v] > 0 ? end_s : vms->restart_at_s[v];
}

static void look_ahead(const Cluster *c) {
    const Hosts *hosts = &c->hosts;
    const Incidents *incidents = &c->incidents;
    const double now_s = c->clock.now_s[0], end_s = now_s + c->clock.tick_s[0];
    const double hour_ends_s = (double)(whole(now_s, TIMERS_SECONDS_PER_HOUR) + 1) * TIMERS_SECONDS_PER_HOUR;
    const int64_t num_hosts = hosts->n, num_vms = c->vms.n;
    double next_s = most(hour_ends_s, end_s);
    for each(h, num_hosts) next_s = least(next_s, host_event_s(hosts, h, end_s));
    for each(n, incidents->n) {
        if (incidents->is_done[n] != 0) continue;
        const bool waits = incidents->kind[n] == INCIDENT_KIND_MAINTENANCE;
        next_s = least(next_s, waits ? most(incidents->at_s[n], end_s) : incidents->at_s[n]);
    }
    for each(v, num_vms) next_s = least(next_s, vm_event_s(c, v, end_s));
    c->clock.next_event_s[0] = next_s;
}
