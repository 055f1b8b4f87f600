"""Who gets how much CPU: reservation, limit, shares, resource pools; entitlement, delivered, ready time.

Each host divides what its vMotions leave of its CPU among its running VMs: proportional share with reservation and
limit (vSphere Resource Management Guide; the rule is in `shares`). Resource pools are siblings of the VMs beside them,
and are divided level by level: what a host gives to a pool is shared out among the VMs and pools in it. A pool's
shares, reservation and limit count on each host in the ratio of the shares that its running VMs and its pools have
there to those that they have in the whole cluster, so a crowded pool of high shares may give a VM less than a small one
of normal shares: the "priority pie paradox" (F. Denneman, "Scalable shares", 2020). A pool gets at least what its
members there have reserved, as far as they want it.

Entitlement becomes delivered CPU after two losses: a guest that waits for swapped pages stalls, and a guest that is
being copied is slowed (by 10 % in Beloglazov and Buyya, 2012). Ready time is demand - delivered, ready % is that over
demand. Left out: co-scheduling of many vCPUs, NUMA, hyper-threading. Who may reserve is `pools`'.
"""

from vienv.core.enums import NO_POOL, PowerState, VmState
from vienv.core.jit import kernel
from vienv.core.params import CpuParams
from vienv.core.shares import share_out
from vienv.core.state import Hosts, Pools, Vms
from vienv.core.stillness import is_still


@kernel
def schedule(hosts: Hosts, vms: Vms, pools: Pools, cpu: CpuParams) -> None:
    """Give every running VM of hosts that are not still its CPU, MHz as a mean over the seconds that it is up.

    Writes hosts.demand_mhz and delivered_mhz (0 for hosts that are not on), vms.delivered_mhz, and adds to
    vms.degraded_mhz_s. A VM that does not run at the tick's end wants and gets nothing.
    """
    has_pools = pools.shares.size > 0
    if has_pools:
        _count_running_shares(pools, vms)
    for h in range(hosts.power_state.size):
        if is_still(hosts, h):
            continue
        hosts.demand_mhz[h] = _want(vms, hosts.first_vm[h], hosts.num_vms[h])
        left = _left_mhz(hosts.power_state[h], hosts.cpu_capacity_mhz[h], hosts.vmotion_mhz[h])
        if has_pools or hosts.demand_mhz[h] > left:
            _entitle(vms, pools, hosts.first_vm[h], hosts.num_vms[h], left)
        hosts.delivered_mhz[h] = _deliver(vms, cpu, hosts.first_vm[h], hosts.num_vms[h])


@kernel
def _want(vms: Vms, first: int, n: int) -> float:
    """Entitle everyone on a host to what it wants; returns what they want together."""
    wanted = 0.0
    for i in range(first, first + n):
        v = vms.by_host[i]
        vms.delivered_mhz[v] = vms.demand_mhz[v]
        wanted += vms.demand_mhz[v]
    return wanted


@kernel
def _left_mhz(power_state: int, capacity_mhz: float, vmotion_mhz: float) -> float:
    """What a host has for its VMs: nothing unless it is on."""
    if power_state != PowerState.ON and power_state != PowerState.ENTERING_STANDBY:
        return 0.0
    return max(0.0, capacity_mhz - vmotion_mhz)


@kernel
def _entitle(vms: Vms, pools: Pools, first: int, n: int, capacity: float) -> None:
    """Write entitlements to vms.delivered_mhz: the host among root VMs and pools, then each pool among its members."""
    _tally(pools, vms, first, n)
    _divide(vms, pools, first, n, NO_POOL, capacity)
    for p in range(pools.shares.size):
        if pools.host_shares[p] > 0.0:
            _divide(vms, pools, first, n, p, pools.host_granted_mhz[p])


@kernel
def _divide(vms: Vms, pools: Pools, first: int, n: int, parent: int, capacity: float) -> None:
    """Share out what a pool (NO_POOL: the host) has among the VMs and the pools in it."""
    num_vms = claimants = _claim_vms(vms, first, n, parent)
    for p in range(parent + 1, pools.shares.size):
        if pools.host_shares[p] > 0.0 and pools.parent[p] == parent:
            vms.claim_floor[claimants] = _floor_mhz(pools, p)
            vms.claim_cap[claimants] = _cap_mhz(pools, p)
            vms.claim_weight[claimants] = _part(pools, p) * pools.shares[p]
            claimants += 1
    share_out(vms.claim_granted, vms.claim_floor, vms.claim_cap, vms.claim_weight, claimants, capacity)
    _grant_vms(vms, first, n, parent)
    for p in range(parent + 1, pools.shares.size):
        if pools.host_shares[p] > 0.0 and pools.parent[p] == parent:
            pools.host_granted_mhz[p] = vms.claim_granted[num_vms]
            num_vms += 1


