"""CloudSim's plan of an interval: relieve overloaded hosts, then empty the least loaded.

Power-aware best fit decreasing (PABFD; Beloglazov and Buyya, Concurrency and Computation 24(13), 2012), as CloudSim's
3.0.3 release computes it. It plans on a copy of the placement. Two of its habits decide much: the rise in power that
makes a host the best is counted from its load at the last update, whatever is planned onto it meanwhile, and for a
sleeping host from its idle power, so that waking is free; and a host that could not be emptied is barred as a target
for the rest of the interval. Every active host is tried: there is no threshold of underload.
"""

import math

from vienv.cloudsim.enums import CURVE_POINTS, NOBODY
from vienv.cloudsim.overload import add_to_series, is_overloaded
from vienv.cloudsim.places import plan_append, plan_remove
from vienv.cloudsim.power import load_of, watts_at
from vienv.cloudsim.selection import select
from vienv.cloudsim.sharing import make_room
from vienv.cloudsim.state import (
    Curves,
    Day,
    Histories,
    Hosts,
    Judgement,
    Moves,
    Places,
    PlanHosts,
    PlanSeries,
    PlanVms,
    Room,
    Vms,
)
from vienv.core.jit import kernel


@kernel
def make(
    moves: Moves,
    plan: PlanHosts,
    plan_vms: PlanVms,
    series: PlanSeries,
    room: Room,
    day: Day,
    places: Places,
    hosts: Hosts,
    vms: Vms,
    histories: Histories,
    curves: Curves,
    judgement: Judgement,
) -> None:
    """Write the interval's moves."""
    day.num_moves[0] = 0
    copy_placement(plan, plan_vms, places, hosts, vms, curves)
    num_homeless = _relieve(plan, plan_vms, series, room, day, hosts, vms, histories, judgement)
    _list_candidates(plan, day, False)
    _sort_by_demand(plan_vms, vms, num_homeless)
    for k in range(num_homeless):
        v = plan_vms.homeless[k]
        h = find_target(plan, series, room, plan_vms, day, hosts, vms, histories, curves, judgement, v)
        if h != NOBODY:
            put(plan, plan_vms, series, day, hosts, vms, histories, h, v)
            _add_move(moves, day, v, h)
    _list_candidates(plan, day, True)
    while True:
        h = _least_loaded(plan, day)
        if h == NOBODY:
            return
        _empty(moves, plan, plan_vms, series, room, day, hosts, vms, histories, curves, judgement, h)


@kernel
def copy_placement(plan: PlanHosts, plan_vms: PlanVms, places: Places, hosts: Hosts, vms: Vms, curves: Curves) -> None:
    """Begin from who is where; nothing is in flight when a plan is made."""
    for v in range(vms.host.size):
        plan_vms.next[v], plan_vms.previous[v] = places.next[v], places.previous[v]
        plan_vms.host[v] = vms.host[v]
    for h in range(hosts.mips.size):
        plan.first[h], plan.last[h] = hosts.first[h], hosts.last[h]
        plan.load[h] = load_of(hosts.used_mips[h], hosts.mips[h])
        plan.watts[h] = watts_at(curves, hosts.curve[h], plan.load[h])
        plan.is_barred[h] = plan.is_tried[h] = 0
        tally(plan, plan_vms, hosts, vms, h)


@kernel
def tally(plan: PlanHosts, plan_vms: PlanVms, hosts: Hosts, vms: Vms, h: int) -> None:
    """Add up what the VMs of a host of the plan ask and get."""
    free, ram_mb, asked, granted, is_short, n = hosts.mips[h], hosts.ram_mb[h], 0.0, 0.0, False, 0
    v = plan.first[h]
    while v != NOBODY:
        n += 1
        mips = min(vms.asked_mips[v], hosts.core_mips[h])
        asked += vms.asked_mips[v]
        granted += mips
        ram_mb -= vms.asked_ram_mb[v]
        if free >= mips:
            free -= mips
        else:
            free, is_short = 0.0, True
        v = plan_vms.next[v]
    if is_short:
        scale, granted = hosts.mips[h] / granted, 0.0
        v = plan.first[h]
        while v != NOBODY:
            granted += math.floor(min(vms.asked_mips[v], hosts.core_mips[h]) * scale)
            v = plan_vms.next[v]
    plan.asked_mips[h], plan.granted_mips[h], plan.free_mips[h] = asked, granted, free
    plan.free_ram_mb[h], plan.num_vms[h], plan.has_series[h] = ram_mb, n, 0


@kernel
def _relieve(
    plan: PlanHosts,
    plan_vms: PlanVms,
    series: PlanSeries,
    room: Room,
    day: Day,
    hosts: Hosts,
    vms: Vms,
    histories: Histories,
    judgement: Judgement,
) -> int:
    """Take VMs off every overloaded host until it is none; how many are homeless."""
    n = 0
    for h in range(hosts.mips.size):
        if plan.first[h] == NOBODY or not is_overloaded(
            plan, series, room, plan_vms, hosts, vms, histories, day, judgement, h, NOBODY
        ):
            continue
        plan.is_barred[h] = plan.is_tried[h] = 1
        while True:
            v = select(plan_vms, room, day, plan, vms, histories, judgement.selection[0], h)
            if v == NOBODY:
                break
            plan_vms.homeless[n] = v
            n += 1
            plan_remove(plan, plan_vms, v)
            tally(plan, plan_vms, hosts, vms, h)
            if not is_overloaded(plan, series, room, plan_vms, hosts, vms, histories, day, judgement, h, NOBODY):
                break
    return n


