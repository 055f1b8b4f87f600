/* Where a host's memory goes: page sharing, the balloon, VMkernel swap. */

static inline double held_mb(const Vms *vms, int64_t v) { return most(0.0, vms->touched_mb[v] - vms->shared_mb[v]); }

static inline double reserved_mb(const Vms *vms, int64_t v) {
    return least(vms->memory_reservation_mb[v], held_mb(vms, v));
}

static inline double balloon_most_mb(const Vms *vms, int64_t v, const MemoryParams *memory) {
    return least(memory->balloon_fraction * vms->memory_mb[v], held_mb(vms, v) - reserved_mb(vms, v));
}

typedef struct { double held_mb, overhead_mb; bool is_touched; } Stock;

static void scan(const Cluster *c) {
    const Vms *vms = &c->vms;
    const double now_s = c->clock.now_s[0], share_scan_s = c->memory_params.share_scan_s;
    const int64_t num_vms = vms->n;
    if (c->clock.tick[0] % c->clock.ticks_per_interval[0] != 0) return;
#pragma GCC ivdep
    for each(v, num_vms) {
        const double part = most(0.0, least(1.0, (now_s - vms->scanned_since_s[v]) / share_scan_s));
        const int64_t state = vms->state[v];
        const double is_on = (state == VM_STATE_RUNNING ? 1.0 : 0.0) + (state == VM_STATE_STARTING ? 1.0 : 0.0);
        vms->shared_mb[v] = is_on * vms->shareable_mb[v] * part + (1.0 - is_on) * vms->shared_mb[v];
    }
}

static Stock take_stock(const Vms *vms, int64_t first, int64_t n) {
    Stock stock = {0.0, 0.0, false};
    for (int64_t i = first; i < first + n; i++) {
        const int64_t v = vms->by_host[i];
        vms->unserved_mb[v] = 0.0;
        if (!is_powered_on(vms->state[v])) {
            vms->active_mb[v] = vms->shared_mb[v] = vms->ballooned_mb[v] = vms->swapped_mb[v] = 0.0;
            continue;
        }
        const double mine = held_mb(vms, v);
        stock.is_touched |= vms->ballooned_mb[v] + vms->swapped_mb[v] > 0.0 || mine > vms->memory_limit_mb[v];
        stock.held_mb += mine;
        stock.overhead_mb += vms->overhead_mb[v];
    }
    return stock;
}

static inline void claim(const Vms *vms, int64_t k, int64_t v, double floor, double cap, double idle_tax) {
    const double touched = vms->touched_mb[v];
    const double active = touched > 0.0 ? least(1.0, vms->active_mb[v] / touched) : 0.0;
    vms->claim_floor[k] = floor;
    vms->claim_cap[k] = cap;
    vms->claim_lifted[k] = 0.0;
    vms->claim_weight[k] = vms->memory_shares[v] / (1.0 - idle_tax * active);
}

static void level(const Vms *vms, int64_t n, double room) {
    for (bool is_lifting = true; is_lifting;) {
        share_out(vms->claim_granted, vms->claim_lifted, vms->claim_cap, vms->claim_weight, n, most(0.0, room));
        is_lifting = false;
        for each(k, n) {
            const double floor = vms->claim_floor[k];
            if (vms->claim_granted[k] >= floor || vms->claim_lifted[k] >= floor) continue;
            vms->claim_lifted[k] = vms->claim_cap[k] = floor;
            is_lifting = true;
        }
    }
}

static bool balloon(const Vms *vms, int64_t first, int64_t n, double room, double tick_s, const MemoryParams *memory) {
    int64_t claimants = 0;
    for (int64_t i = first; i < first + n; i++) {
        const int64_t v = vms->by_host[i];
        if (!is_powered_on(vms->state[v])) continue;
        const double held = held_mb(vms, v), floor = held - balloon_most_mb(vms, v, memory);
        claim(vms, claimants++, v, floor, most(floor, least(held, vms->memory_limit_mb[v])), memory->idle_tax);
    }
    level(vms, claimants, room);
    const double step = memory->balloon_mb_s * tick_s;
    int64_t k = 0;
    bool is_moving = false;
    for (int64_t i = first; i < first + n; i++) {
        const int64_t v = vms->by_host[i];
        if (!is_powered_on(vms->state[v])) continue;
        const double target = held_mb(vms, v) - vms->claim_granted[k++], now = vms->ballooned_mb[v];
        const double moved = least(most(target, now - step), now + step);
        const double ballooned = most(0.0, least(moved, balloon_most_mb(vms, v, memory)));
        is_moving |= ballooned != now;
        vms->ballooned_mb[v] = ballooned;
    }
    return is_moving;
}

