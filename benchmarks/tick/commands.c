/* What VirtualCenter does between intervals. */

static void open_interval(const Cluster *c) {
    c->clock.commands[0] = 0;
    for each(h, c->hosts.n) c->hosts.commanded[h] = 0;
    for each(v, c->vms.n) c->vms.commanded[v] = 0;
}

static void judge_loss(const Cluster *c) {
    const Hosts *hosts = &c->hosts;
    for each(h, hosts->n) {
        const int64_t state = hosts->power_state[h];
        if (state == POWER_STATE_FAILED && hosts->repair_at_s[h] < c->clock.duration_s[0]) return;
        if (state != POWER_STATE_FAILED && state != POWER_STATE_STANDBY) return;
    }
    c->clock.is_terminated[0] = 1;
}
