"""What a cluster shows: its row of the output, observation and behind it the action mask, float32.

A commit writes everything, and so does a placement. Any other command writes what it changed: the VM's row, the rows of
its two hosts and what their loads appear in, the cluster's row and the mask, from sums that are added up in the same
order, hence the same to the last bit. That needs an output which shows the state as it was: `clock.is_shown` says so,
and the environment's `rows`, which lets anybody write into the state, clears it.
"""

import numpy as np
from numpy.typing import NDArray

from vienv.core import admission, arena, headroom, inventory
from vienv.core.clusters import are_together, span_of
from vienv.core.columns import ClusterColumn, HostColumn, RecommendationColumn, VmColumn
from vienv.core.enums import NO_VM, CommandKind, Refusal
from vienv.core.jit import kernel
from vienv.core.state import FloatArray, IntArray
from vienv.core.virtualcenter import commands, statistics, works
from vienv.envs import mask, observation, observation_of_cluster, observation_of_parts
from vienv.envs.action import Face
from vienv.envs.command import is_over
from vienv.envs.recommendation import recommend

Float32Array = NDArray[np.float32]
HOST_COLUMNS, VM_COLUMNS = len(HostColumn), len(VmColumn)
RECOMMENDATION_COLUMNS = len(RecommendationColumn)
_CLUSTER_COLUMNS = len(ClusterColumn) + len(VmColumn)


@kernel
def offsets_of(num_hosts: int, num_vms: int, num_recommendations: int) -> tuple[int, int, int, int, int]:
    """Where vms, placement, cluster, recommendations and mask begin in a row of the output; hosts begin at 0."""
    vms = num_hosts * HOST_COLUMNS
    placement = vms + num_vms * VM_COLUMNS
    cluster = placement + num_vms
    recommendations = cluster + _CLUSTER_COLUMNS
    return vms, placement, cluster, recommendations, recommendations + num_recommendations * RECOMMENDATION_COLUMNS


@kernel
def parts_of(
    output: Float32Array, spans: IntArray
) -> tuple[Float32Array, Float32Array, Float32Array, Float32Array, Float32Array]:
    """Host rows, VM rows, placement, the cluster's row, and the recommendations with the mask behind them."""
    num_hosts, num_vms = spans[-2, 0], spans[-2, 1]
    a, b, c, d, _ = offsets_of(num_hosts, num_vms, spans[-2, 2])
    return (
        output[:a].reshape(num_hosts, HOST_COLUMNS),
        output[a:b].reshape(num_vms, VM_COLUMNS),
        output[b:c],
        output[c:d],
        output[d:],
    )


@kernel
def show_after(f: FloatArray, i: IntArray, spans: IntArray, output: Float32Array, kind: int, v: int, h: int) -> None:
    """Write what a commit or a command (CommandKind, vm, host) changed; a refused one changed nothing."""
    clock = arena.clock_of(f, i, spans)
    if clock.is_shown[0] == 0 or kind == CommandKind.COMMIT or kind == CommandKind.PLACE:
        show(f, i, spans, output)
        return
    if arena.outcome_of(f, i, spans).refusal[0] != Refusal.ACCEPTED:
        return
    if kind == CommandKind.PICK:
        _show_pick(f, i, spans, output, v)
    elif kind == CommandKind.MIGRATE:
        _show_migration(f, i, spans, output, v, h)
    else:
        _show_power(f, i, spans, output, h)


@kernel
def show(f: FloatArray, i: IntArray, spans: IntArray, output: Float32Array) -> None:
    """Renew the plan and write observation and mask."""
    clock, hosts, vms = arena.clock_of(f, i, spans), arena.hosts_of(f, i, spans), arena.vms_of(f, i, spans)
    migrations, largest = arena.migrations_of(f, i, spans), arena.largest_of(f, i, spans)
    vm_statistics, host_statistics = arena.vm_statistics_of(f, i, spans), arena.host_statistics_of(f, i, spans)
    curves, vmotion = arena.power_curves_of(f, i, spans), arena.vmotion_params_of(f, i, spans)
    host_rows, vm_rows, placement, cluster, _ = parts_of(output, spans)
    if clock.is_shown[0] == 0:
        paths, datastores = arena.paths_of(f, i, spans), arena.datastores_of(f, i, spans)
        headroom.survey(largest, vms, datastores, hosts, paths, curves)
        observation.forget(host_rows, vm_rows)
    clock.is_shown[0] = 1
    inventory.group(hosts, vms, migrations, clock)
    statistics.plan_loads(host_statistics, vm_statistics, vms, migrations)
    headroom.measure(largest, hosts, vms, migrations, vm_statistics)
    observation.write_hosts(host_rows, hosts, vms, migrations, host_statistics, vm_statistics, largest, curves, clock)
    observation.write_vms(vm_rows, placement, host_rows, hosts, vms, migrations, vm_statistics, largest, vmotion, clock)
    if clock.has_more[0] == 1:
        _show_parts(f, i, spans, output)
    observation_of_cluster.write_cluster(
        cluster,
        vm_rows,
        hosts,
        vms,
        host_statistics,
        arena.tariff_of(f, i, spans),
        arena.ledger_of(f, i, spans),
        clock,
        arena.virtual_center_params_of(f, i, spans),
    )
    _ask_admission_control(f, i, spans, cluster)
    _show_actions(f, i, spans, output)


