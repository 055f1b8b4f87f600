"""What a cluster shows: its row of the output, observation and behind it the action mask, float32."""

import numpy as np
from numpy.typing import NDArray

from vienv.core import arena, inventory, statistics, virtualcenter
from vienv.core.columns import ClusterColumn, HostColumn, RecommendationColumn, VmColumn
from vienv.core.enums import NO_VM, Refusal
from vienv.core.jit import kernel
from vienv.core.state import FloatArray, IntArray
from vienv.envs import mask, observation
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
    host_rows = output[:a].reshape(num_hosts, HOST_COLUMNS)
    vm_rows, placement, cluster = output[a:b].reshape(num_vms, VM_COLUMNS), output[b:c], output[c:d]
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
    is_open = virtualcenter.refusal_of_any(clock, hosts, vc_params) == Refusal.ACCEPTED and not is_over(f, i, spans)
    mask_begins = num_rows * RECOMMENDATION_COLUMNS
    legal = output[mask_begins:]
    legal[:] = 0.0
    legal[0] = 1.0
    first = 1 + num_vms
    if spans[-1, 0] != Face.CLUSTER:
        first = 1 + num_rows
        recommendations = arena.recommendations_of(f, i, spans)
        recommend(recommendations, hosts, vms, migrations, paths, vm_statistics, host_statistics, vmotion, ha, is_open)
        rows = output[:mask_begins].reshape(num_rows, RECOMMENDATION_COLUMNS)
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
