"""How a host that is short of memory divides it where there are resource pools: level by level, as CPU is.

A pool is a sibling of the VMs beside it: its shares per page, with its idle pages taxed as a VM's are, say what it may
keep, and that is divided likewise among the VMs and pools in it. Shares, reservation and limit of a pool count on each
host in the ratio of the shares that its powered-on VMs and its pools have there to those that they have in the whole
cluster (vSphere Resource Management Guide, "Managing Resource Pools"; Waldspurger, OSDI 2002, for shares per page). A
pool keeps what its members may not lose, and beyond it what it has reserved, as far as they hold it and the host has
it. Its limit binds on a host that is not short as well. UNSOURCED: the tax on a pool. Left out: swapping for a pool's
limit beyond what its balloons reach.
"""

from vienv.core.enums import NO_POOL, VmState
from vienv.core.jit import kernel
from vienv.core.shares import level_out
from vienv.core.state import NEVER, Entitlements, Pools, Vms


@kernel
def has_limits(pools: Pools) -> bool:
    """Whether any pool has a memory limit."""
    least_mb = NEVER
    for p in range(pools.shares.size):
        least_mb = min(least_mb, pools.memory_limit_mb[p])
    return least_mb < NEVER


@kernel
def count_running_shares(pools: Pools, vms: Vms) -> None:
    """Write pools.running_memory_shares. Parents stand before their children."""
    for p in range(pools.shares.size):
        pools.running_memory_shares[p] = 0.0
    for v in range(vms.state.size):
        if vms.pool[v] != NO_POOL and _is_powered_on(vms.state[v]):
            pools.running_memory_shares[vms.pool[v]] += vms.memory_shares[v]
    for p in range(pools.shares.size - 1, 0, -1):
        if pools.parent[p] != NO_POOL and pools.running_memory_shares[p] > 0.0:
            pools.running_memory_shares[pools.parent[p]] += pools.memory_shares[p]


@kernel
def divide(
    entitlements: Entitlements,
    pools: Pools,
    vms: Vms,
    first: int,
    n: int,
    room_mb: float,
    idle_tax: float,
    limits_bind: bool,
) -> None:
    """Write entitlements.granted_mb of a host's powered-on VMs, whose floor_mb, cap_mb and weight are written."""
    _tally(entitlements, pools, vms, first, n, limits_bind)
    _divide_level(entitlements, pools, vms, first, n, NO_POOL, room_mb, idle_tax)
    for p in range(pools.shares.size):
        if pools.host_memory_shares[p] > 0.0:
            _divide_level(entitlements, pools, vms, first, n, p, pools.host_granted_mb[p], idle_tax)


@kernel
def _tally(entitlements: Entitlements, pools: Pools, vms: Vms, first: int, n: int, limits_bind: bool) -> None:
    """Add up what each pool's VMs and its pools hold of shares on one host, must keep and may keep."""
    for p in range(pools.shares.size):
        pools.host_memory_shares[p] = pools.host_floor_mb[p] = pools.host_cap_mb[p] = 0.0
        pools.host_active_mb[p] = pools.host_touched_mb[p] = pools.host_reserved_mb[p] = 0.0
    for i in range(first, first + n):
        v = vms.by_host[i]
        p = vms.pool[v]
        if p == NO_POOL or not _is_powered_on(vms.state[v]):
            continue
        pools.host_memory_shares[p] += vms.memory_shares[v]
        pools.host_floor_mb[p] += entitlements.floor_mb[v]
        pools.host_reserved_mb[p] += entitlements.floor_mb[v]
        pools.host_cap_mb[p] += entitlements.cap_mb[v]
        pools.host_active_mb[p] += min(vms.active_mb[v], vms.touched_mb[v])
        pools.host_touched_mb[p] += vms.touched_mb[v]
    for p in range(pools.shares.size - 1, -1, -1):
        if pools.host_memory_shares[p] == 0.0:
            continue
        part, q = _part(pools, p), pools.parent[p]
        if limits_bind:
            limit_mb = part * pools.memory_limit_mb[p]
            pools.host_cap_mb[p] = max(pools.host_floor_mb[p], min(pools.host_cap_mb[p], limit_mb))
        reserved_mb = max(pools.host_reserved_mb[p], part * pools.memory_reservation_mb[p])
        pools.host_reserved_mb[p] = max(pools.host_floor_mb[p], min(reserved_mb, pools.host_cap_mb[p]))
        if q != NO_POOL:
            pools.host_memory_shares[q] += part * pools.memory_shares[p]
            pools.host_floor_mb[q] += pools.host_floor_mb[p]
            pools.host_reserved_mb[q] += pools.host_reserved_mb[p]
            pools.host_cap_mb[q] += pools.host_cap_mb[p]
            pools.host_active_mb[q] += pools.host_active_mb[p]
            pools.host_touched_mb[q] += pools.host_touched_mb[p]


