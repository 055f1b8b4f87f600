"""Where a host's memory goes: page sharing, the balloon, VMkernel swap, and what they cost the guest.

A VM holds what its guest has touched, less what page sharing saves, and the VMkernel's overhead for it. Sharing is lost
on power-on and vMotion, regained over the scan time and booked once an interval. While a host has its high share of
memory free (6 % of total less service console) and has taken nothing back, nothing happens. Else the VMkernel divides
what it has by the idle-memory tax (Waldspurger, "Memory Resource Management in VMware ESX Server", OSDI 2002): shares
per page with idle pages charged k = 1 / (1 - tax) fold, rho = S / (P (f + k (1 - f))), f the active fraction, become
equal for all, but nobody falls below its reservation or rises above what it holds. Balloons move towards that division,
at a rate, up to 65 % of configured memory, and aim at the high share; a VM above its own memory limit is ballooned on
any host, and so are the VMs of a pool above its own. What balloons have not yet reached is swapped, by the same
division, only as far as less than the hard share (2 %) would be free. Resource pools are divided level by level
(`pool_memory`).

States (Waldspurger; F. Denneman, "Memory reclamation, when and how", 2010): SOFT, HARD and LOW are entered when free
memory falls to 4, 2 and 1 %; above that is HIGH, though balloons move from 6 % on. A host that has to swap is HARD. A
guest gives the balloon its idle pages first; the VMkernel swaps any page, so of the swapped the active part is missed.
Left out: blocked allocation in LOW, swapping for a VM's own limit beyond the balloon's reach, NUMA, and compression
(vSphere 4.1).
"""

from vienv.core import pool_memory
from vienv.core.enums import MemoryState, PowerState, VmState
from vienv.core.jit import kernel
from vienv.core.params import MemoryParams
from vienv.core.shares import level_out
from vienv.core.state import Clock, Entitlements, Hosts, Pools, Vms
from vienv.core.stillness import is_still, stir

_ROUNDING = 1e-9
"""A share of managed memory: free memory this close to a threshold has reached it."""


@kernel
def reclaim(
    hosts: Hosts, vms: Vms, pools: Pools, entitlements: Entitlements, clock: Clock, memory: MemoryParams
) -> None:
    """Share, balloon and swap for one tick, on hosts that are not still.

    Writes hosts.consumed_mb and memory_state, and vms.shared_mb, ballooned_mb, swapped_mb and unserved_mb (all 0, and
    active_mb too, for VMs that neither run nor start). Stirs a host whose balloons or swap files move.
    """
    tick_s = clock.tick_s[0]
    _scan(vms, clock, memory)
    has_limits, is_counted = pool_memory.has_limits(pools), pools.shares.size == 0
    for h in range(hosts.power_state.size):
        if is_still(hosts, h):
            continue
        hosts.consumed_mb[h] = 0.0
        hosts.memory_state[h] = MemoryState.HIGH
        first, n, managed = hosts.first_vm[h], hosts.num_vms[h], hosts.memory_managed_mb[h]
        held, overhead, is_touched = _take_stock(vms, first, n)
        if hosts.power_state[h] != PowerState.ON and hosts.power_state[h] != PowerState.ENTERING_STANDBY:
            continue
        if not is_touched and not has_limits and managed - held - overhead >= memory.high_fraction * managed:
            hosts.consumed_mb[h] = held + overhead
            continue
        if not is_counted:
            pool_memory.count_running_shares(pools, vms)
            is_counted = True
        _divide(vms, pools, entitlements, first, n, (1.0 - memory.high_fraction) * managed - overhead, memory, False)
        is_moving = _balloon(vms, first, n, tick_s, memory)
        _divide(vms, pools, entitlements, first, n, (1.0 - memory.hard_fraction) * managed - overhead, memory, True)
        is_moving |= _swap(vms, first, n, tick_s, memory)
        if is_moving:
            stir(hosts, clock, h)
        hosts.consumed_mb[h] = overhead + _settle(vms, first, n)
        hosts.memory_state[h] = _state_at(1.0 - hosts.consumed_mb[h] / managed, memory)


