"""What-if: a sketch of the fleet's load in which DPM tries moves before it asks for any.

DPM simulates DRS on a copy of the cluster (VMware, "VMware Distributed Power Management: Concepts and Use", 2010): a
host is emptied by DRS's rule, largest demand first to the least-loaded host with room, or one too many is lent to the
full ones. A host's utilisation is the mean demand of a window plus two standard deviations, and variances of VMs add
up. Left out: rules and reservations, which the action mask has already judged.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vienv.baselines.reading import Placement, Rows, cluster_of, is_closed, value
from vienv.core.columns import HostColumn, VmColumn
from vienv.core.jit import kernel

WINDOW_5, WINDOW_40, WINDOW_60 = 0, 1, 2
"""VirtualCenter's windows, as steps from the columns of the shortest one."""
NOWHERE = -1


class Fleet(NamedTuple):
    """Planned load by host (H,) and where each VM is (V,); all shares of the cluster's largest host."""

    cpu: NDArray[np.float64]
    variance: NDArray[np.float64]
    memory: NDArray[np.float64]
    cpu_capacity: NDArray[np.float64]
    memory_capacity: NDArray[np.float64]
    takes_load: NDArray[np.int64]  # 1: on and connected in the sketch; such hosts are scored and receive
    location: NDArray[np.int64]  # host of each VM; NOWHERE if none
    members: NDArray[np.int64]  # scratch: VMs of the host that is being emptied or relieved, by index


@kernel
def sketch(hosts: Rows, vms: Rows, placement: Placement, window: int, cluster: int) -> Fleet:
    """A cluster's fleet as planned: what is queued or in flight counts at its destination; others' hosts take none."""
    num_hosts, num_vms = hosts.shape[0], vms.shape[0]
    fleet = Fleet(
        np.zeros(num_hosts),
        np.zeros(num_hosts),
        np.zeros(num_hosts),
        np.zeros(num_hosts),
        np.zeros(num_hosts),
        np.zeros(num_hosts, np.int64),
        np.zeros(num_vms, np.int64),
        np.zeros(num_vms, np.int64),
    )
    for h in range(num_hosts):
        fleet.cpu_capacity[h] = value(hosts, h, HostColumn.CPU_CAPACITY)
        fleet.memory_capacity[h] = value(hosts, h, HostColumn.MEMORY_CAPACITY)
        fleet.cpu[h] = value(hosts, h, HostColumn.LOAD_5 + window) * fleet.cpu_capacity[h]
        deviation = value(hosts, h, HostColumn.DEVIATION_5 + window) * fleet.cpu_capacity[h]
        fleet.variance[h] = deviation * deviation
        fleet.memory[h] = value(hosts, h, HostColumn.MEMORY_DEMAND) * fleet.memory_capacity[h]
        is_on = value(hosts, h, HostColumn.ON) > 0.0 and not is_closed(hosts, h)
        fleet.takes_load[h] = 1 if is_on and cluster_of(hosts, h) == cluster else 0
    for v in range(num_vms):
        fleet.location[v] = int(placement[v]) if value(vms, v, VmColumn.VALID) > 0.0 else NOWHERE
    return fleet


@kernel
def copy(fleet: Fleet, source: Fleet) -> None:
    """Make one sketch equal to another."""
    for h in range(source.cpu.size):
        fleet.cpu[h], fleet.variance[h], fleet.memory[h] = source.cpu[h], source.variance[h], source.memory[h]
        fleet.cpu_capacity[h], fleet.memory_capacity[h] = source.cpu_capacity[h], source.memory_capacity[h]
        fleet.takes_load[h] = source.takes_load[h]
    for v in range(source.location.size):
        fleet.location[v] = source.location[v]


@kernel
def cpu_utilisation(fleet: Fleet, h: int, deviations: float) -> float:
    """Mean demand and so many standard deviations, over capacity."""
    demand: float = fleet.cpu[h] + deviations * math.sqrt(max(0.0, fleet.variance[h]))
    capacity: float = fleet.cpu_capacity[h]
    return demand / capacity


@kernel
def memory_utilisation(fleet: Fleet, h: int) -> float:
    """Memory demand over capacity."""
    demand: float = fleet.memory[h]
    capacity: float = fleet.memory_capacity[h]
    return demand / capacity


@kernel
def utilisation(fleet: Fleet, h: int, deviations: float) -> float:
    """The fuller of the host's two resources, CPU and memory."""
    return max(cpu_utilisation(fleet, h, deviations), memory_utilisation(fleet, h))


@kernel
def high_score(fleet: Fleet, high: float, deviations: float) -> float:
    """How far hosts are above the band: root of the summed squares, CPU and memory each (either one triggers)."""
    total = 0.0
    for h in range(fleet.cpu.size):
        if fleet.takes_load[h] == 1:
            cpu = max(0.0, cpu_utilisation(fleet, h, deviations) - high)
            memory = max(0.0, memory_utilisation(fleet, h) - high)
            total += cpu * cpu + memory * memory
    return math.sqrt(total)


