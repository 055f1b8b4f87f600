"""VirtualCenter's recommendations: each VM's best destination, ranked by the what-if gain in imbalance and overload.

As DRS in manual mode (Resource Management Guide 4.0): one VM at a time, from what the statistics show, with what is
queued and in flight counted as done. The gain is the fall of the population standard deviation of planned 5-minute
load over the hosts that are on, plus the fall of load above capacity. Moves that mend a rule and placements of VMs that
arrived come first (priority 1). Only legal moves are listed, and of the others only those that gain. An arrival that
has no statistics yet gains nothing anywhere: it goes to the least-loaded host.
"""

from vienv.core import virtualcenter
from vienv.core.enums import NO_HOST, NO_VM, MigrationPhase, PowerState, Refusal, VmState
from vienv.core.jit import kernel
from vienv.core.ledger import deviation
from vienv.core.params import HaParams, VmotionParams
from vienv.core.rules import will_break_rule
from vienv.core.state import (
    Hosts,
    HostStatistics,
    Migrations,
    Paths,
    Recommendations,
    Vms,
    VmStatistics,
)

_MANDATORY_FIRST = 1.0e6
"""Added to the rank of priority 1; no gain comes near it."""


@kernel
def recommend(
    recommendations: Recommendations,
    hosts: Hosts,
    vms: Vms,
    migrations: Migrations,
    paths: Paths,
    vm_statistics: VmStatistics,
    host_statistics: HostStatistics,
    vmotion: VmotionParams,
    ha: HaParams,
    is_open: bool,
) -> None:
    """List the best moves, best first; none if VirtualCenter takes no commands (is_open False). Needs `plan_loads`."""
    for r in range(recommendations.vm.size):
        recommendations.vm[r] = NO_VM
        recommendations.destination[r] = NO_HOST
        recommendations.gain[r] = recommendations.overload_gain[r] = 0.0
        recommendations.is_mandatory[r] = 0
    if not is_open:
        return
    num_on, total, square = load_sums(hosts, host_statistics)
    if num_on == 0:
        return
    before = deviation(total, square, num_on)
    for v in range(vms.state.size):
        is_arrival = vms.state[v] == VmState.AWAITING_PLACEMENT
        is_movable = vms.state[v] == VmState.RUNNING and migrations.phase[v] == MigrationPhase.NONE
        if vms.commanded[v] == 1 or not (is_arrival or is_movable):
            continue
        is_mandatory = is_arrival or will_break_rule(vms, migrations, v)
        best, best_key, best_gain, best_overload = NO_HOST, (-_MANDATORY_FIRST if is_mandatory else 0.0), 0.0, 0.0
        for h in range(hosts.power_state.size):
            if hosts.power_state[h] != PowerState.ON or h == vms.host[v]:
                continue
            gain, overload = _what_if(hosts, vms, vm_statistics, host_statistics, v, h, num_on, total, square, before)
            load = _load(hosts, host_statistics, h)
            is_roomier = is_arrival and best != NO_HOST and load < _load(hosts, host_statistics, best)
            if gain + overload < best_key or (gain + overload == best_key and not is_roomier):
                continue
            if is_arrival:
                refusal = virtualcenter.refusal_of_placement(hosts, vms, migrations, paths, ha, v, h)
            else:
                refusal = virtualcenter.refusal_of_migration(hosts, vms, migrations, paths, vmotion, v, h)
            if refusal == Refusal.ACCEPTED:
                best, best_key, best_gain, best_overload = h, gain + overload, gain, overload
        if best != NO_HOST:
            _insert(recommendations, v, best, best_gain, best_overload, is_mandatory)


@kernel
def load_sums(hosts: Hosts, host_statistics: HostStatistics) -> tuple[int, float, float]:
    """Hosts that are ON, the sum of their planned loads, and of the squares."""
    num_on, total, square = 0, 0.0, 0.0
    for h in range(hosts.power_state.size):
        if hosts.power_state[h] == PowerState.ON:
            load = host_statistics.planned_5min_mhz[h] / hosts.cpu_capacity_mhz[h]
            num_on += 1
            total += load
            square += load * load
    return num_on, total, square


@kernel
def _what_if(
    hosts: Hosts,
    vms: Vms,
    vm_statistics: VmStatistics,
    host_statistics: HostStatistics,
    v: int,
    h: int,
    num_on: int,
    total: float,
    square: float,
    before: float,
) -> tuple[float, float]:
    """Fall of imbalance, and of load above capacity, if VM v went to host h."""
    demand = vm_statistics.demand_5min_mhz[v]
    old = host_statistics.planned_5min_mhz[h] / hosts.cpu_capacity_mhz[h]
    new = old + demand / hosts.cpu_capacity_mhz[h]
    total += new - old
    square += new * new - old * old
    overload = max(0.0, old - 1.0) - max(0.0, new - 1.0)
    source = vms.host[v]
    if source != NO_HOST and hosts.power_state[source] == PowerState.ON:
        old = host_statistics.planned_5min_mhz[source] / hosts.cpu_capacity_mhz[source]
        new = old - demand / hosts.cpu_capacity_mhz[source]
        total += new - old
        square += new * new - old * old
        overload += max(0.0, old - 1.0) - max(0.0, new - 1.0)
    return before - deviation(total, square, num_on), overload


@kernel
def _load(hosts: Hosts, host_statistics: HostStatistics, h: int) -> float:
    return host_statistics.planned_5min_mhz[h] / hosts.cpu_capacity_mhz[h]


@kernel
def _insert(
    recommendations: Recommendations, v: int, h: int, gain: float, overload_gain: float, is_mandatory: bool
) -> None:
    """Keep the rows sorted, best first; on a tie the row that came first stays first."""
    rank = gain + overload_gain + (_MANDATORY_FIRST if is_mandatory else 0.0)
    r = recommendations.vm.size
    while r > 0 and (recommendations.vm[r - 1] == NO_VM or _rank(recommendations, r - 1) < rank):
        r -= 1
        if r + 1 < recommendations.vm.size:
            recommendations.vm[r + 1] = recommendations.vm[r]
            recommendations.destination[r + 1] = recommendations.destination[r]
            recommendations.gain[r + 1] = recommendations.gain[r]
            recommendations.overload_gain[r + 1] = recommendations.overload_gain[r]
            recommendations.is_mandatory[r + 1] = recommendations.is_mandatory[r]
    if r == recommendations.vm.size:
        return
    recommendations.vm[r] = v
    recommendations.destination[r] = h
    recommendations.gain[r] = gain
    recommendations.overload_gain[r] = overload_gain
    recommendations.is_mandatory[r] = 1 if is_mandatory else 0


@kernel
def _rank(recommendations: Recommendations, r: int) -> float:
    first = _MANDATORY_FIRST if recommendations.is_mandatory[r] == 1 else 0.0
    return recommendations.gain[r] + recommendations.overload_gain[r] + first
