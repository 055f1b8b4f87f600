"""What the largest VM needs: shortcuts that decide for a whole cluster what the judges would decide VM by VM.

They are theorems about `evacuation.plan` and `commands.refusal_of_migration`, and rest on one fact: rounded sums
and quotients do not fall when a term grows. A host that passes a judge's test for the largest figures, each taken from
whichever VM has it, therefore passes it for every VM. A VM is plain if no rule binds it and every host reaches its
datastore; only plain VMs are decided here, and where a theorem's condition fails the judges are asked.

1. Evacuation. Let n VMs be planned on host h, all plain, those that stay all running, and let more than n other hosts
   take any VM of them (and have h's CPU class and a vMotion network, as h has). Then the plan exists: whatever the
   greedy choice does, its k-th VM finds n - k + 1 or more of those hosts unused, one of which may be that VM's own.
2. Migration. Let host h let VMs go, with a vMotion network, in a cluster of one CPU class, and let another host have
   one and room for the largest reservations. Then every plain VM that runs on h, uncommanded and not on its way, has a
   destination.
"""

from vienv.core.clusters import are_together
from vienv.core.compatibility import has_vmotion_network, is_open, is_source
from vienv.core.enums import CURVE_POINTS, NO_GROUP, NO_HOST, MigrationPhase, VmState
from vienv.core.inventory import planned_host
from vienv.core.jit import kernel
from vienv.core.params import VirtualCenterParams, VmotionParams
from vienv.core.state import (
    Clock,
    Datastores,
    Hosts,
    HostStatistics,
    Largest,
    Migrations,
    Paths,
    PowerCurves,
    Vms,
    VmStatistics,
)


@kernel
def survey(
    largest: Largest, vms: Vms, datastores: Datastores, hosts: Hosts, paths: Paths, power_curves: PowerCurves
) -> None:
    """Note what stays as it is throughout an episode: sizes, reservations, who is plain."""
    num_hosts, num_datastores = hosts.power_state.size, datastores.is_shared.size
    for d in range(num_datastores):
        datastores.is_shared[d] = 1
    largest.host_mhz[0] = largest.host_mb[0] = largest.host_w[0] = 0.0
    largest.has_one_class[0] = 1
    for h in range(num_hosts):
        peak_w = power_curves.watts[h * CURVE_POINTS + CURVE_POINTS - 1]
        largest.host_mhz[0] = max(largest.host_mhz[0], hosts.cpu_capacity_mhz[h])
        largest.host_mb[0] = max(largest.host_mb[0], hosts.memory_capacity_mb[h])
        largest.host_w[0] = max(largest.host_w[0], peak_w)
        if hosts.cpu_class[h] != hosts.cpu_class[0] or not are_together(hosts, h, 0):
            largest.has_one_class[0] = 0
        for d in range(num_datastores):
            if paths.is_reachable[h * num_datastores + d] == 0:
                datastores.is_shared[d] = 0
    largest.cpu_reservation_mhz[0] = largest.memory_reservation_mb[0] = 0.0
    largest.overhead_mb[0] = largest.reserved_mb[0] = 0.0
    for v in range(vms.state.size):
        reserved_mb = vms.memory_reservation_mb[v] + vms.overhead_mb[v]
        largest.cpu_reservation_mhz[0] = max(largest.cpu_reservation_mhz[0], vms.cpu_reservation_mhz[v])
        largest.memory_reservation_mb[0] = max(largest.memory_reservation_mb[0], vms.memory_reservation_mb[v])
        largest.overhead_mb[0] = max(largest.overhead_mb[0], vms.overhead_mb[v])
        largest.reserved_mb[0] = max(largest.reserved_mb[0], reserved_mb)
        is_apart_or_together = vms.apart_group[v] != NO_GROUP or vms.together_group[v] != NO_GROUP
        is_bound = is_apart_or_together or vms.must_groups[v] != 0
        vms.is_plain[v] = 0 if is_bound else datastores.is_shared[vms.datastore[v]]


@kernel
def measure(largest: Largest, hosts: Hosts, vms: Vms, migrations: Migrations, vm_statistics: VmStatistics) -> None:
    """Note what an interval or a placement changes: demands, and who must be looked at on which host."""
    largest.demand_mhz[0] = largest.memory_demand_mb[0] = 0.0
    for h in range(hosts.num_special.size):
        hosts.num_special[h] = 0
    for v in range(vms.state.size):
        h = planned_host(vms, migrations, v)
        if h == NO_HOST:
            continue
        largest.demand_mhz[0] = max(largest.demand_mhz[0], vm_statistics.demand_5min_mhz[v])
        largest.memory_demand_mb[0] = max(largest.memory_demand_mb[0], vm_statistics.memory_demand_mb[v])
        hosts.num_special[h] += 1 if is_special(vms, migrations, v) else 0


@kernel
def move(hosts: Hosts, vms: Vms, migrations: Migrations, v: int, source: int, destination: int) -> None:
    """Note that VM v's vMotion was queued."""
    count = 1 if is_special(vms, migrations, v) else 0
    hosts.num_special[source] -= count
    hosts.num_special[destination] += count


@kernel
def is_special(vms: Vms, migrations: Migrations, v: int) -> bool:
    """Whether theorem 1 leaves VM v, which has a planned host, to the plan."""
    return vms.is_plain[v] == 0 or (vms.state[v] != VmState.RUNNING and migrations.phase[v] == MigrationPhase.NONE)