@kernel
def low_score(fleet: Fleet, low: float, deviations: float) -> float:
    """How far hosts are below the band with CPU and memory both: root of the summed squares."""
    total = 0.0
    for h in range(fleet.cpu.size):
        if fleet.takes_load[h] == 1:
            gap = max(0.0, low - utilisation(fleet, h, deviations))
            total += gap * gap
    return math.sqrt(total)


@kernel
def empty(fleet: Fleet, vms: Rows, window: int, source: int, high: float, deviations: float) -> bool:
    """Move every VM off the source, which then takes no load; False if one finds no host that stays within the band."""
    fleet.takes_load[source] = 0
    count = _gather(fleet, source)
    for _ in range(count):
        v = _largest(fleet, vms, window, source, count, math.inf)
        if v == NOWHERE:
            return True
        target = _receiver(fleet, vms, window, v, high, deviations)
        if target == NOWHERE:
            return False
        _move(fleet, vms, window, v, target)
    return True


@kernel
def settle(fleet: Fleet, hosts: Rows, vms: Rows, window: int, cluster: int, high: float, deviations: float) -> bool:
    """Put the VMs of the cluster's hosts that are entering standby where they will go; False if they do not fit."""
    fits = True
    for h in range(hosts.shape[0]):
        if value(hosts, h, HostColumn.ENTERING_STANDBY) > 0.0 and cluster_of(hosts, h) == cluster:
            fits = empty(fleet, vms, window, h, high, deviations) and fits
    return fits


@kernel
def relieve(fleet: Fleet, vms: Rows, window: int, high: float, deviations: float) -> None:
    """Move VMs off hosts above the band, the largest that find a host which stays within it."""
    for h in range(fleet.cpu.size):
        if fleet.takes_load[h] == 0:
            continue
        count = _gather(fleet, h)
        for _ in range(count):
            if utilisation(fleet, h, deviations) <= high:
                break
            v, target = NOWHERE, NOWHERE
            bound = math.inf
            for _ in range(count):
                v = _largest(fleet, vms, window, h, count, bound)
                if v == NOWHERE:
                    break
                target = _receiver(fleet, vms, window, v, high, deviations)
                if target != NOWHERE:
                    break
                bound = value(vms, v, VmColumn.DEMAND_5 + window)
            if v == NOWHERE or target == NOWHERE:
                break
            _move(fleet, vms, window, v, target)


@kernel
def _gather(fleet: Fleet, h: int) -> int:
    """List the VMs of host h in fleet.members, by index; their number. None joins while it is emptied or relieved."""
    count = 0
    for v in range(fleet.location.size):
        if fleet.location[v] == h:
            fleet.members[count] = v
            count += 1
    return count


@kernel
def _largest(fleet: Fleet, vms: Rows, window: int, h: int, count: int, below: float) -> int:
    """The VM of largest demand, smaller than `below`, among the members that are still on host h."""
    best, best_demand = NOWHERE, -1.0
    for k in range(count):
        v = fleet.members[k]
        demand = value(vms, v, VmColumn.DEMAND_5 + window)
        if fleet.location[v] == h and best_demand < demand < below:
            best, best_demand = v, demand
    return best


@kernel
def _receiver(fleet: Fleet, vms: Rows, window: int, v: int, high: float, deviations: float) -> int:
    """The host that is least loaded with VM v among those that stay within the band; NOWHERE if there is none."""
    best, best_load = NOWHERE, math.inf
    demand, deviation = value(vms, v, VmColumn.DEMAND_5 + window), value(vms, v, VmColumn.DEVIATION_5 + window)
    memory = value(vms, v, VmColumn.MEMORY_DEMAND)
    for h in range(fleet.cpu.size):
        if fleet.takes_load[h] == 0 or fleet.location[v] == h:
            continue
        load = (fleet.cpu[h] + demand) / fleet.cpu_capacity[h]
        if load >= best_load or (fleet.memory[h] + memory) / fleet.memory_capacity[h] > high:
            continue
        peak = (
            load + deviations * math.sqrt(max(0.0, fleet.variance[h] + deviation * deviation)) / fleet.cpu_capacity[h]
        )
        if peak <= high:
            best, best_load = h, load
    return best


@kernel
def _move(fleet: Fleet, vms: Rows, window: int, v: int, target: int) -> None:
    source = fleet.location[v]
    demand, deviation = value(vms, v, VmColumn.DEMAND_5 + window), value(vms, v, VmColumn.DEVIATION_5 + window)
    memory = value(vms, v, VmColumn.MEMORY_DEMAND)
    fleet.cpu[source] -= demand
    fleet.variance[source] -= deviation * deviation
    fleet.memory[source] -= memory
    fleet.cpu[target] += demand
    fleet.variance[target] += deviation * deviation
    fleet.memory[target] += memory
    fleet.location[v] = target
