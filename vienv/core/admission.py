"""HA's admission control: whether the hosts that are on could run every VM after the failures it promises to survive.

VirtualCenter asks at a power-on and before a host leaves for standby or maintenance; a restart is never refused. With
SLOTS a slot is the largest reservation of any powered-on VM, memory with overhead, and every VM takes one; the hosts
with most slots are set aside as the ones that fail. With PERCENTAGE a share of all CPU and of all memory stays
unreserved. Sources: VMware, vSphere Availability, "Admission Control"; Epping, vSphere HA Deepdive, "Admission
Control". Hosts count while they are on and connected, hosted hypervisors and their VMs never. FAILOVER_HOSTS counts
nothing: those hosts are closed to all but HA's restarts. Each cluster counts for itself; a VM that an administrator
moves into another is asked for there as a power-on is, and counts in both until it has arrived. Left out: caps on the
slot's size (a large VM never takes several slots), reservations of pools.
"""

from typing import NamedTuple

from vienv.core.clusters import is_in
from vienv.core.compatibility import is_clustered, is_hosted
from vienv.core.enums import ONE_CLUSTER, AdmissionPolicy, MigrationPhase, VmState
from vienv.core.jit import kernel
from vienv.core.params import HaParams
from vienv.core.state import NEVER, Hosts, Migrations, Vms

_UNBOUNDED_SLOTS = 1 << 30  # of a host when nothing sets a slot's size


class Failover(NamedTuple):
    """What admission control counts, once for many questions."""

    cluster: int
    slot_mhz: float
    slot_mb: float
    used_slots: int
    used_mhz: float  # reserved, at least ha.slot_mhz a VM
    used_mb: float  # reserved with overhead, at least ha.slot_mb a VM
    hosts: int
    total_mhz: float
    total_mb: float
    slots: int  # of all hosts
    set_aside: int  # slots of the `failures_tolerated` hosts with most
    smallest_aside: int  # slots of the smallest of those
    next_aside: int  # slots of the host that follows them


@kernel
def failover(hosts: Hosts, vms: Vms, migrations: Migrations, ha: HaParams, cluster: int) -> Failover:
    """Count what is used and what is there in a cluster, in O(vms + hosts x failures_tolerated)."""
    slot_mhz, slot_mb = ha.slot_mhz, ha.slot_mb
    used_slots, used_mhz, used_mb = 0, 0.0, 0.0
    for v in range(vms.state.size):
        if not _is_protected(hosts, vms, v) or not _is_counted(hosts, vms, migrations, v, cluster):
            continue
        vm_mhz, vm_mb = _vm_mhz(vms, ha, v), _vm_mb(vms, ha, v)
        slot_mhz, slot_mb = max(slot_mhz, vm_mhz), max(slot_mb, vm_mb)
        used_slots += 1
        used_mhz += vm_mhz
        used_mb += vm_mb
    num_hosts, total_mhz, total_mb, slots = 0, 0.0, 0.0, 0
    for h in range(hosts.power_state.size):
        if not _counts(hosts, h, cluster):
            continue
        num_hosts += 1
        total_mhz += hosts.cpu_capacity_mhz[h]
        total_mb += hosts.memory_capacity_mb[h]
        slots += slots_of_host(hosts, slot_mhz, slot_mb, h)
    aside, smallest, following = _set_aside(hosts, ha, slot_mhz, slot_mb, cluster)
    return Failover(
        cluster,
        slot_mhz,
        slot_mb,
        used_slots,
        used_mhz,
        used_mb,
        num_hosts,
        total_mhz,
        total_mb,
        slots,
        aside,
        smallest,
        following,
    )


@kernel
def slots_of_host(hosts: Hosts, slot_mhz: float, slot_mb: float, h: int) -> int:
    """Whole slots that fit host h by CPU and by memory; a size of 0 does not bind."""
    by_cpu = by_memory = _UNBOUNDED_SLOTS
    if slot_mhz > 0.0:
        by_cpu = int(hosts.cpu_capacity_mhz[h] / slot_mhz)
    if slot_mb > 0.0:
        by_memory = int(hosts.memory_capacity_mb[h] / slot_mb)
    return min(by_cpu, by_memory)


