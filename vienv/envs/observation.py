"""What VirtualCenter shows, written as float32 rows: hosts, VMs, and its recommendations.

Every column's meaning and unit stands in `core/columns.py`. Nothing here reads the workload to come, a failure to come,
or anything that VirtualCenter's statistics do not show; the published tariff is the exception.
"""

import math

import numpy as np
from numpy.typing import NDArray

from vienv.core import inventory
from vienv.core.columns import ClusterColumn, HostColumn, RecommendationColumn, VmColumn
from vienv.core.compatibility import is_grey, is_hosted, is_in_maintenance
from vienv.core.enums import (
    CURVE_POINTS,
    NO_HOST,
    NO_VM,
    ONE_CLUSTER,
    ConnectionState,
    MigrationPhase,
    PowerState,
    VmState,
)
from vienv.core.jit import kernel
from vienv.core.params import VmotionParams
from vienv.core.state import (
    Clock,
    Clusters,
    Hosts,
    HostStatistics,
    Largest,
    Migrations,
    PowerCurves,
    Recommendations,
    Vms,
    VmStatistics,
)
from vienv.core.timers import SECONDS_PER_HOUR

Float32Array = NDArray[np.float32]

LONGEST_H = 4.0
"""Times in a state are shown up to this many hours."""
TYPICAL_VMS = 32.0
HIGHEST_PRIORITY = 3.0
MEGABITS_PER_MEGABYTE = 8.0


@kernel
def write_hosts(
    rows: Float32Array,
    hosts: Hosts,
    vms: Vms,
    migrations: Migrations,
    host_statistics: HostStatistics,
    vm_statistics: VmStatistics,
    largest: Largest,
    power_curves: PowerCurves,
    clock: Clock,
) -> None:
    """Fill rows (num_hosts, len(HostColumn)); rows beyond the hosts stay 0. Needs `headroom.survey`."""
    for h in range(hosts.power_state.size):
        write_host(rows, hosts, host_statistics, largest, power_curves, clock, h)
        rows[h, HostColumn.MIGRATIONS_OUT] = rows[h, HostColumn.MIGRATIONS_IN] = 0.0
    for q in range(clock.copying[0]):
        write_migration(rows, hosts, migrations, migrations.order[q])
    write_loads_after(rows, hosts, vms, migrations, host_statistics, vm_statistics, clock.picked[0])


@kernel
def write_host(
    rows: Float32Array,
    hosts: Hosts,
    host_statistics: HostStatistics,
    largest: Largest,
    power_curves: PowerCurves,
    clock: Clock,
    h: int,
) -> None:
    """Fill host h's row, all but its migrations and its load after receiving.

    What stays as long as a host is there is written once: a row that is not VALID is written whole.
    """
    s, row, mhz, mb = host_statistics, rows[h], hosts.cpu_capacity_mhz[h], hosts.memory_capacity_mb[h]
    state = hosts.power_state[h]
    if state == PowerState.ABSENT:
        row[:] = 0.0
        return
    if row[HostColumn.VALID] == 0.0:
        _write_standing_host(row, hosts, largest, power_curves, h)
    row[HostColumn.ON] = state == PowerState.ON
    row[HostColumn.ENTERING_STANDBY] = state == PowerState.ENTERING_STANDBY
    row[HostColumn.STANDBY] = state == PowerState.STANDBY
    row[HostColumn.COMING] = state == PowerState.WAKING or state == PowerState.BOOTING
    row[HostColumn.FAILED] = state == PowerState.FAILED
    row[HostColumn.MAINTENANCE] = is_in_maintenance(hosts, h)
    row[HostColumn.LOAD_NOW] = hosts.demand_mhz[h] / mhz
    row[HostColumn.LOAD_5] = s.planned_5min_mhz[h] / mhz
    row[HostColumn.LOAD_40] = s.planned_40min_mhz[h] / mhz
    row[HostColumn.LOAD_60] = s.planned_60min_mhz[h] / mhz
    row[HostColumn.DEVIATION_5] = math.sqrt(s.variance_5min[h]) / mhz
    row[HostColumn.DEVIATION_40] = math.sqrt(s.variance_40min[h]) / mhz
    row[HostColumn.DEVIATION_60] = math.sqrt(s.variance_60min[h]) / mhz
    row[HostColumn.UTILISATION_5] = s.utilisation_5min[h]
    row[HostColumn.UNSERVED_5] = s.unserved_5min_mhz[h] / mhz
    row[HostColumn.MEMORY_DEMAND] = s.planned_memory_mb[h] / mb
    row[HostColumn.MEMORY_CONSUMED] = hosts.consumed_mb[h] / mb
    row[HostColumn.MEMORY_RESERVED] = hosts.reserved_mb[h] / mb
    row[HostColumn.CPU_RESERVED] = hosts.reserved_mhz[h] / mhz
    row[HostColumn.NUM_VMS] = s.planned_vms[h] / TYPICAL_VMS
    row[HostColumn.TIME_IN_STATE_H] = min(LONGEST_H, (clock.now_s[0] - hosts.state_since_s[h]) / SECONDS_PER_HOUR)
    row[HostColumn.TIME_TO_READY_H] = _time_to_ready_h(hosts, clock, h)
    row[HostColumn.COMMANDED] = hosts.commanded[h]
    row[HostColumn.NOT_RESPONDING] = is_grey(hosts, h)
    row[HostColumn.FAILOVER] = hosts.connection[h] == ConnectionState.FAILOVER


