"""The crossing: everything that one Gymnasium step or reset does to a batch of clusters, in one native call.

Arguments that cross from Python: the two arenas, the spans, the actions and the output. `spans` has two more rows than
there are kinds: (padded hosts, padded vms, recommendations) and (face, intervals of a commit, 1 for levels). One row of
the output holds the observation and the action mask, float32, in the order of `offsets_of`.
"""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from vienv.baselines import drs_dpm
from vienv.core import admission, arena, inventory, statistics, tick, virtualcenter
from vienv.core.columns import ClusterColumn, HostColumn, RecommendationColumn, VmColumn
from vienv.core.enums import NO_HOST, NO_VM, CommandKind, Refusal, Term
from vienv.core.jit import crossing, inlined, kernel
from vienv.core.ledger import deviation
from vienv.core.state import FloatArray, IntArray
from vienv.envs import mask, observation, reward
from vienv.envs.action import Face, decode_cluster, decode_recommendation
from vienv.envs.drs_tuning import settings_of
from vienv.envs.recommendation import load_sums, recommend

Float32Array = NDArray[np.float32]
_HOST_COLUMNS, _VM_COLUMNS = len(HostColumn), len(VmColumn)
_CLUSTER_COLUMNS = len(ClusterColumn) + len(VmColumn)
_RECOMMENDATION_COLUMNS = len(RecommendationColumn)


class Deed(IntEnum):
    """What a crossing does to a cluster."""

    IDLE = 0
    BEGIN = 1
    ACT = 2


@kernel
def offsets_of(num_hosts: int, num_vms: int, num_recommendations: int) -> tuple[int, int, int, int, int]:
    """Where vms, placement, cluster, recommendations and mask begin in a row of the output; hosts begin at 0."""
    vms = num_hosts * _HOST_COLUMNS
    placement = vms + num_vms * _VM_COLUMNS
    cluster = placement + num_vms
    recommendations = cluster + _CLUSTER_COLUMNS
    return vms, placement, cluster, recommendations, recommendations + num_recommendations * _RECOMMENDATION_COLUMNS


@crossing("void(float64[:,::1], int64[:,::1], int64[:,::1], float64[:,::1], float32[:,::1])")
def step(floats: FloatArray, ints: IntArray, spans: IntArray, actions: FloatArray, output: Float32Array) -> None:
    """Do to each cluster of the batch what actions[e] = (Deed, first number, second number) says."""
    for e in range(floats.shape[0]):
        deed = int(actions[e, 0])
        if deed == Deed.BEGIN:
            begin(floats[e], ints[e], spans, output[e])
        if deed == Deed.ACT:
            act(floats[e], ints[e], spans, actions[e], output[e])


@inlined
def begin(f: FloatArray, i: IntArray, spans: IntArray, output: Float32Array) -> None:
    """Show a world that has just been written; until an interval has passed, imbalance is that of the plan."""
    clock, hosts, vms = arena.clock_of(f, i, spans), arena.hosts_of(f, i, spans), arena.vms_of(f, i, spans)
    migrations, host_statistics = arena.migrations_of(f, i, spans), arena.host_statistics_of(f, i, spans)
    vm_statistics = arena.vm_statistics_of(f, i, spans)
    statistics.foresee(vm_statistics, vms, arena.workload_of(f, i, spans), clock, arena.demand_params_of(f, i, spans))
    inventory.group(hosts, vms, migrations, clock)
    statistics.plan_loads(host_statistics, vm_statistics, vms, migrations)
    num_on, total, square = load_sums(hosts, host_statistics)
    if num_on > 0:
        arena.ledger_of(f, i, spans).last[Term.IMBALANCE] = deviation(total, square, num_on)
    output[:] = 0.0
    _, first, end, _, _ = offsets_of(spans[-2, 0], spans[-2, 1], spans[-2, 2])
    output[first:end] = NO_HOST  # placement of padded rows
    show(f, i, spans, output)


@inlined
def act(f: FloatArray, i: IntArray, spans: IntArray, action: FloatArray, output: Float32Array) -> None:
    """One action in one cluster: a command, or a commit and the intervals that it lets pass.

    In DrsTuning DRS and DPM command, with the action's threshold and target, before each interval of a commit.
    """
    clock, outcome = arena.clock_of(f, i, spans), arena.outcome_of(f, i, spans)
    book = arena.ledger_of(f, i, spans)
    reward.begin_step(book, outcome)
    is_tuning = spans[-1, 0] == Face.DRS_TUNING
    if is_tuning:
        show(f, i, spans, output)  # the heuristics read the output, and the rows may be a snapshot that was put back
    passed = 0
    while True:
        if is_tuning:
            kind, v, h = _ask_heuristics(f, i, spans, action, output)
        else:
            kind, v, h = _decode(f, i, spans, int(action[1]))
        if kind != CommandKind.COMMIT:
            _command(f, i, spans, kind, v, h)
        elif not _is_over(f, i, spans):
            clock.picked[0] = NO_VM
            tick.advance(f, i, spans)
            passed += 1
        show(f, i, spans, output)
        is_done = passed == spans[-1, 1] or _is_over(f, i, spans)
        if is_done or (kind != CommandKind.COMMIT and not is_tuning):
            break
    reward.end_step(book, outcome, arena.reward_of(f, i, spans), clock, passed)


