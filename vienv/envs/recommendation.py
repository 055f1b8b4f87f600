"""VirtualCenter's recommendations: each VM's best destination, ranked by the what-if gain in imbalance and overload.

As DRS in manual mode (Resource Management Guide 4.0): one VM at a time, from what the statistics show, with what is
queued and in flight counted as done. The gain is the fall of the population standard deviation of planned 5-minute
load over the hosts that are on, plus the fall of load above capacity. Moves that mend a rule and placements of VMs that
arrived come first (priority 1), then moves to hosts on which a VM-host rule says that a VM should run. Only legal moves
are listed, and of the others only those that gain; none of these takes a VM from where it should run, unless its host
is overloaded (F. Denneman, "VM to hosts affinity rule", 2010). An arrival that has no statistics yet gains nothing
anywhere: it goes to the least-loaded host, of those where it should run if there is one. Of several clusters each has
its own DRS: moves stay within one, and gains are those of its deviation; an arrival may go to any.

Where DRS ranks by score, as vSphere 7 does, the gain is the rise of the mean score that is to be expected of the hosts'
loads (`score`), plus the same; loads are then those of the longer window, for which Denneman has 40 minutes.
"""

import math
from typing import NamedTuple

from vienv.core.clusters import are_together, is_in
from vienv.core.enums import NO_HOST, NO_VM, ONE_CLUSTER, MigrationPhase, PowerState, Refusal, VmState
from vienv.core.jit import kernel
from vienv.core.ledger import deviation
from vienv.core.params import HaParams, VirtualCenterParams, VmotionParams
from vienv.core.rules import num_broken, will_break_rule
from vienv.core.score import served
from vienv.core.state import (
    Clusters,
    Hosts,
    HostStatistics,
    Migrations,
    Paths,
    Pools,
    Preferences,
    Recommendations,
    Vms,
    VmStatistics,
)
from vienv.core.virtualcenter import commands
from vienv.envs.planned import Sums, keep_sums, own_sums, sums_of
from vienv.envs.recommended import MANDATORY_FIRST, clear, insert, rank

_NOISE = 1e-12
"""Differences of variance that rounding may hide, over the square of all load: thousands of units in the last place."""
_ROOT_OF_NOISE = 1e-6
"""The same for its root, the deviation."""
_LEAST_RISE = 1e-9
"""Of the score, that is no rounding: below the knee no move changes it."""


class Aim(NamedTuple):
    """What gains are measured by: the scores that loads let expect, or imbalance."""

    wanted_mhz: float  # of a cluster's hosts that are ON; 0: imbalance
    knee: float
    loss: float


class Relief(NamedTuple):
    """What a VM's leaving changes: the sums of loads and of squares, and the fall of load above its host's capacity."""

    total: float
    square: float
    overload: float
    served_mhz: float  # rise of what its host gives, less what it gave


