/* Who gets how much CPU. */

static inline double left_mhz(const Hosts *hosts, int64_t h) {
    return runs_vms(hosts->power_state[h]) ? most(0.0, hosts->cpu_capacity_mhz[h] - hosts->vmotion_mhz[h]) : 0.0;
}

static double want(const Vms *vms, int64_t first, int64_t n) {
    double wanted = 0.0;
    for (int64_t i = first; i < first + n; i++) {
        const int64_t v = vms->by_host[i];
        vms->delivered_mhz[v] = vms->demand_mhz[v];
        wanted += vms->demand_mhz[v];
    }
    return wanted;
}

static void count_running_shares(const Cluster *c) {
    const Pools *pools = &c->pools;
    const Vms *vms = &c->vms;
    for each(p, pools->n) pools->running_shares[p] = 0.0;
    for each(v, vms->n) {
        if (vms->pool[v] != NO_POOL && vms->state[v] == VM_STATE_RUNNING)
            pools->running_shares[vms->pool[v]] += vms->cpu_shares[v];
    }
}

static void tally(const Cluster *c, int64_t first, int64_t n) {
    const Pools *pools = &c->pools;
    const Vms *vms = &c->vms;
    if (pools->n == 0) return;
    for each(p, pools->n) pools->host_shares[p] = pools->host_demand_mhz[p] = pools->host_reservation_mhz[p] = 0.0;
    for (int64_t i = first; i < first + n; i++) {
        const int64_t v = vms->by_host[i], p = vms->pool[v];
        if (p == NO_POOL || vms->state[v] != VM_STATE_RUNNING) continue;
        pools->host_shares[p] += vms->cpu_shares[v];
        pools->host_demand_mhz[p] += vms->demand_mhz[v];
        pools->host_reservation_mhz[p] += least(vms->cpu_reservation_mhz[v], vms->demand_mhz[v]);
    }
}

static void claim_pool(const Cluster *c, int64_t k, int64_t p) {
    const Pools *pools = &c->pools;
    const double part = pools->host_shares[p] / pools->running_shares[p];
    c->vms.claim_floor[k] = most(part * pools->reservation_mhz[p], pools->host_reservation_mhz[p]);
    c->vms.claim_cap[k] = least(part * pools->limit_mhz[p], pools->host_demand_mhz[p]);
    c->vms.claim_weight[k] = part * pools->shares[p];
}

static int64_t claim_vms(const Vms *vms, int64_t first, int64_t n, int64_t p) {
    int64_t k = 0;
    for (int64_t i = first; i < first + n; i++) {
        const int64_t v = vms->by_host[i];
        if (vms->pool[v] != p) continue;
        vms->claim_floor[k] = vms->cpu_reservation_mhz[v];
        vms->claim_cap[k] = vms->demand_mhz[v];
        vms->claim_weight[k++] = vms->cpu_shares[v];
    }
    return k;
}

static void grant_vms(const Vms *vms, int64_t first, int64_t n, int64_t p) {
    int64_t k = 0;
    for (int64_t i = first; i < first + n; i++) {
        const int64_t v = vms->by_host[i];
        if (vms->pool[v] == p) vms->delivered_mhz[v] = vms->claim_granted[k++];
    }
}

static inline void share_claims(const Vms *vms, int64_t n, double capacity) {
    share_out(vms->claim_granted, vms->claim_floor, vms->claim_cap, vms->claim_weight, n, capacity);
}

static void entitle(const Cluster *c, int64_t first, int64_t n, double capacity) {
    const Pools *pools = &c->pools;
    const Vms *vms = &c->vms;
    tally(c, first, n);
    const int64_t num_root = claim_vms(vms, first, n, NO_POOL);
    int64_t claimants = num_root;
    for each(p, pools->n) {
        if (pools->host_shares[p] > 0.0) claim_pool(c, claimants++, p);
    }
    share_claims(vms, claimants, capacity);
    claimants = num_root;
    for each(p, pools->n) {
        if (pools->host_shares[p] > 0.0) pools->host_granted_mhz[p] = vms->claim_granted[claimants++];
    }
    grant_vms(vms, first, n, NO_POOL);
    for each(p, pools->n) {
        if (pools->host_shares[p] <= 0.0) continue;
        share_claims(vms, claim_vms(vms, first, n, p), pools->host_granted_mhz[p]);
        grant_vms(vms, first, n, p);
    }
}

static double deliver(const Vms *vms, double swap_stall, int64_t first, int64_t n) {
    double spent_by_all = 0.0;
    for (int64_t i = first; i < first + n; i++) {
        const int64_t v = vms->by_host[i];
        const double slowdown = vms->slowdown[v];
        double spent = vms->delivered_mhz[v];
        if (slowdown > 0.0) vms->degraded_mhz_s[v] += spent * slowdown * vms->up_s[v];
        if (vms->unserved_mb[v] > 0.0) spent *= 1.0 - swap_stall * vms->unserved_mb[v] / vms->active_mb[v];
        vms->delivered_mhz[v] = spent * (1.0 - slowdown);
        spent_by_all += spent;
    }
    return spent_by_all;
}

static void schedule(const Cluster *c) {
    const Hosts *hosts = &c->hosts;
    const Vms *vms = &c->vms;
    const bool has_pools = c->pools.n > 0;
    const int64_t num_hosts = hosts->n;
    if (has_pools) count_running_shares(c);
    for each(h, num_hosts) {
        if (is_still(hosts, h)) continue;
        const int64_t first = hosts->first_vm[h], n = hosts->num_vms[h];
        const double wanted = want(vms, first, n), left = left_mhz(hosts, h);
        hosts->demand_mhz[h] = wanted;
        if (has_pools || wanted > left) entitle(c, first, n, left);
        hosts->delivered_mhz[h] = deliver(vms, c->cpu_params.swap_stall, first, n);
    }
}