@kernel
def _decode(f: FloatArray, i: IntArray, spans: IntArray, action: int) -> tuple[int, int, int]:
    hosts, vms = arena.hosts_of(f, i, spans), arena.vms_of(f, i, spans)
    if spans[-1, 0] == Face.CLUSTER:
        return decode_cluster(action, arena.clock_of(f, i, spans), hosts, vms, spans[-2, 1])
    return decode_recommendation(action, hosts, vms, arena.recommendations_of(f, i, spans))


@kernel
def _ask_heuristics(
    f: FloatArray, i: IntArray, spans: IntArray, action: FloatArray, output: Float32Array
) -> tuple[int, int, int]:
    """What DRS and DPM would command next, from what is shown, with the settings that the action names."""
    num_hosts, num_vms, num_rows = spans[-2, 0], spans[-2, 1], spans[-2, 2]
    a, b, c, d, m = offsets_of(num_hosts, num_vms, num_rows)
    drs_settings, dpm_settings = settings_of(action[1], action[2], spans[-1, 2] == 1)
    chosen = drs_dpm.choose(
        output[:a].reshape(num_hosts, _HOST_COLUMNS),
        output[a:b].reshape(num_vms, _VM_COLUMNS),
        output[b:c],
        output[c:d],
        output[d:m].reshape(num_rows, _RECOMMENDATION_COLUMNS),
        output[m:],
        drs_settings,
        dpm_settings,
    )
    return _decode(f, i, spans, chosen)


@kernel
def _is_over(f: FloatArray, i: IntArray, spans: IntArray) -> bool:
    clock = arena.clock_of(f, i, spans)
    return clock.is_terminated[0] == 1 or clock.interval[0] >= clock.intervals_per_episode[0]


@kernel
def _command(f: FloatArray, i: IntArray, spans: IntArray, kind: int, v: int, h: int) -> None:
    """Ask VirtualCenter; a refusal changes nothing but its counter."""
    clock, hosts, vms = arena.clock_of(f, i, spans), arena.hosts_of(f, i, spans), arena.vms_of(f, i, spans)
    outcome = arena.outcome_of(f, i, spans)
    refusal = _refusal(f, i, spans, kind, v, h)
    outcome.refusal[0] = refusal
    if refusal != Refusal.ACCEPTED:
        book = arena.ledger_of(f, i, spans)
        book.step[Term.REFUSED_COMMANDS] += 1.0
        book.episode[Term.REFUSED_COMMANDS] += 1.0
        return
    if kind == CommandKind.PICK:
        clock.picked[0] = v
        return
    if kind == CommandKind.MIGRATE:
        virtualcenter.migrate(hosts, vms, arena.migrations_of(f, i, spans), clock, v, h)
    elif kind == CommandKind.PLACE:
        virtualcenter.place(hosts, vms, clock, arena.ha_params_of(f, i, spans), v, h)
    elif kind == CommandKind.STANDBY:
        virtualcenter.order_standby(hosts, clock, h)
    else:
        virtualcenter.wake(hosts, clock, arena.power_params_of(f, i, spans), h)
    clock.picked[0] = NO_VM


@kernel
def _refusal(f: FloatArray, i: IntArray, spans: IntArray, kind: int, v: int, h: int) -> int:
    clock, hosts, vms = arena.clock_of(f, i, spans), arena.hosts_of(f, i, spans), arena.vms_of(f, i, spans)
    migrations, paths = arena.migrations_of(f, i, spans), arena.paths_of(f, i, spans)
    vmotion, ha = arena.vmotion_params_of(f, i, spans), arena.ha_params_of(f, i, spans)
    vc_params = arena.virtual_center_params_of(f, i, spans)
    needs_vm = kind == CommandKind.PICK or kind == CommandKind.MIGRATE or kind == CommandKind.PLACE
    if (needs_vm and not 0 <= v < vms.state.size) or (kind != CommandKind.PICK and not 0 <= h < hosts.power_state.size):
        return Refusal.NO_SUCH_ACTION
    if _is_over(f, i, spans):
        return Refusal.EPISODE_OVER
    refusal = virtualcenter.refusal_of_any(clock, hosts, vc_params)
    if refusal != Refusal.ACCEPTED:
        return refusal
    if kind == CommandKind.PICK:
        if clock.picked[0] != NO_VM:
            return Refusal.NO_SUCH_ACTION
        for t in range(hosts.power_state.size):
            refusal = mask.refusal_to_go(hosts, vms, migrations, paths, vmotion, ha, v, t)
            if refusal == Refusal.ACCEPTED:
                return refusal
        return refusal
    if needs_vm:
        return mask.refusal_to_go(hosts, vms, migrations, paths, vmotion, ha, v, h)
    if kind == CommandKind.WAKE:
        return virtualcenter.refusal_of_wake(hosts, h)
    return virtualcenter.refusal_of_standby(
        hosts,
        vms,
        migrations,
        paths,
        arena.vm_statistics_of(f, i, spans),
        arena.host_statistics_of(f, i, spans),
        clock,
        vmotion,
        arena.power_params_of(f, i, spans),
        ha,
        vc_params,
        admission.failover(hosts, vms, ha),
        h,
    )


