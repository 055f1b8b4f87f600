"""What VirtualCenter knows: demand of VMs and hosts, now and over rolling windows of 5, 40 and 60 minutes.

VMkernel samples each tick (20 s); VirtualCenter rolls the windows at the end of an interval, so management is always
one interval behind. A VM's demand is its CPU usage and what it was short of; memory demand is active + 25 % of
(consumed - active) + overhead (PercentIdleMBInMemDemand, vSphere 4.1 on). A VM that did not run in an interval keeps
its last figures. The vCenter database, its roll-ups of days and weeks and its lag are left out.
"""

import math

from vienv.core.enums import HISTORY_INTERVALS, NO_HOST, VmState
from vienv.core.inventory import planned_host
from vienv.core.jit import kernel
from vienv.core.params import DemandParams, VirtualCenterParams
from vienv.core.state import (
    Clock,
    FloatArray,
    Hosts,
    HostStatistics,
    Migrations,
    VmHistory,
    Vms,
    VmStatistics,
    Workload,
)
from vienv.core.stillness import is_still

WINDOW_40 = 8
"""Intervals in 40 minutes."""
WINDOW_60 = HISTORY_INTERVALS


@kernel
def collect(vm_statistics: VmStatistics, host_statistics: HostStatistics, vms: Vms, hosts: Hosts, clock: Clock) -> None:
    """Take the VMkernel's sample of hosts that are not still, and of their VMs; it holds until the next."""
    for h in range(hosts.power_state.size):
        if is_still(hosts, h):
            continue
        unserved = 0.0
        for r in range(hosts.first_vm[h], hosts.first_vm[h] + hosts.num_vms[h]):
            v = vms.by_host[r]
            if vm_statistics.summed_ticks[v] < clock.tick[0]:
                _sum_vm(vm_statistics, vms, clock, v)
            runs = 1 if vms.state[v] == VmState.RUNNING else 0
            vm_statistics.sample_runs[v] = runs
            vm_statistics.sample_mhz[v] = runs * vms.demand_mhz[v]
            vm_statistics.sample_unserved_mhz[v] = runs * max(0.0, vms.demand_mhz[v] - vms.delivered_mhz[v])
            unserved += vm_statistics.sample_unserved_mhz[v]
        _sum_host(host_statistics, clock, h)
        used = hosts.delivered_mhz[h] + hosts.vmotion_mhz[h]
        host_statistics.sample_utilisation[h] = used / hosts.cpu_capacity_mhz[h]
        host_statistics.sample_unserved_mhz[h] = unserved


@kernel
def _sum_vm(vm_statistics: VmStatistics, vms: Vms, clock: Clock, v: int) -> None:
    """Add up VM v's sample with the ticks for which it has held."""
    s = vm_statistics
    ticks = clock.tick[0] - s.summed_ticks[v]
    s.summed_ticks[v] = clock.tick[0]
    s.sum_mhz[v] += ticks * s.sample_mhz[v]
    s.sum_square[v] += ticks * (s.sample_mhz[v] * s.sample_mhz[v])
    s.sum_unserved_mhz[v] += ticks * s.sample_unserved_mhz[v]
    s.ticks[v] += ticks * s.sample_runs[v]
    vms.requested_mhz_s[v] += ticks * s.sample_mhz[v] * clock.tick_s[0]


@kernel
def _sum_host(host_statistics: HostStatistics, clock: Clock, h: int) -> None:
    """Add up host h's sample with the ticks for which it has held."""
    s = host_statistics
    ticks = clock.tick[0] - s.summed_ticks[h]
    s.summed_ticks[h] = clock.tick[0]
    s.sum_utilisation[h] += ticks * s.sample_utilisation[h]
    s.sum_unserved_mhz[h] += ticks * s.sample_unserved_mhz[h]


