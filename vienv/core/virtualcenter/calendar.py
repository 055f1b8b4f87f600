"""VirtualCenter's calendar: its own outages, and maintenance of hosts, begin and end as the scenario schedules them.

A host in maintenance runs no VM and takes none; `evacuation` empties it before. What is done to a host meanwhile, and
its reboot, are `works`'.
"""

from vienv.core import admission
from vienv.core.clusters import are_together
from vienv.core.compatibility import is_grey, is_in_maintenance, is_open
from vienv.core.enums import ConnectionState, IncidentKind, PowerState
from vienv.core.jit import kernel
from vienv.core.params import HaParams, PowerParams
from vienv.core.state import NEVER, Clock, Hosts, Incidents, Migrations, Vms


@kernel
def keep(
    hosts: Hosts,
    vms: Vms,
    migrations: Migrations,
    incidents: Incidents,
    clock: Clock,
    power: PowerParams,
    ha: HaParams,
) -> None:
    """Begin and end what is scheduled: VirtualCenter's own outages, and maintenance of hosts.

    Maintenance waits while admission control, the minimum of hosts, an outage or the host's own power stands against
    it; its time runs from when evacuation begins.
    """
    now_s = clock.now_s[0]
    for n in range(incidents.at_s.size):
        if incidents.is_done[n] == 1 or incidents.at_s[n] > now_s:
            continue
        if incidents.kind[n] == IncidentKind.VC_OUTAGE:
            clock.vc_returns_at_s[0] = max(clock.vc_returns_at_s[0], incidents.at_s[n] + incidents.duration_s[n])
            incidents.is_done[n] = 1
        if incidents.kind[n] == IncidentKind.MAINTENANCE and may_enter_maintenance(
            hosts, vms, migrations, clock, power, ha, incidents.host[n]
        ):
            hosts.connection[incidents.host[n]] = ConnectionState.ENTERING_MAINTENANCE
            hosts.maintenance_ends_s[incidents.host[n]] = now_s + incidents.duration_s[n]
            incidents.is_done[n] = 1
    for h in range(hosts.connection.size):
        if is_in_maintenance(hosts, h) and hosts.maintenance_ends_s[h] <= now_s:
            hosts.connection[h] = ConnectionState.CONNECTED
            hosts.maintenance_ends_s[h] = NEVER
        is_empty = hosts.num_vms[h] == 0 and hosts.vmotions[h] == 0  # what is in flight to it still arrives
        if hosts.connection[h] == ConnectionState.ENTERING_MAINTENANCE and is_empty:
            hosts.connection[h] = ConnectionState.IN_MAINTENANCE


@kernel
def may_enter_maintenance(
    hosts: Hosts, vms: Vms, migrations: Migrations, clock: Clock, power: PowerParams, ha: HaParams, h: int
) -> bool:
    """Whether nothing stands against host h's leaving: outage, its power, its cluster's minimum, admission control."""
    if clock.now_s[0] < clock.vc_returns_at_s[0] or hosts.power_state[h] != PowerState.ON or is_grey(hosts, h):
        return False
    num_on = 0
    for t in range(hosts.power_state.size):
        if is_open(hosts, t) and are_together(hosts, t, h):
            num_on += 1
    return num_on > power.minimum_hosts_on and admission.allows_leaving(hosts, vms, migrations, ha, h)
