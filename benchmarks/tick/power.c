/* A host's power: transitions at their exact seconds; watts, energy and its cost. */

static bool may_shut_down(const Cluster *c, int64_t h) {
    const Hosts *hosts = &c->hosts;
    const Migrations *migrations = &c->migrations;
    if (hosts->power_state[h] != POWER_STATE_ENTERING_STANDBY || hosts->ready_at_s[h] < NEVER || hosts->num_vms[h] > 0)
        return false;
    if (c->clock.copying[0] == 0) return true;
    for each(m, migrations->n) {
        const bool touches = migrations->source[m] == h || migrations->destination[m] == h;
        if (touches && migrations->phase[m] != MIGRATION_PHASE_NONE) return false;
    }
    return true;
}

static bool is_answered(const Cluster *c, int64_t h) {
    return uniform(c->randomness.seed, STREAM_WAKE, h, c->clock.tick[0]) >= c->power_params.wake_failure_probability;
}

static void change_state(const Cluster *c, int64_t h) {
    const Hosts *hosts = &c->hosts;
    stir(c, h);
    const double now_s = c->clock.now_s[0], at_s = most(due_at_s(hosts, h), now_s);
    const double rest_s = now_s + c->clock.tick_s[0] - at_s;
    const int64_t state = hosts->power_state[h];
    hosts->state_since_s[h] = at_s;
    hosts->ready_at_s[h] = NEVER;
    if (state == POWER_STATE_ENTERING_STANDBY) {
        hosts->power_state[h] = POWER_STATE_STANDBY;
        hosts->on_s[h] = most(0.0, hosts->on_s[h] - rest_s);
        c->ledger.interval[TERM_POWER_CYCLES] += 1.0;
    } else if (state == POWER_STATE_WAKING && !is_answered(c, h)) {
        hosts->power_state[h] = POWER_STATE_FAILED;
        hosts->repair_at_s[h] = at_s + c->power_params.wake_repair_s;
        hosts->boot_tick_s[h] = most(0.0, hosts->boot_tick_s[h] - rest_s);
        c->metrics.value[METRIC_WAKE_FAILURES] += 1.0;
    } else if (state == POWER_STATE_WAKING) {
        hosts->power_state[h] = POWER_STATE_BOOTING;
        hosts->ready_at_s[h] = at_s + hosts->boot_s[h];
    } else if (state == POWER_STATE_FAILED) {
        hosts->power_state[h] = POWER_STATE_BOOTING;
        hosts->ready_at_s[h] = at_s + hosts->boot_s[h];
        hosts->repair_at_s[h] = hosts->restores_at_s[h] = NEVER;
        hosts->boot_tick_s[h] += rest_s;
    } else {
        hosts->power_state[h] = POWER_STATE_ON;
        hosts->boot_tick_s[h] = most(0.0, hosts->boot_tick_s[h] - rest_s);
        hosts->on_s[h] += rest_s;
    }
}

static void power_advance(const Cluster *c) {
    const Hosts *hosts = &c->hosts;
    const double now_s = c->clock.now_s[0], end_s = now_s + c->clock.tick_s[0];
    const int64_t num_hosts = hosts->n;
    for each(h, num_hosts) {
        if (may_shut_down(c, h)) hosts->ready_at_s[h] = now_s + hosts->shutdown_s[h];
        while (due_at_s(hosts, h) <= end_s) change_state(c, h);
    }
}

static inline double peak_watts(const PowerCurves *curves, int64_t h) {
    return curves->watts[h * CURVE_POINTS + POWER_LOAD_STEPS];
}

static inline double host_watts(const PowerCurves *curves, int64_t h, double utilisation) {
    const double *watts = curves->watts + h * CURVE_POINTS;
    if (utilisation >= 1.0) return watts[POWER_LOAD_STEPS];
    const double position = most(0.0, utilisation) * POWER_LOAD_STEPS;
    const int64_t k = (int64_t)position;
    return watts[k] + (watts[k + 1] - watts[k]) * (position - (double)k);
}

static double price_now(const Cluster *c) {
    const int64_t hour = least_of(whole(c->clock.now_s[0], TIMERS_SECONDS_PER_HOUR), c->tariff.n - 1);
    return c->tariff.eur_per_kwh[hour];
}

static inline double mean_watts(const Hosts *hosts, const PowerCurves *curves, int64_t h, double tick_s) {
    const double utilisation = (hosts->delivered_mhz[h] + hosts->vmotion_mhz[h]) / hosts->cpu_capacity_mhz[h];
    const double off_s = most(0.0, tick_s - hosts->on_s[h] - hosts->boot_tick_s[h]);
    const double on_joules = host_watts(curves, h, utilisation) * hosts->on_s[h];
    const double boot_joules = peak_watts(curves, h) * hosts->boot_tick_s[h];
    return (on_joules + boot_joules + hosts->standby_w[h] * off_s) / tick_s;
}

static void draw(const Cluster *c) {
    const Hosts *hosts = &c->hosts;
    const PowerCurves *curves = &c->power_curves;
    const double tick_s = c->clock.tick_s[0];
    const int64_t num_hosts = hosts->n;
    double watts = 0.0, boot_joules = 0.0;
    for each(h, num_hosts) {
        if (!is_still(hosts, h)) hosts->power_w[h] = mean_watts(hosts, curves, h, tick_s);
        watts += hosts->power_w[h];
        if (hosts->boot_tick_s[h] > 0.0) boot_joules += peak_watts(curves, h) * hosts->boot_tick_s[h];
    }
    const double kwh = watts * tick_s / POWER_JOULES_PER_KWH;
    c->ledger.tick[TERM_ENERGY_KWH] = kwh;
    c->ledger.tick[TERM_ENERGY_COST] = kwh * price_now(c);
    c->metrics.tick[METRIC_BOOT_ENERGY_KWH] = boot_joules / POWER_JOULES_PER_KWH;
}

static void settle_boots(const Cluster *c) {
    const Hosts *hosts = &c->hosts;
    double joules = 0.0;
    for each(h, hosts->n) {
        if (hosts->power_state[h] == POWER_STATE_STANDBY) joules += peak_watts(&c->power_curves, h) * hosts->boot_s[h];
    }
    const double kwh = joules / POWER_JOULES_PER_KWH;
    c->ledger.interval[TERM_ENERGY_KWH] += kwh;
    c->ledger.interval[TERM_ENERGY_COST] += kwh * price_now(c);
}
