"""Who may run where: the preconditions of a vMotion, of a power-on and of HA's restart.

A vMotion wants a running VM that is not already on its way, a source that is on, a destination that is on and
connected, the VM's datastore in reach of both, a Gigabit VMkernel network on both, CPUs of one vendor and generation or
under one EVC baseline, no VM-host rule against it, and room for the VM's reservation plus its overhead (Denneman,
frankdenneman.nl, 31 May 2010 for room, 7 September 2012 for datastores, 14 January 2013 for the network). A move that
breaks a rule is refused. A hosted hypervisor has neither VMkernel nor its network, so its VMs start there and stay. A
queued vMotion is judged again when its turn comes. HA's restart asks only where a VM can live, VM-host rules included:
before vSphere 5.5 HA ignores rules between VMs (Epping, "vSphere HA Deepdive"). CPU masks, VM networks and devices that
tie a VM to a host are left out.
"""

from vienv.core.enums import (
    NO_GROUP,
    ConnectionState,
    HypervisorKind,
    MigrationPhase,
    PowerState,
    Refusal,
    VmState,
)
from vienv.core.inventory import planned_host
from vienv.core.jit import kernel
from vienv.core.params import VmotionParams
from vienv.core.rules import allow
from vienv.core.state import Hosts, Migrations, Paths, Vms


@kernel
def refusal_of_vmotion(
    hosts: Hosts, vms: Vms, migrations: Migrations, paths: Paths, vmotion: VmotionParams, v: int, h: int
) -> int:
    """What stands against a vMotion of VM v to host h, asked anew; Refusal.ACCEPTED if nothing does."""
    if vms.state[v] != VmState.RUNNING:
        return Refusal.VM_NOT_RUNNING
    if migrations.phase[v] != MigrationPhase.NONE:
        return Refusal.VM_MIGRATING
    refusal = _refusal_of_hosts(hosts, vms, paths, vmotion, v, h)
    if refusal != Refusal.ACCEPTED:
        return refusal
    if not has_room(hosts, vms, v, h):
        return Refusal.NO_ROOM
    return Refusal.ACCEPTED if keeps_rules(vms, migrations, v, h) else Refusal.RULE


@kernel
def refusal_of_start(
    hosts: Hosts, vms: Vms, migrations: Migrations, paths: Paths, vmotion: VmotionParams, v: int
) -> int:
    """What stands, now that its turn has come, against the vMotion that VM v has queued.

    Its room is already promised. An evacuation may part VMs that belong together, or their host could never be emptied.
    """
    h = migrations.destination[v]
    if vms.state[v] != VmState.RUNNING:
        return Refusal.VM_NOT_RUNNING
    refusal = _refusal_of_hosts(hosts, vms, paths, vmotion, v, h)
    if refusal != Refusal.ACCEPTED:
        return refusal
    if hosts.reserved_mb[h] > hosts.memory_capacity_mb[h] or hosts.reserved_mhz[h] > hosts.cpu_capacity_mhz[h]:
        return Refusal.NO_ROOM
    if not keeps_apart(vms, migrations, v, h):
        return Refusal.RULE
    if migrations.is_evacuation[v] == 0 and not keeps_together(vms, migrations, v, h):
        return Refusal.RULE
    return Refusal.ACCEPTED


@kernel
def refusal_of_power_on(
    hosts: Hosts, vms: Vms, migrations: Migrations, paths: Paths, v: int, h: int, honours_rules: bool
) -> int:
    """What stands against powering VM v on at host h; the rules between VMs only if they are honoured."""
    num_datastores = paths.is_reachable.size // hosts.cpu_class.size
    refusal = refusal_to_live_on(hosts, vms, paths, v, h, num_datastores)
    if refusal != Refusal.ACCEPTED or not honours_rules:
        return refusal
    return Refusal.ACCEPTED if keeps_rules(vms, migrations, v, h) else Refusal.RULE


