"""The opening position: a world's state at t = 0, as the hour before the episode left it.

Every host that is there is on and every VM that is there runs where it was placed; page sharing has found what there is
to share; VirtualCenter has an hour of statistics. Left out: migrations in flight and hosts in maintenance at the
beginning; incidents bring them.
"""

import math

from vienv.core.enums import CURVE_POINTS, HISTORY_INTERVALS, NO_HOST, PowerState
from vienv.core.jit import kernel
from vienv.core.random import normal, uniform
from vienv.core.state import Clock, Hosts, HostStatistics, PowerCurves, VmHistory, Vms, VmStatistics, Workload
from vienv.scenario.keys import Stream
from vienv.scenario.recipe import VmDraft, VmRules
from vienv.scenario.settings import IDLE_FRACTION
from vienv.scenario.synthetic import SAMPLE_S

_WINDOW_40 = 8
"""Intervals in 40 minutes."""
_LEAST_LEVEL = 1e-12
"""Of the VMs' mean demand, when none has any."""


@kernel
def give_habits(vms: Vms, draft: VmDraft, rules: VmRules, seed: int) -> None:
    """Write how guests use memory: busier ones dirty it faster, a few much."""
    mean = 0.0
    for v in range(vms.state.size):
        mean += draft.mean[v] / vms.state.size
    for v in range(vms.state.size):
        relative = draft.mean[v] / max(mean, _LEAST_LEVEL)
        noise = math.exp(rules.dirty_sigma * normal(seed, Stream.DIRTY, v, 0))
        vms.dirty_mb_s[v] = rules.dirty_median_mb_s * noise * (0.5 + 0.5 * relative)
        span = rules.working_set_most - rules.working_set_least
        part = rules.working_set_least + span * uniform(seed, Stream.WORKING_SET, v, 0)
        vms.working_set_mb[v] = part * vms.memory_mb[v]
        vms.active_base[v], vms.active_per_cpu[v] = rules.active_base, rules.active_per_cpu
        vms.shared_mb[v] = vms.shareable_mb[v] if vms.host[v] != NO_HOST else 0.0


@kernel
def remember(history: VmHistory, statistics: VmStatistics, vms: Vms, workload: Workload, clock: Clock) -> None:
    """Write what VirtualCenter saw in the hour before: ring slots 0 to 11 in order of time, and the rolling windows."""
    num_vms, ticks = vms.state.size, clock.ticks_per_interval[0]
    for interval in range(HISTORY_INTERVALS):
        slot = interval * num_vms
        for v in range(num_vms):
            history.mean_mhz[slot + v] = history.mean_square[slot + v] = 0.0
        for k in range(interval * ticks, (interval + 1) * ticks):
            row = int(k * clock.tick_s[0] / SAMPLE_S) * num_vms
            for v in range(num_vms):
                wanted = workload.demand[row + v] * vms.cpu_configured_mhz[v]
                mhz = wanted if wanted < vms.cpu_limit_mhz[v] else vms.cpu_limit_mhz[v]
                vms.demand_mhz[v] = mhz if vms.host[v] != NO_HOST else 0.0
                history.mean_mhz[slot + v] += vms.demand_mhz[v]
                history.mean_square[slot + v] += vms.demand_mhz[v] * vms.demand_mhz[v]
        for v in range(num_vms):
            history.mean_mhz[slot + v] /= ticks
            history.mean_square[slot + v] /= ticks
    for v in range(num_vms):
        vms.delivered_mhz[v] = vms.demand_mhz[v]
        _look_back(statistics, history, num_vms, v)


@kernel
def _look_back(statistics: VmStatistics, history: VmHistory, num_vms: int, v: int) -> None:
    """Work out VM v's rolling windows and its largest interval, the youngest first."""
    mean = square = peak = 0.0
    for age in range(HISTORY_INTERVALS):
        slot = (HISTORY_INTERVALS - 1 - age) * num_vms + v
        mean += history.mean_mhz[slot]
        square += history.mean_square[slot]
        peak = max(peak, history.mean_mhz[slot])
        count = age + 1
        window = mean / count
        deviation = math.sqrt(max(square / count - window * window, 0.0))
        if count == 1:
            statistics.demand_5min_mhz[v], statistics.deviation_5min_mhz[v] = window, deviation
        elif count == _WINDOW_40:
            statistics.demand_40min_mhz[v], statistics.deviation_40min_mhz[v] = window, deviation
        elif count == HISTORY_INTERVALS:
            statistics.demand_60min_mhz[v], statistics.deviation_60min_mhz[v] = window, deviation
    statistics.peak_60min_mhz[v] = peak


@kernel
def settle(
    vms: Vms, hosts: Hosts, statistics: VmStatistics, host_statistics: HostStatistics, curves: PowerCurves
) -> None:
    """Write memory and the hosts' loads and watts as the last tick before the episode left them."""
    for h in range(hosts.power_state.size):
        hosts.demand_mhz[h] = hosts.consumed_mb[h] = host_statistics.utilisation_5min[h] = 0.0
    for v in range(vms.state.size):
        h = vms.host[v]
        load = vms.demand_mhz[v] / vms.cpu_configured_mhz[v]
        active = (vms.active_base[v] + vms.active_per_cpu[v] * load) * vms.memory_mb[v]
        vms.active_mb[v] = min(active, vms.touched_mb[v]) if h != NO_HOST else 0.0
        consumed = max(vms.active_mb[v], vms.touched_mb[v] - vms.shared_mb[v])
        idle = IDLE_FRACTION * (consumed - vms.active_mb[v])
        statistics.memory_demand_mb[v] = vms.active_mb[v] + idle + vms.overhead_mb[v]
        if h == NO_HOST:
            continue
        hosts.demand_mhz[h] += vms.demand_mhz[v]
        hosts.consumed_mb[h] += consumed + vms.overhead_mb[v]
        host_statistics.utilisation_5min[h] += statistics.demand_5min_mhz[v]
    for h in range(hosts.power_state.size):
        capacity = hosts.cpu_capacity_mhz[h]
        hosts.delivered_mhz[h] = min(hosts.demand_mhz[h], capacity)
        host_statistics.utilisation_5min[h] = min(host_statistics.utilisation_5min[h] / capacity, 1.0)
        level = hosts.delivered_mhz[h] / capacity * (CURVE_POINTS - 1)
        point = min(int(level), CURVE_POINTS - 2)
        low = curves.watts[h * CURVE_POINTS + point]
        high = curves.watts[h * CURVE_POINTS + point + 1]
        is_there = hosts.power_state[h] != PowerState.ABSENT
        hosts.power_w[h] = low + (level - point) * (high - low) if is_there else 0.0
