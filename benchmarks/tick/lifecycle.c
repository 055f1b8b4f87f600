/* Arrivals ask for placement, guests that have booted serve. */

static void lifecycle_advance(const Cluster *c) {
    const Vms *vms = &c->vms;
    const double now_s = c->clock.now_s[0], end_s = now_s + c->clock.tick_s[0];
    const int64_t num_vms = vms->n;
    for each(v, num_vms) {
        if (vms->state[v] == VM_STATE_NOT_ARRIVED && vms->arrives_at_s[v] <= end_s) {
            vms->state[v] = VM_STATE_AWAITING_PLACEMENT;
            c->clock.placement_changed[0] = 1;
            disturb(c);
        } else if (vms->state[v] == VM_STATE_STARTING && vms->up_at_s[v] <= end_s) {
            vms->state[v] = VM_STATE_RUNNING;
            vms->up_s[v] = end_s - most(now_s, vms->up_at_s[v]);
            vms->up_at_s[v] = NEVER;
            vms->restart_attempts[v] = 0;
            stir(c, vms->host[v]);
            c->clock.placement_changed[0] = 1;
        }
    }
}