@kernel
def _scan(vms: Vms, clock: Clock, memory: MemoryParams) -> None:
    """Book what page sharing has found, at the beginning of each interval: it takes an hour to find all."""
    if clock.tick[0] % clock.ticks_per_interval[0] != 0:
        return
    for v in range(vms.state.size):
        if _is_powered_on(vms.state[v]):
            scanned_s = clock.now_s[0] - vms.scanned_since_s[v]
            vms.shared_mb[v] = vms.shareable_mb[v] * max(0.0, min(1.0, scanned_s / memory.share_scan_s))


@kernel
def _is_powered_on(state: int) -> bool:
    return state == VmState.RUNNING or state == VmState.STARTING


@kernel
def _held_mb(vms: Vms, v: int) -> float:
    """What VM v would hold of its host's memory if nothing were reclaimed: touched and not shared."""
    held: float = max(0.0, vms.touched_mb[v] - vms.shared_mb[v])
    return held


@kernel
def _reserved_mb(vms: Vms, v: int) -> float:
    """What of it nobody may take."""
    reserved: float = min(vms.memory_reservation_mb[v], _held_mb(vms, v))
    return reserved


@kernel
def _balloon_most_mb(vms: Vms, v: int, memory: MemoryParams) -> float:
    most: float = min(memory.balloon_fraction * vms.memory_mb[v], _held_mb(vms, v) - _reserved_mb(vms, v))
    return most


@kernel
def _take_stock(vms: Vms, first: int, n: int) -> tuple[float, float, bool]:
    """Returns MB held before reclamation, overhead, and whether any VM needs a look; clears VMs that are off."""
    held = overhead = 0.0
    is_touched = False
    for i in range(first, first + n):
        v = vms.by_host[i]
        vms.unserved_mb[v] = 0.0
        if not _is_powered_on(vms.state[v]):
            vms.active_mb[v] = vms.shared_mb[v] = vms.ballooned_mb[v] = vms.swapped_mb[v] = 0.0
            continue
        mine = _held_mb(vms, v)
        is_touched |= vms.ballooned_mb[v] + vms.swapped_mb[v] > 0.0 or mine > vms.memory_limit_mb[v]
        held += mine
        overhead += vms.overhead_mb[v]
    return held, overhead, is_touched


@kernel
def _divide(
    vms: Vms,
    pools: Pools,
    entitlements: Entitlements,
    first: int,
    n: int,
    room: float,
    memory: MemoryParams,
    is_swapping: bool,
) -> None:
    """Grant the k-th powered-on VM of a host its part of `room`, between what balloon or swap may leave it and all."""
    claimants = 0
    for i in range(first, first + n):
        v = vms.by_host[i]
        if not _is_powered_on(vms.state[v]):
            continue
        if is_swapping:
            floor, cap = _reserved_mb(vms, v), _held_mb(vms, v) - vms.ballooned_mb[v]
        else:
            floor = _held_mb(vms, v) - _balloon_most_mb(vms, v, memory)
            cap = max(floor, min(_held_mb(vms, v), vms.memory_limit_mb[v]))
        _claim(vms, claimants, v, floor, cap, memory)
        claimants += 1
    if pools.shares.size > 0:
        _hand_to_pools(vms, pools, entitlements, first, n, room, memory, is_swapping)
        return
    level_out(vms.claim_granted, vms.claim_lifted, vms.claim_floor, vms.claim_cap, vms.claim_weight, claimants, room)


@kernel
def _balloon(vms: Vms, first: int, n: int, tick_s: float, memory: MemoryParams) -> bool:
    """Move each balloon towards what the VM holds beyond what it is granted; returns whether any moved."""
    is_moving = False
    k = 0
    for i in range(first, first + n):
        v = vms.by_host[i]
        if not _is_powered_on(vms.state[v]):
            continue
        target = _held_mb(vms, v) - vms.claim_granted[k]
        step = memory.balloon_mb_s * tick_s
        moved = min(max(target, vms.ballooned_mb[v] - step), vms.ballooned_mb[v] + step)
        ballooned = max(0.0, min(moved, _balloon_most_mb(vms, v, memory)))
        is_moving |= ballooned != vms.ballooned_mb[v]
        vms.ballooned_mb[v] = ballooned
        k += 1
    return is_moving


