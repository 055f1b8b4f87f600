"""consolidate: THR-MMT with best-fit decreasing by power, the classic of the consolidation literature.

Beloglazov and Buyya, Concurrency and Computation 24(13), 2012. A host above the threshold gives up VMs, least
migration time (least memory) first, until it is below; each goes where it raises power least. Then the least-loaded
host whose VMs all fit elsewhere below the threshold is ordered to standby. A host is woken when an overloaded one
finds no room. As there, only load of now counts: no balance, no costs. Differences from CloudSim: VMs are placed one
after another, not sorted over all hosts, since every command is seen before the next; VirtualCenter empties a host,
by its own rule; a sleeping host is not free. Arrivals are placed by the same rule.

pack-once does this in the first interval only: what one good packing is worth without ever looking again.
"""

import math

import numpy as np
from numpy.typing import NDArray

from vienv.baselines import whatif
from vienv.baselines.policy import CLUSTER, COMMIT, Observation, block
from vienv.baselines.reading import Mask, Placement, Rows, value
from vienv.core.columns import ClusterColumn, HostColumn, VmColumn
from vienv.core.jit import crossing, kernel, ready

THRESHOLD = 0.8
"""THR's utilisation threshold in the paper's comparison."""
_FULL_MEMORY = 1.0
_PICKED = len(ClusterColumn)
"""Where the picked VM's row begins in the cluster's."""


@kernel
def choose(
    hosts: Rows, vms: Rows, placement: Placement, cluster: Rows, mask: Mask, threshold: float, is_packing: bool
) -> int:
    """The next action on Cluster-v0 in one cluster; only arrivals are placed unless is_packing."""
    first: int = 1 + vms.shape[0]
    if cluster[ClusterColumn.IS_PICKED] > 0:
        return first + _destination_of_picked(hosts, cluster, mask, first, threshold)
    for v in range(vms.shape[0]):
        if value(vms, v, VmColumn.WAITING) > 0.0 and mask[1 + v] != 0:
            return 1 + v
    if not is_packing:
        return COMMIT
    is_short = False
    for h in range(hosts.shape[0]):
        if value(hosts, h, HostColumn.ON) == 0.0 or value(hosts, h, HostColumn.LOAD_5) <= threshold:
            continue
        v = quickest_to_move(vms, placement, mask, h)
        if v != whatif.NOWHERE and _has_destination(hosts, vms, v, h, threshold):
            return 1 + v
        is_short = True
    h = _host_to_wake(hosts, mask, first) if is_short else _host_to_sleep(hosts, vms, placement, mask, first, threshold)
    return COMMIT if h == whatif.NOWHERE else first + h


@kernel
def quickest_to_move(vms: Rows, placement: Placement, mask: Mask, h: int) -> int:
    """Minimum migration time: the VM on host h that may move and is copied soonest; NOWHERE if none may."""
    best, least = whatif.NOWHERE, math.inf
    for v in range(vms.shape[0]):
        if placement[v] == h and mask[1 + v] != 0 and value(vms, v, VmColumn.MIGRATION_TIME) < least:
            best, least = v, value(vms, v, VmColumn.MIGRATION_TIME)
    return best


@kernel
def _has_destination(hosts: Rows, vms: Rows, v: int, source: int, threshold: float) -> bool:
    """Whether another host takes VM v and stays within the threshold."""
    demand, memory = value(vms, v, VmColumn.DEMAND_5), value(vms, v, VmColumn.MEMORY_DEMAND)
    for h in range(hosts.shape[0]):
        load = value(hosts, h, HostColumn.LOAD_5)
        if h != source and value(hosts, h, HostColumn.ON) > 0.0 and value(hosts, h, HostColumn.MAINTENANCE) == 0.0:
            load += demand / value(hosts, h, HostColumn.CPU_CAPACITY)
            if load <= threshold and _memory_after(hosts, h, memory) <= _FULL_MEMORY:
                return True
    return False


@kernel
def _destination_of_picked(hosts: Rows, cluster: Rows, mask: Mask, first: int, threshold: float) -> int:
    """The legal host within the threshold whose power rises least; failing that, the least loaded after it."""
    best, least, spare, spare_load = whatif.NOWHERE, math.inf, 0, math.inf
    memory = np.float64(cluster[_PICKED + VmColumn.MEMORY_DEMAND])
    for h in range(hosts.shape[0]):
        if mask[first + h] == 0:
            continue
        load = value(hosts, h, HostColumn.LOAD_AFTER)
        if load < spare_load:
            spare, spare_load = h, load
        watts = value(hosts, h, HostColumn.PEAK_POWER) - value(hosts, h, HostColumn.IDLE_POWER)
        rise = watts * (load - value(hosts, h, HostColumn.LOAD_5))
        if load <= threshold and _memory_after(hosts, h, memory) <= _FULL_MEMORY and rise < least:
            best, least = h, rise
    return spare if best == whatif.NOWHERE else best