@kernel
def _write_standing_host(row: Float32Array, hosts: Hosts, largest: Largest, power_curves: PowerCurves, h: int) -> None:
    """Fill what stays while host h is in the inventory, and what stays unless `observation_of_parts` says otherwise."""
    row[HostColumn.VALID] = 1.0
    row[HostColumn.CPU_CAPACITY] = hosts.cpu_capacity_mhz[h] / largest.host_mhz[0]
    row[HostColumn.MEMORY_CAPACITY] = hosts.memory_capacity_mb[h] / largest.host_mb[0]
    row[HostColumn.IDLE_POWER] = power_curves.watts[h * CURVE_POINTS] / largest.host_w[0]
    row[HostColumn.PEAK_POWER] = power_curves.watts[h * CURVE_POINTS + CURVE_POINTS - 1] / largest.host_w[0]
    row[HostColumn.HOSTED] = is_hosted(hosts, h)
    row[HostColumn.CLUSTER] = max(0, hosts.cluster[h])
    row[HostColumn.UPLINKS] = hosts.vmkernel_mbps[h] > 0.0
    row[HostColumn.VM_UPLINKS] = 1.0


@kernel
def write_migration(rows: Float32Array, hosts: Hosts, migrations: Migrations, v: int) -> None:
    """Count VM v's vMotion at both ends. All that a host counts are equal, so their order shows in no bit."""
    source, destination = migrations.source[v], migrations.destination[v]
    _add(rows, source, HostColumn.MIGRATIONS_OUT, 1.0 / max(1, hosts.vmotion_limit[source]))
    _add(rows, destination, HostColumn.MIGRATIONS_IN, 1.0 / max(1, hosts.vmotion_limit[destination]))


@kernel
def write_loads_after(
    rows: Float32Array,
    hosts: Hosts,
    vms: Vms,
    migrations: Migrations,
    host_statistics: HostStatistics,
    vm_statistics: VmStatistics,
    picked: int,
) -> None:
    """Fill each host's load after receiving the picked VM; its load as planned with none picked."""
    if picked == NO_VM:
        for h in range(hosts.power_state.size):
            rows[h, HostColumn.LOAD_AFTER] = rows[h, HostColumn.LOAD_5]
        return
    picked_host = inventory.planned_host(vms, migrations, picked)
    demand_mhz = vm_statistics.demand_5min_mhz[picked]
    for h in range(hosts.power_state.size):
        if hosts.power_state[h] == PowerState.ABSENT:
            continue
        after_mhz = host_statistics.planned_5min_mhz[h] + (demand_mhz if picked_host != h else 0.0)
        rows[h, HostColumn.LOAD_AFTER] = after_mhz / hosts.cpu_capacity_mhz[h]


@kernel
def write_vms(
    rows: Float32Array,
    placement: Float32Array,
    host_rows: Float32Array,
    hosts: Hosts,
    vms: Vms,
    migrations: Migrations,
    vm_statistics: VmStatistics,
    largest: Largest,
    vmotion: VmotionParams,
    clock: Clock,
) -> None:
    """Fill rows (num_vms, len(VmColumn)) and placement (num_vms,): planned host, -1 if none. Needs `write_hosts`."""
    for v in range(vms.state.size):
        write_vm(rows, placement, hosts, vms, migrations, vm_statistics, largest, vmotion, clock, v)
        write_host_load(rows, host_rows, vms, migrations, v)


