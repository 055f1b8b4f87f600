"""DPM: VMware's power management, which keeps every host's CPU and memory within 45 .. 81 % by standby and waking.

A host is woken when CPU or memory of one is above the band and a what-if with one more host, spread by DRS, brings it
down; one sleeps when CPU and memory of one are both below, the rest can take its VMs and stay within the band, and
the watts outweigh the performance (VMware, "VMware Distributed Power Management: Concepts and Use", 2010; band and
windows: VMware KB 310527). Demand is the mean and two standard deviations of five minutes for waking and of forty for
sleeping. The form of the scores (root of summed squares) and of cost and benefit are not published: ours, with every
number a setting. Left out: the tariff, and the day's rhythm, neither of which DPM knows.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vienv.baselines import whatif
from vienv.baselines.drs import DIVERGES
from vienv.baselines.policy import COMMIT
from vienv.baselines.reading import Mask, Placement, Rows, cluster_of, num_clusters, value
from vienv.baselines.whatif import WINDOW_5, WINDOW_40, WINDOW_60, Fleet
from vienv.core.columns import ClusterColumn, HostColumn, RecommendationColumn, VmColumn
from vienv.core.jit import kernel

MIGRATIONS_AT_A_TIME = 2.0
"""vMotions that leave one host together (VI3's limit); only for the length of an evacuation."""


class DpmSettings(NamedTuple):
    """DPM's advanced options, and what its cost-benefit counts with. Times in intervals of 300 s unless named."""

    target: float = 0.63  # DemandCapacityRatioTarget
    tolerance: float = 0.18  # DemandCapacityRatioToleranceHost: the band is target -+ tolerance
    deviations: float = 2.0  # standard deviations above the mean demand
    minimum_uptime_h: float = 600.0 / 3600.0  # HostsMinUptimeSecs 600
    power_performance_ratio: float = 40.0  # PowerPerformanceRatio: what a host's CPU is worth in watts of a host
    stable_intervals: float = 12.0  # PowerPerformanceHistorySecs 3600: how long a host is expected to stay asleep
    return_intervals: float = 2.0  # until a host that is missed is back: noticed after one interval, booted in another
    power_cycle_intervals: float = 1.0  # of peak power: shutdown and boot
    standby_fraction: float = 0.05  # of peak power, drawn asleep
    vmotion_cpu: float = 0.04  # as DrsSettings
    guest_slowdown: float = 0.1  # as DrsSettings


@kernel
def choose(
    hosts: Rows,
    vms: Rows,
    placement: Placement,
    cluster: Rows,
    recommendations: Rows,
    mask: Mask,
    settings: DpmSettings,
) -> int:
    """DPM's next action on Recommendations-v0: 1 + K + the host to toggle, or 0. Each cluster has a DPM of its own.

    hosts (H, HostColumn), vms (V, VmColumn), placement (V,), cluster (ClusterColumn ..,), recommendations (K,
    RecommendationColumn), mask (1 + K + H,).
    """
    first = 1 + recommendations.shape[0]
    is_stranded = _is_stranded(hosts, cluster, recommendations)
    for k in range(num_clusters(hosts)):
        h = _host_to_toggle(hosts, vms, placement, mask, first, is_stranded, k, settings)
        if h != whatif.NOWHERE:
            return first + h
    return COMMIT


@kernel
def _host_to_toggle(
    hosts: Rows,
    vms: Rows,
    placement: Placement,
    mask: Mask,
    first: int,
    is_stranded: bool,
    cluster: int,
    settings: DpmSettings,
) -> int:
    """The cluster's host that should be woken or sleep; NOWHERE if none should."""
    high = settings.target + settings.tolerance
    now = whatif.sketch(hosts, vms, placement, WINDOW_5, cluster)
    is_urgent = not whatif.settle(now, hosts, vms, WINDOW_5, cluster, high, settings.deviations) or is_stranded
    if is_urgent or whatif.high_score(now, high, settings.deviations) > 0.0:
        return _host_to_wake(now, hosts, vms, mask, first, is_urgent, cluster, settings)
    return _host_to_sleep(hosts, vms, placement, mask, first, cluster, settings)


@kernel
def _is_stranded(hosts: Rows, cluster: Rows, recommendations: Rows) -> bool:
    """Whether a VM waits that no host may take, and none is coming: the minimum of capacity is not met."""
    if cluster[ClusterColumn.WAITING] <= 0:
        return False
    for h in range(hosts.shape[0]):
        if value(hosts, h, HostColumn.COMING) > 0.0:
            return False
    for r in range(recommendations.shape[0]):
        if value(recommendations, r, RecommendationColumn.PLACEMENT) > 0.0:
            return False
    return True


@kernel
def _host_to_wake(
    fleet: Fleet, hosts: Rows, vms: Rows, mask: Mask, first: int, is_urgent: bool, cluster: int, settings: DpmSettings
) -> int:
    """A host in standby that lowers the high score beyond what DRS and the hosts that are coming do already."""
    high = settings.target + settings.tolerance
    num_coming = 0
    for h in range(hosts.shape[0]):
        if value(hosts, h, HostColumn.COMING) > 0.0 and cluster_of(hosts, h) == cluster:
            fleet.takes_load[h] = 1
            num_coming += 1
    whatif.relieve(fleet, vms, WINDOW_5, high, settings.deviations)
    before = whatif.high_score(fleet, high, settings.deviations)
    h = _best_sleeper(fleet, hosts, mask, first, cluster, settings.deviations)
    if h == whatif.NOWHERE:
        return h
    if is_urgent and num_coming == 0:
        return h
    if before <= 0.0:
        return whatif.NOWHERE
    fleet.takes_load[h] = 1
    whatif.relieve(fleet, vms, WINDOW_5, high, settings.deviations)
    return h if whatif.high_score(fleet, high, settings.deviations) < before else whatif.NOWHERE


@kernel
def _best_sleeper(fleet: Fleet, hosts: Rows, mask: Mask, first: int, cluster: int, deviations: float) -> int:
    """The cluster's host in standby with most of what is short, CPU or memory; the one that idles cheaper on a tie."""
    cpu = memory = 0.0
    for h in range(hosts.shape[0]):
        if fleet.takes_load[h] == 1:
            cpu = max(cpu, whatif.cpu_utilisation(fleet, h, deviations))
            memory = max(memory, whatif.memory_utilisation(fleet, h))
    best, most, cheapest = whatif.NOWHERE, 0.0, math.inf
    for h in range(hosts.shape[0]):
        is_asleep = value(hosts, h, HostColumn.STANDBY) > 0.0 and cluster_of(hosts, h) == cluster
        if not is_asleep or mask[first + h] == 0:
            continue
        capacity = fleet.cpu_capacity[h] if cpu >= memory else fleet.memory_capacity[h]
        idle = value(hosts, h, HostColumn.IDLE_POWER)
        if capacity > most or (capacity == most and idle < cheapest):
            best, most, cheapest = h, capacity, idle
    return best


@kernel
def _host_to_sleep(
    hosts: Rows, vms: Rows, placement: Placement, mask: Mask, first: int, cluster: int, settings: DpmSettings
) -> int:
    """The first candidate, cheapest first, whose evacuation lowers the low score, raises no high one, and pays."""
    low, high = settings.target - settings.tolerance, settings.target + settings.tolerance
    for h in range(hosts.shape[0]):
        if value(hosts, h, HostColumn.COMING) > 0.0 and cluster_of(hosts, h) == cluster:
            return whatif.NOWHERE
    fleet = whatif.sketch(hosts, vms, placement, WINDOW_40, cluster)
    if not whatif.settle(fleet, hosts, vms, WINDOW_40, cluster, high, settings.deviations):
        return whatif.NOWHERE
    low_before = whatif.low_score(fleet, low, settings.deviations)
    high_before = whatif.high_score(fleet, high, settings.deviations)
    if low_before <= 0.0:
        return whatif.NOWHERE
    is_tried, without = np.zeros(hosts.shape[0], np.int64), whatif.sketch(hosts, vms, placement, WINDOW_40, cluster)
    for _ in range(hosts.shape[0]):
        h = _cheapest(fleet, hosts, mask, first, is_tried, settings.minimum_uptime_h)
        if h == whatif.NOWHERE:
            break
        is_tried[h] = 1
        if _is_pinned(vms, placement, h):
            continue
        whatif.copy(without, fleet)
        if not whatif.empty(without, vms, WINDOW_40, h, high, settings.deviations):
            continue
        is_lower = whatif.low_score(without, low, settings.deviations) < low_before
        is_higher = whatif.high_score(without, high, settings.deviations) > high_before
        if is_lower and not is_higher and net_benefit(hosts, vms, placement, h, settings) >= 0.0:
            return h
    return whatif.NOWHERE


@kernel
def _is_pinned(vms: Rows, placement: Placement, h: int) -> bool:
    """Whether a VM of host h is dirtied faster than it can be copied: its evacuation would fail."""
    is_pinned = False
    for v in range(vms.shape[0]):
        is_pinned = is_pinned or (placement[v] == h and value(vms, v, VmColumn.DIRTY) >= DIVERGES)
    return is_pinned


@kernel
def _cheapest(fleet: Fleet, hosts: Rows, mask: Mask, first: int, is_tried: NDArray[np.int64], minimum_h: float) -> int:
    """The untried host of least capacity, then of least memory to move, then of least load, that may sleep."""
    best = whatif.NOWHERE
    for h in range(hosts.shape[0]):
        is_up = value(hosts, h, HostColumn.ON) > 0.0 and value(hosts, h, HostColumn.TIME_IN_STATE_H) >= minimum_h
        if is_tried[h] == 1 or fleet.takes_load[h] == 0 or not is_up or mask[first + h] == 0:
            continue
        if best == whatif.NOWHERE:
            best = h
            continue
        size, best_size = fleet.cpu_capacity[h], fleet.cpu_capacity[best]
        memory, best_memory = fleet.memory[h], fleet.memory[best]
        is_cheaper = memory < best_memory or (memory == best_memory and fleet.cpu[h] < fleet.cpu[best])
        if size < best_size or (size == best_size and is_cheaper):
            best = h
    return best


@kernel
def net_benefit(hosts: Rows, vms: Rows, placement: Placement, h: int, settings: DpmSettings) -> float:
    """What putting host h to sleep saves less what it costs, in intervals of the largest host's peak power.

    Benefit: idle watts for the stable time less the evacuation. Cost: the power cycle, and PowerPerformanceRatio
    times the CPU that migrations take and that the hour's worst demand would miss until a host is back.
    """
    copy = work = 0.0
    for v in range(vms.shape[0]):
        if placement[v] == h:
            time = value(vms, v, VmColumn.MIGRATION_TIME)
            copy += time
            work += time * (2.0 * settings.vmotion_cpu + settings.guest_slowdown * value(vms, v, VmColumn.DEMAND_5))
    demand = variance = capacity = 0.0
    for t in range(hosts.shape[0]):
        if cluster_of(hosts, t) != cluster_of(hosts, h):
            continue
        size = value(hosts, t, HostColumn.CPU_CAPACITY)
        demand += value(hosts, t, HostColumn.LOAD_60) * size
        deviation = value(hosts, t, HostColumn.DEVIATION_5 + WINDOW_60) * size
        variance += deviation * deviation
        if t != h and value(hosts, t, HostColumn.ON) > 0.0:
            capacity += size
    missed = max(0.0, demand + settings.deviations * math.sqrt(variance) - capacity) * settings.return_intervals
    peak = value(hosts, h, HostColumn.PEAK_POWER)
    saved = value(hosts, h, HostColumn.IDLE_POWER) - settings.standby_fraction * peak
    benefit = saved * max(0.0, settings.stable_intervals - copy / MIGRATIONS_AT_A_TIME)
    return benefit - peak * settings.power_cycle_intervals - settings.power_performance_ratio * (work + missed)


@kernel
def unpack(packed: NDArray[np.float64]) -> DpmSettings:
    """The settings from an array, as they cross from Python."""
    return DpmSettings(
        packed[0],
        packed[1],
        packed[2],
        packed[3],
        packed[4],
        packed[5],
        packed[6],
        packed[7],
        packed[8],
        packed[9],
        packed[10],
    )
