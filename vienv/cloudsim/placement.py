"""Where VMs go at t = 0: in the order of their numbers, each asking all of its MIPS and memory.

Policies that migrate place by the plan's rule, under which an empty host raises power least, so that VMs spread one to
a host until hosts run out. The others take the first host that has room. Memory binds here and never again. VMs that
find no host are not created.
"""

from vienv.cloudsim.enums import NOBODY, Detector
from vienv.cloudsim.places import append
from vienv.cloudsim.planning import copy_placement, find_target, put
from vienv.cloudsim.state import (
    Curves,
    Day,
    Histories,
    Hosts,
    Judgement,
    Places,
    PlanHosts,
    PlanSeries,
    PlanVms,
    Room,
    Vms,
)
from vienv.core.jit import kernel


@kernel
def place(
    hosts: Hosts,
    vms: Vms,
    places: Places,
    plan: PlanHosts,
    plan_vms: PlanVms,
    series: PlanSeries,
    room: Room,
    day: Day,
    histories: Histories,
    curves: Curves,
    judgement: Judgement,
) -> None:
    """Place every VM."""
    copy_placement(plan, plan_vms, places, hosts, vms, curves)
    num_hosts = hosts.mips.size
    for h in range(num_hosts):
        plan.candidate[h] = h
    day.num_candidates[0] = num_hosts
    for v in range(vms.mips.size):
        vms.asked_mips[v], vms.asked_ram_mb[v] = vms.mips[v], vms.ram_mb[v]
        if judgement.detector[0] <= Detector.DVFS:
            h = _first_with_room(plan, hosts, vms, v)
        else:
            h = find_target(plan, series, room, plan_vms, day, hosts, vms, histories, curves, judgement, v)
        if h != NOBODY:
            put(plan, plan_vms, series, day, hosts, vms, histories, h, v)
            plan.asked_mips[h] = 0.0  # nothing runs on it yet
            append(hosts, places, h, v)
            vms.host[v] = h
        vms.asked_mips[v] = vms.asked_ram_mb[v] = 0.0


@kernel
def _first_with_room(plan: PlanHosts, hosts: Hosts, vms: Vms, v: int) -> int:
    for h in range(hosts.mips.size):
        has_mips = hosts.core_mips[h] >= vms.mips[v] and plan.free_mips[h] >= vms.mips[v]
        if has_mips and plan.free_ram_mb[h] >= vms.ram_mb[v]:
            return h
    return NOBODY
