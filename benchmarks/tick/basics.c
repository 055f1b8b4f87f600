/* Words that every file needs. */

#include <math.h>
#include <stdbool.h>

/* -ffast-math may divide by multiplying with a reciprocal: what is a whole number of units may then fall just short. */
#define NUDGE (1.0 + 1e-12)
#define always_inline static inline __attribute__((always_inline))
#define each(i, n) (int64_t i = 0; i < (n); i++)

static inline double least(double a, double b) { return a < b ? a : b; }
static inline double most(double a, double b) { return a > b ? a : b; }
static inline int64_t least_of(int64_t a, int64_t b) { return a < b ? a : b; }
static inline int64_t most_of(int64_t a, int64_t b) { return a > b ? a : b; }

/* How many whole units x holds; neither is negative. */
static inline int64_t whole(double x, double unit) { return (int64_t)(x / unit * NUDGE); }

static inline bool is_powered_on(int64_t vm_state) {
    return vm_state == VM_STATE_RUNNING || vm_state == VM_STATE_STARTING;
}

static inline bool runs_vms(int64_t power_state) {
    return power_state == POWER_STATE_ON || power_state == POWER_STATE_ENTERING_STANDBY;
}
