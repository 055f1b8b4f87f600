"""What VirtualCenter shows, written as float32 rows: hosts, VMs, the cluster, and its recommendations.

Every column's meaning and unit stands in `core/columns.py`. Nothing here reads the workload to come, a failure to come,
or anything that VirtualCenter's statistics do not show; the published tariff is the exception.
"""

import math

import numpy as np
from numpy.typing import NDArray

from vienv.core import admission, inventory, virtualcenter
from vienv.core.columns import ClusterColumn, HostColumn, RecommendationColumn, VmColumn
from vienv.core.enums import (
    CURVE_POINTS,
    NO_HOST,
    NO_VM,
    ConnectionState,
    MigrationPhase,
    PowerState,
    Term,
    VmState,
)
from vienv.core.jit import kernel
from vienv.core.ledger import deviation
from vienv.core.params import HaParams, PowerParams, VirtualCenterParams, VmotionParams
from vienv.core.state import (
    Clock,
    Hosts,
    HostStatistics,
    Ledger,
    Migrations,
    PowerCurves,
    Recommendations,
    Tariff,
    Vms,
    VmStatistics,
)
from vienv.core.timers import SECONDS_PER_HOUR
from vienv.envs.recommendation import load_sums

Float32Array = NDArray[np.float32]

LONGEST_H = 4.0
"""Times in a state are shown up to this many hours."""
TYPICAL_VMS = 32.0
TYPICAL_EUR_PER_KWH = 0.20
HIGHEST_PRIORITY = 3.0
SECONDS_PER_DAY = 24 * SECONDS_PER_HOUR
MEGABITS_PER_MEGABYTE = 8.0
LOOK_AHEAD_H = (1, 2, 3, 6)
"""Hours ahead that the tariff columns show, after the current one."""

_LOOK_AHEADS = len(LOOK_AHEAD_H)
_VM_COLUMNS, _CLUSTER_COLUMNS = len(VmColumn), len(ClusterColumn)


@kernel
def write_hosts(
    rows: Float32Array,
    hosts: Hosts,
    vms: Vms,
    migrations: Migrations,
    host_statistics: HostStatistics,
    vm_statistics: VmStatistics,
    power_curves: PowerCurves,
    clock: Clock,
) -> None:
    """Fill rows (num_hosts, len(HostColumn)); rows beyond the hosts stay 0."""
    s = host_statistics
    largest_mhz, largest_mb, largest_w = _largest(hosts, power_curves)
    picked = clock.picked[0]
    picked_host = inventory.planned_host(vms, migrations, picked) if picked != NO_VM else NO_HOST
    for h in range(hosts.power_state.size):
        row, mhz, mb = rows[h], hosts.cpu_capacity_mhz[h], hosts.memory_capacity_mb[h]
        state = hosts.power_state[h]
        row[HostColumn.VALID] = 1.0
        row[HostColumn.ON] = state == PowerState.ON
        row[HostColumn.ENTERING_STANDBY] = state == PowerState.ENTERING_STANDBY
        row[HostColumn.STANDBY] = state == PowerState.STANDBY
        row[HostColumn.COMING] = state == PowerState.WAKING or state == PowerState.BOOTING
        row[HostColumn.FAILED] = state == PowerState.FAILED
        row[HostColumn.MAINTENANCE] = hosts.connection[h] != ConnectionState.CONNECTED
        row[HostColumn.CPU_CAPACITY] = mhz / largest_mhz
        row[HostColumn.MEMORY_CAPACITY] = mb / largest_mb
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
        row[HostColumn.MIGRATIONS_OUT] = row[HostColumn.MIGRATIONS_IN] = 0.0
        row[HostColumn.TIME_IN_STATE_H] = min(LONGEST_H, (clock.now_s[0] - hosts.state_since_s[h]) / SECONDS_PER_HOUR)
        row[HostColumn.TIME_TO_READY_H] = _time_to_ready_h(hosts, clock, h)
        row[HostColumn.IDLE_POWER] = power_curves.watts[h * CURVE_POINTS] / largest_w
        row[HostColumn.PEAK_POWER] = power_curves.watts[h * CURVE_POINTS + CURVE_POINTS - 1] / largest_w
        after_mhz = s.planned_5min_mhz[h]
        if picked != NO_VM and picked_host != h:
            after_mhz += vm_statistics.demand_5min_mhz[picked]
        row[HostColumn.LOAD_AFTER] = after_mhz / mhz
        row[HostColumn.COMMANDED] = hosts.commanded[h]
    if clock.copying[0] > 0:
        _write_migrations(rows, hosts, migrations)


