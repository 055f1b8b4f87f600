/* The VMkernel network: max-min fair rates. */

static inline double link_rate_mb_s(const Cluster *c, int64_t h) {
    return c->hosts.vmkernel_mbps[h] * c->vmotion_params.payload_fraction / ADAPTERS_BITS_PER_BYTE;
}

static inline bool is_copying(const Migrations *migrations, int64_t v) {
    const int64_t phase = migrations->phase[v];
    return (phase == MIGRATION_PHASE_PRECOPY || phase == MIGRATION_PHASE_SWITCH_OVER) && migrations->round_mb[v] > 0.0;
}

/* Open host h's link, once; returns how many hosts have been reached. */
static inline int64_t reach(const Cluster *c, int64_t num_hosts, int64_t h) {
    const Hosts *hosts = &c->hosts;
    if (hosts->is_reached[h] == 1) return num_hosts;
    hosts->is_reached[h] = 1;
    hosts->reached[num_hosts] = h;
    hosts->link_mb_s[h] = link_rate_mb_s(c, h);
    hosts->copying[h] = 0;
    return num_hosts + 1;
}

/* Find who copies over the two hosts' links, over the other ends' links, and so on; and count them on each link. */
static int64_t gather(const Cluster *c, int64_t source, int64_t destination, int64_t *num_reached) {
    const Hosts *hosts = &c->hosts;
    const Migrations *m = &c->migrations;
    int64_t count = 0, num_hosts = reach(c, reach(c, 0, source), destination);
    for (int64_t k = 0; k < num_hosts; k++) {
        const int64_t h = hosts->reached[k], num_flights = hosts->vmotions[h];
        int64_t v = hosts->first_flight[h];
        for (int64_t n = 0; n < num_flights; n++, v = *next_flight(m, h, v)) {
            if (!is_copying(m, v) || m->fair_mb_s[v] == NETWORK_NO_RATE_YET) continue;
            m->fair_mb_s[v] = NETWORK_NO_RATE_YET;
            m->sharing[count++] = v;
            num_hosts = reach(c, num_hosts, m->source[v]);
            num_hosts = reach(c, num_hosts, m->destination[v]);
            hosts->copying[m->source[v]]++;
            hosts->copying[m->destination[v]]++;
        }
    }
    *num_reached = num_hosts;
    return count;
}

static inline double fair_mb_s(const Cluster *c, int64_t v) {
    const Hosts *hosts = &c->hosts;
    const int64_t source = c->migrations.source[v], destination = c->migrations.destination[v];
    return least(hosts->link_mb_s[source] / (double)hosts->copying[source],
                 hosts->link_mb_s[destination] / (double)hosts->copying[destination]);
}

static inline void take(const Hosts *hosts, int64_t h, double rate_mb_s) {
    hosts->link_mb_s[h] = most(0.0, hosts->link_mb_s[h] - rate_mb_s);
    hosts->copying[h]--;
}

static int64_t share_links(const Cluster *c, int64_t source, int64_t destination) {
    const Hosts *hosts = &c->hosts;
    const Migrations *m = &c->migrations;
    int64_t num_hosts;
    const int64_t count = gather(c, source, destination, &num_hosts);
    for (int64_t waiting = count; waiting > 0;) {
        double share_mb_s = NEVER;
        for each(k, count) {
            const int64_t v = m->sharing[k];
            if (m->fair_mb_s[v] == NETWORK_NO_RATE_YET) share_mb_s = least(share_mb_s, fair_mb_s(c, v));
        }
        for each(k, count) {
            const int64_t v = m->sharing[k];
            if (m->fair_mb_s[v] != NETWORK_NO_RATE_YET || fair_mb_s(c, v) > share_mb_s) continue;
            m->fair_mb_s[v] = share_mb_s;
            take(hosts, m->source[v], share_mb_s);
            take(hosts, m->destination[v], share_mb_s);
            waiting--;
        }
    }
    for each(k, num_hosts) hosts->is_reached[hosts->reached[k]] = 0;
    return count;
}
