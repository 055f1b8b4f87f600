/* The tick of vienv.core in C, over the same two arenas: what the kernels are measured against (benchmarks/reference.py).

   One function a kernel, in a file of the same name as the kernel's module; what a rule means stands there. Read tick()
   as the table of contents. layout.h is made by benchmarks/layout.py from the state's annotations and the enums.
   Infinity is NEVER = 1e300 here, for -ffast-math assumes that every number is finite. */

#include "layout.h"

#include "tick/basics.c"
#include "tick/random.c"
#include "tick/inventory.c"
#include "tick/compatibility.c"
#include "tick/rules.c"
#include "tick/admission.c"
#include "tick/queue.c"
#include "tick/shares.c"
#include "tick/network.c"
#include "tick/precopy.c"
#include "tick/statistics.c"
#include "tick/evacuation.c"
#include "tick/demand.c"
#include "tick/power.c"
#include "tick/virtualcenter.c"
#include "tick/ha.c"
#include "tick/vmotion.c"
#include "tick/lifecycle.c"
#include "tick/memory.c"
#include "tick/cpu.c"
#include "tick/ledger.c"

static void tick(const Cluster *c) {
    begin_tick(c);
    update(c);
    power_advance(c);
    keep_calendar(c);
    foresee_failures(c);
    evacuate(c);
    run(c);
    strike(c);
    restart(c);
    lifecycle_advance(c);
    group(c);
    reclaim(c);
    schedule(c);
    draw(c);
    charge(c);
    collect(c);
    c->clock.tick[0]++;
    c->clock.now_s[0] = (double)c->clock.tick[0] * c->clock.tick_s[0];
}

static void advance(const Cluster *c) {
    for each(t, c->clock.ticks_per_interval[0]) tick(c);
    if (c->clock.interval[0] + 1 == c->clock.intervals_per_episode[0]) settle_boots(c);
    close_book(c);
    roll_windows(c);
    c->clock.interval[0]++;
    foresee_demand(c);
    open_interval(c);
    judge_loss(c);
    if (c->clock.is_terminated[0] == 1) charge_lost_cluster(c);
}

/* One interval of every cluster of a batch: floats (num_envs, num_floats), ints (num_envs, num_ints). */
void advance_batch(double *floats, int64_t *ints, const int64_t *spans, int64_t num_envs, int64_t num_floats,
                   int64_t num_ints) {
    for each(e, num_envs) {
        const Cluster c = cluster_of(floats + e * num_floats, ints + e * num_ints, spans);
        advance(&c);
    }
}