@kernel
def write_vms(
    rows: Float32Array,
    placement: Float32Array,
    hosts: Hosts,
    vms: Vms,
    migrations: Migrations,
    host_statistics: HostStatistics,
    vm_statistics: VmStatistics,
    power_curves: PowerCurves,
    vmotion: VmotionParams,
    clock: Clock,
) -> None:
    """Fill rows (num_vms, len(VmColumn)) and placement (num_vms,): the planned host, -1 if none."""
    s = vm_statistics
    mhz, mb, _ = _largest(hosts, power_curves)
    interval_s = clock.ticks_per_interval[0] * clock.tick_s[0]
    for v in range(vms.state.size):
        row, h = rows[v], inventory.planned_host(vms, migrations, v)
        placement[v] = h
        if vms.state[v] == VmState.NOT_ARRIVED:
            row[:] = 0.0
            continue
        row[VmColumn.VALID] = 1.0
        row[VmColumn.RUNNING] = vms.state[v] == VmState.RUNNING
        row[VmColumn.WAITING] = vms.state[v] == VmState.AWAITING_PLACEMENT
        row[VmColumn.DOWN] = vms.state[v] == VmState.DOWN or vms.state[v] == VmState.STARTING
        row[VmColumn.MIGRATING] = migrations.phase[v] != MigrationPhase.NONE
        row[VmColumn.COMMANDED] = vms.commanded[v]
        row[VmColumn.DEMAND_NOW] = vms.demand_mhz[v] / mhz
        row[VmColumn.DEMAND_5] = s.demand_5min_mhz[v] / mhz
        row[VmColumn.DEMAND_40] = s.demand_40min_mhz[v] / mhz
        row[VmColumn.DEMAND_60] = s.demand_60min_mhz[v] / mhz
        row[VmColumn.DEVIATION_5] = s.deviation_5min_mhz[v] / mhz
        row[VmColumn.DEVIATION_40] = s.deviation_40min_mhz[v] / mhz
        row[VmColumn.DEVIATION_60] = s.deviation_60min_mhz[v] / mhz
        row[VmColumn.PEAK_60] = s.peak_60min_mhz[v] / mhz
        row[VmColumn.UNSERVED_5] = s.unserved_5min_mhz[v] / mhz
        row[VmColumn.CPU_RESERVATION] = vms.cpu_reservation_mhz[v] / mhz
        row[VmColumn.MEMORY] = vms.memory_mb[v] / mb
        row[VmColumn.MEMORY_DEMAND] = s.memory_demand_mb[v] / mb
        row[VmColumn.MEMORY_RESERVED] = (vms.memory_reservation_mb[v] + vms.overhead_mb[v]) / mb
        rate_mb_s = 0.0
        if h != NO_HOST:
            rate_mb_s = hosts.vmkernel_mbps[h] * vmotion.payload_fraction / MEGABITS_PER_MEGABYTE
        row[VmColumn.MIGRATION_TIME] = vms.touched_mb[v] / (rate_mb_s * interval_s) if rate_mb_s > 0.0 else 0.0
        dirty = vms.dirty_mb_s[v] / rate_mb_s if rate_mb_s > 0.0 else 0.0
        row[VmColumn.DIRTY] = min(dirty, vmotion.sdps_ratio) if vmotion.has_sdps == 1 else dirty
        row[VmColumn.PRIORITY] = vms.restart_priority[v] / HIGHEST_PRIORITY
        row[VmColumn.HAS_RULE] = vms.together_group[v] >= 0 or vms.apart_group[v] >= 0
        row[VmColumn.HOST_LOAD] = (
            host_statistics.planned_5min_mhz[h] / hosts.cpu_capacity_mhz[h] if h != NO_HOST else 0.0
        )


