/* The tick of vienv.core in C, over the same two arenas: what the kernels are measured against (benchmarks/reference.py).

   One function a kernel, in a file of the same name as the kernel's module; what a rule means stands there. Read tick()
   as the table of contents. layout.h is made by benchmarks/layout.py from the state's annotations and the enums.
   Infinity is NEVER = 1e300 here, for -ffast-math assumes that every number is finite. */

#include "layout.h"

#include "tick/basics.c"
#include "tick/random.c"
#include "tick/stillness.c"
#include "tick/timers.c"
#include "tick/inventory.c"
#include "tick/compatibility.c"
#include "tick/rules.c"
#include "tick/admission.c"
#include "tick/queue.c"
#include "tick/shares.c"
#include "tick/flight.c"
#include "tick/network.c"
#include "tick/precopy.c"
#include "tick/demand.c"
#include "tick/statistics.c"
#include "tick/evacuation.c"
#include "tick/power.c"
#include "tick/commands.c"
#include "tick/calendar.c"
#include "tick/failures.c"
#include "tick/restarts.c"
#include "tick/starts.c"
#include "tick/run.c"
#include "tick/lifecycle.c"
#include "tick/memory.c"
#include "tick/cpu.c"
#include "tick/ledger.c"

/* What happens in the tick, at its exact second. */
static void happen(const Cluster *c, bool has_event, bool has_sample) {
    begin_tick(c);
    if (has_sample) announce(c);
    if (has_event) {
        power_advance(c);
        keep_calendar(c);
        foresee_failures(c);
        evacuate(c);
    }
    run(c);
    if (!has_event) return;
    strike(c);
    restart(c);
    lifecycle_advance(c);
    if (c->pools.n > 0) stir_all(c);
}

/* What follows on the hosts that are not still. */
static void follow(const Cluster *c) {
    group(c);
    update(c);
    reclaim(c);
    schedule(c);
    draw(c);
    charge(c);
    collect(c);
    end_tick(c);
}

static void tick(const Cluster *c) {
    const bool has_event = is_due(&c->clock), has_sample = has_news(&c->clock);
    if (has_event || has_sample || c->clock.copying[0] > 0 || !is_quiet(&c->clock)) {
        book(c);
        happen(c, has_event, has_sample);
        follow(c);
    }
    if (has_event) look_ahead(c);
    c->clock.tick[0]++;
    c->clock.now_s[0] = (double)c->clock.tick[0] * c->clock.tick_s[0];
    if (has_event) close_hour(c);
}

static void advance(const Cluster *c) {
    for each(t, c->clock.ticks_per_interval[0]) tick(c);
    if (c->clock.interval[0] + 1 == c->clock.intervals_per_episode[0]) settle_boots(c);
    roll_windows(c);
    close_book(c);
    c->clock.interval[0]++;
    foresee_demand(c);
    open_interval(c);
    judge_loss(c);
    if (c->clock.is_terminated[0] == 1) charge_lost_cluster(c);
}

/* How many bytes `lay_out` needs a cluster. */
int64_t cluster_size(void) { return sizeof(Cluster); }

/* Find the fields of every cluster of a batch once: floats (num_envs, num_floats), ints (num_envs, num_ints). */
void lay_out(Cluster *clusters, double *floats, int64_t *ints, const int64_t *spans, int64_t num_envs,
             int64_t num_floats, int64_t num_ints) {
    for each(e, num_envs) clusters[e] = cluster_of(floats + e * num_floats, ints + e * num_ints, spans);
}

/* One interval of every cluster of a batch. */
void advance_batch(const Cluster *clusters, int64_t num_envs) {
    for each(e, num_envs) advance(&clusters[e]);
}