@kernel
def allows_power_on(hosts: Hosts, vms: Vms, migrations: Migrations, ha: HaParams, v: int, h: int) -> bool:
    """Whether VM v, not powered on yet or of another cluster, may be in host h's."""
    return allows_one_more(hosts, vms, ha, failover(hosts, vms, migrations, ha, hosts.cluster[h]), v)


@kernel
def allows_leaving(hosts: Hosts, vms: Vms, migrations: Migrations, ha: HaParams, h: int) -> bool:
    """Whether host h may leave for standby or maintenance."""
    return allows_one_less(hosts, ha, failover(hosts, vms, migrations, ha, hosts.cluster[h]), h)


@kernel
def allows_one_more(hosts: Hosts, vms: Vms, ha: HaParams, now: Failover, v: int) -> bool:
    """As `allows_power_on`, from what was counted before: a mask counts once and asks for every VM that waits."""
    if _is_off(ha):
        return True
    vm_mhz, vm_mb = _vm_mhz(vms, ha, v), _vm_mb(vms, ha, v)
    if ha.admission_policy == AdmissionPolicy.PERCENTAGE:
        return _leaves_share(ha, now.total_mhz, now.total_mb, now.used_mhz + vm_mhz, now.used_mb + vm_mb)
    slots, aside = now.slots, now.set_aside
    if vm_mhz > now.slot_mhz or vm_mb > now.slot_mb:  # its reservation makes every slot larger
        slot_mhz, slot_mb = max(now.slot_mhz, vm_mhz), max(now.slot_mb, vm_mb)
        slots = 0
        for h in range(hosts.power_state.size):
            if _counts(hosts, h, now.cluster):
                slots += slots_of_host(hosts, slot_mhz, slot_mb, h)
        aside, _, _ = _set_aside(hosts, ha, slot_mhz, slot_mb, now.cluster)
    return now.used_slots + 1 <= slots - aside


@kernel
def allows_one_less(hosts: Hosts, ha: HaParams, now: Failover, h: int) -> bool:
    """As `allows_leaving`, from what was counted before, in O(1): a mask counts a cluster once for all its hosts."""
    if _is_off(ha) or not is_clustered(hosts, h):
        return True
    if ha.admission_policy == AdmissionPolicy.PERCENTAGE:
        total_mhz = now.total_mhz - hosts.cpu_capacity_mhz[h]
        return _leaves_share(ha, total_mhz, now.total_mb - hosts.memory_capacity_mb[h], now.used_mhz, now.used_mb)
    own = slots_of_host(hosts, now.slot_mhz, now.slot_mb, h)
    aside = now.set_aside
    if ha.failures_tolerated > 0 and own >= now.smallest_aside:  # the next host takes its place among those set aside
        aside += now.next_aside - own
    return now.used_slots <= now.slots - own - aside


@kernel
def failover_slack(hosts: Hosts, ha: HaParams, now: Failover, minimum_hosts_on: int) -> int:
    """How many hosts may still leave, smallest first, before admission control or the minimum of hosts refuses."""
    most = max(0, now.hosts - minimum_hosts_on)
    if _is_off(ha) or (ha.admission_policy == AdmissionPolicy.SLOTS and now.used_slots == 0):
        return most
    slack, spare_slots = 0, now.slots - now.set_aside - now.used_slots
    total_mhz, total_mb, size = now.total_mhz, now.total_mb, -1.0
    while slack < most:
        size = _next_size(hosts, ha, now, size)
        for h in range(hosts.power_state.size):
            if slack == most or not _counts(hosts, h, now.cluster) or _size(hosts, ha, now, h) != size:
                continue
            spare_slots -= slots_of_host(hosts, now.slot_mhz, now.slot_mb, h)
            total_mhz -= hosts.cpu_capacity_mhz[h]
            total_mb -= hosts.memory_capacity_mb[h]
            if ha.admission_policy == AdmissionPolicy.SLOTS and spare_slots < 0:
                return slack
            if ha.admission_policy == AdmissionPolicy.PERCENTAGE and not _leaves_share(
                ha, total_mhz, total_mb, now.used_mhz, now.used_mb
            ):
                return slack
            slack += 1
    return slack


