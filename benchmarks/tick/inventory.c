/* Who lives where. */

static inline void promise(const Hosts *hosts, const Vms *vms, int64_t v, int64_t h) {
    hosts->reserved_mhz[h] += vms->cpu_reservation_mhz[v];
    hosts->reserved_mb[h] += vms->memory_reservation_mb[v] + vms->overhead_mb[v];
}

static void group(const Cluster *c) {
    const Hosts *hosts = &c->hosts;
    const Vms *vms = &c->vms;
    const Migrations *migrations = &c->migrations;
    const int64_t num_hosts = hosts->n, num_vms = vms->n;
    if (c->clock.placement_changed[0] == 0) return;
    c->clock.placement_changed[0] = 0;
    for each(h, num_hosts) {
        hosts->num_vms[h] = 0;
        hosts->reserved_mhz[h] = 0.0;
        hosts->reserved_mb[h] = 0.0;
    }
    for each(v, num_vms) {
        const int64_t h = vms->host[v], state = vms->state[v], phase = migrations->phase[v];
        if (h != NO_HOST) hosts->num_vms[h]++;
        if (is_powered_on(state)) promise(hosts, vms, v, h);
        if (phase != MIGRATION_PHASE_NONE) promise(hosts, vms, v, migrations->destination[v]);
    }
    int64_t first = 0;
    for each(h, num_hosts) {
        hosts->first_vm[h] = first;
        first += hosts->num_vms[h];
        hosts->num_vms[h] = 0;
    }
    for each(v, num_vms) {
        const int64_t h = vms->host[v];
        if (h == NO_HOST) vms->by_host[first++] = v;
        else vms->by_host[hosts->first_vm[h] + hosts->num_vms[h]++] = v;
    }
}

static inline int64_t planned_host(const Cluster *c, int64_t v) {
    return c->migrations.phase[v] != MIGRATION_PHASE_NONE ? c->migrations.destination[v] : c->vms.host[v];
}

static void begin_tick(const Cluster *c) {
    const Hosts *hosts = &c->hosts;
    const Vms *vms = &c->vms;
    const double tick_s = c->clock.tick_s[0];
    const int64_t num_hosts = hosts->n;
    group(c);
    for each(h, num_hosts) {
        if (is_still(hosts, h)) continue;
        const int64_t state = hosts->power_state[h], first = hosts->first_vm[h], end = first + hosts->num_vms[h];
        hosts->on_s[h] = runs_vms(state) ? tick_s : 0.0;
        hosts->boot_tick_s[h] = state == POWER_STATE_WAKING || state == POWER_STATE_BOOTING ? tick_s : 0.0;
        hosts->fails_at_s[h] = NEVER;
        hosts->vmotion_mhz[h] = 0.0;
        for (int64_t r = first; r < end; r++) {
            const int64_t v = vms->by_host[r];
            vms->up_s[v] = vms->state[v] == VM_STATE_RUNNING ? tick_s : 0.0;
            vms->slowdown[v] = 0.0;
        }
    }
}