@kernel
def count_receivers(
    hosts: Hosts,
    largest: Largest,
    host_statistics: HostStatistics,
    vmotion: VmotionParams,
    virtualcenter: VirtualCenterParams,
) -> int:
    """Mark in hosts.takes_any who could take any VM of the cluster, as `evacuation` asks; their number."""
    mhz, mb = largest.demand_mhz[0], largest.memory_demand_mb[0]
    reserved_mhz, reserved_mb = largest.cpu_reservation_mhz[0], largest.reserved_mb[0]
    count = 0
    for t in range(hosts.power_state.size):
        takes_any = _takes(
            hosts, host_statistics, vmotion, virtualcenter.receiver_limit, t, mhz, mb, reserved_mhz, reserved_mb
        )
        hosts.takes_any[t] = 1 if takes_any else 0
        count += hosts.takes_any[t]
    return count


@kernel
def has_certain_plan(
    hosts: Hosts,
    vms: Vms,
    migrations: Migrations,
    largest: Largest,
    vm_statistics: VmStatistics,
    host_statistics: HostStatistics,
    clock: Clock,
    vmotion: VmotionParams,
    virtualcenter: VirtualCenterParams,
    num_receivers: int,
    h: int,
) -> bool:
    """Whether theorem 1 promises host h's evacuation; if not, `evacuation.plan` may find one all the same.

    First with the largest of the cluster and the receivers that `count_receivers` has marked, then with h's own.
    """
    if hosts.num_special[h] > 0 or not has_vmotion_network(hosts, vmotion, h):
        return False
    n = host_statistics.planned_vms[h]
    if largest.has_one_class[0] == 1 and num_receivers - hosts.takes_any[h] > n:
        return True
    mhz = mb = reserved_mhz = reserved_mb = 0.0
    for r in range(hosts.first_vm[h], hosts.first_vm[h] + hosts.num_vms[h] + clock.copying[0]):
        is_resident = r < hosts.first_vm[h] + hosts.num_vms[h]
        v = vms.by_host[r] if is_resident else migrations.order[r - hosts.first_vm[h] - hosts.num_vms[h]]
        if planned_host(vms, migrations, v) != h:
            continue
        mhz, mb = max(mhz, vm_statistics.demand_5min_mhz[v]), max(mb, vm_statistics.memory_demand_mb[v])
        reserved_mhz = max(reserved_mhz, vms.cpu_reservation_mhz[v])
        reserved_mb = max(reserved_mb, vms.memory_reservation_mb[v] + vms.overhead_mb[v])
    limit, count = virtualcenter.receiver_limit, 0
    for t in range(hosts.power_state.size):
        if t != h and hosts.cpu_class[t] == hosts.cpu_class[h] and are_together(hosts, t, h):
            takes = _takes(hosts, host_statistics, vmotion, limit, t, mhz, mb, reserved_mhz, reserved_mb)
            count += 1 if takes else 0
            if count > n:
                return True
    return False


@kernel
def mark_sources(hosts: Hosts, largest: Largest, vmotion: VmotionParams) -> None:
    """Mark in hosts.lets_go the hosts of which theorem 2 speaks."""
    count = 0
    for t in range(hosts.power_state.size):
        count += 1 if _has_room_for_any(hosts, largest, vmotion, t) else 0
    for h in range(hosts.power_state.size):
        others = count - (1 if _has_room_for_any(hosts, largest, vmotion, h) else 0)
        lets_go = others > 0 and is_source(hosts, h) and has_vmotion_network(hosts, vmotion, h)
        hosts.lets_go[h] = 1 if lets_go and largest.has_one_class[0] == 1 else 0


@kernel
def _takes(
    hosts: Hosts,
    host_statistics: HostStatistics,
    vmotion: VmotionParams,
    limit: float,
    t: int,
    mhz: float,
    mb: float,
    reserved_mhz: float,
    reserved_mb: float,
) -> bool:
    """Whether host t, with what is planned there, takes a VM of these figures; in `evacuation`'s words, bit for bit."""
    return (
        is_open(hosts, t)
        and has_vmotion_network(hosts, vmotion, t)
        and (host_statistics.planned_5min_mhz[t] + mhz) / hosts.cpu_capacity_mhz[t] <= limit
        and host_statistics.planned_memory_mb[t] + mb <= hosts.memory_capacity_mb[t]
        and hosts.reserved_mhz[t] + reserved_mhz <= hosts.cpu_capacity_mhz[t]
        and hosts.reserved_mb[t] + reserved_mb <= hosts.memory_capacity_mb[t]
    )


@kernel
def _has_room_for_any(hosts: Hosts, largest: Largest, vmotion: VmotionParams, t: int) -> bool:
    """Whether host t may be a vMotion's destination and `compatibility.has_room` for the largest reservations."""
    reserved_mb = hosts.reserved_mb[t] + largest.memory_reservation_mb[0] + largest.overhead_mb[0]
    return (
        is_open(hosts, t)
        and has_vmotion_network(hosts, vmotion, t)
        and reserved_mb <= hosts.memory_capacity_mb[t]
        and hosts.reserved_mhz[t] + largest.cpu_reservation_mhz[0] <= hosts.cpu_capacity_mhz[t]
    )
