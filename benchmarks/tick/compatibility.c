/* Who may run where. */

static inline bool is_open(const Hosts *hosts, int64_t h) {
    return hosts->power_state[h] == POWER_STATE_ON && hosts->connection[h] == CONNECTION_STATE_CONNECTED;
}

static inline bool reaches(const Cluster *c, int64_t v, int64_t h) {
    return c->paths.is_reachable[h * c->datastores.n + c->vms.datastore[v]] == 1;
}

static inline bool has_vmotion_network(const Cluster *c, int64_t h) {
    const double mbps = c->hosts.vmkernel_mbps[h];
    return mbps > 0.0 && mbps >= c->vmotion_params.minimum_mbps;
}

static inline bool has_room(const Hosts *hosts, const Vms *vms, int64_t v, int64_t h) {
    const double mb = hosts->reserved_mb[h] + vms->memory_reservation_mb[v] + vms->overhead_mb[v];
    const double mhz = hosts->reserved_mhz[h] + vms->cpu_reservation_mhz[v];
    return mb <= hosts->memory_capacity_mb[h] && mhz <= hosts->cpu_capacity_mhz[h];
}

static bool keeps_apart(const Cluster *c, int64_t v, int64_t h) {
    const Vms *vms = &c->vms;
    const int64_t rival = vms->apart_group[v];
    if (rival == NO_GROUP) return true;
    for each(u, vms->n) {
        if (u == v || vms->apart_group[u] != rival || !is_powered_on(vms->state[u])) continue;
        if (vms->host[u] == h || planned_host(c, u) == h) return false;
    }
    return true;
}

static bool keeps_together(const Cluster *c, int64_t v, int64_t h) {
    const Vms *vms = &c->vms;
    const int64_t friend = vms->together_group[v];
    if (friend == NO_GROUP) return true;
    bool is_alone = true;
    for each(u, vms->n) {
        if (u == v || vms->together_group[u] != friend || !is_powered_on(vms->state[u])) continue;
        if (planned_host(c, u) == h) return true;
        is_alone = false;
    }
    return is_alone;
}

static int64_t refusal_of_hosts(const Cluster *c, int64_t v, int64_t h) {
    const Hosts *hosts = &c->hosts;
    const int64_t source = c->vms.host[v];
    if (source == h) return REFUSAL_SAME_HOST;
    if (!runs_vms(hosts->power_state[source]) || hosts->connection[source] == CONNECTION_STATE_IN_MAINTENANCE)
        return REFUSAL_SOURCE_NOT_CONNECTED;
    if (!is_open(hosts, h)) return REFUSAL_DESTINATION_NOT_CONNECTED;
    if (!reaches(c, v, source) || !reaches(c, v, h)) return REFUSAL_NO_SHARED_DATASTORE;
    if (!has_vmotion_network(c, source) || !has_vmotion_network(c, h)) return REFUSAL_NO_GIGABIT_VMKERNEL;
    return hosts->cpu_class[source] != hosts->cpu_class[h] ? REFUSAL_CPU_CLASS : REFUSAL_ACCEPTED;
}

static int64_t refusal_of_start(const Cluster *c, int64_t v) {
    const Hosts *hosts = &c->hosts;
    const int64_t h = c->migrations.destination[v];
    if (c->vms.state[v] != VM_STATE_RUNNING) return REFUSAL_VM_NOT_RUNNING;
    const int64_t refusal = refusal_of_hosts(c, v, h);
    if (refusal != REFUSAL_ACCEPTED) return refusal;
    if (hosts->reserved_mb[h] > hosts->memory_capacity_mb[h] || hosts->reserved_mhz[h] > hosts->cpu_capacity_mhz[h])
        return REFUSAL_NO_ROOM;
    if (!keeps_apart(c, v, h)) return REFUSAL_RULE;
    if (c->migrations.is_evacuation[v] == 0 && !keeps_together(c, v, h)) return REFUSAL_RULE;
    return REFUSAL_ACCEPTED;
}

static int64_t refusal_to_live_on(const Cluster *c, int64_t v, int64_t h) {
    if (!is_open(&c->hosts, h)) return REFUSAL_DESTINATION_NOT_CONNECTED;
    if (!reaches(c, v, h)) return REFUSAL_NO_SHARED_DATASTORE;
    return has_room(&c->hosts, &c->vms, v, h) ? REFUSAL_ACCEPTED : REFUSAL_NO_ROOM;
}
