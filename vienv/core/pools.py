"""Resource pools as a tree of reservations: what a pool has left, and from whom it borrows.

A VM is powered on only if its pool has its CPU reservation unreserved. What a pool reserves of its parent counts there
whether or not its VMs use it. A pool that is expandable borrows what it lacks from its parent, and that from its own,
up to the cluster's root, whose room is that of the hosts; none reserves beyond its limit (vSphere Resource Management
Guide, "Expandable Reservations"). HA's restarts are not asked: pools count for power-ons by VirtualCenter only. Left
out: pools' memory.
"""

from vienv.core.enums import NO_POOL, VmState
from vienv.core.jit import kernel
from vienv.core.state import Pools, Vms


@kernel
def admits(pools: Pools, vms: Vms, v: int) -> bool:
    """Whether VM v's pool has, or may borrow, what v reserves."""
    lacking_mhz, p = vms.cpu_reservation_mhz[v], vms.pool[v]
    if p == NO_POOL or lacking_mhz == 0.0:
        return True
    reserve(pools, vms)
    while p != NO_POOL and lacking_mhz > 0.0:
        if pools.reserved_mhz[p] + lacking_mhz > pools.limit_mhz[p]:
            return False
        lacking_mhz = max(0.0, lacking_mhz - _free_mhz(pools, p))
        if lacking_mhz > 0.0 and pools.is_expandable[p] == 0:
            return False
        p = pools.parent[p]
    return True


@kernel
def reserve(pools: Pools, vms: Vms) -> None:
    """Write pools.reserved_mhz: what powered-on VMs reserve of their pool, and pools of their parent."""
    for p in range(pools.shares.size):
        pools.reserved_mhz[p] = 0.0
    for v in range(vms.state.size):
        is_powered_on = vms.state[v] == VmState.RUNNING or vms.state[v] == VmState.STARTING
        if is_powered_on and vms.pool[v] != NO_POOL:
            pools.reserved_mhz[vms.pool[v]] += vms.cpu_reservation_mhz[v]
    for p in range(pools.shares.size - 1, 0, -1):
        if pools.parent[p] != NO_POOL:
            pools.reserved_mhz[pools.parent[p]] += max(pools.reservation_mhz[p], pools.reserved_mhz[p])


@kernel
def borrowed_mhz(pools: Pools, p: int) -> float:
    """What pool p has borrowed from its parent. Needs `reserve`."""
    return max(0.0, pools.reserved_mhz[p] - pools.reservation_mhz[p])


@kernel
def _free_mhz(pools: Pools, p: int) -> float:
    """What pool p has reserved itself and nobody in it has."""
    return max(0.0, pools.reservation_mhz[p] - pools.reserved_mhz[p])
