"""Resource pools as a tree of reservations: what a pool has left, and from whom it borrows.

A VM is powered on only if its pool has its reservations of CPU and memory unreserved. What a pool reserves of its
parent counts there whether or not its VMs use it. A pool that is expandable borrows what it lacks from its parent, and
that from its own, up to the cluster's root, whose room is that of the hosts; none reserves beyond its limit (vSphere
Resource Management Guide, "Expandable Reservations"). HA's restarts are not asked: pools count for power-ons by
VirtualCenter only. Left out: the VMkernel's overhead for a VM, which a pool's memory reservation must hold as well.
"""

from vienv.core.enums import NO_POOL, VmState
from vienv.core.jit import kernel
from vienv.core.state import FloatArray, Pools, Vms


@kernel
def admits(pools: Pools, vms: Vms, v: int) -> bool:
    """Whether VM v's pool has, or may borrow, what v reserves."""
    p, mhz, mb = vms.pool[v], vms.cpu_reservation_mhz[v], vms.memory_reservation_mb[v]
    if p == NO_POOL or (mhz == 0.0 and mb == 0.0):
        return True
    reserve(pools, vms)
    return _lends(pools, pools.reservation_mhz, pools.limit_mhz, pools.reserved_mhz, p, mhz) and _lends(
        pools, pools.memory_reservation_mb, pools.memory_limit_mb, pools.reserved_mb, p, mb
    )


@kernel
def reserve(pools: Pools, vms: Vms) -> None:
    """Write what powered-on VMs reserve of their pool, and pools of their parent: reserved_mhz and reserved_mb."""
    for p in range(pools.shares.size):
        pools.reserved_mhz[p] = pools.reserved_mb[p] = 0.0
    for v in range(vms.state.size):
        is_powered_on = vms.state[v] == VmState.RUNNING or vms.state[v] == VmState.STARTING
        if is_powered_on and vms.pool[v] != NO_POOL:
            pools.reserved_mhz[vms.pool[v]] += vms.cpu_reservation_mhz[v]
            pools.reserved_mb[vms.pool[v]] += vms.memory_reservation_mb[v]
    for p in range(pools.shares.size - 1, 0, -1):
        q = pools.parent[p]
        if q != NO_POOL:
            pools.reserved_mhz[q] += max(pools.reservation_mhz[p], pools.reserved_mhz[p])
            pools.reserved_mb[q] += max(pools.memory_reservation_mb[p], pools.reserved_mb[p])


@kernel
def borrowed_mhz(pools: Pools, p: int) -> float:
    """What CPU pool p has borrowed from its parent. Needs `reserve`."""
    return max(0.0, pools.reserved_mhz[p] - pools.reservation_mhz[p])


@kernel
def _lends(
    pools: Pools, reservation: FloatArray, limit: FloatArray, reserved: FloatArray, p: int, lacking: float
) -> bool:
    """Whether pool p has so much of one resource that it has reserved itself and nobody in it has, or may borrow it."""
    while p != NO_POOL and lacking > 0.0:
        if reserved[p] + lacking > limit[p]:
            return False
        lacking = max(0.0, lacking - max(0.0, reservation[p] - reserved[p]))
        if lacking > 0.0 and pools.is_expandable[p] == 0:
            return False
        p = pools.parent[p]
    return True