@kernel
def _show_parts(f: FloatArray, i: IntArray, spans: IntArray, output: Float32Array) -> None:
    """Write the columns of parts that only some scenarios use; no command changes them."""
    clock, hosts, vms = arena.clock_of(f, i, spans), arena.hosts_of(f, i, spans), arena.vms_of(f, i, spans)
    host_networks, adapters = arena.host_networks_of(f, i, spans), arena.adapters_of(f, i, spans)
    volumes, orders = arena.volumes_of(f, i, spans), arena.orders_of(f, i, spans)
    host_rows, vm_rows, _, cluster, _ = parts_of(output, spans)
    observation_of_parts.write_hosts(host_rows, hosts, host_networks, adapters, arena.lines_of(f, i, spans), clock)
    scores, cluster_score = arena.scores_of(f, i, spans), arena.cluster_score_of(f, i, spans)
    observation_of_parts.write_vms(vm_rows, vms, volumes, arena.disks_of(f, i, spans), orders, scores, clock)
    observation_of_parts.write_cluster(cluster, hosts, host_networks, volumes, orders, cluster_score, clock)


@kernel
def _show_pick(f: FloatArray, i: IntArray, spans: IntArray, output: Float32Array, v: int) -> None:
    """VM v has been picked up."""
    hosts, vms, migrations = arena.hosts_of(f, i, spans), arena.vms_of(f, i, spans), arena.migrations_of(f, i, spans)
    vm_statistics, host_statistics = arena.vm_statistics_of(f, i, spans), arena.host_statistics_of(f, i, spans)
    host_rows, vm_rows, _, cluster, _ = parts_of(output, spans)
    observation.write_loads_after(host_rows, hosts, vms, migrations, host_statistics, vm_statistics, v)
    observation_of_cluster.write_picked(cluster, vm_rows, v)
    _show_actions(f, i, spans, output)


@kernel
def _show_migration(f: FloatArray, i: IntArray, spans: IntArray, output: Float32Array, v: int, h: int) -> None:
    """VM v's vMotion to host h has been queued."""
    clock, hosts, vms = arena.clock_of(f, i, spans), arena.hosts_of(f, i, spans), arena.vms_of(f, i, spans)
    migrations, largest = arena.migrations_of(f, i, spans), arena.largest_of(f, i, spans)
    vm_statistics, host_statistics = arena.vm_statistics_of(f, i, spans), arena.host_statistics_of(f, i, spans)
    curves, vmotion = arena.power_curves_of(f, i, spans), arena.vmotion_params_of(f, i, spans)
    host_rows, vm_rows, placement, cluster, _ = parts_of(output, spans)
    source = vms.host[v]
    num_gathered = inventory.gather(vms, migrations, source, h)
    inventory.promise_again(hosts, vms, migrations, clock, num_gathered, h)
    statistics.plan_again(host_statistics, vm_statistics, vms, migrations, num_gathered, source, h)
    headroom.move(hosts, vms, migrations, v, source, h)
    observation.write_host(host_rows, hosts, host_statistics, largest, curves, clock, source)
    observation.write_host(host_rows, hosts, host_statistics, largest, curves, clock, h)
    observation.write_migration(host_rows, hosts, migrations, v)
    observation.write_loads_after(host_rows, hosts, vms, migrations, host_statistics, vm_statistics, NO_VM)
    observation.write_vm(vm_rows, placement, hosts, vms, migrations, vm_statistics, largest, vmotion, clock, v)
    for g in range(num_gathered):
        observation.write_host_load(vm_rows, host_rows, vms, migrations, vms.gathered[g])
    vc_params = arena.virtual_center_params_of(f, i, spans)
    observation_of_cluster.write_plan(cluster, hosts, host_statistics, clock, vc_params)
    observation_of_cluster.write_picked(cluster, vm_rows, NO_VM)
    if not are_together(hosts, source, h):
        _ask_admission_control(f, i, spans, cluster)
    _show_actions(f, i, spans, output)


