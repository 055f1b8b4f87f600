"""Which VM leaves an overloaded host: CloudSim's four selections. Ties go to the first in the host's list.

Minimum migration time is least memory, since all links are alike. Maximum correlation (Beloglazov and Buyya 2012) is
the VM whose history the others' explain best; where they cannot be regressed on, minimum migration time decides.
"""

import math

from vienv.cloudsim.correlation import most_correlated
from vienv.cloudsim.enums import HISTORY, NOBODY, RING, Selection
from vienv.cloudsim.javarandom import next_int
from vienv.cloudsim.state import Day, Histories, PlanHosts, PlanVms, Room, Vms
from vienv.core.jit import kernel


@kernel
def select(
    plan_vms: PlanVms,
    room: Room,
    day: Day,
    plan: PlanHosts,
    vms: Vms,
    histories: Histories,
    selection: int,
    h: int,
) -> int:
    """The VM that leaves host h of the plan; NOBODY if it holds none."""
    if plan.first[h] == NOBODY:
        return NOBODY
    if selection == Selection.RS:
        return _at_random(plan_vms, day, plan, h)
    if selection == Selection.MC:
        v = _best_explained(plan_vms, room, day, plan, histories, h)
        if v != NOBODY:
            return v
    best, least = NOBODY, math.inf
    v = plan.first[h]
    while v != NOBODY:
        metric = vms.fraction[v] * vms.mips[v] / vms.mips[v] if selection == Selection.MU else vms.ram_mb[v]
        if metric < least:
            best, least = v, metric
        v = plan_vms.next[v]
    return best


@kernel
def _gather(plan_vms: PlanVms, plan: PlanHosts, h: int) -> int:
    """Write the VMs of a host into `members`; how many they are."""
    n, v = 0, plan.first[h]
    while v != NOBODY:
        plan_vms.members[n] = v
        n += 1
        v = plan_vms.next[v]
    return n


@kernel
def _at_random(plan_vms: PlanVms, day: Day, plan: PlanHosts, h: int) -> int:
    state, k = next_int(day.random_state[0], _gather(plan_vms, plan, h))
    day.random_state[0] = state
    return plan_vms.members[k]


@kernel
def _best_explained(plan_vms: PlanVms, room: Room, day: Day, plan: PlanHosts, histories: Histories, h: int) -> int:
    n = _gather(plan_vms, plan, h)
    if n > HISTORY:
        return NOBODY
    k = most_correlated(histories.fraction, plan_vms.members, day.newest[0], n, day.num_samples[0], RING, room.values)
    return NOBODY if k < 0 else plan_vms.members[k]