@kernel
def recommend(
    recommendations: Recommendations,
    clusters: Clusters,
    pools: Pools,
    hosts: Hosts,
    vms: Vms,
    migrations: Migrations,
    paths: Paths,
    vm_statistics: VmStatistics,
    host_statistics: HostStatistics,
    vmotion: VmotionParams,
    ha: HaParams,
    virtualcenter: VirtualCenterParams,
    preferences: Preferences,
    is_open: bool,
    arrivals_alone: bool,
) -> None:
    """List the best moves, best first; none if VirtualCenter takes no commands (is_open False). Needs `plan_loads`."""
    last = recommendations.vm.size - 1
    clear(recommendations)
    if not is_open:
        return
    sums = sums_of(hosts, host_statistics, ONE_CLUSTER)
    if sums.num_on == 0:
        return
    keep_sums(clusters, hosts, host_statistics)
    by_score = virtualcenter.ranks_by_score == 1
    num_runs = _sort_by_load(hosts, host_statistics, by_score)
    aim = _aim_of(clusters, hosts, virtualcenter)
    for v in range(vms.state.size):
        is_arrival = vms.state[v] == VmState.AWAITING_PLACEMENT
        if vms.commanded[v] != 0 or not (is_arrival or (_is_movable(vms, migrations, v) and not arrivals_alone)):
            continue
        demand = vm_statistics.demand_40min_mhz[v] if by_score else vm_statistics.demand_5min_mhz[v]
        relief = _relief(hosts, vms, aim, v, demand)
        if is_arrival:
            h = _best_for_arrival(
                pools, hosts, vms, migrations, paths, ha, clusters, preferences, sums, relief, aim, demand, v
            )
            if h != NO_HOST:
                own, own_aim = own_sums(clusters, sums, hosts.cluster[h]), _own_aim(clusters, aim, hosts.cluster[h])
                gain, overload = _what_if(hosts, own, relief, own_aim, demand, h)
                insert(recommendations, v, h, gain, overload, True, 0)
            continue
        cluster = hosts.cluster[vms.host[v]]
        own, own_aim = own_sums(clusters, sums, cluster), _own_aim(clusters, aim, cluster)
        is_mandatory = will_break_rule(vms, migrations, v)
        least = -MANDATORY_FIRST if is_mandatory else (_LEAST_RISE if by_score else 0.0)
        if preferences.groups.size > 0 and preferences.groups[v] != 0:
            _list_preferred(
                recommendations,
                hosts,
                vms,
                migrations,
                paths,
                vmotion,
                preferences,
                own,
                relief,
                own_aim,
                demand,
                least,
                v,
            )
            continue
        if not is_mandatory:
            if recommendations.vm[last] != NO_VM:
                least = max(least, rank(recommendations, last))
            if not _may_gain(hosts, own, relief, own_aim, demand, num_runs, least, cluster):
                continue
        h = _best(hosts, vms, migrations, paths, vmotion, own, relief, own_aim, demand, num_runs, least, v)
        if h != NO_HOST:
            gain, overload = _what_if(hosts, own, relief, own_aim, demand, h)
            insert(recommendations, v, h, gain, overload, is_mandatory, 0)


@kernel
def _is_movable(vms: Vms, migrations: Migrations, v: int) -> bool:
    return bool(vms.state[v] == VmState.RUNNING and migrations.phase[v] == MigrationPhase.NONE)


@kernel
def _aim_of(clusters: Clusters, hosts: Hosts, virtualcenter: VirtualCenterParams) -> Aim:
    """What gains are measured by; what is wanted in each of several clusters is noted. Follows `_sort_by_load`."""
    by_score = virtualcenter.ranks_by_score == 1
    for k in range(clusters.wanted_mhz.size):
        clusters.wanted_mhz[k] = _wanted_mhz(hosts, k) if by_score else 0.0
    wanted_mhz = _wanted_mhz(hosts, ONE_CLUSTER) if by_score else 0.0
    return Aim(wanted_mhz, virtualcenter.score_knee, virtualcenter.score_loss)


@kernel
def _own_aim(clusters: Clusters, aim: Aim, cluster: int) -> Aim:
    """A cluster's aim; that of all hosts where there is one only."""
    return aim if cluster == ONE_CLUSTER else Aim(clusters.wanted_mhz[cluster], aim.knee, aim.loss)


@kernel
def _wanted_mhz(hosts: Hosts, cluster: int) -> float:
    """What is wanted of a cluster's hosts that are on, by the loads that `_sort_by_load` has written."""
    wanted_mhz = 0.0
    for h in range(hosts.power_state.size):
        if hosts.power_state[h] == PowerState.ON and is_in(hosts, h, cluster):
            wanted_mhz += hosts.planned_load[h] * hosts.cpu_capacity_mhz[h]
    return wanted_mhz


@kernel
def _sort_by_load(hosts: Hosts, host_statistics: HostStatistics, by_score: bool) -> int:
    """Sort the hosts that are on into hosts.by_load, note where runs of one cluster and capacity end; their number."""
    count = 0
    for h in range(hosts.power_state.size):
        if hosts.power_state[h] == PowerState.ON:
            s = host_statistics
            planned_mhz = s.planned_40min_mhz[h] if by_score else s.planned_5min_mhz[h]
            hosts.planned_load[h] = planned_mhz / hosts.cpu_capacity_mhz[h]
            hosts.by_load[count] = h
            count += 1
    gap = count // 2
    while gap > 0:  # Shell's sort
        for first in range(gap, count):
            h, p = hosts.by_load[first], first
            while p >= gap and _is_before(hosts, h, hosts.by_load[p - gap]):
                hosts.by_load[p] = hosts.by_load[p - gap]
                p -= gap
            hosts.by_load[p] = h
        gap //= 2
    num_runs = 0
    for p in range(count):
        if p + 1 == count or not _is_equal(hosts, hosts.by_load[p], hosts.by_load[p + 1]):
            hosts.run_ends[num_runs] = p + 1
            num_runs += 1
    return num_runs