@kernel
def _show_power(f: FloatArray, i: IntArray, spans: IntArray, output: Float32Array, h: int) -> None:
    """Host h has been ordered to standby or woken."""
    clock, hosts, largest = arena.clock_of(f, i, spans), arena.hosts_of(f, i, spans), arena.largest_of(f, i, spans)
    host_statistics, curves = arena.host_statistics_of(f, i, spans), arena.power_curves_of(f, i, spans)
    host_rows, _, _, cluster, _ = parts_of(output, spans)
    observation.write_host(host_rows, hosts, host_statistics, largest, curves, clock, h)
    vc_params = arena.virtual_center_params_of(f, i, spans)
    observation_of_cluster.write_plan(cluster, hosts, host_statistics, clock, vc_params)
    _ask_admission_control(f, i, spans, cluster)
    _show_actions(f, i, spans, output)


@kernel
def _ask_admission_control(f: FloatArray, i: IntArray, spans: IntArray, cluster: Float32Array) -> None:
    """Count each cluster's failover capacity once, for what is shown of it and for every toggle."""
    hosts, vms = arena.hosts_of(f, i, spans), arena.vms_of(f, i, spans)
    power, ha = arena.power_params_of(f, i, spans), arena.ha_params_of(f, i, spans)
    planned, clock = arena.orders_of(f, i, spans), arena.clock_of(f, i, spans)
    (first, end), slack = span_of(hosts), 0
    for k in range(first, end):
        failover = admission.failover(hosts, vms, arena.migrations_of(f, i, spans), ha, k)
        slack += admission.failover_slack(hosts, ha, failover, power.minimum_hosts_on)
        mask.judge_toggles(hosts, power, ha, failover, works.keep_awake(planned, hosts, clock, k))
    observation_of_cluster.write_slack(cluster, hosts, slack)


@kernel
def _show_actions(f: FloatArray, i: IntArray, spans: IntArray, output: Float32Array) -> None:
    """Write what may be done: the recommendations, where the face has them, and behind them the mask."""
    clock, hosts, vms = arena.clock_of(f, i, spans), arena.hosts_of(f, i, spans), arena.vms_of(f, i, spans)
    migrations, paths = arena.migrations_of(f, i, spans), arena.paths_of(f, i, spans)
    vm_statistics, host_statistics = arena.vm_statistics_of(f, i, spans), arena.host_statistics_of(f, i, spans)
    vmotion, ha = arena.vmotion_params_of(f, i, spans), arena.ha_params_of(f, i, spans)
    largest, vc_params = arena.largest_of(f, i, spans), arena.virtual_center_params_of(f, i, spans)
    pools = arena.pools_of(f, i, spans)
    _, vm_rows, _, cluster, actions = parts_of(output, spans)
    num_vms, num_rows = spans[-2, 1], spans[-2, 2]
    is_open = commands.refusal_of_any(clock, hosts, vc_params) == Refusal.ACCEPTED and not is_over(f, i, spans)
    mask_begins = num_rows * RECOMMENDATION_COLUMNS
    legal = actions[mask_begins:]
    legal[:] = 0.0
    legal[0] = 1.0
    first = 1 + num_vms
    if spans[-1, 0] != Face.CLUSTER:
        first = 1 + num_rows
        recommendations, several = arena.recommendations_of(f, i, spans), arena.clusters_of(f, i, spans)
        recommend(
            recommendations,
            several,
            pools,
            hosts,
            vms,
            migrations,
            paths,
            vm_statistics,
            host_statistics,
            vmotion,
            ha,
            vc_params,
            arena.preferences_of(f, i, spans),
            is_open,
            False,
        )
        rows = actions[:mask_begins].reshape(num_rows, RECOMMENDATION_COLUMNS)
        observation.write_recommendations(
            rows, recommendations, cluster, vm_rows, several, hosts, vms, host_statistics, vm_statistics
        )
        mask.write_recommendations(legal[1:first], recommendations)
    elif is_open and clock.picked[0] == NO_VM:
        mask.write_picks(legal[1:first], pools, hosts, vms, migrations, paths, largest, vmotion, ha)
    if not is_open:
        if spans[-1, 0] == Face.CLUSTER and commands.takes_direct_orders(clock, vc_params) and not is_over(f, i, spans):
            mask.write_direct(legal, hosts, vms, migrations, paths, num_vms, clock.picked[0])
        return
    if clock.picked[0] != NO_VM:
        mask.write_destinations(legal[first:], pools, hosts, vms, migrations, paths, vmotion, ha, clock.picked[0])
        return
    mask.write_toggles(
        legal[first:],
        hosts,
        vms,
        migrations,
        paths,
        largest,
        vm_statistics,
        host_statistics,
        clock,
        vmotion,
        vc_params,
    )
