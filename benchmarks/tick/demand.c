/* What every guest wants now. */

static double history_s(const Clock *clock) {
    return HISTORY_INTERVALS * (double)clock->ticks_per_interval[0] * clock->tick_s[0];
}

static int64_t samples_since(const Cluster *c) {
    return whole(c->clock.now_s[0] + history_s(&c->clock), c->demand_params.sample_s);
}

static bool has_news(const Clock *clock) {
    return clock->now_s[0] >= clock->sample_ends_s[0] || clock->tick[0] % clock->ticks_per_interval[0] == 0;
}

static void announce(const Cluster *c) {
    const Clock *clock = &c->clock;
    const Hosts *hosts = &c->hosts;
    const int64_t num_hosts = hosts->n;
    if (clock->now_s[0] >= clock->sample_ends_s[0])
        clock->sample_ends_s[0] = (double)(samples_since(c) + 1) * c->demand_params.sample_s - history_s(clock);
    bool has_vms = false;
    for each(h, num_hosts) {
        const bool is_looked_at = hosts->num_vms[h] > 0;
        hosts->still_ticks[h] = is_looked_at ? least_of(hosts->still_ticks[h], STILLNESS_STILL - 1) : hosts->still_ticks[h];
        has_vms |= is_looked_at;
    }
    if (has_vms) clock->still_ticks[0] = least_of(clock->still_ticks[0], STILLNESS_STILL - 1);
}

static int64_t sample_now(const Cluster *c) { return least_of(samples_since(c), c->workload.n / c->vms.n - 1); }

always_inline void ask(const Vms *vms, const double *fractions, int64_t v) {
    const int64_t state = vms->state[v];
    const double mhz = least(fractions[v] * vms->cpu_configured_mhz[v], vms->cpu_limit_mhz[v]);
    const double active = least(1.0, vms->active_base[v] + vms->active_per_cpu[v] * fractions[v]);
    const double mb = least(active * vms->memory_mb[v], vms->touched_mb[v]);
    const double runs = state == VM_STATE_RUNNING ? 1.0 : 0.0, starts = state == VM_STATE_STARTING ? 1.0 : 0.0;
    vms->demand_mhz[v] = runs * mhz;
    vms->active_mb[v] = (runs + starts) * mb;
}

static void update(const Cluster *c) {
    const Hosts *hosts = &c->hosts;
    const Vms *vms = &c->vms;
    const int64_t num_hosts = hosts->n, num_vms = vms->n;
    const double *fractions = c->workload.demand + sample_now(c) * num_vms;
    if (c->clock.tick[0] % c->clock.ticks_per_interval[0] == 0) {
#pragma GCC ivdep
        for each(v, num_vms) ask(vms, fractions, v);
        return;
    }
    for each(h, num_hosts) {
        if (is_still(hosts, h)) continue;
        const int64_t first = hosts->first_vm[h], end = first + hosts->num_vms[h];
        for (int64_t r = first; r < end; r++) ask(vms, fractions, vms->by_host[r]);
    }
}
