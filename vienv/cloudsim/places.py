"""Who is on a host: linked lists in the order of arrival, for the placement that is and for the plan's copy of it."""

from vienv.cloudsim.enums import NOBODY
from vienv.cloudsim.state import Hosts, Moves, Places, PlanHosts, PlanVms
from vienv.core.jit import kernel


@kernel
def append(hosts: Hosts, places: Places, h: int, entry: int) -> None:
    """Put an entry at the end of a host's list."""
    last = hosts.last[h]
    places.previous[entry], places.next[entry] = last, NOBODY
    if last == NOBODY:
        hosts.first[h] = entry
    else:
        places.next[last] = entry
    hosts.last[h] = entry


@kernel
def remove(hosts: Hosts, places: Places, h: int, entry: int) -> None:
    """Take an entry out of a host's list."""
    before, after = places.previous[entry], places.next[entry]
    if before == NOBODY:
        hosts.first[h] = after
    else:
        places.next[before] = after
    if after == NOBODY:
        hosts.last[h] = before
    else:
        places.previous[after] = before


@kernel
def vm_of(moves: Moves, entry: int, num_vms: int) -> int:
    """The VM of an entry: one that lives there, or one that a move brings."""
    return entry if entry < num_vms else moves.vm[entry - num_vms]


@kernel
def plan_append(plan: PlanHosts, vms: PlanVms, h: int, v: int) -> None:
    """Put a VM at the end of a host's list in the plan."""
    last = plan.last[h]
    vms.previous[v], vms.next[v] = last, NOBODY
    if last == NOBODY:
        plan.first[h] = v
    else:
        vms.next[last] = v
    plan.last[h] = v
    vms.host[v] = h


@kernel
def plan_remove(plan: PlanHosts, vms: PlanVms, v: int) -> None:
    """Take a VM out of its host's list in the plan."""
    h, before, after = vms.host[v], vms.previous[v], vms.next[v]
    if before == NOBODY:
        plan.first[h] = after
    else:
        vms.next[before] = after
    if after == NOBODY:
        plan.last[h] = before
    else:
        vms.previous[after] = before
    vms.host[v] = NOBODY