@kernel
def _is_equal(hosts: Hosts, h: int, t: int) -> bool:
    return bool(hosts.cpu_capacity_mhz[h] == hosts.cpu_capacity_mhz[t] and are_together(hosts, h, t))


@kernel
def _is_before(hosts: Hosts, h: int, t: int) -> bool:
    if not are_together(hosts, h, t):
        return bool(hosts.cluster[h] < hosts.cluster[t])
    if hosts.cpu_capacity_mhz[h] != hosts.cpu_capacity_mhz[t]:
        return bool(hosts.cpu_capacity_mhz[h] < hosts.cpu_capacity_mhz[t])
    return bool(hosts.planned_load[h] < hosts.planned_load[t])


@kernel
def _may_gain(
    hosts: Hosts, sums: Sums, relief: Relief, aim: Aim, demand_mhz: float, num_runs: int, least: float, cluster: int
) -> bool:
    """Whether a VM might gain more than `least` on its cluster's least-loaded hosts, legal or not; but for rounding."""
    bound, first = least - _ROOT_OF_NOISE * (1.0 + sums.total), 0
    for k in range(num_runs):
        if hosts.cluster[hosts.by_load[first]] == cluster:
            gain, overload = _what_if(hosts, sums, relief, aim, demand_mhz, hosts.by_load[first])
            if gain + overload > bound:
                return True
        first = hosts.run_ends[k]
    return False


@kernel
def _best(
    hosts: Hosts,
    vms: Vms,
    migrations: Migrations,
    paths: Paths,
    vmotion: VmotionParams,
    sums: Sums,
    relief: Relief,
    aim: Aim,
    demand_mhz: float,
    num_runs: int,
    least: float,
    v: int,
) -> int:
    """The host of its cluster that running VM v gains most by going to, of those that may take it, if over `least`.

    On a tie the lower index; NO_HOST if there is none.
    """
    best, best_key, first = NO_HOST, least, 0
    for k in range(num_runs):
        end, worst_load = hosts.run_ends[k], math.inf
        if not are_together(hosts, hosts.by_load[first], vms.host[v]):
            first = end
            continue
        share = demand_mhz / hosts.cpu_capacity_mhz[hosts.by_load[first]]
        scale = (1.0 + sums.total + share) * (1.0 + sums.total + share)
        for p in range(first, end):
            h = hosts.by_load[p]
            if hosts.planned_load[h] > worst_load:
                break
            if h == vms.host[v]:
                continue
            gain, overload = _what_if(hosts, sums, relief, aim, demand_mhz, h)
            if gain + overload < best_key - _ROOT_OF_NOISE * (1.0 + sums.total):
                break
            is_first = worst_load == math.inf
            is_better = gain + overload > best_key or (gain + overload == best_key and h < best)
            if not is_first and not is_better:
                continue
            refusal = commands.refusal_of_migration(hosts, vms, migrations, paths, vmotion, v, h)
            if refusal != Refusal.ACCEPTED:
                continue
            if is_first and share > 0.0:
                worst_load = hosts.planned_load[h] + _NOISE * scale * sums.num_on / share
            if is_better:
                best, best_key = h, gain + overload
        first = end
    return best


@kernel
def _list_preferred(
    recommendations: Recommendations,
    hosts: Hosts,
    vms: Vms,
    migrations: Migrations,
    paths: Paths,
    vmotion: VmotionParams,
    preferences: Preferences,
    sums: Sums,
    relief: Relief,
    aim: Aim,
    demand_mhz: float,
    least: float,
    v: int,
) -> None:
    """List the best move of a VM that should run on some hosts: what mends most rules there, then gains most.

    A move that mends a rule need gain nothing, and one that breaks a rule must relieve an overloaded host, unless its
    VM has to move (`least` below 0).
    """
    best, best_key, best_mended = NO_HOST, 0.0, 0
    broken = num_broken(hosts, preferences, v, vms.host[v])
    for h in range(hosts.power_state.size):
        if h == vms.host[v] or hosts.power_state[h] != PowerState.ON or not are_together(hosts, h, vms.host[v]):
            continue
        gain, overload = _what_if(hosts, sums, relief, aim, demand_mhz, h)
        key, mended = gain + overload, broken - num_broken(hosts, preferences, v, h)
        is_worth_it = mended > 0 or (key > least and (mended == 0 or overload > 0.0 or least < 0.0))
        is_better = best == NO_HOST or mended > best_mended or (mended == best_mended and key > best_key)
        if not is_worth_it or not is_better:
            continue
        if commands.refusal_of_migration(hosts, vms, migrations, paths, vmotion, v, h) == Refusal.ACCEPTED:
            best, best_key, best_mended = h, key, mended
    if best != NO_HOST:
        gain, overload = _what_if(hosts, sums, relief, aim, demand_mhz, best)
        insert(recommendations, v, best, gain, overload, least < 0.0, max(0, best_mended))