@kernel
def write_vm(
    rows: Float32Array,
    placement: Float32Array,
    hosts: Hosts,
    vms: Vms,
    migrations: Migrations,
    vm_statistics: VmStatistics,
    largest: Largest,
    vmotion: VmotionParams,
    clock: Clock,
    v: int,
) -> None:
    """Fill VM v's row, all but HOST_LOAD, and its planned host.

    What stays as long as a VM is there and goes nowhere is written once: a row that is not VALID is written whole.
    """
    row, h = rows[v], inventory.planned_host(vms, migrations, v)
    if vms.state[v] == VmState.NOT_ARRIVED:
        row[:], placement[v] = 0.0, h
        return
    if row[VmColumn.VALID] == 0.0:
        row[VmColumn.SPACE_FREE] = 1.0  # unless `observation_of_parts` says otherwise
    if row[VmColumn.VALID] == 0.0 or placement[v] != h:
        placement[v] = h
        _write_standing(row, hosts, vms, largest, vmotion, clock, v, h)
    s, mhz = vm_statistics, largest.host_mhz[0]
    row[VmColumn.RUNNING] = vms.state[v] == VmState.RUNNING
    row[VmColumn.WAITING] = vms.state[v] == VmState.AWAITING_PLACEMENT
    row[VmColumn.DOWN] = vms.state[v] in (VmState.DOWN, VmState.STARTING, VmState.WITHOUT_FILES)
    row[VmColumn.MIGRATING] = migrations.phase[v] != MigrationPhase.NONE
    row[VmColumn.COMMANDED] = min(1, vms.commanded[v])
    row[VmColumn.DEMAND_NOW] = vms.demand_mhz[v] / mhz
    row[VmColumn.DEMAND_5] = s.demand_5min_mhz[v] / mhz
    row[VmColumn.DEMAND_40] = s.demand_40min_mhz[v] / mhz
    row[VmColumn.DEMAND_60] = s.demand_60min_mhz[v] / mhz
    row[VmColumn.DEVIATION_5] = s.deviation_5min_mhz[v] / mhz
    row[VmColumn.DEVIATION_40] = s.deviation_40min_mhz[v] / mhz
    row[VmColumn.DEVIATION_60] = s.deviation_60min_mhz[v] / mhz
    row[VmColumn.PEAK_60] = s.peak_60min_mhz[v] / mhz
    row[VmColumn.UNSERVED_5] = s.unserved_5min_mhz[v] / mhz
    row[VmColumn.MEMORY_DEMAND] = s.memory_demand_mb[v] / largest.host_mb[0]


@kernel
def forget(host_rows: Float32Array, vm_rows: Float32Array) -> None:
    """Let every row of a host and of a VM be written whole: somebody may have changed what stays."""
    for h in range(host_rows.shape[0]):
        host_rows[h, HostColumn.VALID] = 0.0
    for v in range(vm_rows.shape[0]):
        vm_rows[v, VmColumn.VALID] = 0.0


@kernel
def _write_standing(
    row: Float32Array, hosts: Hosts, vms: Vms, largest: Largest, vmotion: VmotionParams, clock: Clock, v: int, h: int
) -> None:
    """Fill what stays while VM v is planned on host h."""
    mhz, mb = largest.host_mhz[0], largest.host_mb[0]
    interval_s = clock.ticks_per_interval[0] * clock.tick_s[0]
    row[VmColumn.VALID] = 1.0
    row[VmColumn.CPU_RESERVATION] = vms.cpu_reservation_mhz[v] / mhz
    row[VmColumn.MEMORY] = vms.memory_mb[v] / mb
    row[VmColumn.MEMORY_RESERVED] = (vms.memory_reservation_mb[v] + vms.overhead_mb[v]) / mb
    rate_mb_s = 0.0
    if h != NO_HOST:
        rate_mb_s = hosts.vmkernel_mbps[h] * vmotion.payload_fraction / MEGABITS_PER_MEGABYTE
        rate_mb_s = min(rate_mb_s, vmotion.session_mb_s_most)
    row[VmColumn.MIGRATION_TIME] = vms.touched_mb[v] / (rate_mb_s * interval_s) if rate_mb_s > 0.0 else 0.0
    dirty = vms.dirty_mb_s[v] / rate_mb_s if rate_mb_s > 0.0 else 0.0
    row[VmColumn.DIRTY] = min(dirty, vmotion.sdps_ratio) if vmotion.has_sdps == 1 else dirty
    row[VmColumn.PRIORITY] = vms.restart_priority[v] / HIGHEST_PRIORITY
    row[VmColumn.HAS_RULE] = vms.together_group[v] >= 0 or vms.apart_group[v] >= 0


