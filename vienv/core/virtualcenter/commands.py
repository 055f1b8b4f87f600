"""VirtualCenter accepts a command or refuses it with a reason.

Accepted means that the task starts or queues; it can still fail. A refused command changes nothing but its counter.
The functions `refusal_of_*` are the only judges: the mask asks them, and so does the command, hence the mask is exact.
While VirtualCenter is down every command is refused; hosts, HA and vMotions already copying go on. A scenario may let
an administrator work with the VI Client at a host itself meanwhile: he can power a VM on there, and nothing that needs
two hosts (VMware, VI3 Basic System Administration). What administrators order goes through `tasks`.
"""

from vienv.core import admission
from vienv.core.clusters import are_together
from vienv.core.compatibility import is_hosted, is_open, refusal_of_power_on, refusal_of_vmotion, why_closed
from vienv.core.copying import reserve
from vienv.core.enums import BUSY, COMMANDED, NO_POOL, PowerState, Refusal, VmState
from vienv.core.jit import kernel
from vienv.core.params import HaParams, PowerParams, VirtualCenterParams, VmotionParams
from vienv.core.pools import admits
from vienv.core.power_orders import has_peer, send_packet
from vienv.core.queue import enqueue
from vienv.core.state import (
    NEVER,
    Clock,
    DirectPowerOns,
    Hosts,
    HostStatistics,
    Migrations,
    Paths,
    Pools,
    Vms,
    VmStatistics,
    Volumes,
)
from vienv.core.stillness import stir
from vienv.core.timers import expect
from vienv.core.virtualcenter.evacuation import plan


@kernel
def command_cap(hosts: Hosts, virtualcenter: VirtualCenterParams) -> int:
    """Commands that one interval allows: MaxMovesPerHost for each host that is on."""
    num_on = 0
    for h in range(hosts.power_state.size):
        if hosts.power_state[h] == PowerState.ON:
            num_on += 1
    return virtualcenter.commands_per_host * num_on


@kernel
def refusal_of_any(clock: Clock, hosts: Hosts, virtualcenter: VirtualCenterParams) -> int:
    """What stands against every command: VirtualCenter is down, or the interval's cap is reached."""
    if clock.now_s[0] < clock.vc_returns_at_s[0]:
        return Refusal.VC_DOWN
    if clock.commands[0] >= command_cap(hosts, virtualcenter):
        return Refusal.COMMAND_LIMIT
    return Refusal.ACCEPTED


@kernel
def refusal_of_migration(
    hosts: Hosts, vms: Vms, migrations: Migrations, paths: Paths, vmotion: VmotionParams, v: int, h: int
) -> int:
    """What stands against migrating VM v to host h, beside `refusal_of_any`."""
    if vms.commanded[v] != 0:
        return Refusal.VM_BUSY if vms.commanded[v] == BUSY else Refusal.ALREADY_COMMANDED
    return refusal_of_vmotion(hosts, vms, migrations, paths, vmotion, v, h)


@kernel
def refusal_to_enter(hosts: Hosts, vms: Vms, migrations: Migrations, ha: HaParams, v: int, h: int) -> int:
    """What stands, beside `refusal_of_migration`, against VM v's coming to host h from another cluster."""
    if are_together(hosts, vms.host[v], h) or admission.allows_power_on(hosts, vms, migrations, ha, v, h):
        return Refusal.ACCEPTED
    return Refusal.ADMISSION_CONTROL


@kernel
def refusal_of_placement(
    pools: Pools, hosts: Hosts, vms: Vms, migrations: Migrations, paths: Paths, ha: HaParams, v: int, h: int
) -> int:
    """What stands against powering the arrived VM v on at host h, beside `refusal_of_any`.

    Its pool says the same for all hosts, admission control for all of a cluster. Writes scratch of the pools.
    """
    if vms.state[v] != VmState.AWAITING_PLACEMENT:
        return Refusal.VM_NOT_WAITING
    if vms.pool[v] != NO_POOL and not admits(pools, vms, v):
        return Refusal.POOL_RESERVATION
    if not admission.allows_power_on(hosts, vms, migrations, ha, v, h):
        return Refusal.ADMISSION_CONTROL
    return refusal_of_power_on(hosts, vms, migrations, paths, v, h, True)


@kernel
def refusal_of_direct_power_on(hosts: Hosts, vms: Vms, migrations: Migrations, paths: Paths, v: int, h: int) -> int:
    """What stands against powering the arrived VM v on at host h itself while VirtualCenter is down.

    The host asks for room and for the VM's files. Admission control and rules between VMs are VirtualCenter's.
    """
    if vms.state[v] != VmState.AWAITING_PLACEMENT:
        return Refusal.VC_DOWN
    return refusal_of_power_on(hosts, vms, migrations, paths, v, h, False)


@kernel
def takes_direct_orders(clock: Clock, virtualcenter: VirtualCenterParams) -> bool:
    """Whether an administrator works at the hosts themselves: VirtualCenter is down, and the scenario allows it."""
    return virtualcenter.has_direct_power_on == 1 and clock.now_s[0] < clock.vc_returns_at_s[0]