@kernel
def _count_running_shares(pools: Pools, vms: Vms) -> None:
    for p in range(pools.shares.size):
        pools.running_shares[p] = 0.0
    for v in range(vms.state.size):
        if vms.pool[v] != NO_POOL and vms.state[v] == VmState.RUNNING:
            pools.running_shares[vms.pool[v]] += vms.cpu_shares[v]
    for p in range(pools.shares.size - 1, 0, -1):
        if pools.parent[p] != NO_POOL and pools.running_shares[p] > 0.0:
            pools.running_shares[pools.parent[p]] += pools.shares[p]


@kernel
def _tally(pools: Pools, vms: Vms, first: int, n: int) -> None:
    """Add up what each pool's running VMs and its pools hold of shares, want and have reserved on one host."""
    for p in range(pools.shares.size):
        pools.host_shares[p] = pools.host_demand_mhz[p] = pools.host_reservation_mhz[p] = 0.0
    for i in range(first, first + n):
        v = vms.by_host[i]
        p = vms.pool[v]
        if p == NO_POOL or vms.state[v] != VmState.RUNNING:
            continue
        pools.host_shares[p] += vms.cpu_shares[v]
        pools.host_demand_mhz[p] += vms.demand_mhz[v]
        pools.host_reservation_mhz[p] += min(vms.cpu_reservation_mhz[v], vms.demand_mhz[v])
    for p in range(pools.shares.size - 1, 0, -1):
        q = pools.parent[p]
        if q == NO_POOL or pools.host_shares[p] == 0.0:
            continue
        pools.host_shares[q] += _part(pools, p) * pools.shares[p]
        pools.host_demand_mhz[q] += _cap_mhz(pools, p)
        pools.host_reservation_mhz[q] += min(_floor_mhz(pools, p), _cap_mhz(pools, p))


@kernel
def _part(pools: Pools, p: int) -> float:
    """How much of pool p counts on this host."""
    return pools.host_shares[p] / pools.running_shares[p]


@kernel
def _floor_mhz(pools: Pools, p: int) -> float:
    return max(_part(pools, p) * pools.reservation_mhz[p], pools.host_reservation_mhz[p])


@kernel
def _cap_mhz(pools: Pools, p: int) -> float:
    return min(_part(pools, p) * pools.limit_mhz[p], pools.host_demand_mhz[p])


@kernel
def _claim_vms(vms: Vms, first: int, n: int, p: int) -> int:
    """Enter the host's VMs that are in pool p as claimants 0, 1, ...; returns how many. Who does not run wants 0."""
    k = 0
    for i in range(first, first + n):
        v = vms.by_host[i]
        if vms.pool[v] != p:
            continue
        vms.claim_floor[k] = vms.cpu_reservation_mhz[v]
        vms.claim_cap[k] = vms.demand_mhz[v]
        vms.claim_weight[k] = vms.cpu_shares[v]
        k += 1
    return k


@kernel
def _grant_vms(vms: Vms, first: int, n: int, p: int) -> None:
    """Hand the grants of claimants 0, 1, ... to the VMs that `_claim_vms` entered, in the same order."""
    k = 0
    for i in range(first, first + n):
        v = vms.by_host[i]
        if vms.pool[v] != p:
            continue
        vms.delivered_mhz[v] = vms.claim_granted[k]
        k += 1


@kernel
def _deliver(vms: Vms, cpu: CpuParams, first: int, n: int) -> float:
    """Turn a host's entitlements into delivered CPU; returns what the host spends on its VMs.

    A stalled guest leaves its CPU idle. A guest slowed by its own vMotion does not: tracing its writes takes that CPU.
    """
    spent_by_all = 0.0
    for i in range(first, first + n):
        v = vms.by_host[i]
        spent, slowdown = vms.delivered_mhz[v], vms.slowdown[v]
        if slowdown > 0.0:
            vms.degraded_mhz_s[v] += spent * slowdown * vms.up_s[v]
        if vms.unserved_mb[v] > 0.0:
            spent *= 1.0 - cpu.swap_stall * vms.unserved_mb[v] / vms.active_mb[v]
        vms.delivered_mhz[v] = spent * (1.0 - slowdown)
        spent_by_all += spent
    return spent_by_all