@kernel
def _list_candidates(plan: PlanHosts, day: Day, is_emptying: bool) -> None:
    """List the hosts that may take VMs: all that are not overloaded; to empty others, only those that had load."""
    n = 0
    for h in range(plan.first.size):
        if is_emptying and plan.load[h] == 0.0:
            plan.is_barred[h] = plan.is_tried[h] = 1
        if plan.is_barred[h] == 0:
            plan.candidate[n] = h
            n += 1
    day.num_candidates[0] = n


@kernel
def find_target(
    plan: PlanHosts,
    series: PlanSeries,
    room: Room,
    plan_vms: PlanVms,
    day: Day,
    hosts: Hosts,
    vms: Vms,
    histories: Histories,
    curves: Curves,
    judgement: Judgement,
    v: int,
) -> int:
    """The host whose power VM v raises least and which it does not overload, first on ties; NOBODY if there is none."""
    asked = vms.asked_mips[v]
    best, least = NOBODY, math.inf
    for k in range(curves.watts.size // CURVE_POINTS):
        plan.is_seen[k] = 0
    for k in range(day.num_candidates[0]):
        h = plan.candidate[k]
        if plan.is_barred[h] == 1:
            continue
        if plan.first[h] == NOBODY and plan.load[h] == 0.0:
            if plan.is_seen[hosts.curve[h]] == 1:
                continue  # the first of its kind has been looked at
            plan.is_seen[hosts.curve[h]] = 1
        is_suitable = hosts.core_mips[h] >= asked and plan.free_mips[h] >= asked
        if not is_suitable or plan.free_ram_mb[h] < vms.asked_ram_mb[v]:
            continue
        if plan.granted_mips[h] != 0.0:
            make_room(hosts, h, plan.num_vms[h] + 1)  # CloudSim puts the VM there for a moment
        load = (plan.granted_mips[h] + asked) / hosts.mips[h]
        rise = watts_at(curves, hosts.curve[h], load) - plan.watts[h]
        if rise < least and (
            plan.granted_mips[h] == 0.0
            or not is_overloaded(plan, series, room, plan_vms, hosts, vms, histories, day, judgement, h, v)
        ):
            best, least = h, rise
    return best


@kernel
def put(
    plan: PlanHosts,
    plan_vms: PlanVms,
    series: PlanSeries,
    day: Day,
    hosts: Hosts,
    vms: Vms,
    histories: Histories,
    h: int,
    v: int,
) -> None:
    """Put a VM onto a host of the plan, at the end of its list."""
    plan_append(plan, plan_vms, h, v)
    mips = min(vms.asked_mips[v], hosts.core_mips[h])
    plan.num_vms[h] += 1
    make_room(hosts, h, plan.num_vms[h])
    plan.asked_mips[h] += vms.asked_mips[v]
    plan.granted_mips[h] += mips
    plan.free_mips[h] -= mips
    plan.free_ram_mb[h] -= vms.asked_ram_mb[v]
    if plan.has_series[h] == 1:
        add_to_series(series, hosts, vms, histories, day, h, v)


@kernel
def _add_move(moves: Moves, day: Day, v: int, h: int) -> None:
    k = day.num_moves[0]
    moves.vm[k], moves.target[k] = v, h
    day.num_moves[0] = k + 1


@kernel
def _least_loaded(plan: PlanHosts, day: Day) -> int:
    """The host with least load that was not tried, first on ties; NOBODY if none is left."""
    best, least = NOBODY, 1.0
    for k in range(day.num_candidates[0]):
        h = plan.candidate[k]
        if plan.is_tried[h] == 0 and plan.load[h] < least and plan.first[h] != NOBODY:
            best, least = h, plan.load[h]
    return best


@kernel
def _empty(
    moves: Moves,
    plan: PlanHosts,
    plan_vms: PlanVms,
    series: PlanSeries,
    room: Room,
    day: Day,
    hosts: Hosts,
    vms: Vms,
    histories: Histories,
    curves: Curves,
    judgement: Judgement,
    source: int,
) -> None:
    """Move all VMs off a host, or none; it is barred either way, and who takes its VMs is not emptied in turn."""
    plan.is_barred[source] = plan.is_tried[source] = 1
    n, v = 0, plan.first[source]
    while v != NOBODY:
        plan_vms.homeless[n] = v
        n += 1
        v = plan_vms.next[v]
    _sort_by_demand(plan_vms, vms, n)
    first = day.num_moves[0]
    for k in range(n):
        v = plan_vms.homeless[k]
        h = find_target(plan, series, room, plan_vms, day, hosts, vms, histories, curves, judgement, v)
        if h == NOBODY:
            _take_back(moves, plan, plan_vms, day, hosts, vms, first)
            return
        put(plan, plan_vms, series, day, hosts, vms, histories, h, v)
        _add_move(moves, day, v, h)
    for k in range(first, day.num_moves[0]):
        plan.is_tried[moves.target[k]] = 1


@kernel
def _take_back(moves: Moves, plan: PlanHosts, plan_vms: PlanVms, day: Day, hosts: Hosts, vms: Vms, first: int) -> None:
    """Undo the moves from `first` on."""
    for k in range(first, day.num_moves[0]):
        h = moves.target[k]
        plan_remove(plan, plan_vms, moves.vm[k])
        tally(plan, plan_vms, hosts, vms, h)
    day.num_moves[0] = first


@kernel
def _sort_by_demand(plan_vms: PlanVms, vms: Vms, n: int) -> None:
    """Sort the first n of the homeless by what they ask, largest first; equals stay in order."""
    for k in range(1, n):
        v = plan_vms.homeless[k]
        j = k - 1
        while j >= 0 and vms.asked_mips[plan_vms.homeless[j]] < vms.asked_mips[v]:
            plan_vms.homeless[j + 1] = plan_vms.homeless[j]
            j -= 1
        plan_vms.homeless[j + 1] = v