@kernel
def show(f: FloatArray, i: IntArray, spans: IntArray, output: Float32Array) -> None:
    """Renew the plan and write observation and mask."""
    clock, hosts, vms = arena.clock_of(f, i, spans), arena.hosts_of(f, i, spans), arena.vms_of(f, i, spans)
    migrations = arena.migrations_of(f, i, spans)
    vm_statistics, host_statistics = arena.vm_statistics_of(f, i, spans), arena.host_statistics_of(f, i, spans)
    curves, vmotion = arena.power_curves_of(f, i, spans), arena.vmotion_params_of(f, i, spans)
    inventory.group(hosts, vms, migrations, clock)
    statistics.plan_loads(host_statistics, vm_statistics, vms, migrations)

    num_hosts, num_vms, num_rows = spans[-2, 0], spans[-2, 1], spans[-2, 2]
    a, b, c, d, _ = offsets_of(num_hosts, num_vms, num_rows)
    host_rows = output[:a].reshape(num_hosts, _HOST_COLUMNS)
    vm_rows, placement, cluster = output[a:b].reshape(num_vms, _VM_COLUMNS), output[b:c], output[c:d]
    observation.write_hosts(host_rows, hosts, vms, migrations, host_statistics, vm_statistics, curves, clock)
    observation.write_vms(
        vm_rows, placement, hosts, vms, migrations, host_statistics, vm_statistics, curves, vmotion, clock
    )
    observation.write_cluster(
        cluster,
        vm_rows,
        hosts,
        vms,
        host_statistics,
        arena.tariff_of(f, i, spans),
        arena.ledger_of(f, i, spans),
        clock,
        arena.power_params_of(f, i, spans),
        arena.ha_params_of(f, i, spans),
        arena.virtual_center_params_of(f, i, spans),
    )
    _show_actions(f, i, spans, vm_rows, output[d:])


@kernel
def _show_actions(f: FloatArray, i: IntArray, spans: IntArray, vm_rows: Float32Array, output: Float32Array) -> None:
    """Write what may be done: the recommendations, where the face has them, and behind them the mask."""
    clock, hosts, vms = arena.clock_of(f, i, spans), arena.hosts_of(f, i, spans), arena.vms_of(f, i, spans)
    migrations, paths = arena.migrations_of(f, i, spans), arena.paths_of(f, i, spans)
    vm_statistics, host_statistics = arena.vm_statistics_of(f, i, spans), arena.host_statistics_of(f, i, spans)
    vmotion, power = arena.vmotion_params_of(f, i, spans), arena.power_params_of(f, i, spans)
    ha, vc_params = arena.ha_params_of(f, i, spans), arena.virtual_center_params_of(f, i, spans)
    num_vms, num_rows = spans[-2, 1], spans[-2, 2]
    is_open = virtualcenter.refusal_of_any(clock, hosts, vc_params) == Refusal.ACCEPTED and not _is_over(f, i, spans)
    mask_begins = num_rows * _RECOMMENDATION_COLUMNS
    legal = output[mask_begins:]
    legal[:] = 0.0
    legal[0] = 1.0
    first = 1 + num_vms
    if spans[-1, 0] != Face.CLUSTER:
        first = 1 + num_rows
        recommendations = arena.recommendations_of(f, i, spans)
        recommend(recommendations, hosts, vms, migrations, paths, vm_statistics, host_statistics, vmotion, ha, is_open)
        rows = output[:mask_begins].reshape(num_rows, _RECOMMENDATION_COLUMNS)
        observation.write_recommendations(rows, recommendations, vm_rows, hosts, vms, host_statistics, vm_statistics)
        mask.write_recommendations(legal[1:first], recommendations)
    elif is_open and clock.picked[0] == NO_VM:
        mask.write_picks(legal[1:first], hosts, vms, migrations, paths, vmotion, ha)
    if not is_open:
        return
    if clock.picked[0] != NO_VM:
        mask.write_destinations(legal[first:], hosts, vms, migrations, paths, vmotion, ha, clock.picked[0])
        return
    mask.write_toggles(
        legal[first:],
        hosts,
        vms,
        migrations,
        paths,
        vm_statistics,
        host_statistics,
        clock,
        vmotion,
        power,
        ha,
        vc_params,
    )
