/* vMotions in flight: who they are, whose links they use, and the CPU that they take of both hosts. */

/* The flight after VM v's in the list of host h, which has vmotions[h] entries from first_flight[h] on. */
static inline int64_t *next_flight(const Migrations *m, int64_t h, int64_t v) {
    return m->source[v] == h ? &m->next_out[v] : &m->next_in[v];
}

static void book_cpu(const Cluster *c, int64_t h, double now_s) {
    const Hosts *hosts = &c->hosts;
    const VmotionParams *vmotion = &c->vmotion_params;
    const bool is_10g = hosts->vmkernel_mbps[h] >= FLIGHT_TEN_GIGABIT_MBPS;
    const double fraction = is_10g ? vmotion->cpu_core_fraction_10g : vmotion->cpu_core_fraction;
    const double of_tick = (now_s - hosts->vmotion_since_s[h]) / c->clock.tick_s[0];
    hosts->vmotion_mhz[h] += hosts->core_mhz[h] * fraction * of_tick;
    hosts->vmotion_since_s[h] = now_s;
}

static void take_off(const Cluster *c, int64_t v, double now_s) {
    const Hosts *hosts = &c->hosts;
    const Migrations *m = &c->migrations;
    const int64_t sides[] = {m->source[v], m->destination[v]};
    m->flight[c->clock.in_flight[0]++] = v;
    for each(side, 2) {
        const int64_t h = sides[side];
        stir(c, h);
        if (hosts->vmotions[h] == 0) hosts->vmotion_since_s[h] = now_s;
        *next_flight(m, h, v) = hosts->first_flight[h];
        hosts->first_flight[h] = v;
        hosts->vmotions[h]++;
    }
}

static void land(const Cluster *c, int64_t v, double now_s) {
    const Hosts *hosts = &c->hosts;
    const Migrations *m = &c->migrations;
    const int64_t sides[] = {m->source[v], m->destination[v]}, left = --c->clock.in_flight[0];
    int64_t i = 0;
    while (i < left && m->flight[i] != v) i++;
    for (; i < left; i++) m->flight[i] = m->flight[i + 1];
    for each(side, 2) {
        const int64_t h = sides[side];
        stir(c, h);
        book_cpu(c, h, now_s);
        int64_t *place = &hosts->first_flight[h];
        while (*place != v) place = next_flight(m, h, *place);
        *place = *next_flight(m, h, v);
        hosts->vmotions[h]--;
    }
}
