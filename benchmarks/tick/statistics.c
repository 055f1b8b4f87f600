/* What VirtualCenter knows. */

static void collect(const Cluster *c) {
    const Vms *vms = &c->vms;
    const Hosts *hosts = &c->hosts;
    const VmStatistics *s = &c->vm_statistics;
    const HostStatistics *t = &c->host_statistics;
    const int64_t num_hosts = hosts->n, num_vms = vms->n;
    for each(v, num_vms) {
        if (vms->state[v] != VM_STATE_RUNNING) continue;
        const double demand = vms->demand_mhz[v], unserved = most(0.0, demand - vms->delivered_mhz[v]);
        s->sum_mhz[v] += demand;
        s->sum_square[v] += demand * demand;
        s->sum_unserved_mhz[v] += unserved;
        s->ticks[v] += 1.0;
        t->sum_unserved_mhz[vms->host[v]] += unserved;
    }
    for each(h, num_hosts)
        t->sum_utilisation[h] += (hosts->delivered_mhz[h] + hosts->vmotion_mhz[h]) / hosts->cpu_capacity_mhz[h];
}

static void remember(const VmStatistics *s, const VmHistory *history, int64_t row, int64_t v) {
    const double ticks = s->ticks[v];
    if (ticks > 0.0) {
        history->mean_mhz[row] = s->sum_mhz[v] / ticks;
        history->mean_square[row] = s->sum_square[v] / ticks;
        s->unserved_5min_mhz[v] = s->sum_unserved_mhz[v] / ticks;
    } else {
        const double mean = s->demand_5min_mhz[v], deviation = s->deviation_5min_mhz[v];
        history->mean_mhz[row] = mean;
        history->mean_square[row] = mean * mean + deviation * deviation;
        s->unserved_5min_mhz[v] = 0.0;
    }
    s->sum_mhz[v] = s->sum_square[v] = s->sum_unserved_mhz[v] = s->ticks[v] = 0.0;
}

static inline double deviation_of(double mean, double mean_square) {
    return sqrt(most(0.0, mean_square - mean * mean));
}

static void roll(const VmStatistics *s, const VmHistory *history, int64_t slot, int64_t num_vms, int64_t v) {
    double mean = 0.0, square = 0.0, peak = 0.0;
    for each(age, STATISTICS_WINDOW_60) {
        const int64_t row = (slot + HISTORY_INTERVALS - age) % HISTORY_INTERVALS * num_vms + v;
        mean += history->mean_mhz[row];
        square += history->mean_square[row];
        peak = most(peak, history->mean_mhz[row]);
        if (age == 0) {
            s->demand_5min_mhz[v] = mean;
            s->deviation_5min_mhz[v] = deviation_of(mean, square);
        }
        if (age == STATISTICS_WINDOW_40 - 1) {
            s->demand_40min_mhz[v] = mean / STATISTICS_WINDOW_40;
            s->deviation_40min_mhz[v] = deviation_of(mean / STATISTICS_WINDOW_40, square / STATISTICS_WINDOW_40);
        }
    }
    s->demand_60min_mhz[v] = mean / STATISTICS_WINDOW_60;
    s->deviation_60min_mhz[v] = deviation_of(mean / STATISTICS_WINDOW_60, square / STATISTICS_WINDOW_60);
    s->peak_60min_mhz[v] = peak;
}

static double memory_demand(const Vms *vms, int64_t v, double idle_fraction) {
    const double held = vms->touched_mb[v] - vms->shared_mb[v] - vms->ballooned_mb[v] - vms->swapped_mb[v];
    const double active = vms->active_mb[v];
    return active + idle_fraction * (most(active, held) - active) + vms->overhead_mb[v];
}

static void roll_windows(const Cluster *c) {
    const VmStatistics *s = &c->vm_statistics;
    const HostStatistics *t = &c->host_statistics;
    const Vms *vms = &c->vms;
    const int64_t num_hosts = c->hosts.n, num_vms = vms->n, slot = c->clock.interval[0] % HISTORY_INTERVALS;
    const double ticks = (double)c->clock.ticks_per_interval[0];
    for each(v, num_vms) {
        remember(s, &c->vm_history, slot * num_vms + v, v);
        roll(s, &c->vm_history, slot, num_vms, v);
        if (vms->state[v] == VM_STATE_RUNNING)
            s->memory_demand_mb[v] = memory_demand(vms, v, c->virtual_center_params.memory_idle_fraction);
    }
    for each(h, num_hosts) {
        t->utilisation_5min[h] = t->sum_utilisation[h] / ticks;
        t->unserved_5min_mhz[h] = t->sum_unserved_mhz[h] / ticks;
        t->sum_utilisation[h] = t->sum_unserved_mhz[h] = 0.0;
    }
}

static void plan_loads(const Cluster *c) {
    const VmStatistics *s = &c->vm_statistics;
    const HostStatistics *t = &c->host_statistics;
    for each(h, c->hosts.n) {
        t->planned_5min_mhz[h] = t->planned_40min_mhz[h] = t->planned_60min_mhz[h] = 0.0;
        t->variance_5min[h] = t->variance_40min[h] = t->variance_60min[h] = 0.0;
        t->planned_memory_mb[h] = t->planned_vms[h] = 0.0;
    }
    for each(v, c->vms.n) {
        const int64_t h = planned_host(c, v);
        if (h == NO_HOST) continue;
        t->planned_5min_mhz[h] += s->demand_5min_mhz[v];
        t->planned_40min_mhz[h] += s->demand_40min_mhz[v];
        t->planned_60min_mhz[h] += s->demand_60min_mhz[v];
        t->variance_5min[h] += s->deviation_5min_mhz[v] * s->deviation_5min_mhz[v];
        t->variance_40min[h] += s->deviation_40min_mhz[v] * s->deviation_40min_mhz[v];
        t->variance_60min[h] += s->deviation_60min_mhz[v] * s->deviation_60min_mhz[v];
        t->planned_memory_mb[h] += s->memory_demand_mb[v];
        t->planned_vms[h] += 1.0;
    }
}

static void foresee_demand(const Cluster *c) {
    const VmStatistics *s = &c->vm_statistics;
    const Vms *vms = &c->vms;
    const int64_t samples = c->demand_params.foresight_samples, num_vms = vms->n;
    if (samples == 0) return;
    const int64_t last = c->workload.n / num_vms - 1;
    const double history_s = HISTORY_INTERVALS * c->clock.ticks_per_interval[0] * c->clock.tick_s[0];
    const int64_t first = whole(c->clock.now_s[0] + history_s, c->demand_params.sample_s);
    for each(v, num_vms) {
        double total = 0.0, square = 0.0;
        for each(k, samples) {
            const double fraction = c->workload.demand[least_of(last, first + k) * num_vms + v];
            const double mhz = least(fraction * vms->cpu_configured_mhz[v], vms->cpu_limit_mhz[v]);
            total += mhz;
            square += mhz * mhz;
        }
        const double mean = total / (double)samples, deviation = deviation_of(mean, square / (double)samples);
        s->demand_5min_mhz[v] = s->demand_40min_mhz[v] = s->demand_60min_mhz[v] = mean;
        s->deviation_5min_mhz[v] = s->deviation_40min_mhz[v] = s->deviation_60min_mhz[v] = deviation;
    }
}
