/* What VirtualCenter knows. */

/* Add up VM v's sample with the ticks for which it has held. */
always_inline void sum_vm(const Cluster *c, int64_t v, int64_t tick, double tick_s) {
    const VmStatistics *s = &c->vm_statistics;
    const double ticks = (double)(tick - s->summed_ticks[v]), mhz = s->sample_mhz[v];
    s->summed_ticks[v] = tick;
    s->sum_mhz[v] += ticks * mhz;
    s->sum_square[v] += ticks * (mhz * mhz);
    s->sum_unserved_mhz[v] += ticks * s->sample_unserved_mhz[v];
    s->ticks[v] += ticks * (double)s->sample_runs[v];
    c->vms.requested_mhz_s[v] += ticks * mhz * tick_s;
}

always_inline void sum_host(const HostStatistics *s, int64_t h, int64_t tick) {
    const double ticks = (double)(tick - s->summed_ticks[h]);
    s->summed_ticks[h] = tick;
    s->sum_utilisation[h] += ticks * s->sample_utilisation[h];
    s->sum_unserved_mhz[h] += ticks * s->sample_unserved_mhz[h];
}

static void collect(const Cluster *c) {
    const Vms *vms = &c->vms;
    const Hosts *hosts = &c->hosts;
    const VmStatistics *s = &c->vm_statistics;
    const HostStatistics *t = &c->host_statistics;
    const int64_t num_hosts = hosts->n, tick = c->clock.tick[0];
    const double tick_s = c->clock.tick_s[0];
    for each(h, num_hosts) {
        if (is_still(hosts, h)) continue;
        const int64_t first = hosts->first_vm[h], end = first + hosts->num_vms[h];
        double unserved = 0.0;
        for (int64_t r = first; r < end; r++) {
            const int64_t v = vms->by_host[r];
            if (s->summed_ticks[v] < tick) sum_vm(c, v, tick, tick_s);
            const bool runs = vms->state[v] == VM_STATE_RUNNING;
            const double missed = runs ? most(0.0, vms->demand_mhz[v] - vms->delivered_mhz[v]) : 0.0;
            s->sample_runs[v] = runs;
            s->sample_mhz[v] = runs ? vms->demand_mhz[v] : 0.0;
            s->sample_unserved_mhz[v] = missed;
            unserved += missed;
        }
        sum_host(t, h, tick);
        t->sample_utilisation[h] = (hosts->delivered_mhz[h] + hosts->vmotion_mhz[h]) / hosts->cpu_capacity_mhz[h];
        t->sample_unserved_mhz[h] = unserved;
    }
}

/* Close VM v's running interval into the ring; one in which it did not run repeats its last figures. */
always_inline void remember(const VmStatistics *s, double *mean_mhz, double *mean_square, int64_t v) {
    const double ticks = s->ticks[v], share = 1.0 / most(ticks, 1.0);
    const double mean = s->demand_5min_mhz[v], deviation = s->deviation_5min_mhz[v];
    mean_mhz[v] = ticks > 0.0 ? s->sum_mhz[v] * share : mean;
    mean_square[v] = ticks > 0.0 ? s->sum_square[v] * share : mean * mean + deviation * deviation;
    s->unserved_5min_mhz[v] = ticks > 0.0 ? s->sum_unserved_mhz[v] * share : 0.0;
    s->sum_mhz[v] = s->sum_square[v] = s->sum_unserved_mhz[v] = s->ticks[v] = 0.0;
}

static inline double deviation_of(double mean, double mean_square) {
    return sqrt(most(0.0, mean_square - mean * mean));
}

static inline void close_window(double *restrict mean, double *restrict deviation, const double *restrict total,
                                const double *restrict square, int64_t n, double intervals) {
    for each(k, n) {
        mean[k] = total[k] / intervals;
        deviation[k] = deviation_of(total[k] / intervals, square[k] / intervals);
    }
}

static inline void add_interval(double *restrict total, double *restrict square, double *restrict peak,
                                const double *restrict mean_mhz, const double *restrict mean_square, int64_t n) {
    for each(k, n) {
        total[k] += mean_mhz[k];
        square[k] += mean_square[k];
        peak[k] = most(peak[k], mean_mhz[k]);
    }
}

/* Work the windows out from the ring, newest interval (slot) first, for a few VMs at a time. */
static void roll(const VmStatistics *s, const VmHistory *history, int64_t slot) {
    enum { FEW = 64 };
    double total[FEW], square[FEW];
    for (int64_t v = 0; v < s->n; v += FEW) {
        const int64_t n = least_of(FEW, s->n - v);
        double *peak = s->peak_60min_mhz + v;
        for each(k, n) total[k] = square[k] = peak[k] = 0.0;
        for each(age, STATISTICS_WINDOW_60) {
            const int64_t first = (slot + HISTORY_INTERVALS - age) % HISTORY_INTERVALS * s->n + v;
            add_interval(total, square, peak, history->mean_mhz + first, history->mean_square + first, n);
            if (age == 0) close_window(s->demand_5min_mhz + v, s->deviation_5min_mhz + v, total, square, n, 1.0);
            if (age == STATISTICS_WINDOW_40 - 1)
                close_window(s->demand_40min_mhz + v, s->deviation_40min_mhz + v, total, square, n, STATISTICS_WINDOW_40);
        }
        close_window(s->demand_60min_mhz + v, s->deviation_60min_mhz + v, total, square, n, STATISTICS_WINDOW_60);
    }
}

always_inline double memory_demand(const Vms *vms, int64_t v, double idle_fraction) {
    const double held = vms->touched_mb[v] - vms->shared_mb[v] - vms->ballooned_mb[v] - vms->swapped_mb[v];
    const double active = vms->active_mb[v];
    return active + idle_fraction * (most(active, held) - active) + vms->overhead_mb[v];
}

static void roll_windows(const Cluster *c) {
    const VmStatistics *s = &c->vm_statistics;
    const HostStatistics *t = &c->host_statistics;
    const Vms *vms = &c->vms;
    const int64_t num_hosts = c->hosts.n, num_vms = vms->n, slot = c->clock.interval[0] % HISTORY_INTERVALS;
    const int64_t tick = c->clock.tick[0];
    const double ticks = (double)c->clock.ticks_per_interval[0], tick_s = c->clock.tick_s[0];
    const double idle_fraction = c->virtual_center_params.memory_idle_fraction;
    double *mean_mhz = c->vm_history.mean_mhz + slot * num_vms, *mean_square = c->vm_history.mean_square + slot * num_vms;
#pragma GCC ivdep
    for each(v, num_vms) {
        sum_vm(c, v, tick, tick_s);
        remember(s, mean_mhz, mean_square, v);
    }
    roll(s, &c->vm_history, slot);
#pragma GCC ivdep
    for each(v, num_vms) {
        const double demand_mb = memory_demand(vms, v, idle_fraction), last_mb = s->memory_demand_mb[v];
        s->memory_demand_mb[v] = vms->state[v] == VM_STATE_RUNNING ? demand_mb : last_mb;
    }
#pragma GCC ivdep
    for each(h, num_hosts) {
        sum_host(t, h, tick);
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
    const int64_t first = samples_since(c);
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
