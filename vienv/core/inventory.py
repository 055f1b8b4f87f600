"""Who lives where: VMs grouped by host, and what each host has promised to residents and to VMs on their way.

A VM that is queued or in flight lives at its source and is promised room at its destination. Grouping is a counting
sort, done only when something moved, so that every other kernel can walk a host's VMs without searching.
"""

from vienv.core.enums import NO_HOST, MigrationPhase, PowerState, VmState
from vienv.core.jit import kernel
from vienv.core.state import NEVER, Clock, Hosts, Migrations, Vms
from vienv.core.stillness import is_still


@kernel
def begin_tick(hosts: Hosts, vms: Vms, migrations: Migrations, clock: Clock) -> None:
    """Reset what a tick works out anew, as if the state at its beginning held throughout; still hosts hold it."""
    group(hosts, vms, migrations, clock)
    tick_s = clock.tick_s[0]
    for h in range(hosts.power_state.size):
        if is_still(hosts, h):
            continue
        state = hosts.power_state[h]
        is_on = state == PowerState.ON or state == PowerState.ENTERING_STANDBY
        is_coming = state == PowerState.WAKING or state == PowerState.BOOTING
        hosts.on_s[h] = tick_s if is_on else 0.0
        hosts.boot_tick_s[h] = tick_s if is_coming else 0.0
        hosts.fails_at_s[h] = hosts.severed_at_s[h] = NEVER
        hosts.vmotion_mhz[h] = 0.0
        for r in range(hosts.first_vm[h], hosts.first_vm[h] + hosts.num_vms[h]):
            v = vms.by_host[r]
            vms.up_s[v] = tick_s if vms.state[v] == VmState.RUNNING else 0.0
            vms.slowdown[v] = 0.0


@kernel
def group(hosts: Hosts, vms: Vms, migrations: Migrations, clock: Clock) -> None:
    """Sort vms.by_host and add up the reservations of residents and of inbound VMs, if anything moved since."""
    if clock.placement_changed[0] == 0:
        return
    clock.placement_changed[0] = 0
    num_hosts, num_vms = hosts.power_state.size, vms.state.size
    for h in range(num_hosts):
        hosts.num_vms[h] = 0
        hosts.reserved_mhz[h] = 0.0
        hosts.reserved_mb[h] = 0.0
    for v in range(num_vms):
        if vms.host[v] != NO_HOST:
            hosts.num_vms[vms.host[v]] += 1
        if _is_powered_on(vms.state[v]):
            _promise(hosts, vms, v, vms.host[v])
        if migrations.phase[v] != MigrationPhase.NONE:
            _promise(hosts, vms, v, migrations.destination[v])
    first = 0
    for h in range(num_hosts):
        hosts.first_vm[h] = first
        first += hosts.num_vms[h]
        hosts.num_vms[h] = 0
    for v in range(num_vms):
        h = vms.host[v]
        if h == NO_HOST:
            vms.by_host[first] = v
            first += 1
            continue
        vms.by_host[hosts.first_vm[h] + hosts.num_vms[h]] = v
        hosts.num_vms[h] += 1


@kernel
def gather(vms: Vms, migrations: Migrations, a: int, b: int) -> int:
    """List in vms.gathered, by index, the VMs that live on host a or b or will be there; their number."""
    count = 0
    for v in range(vms.state.size):
        home, goal = vms.host[v], planned_host(vms, migrations, v)
        if home in (a, b) or goal in (a, b):
            vms.gathered[count] = v
            count += 1
    return count


@kernel
def promise_again(hosts: Hosts, vms: Vms, migrations: Migrations, clock: Clock, num_gathered: int, h: int) -> None:
    """Add up host h's reservations in the order of `group`, after a vMotion to it was queued and nothing else moved."""
    clock.placement_changed[0] = 0
    hosts.reserved_mhz[h] = hosts.reserved_mb[h] = 0.0
    for g in range(num_gathered):
        v = vms.gathered[g]
        if vms.host[v] == h and _is_powered_on(vms.state[v]):
            _promise(hosts, vms, v, h)
        if migrations.phase[v] != MigrationPhase.NONE and migrations.destination[v] == h:
            _promise(hosts, vms, v, h)


@kernel
def planned_host(vms: Vms, migrations: Migrations, v: int) -> int:
    """Where VM v will be if what is queued and in flight succeeds; NO_HOST for a VM without a host."""
    return migrations.destination[v] if migrations.phase[v] != MigrationPhase.NONE else vms.host[v]


@kernel
def _is_powered_on(state: int) -> bool:
    return state == VmState.RUNNING or state == VmState.STARTING


@kernel
def _promise(hosts: Hosts, vms: Vms, v: int, h: int) -> None:
    hosts.reserved_mhz[h] += vms.cpu_reservation_mhz[v]
    hosts.reserved_mb[h] += vms.memory_reservation_mb[v] + vms.overhead_mb[v]