@kernel
def _swap(vms: Vms, first: int, n: int, tick_s: float, memory: MemoryParams) -> bool:
    """Swap out at once what a VM holds beyond what it is granted; swap in, at a rate, what fits. Whether any moved."""
    is_moving = False
    k = 0
    for i in range(first, first + n):
        v = vms.by_host[i]
        if not _is_powered_on(vms.state[v]):
            continue
        held = _held_mb(vms, v) - vms.ballooned_mb[v]
        kept = vms.swapped_mb[v] - memory.swap_in_mb_s * tick_s
        # a balloon that grows over swapped pages frees their slots without reading them
        swapped = max(0.0, min(max(held - vms.claim_granted[k], kept), held - _reserved_mb(vms, v)))
        is_moving |= swapped != vms.swapped_mb[v]
        vms.swapped_mb[v] = swapped
        k += 1
    return is_moving


@kernel
def _claim(vms: Vms, k: int, v: int, floor: float, cap: float, memory: MemoryParams) -> None:
    """Enter VM v as claimant k. S / (f + k (1 - f)) with k = 1 / (1 - tax) is S / (1 - tax f), but for a constant."""
    active = min(1.0, vms.active_mb[v] / vms.touched_mb[v]) if vms.touched_mb[v] > 0.0 else 0.0
    vms.claim_floor[k] = floor
    vms.claim_cap[k] = cap
    vms.claim_lifted[k] = 0.0
    vms.claim_weight[k] = vms.memory_shares[v] / (1.0 - memory.idle_tax * active)


@kernel
def _hand_to_pools(
    vms: Vms,
    pools: Pools,
    entitlements: Entitlements,
    first: int,
    n: int,
    room: float,
    memory: MemoryParams,
    is_swapping: bool,
) -> None:
    """Divide `room` among the claimants by the tree of pools, and grant as without it."""
    k = 0
    for i in range(first, first + n):
        v = vms.by_host[i]
        if _is_powered_on(vms.state[v]):
            entitlements.floor_mb[v], entitlements.cap_mb[v] = vms.claim_floor[k], vms.claim_cap[k]
            entitlements.weight[v] = vms.claim_weight[k]
            k += 1
    pool_memory.divide(entitlements, pools, vms, first, n, room, memory.idle_tax, not is_swapping)
    k = 0
    for i in range(first, first + n):
        v = vms.by_host[i]
        if _is_powered_on(vms.state[v]):
            vms.claim_granted[k] = entitlements.granted_mb[v]
            k += 1


@kernel
def _settle(vms: Vms, first: int, n: int) -> float:
    """Work out what each guest misses of its active memory; returns the MB that the host's guests hold."""
    held = 0.0
    for i in range(first, first + n):
        v = vms.by_host[i]
        if not _is_powered_on(vms.state[v]):
            continue
        left = vms.touched_mb[v] - vms.ballooned_mb[v]
        active = min(vms.active_mb[v], left)
        missed = vms.swapped_mb[v] * active / left if left > 0.0 else 0.0
        vms.unserved_mb[v] = vms.active_mb[v] - active + missed
        held += _held_mb(vms, v) - vms.ballooned_mb[v] - vms.swapped_mb[v]
    return held


@kernel
def _state_at(free_fraction: float, memory: MemoryParams) -> int:
    if free_fraction <= memory.low_fraction + _ROUNDING:
        return MemoryState.LOW
    if free_fraction <= memory.hard_fraction + _ROUNDING:
        return MemoryState.HARD
    if free_fraction <= memory.soft_fraction + _ROUNDING:
        return MemoryState.SOFT
    return MemoryState.HIGH