@kernel
def _best_for_arrival(
    pools: Pools,
    hosts: Hosts,
    vms: Vms,
    migrations: Migrations,
    paths: Paths,
    ha: HaParams,
    clusters: Clusters,
    preferences: Preferences,
    sums: Sums,
    relief: Relief,
    aim: Aim,
    demand_mhz: float,
    v: int,
) -> int:
    """The host that VM v had best be placed on; on a tie the less loaded one; NO_HOST if none may take it."""
    best, best_key, least_broken, full = NO_HOST, -MANDATORY_FIRST, 0, NO_HOST
    for h in range(hosts.power_state.size):
        if hosts.power_state[h] != PowerState.ON or (full != NO_HOST and are_together(hosts, full, h)):
            continue
        own, own_aim = own_sums(clusters, sums, hosts.cluster[h]), _own_aim(clusters, aim, hosts.cluster[h])
        gain, overload = _what_if(hosts, own, relief, own_aim, demand_mhz, h)
        is_roomier = best != NO_HOST and hosts.planned_load[h] < hosts.planned_load[best]
        is_behind = gain + overload < best_key or (gain + overload == best_key and not is_roomier)
        broken = num_broken(hosts, preferences, v, h)
        if best != NO_HOST and (broken > least_broken or (broken == least_broken and is_behind)):
            continue
        refusal = commands.refusal_of_placement(pools, hosts, vms, migrations, paths, ha, v, h)
        if refusal == Refusal.POOL_RESERVATION:  # it asks for no host
            return NO_HOST
        if refusal == Refusal.ADMISSION_CONTROL:  # it asks for a cluster
            full = h
        if refusal == Refusal.ACCEPTED:
            best, best_key, least_broken = h, gain + overload, broken
    return best


@kernel
def _relief(hosts: Hosts, vms: Vms, aim: Aim, v: int, demand_mhz: float) -> Relief:
    """What VM v's leaving its host changes; nothing if it has none that is on."""
    source = vms.host[v]
    if source == NO_HOST or hosts.power_state[source] != PowerState.ON:
        return Relief(0.0, 0.0, 0.0, 0.0)
    old = hosts.planned_load[source]
    new = old - demand_mhz / hosts.cpu_capacity_mhz[source]
    overload = max(0.0, old - 1.0) - max(0.0, new - 1.0)
    return Relief(new - old, new * new - old * old, overload, _rise_mhz(hosts, aim, source, old, new))


@kernel
def _what_if(hosts: Hosts, sums: Sums, relief: Relief, aim: Aim, demand_mhz: float, h: int) -> tuple[float, float]:
    """Fall of imbalance (or rise of the score), and of load above capacity, if a VM of that relief went to host h."""
    old = hosts.planned_load[h]
    new = old + demand_mhz / hosts.cpu_capacity_mhz[h]
    total = sums.total + (new - old) + relief.total
    square = sums.square + (new * new - old * old) + relief.square
    overload = max(0.0, old - 1.0) - max(0.0, new - 1.0) + relief.overload
    if aim.wanted_mhz > 0.0:
        return (_rise_mhz(hosts, aim, h, old, new) + relief.served_mhz) / aim.wanted_mhz, overload
    return sums.deviation - deviation(total, square, sums.num_on), overload


@kernel
def _rise_mhz(hosts: Hosts, aim: Aim, h: int, old: float, new: float) -> float:
    """How much more host h gives if its load goes from old to new; 0 where imbalance is asked for."""
    if aim.wanted_mhz == 0.0:
        return 0.0
    return (served(new, aim.knee, aim.loss) - served(old, aim.knee, aim.loss)) * hosts.cpu_capacity_mhz[h]
