/* What every guest wants now. */

static int64_t sample_now(const Cluster *c) {
    const Clock *clock = &c->clock;
    const double history_s = HISTORY_INTERVALS * clock->ticks_per_interval[0] * clock->tick_s[0];
    const int64_t sample = whole(clock->now_s[0] + history_s, c->demand_params.sample_s);
    return least_of(sample, c->workload.n / c->vms.n - 1);
}

static void update(const Cluster *c) {
    const Vms *vms = &c->vms;
    const int64_t num_vms = vms->n;
    const double *fractions = c->workload.demand + sample_now(c) * num_vms;
#pragma GCC ivdep
    for each(v, num_vms) {
        const bool is_on = is_powered_on(vms->state[v]);
        const double mhz = least(fractions[v] * vms->cpu_configured_mhz[v], vms->cpu_limit_mhz[v]);
        const double active = least(1.0, vms->active_base[v] + vms->active_per_cpu[v] * fractions[v]);
        const double mb = least(active * vms->memory_mb[v], vms->touched_mb[v]);
        vms->demand_mhz[v] = is_on ? mhz : 0.0;
        vms->active_mb[v] = is_on ? mb : 0.0;
    }
}