@kernel
def _part(pools: Pools, p: int) -> float:
    """How much of pool p counts on this host."""
    return pools.host_memory_shares[p] / pools.running_memory_shares[p]


@kernel
def _divide_level(
    entitlements: Entitlements,
    pools: Pools,
    vms: Vms,
    first: int,
    n: int,
    parent: int,
    room_mb: float,
    idle_tax: float,
) -> None:
    """Divide what a pool (NO_POOL: the host) may keep among the VMs and the pools in it."""
    k, floor_mb = _claim_vms(entitlements, vms, first, n, parent)
    k = _claim_pools(pools, vms, parent, k, max(0.0, room_mb - floor_mb), idle_tax)
    level_out(vms.claim_granted, vms.claim_lifted, vms.claim_floor, vms.claim_cap, vms.claim_weight, k, room_mb)
    k = 0
    for i in range(first, first + n):
        v = vms.by_host[i]
        if vms.pool[v] == parent and _is_powered_on(vms.state[v]):
            entitlements.granted_mb[v] = vms.claim_granted[k]
            k += 1
    for p in range(parent + 1, pools.shares.size):
        if pools.host_memory_shares[p] > 0.0 and pools.parent[p] == parent:
            pools.host_granted_mb[p] = vms.claim_granted[k]
            k += 1


@kernel
def _claim_vms(entitlements: Entitlements, vms: Vms, first: int, n: int, parent: int) -> tuple[int, float]:
    """Enter the VMs of a pool as claimants 0, 1, ...; returns how many, and what they may not lose."""
    k, floor_mb = 0, 0.0
    for i in range(first, first + n):
        v = vms.by_host[i]
        if vms.pool[v] == parent and _is_powered_on(vms.state[v]):
            vms.claim_floor[k], vms.claim_cap[k] = entitlements.floor_mb[v], entitlements.cap_mb[v]
            vms.claim_lifted[k], vms.claim_weight[k] = 0.0, entitlements.weight[v]
            floor_mb += entitlements.floor_mb[v]
            k += 1
    return k, floor_mb


@kernel
def _claim_pools(pools: Pools, vms: Vms, parent: int, k: int, room_mb: float, idle_tax: float) -> int:
    """Enter the pools in a pool as claimants k, k + 1, ..., with what they have reserved as far as there is room."""
    floor_mb = reserved_mb = 0.0
    for p in range(parent + 1, pools.shares.size):
        if pools.host_memory_shares[p] > 0.0 and pools.parent[p] == parent:
            floor_mb += pools.host_floor_mb[p]
            reserved_mb += pools.host_reserved_mb[p] - pools.host_floor_mb[p]
    kept = min(1.0, max(0.0, room_mb - floor_mb) / reserved_mb) if reserved_mb > 0.0 else 0.0
    for p in range(parent + 1, pools.shares.size):
        if pools.host_memory_shares[p] > 0.0 and pools.parent[p] == parent:
            touched_mb, floor_mb = pools.host_touched_mb[p], pools.host_floor_mb[p]
            active = pools.host_active_mb[p] / touched_mb if touched_mb > 0.0 else 0.0
            vms.claim_floor[k] = floor_mb + kept * (pools.host_reserved_mb[p] - floor_mb)
            vms.claim_cap[k], vms.claim_lifted[k] = pools.host_cap_mb[p], 0.0
            vms.claim_weight[k] = _part(pools, p) * pools.memory_shares[p] / (1.0 - idle_tax * active)
            k += 1
    return k


@kernel
def _is_powered_on(state: int) -> bool:
    return state == VmState.RUNNING or state == VmState.STARTING