@kernel
def refusal_to_live_on(hosts: Hosts, vms: Vms, paths: Paths, v: int, h: int, num_datastores: int) -> int:
    """What stands against VM v's running on host h, wherever it comes from: power, connection, datastore, room."""
    if not is_open(hosts, h):
        return why_closed(hosts, h, Refusal.DESTINATION_NOT_CONNECTED)
    if paths.is_reachable[h * num_datastores + vms.datastore[v]] == 0:
        return Refusal.NO_SHARED_DATASTORE
    if not allow(hosts, vms, v, h):
        return Refusal.HOST_RULE
    return Refusal.ACCEPTED if has_room(hosts, vms, v, h) else Refusal.NO_ROOM


@kernel
def is_open(hosts: Hosts, h: int) -> bool:
    """Whether host h takes new VMs: on, and connected."""
    return hosts.power_state[h] == PowerState.ON and hosts.connection[h] == ConnectionState.CONNECTED


@kernel
def is_source(hosts: Hosts, h: int) -> bool:
    """Whether VMs can leave host h: it runs, perhaps for the last time, and is not in maintenance yet."""
    is_on = hosts.power_state[h] == PowerState.ON or hosts.power_state[h] == PowerState.ENTERING_STANDBY
    return is_on and hosts.connection[h] != ConnectionState.IN_MAINTENANCE and not is_grey(hosts, h)


@kernel
def is_hosted(hosts: Hosts, h: int) -> bool:
    """Whether host h's VMs run on a host operating system, outside DRS, DPM and HA."""
    return hosts.hypervisor[h] == HypervisorKind.HOSTED


@kernel
def is_clustered(hosts: Hosts, h: int) -> bool:
    """Whether host h is open and counts for DPM and HA."""
    return is_open(hosts, h) and not is_hosted(hosts, h)


@kernel
def is_grey(hosts: Hosts, h: int) -> bool:
    """Whether VirtualCenter shows host h as not responding: it can ask nothing of it."""
    return hosts.connection[h] == ConnectionState.NOT_RESPONDING


@kernel
def is_in_maintenance(hosts: Hosts, h: int) -> bool:
    """Whether host h is in maintenance mode or on its way there."""
    connection = hosts.connection[h]
    return connection == ConnectionState.ENTERING_MAINTENANCE or connection == ConnectionState.IN_MAINTENANCE


@kernel
def why_closed(hosts: Hosts, h: int, otherwise: int) -> int:
    """Why host h, which is not open or no source, is refused: nobody hears it, it is kept for HA, or `otherwise`."""
    if is_grey(hosts, h):
        return Refusal.NOT_RESPONDING
    is_kept = hosts.power_state[h] == PowerState.ON and hosts.connection[h] == ConnectionState.FAILOVER
    return Refusal.FAILOVER_HOST if is_kept else otherwise


@kernel
def reaches(hosts: Hosts, vms: Vms, paths: Paths, v: int, h: int) -> bool:
    """Whether host h reaches the datastore that holds VM v's files."""
    num_datastores = paths.is_reachable.size // hosts.cpu_class.size
    return paths.is_reachable[h * num_datastores + vms.datastore[v]] == 1


@kernel
def suits(hosts: Hosts, vms: Vms, paths: Paths, v: int, h: int) -> bool:
    """Whether host h reaches VM v's files and no VM-host rule keeps v off it: what no load and no power changes."""
    return reaches(hosts, vms, paths, v, h) and allow(hosts, vms, v, h)


@kernel
def has_vmotion_network(hosts: Hosts, vmotion: VmotionParams, h: int) -> bool:
    """Whether host h has a VMkernel network that is fast enough for vMotion: Gigabit since VI3."""
    return hosts.vmkernel_mbps[h] > 0.0 and hosts.vmkernel_mbps[h] >= vmotion.minimum_mbps


