/* What a cluster's running costs. */

static double deviation(double total, double square, int64_t n) {
    const double mean = total / (double)n;
    return sqrt(most(0.0, square / (double)n - mean * mean));
}

static void charge_guests(const Cluster *c, int64_t h, double tick_s) {
    const Hosts *hosts = &c->hosts;
    const Vms *vms = &c->vms;
    const int64_t first = hosts->first_vm[h], end = first + hosts->num_vms[h];
    double unserved_mhz_s = 0.0, unserved_mb_s = 0.0, wanted_mhz_s = 0.0, active_mb_s = 0.0, down_s = 0.0;
    for (int64_t r = first; r < end; r++) {
        const int64_t v = vms->by_host[r];
        const double up_s = vms->up_s[v];
        unserved_mhz_s += most(0.0, vms->demand_mhz[v] - vms->delivered_mhz[v]) * up_s;
        unserved_mb_s += vms->unserved_mb[v] * up_s;
        wanted_mhz_s += vms->demand_mhz[v] * up_s;
        active_mb_s += vms->active_mb[v] * up_s;
        down_s += tick_s - up_s;
    }
    hosts->unserved_mhz_s[h] = unserved_mhz_s;
    hosts->unserved_mb_s[h] = unserved_mb_s;
    hosts->wanted_mhz_s[h] = wanted_mhz_s;
    hosts->active_mb_s[h] = active_mb_s;
    hosts->down_s[h] = down_s;
}

static void charge_imbalance(const Cluster *c) {
    const Hosts *hosts = &c->hosts;
    const int64_t num_hosts = hosts->n;
    int64_t num_on = 0;
    double load_sum = 0.0, load_square = 0.0, memory_sum = 0.0, memory_square = 0.0, on_s = 0.0;
    for each(h, num_hosts) {
        const bool counts = runs_vms(hosts->power_state[h]);
        const double load = counts ? hosts->load[h] : 0.0, memory = counts ? hosts->memory_load[h] : 0.0;
        on_s += hosts->on_s[h];
        num_on += counts;
        load_sum += load;
        load_square += load * load;
        memory_sum += memory;
        memory_square += memory * memory;
    }
    const double ticks = (double)c->clock.ticks_per_interval[0];
    c->ledger.tick[TERM_IMBALANCE] = num_on > 0 ? deviation(load_sum, load_square, num_on) / ticks : 0.0;
    c->metrics.tick[METRIC_MEMORY_IMBALANCE] = num_on > 0 ? deviation(memory_sum, memory_square, num_on) : 0.0;
    c->metrics.tick[METRIC_HOSTS_ON] = on_s;
}

static double waited_s(const Cluster *c) {
    const Vms *vms = &c->vms;
    const int64_t last = c->hosts.n - 1;
    const double tick_s = c->clock.tick_s[0], end_s = c->clock.now_s[0] + tick_s;
    double waited = 0.0;
    for (int64_t r = c->hosts.first_vm[last] + c->hosts.num_vms[last]; r < vms->n; r++) {
        const int64_t v = vms->by_host[r];
        if (vms->state[v] == VM_STATE_AWAITING_PLACEMENT) waited += least(tick_s, end_s - vms->arrives_at_s[v]);
    }
    return waited;
}

static void charge(const Cluster *c) {
    const Hosts *hosts = &c->hosts;
    const double tick_s = c->clock.tick_s[0];
    const int64_t num_hosts = hosts->n;
    for each(h, num_hosts) {
        if (is_still(hosts, h)) continue;
        hosts->load[h] = hosts->demand_mhz[h] / hosts->cpu_capacity_mhz[h];
        hosts->memory_load[h] = hosts->consumed_mb[h] / hosts->memory_capacity_mb[h];
        charge_guests(c, h, tick_s);
    }
    charge_imbalance(c);
    double unserved_mhz_s = 0.0, unserved_mb_s = 0.0, wanted_mhz_s = 0.0, active_mb_s = 0.0, down_s = waited_s(c);
    for each(h, num_hosts) {
        unserved_mhz_s += hosts->unserved_mhz_s[h];
        unserved_mb_s += hosts->unserved_mb_s[h];
        wanted_mhz_s += hosts->wanted_mhz_s[h];
        active_mb_s += hosts->active_mb_s[h];
        down_s += hosts->down_s[h];
    }
    c->ledger.tick[TERM_UNSERVED_CPU_GHZ_H] = unserved_mhz_s / LEDGER_MHZ_S_PER_GHZ_H;
    c->ledger.tick[TERM_UNSERVED_MEMORY_GB_H] = unserved_mb_s / LEDGER_MB_S_PER_GB_H;
    c->ledger.tick[TERM_VM_DOWN_S] = down_s;
    c->metrics.tick[METRIC_DEMAND_CPU_GHZ_H] = wanted_mhz_s / LEDGER_MHZ_S_PER_GHZ_H;
    c->metrics.tick[METRIC_DEMAND_MEMORY_GB_H] = active_mb_s / LEDGER_MB_S_PER_GB_H;
}

static void book(const Cluster *c) {
    const Hosts *hosts = &c->hosts;
    const int64_t num_hosts = hosts->n, held = c->clock.tick[0] - c->clock.charged_ticks[0];
    if (held == 0) return;
    c->clock.charged_ticks[0] = c->clock.tick[0];
    const double ticks = (double)held;
    for each(t, c->ledger.n) c->ledger.interval[t] += ticks * c->ledger.tick[t];
    for each(m, c->metrics.n) c->metrics.value[m] += ticks * c->metrics.tick[m];
#pragma GCC ivdep
    for each(h, num_hosts) {
        const double on_s = ticks * hosts->on_s[h], load = hosts->load[h];
        const bool counts = runs_vms(hosts->power_state[h]);
        hosts->on_total_s[h] += on_s;
        hosts->hour_load[h] += counts ? ticks * load : 0.0;
        hosts->hour_ticks[h] += counts ? ticks : 0.0;
        hosts->full_total_s[h] += counts && load >= 1.0 ? on_s : 0.0;
    }
}

static void close_hour(const Cluster *c) {
    const Hosts *hosts = &c->hosts;
    const double now_s = c->clock.now_s[0], tick_s = c->clock.tick_s[0];
    const double begins_s = (double)whole(now_s, TIMERS_SECONDS_PER_HOUR) * TIMERS_SECONDS_PER_HOUR;
    if (now_s - begins_s >= tick_s) return;
    book(c);
    const double half = 0.5 * TIMERS_SECONDS_PER_HOUR / tick_s;
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

static void close_book(const Cluster *c) {
    const Ledger *ledger = &c->ledger;
    const Hosts *hosts = &c->hosts;
    const Vms *vms = &c->vms;
    book(c);
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
        if (vms->degraded_mhz_s[v] > 0.0 && vms->requested_mhz_s[v] > 0.0)
            pdm += vms->degraded_mhz_s[v] / vms->requested_mhz_s[v];
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