static bool swap(const Vms *vms, int64_t first, int64_t n, double room, double tick_s, const MemoryParams *memory) {
    int64_t claimants = 0;
    for (int64_t i = first; i < first + n; i++) {
        const int64_t v = vms->by_host[i];
        if (!is_powered_on(vms->state[v])) continue;
        claim(vms, claimants++, v, reserved_mb(vms, v), held_mb(vms, v) - vms->ballooned_mb[v], memory->idle_tax);
    }
    level(vms, claimants, room);
    int64_t k = 0;
    bool is_moving = false;
    for (int64_t i = first; i < first + n; i++) {
        const int64_t v = vms->by_host[i];
        if (!is_powered_on(vms->state[v])) continue;
        const double held = held_mb(vms, v) - vms->ballooned_mb[v];
        const double kept = vms->swapped_mb[v] - memory->swap_in_mb_s * tick_s;
        const double wanted = most(held - vms->claim_granted[k++], kept);
        const double swapped = most(0.0, least(wanted, held - reserved_mb(vms, v)));
        is_moving |= swapped != vms->swapped_mb[v];
        vms->swapped_mb[v] = swapped;
    }
    return is_moving;
}

static double settle(const Vms *vms, int64_t first, int64_t n) {
    double held = 0.0;
    for (int64_t i = first; i < first + n; i++) {
        const int64_t v = vms->by_host[i];
        if (!is_powered_on(vms->state[v])) continue;
        const double left = vms->touched_mb[v] - vms->ballooned_mb[v], active = least(vms->active_mb[v], left);
        const double missed = left > 0.0 ? vms->swapped_mb[v] * active / left : 0.0;
        vms->unserved_mb[v] = vms->active_mb[v] - active + missed;
        held += held_mb(vms, v) - vms->ballooned_mb[v] - vms->swapped_mb[v];
    }
    return held;
}

static int64_t state_at(double free_fraction, const MemoryParams *memory) {
    if (free_fraction <= memory->low_fraction + MEMORY_ROUNDING) return MEMORY_STATE_LOW;
    if (free_fraction <= memory->hard_fraction + MEMORY_ROUNDING) return MEMORY_STATE_HARD;
    return free_fraction <= memory->soft_fraction + MEMORY_ROUNDING ? MEMORY_STATE_SOFT : MEMORY_STATE_HIGH;
}

static void reclaim(const Cluster *c) {
    const Hosts *hosts = &c->hosts;
    const Vms *vms = &c->vms;
    const MemoryParams *memory = &c->memory_params;
    const double tick_s = c->clock.tick_s[0];
    const int64_t num_hosts = hosts->n;
    scan(c);
    for each(h, num_hosts) {
        if (is_still(hosts, h)) continue;
        hosts->consumed_mb[h] = 0.0;
        hosts->memory_state[h] = MEMORY_STATE_HIGH;
        const int64_t first = hosts->first_vm[h], n = hosts->num_vms[h];
        const double managed = hosts->memory_managed_mb[h];
        const Stock stock = take_stock(vms, first, n);
        if (!runs_vms(hosts->power_state[h])) continue;
        const double used = stock.held_mb + stock.overhead_mb;
        if (!stock.is_touched && managed - used >= memory->high_fraction * managed) {
            hosts->consumed_mb[h] = used;
            continue;
        }
        const double high = (1.0 - memory->high_fraction) * managed, hard = (1.0 - memory->hard_fraction) * managed;
        const bool is_ballooning = balloon(vms, first, n, high - stock.overhead_mb, tick_s, memory);
        const bool is_swapping = swap(vms, first, n, hard - stock.overhead_mb, tick_s, memory);
        if (is_ballooning || is_swapping) stir(c, h);
        hosts->consumed_mb[h] = stock.overhead_mb + settle(vms, first, n);
        hosts->memory_state[h] = state_at(1.0 - hosts->consumed_mb[h] / managed, memory);
    }
}
