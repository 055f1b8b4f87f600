/* Draws keyed by (seed, stream, entity, tick): Philox4x32-10. */

typedef struct { uint32_t w0, w1, w2, w3; } Words;

static Words philox(uint32_t c0, uint32_t c1, uint32_t c2, uint32_t c3, uint32_t k0, uint32_t k1) {
    for each(round, RANDOM_ROUNDS) {
        const uint64_t a = (uint64_t)RANDOM_M0 * c0, b = (uint64_t)RANDOM_M1 * c2;
        const uint32_t next = (uint32_t)(b >> 32) ^ c1 ^ k0;
        c2 = (uint32_t)(a >> 32) ^ c3 ^ k1;
        c1 = (uint32_t)b, c3 = (uint32_t)a, c0 = next;
        k0 += (uint32_t)RANDOM_W0, k1 += (uint32_t)RANDOM_W1;
    }
    return (Words){c0, c1, c2, c3};
}

static Words draw_words(int64_t seed, int64_t stream, int64_t entity, int64_t tick) {
    return philox(tick, tick >> 32, entity, stream, seed, seed >> 32);
}

static double unit(uint32_t high, uint32_t low) {
    return ((double)((uint64_t)high << 20 | low >> 12) + 0.5) / RANDOM_TWO52;
}

static double uniform(int64_t seed, int64_t stream, int64_t entity, int64_t tick) {
    const Words w = draw_words(seed, stream, entity, tick);
    return unit(w.w0, w.w1);
}

static double normal(int64_t seed, int64_t stream, int64_t entity, int64_t tick) {
    const Words w = draw_words(seed, stream, entity, tick);
    return sqrt(-2.0 * log(unit(w.w0, w.w1))) * cos(2.0 * M_PI * unit(w.w2, w.w3));
}
