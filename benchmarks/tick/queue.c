/* VirtualCenter's queue of vMotions. */

static void enqueue(const Cluster *c, int64_t v, int64_t destination, int64_t is_evacuation) {
    const Migrations *migrations = &c->migrations;
    const Clock *clock = &c->clock;
    migrations->phase[v] = MIGRATION_PHASE_QUEUED;
    migrations->source[v] = c->vms.host[v];
    migrations->destination[v] = destination;
    migrations->is_evacuation[v] = is_evacuation;
    migrations->ticket[v] = clock->ticket[0]++;
    migrations->order[clock->copying[0]++] = v;
    promise(&c->hosts, &c->vms, v, destination);
    clock->placement_changed[0] = 1;
}

static void release(const Cluster *c, int64_t v, int64_t vacated) {
    const Migrations *migrations = &c->migrations;
    const Vms *vms = &c->vms;
    migrations->phase[v] = MIGRATION_PHASE_NONE;
    migrations->source[v] = NO_HOST;
    migrations->destination[v] = NO_HOST;
    c->hosts.reserved_mhz[vacated] -= vms->cpu_reservation_mhz[v];
    c->hosts.reserved_mb[vacated] -= vms->memory_reservation_mb[v] + vms->overhead_mb[v];
    const int64_t left = --c->clock.copying[0];
    int64_t i = 0;
    while (i < left && migrations->order[i] != v) i++;
    for (; i < left; i++) migrations->order[i] = migrations->order[i + 1];
    c->clock.placement_changed[0] = 1;
}
