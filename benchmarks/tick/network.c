/* The VMkernel network: max-min fair rates. */

static inline double link_rate_mb_s(const Cluster *c, int64_t h) {
    return c->hosts.vmkernel_mbps[h] * c->vmotion_params.payload_fraction / NETWORK_BITS_PER_BYTE;
}

static inline bool is_copying(const Migrations *migrations, int64_t v) {
    const int64_t phase = migrations->phase[v];
    return (phase == MIGRATION_PHASE_PRECOPY || phase == MIGRATION_PHASE_SWITCH_OVER) && migrations->round_mb[v] > 0.0;
}

static int64_t open_links(const Cluster *c) {
    const Hosts *hosts = &c->hosts;
    const Migrations *migrations = &c->migrations;
    const int64_t count = c->clock.copying[0];
    for each(i, count) {
        const int64_t v = migrations->order[i], source = migrations->source[v], destination = migrations->destination[v];
        hosts->link_mb_s[source] = link_rate_mb_s(c, source);
        hosts->link_mb_s[destination] = link_rate_mb_s(c, destination);
        hosts->copying[source] = hosts->copying[destination] = 0;
    }
    int64_t waiting = 0;
    for each(i, count) {
        const int64_t v = migrations->order[i];
        migrations->rate_mb_s[v] = 0.0;
        if (!is_copying(migrations, v)) continue;
        migrations->rate_mb_s[v] = NETWORK_NO_RATE_YET;
        hosts->copying[migrations->source[v]]++;
        hosts->copying[migrations->destination[v]]++;
        waiting++;
    }
    return waiting;
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

static void share_links(const Cluster *c) {
    const Migrations *migrations = &c->migrations;
    const int64_t count = c->clock.copying[0];
    for (int64_t waiting = open_links(c); waiting > 0;) {
        double share_mb_s = NEVER;
        for each(i, count) {
            const int64_t v = migrations->order[i];
            if (migrations->rate_mb_s[v] == NETWORK_NO_RATE_YET) share_mb_s = least(share_mb_s, fair_mb_s(c, v));
        }
        for each(i, count) {
            const int64_t v = migrations->order[i];
            if (migrations->rate_mb_s[v] != NETWORK_NO_RATE_YET || fair_mb_s(c, v) > share_mb_s) continue;
            migrations->rate_mb_s[v] = share_mb_s;
            take(&c->hosts, migrations->source[v], share_mb_s);
            take(&c->hosts, migrations->destination[v], share_mb_s);
            waiting--;
        }
    }
}
