/* Which hosts are still: nothing changes there, and a tick gives what the last one gave. */

static inline void disturb(const Cluster *c) { c->clock.still_ticks[0] = 0; }

static inline void stir(const Cluster *c, int64_t h) {
    c->hosts.still_ticks[h] = 0;
    disturb(c);
}

static void stir_all(const Cluster *c) {
    for each(h, c->hosts.n) stir(c, h);
}

static inline bool is_still(const Hosts *hosts, int64_t h) { return hosts->still_ticks[h] >= STILLNESS_STILL; }

static inline bool is_quiet(const Clock *clock) { return clock->still_ticks[0] >= STILLNESS_STILL; }

static void end_tick(const Cluster *c) {
    int64_t *still_ticks = c->hosts.still_ticks;
    const int64_t num_hosts = c->hosts.n;
    for each(h, num_hosts) still_ticks[h] = least_of(STILLNESS_STILL, still_ticks[h] + 1);
    c->clock.still_ticks[0] = least_of(STILLNESS_STILL, c->clock.still_ticks[0] + 1);
}