@kernel
def has_room(hosts: Hosts, vms: Vms, v: int, h: int) -> bool:
    """Whether host h can promise VM v its reservation plus overhead, beside residents and VMs on their way."""
    reserved_mb = hosts.reserved_mb[h] + vms.memory_reservation_mb[v] + vms.overhead_mb[v]
    reserved_mhz = hosts.reserved_mhz[h] + vms.cpu_reservation_mhz[v]
    return reserved_mb <= hosts.memory_capacity_mb[h] and reserved_mhz <= hosts.cpu_capacity_mhz[h]


@kernel
def keeps_rules(vms: Vms, migrations: Migrations, v: int, h: int) -> bool:
    """Whether VM v on host h would break neither an anti-affinity nor an affinity rule."""
    return keeps_apart(vms, migrations, v, h) and keeps_together(vms, migrations, v, h)


@kernel
def keeps_apart(vms: Vms, migrations: Migrations, v: int, h: int) -> bool:
    """Whether no powered-on VM that v must be apart from lives on host h, leaving or not, or is on its way there."""
    if vms.apart_group[v] == NO_GROUP:
        return True
    for u in range(vms.state.size):
        if u == v or vms.apart_group[u] != vms.apart_group[v] or not _is_powered_on(vms, u):
            continue
        if vms.host[u] == h or planned_host(vms, migrations, u) == h:
            return False
    return True


@kernel
def keeps_together(vms: Vms, migrations: Migrations, v: int, h: int) -> bool:
    """Whether a powered-on VM that v belongs with will be on host h, or none is powered on at all."""
    if vms.together_group[v] == NO_GROUP:
        return True
    is_alone = True
    for u in range(vms.state.size):
        if u == v or vms.together_group[u] != vms.together_group[v] or not _is_powered_on(vms, u):
            continue
        if planned_host(vms, migrations, u) == h:
            return True
        is_alone = False
    return is_alone


@kernel
def _refusal_of_hosts(hosts: Hosts, vms: Vms, paths: Paths, vmotion: VmotionParams, v: int, h: int) -> int:
    """What stands against copying VM v to host h, room and rules aside. A source that is being emptied is fine."""
    source = vms.host[v]
    if source == h:
        return Refusal.SAME_HOST
    if not is_source(hosts, source):
        return why_closed(hosts, source, Refusal.SOURCE_NOT_CONNECTED)
    if not is_open(hosts, h):
        return why_closed(hosts, h, Refusal.DESTINATION_NOT_CONNECTED)
    if not reaches(hosts, vms, paths, v, source) or not reaches(hosts, vms, paths, v, h):
        return _why_apart(hosts, source, h, Refusal.NO_SHARED_DATASTORE)
    if not has_vmotion_network(hosts, vmotion, source) or not has_vmotion_network(hosts, vmotion, h):
        return _why_apart(hosts, source, h, _why_slow(hosts, vmotion, source, h))
    if hosts.cpu_class[source] != hosts.cpu_class[h]:
        return Refusal.CPU_CLASS
    return Refusal.ACCEPTED if allow(hosts, vms, v, h) else Refusal.HOST_RULE


@kernel
def _why_apart(hosts: Hosts, source: int, h: int, otherwise: int) -> int:
    """Why two hosts that no vMotion connects are refused: one of them has no VMkernel at all, or `otherwise`."""
    return Refusal.HOSTED if is_hosted(hosts, source) or is_hosted(hosts, h) else otherwise


@kernel
def _why_slow(hosts: Hosts, vmotion: VmotionParams, source: int, h: int) -> int:
    """Why the VMkernel networks of two hosts are refused: they are there, but no vMotion would find its minimum."""
    is_asked_more = vmotion.session_mbps_minimum >= vmotion.minimum_mbps
    is_there = hosts.vmkernel_mbps[source] > 0.0 and hosts.vmkernel_mbps[h] > 0.0
    return Refusal.LINK_TOO_SLOW if is_asked_more and is_there else Refusal.NO_GIGABIT_VMKERNEL


@kernel
def _is_powered_on(vms: Vms, v: int) -> bool:
    return vms.state[v] == VmState.RUNNING or vms.state[v] == VmState.STARTING