@kernel
def write_host_load(rows: Float32Array, host_rows: Float32Array, vms: Vms, migrations: Migrations, v: int) -> None:
    """Fill VM v's HOST_LOAD from its planned host's row."""
    h = inventory.planned_host(vms, migrations, v)
    rows[v, VmColumn.HOST_LOAD] = host_rows[h, HostColumn.LOAD_5] if h != NO_HOST else 0.0


@kernel
def write_recommendations(
    rows: Float32Array,
    recommendations: Recommendations,
    cluster: Float32Array,
    vm_rows: Float32Array,
    clusters: Clusters,
    hosts: Hosts,
    vms: Vms,
    host_statistics: HostStatistics,
    vm_statistics: VmStatistics,
) -> None:
    """Fill rows (num_recommendations, len(RecommendationColumn)); empty rows are 0. Needs `write_cluster`."""
    s = host_statistics
    for r in range(recommendations.vm.size):
        row, v, h = rows[r], recommendations.vm[r], recommendations.destination[r]
        row[:] = 0.0
        if v == NO_VM:
            continue
        row[RecommendationColumn.VALID] = 1.0
        row[RecommendationColumn.MANDATORY] = recommendations.is_mandatory[r]
        row[RecommendationColumn.PLACEMENT] = vms.state[v] == VmState.AWAITING_PLACEMENT
        row[RecommendationColumn.GAIN] = recommendations.gain[r]
        row[RecommendationColumn.OVERLOAD_GAIN] = recommendations.overload_gain[r]
        row[RecommendationColumn.MIGRATION_TIME] = vm_rows[v, VmColumn.MIGRATION_TIME]
        row[RecommendationColumn.DIRTY] = vm_rows[v, VmColumn.DIRTY]
        row[RecommendationColumn.DEMAND_5] = vm_rows[v, VmColumn.DEMAND_5]
        row[RecommendationColumn.DEMAND_60] = vm_rows[v, VmColumn.DEMAND_60]
        row[RecommendationColumn.DEVIATION_60] = vm_rows[v, VmColumn.DEVIATION_60]
        row[RecommendationColumn.MEMORY] = vm_rows[v, VmColumn.MEMORY]
        demand_mhz, source = vm_statistics.demand_5min_mhz[v], vms.host[v]
        if source != NO_HOST:
            mhz = hosts.cpu_capacity_mhz[source]
            row[RecommendationColumn.SOURCE_LOAD] = s.planned_5min_mhz[source] / mhz
            row[RecommendationColumn.SOURCE_LOAD_AFTER] = (s.planned_5min_mhz[source] - demand_mhz) / mhz
        mhz, memory_mb = hosts.cpu_capacity_mhz[h], s.planned_memory_mb[h] + vm_statistics.memory_demand_mb[v]
        row[RecommendationColumn.DESTINATION_LOAD] = s.planned_5min_mhz[h] / mhz
        row[RecommendationColumn.DESTINATION_LOAD_AFTER] = (s.planned_5min_mhz[h] + demand_mhz) / mhz
        row[RecommendationColumn.DESTINATION_MEMORY_AFTER] = memory_mb / hosts.memory_capacity_mb[h]
        row[RecommendationColumn.MENDS_SHOULD] = recommendations.mended[r] > 0
        row[RecommendationColumn.CLUSTER_IMBALANCE] = cluster[ClusterColumn.IMBALANCE_PLANNED]
        row[RecommendationColumn.CLUSTER_ROOT_HOSTS] = cluster[ClusterColumn.ROOT_HOSTS]
        if hosts.cluster[h] != ONE_CLUSTER:
            k = hosts.cluster[h]
            row[RecommendationColumn.CLUSTER_IMBALANCE] = clusters.planned_deviation[k]
            row[RecommendationColumn.CLUSTER_ROOT_HOSTS] = 1.0 / math.sqrt(clusters.num_on[k])


@kernel
def _time_to_ready_h(hosts: Hosts, clock: Clock, h: int) -> float:
    """Hours until the host is on or in standby; a repair's end is nobody's to know."""
    if hosts.ready_at_s[h] == math.inf:
        return 0.0
    wait_s = hosts.ready_at_s[h] - clock.now_s[0]
    if hosts.power_state[h] == PowerState.WAKING:
        wait_s += hosts.boot_s[h]
    return max(0.0, min(LONGEST_H, wait_s / SECONDS_PER_HOUR))


@kernel
def _add(rows: Float32Array, h: int, column: int, value: float) -> None:
    """Add in float64, so that the sum is the same with and without JIT."""
    rows[h, column] = np.float64(rows[h, column]) + value
