"""The crossing: everything that one Gymnasium step or reset does to a batch of clusters, in one native call.

Arguments that cross from Python: which job this is; the two arenas, the spans, the actions and the output; the arrays
of `hand_out`, fresh ones for every step; and whose turn it is (`core/turns.py`). Behind the kinds `spans` has the parts
that are shown (`hand_out`) and two more rows: (padded hosts, padded vms, recommendations) and (face, intervals of a
commit, 1 for levels). One row of the output holds the observation and the action mask, float32, in the order of
`offsets_of`; it is renewed and never handed out.
"""

from enum import IntEnum

from vienv.baselines import drs_dpm
from vienv.core import arena, inventory, tick
from vienv.core.enums import NO_HOST, NO_VM, CommandKind, Term
from vienv.core.jit import annex, config, crossing, kernel
from vienv.core.state import FloatArray, IntArray
from vienv.core.turns import LATER, num_done, open_job, report_done, take
from vienv.core.virtualcenter import statistics
from vienv.envs import automation, reward
from vienv.envs.action import Face, decode_cluster, decode_recommendation
from vienv.envs.command import carry_out, is_over
from vienv.envs.drs_tuning import settings_of
from vienv.envs.hand_out import hand_out
from vienv.envs.planned import planned_imbalance
from vienv.envs.show import HOST_COLUMNS, RECOMMENDATION_COLUMNS, VM_COLUMNS, Float32Array, offsets_of, show, show_after


class Deed(IntEnum):
    """What a crossing does to a cluster before it shows it."""

    IDLE = 0
    BEGIN = 1
    ACT = 2


SLICE = 2
"""Clusters that a thread takes at a time."""
LEADERS_PATIENCE, HELPERS_PATIENCE = (100, 100) if config.DISABLE_JIT else (10_000, 3_000_000)
"""How often a thread with nothing to do looks again before it goes back to Python: some 10 us and 2 ms. A helper that
sleeps at every step is woken beside its caller and never gets a core of its own."""


@crossing(
    "int64(int64, float64[:,::1], int64[:,::1], int64[:,::1], float64[:,::1], float32[:,::1], float32[::1],"
    " float64[::1], int64[::1])"
)
def step(
    job: int,
    floats: FloatArray,
    ints: IntArray,
    spans: IntArray,
    actions: FloatArray,
    output: Float32Array,
    shown: Float32Array,
    told: FloatArray,
    turns: IntArray,
) -> int:
    """Do to each cluster of the batch what actions[e] = (Deed, first number, second number) says, and hand out.

    A positive job is opened here and led to its end; a negative one is helped with, until there is a later one. Returns
    1 when that is so and 0 if patience ran out before.
    """
    num_envs, number, waited = floats.shape[0], abs(job), 0
    if job > 0:
        open_job(turns, number)
    while waited < (LEADERS_PATIENCE if job > 0 else HELPERS_PATIENCE):
        first = take(turns, number, num_envs, SLICE)
        if first >= 0:
            last = min(first + SLICE, num_envs)
            for e in range(first, last):
                _do(floats[e], ints[e], spans, actions[e], output[e])
                hand_out(shown, told, floats[e], ints[e], spans, output[e], e, num_envs)
            report_done(turns, last - first)
            waited = 0
        elif first == LATER or (job > 0 and num_done(turns) == num_envs):
            return 1
        else:
            waited += 1
    return 0


@kernel
def _do(f: FloatArray, i: IntArray, spans: IntArray, action: FloatArray, output: Float32Array) -> None:
    deed = int(action[0])
    if deed == Deed.BEGIN:
        begin(f, i, spans, output)
    elif deed == Deed.ACT:
        act(f, i, spans, action, output)