@kernel
def _is_off(ha: HaParams) -> bool:
    """Whether nothing is counted: failover hosts, closed to everybody but HA, are all the capacity that is kept."""
    has_reserve = ha.admission_policy == AdmissionPolicy.FAILOVER_HOSTS
    return ha.is_enabled == 0 or ha.admission_policy == AdmissionPolicy.OFF or has_reserve


@kernel
def _is_protected(hosts: Hosts, vms: Vms, v: int) -> bool:
    """Powered on under a hypervisor that HA knows, or down with a restart to come."""
    state = vms.state[v]
    if state == VmState.DOWN:
        return vms.restart_at_s[v] < NEVER
    return (state == VmState.RUNNING or state == VmState.STARTING) and not is_hosted(hosts, vms.host[v])


@kernel
def _counts(hosts: Hosts, h: int, cluster: int) -> bool:
    """Whether host h is open, one of HA's, and of the cluster."""
    return is_clustered(hosts, h) and is_in(hosts, h, cluster)


@kernel
def _is_counted(hosts: Hosts, vms: Vms, migrations: Migrations, v: int, cluster: int) -> bool:
    """Whether VM v is of the cluster, or on its way into it."""
    if cluster == ONE_CLUSTER or hosts.cluster[vms.host[v]] == cluster:
        return True
    return migrations.phase[v] != MigrationPhase.NONE and hosts.cluster[migrations.destination[v]] == cluster


@kernel
def _vm_mhz(vms: Vms, ha: HaParams, v: int) -> float:
    return max(vms.cpu_reservation_mhz[v], ha.slot_mhz)


@kernel
def _vm_mb(vms: Vms, ha: HaParams, v: int) -> float:
    return max(vms.memory_reservation_mb[v] + vms.overhead_mb[v], ha.slot_mb)


@kernel
def _leaves_share(ha: HaParams, total_mhz: float, total_mb: float, used_mhz: float, used_mb: float) -> bool:
    """Whether the configured share of each resource stays unreserved."""
    share = ha.failover_fraction
    return total_mhz - used_mhz >= share * total_mhz and total_mb - used_mb >= share * total_mb


@kernel
def _set_aside(hosts: Hosts, ha: HaParams, slot_mhz: float, slot_mb: float, cluster: int) -> tuple[int, int, int]:
    """Slots of the `failures_tolerated` hosts with most: their sum, the smallest of them, and the host that follows."""
    total, smallest = 0, _UNBOUNDED_SLOTS
    last, last_h = _UNBOUNDED_SLOTS, -1
    for rank in range(ha.failures_tolerated + 1):
        best, best_h = 0, hosts.power_state.size
        for h in range(hosts.power_state.size):
            if not _counts(hosts, h, cluster):
                continue
            slots = slots_of_host(hosts, slot_mhz, slot_mb, h)
            is_taken = slots > last or (slots == last and h <= last_h)
            if not is_taken and (slots > best or best_h == hosts.power_state.size):
                best, best_h = slots, h
        last, last_h = best, best_h
        if rank < ha.failures_tolerated:
            total += best
            smallest = best
    return total, smallest, last


@kernel
def _size(hosts: Hosts, ha: HaParams, now: Failover, h: int) -> float:
    """What hosts are ordered by when the smallest leaves first: slots, or memory under PERCENTAGE."""
    if ha.admission_policy == AdmissionPolicy.PERCENTAGE:
        return float(hosts.memory_capacity_mb[h])
    return float(slots_of_host(hosts, now.slot_mhz, now.slot_mb, h))


@kernel
def _next_size(hosts: Hosts, ha: HaParams, now: Failover, size: float) -> float:
    """The smallest size above the given one among the hosts that count."""
    best = NEVER
    for h in range(hosts.power_state.size):
        if _counts(hosts, h, now.cluster):
            own = _size(hosts, ha, now, h)
            if size < own < best:
                best = own
    return best
