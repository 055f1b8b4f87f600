/* What a cluster's running costs. */

static double deviation(double total, double square, int64_t n) {
    const double mean = total / (double)n;
    return sqrt(most(0.0, square / (double)n - mean * mean));
}

static void charge_hosts(const Cluster *c) {
    const Hosts *hosts = &c->hosts;
    const int64_t num_hosts = hosts->n;
    int64_t num_on = 0;
    double on_s = 0.0, load_sum = 0.0, load_square = 0.0, memory_sum = 0.0, memory_square = 0.0;
    for each(h, num_hosts) {
        hosts->on_total_s[h] += hosts->on_s[h];
        on_s += hosts->on_s[h];
        if (!runs_vms(hosts->power_state[h])) continue;
        const double load = hosts->demand_mhz[h] / hosts->cpu_capacity_mhz[h];
        const double memory = hosts->consumed_mb[h] / hosts->memory_capacity_mb[h];
        num_on++;
        load_sum += load;
        load_square += load * load;
        memory_sum += memory;
        memory_square += memory * memory;
        hosts->hour_load[h] += load;
        hosts->hour_ticks[h] += 1.0;
        if (load >= 1.0) hosts->full_total_s[h] += hosts->on_s[h];
    }
    c->metrics.value[METRIC_HOSTS_ON] += on_s;
    if (num_on == 0) return;
    c->ledger.interval[TERM_IMBALANCE] +=
        deviation(load_sum, load_square, num_on) / (double)c->clock.ticks_per_interval[0];
    c->metrics.value[METRIC_MEMORY_IMBALANCE] += deviation(memory_sum, memory_square, num_on);
}

static void charge_vms(const Cluster *c) {
    const Vms *vms = &c->vms;
    const double tick_s = c->clock.tick_s[0], end_s = c->clock.now_s[0] + tick_s;
    const int64_t num_vms = vms->n;
    double unserved_mhz_s = 0.0, unserved_mb_s = 0.0, down_s = 0.0, demand_mhz_s = 0.0, active_mb_s = 0.0;
    for each(v, num_vms) {
        const double is_there = vms->state[v] != VM_STATE_NOT_ARRIVED ? 1.0 : 0.0, up_s = is_there * vms->up_s[v];
        unserved_mhz_s += most(0.0, vms->demand_mhz[v] - vms->delivered_mhz[v]) * up_s;
        unserved_mb_s += vms->unserved_mb[v] * up_s;
        demand_mhz_s += vms->demand_mhz[v] * up_s;
        active_mb_s += vms->active_mb[v] * up_s;
        down_s += is_there * least(tick_s, end_s - vms->arrives_at_s[v]) - up_s;
    }
    c->ledger.interval[TERM_UNSERVED_CPU_GHZ_H] += unserved_mhz_s / LEDGER_MHZ_S_PER_GHZ_H;
    c->ledger.interval[TERM_UNSERVED_MEMORY_GB_H] += unserved_mb_s / LEDGER_MB_S_PER_GB_H;
    c->ledger.interval[TERM_VM_DOWN_S] += down_s;
    c->metrics.value[METRIC_DEMAND_CPU_GHZ_H] += demand_mhz_s / LEDGER_MHZ_S_PER_GHZ_H;
    c->metrics.value[METRIC_DEMAND_MEMORY_GB_H] += active_mb_s / LEDGER_MB_S_PER_GB_H;
}

static void close_hour(const Cluster *c) {
    const Hosts *hosts = &c->hosts;
    const double half = 0.5 * LEDGER_SECONDS_PER_HOUR / c->clock.tick_s[0];
    int64_t num_on = 0;
    double load_sum = 0.0, load_square = 0.0;
    for each(h, hosts->n) {
        if (hosts->hour_ticks[h] >= half) {
            const double load = hosts->hour_load[h] / hosts->hour_ticks[h];
            num_on++;
            load_sum += load;
            load_square += load * load;
        }
        hosts->hour_load[h] = 0.0;
        hosts->hour_ticks[h] = 0.0;
    }
    if (num_on > 0) c->metrics.value[METRIC_IMBALANCE_HOURLY] += deviation(load_sum, load_square, num_on);
}

static void charge(const Cluster *c) {
    const double tick_s = c->clock.tick_s[0], end_s = c->clock.now_s[0] + tick_s;
    charge_hosts(c);
    charge_vms(c);
    const double into_hour_s = end_s - LEDGER_SECONDS_PER_HOUR * (double)whole(end_s, LEDGER_SECONDS_PER_HOUR);
    if (into_hour_s < tick_s) close_hour(c);
}

static void close_book(const Cluster *c) {
    const Ledger *ledger = &c->ledger;
    const Hosts *hosts = &c->hosts;
    const Vms *vms = &c->vms;
    ledger->interval[TERM_RULE_VIOLATIONS] += (double)violations(vms);
    for each(t, ledger->n) {
        ledger->step[t] += ledger->interval[t];
        ledger->episode[t] += ledger->interval[t];
        ledger->last[t] = ledger->interval[t];
        ledger->interval[t] = 0.0;
    }
    double slatah = 0.0, pdm = 0.0;
    for each(h, hosts->n) {
        if (hosts->on_total_s[h] > 0.0) slatah += hosts->full_total_s[h] / hosts->on_total_s[h];
    }
    for each(v, vms->n) {
        if (vms->requested_mhz_s[v] > 0.0) pdm += vms->degraded_mhz_s[v] / vms->requested_mhz_s[v];
    }
    slatah /= (double)hosts->n;
    pdm /= (double)vms->n;
    c->metrics.value[METRIC_SLATAH] = slatah;
    c->metrics.value[METRIC_PDM] = pdm;
    c->metrics.value[METRIC_SLAV] = slatah * pdm;
}

static void charge_lost_cluster(const Cluster *c) {
    const double down_s = most(0.0, c->clock.duration_s[0] - c->clock.now_s[0]) * (double)c->vms.n;
    c->ledger.step[TERM_VM_DOWN_S] += down_s;
    c->ledger.episode[TERM_VM_DOWN_S] += down_s;
}
