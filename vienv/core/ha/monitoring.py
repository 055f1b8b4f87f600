"""VM monitoring: a guest hangs, VMware Tools' heartbeats cease, and HA resets the VM on its host.

The reset comes when no heartbeat has come for the failure interval (30, 60 or 120 s by sensitivity) and the VM has done
no I/O meanwhile; the guest then boots. A VM is reset at most three times within an hour, a day or a week (Epping,
vSphere HA Deepdive, "VM and Application Monitoring"). A guest that hangs and is not reset waits for its owner, as long
as the incident says. A VM in a vMotion is reset when that has ended. Left out: application monitoring, a reset that
does not help, guests that restart by themselves.
"""

from vienv.core.counters import add
from vienv.core.enums import Happening, IncidentKind, MigrationPhase, VmState
from vienv.core.jit import kernel
from vienv.core.params import HaParams
from vienv.core.silence import hush, served_s
from vienv.core.state import NEVER, Clock, Counters, Guests, Hosts, Incidents, Migrations, Vms
from vienv.core.stillness import stir


@kernel
def reset(
    guests: Guests,
    hosts: Hosts,
    vms: Vms,
    incidents: Incidents,
    migrations: Migrations,
    clock: Clock,
    counters: Counters,
    ha: HaParams,
) -> None:
    """Hang the guests that the scenario has hang in this tick, and reset those whose time has come.

    A guest that is not up when it should hang is spared.
    """
    end_s = clock.now_s[0] + clock.tick_s[0]
    for n in range(incidents.at_s.size):
        if incidents.kind[n] != IncidentKind.GUEST_FAILURE or incidents.is_done[n] == 1 or incidents.at_s[n] > end_s:
            continue
        incidents.is_done[n] = 1
        v = incidents.vm[n]
        if vms.state[v] == VmState.RUNNING and guests.silent_from_s[v] == NEVER:
            hush(guests, hosts, vms, clock, v, incidents.at_s[n])
            _plan_reset(guests, ha, v, incidents.at_s[n], incidents.duration_s[n])
    for v in range(guests.reset_at_s.size):
        if guests.reset_at_s[v] <= end_s and migrations.phase[v] == MigrationPhase.NONE:
            _reset_vm(guests, hosts, vms, migrations, clock, counters, ha, v)


@kernel
def _plan_reset(guests: Guests, ha: HaParams, v: int, hung_s: float, owner_s: float) -> None:
    """Have VM v reset by VM monitoring, while it has resets left, or by its owner, whoever is first."""
    monitored_s = hung_s + ha.monitoring_s
    if monitored_s - guests.window_began_s[v] > ha.reset_window_s:
        guests.resets[v] = 0
    guests.reset_at_s[v] = hung_s + owner_s
    if guests.resets[v] < ha.most_resets:
        guests.reset_at_s[v] = min(guests.reset_at_s[v], monitored_s)


@kernel
def _reset_vm(
    guests: Guests,
    hosts: Hosts,
    vms: Vms,
    migrations: Migrations,
    clock: Clock,
    counters: Counters,
    ha: HaParams,
    v: int,
) -> None:
    """Reset VM v: its guest boots anew, where it is."""
    at_s = max(guests.reset_at_s[v], migrations.ended_at_s[v], migrations.failed_at_s[v])
    if guests.reset_at_s[v] == guests.silent_from_s[v] + ha.monitoring_s:
        guests.window_began_s[v] = at_s if guests.resets[v] == 0 else guests.window_began_s[v]
        guests.resets[v] += 1
        add(counters, Happening.GUEST_RESETS, 1.0)
    vms.up_s[v] = min(vms.up_s[v], served_s(guests, clock, v))
    guests.reset_at_s[v] = guests.silent_from_s[v] = NEVER
    vms.state[v] = VmState.STARTING
    vms.up_at_s[v] = at_s + ha.guest_boot_s
    clock.placement_changed[0] = 1
    stir(hosts, clock, vms.host[v])
