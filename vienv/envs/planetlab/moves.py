"""control="placement": pick a VM up, name its destination, commit; what CloudSim would let a plan do is legal.

0 commits; with nothing picked 1..V picks up a VM; with a VM picked 1+V..V+H sends it to a host. A host suits as in
CloudSim's isSuitableForVm on the plan's copy of the placement: a core has the MIPS that the VM asks, and so has what is
left free; memory and bandwidth bind at the initial placement only. A VM is sent twice an interval at most, which is as
often as CloudSim's own plans send one. There is no host to switch: an empty one is off.
"""

from vienv.cloudsim.enums import NOBODY
from vienv.cloudsim.places import plan_remove
from vienv.cloudsim.planning import put, tally
from vienv.cloudsim.state import Day, Histories, Hosts, Moves, PlanHosts, PlanSeries, PlanVms, Vms
from vienv.core.jit import kernel
from vienv.envs.planetlab.desk import ROOMIEST, Desk, Orders, Refusal, Roomiest

MOST_SENT = 2


@kernel
def suits(plan: PlanHosts, hosts: Hosts, vms: Vms, v: int, h: int) -> bool:
    """Whether a host of the plan has a core and free MIPS for a VM."""
    asked = vms.asked_mips[v]
    return hosts.core_mips[h] >= asked and plan.free_mips[h] >= asked


@kernel
def find_roomiest(roomiest: Roomiest, plan: PlanHosts, hosts: Hosts) -> None:
    """For each kind of server the hosts with most free MIPS: if they do not suit a VM, none does."""
    for k in range(roomiest.host.size):
        roomiest.host[k] = NOBODY
    for h in range(hosts.mips.size):
        first = hosts.curve[h] * ROOMIEST
        k = first + ROOMIEST - 1
        last = roomiest.host[k]
        if last != NOBODY and plan.free_mips[last] >= plan.free_mips[h]:
            continue
        while k > first and (
            roomiest.host[k - 1] == NOBODY or plan.free_mips[roomiest.host[k - 1]] < plan.free_mips[h]
        ):
            roomiest.host[k] = roomiest.host[k - 1]
            k -= 1
        roomiest.host[k] = h


@kernel
def refusal_of_pick(
    plan: PlanHosts, plan_vms: PlanVms, orders: Orders, roomiest: Roomiest, hosts: Hosts, vms: Vms, v: int
) -> int:
    """Why a VM may not be picked up, with nothing picked."""
    if vms.host[v] == NOBODY:
        return Refusal.VM_IS_GONE
    if orders.sent[v] == MOST_SENT:
        return Refusal.SENT_TWICE
    for k in range(roomiest.host.size):
        h = roomiest.host[k]
        if h != NOBODY and h != vms.host[v] and h != plan_vms.host[v] and suits(plan, hosts, vms, v, h):
            return Refusal.ACCEPTED
    return Refusal.NO_HOST_SUITS


@kernel
def refusal_of_destination(plan: PlanHosts, plan_vms: PlanVms, hosts: Hosts, vms: Vms, v: int, h: int) -> int:
    """Why the VM that is picked up may not be sent to a host."""
    if h == vms.host[v] or h == plan_vms.host[v]:
        return Refusal.IS_THERE
    return Refusal.ACCEPTED if suits(plan, hosts, vms, v, h) else Refusal.NOT_SUITABLE


@kernel
def send(
    moves: Moves,
    plan: PlanHosts,
    plan_vms: PlanVms,
    series: PlanSeries,
    day: Day,
    orders: Orders,
    desk: Desk,
    hosts: Hosts,
    vms: Vms,
    histories: Histories,
    h: int,
) -> int:
    """Send the VM that is picked up to a host; returns the host that it leaves in the plan."""
    v = desk.picked[0]
    source = plan_vms.host[v]
    plan_remove(plan, plan_vms, v)
    tally(plan, plan_vms, hosts, vms, source)
    put(plan, plan_vms, series, day, hosts, vms, histories, h, v)
    k = day.num_moves[0]
    moves.vm[k], moves.target[k] = v, h
    day.num_moves[0] = k + 1
    orders.sent[v] += 1
    desk.picked[0] = NOBODY
    return source
