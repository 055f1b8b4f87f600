/* HA and the failures it answers. */

static void doom(const Cluster *c, int64_t h, double at_s, double repair_s) {
    const Hosts *hosts = &c->hosts;
    const int64_t state = hosts->power_state[h];
    const double powered_from_s = c->clock.now_s[0] + c->clock.tick_s[0] - hosts->on_s[h] - hosts->boot_tick_s[h];
    if (state == POWER_STATE_STANDBY || state == POWER_STATE_FAILED) return;
    if (at_s < powered_from_s || at_s >= hosts->fails_at_s[h]) return;
    hosts->fails_at_s[h] = at_s;
    hosts->repair_at_s[h] = at_s + repair_s;
    stir(c, h);
}

static void read_tape(const Cluster *c, int64_t h) {
    const Hosts *hosts = &c->hosts;
    const HaParams *ha = &c->ha_params;
    const int64_t seed = c->randomness.seed, count = ++hosts->failures[h];
    const double at_s = hosts->next_failure_s[h];
    const double repair_s = exp(ha->repair_mu + ha->repair_sigma * normal(seed, STREAM_REPAIR, h, count));
    doom(c, h, at_s, repair_s);
    hosts->next_failure_s[h] = NEVER;
    if (ha->failure_scale_s <= 0.0) return;
    const double hazard = -log(uniform(seed, STREAM_FAILURE, h, count));
    hosts->next_failure_s[h] = at_s + repair_s + ha->failure_scale_s * pow(hazard, 1.0 / ha->failure_shape);
}

static void foresee_failures(const Cluster *c) {
    const Incidents *incidents = &c->incidents;
    const double end_s = c->clock.now_s[0] + c->clock.tick_s[0];
    const int64_t num_hosts = c->hosts.n;
    for each(h, num_hosts) {
        while (c->hosts.next_failure_s[h] <= end_s) read_tape(c, h);
    }
    for each(n, incidents->n) {
        const bool is_due = incidents->kind[n] == INCIDENT_KIND_HOST_FAILURE && incidents->at_s[n] <= end_s;
        if (!is_due || incidents->is_done[n] != 0) continue;
        incidents->is_done[n] = 1;
        doom(c, incidents->host[n], incidents->at_s[n], incidents->duration_s[n]);
    }
}

static void fail_host(const Cluster *c, int64_t h, double end_s) {
    const Hosts *hosts = &c->hosts;
    const double lost_s = end_s - hosts->fails_at_s[h], lost_on_s = least(lost_s, hosts->on_s[h]);
    hosts->on_s[h] -= lost_on_s;
    hosts->boot_tick_s[h] = most(0.0, hosts->boot_tick_s[h] - (lost_s - lost_on_s));
    hosts->power_state[h] = POWER_STATE_FAILED;
    hosts->connection[h] = CONNECTION_STATE_CONNECTED;
    hosts->state_since_s[h] = hosts->fails_at_s[h];
    hosts->ready_at_s[h] = NEVER;
    hosts->restores_at_s[h] = hosts->fails_at_s[h] + c->ha_params.declared_after_s;
}

static void take_down(const Cluster *c, int64_t v, double end_s) {
    const Vms *vms = &c->vms;
    const double died_at_s = c->hosts.fails_at_s[vms->host[v]], restores_at_s = c->hosts.restores_at_s[vms->host[v]];
    if (vms->state[v] == VM_STATE_STARTING) vms->up_s[v] = most(0.0, died_at_s - vms->up_at_s[v]);
    else vms->up_s[v] = most(0.0, vms->up_s[v] - (end_s - died_at_s));
    vms->state[v] = VM_STATE_DOWN;
    vms->up_at_s[v] = NEVER;
    vms->restart_attempts[v] = 0;
    const bool is_restarted = c->ha_params.is_enabled == 1 && vms->restart_priority[v] > 0;
    vms->restart_at_s[v] = is_restarted ? restores_at_s + c->ha_params.placement_s : NEVER;
    vms->demand_mhz[v] = vms->delivered_mhz[v] = vms->active_mb[v] = 0.0;
    vms->shared_mb[v] = vms->ballooned_mb[v] = vms->swapped_mb[v] = vms->unserved_mb[v] = 0.0;
}

static void strike(const Cluster *c) {
    const Hosts *hosts = &c->hosts;
    const Vms *vms = &c->vms;
    const double end_s = c->clock.now_s[0] + c->clock.tick_s[0];
    const int64_t num_hosts = hosts->n;
    int64_t num_dead = 0;
    for each(h, num_hosts) {
        if (hosts->fails_at_s[h] > end_s) continue;
        fail_host(c, h, end_s);
        num_dead++;
    }
    if (num_dead == 0) return;
    c->metrics.value[METRIC_HOST_FAILURES] += (double)num_dead;
    c->clock.placement_changed[0] = 1;
    for each(v, vms->n) {
        if (is_powered_on(vms->state[v]) && hosts->fails_at_s[vms->host[v]] <= end_s) take_down(c, v, end_s);
    }
}

static inline bool is_back(const Hosts *hosts, int64_t h, double at_s) {
    return hosts->power_state[h] == POWER_STATE_ON && hosts->state_since_s[h] <= at_s;
}

static double attempt_at_s(const Cluster *c, int64_t v) {
    const int64_t h = c->vms.host[v];
    const double returns_at_s = c->hosts.power_state[h] == POWER_STATE_ON ? c->hosts.state_since_s[h] : NEVER;
    return least(returns_at_s, c->vms.restart_at_s[v]);
}

static int64_t rank(const Cluster *c, int64_t v, double at_s) {
    return c->vms.restart_priority[v] + (is_back(&c->hosts, c->vms.host[v], at_s) ? HA_HIGH_PRIORITY + 1 : 0);
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
    for (int64_t priority = HA_HIGH_PRIORITY; priority > 0; priority--) {
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