@kernel
def begin(f: FloatArray, i: IntArray, spans: IntArray, output: Float32Array) -> None:
    """Show a world that has just been written; until an interval has passed, imbalance is that of the plan."""
    clock, hosts, vms = arena.clock_of(f, i, spans), arena.hosts_of(f, i, spans), arena.vms_of(f, i, spans)
    migrations, host_statistics = arena.migrations_of(f, i, spans), arena.host_statistics_of(f, i, spans)
    vm_statistics = arena.vm_statistics_of(f, i, spans)
    statistics.foresee(vm_statistics, vms, arena.workload_of(f, i, spans), clock, arena.demand_params_of(f, i, spans))
    inventory.group(hosts, vms, migrations, clock)
    statistics.plan_loads(host_statistics, vm_statistics, vms, migrations)
    _, imbalance = planned_imbalance(hosts, host_statistics)
    arena.ledger_of(f, i, spans).last[Term.IMBALANCE] = imbalance
    output[:] = 0.0
    clock.is_shown[0] = 0
    _, first, end, _, _ = offsets_of(spans[-2, 0], spans[-2, 1], spans[-2, 2])
    output[first:end] = NO_HOST  # placement of padded rows
    automation.begin_pass(f, i, spans)
    show(f, i, spans, output)


@kernel
def act(f: FloatArray, i: IntArray, spans: IntArray, action: FloatArray, output: Float32Array) -> None:
    """One action in one cluster: a command, or a commit and the intervals that it lets pass.

    In DrsTuning DRS and DPM command, with the action's threshold and target, before each interval of a commit.
    """
    clock, outcome = arena.clock_of(f, i, spans), arena.outcome_of(f, i, spans)
    book = arena.ledger_of(f, i, spans)
    reward.begin_step(book, outcome)
    is_tuning = spans[-1, 0] == Face.DRS_TUNING
    if is_tuning and clock.is_shown[0] == 0:
        show(f, i, spans, output)  # the heuristics read the output, and the rows may be a snapshot that was put back
    passed = 0
    while True:
        chosen = heuristics(f, i, spans, action, output) if is_tuning else int(action[1])
        kind, v, h = _decode(f, i, spans, chosen)
        if kind != CommandKind.COMMIT:
            carry_out(f, i, spans, kind, v, h)
            automation.note_command(f, i, spans, kind)
        elif not is_over(f, i, spans):
            clock.picked[0] = NO_VM
            automation.end_pass(f, i, spans)
            tick.advance(f, i, spans)
            automation.begin_pass(f, i, spans)
            passed += 1
        show_after(f, i, spans, output, kind, v, h)
        is_done = passed == spans[-1, 1] or is_over(f, i, spans)
        if is_done or (kind != CommandKind.COMMIT and not is_tuning):
            break
    reward.end_step(book, outcome, arena.reward_of(f, i, spans), clock, passed)


@kernel
def _decode(f: FloatArray, i: IntArray, spans: IntArray, action: int) -> tuple[int, int, int]:
    hosts, vms = arena.hosts_of(f, i, spans), arena.vms_of(f, i, spans)
    if spans[-1, 0] == Face.CLUSTER:
        return decode_cluster(action, arena.clock_of(f, i, spans), hosts, vms, spans[-2, 1])
    return decode_recommendation(action, hosts, vms, arena.recommendations_of(f, i, spans))


@annex("int64(float64[::1], int64[::1], int64[:,::1], float64[::1], float32[::1])")
def heuristics(f: FloatArray, i: IntArray, spans: IntArray, action: FloatArray, output: Float32Array) -> int:
    """What DRS and DPM would choose next, from what is shown, with the settings that the action names."""
    num_hosts, num_vms, num_rows = spans[-2, 0], spans[-2, 1], spans[-2, 2]
    a, b, c, d, m = offsets_of(num_hosts, num_vms, num_rows)
    drs_settings, dpm_settings = settings_of(action[1], action[2], spans[-1, 2] == 1)
    return drs_dpm.choose(
        output[:a].reshape(num_hosts, HOST_COLUMNS),
        output[a:b].reshape(num_vms, VM_COLUMNS),
        output[b:c],
        output[c:d],
        output[d:m].reshape(num_rows, RECOMMENDATION_COLUMNS),
        output[m:],
        drs_settings,
        dpm_settings,
    )