@kernel
def _memory_after(hosts: Rows, h: int, memory: float) -> float:
    return value(hosts, h, HostColumn.MEMORY_DEMAND) + memory / value(hosts, h, HostColumn.MEMORY_CAPACITY)


@kernel
def _host_to_wake(hosts: Rows, mask: Mask, first: int) -> int:
    """The host in standby that idles cheapest, unless one is coming already."""
    best, cheapest = whatif.NOWHERE, math.inf
    for h in range(hosts.shape[0]):
        if value(hosts, h, HostColumn.COMING) > 0.0:
            return whatif.NOWHERE
        is_asleep = value(hosts, h, HostColumn.STANDBY) > 0.0 and mask[first + h] != 0
        if is_asleep and value(hosts, h, HostColumn.IDLE_POWER) < cheapest:
            best, cheapest = h, value(hosts, h, HostColumn.IDLE_POWER)
    return best


@kernel
def _host_to_sleep(hosts: Rows, vms: Rows, placement: Placement, mask: Mask, first: int, threshold: float) -> int:
    """The least-loaded host whose VMs all fit elsewhere within the threshold."""
    is_tried = np.zeros(hosts.shape[0], np.int64)
    for _ in range(hosts.shape[0]):
        best, least = whatif.NOWHERE, math.inf
        for h in range(hosts.shape[0]):
            if value(hosts, h, HostColumn.COMING) > 0.0:
                return whatif.NOWHERE
            is_candidate = is_tried[h] == 0 and value(hosts, h, HostColumn.ON) > 0.0 and mask[first + h] != 0
            if is_candidate and value(hosts, h, HostColumn.LOAD_5) < least:
                best, least = h, value(hosts, h, HostColumn.LOAD_5)
        if best == whatif.NOWHERE:
            return best
        is_tried[best] = 1
        fleet = whatif.sketch(hosts, vms, placement, whatif.WINDOW_5)
        is_settled = whatif.settle(fleet, hosts, vms, whatif.WINDOW_5, threshold, 0.0)
        if is_settled and whatif.empty(fleet, vms, whatif.WINDOW_5, best, threshold, 0.0):
            return best
    return whatif.NOWHERE


@crossing(
    "void(int64[::1], float32[:,:,::1], float32[:,:,::1], int32[:,::1], float32[:,::1], int8[:,::1], int8[::1],"
    " float64)"
)
def _play(
    actions: NDArray[np.int64],
    hosts: Rows,
    vms: Rows,
    placement: Placement,
    cluster: Rows,
    mask: Mask,
    is_packing: NDArray[np.int8],
    threshold: float,
) -> None:
    """Choose in every cluster of the batch."""
    for e in range(actions.size):
        actions[e] = choose(hosts[e], vms[e], placement[e], cluster[e], mask[e], threshold, is_packing[e] != 0)


class Consolidate:
    """THR-MMT in every interval, or in the first one only."""

    env_id = CLUSTER

    def __init__(self, name: str = "consolidate", packs_once: bool = False) -> None:
        """packs_once: after its first commit a cluster is never packed again."""
        self.name = name
        self.settings = (THRESHOLD, packs_once)
        ready(_play)

    def reset(self, num_envs: int, seed: int = 0) -> None:
        """Every cluster may be packed again."""
        self._is_packing = np.ones(num_envs, dtype=np.int8)

    def act(self, observation: Observation, action_mask: NDArray[np.int8]) -> NDArray[np.int64]:
        """The next pick, destination or toggle in each cluster, else commit."""
        threshold, packs_once = self.settings
        actions = np.zeros(len(action_mask), dtype=np.int64)
        hosts, vms, placement, cluster = (block(observation, name) for name in ("hosts", "vms", "placement", "cluster"))
        mask = np.ascontiguousarray(action_mask, dtype=np.int8)
        _play(actions, hosts, vms, placement, cluster, mask, self._is_packing, threshold)
        if packs_once:
            self._is_packing[actions == COMMIT] = 0
        return actions


def pack_once() -> Consolidate:
    """Consolidates in the first interval, then places arrivals and commits for ever."""
    return Consolidate("pack-once", packs_once=True)
