"""What VirtualCenter shows of a cluster, as CloudSim's planner takes it.

Capacity and demand are shares of the largest host, as shown; demands are planned means of five minutes. A host's watts
are a straight line from idle to peak, the speed of one core, which is not shown, is that of the whole host, and memory
binds, as it never does in CloudSim. Hosts that failed, take no VM or belong to another cluster than the one asked for
have none to give, and VMs that do not run are left out. A host that is on and holds no VM is the same to CloudSim as
one asleep.
"""

import math

from vienv.baselines.reading import Mask, Placement, Rows, cluster_of, is_closed, value
from vienv.cloudsim import state as s
from vienv.cloudsim.enums import CURVE_POINTS, NOBODY
from vienv.cloudsim.places import append
from vienv.cloudsim.planning import copy_placement, find_target
from vienv.core.columns import HostColumn, VmColumn
from vienv.core.jit import kernel
from vienv.core.state import FloatArray, IntArray

EVERYWHERE = -1
"""In place of a cluster: all of them."""


@kernel
def write(
    f: FloatArray, i: IntArray, spans: IntArray, hosts: Rows, vms: Rows, placement: Placement, cluster: int
) -> None:
    """Write who is where and what everybody asks in a cluster, or in all of them (EVERYWHERE)."""
    _write_hosts(s.hosts_of(f, i, spans), s.curves_of(f, i, spans), hosts, cluster)
    _write_vms(s.vms_of(f, i, spans), s.hosts_of(f, i, spans), s.places_of(f, i, spans), vms, placement)


@kernel
def _write_hosts(to: s.Hosts, curves: s.Curves, hosts: Rows, cluster: int) -> None:
    for h in range(hosts.shape[0]):
        to.mips[h] = to.core_mips[h] = value(hosts, h, HostColumn.CPU_CAPACITY)
        to.used_mips[h] = value(hosts, h, HostColumn.LOAD_5) * to.mips[h]
        is_out = value(hosts, h, HostColumn.FAILED) > 0.0 or is_closed(hosts, h)
        is_asked = cluster == EVERYWHERE or cluster_of(hosts, h) == cluster
        is_there = value(hosts, h, HostColumn.VALID) > 0.0 and is_asked and not is_out
        to.ram_mb[h] = value(hosts, h, HostColumn.MEMORY_CAPACITY) if is_there else -math.inf
        to.first[h] = to.last[h] = NOBODY
        to.curve[h], to.buckets[h] = h, 1
        idle, peak = value(hosts, h, HostColumn.IDLE_POWER), value(hosts, h, HostColumn.PEAK_POWER)
        for k in range(CURVE_POINTS):
            curves.watts[h * CURVE_POINTS + k] = idle + (peak - idle) * k / (CURVE_POINTS - 1)


@kernel
def _write_vms(to: s.Vms, to_hosts: s.Hosts, places: s.Places, vms: Rows, placement: Placement) -> None:
    for v in range(vms.shape[0]):
        to.mips[v] = 1.0
        to.fraction[v] = to.asked_mips[v] = value(vms, v, VmColumn.DEMAND_5)
        to.ram_mb[v] = value(vms, v, VmColumn.MIGRATION_TIME)
        to.asked_ram_mb[v] = value(vms, v, VmColumn.MEMORY_DEMAND)
        h = int(placement[v])
        if h >= 0 and value(vms, v, VmColumn.RUNNING) > 0.0 and to_hosts.ram_mb[h] > 0.0:
            to.host[v] = h
            append(to_hosts, places, h, v)
        else:
            to.host[v] = NOBODY


@kernel
def host_for(f: FloatArray, i: IntArray, spans: IntArray, v: int, mask: Mask, first: int) -> int:
    """The legal host that CloudSim would place an arriving VM on; NOBODY if it would place it on none."""
    plan, day = s.plan_hosts_of(f, i, spans), s.day_of(f, i, spans)
    plan_vms, hosts, vms = s.plan_vms_of(f, i, spans), s.hosts_of(f, i, spans), s.vms_of(f, i, spans)
    curves = s.curves_of(f, i, spans)
    copy_placement(plan, plan_vms, s.places_of(f, i, spans), hosts, vms, curves)
    n = 0
    for h in range(hosts.mips.size):
        if mask[first + h] != 0:
            plan.candidate[n] = h
            n += 1
    day.num_candidates[0] = n
    return find_target(
        plan,
        s.plan_series_of(f, i, spans),
        s.room_of(f, i, spans),
        plan_vms,
        day,
        hosts,
        vms,
        s.histories_of(f, i, spans),
        curves,
        s.judgement_of(f, i, spans),
        v,
    )