@kernel
def close_interval(
    vm_statistics: VmStatistics,
    vm_history: VmHistory,
    host_statistics: HostStatistics,
    vms: Vms,
    clock: Clock,
    virtualcenter: VirtualCenterParams,
) -> None:
    """Roll the windows. Call before clock.interval moves on: the ring's slot is interval % HISTORY_INTERVALS."""
    num_vms = vms.state.size
    slot = clock.interval[0] % HISTORY_INTERVALS
    for v in range(num_vms):
        _sum_vm(vm_statistics, vms, clock, v)
    _remember(vm_statistics, vm_history, slot * num_vms)
    _roll(vm_statistics, vm_history, slot)
    for v in range(num_vms):
        demand_mb = memory_demand(vms, v, virtualcenter.memory_idle_fraction)
        last_mb = vm_statistics.memory_demand_mb[v]
        vm_statistics.memory_demand_mb[v] = demand_mb if vms.state[v] == VmState.RUNNING else last_mb
    ticks = clock.ticks_per_interval[0]
    for h in range(host_statistics.sum_utilisation.size):
        _sum_host(host_statistics, clock, h)
        host_statistics.utilisation_5min[h] = host_statistics.sum_utilisation[h] / ticks
        host_statistics.unserved_5min_mhz[h] = host_statistics.sum_unserved_mhz[h] / ticks
        host_statistics.sum_utilisation[h] = 0.0
        host_statistics.sum_unserved_mhz[h] = 0.0


@kernel
def memory_demand(vms: Vms, v: int, idle_fraction: float) -> float:
    """MB that DRS and DPM count for VM v: active, a part of what it holds idle, and its overhead."""
    consumed = max(vms.active_mb[v], vms.touched_mb[v] - vms.shared_mb[v] - vms.ballooned_mb[v] - vms.swapped_mb[v])
    return vms.active_mb[v] + idle_fraction * (consumed - vms.active_mb[v]) + vms.overhead_mb[v]


@kernel
def plan_loads(host_statistics: HostStatistics, vm_statistics: VmStatistics, vms: Vms, migrations: Migrations) -> None:
    """Add up, for each host, the VMs that will be there if what is queued and in flight succeeds."""
    for h in range(host_statistics.planned_vms.size):
        _plan_nothing(host_statistics, h)
    for v in range(vms.state.size):
        h = planned_host(vms, migrations, v)
        if h != NO_HOST:
            _plan_vm(host_statistics, vm_statistics, v, h)


@kernel
def plan_again(
    host_statistics: HostStatistics,
    vm_statistics: VmStatistics,
    vms: Vms,
    migrations: Migrations,
    num_gathered: int,
    a: int,
    b: int,
) -> None:
    """As `plan_loads`, bit for bit, for hosts a and b alone: from the VMs that `inventory.gather` has listed."""
    _plan_nothing(host_statistics, a)
    _plan_nothing(host_statistics, b)
    for g in range(num_gathered):
        v = vms.gathered[g]
        h = planned_host(vms, migrations, v)
        if h in (a, b):
            _plan_vm(host_statistics, vm_statistics, v, h)


@kernel
def _plan_nothing(host_statistics: HostStatistics, h: int) -> None:
    s = host_statistics
    s.planned_5min_mhz[h] = s.planned_40min_mhz[h] = s.planned_60min_mhz[h] = 0.0
    s.variance_5min[h] = s.variance_40min[h] = s.variance_60min[h] = 0.0
    s.planned_memory_mb[h] = s.planned_vms[h] = 0.0


@kernel
def _plan_vm(host_statistics: HostStatistics, vm_statistics: VmStatistics, v: int, h: int) -> None:
    s = host_statistics
    s.planned_5min_mhz[h] += vm_statistics.demand_5min_mhz[v]
    s.planned_40min_mhz[h] += vm_statistics.demand_40min_mhz[v]
    s.planned_60min_mhz[h] += vm_statistics.demand_60min_mhz[v]
    s.variance_5min[h] += vm_statistics.deviation_5min_mhz[v] * vm_statistics.deviation_5min_mhz[v]
    s.variance_40min[h] += vm_statistics.deviation_40min_mhz[v] * vm_statistics.deviation_40min_mhz[v]
    s.variance_60min[h] += vm_statistics.deviation_60min_mhz[v] * vm_statistics.deviation_60min_mhz[v]
    s.planned_memory_mb[h] += vm_statistics.memory_demand_mb[v]
    s.planned_vms[h] += 1.0


