/* How VirtualCenter empties a host: largest demand first, least-loaded host with room. */

static int64_t largest_unplanned(const Cluster *c, int64_t first, int64_t end) {
    int64_t best = -1;
    double best_mhz = -1.0;
    for (int64_t r = first; r < end; r++) {
        const int64_t v = c->vms.by_host[r];
        if (c->vms.plan_host[v] != NO_HOST || c->migrations.phase[v] != MIGRATION_PHASE_NONE) continue;
        const double mhz = c->vm_statistics.demand_5min_mhz[v];
        if (mhz > best_mhz) best = v, best_mhz = mhz;
    }
    return best;
}

static bool meets_rival(const Cluster *c, int64_t v, int64_t t, int64_t source) {
    const Vms *vms = &c->vms;
    const int64_t first = c->hosts.first_vm[source], end = first + c->hosts.num_vms[source];
    if (vms->apart_group[v] == NO_GROUP) return false;
    for (int64_t r = first; r < end; r++) {
        const int64_t u = vms->by_host[r];
        if (u != v && vms->apart_group[u] == vms->apart_group[v] && vms->plan_host[u] == t) return true;
    }
    return false;
}

static bool assign(const Cluster *c, int64_t v, int64_t source) {
    const Hosts *hosts = &c->hosts;
    const Vms *vms = &c->vms;
    const double mhz = c->vm_statistics.demand_5min_mhz[v], mb = c->vm_statistics.memory_demand_mb[v];
    const double reserved_mhz = vms->cpu_reservation_mhz[v];
    const double reserved_mb = vms->memory_reservation_mb[v] + vms->overhead_mb[v];
    int64_t best = NO_HOST;
    double best_load = c->virtual_center_params.receiver_limit;
    for each(t, hosts->n) {
        if (hosts->is_receiver[t] == 0 || t == vms->host[v]) continue;
        const double load = (hosts->plan_mhz[t] + mhz) / hosts->cpu_capacity_mhz[t];
        if (load > best_load || (load == best_load && best != NO_HOST)) continue;
        if (hosts->plan_memory_mb[t] + mb > hosts->memory_capacity_mb[t]) continue;
        if (hosts->plan_reserved_mhz[t] + reserved_mhz > hosts->cpu_capacity_mhz[t]) continue;
        if (hosts->plan_reserved_mb[t] + reserved_mb > hosts->memory_capacity_mb[t]) continue;
        if (!reaches(c, v, t) || hosts->cpu_class[t] != hosts->cpu_class[source]) continue;
        if (!has_vmotion_network(c, source) || !has_vmotion_network(c, t)) continue;
        if (!keeps_apart(c, v, t) || meets_rival(c, v, t, source)) continue;
        best = t, best_load = load;
    }
    if (best == NO_HOST) return false;
    vms->plan_host[v] = best;
    hosts->plan_mhz[best] += mhz;
    hosts->plan_memory_mb[best] += mb;
    hosts->plan_reserved_mhz[best] += reserved_mhz;
    hosts->plan_reserved_mb[best] += reserved_mb;
    return true;
}

static bool plan(const Cluster *c, int64_t h) {
    const Hosts *hosts = &c->hosts;
    const Vms *vms = &c->vms;
    const Migrations *migrations = &c->migrations;
    for each(t, hosts->n) {
        hosts->is_receiver[t] = t != h && is_open(hosts, t);
        hosts->plan_mhz[t] = c->host_statistics.planned_5min_mhz[t];
        hosts->plan_memory_mb[t] = c->host_statistics.planned_memory_mb[t];
        hosts->plan_reserved_mhz[t] = hosts->reserved_mhz[t];
        hosts->plan_reserved_mb[t] = hosts->reserved_mb[t];
    }
    const int64_t first = hosts->first_vm[h], end = first + hosts->num_vms[h];
    for (int64_t r = first; r < end; r++) vms->plan_host[vms->by_host[r]] = NO_HOST;
    for (int64_t v = largest_unplanned(c, first, end); v >= 0; v = largest_unplanned(c, first, end)) {
        if (vms->state[v] != VM_STATE_RUNNING || !assign(c, v, h)) return false;
    }
    if (c->clock.copying[0] == 0) return true;
    for each(v, vms->n) {
        const bool is_inbound = migrations->phase[v] != MIGRATION_PHASE_NONE && migrations->destination[v] == h;
        if (is_inbound && !assign(c, v, h)) return false;
    }
    return true;
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
