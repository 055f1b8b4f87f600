/* Who lives where. */

static inline void promise(const Hosts *hosts, const Vms *vms, int64_t v, int64_t h) {
    hosts->reserved_mhz[h] += vms->cpu_reservation_mhz[v];
    hosts->reserved_mb[h] += vms->memory_reservation_mb[v] + vms->overhead_mb[v];
}

static void add_up_promises(const Cluster *c) {
    const int64_t *restrict host = c->vms.host, *restrict state = c->vms.state, *restrict phase = c->migrations.phase;
    const int64_t *restrict destination = c->migrations.destination;
    const double *restrict mhz = c->vms.cpu_reservation_mhz, *restrict mb = c->vms.memory_reservation_mb;
    const double *restrict overhead_mb = c->vms.overhead_mb;
    double *restrict reserved_mhz = c->hosts.reserved_mhz, *restrict reserved_mb = c->hosts.reserved_mb;
    int64_t *restrict residents = c->hosts.num_vms;
    const int64_t num_vms = c->vms.n;
    for each(v, num_vms) {
        const double own_mb = mb[v] + overhead_mb[v];
        if (host[v] != NO_HOST) residents[host[v]]++;
        if (is_powered_on(state[v])) reserved_mhz[host[v]] += mhz[v], reserved_mb[host[v]] += own_mb;
        if (phase[v] == MIGRATION_PHASE_NONE) continue;
        reserved_mhz[destination[v]] += mhz[v];
        reserved_mb[destination[v]] += own_mb;
    }
}

static void group(const Cluster *c) {
    const Hosts *hosts = &c->hosts;
    const int64_t *restrict host = c->vms.host, *restrict first_vm = hosts->first_vm;
    int64_t *restrict by_host = c->vms.by_host, *restrict residents = hosts->num_vms;
    const int64_t num_hosts = hosts->n, num_vms = c->vms.n;
    if (c->clock.placement_changed[0] == 0) return;
    c->clock.placement_changed[0] = 0;
    for each(h, num_hosts) {
        residents[h] = 0;
        hosts->reserved_mhz[h] = 0.0;
        hosts->reserved_mb[h] = 0.0;
    }
    add_up_promises(c);
    int64_t first = 0;
    for each(h, num_hosts) {
        hosts->first_vm[h] = first;
        first += residents[h];
        residents[h] = 0;
    }
    for each(v, num_vms) {
        const int64_t h = host[v];
        if (h == NO_HOST) by_host[first++] = v;
        else by_host[first_vm[h] + residents[h]++] = v;
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
