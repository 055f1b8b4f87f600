/* HA restarts the VMs of dead hosts elsewhere. */

static inline bool is_back(const Hosts *hosts, int64_t h, double at_s) {
    return hosts->power_state[h] == POWER_STATE_ON && hosts->state_since_s[h] <= at_s;
}

static double attempt_at_s(const Cluster *c, int64_t v) {
    const int64_t h = c->vms.host[v];
    const double returns_at_s = c->hosts.power_state[h] == POWER_STATE_ON ? c->hosts.state_since_s[h] : NEVER;
    return least(returns_at_s, c->vms.restart_at_s[v]);
}

static int64_t rank(const Cluster *c, int64_t v, double at_s) {
    return c->vms.restart_priority[v] + (is_back(&c->hosts, c->vms.host[v], at_s) ? RESTARTS_HIGH_PRIORITY + 1 : 0);
}

static int64_t next_attempt(const Cluster *c, double end_s) {
    const int64_t num_vms = c->vms.n;
    int64_t best = NO_VM;
    double best_at_s = NEVER;
    for each(v, num_vms) {
        if (c->vms.state[v] != VM_STATE_DOWN) continue;
        const double at_s = attempt_at_s(c, v);
        if (at_s > end_s) continue;
        const bool is_first = best == NO_VM || at_s < best_at_s;
        if (is_first || (at_s == best_at_s && rank(c, v, at_s) > rank(c, best, at_s))) best = v, best_at_s = at_s;
    }
    return best;
}

static void start(const Cluster *c, int64_t v, int64_t h, double at_s) {
    const Vms *vms = &c->vms;
    stir(c, vms->host[v]);
    stir(c, h);
    vms->host[v] = h;
    vms->state[v] = VM_STATE_STARTING;
    vms->up_at_s[v] = at_s + c->ha_params.guest_boot_s;
    vms->scanned_since_s[v] = at_s;
    vms->restart_at_s[v] = NEVER;
    c->clock.placement_changed[0] = 1;
}

static double unreserved_share(const Hosts *hosts, int64_t h) {
    return least(1.0 - hosts->reserved_mhz[h] / hosts->cpu_capacity_mhz[h],
                 1.0 - hosts->reserved_mb[h] / hosts->memory_capacity_mb[h]);
}

static int64_t roomiest_host(const Cluster *c, int64_t v, double at_s) {
    const Hosts *hosts = &c->hosts;
    const int64_t num_hosts = hosts->n;
    int64_t best = NO_HOST;
    double best_share = -1.0;
    for each(h, num_hosts) {
        if (!is_back(hosts, h, at_s) || refusal_to_live_on(c, v, h) != REFUSAL_ACCEPTED) continue;
        const double share = unreserved_share(hosts, h);
        if (share > best_share) best = h, best_share = share;
    }
    return best;
}

static double next_host_at_s(const Hosts *hosts) {
    double soonest_s = NEVER;
    for each(h, hosts->n) {
        const int64_t state = hosts->power_state[h];
        if (state == POWER_STATE_WAKING) soonest_s = least(soonest_s, hosts->ready_at_s[h] + hosts->boot_s[h]);
        else if (state == POWER_STATE_BOOTING) soonest_s = least(soonest_s, hosts->ready_at_s[h]);
    }
    return soonest_s;
}

static void postpone(const Cluster *c, int64_t v, double at_s) {
    const Vms *vms = &c->vms;
    const HaParams *ha = &c->ha_params;
    const double coming_at_s = next_host_at_s(&c->hosts);
    if (ha->has_pending_retry == 1 && coming_at_s < NEVER) {
        vms->restart_attempts[v] = most_of(1, vms->restart_attempts[v]);
        vms->restart_at_s[v] = coming_at_s;
        return;
    }
    vms->restart_attempts[v]++;
    vms->restart_at_s[v] = NEVER;
    if (ha->restart_attempts > 0 && vms->restart_attempts[v] >= ha->restart_attempts) return;
    double gap_s = ha->restart_gap_s;
    for each(i, vms->restart_attempts[v] - 1) {
        if (gap_s >= ha->restart_gap_maximum_s) break;
        gap_s *= 2.0;
    }
    vms->restart_at_s[v] = at_s + least(gap_s, ha->restart_gap_maximum_s);
}

static void fail_over(const Cluster *c, int64_t v, double at_s) {
    const int64_t h = roomiest_host(c, v, at_s);
    if (h == NO_HOST) {
        postpone(c, v, at_s);
        return;
    }
    start(c, v, h, at_s);
    c->metrics.value[METRIC_RESTARTS] += 1.0;
}

static void retry_waiting(const Cluster *c) {
    const Vms *vms = &c->vms;
    const double now_s = c->clock.now_s[0], end_s = now_s + c->clock.tick_s[0];
    for (int64_t priority = RESTARTS_HIGH_PRIORITY; priority > 0; priority--) {
        for each(v, vms->n) {
            const bool is_waiting = vms->state[v] == VM_STATE_DOWN && vms->restart_attempts[v] > 0;
            if (!is_waiting || vms->restart_priority[v] != priority) continue;
            group(c);
            const int64_t h = roomiest_host(c, v, end_s);
            if (h == NO_HOST) continue;
            const double joined_at_s = c->hosts.state_since_s[h];
            start(c, v, h, joined_at_s > now_s ? joined_at_s : end_s);
            c->metrics.value[METRIC_RESTARTS] += 1.0;
        }
    }
}

static void restart(const Cluster *c) {
    const double now_s = c->clock.now_s[0], end_s = now_s + c->clock.tick_s[0];
    for (int64_t v = next_attempt(c, end_s); v != NO_VM; v = next_attempt(c, end_s)) {
        const double at_s = most(now_s, attempt_at_s(c, v));
        group(c);
        if (is_back(&c->hosts, c->vms.host[v], at_s)) start(c, v, c->vms.host[v], at_s);
        else fail_over(c, v, at_s);
    }
    if (c->ha_params.has_pending_retry == 1) retry_waiting(c);
}