@kernel
def refusal_of_standby(
    hosts: Hosts,
    vms: Vms,
    migrations: Migrations,
    paths: Paths,
    vm_statistics: VmStatistics,
    host_statistics: HostStatistics,
    clock: Clock,
    vmotion: VmotionParams,
    power: PowerParams,
    ha: HaParams,
    virtualcenter: VirtualCenterParams,
    failover: admission.Failover,
    is_dpm_off: bool,
    h: int,
) -> int:
    """What stands against sending host h to standby, beside `refusal_of_any`."""
    refusal = refusal_to_leave(hosts, power, ha, failover, is_dpm_off, h)
    if refusal != Refusal.ACCEPTED:
        return refusal
    if not plan(hosts, vms, migrations, paths, vm_statistics, host_statistics, clock, vmotion, virtualcenter, h):
        return Refusal.NO_EVACUATION_PLAN
    return Refusal.ACCEPTED


@kernel
def refusal_to_leave(
    hosts: Hosts, power: PowerParams, ha: HaParams, failover: admission.Failover, is_dpm_off: bool, h: int
) -> int:
    """What stands against sending host h to standby, its evacuation aside; `works.keep_awake` says if DPM is off.

    Both that and what was counted are of its cluster.
    """
    if hosts.commanded[h] == 1:
        return Refusal.ALREADY_COMMANDED
    if not is_open(hosts, h):
        return why_closed(hosts, h, Refusal.HOST_NOT_ON)
    if is_hosted(hosts, h):
        return Refusal.HOSTED
    if is_dpm_off:
        return Refusal.PATCHES_ARE_DUE
    num_left = failover.hosts - 1
    if num_left == 0:
        return Refusal.LAST_PEER
    if num_left < power.minimum_hosts_on:
        return Refusal.MINIMUM_HOSTS
    if not admission.allows_one_less(hosts, ha, failover, h):
        return Refusal.ADMISSION_CONTROL
    return Refusal.ACCEPTED


@kernel
def refusal_of_wake(hosts: Hosts, h: int) -> int:
    """What stands against waking host h: the magic packet needs a peer that is on, on the VMkernel network."""
    if hosts.commanded[h] == 1:
        return Refusal.ALREADY_COMMANDED
    if hosts.power_state[h] != PowerState.STANDBY:
        return Refusal.HOST_NOT_IN_STANDBY
    return Refusal.ACCEPTED if has_peer(hosts, h) else Refusal.NO_PEER_TO_WAKE


@kernel
def migrate(hosts: Hosts, vms: Vms, migrations: Migrations, clock: Clock, v: int, h: int) -> None:
    """Queue the vMotion of VM v to host h."""
    enqueue(migrations, hosts, vms, clock, v, h, 0)
    vms.commanded[v] = COMMANDED
    clock.commands[0] += 1


@kernel
def place(hosts: Hosts, vms: Vms, volumes: Volumes, clock: Clock, ha: HaParams, v: int, h: int) -> None:
    """Power the arrived VM v on at host h, as soon as its LUN is free for it."""
    starts_s = reserve(volumes, vms.datastore[v], clock.now_s[0])
    vms.host[v] = h
    vms.state[v] = VmState.STARTING
    vms.up_at_s[v] = starts_s + ha.guest_boot_s
    vms.shared_mb[v] = 0.0
    vms.scanned_since_s[v] = starts_s
    vms.commanded[v] = COMMANDED
    clock.commands[0] += 1
    clock.placement_changed[0] = 1
    stir(hosts, clock, h)
    expect(clock)


@kernel
def place_directly(
    direct: DirectPowerOns, hosts: Hosts, vms: Vms, volumes: Volumes, clock: Clock, ha: HaParams, v: int, h: int
) -> None:
    """Power the arrived VM v on at host h itself; HA learns of it when VirtualCenter is back."""
    place(hosts, vms, volumes, clock, ha, v, h)
    direct.is_unprotected[v] = 1


@kernel
def order_standby(hosts: Hosts, clock: Clock, h: int) -> None:
    """Begin to evacuate host h; it goes to standby when its last VM has left."""
    hosts.power_state[h] = PowerState.ENTERING_STANDBY
    hosts.state_since_s[h] = clock.now_s[0]
    hosts.ready_at_s[h] = NEVER
    hosts.commanded[h] = COMMANDED
    clock.commands[0] += 1
    expect(clock)


@kernel
def wake(hosts: Hosts, clock: Clock, power: PowerParams, h: int) -> None:
    """Send host h the magic packet."""
    send_packet(hosts, power, h, clock.now_s[0])
    hosts.commanded[h] = COMMANDED
    clock.commands[0] += 1
    stir(hosts, clock, h)
    expect(clock)


@kernel
def open_interval(hosts: Hosts, vms: Vms, clock: Clock) -> None:
    """Forget the commands of the interval that ended; tasks go on."""
    clock.commands[0] = 0
    for h in range(hosts.commanded.size):
        hosts.commanded[h] = 0
    for v in range(vms.commanded.size):
        if vms.commanded[v] == COMMANDED:
            vms.commanded[v] = 0


@kernel
def judge_loss(hosts: Hosts, clock: Clock) -> None:
    """All is lost for good when no host is on or coming and none will be repaired before the episode ends."""
    for h in range(hosts.power_state.size):
        state = hosts.power_state[h]
        if state == PowerState.FAILED and hosts.repair_at_s[h] < clock.duration_s[0]:
            return
        if state != PowerState.FAILED and state != PowerState.STANDBY and state != PowerState.ABSENT:
            return
    clock.is_terminated[0] = 1