@kernel
def write_cluster(
    row: Float32Array,
    vm_rows: Float32Array,
    hosts: Hosts,
    vms: Vms,
    host_statistics: HostStatistics,
    tariff: Tariff,
    ledger: Ledger,
    clock: Clock,
    power: PowerParams,
    ha: HaParams,
    virtualcenter_params: VirtualCenterParams,
) -> None:
    """Fill row (len(ClusterColumn) + len(VmColumn),): the cluster, then the picked VM's row."""
    s = host_statistics
    num_hosts = hosts.power_state.size
    _write_time(row, tariff, clock)
    num_on, load_sum, load_square = load_sums(hosts, s)
    mhz = mb = demand_5 = demand_60 = memory = unserved = 0.0
    num_coming = 0
    for h in range(num_hosts):
        state = hosts.power_state[h]
        num_coming += 1 if state == PowerState.WAKING or state == PowerState.BOOTING else 0
        mhz += hosts.cpu_capacity_mhz[h] if state == PowerState.ON else 0.0
        mb += hosts.memory_capacity_mb[h] if state == PowerState.ON else 0.0
        demand_5 += s.planned_5min_mhz[h]
        demand_60 += s.planned_60min_mhz[h]
        memory += s.planned_memory_mb[h]
        unserved += s.unserved_5min_mhz[h]
    row[ClusterColumn.IMBALANCE] = ledger.last[Term.IMBALANCE]
    row[ClusterColumn.IMBALANCE_PLANNED] = deviation(load_sum, load_square, num_on) if num_on > 0 else 0.0
    row[ClusterColumn.MEAN_LOAD_5] = demand_5 / mhz if mhz > 0.0 else 0.0
    row[ClusterColumn.MEAN_LOAD_60] = demand_60 / mhz if mhz > 0.0 else 0.0
    row[ClusterColumn.MEMORY_LOAD] = memory / mb if mb > 0.0 else 0.0
    row[ClusterColumn.HOSTS_ON] = num_on / num_hosts
    row[ClusterColumn.HOSTS_COMING] = num_coming / num_hosts
    row[ClusterColumn.ROOT_HOSTS] = 1.0 / math.sqrt(num_on) if num_on > 0 else 0.0
    cap = virtualcenter.command_cap(hosts, virtualcenter_params)
    row[ClusterColumn.COMMANDS_LEFT] = (cap - clock.commands[0]) / cap if cap > 0 else 0.0
    slack = admission.failover_slack(hosts, vms, ha, power.minimum_hosts_on)
    row[ClusterColumn.FAILOVER_SLACK] = slack / num_hosts
    row[ClusterColumn.UNSERVED_5] = unserved / mhz if mhz > 0.0 else 0.0
    num_waiting = 0
    for v in range(vms.state.size):
        num_waiting += 1 if vms.state[v] == VmState.AWAITING_PLACEMENT else 0
    row[ClusterColumn.WAITING] = num_waiting / vms.state.size
    row[ClusterColumn.MIGRATING] = clock.copying[0] / num_hosts
    picked = clock.picked[0]
    row[ClusterColumn.IS_PICKED] = picked != NO_VM
    for g in range(_VM_COLUMNS):
        row[_CLUSTER_COLUMNS + g] = vm_rows[picked, g] if picked != NO_VM else 0.0


@kernel
def _write_time(row: Float32Array, tariff: Tariff, clock: Clock) -> None:
    now_s = clock.week_starts_s[0] + clock.now_s[0]
    day = 2.0 * math.pi * now_s / SECONDS_PER_DAY
    row[ClusterColumn.DAY_SIN], row[ClusterColumn.DAY_COS] = math.sin(day), math.cos(day)
    row[ClusterColumn.WEEK_SIN], row[ClusterColumn.WEEK_COS] = math.sin(day / 7.0), math.cos(day / 7.0)
    hour, last = int(clock.now_s[0] // SECONDS_PER_HOUR), tariff.eur_per_kwh.size - 1
    row[ClusterColumn.TARIFF_NOW] = tariff.eur_per_kwh[min(hour, last)] / TYPICAL_EUR_PER_KWH
    for k in range(_LOOK_AHEADS):
        row[ClusterColumn.TARIFF_1H + k] = tariff.eur_per_kwh[min(hour + LOOK_AHEAD_H[k], last)] / TYPICAL_EUR_PER_KWH


@kernel
def write_recommendations(
    rows: Float32Array,
    recommendations: Recommendations,
    vm_rows: Float32Array,
    hosts: Hosts,
    vms: Vms,
    host_statistics: HostStatistics,
    vm_statistics: VmStatistics,
) -> None:
    """Fill rows (num_recommendations, len(RecommendationColumn)); empty rows are 0."""
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


@kernel
def _largest(hosts: Hosts, power_curves: PowerCurves) -> tuple[float, float, float]:
    """Largest CPU capacity, memory capacity and peak watts of the cluster's hosts."""
    mhz = mb = watts = 0.0
    for h in range(hosts.power_state.size):
        mhz = max(mhz, hosts.cpu_capacity_mhz[h])
        mb = max(mb, hosts.memory_capacity_mb[h])
        watts = max(watts, power_curves.watts[h * CURVE_POINTS + CURVE_POINTS - 1])
    return mhz, mb, watts


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
def _write_migrations(rows: Float32Array, hosts: Hosts, migrations: Migrations) -> None:
    for v in range(migrations.phase.size):
        if migrations.phase[v] == MigrationPhase.NONE:
            continue
        source, destination = migrations.source[v], migrations.destination[v]
        _add(rows, source, HostColumn.MIGRATIONS_OUT, 1.0 / max(1, hosts.vmotion_limit[source]))
        _add(rows, destination, HostColumn.MIGRATIONS_IN, 1.0 / max(1, hosts.vmotion_limit[destination]))


@kernel
def _add(rows: Float32Array, h: int, column: int, value: float) -> None:
    """Add in float64, so that the sum is the same with and without JIT."""
    rows[h, column] = np.float64(rows[h, column]) + value