@kernel
def foresee(vm_statistics: VmStatistics, vms: Vms, workload: Workload, clock: Clock, demand: DemandParams) -> None:
    """Replace the windows by the true means of what is to come: the clairvoyant's hook, off for every ranked policy."""
    if demand.foresight_samples == 0:
        return
    num_vms = vms.state.size
    last = workload.demand.size // num_vms - 1
    history_s = HISTORY_INTERVALS * clock.ticks_per_interval[0] * clock.tick_s[0]
    first = int((clock.now_s[0] + history_s) // demand.sample_s)
    for v in range(num_vms):
        total = square = 0.0
        for k in range(demand.foresight_samples):
            row = min(last, first + k) * num_vms + v
            mhz = min(workload.demand[row] * vms.cpu_configured_mhz[v], vms.cpu_limit_mhz[v])
            total += mhz
            square += mhz * mhz
        mean = total / demand.foresight_samples
        deviation = math.sqrt(max(0.0, square / demand.foresight_samples - mean * mean))
        vm_statistics.demand_5min_mhz[v] = vm_statistics.demand_40min_mhz[v] = vm_statistics.demand_60min_mhz[v] = mean
        vm_statistics.deviation_5min_mhz[v] = vm_statistics.deviation_40min_mhz[v] = deviation
        vm_statistics.deviation_60min_mhz[v] = deviation


@kernel
def _remember(vm_statistics: VmStatistics, vm_history: VmHistory, first: int) -> None:
    """Close the running interval into the ring's rows from `first` on; a VM that did not run repeats its last figures.

    These loops do without branches, so that they compile to vector instructions.
    """
    s = vm_statistics
    for v in range(s.ticks.size):
        ran, ticks = s.ticks[v] > 0.0, max(1.0, s.ticks[v])
        mean, square, unserved = s.sum_mhz[v] / ticks, s.sum_square[v] / ticks, s.sum_unserved_mhz[v] / ticks
        last, deviation = s.demand_5min_mhz[v], s.deviation_5min_mhz[v]
        last_square = last * last + deviation * deviation
        vm_history.mean_mhz[first + v] = mean if ran else last
        vm_history.mean_square[first + v] = square if ran else last_square
        s.unserved_5min_mhz[v] = unserved if ran else 0.0
        s.sum_mhz[v] = s.sum_square[v] = s.sum_unserved_mhz[v] = s.ticks[v] = 0.0


@kernel
def _roll(vm_statistics: VmStatistics, vm_history: VmHistory, slot: int) -> None:
    """Work the windows out from the ring, newest interval (slot) first; those of 60 minutes hold the sums meanwhile."""
    s, num_vms = vm_statistics, vm_statistics.ticks.size
    total, square = s.demand_60min_mhz, s.deviation_60min_mhz
    for v in range(num_vms):
        total[v] = square[v] = s.peak_60min_mhz[v] = 0.0
    for age in range(WINDOW_60):
        first = (slot + HISTORY_INTERVALS - age) % HISTORY_INTERVALS * num_vms
        for v in range(num_vms):
            mean = vm_history.mean_mhz[first + v]
            total[v] += mean
            square[v] += vm_history.mean_square[first + v]
            s.peak_60min_mhz[v] = max(s.peak_60min_mhz[v], mean)
        if age == 0:
            _close_window(s.demand_5min_mhz, s.deviation_5min_mhz, total, square, 1)
        if age == WINDOW_40 - 1:
            _close_window(s.demand_40min_mhz, s.deviation_40min_mhz, total, square, WINDOW_40)
    _close_window(total, square, total, square, WINDOW_60)


@kernel
def _close_window(
    mean: FloatArray, deviation: FloatArray, total: FloatArray, square: FloatArray, intervals: int
) -> None:
    """Turn sums over intervals into the window's mean and standard deviation, which may take their place."""
    for v in range(mean.size):
        window_mean = total[v] / intervals
        deviation[v] = math.sqrt(max(0.0, square[v] / intervals - window_mean * window_mean))
        mean[v] = window_mean
