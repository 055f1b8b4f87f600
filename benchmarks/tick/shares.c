/* How a capacity is divided among claimants with reservation, limit and shares. */

static void fill(double *restrict granted, const double *restrict cap, const double *restrict weight, int64_t n,
                 double capacity) {
    double level = 0.0;
    for (bool is_rising = true; is_rising;) {
        double held = 0.0, open_weight = 0.0;
        for each(k, n) {
            const bool is_full = granted[k] >= cap[k] || granted[k] + level * weight[k] >= cap[k];
            granted[k] = is_full ? cap[k] : granted[k];
            held += granted[k];
            open_weight += is_full ? 0.0 : weight[k];
        }
        const double risen = open_weight > 0.0 ? (capacity - held) / open_weight : 0.0;
        is_rising = risen > level;
        level = most(level, risen);
    }
    for each(k, n) granted[k] += granted[k] < cap[k] ? level * weight[k] : 0.0;
}

static void share_out(double *restrict granted, const double *restrict floor, const double *restrict cap,
                      const double *restrict weight, int64_t n, double capacity) {
    double held = 0.0, wanted = 0.0;
    for each(k, n) {
        granted[k] = least(floor[k], cap[k]);
        held += granted[k];
        wanted += cap[k];
    }
    if (wanted <= capacity) {
        for each(k, n) granted[k] = cap[k];
        return;
    }
    if (held >= capacity) {
        const double scale = held > 0.0 ? capacity / held : 0.0;
        for each(k, n) granted[k] *= scale;
        return;
    }
    fill(granted, cap, weight, n, capacity);
}
