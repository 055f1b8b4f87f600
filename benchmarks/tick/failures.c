/* Hosts die: who, when, and what a death takes down. */

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
