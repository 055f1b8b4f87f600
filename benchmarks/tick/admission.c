/* HA's admission control, as far as maintenance asks it. */

typedef struct {
    double slot_mhz, slot_mb, used_mhz, used_mb, total_mhz, total_mb;
    int64_t used_slots, slots, set_aside, smallest_aside, next_aside;
} Failover;

static inline double vm_mhz(const Cluster *c, int64_t v) {
    return most(c->vms.cpu_reservation_mhz[v], c->ha_params.slot_mhz);
}

static inline double vm_mb(const Cluster *c, int64_t v) {
    return most(c->vms.memory_reservation_mb[v] + c->vms.overhead_mb[v], c->ha_params.slot_mb);
}

static bool is_protected(const Vms *vms, int64_t v) {
    if (vms->state[v] == VM_STATE_DOWN) return vms->restart_at_s[v] < NEVER;
    return is_powered_on(vms->state[v]);
}

static int64_t slots_of_host(const Hosts *hosts, double slot_mhz, double slot_mb, int64_t h) {
    const int64_t cpu = slot_mhz > 0.0 ? whole(hosts->cpu_capacity_mhz[h], slot_mhz) : ADMISSION_UNBOUNDED_SLOTS;
    const int64_t mb = slot_mb > 0.0 ? whole(hosts->memory_capacity_mb[h], slot_mb) : ADMISSION_UNBOUNDED_SLOTS;
    return least_of(cpu, mb);
}

static void set_aside(const Cluster *c, Failover *now) {
    const Hosts *hosts = &c->hosts;
    int64_t last = ADMISSION_UNBOUNDED_SLOTS, last_h = -1;
    now->set_aside = 0;
    now->smallest_aside = ADMISSION_UNBOUNDED_SLOTS;
    for each(rank, c->ha_params.failures_tolerated + 1) {
        int64_t best = 0, best_h = hosts->n;
        for each(h, hosts->n) {
            if (!is_open(hosts, h)) continue;
            const int64_t slots = slots_of_host(hosts, now->slot_mhz, now->slot_mb, h);
            const bool is_taken = slots > last || (slots == last && h <= last_h);
            if (!is_taken && (slots > best || best_h == hosts->n)) best = slots, best_h = h;
        }
        last = best, last_h = best_h;
        if (rank < c->ha_params.failures_tolerated) now->set_aside += best, now->smallest_aside = best;
    }
    now->next_aside = last;
}

static Failover failover(const Cluster *c) {
    const Hosts *hosts = &c->hosts;
    Failover now = {.slot_mhz = c->ha_params.slot_mhz, .slot_mb = c->ha_params.slot_mb};
    for each(v, c->vms.n) {
        if (!is_protected(&c->vms, v)) continue;
        now.slot_mhz = most(now.slot_mhz, vm_mhz(c, v));
        now.slot_mb = most(now.slot_mb, vm_mb(c, v));
        now.used_slots++;
        now.used_mhz += vm_mhz(c, v);
        now.used_mb += vm_mb(c, v);
    }
    for each(h, hosts->n) {
        if (!is_open(hosts, h)) continue;
        now.total_mhz += hosts->cpu_capacity_mhz[h];
        now.total_mb += hosts->memory_capacity_mb[h];
        now.slots += slots_of_host(hosts, now.slot_mhz, now.slot_mb, h);
    }
    set_aside(c, &now);
    return now;
}

static bool leaves_share(double share, double total_mhz, double total_mb, double used_mhz, double used_mb) {
    return total_mhz - used_mhz >= share * total_mhz && total_mb - used_mb >= share * total_mb;
}

static bool allows_leaving(const Cluster *c, int64_t h) {
    const HaParams *ha = &c->ha_params;
    const Hosts *hosts = &c->hosts;
    if (ha->is_enabled == 0 || ha->admission_policy == ADMISSION_POLICY_OFF || !is_open(hosts, h)) return true;
    const Failover now = failover(c);
    if (ha->admission_policy == ADMISSION_POLICY_PERCENTAGE)
        return leaves_share(ha->failover_fraction, now.total_mhz - hosts->cpu_capacity_mhz[h],
                            now.total_mb - hosts->memory_capacity_mb[h], now.used_mhz, now.used_mb);
    const int64_t own = slots_of_host(hosts, now.slot_mhz, now.slot_mb, h);
    int64_t aside = now.set_aside;
    if (ha->failures_tolerated > 0 && own >= now.smallest_aside) aside += now.next_aside - own;
    return now.used_slots <= now.slots - own - aside;
}
