"""Links that go down and come back: uplinks of a host's networks, partitions of hosts, and the isolation address.

A network is a team of uplinks and works while one of them is up; those of management and VMkernel networks fail over
without a gap (`vm_network` tells of the third). A host without a
management network hears nobody and is heard by nobody, while its VMs run on; without a VMkernel network its vMotions
break at that second, whichever end it is of, and it takes and sends none (VMware, ESX Server 3 Configuration Guide,
"Networking"). A partition cuts some hosts' management networks off from the others and from VirtualCenter, but not
from one another, nor from the isolation address, which an incident of its own takes from some hosts or from all. Left
out: switches, VLANs, half-speed teams, links that flap, and the time of those failovers.
"""

from vienv.core.enums import IncidentKind, Network
from vienv.core.jit import kernel
from vienv.core.networks import vm_network
from vienv.core.state import NEVER, Clock, HostNetworks, Hosts, Incidents, Parted
from vienv.core.stillness import stir


@kernel
def change(host_networks: HostNetworks, hosts: Hosts, incidents: Incidents, parted: Parted, clock: Clock) -> None:
    """Begin and end, in order of time, what the scenario schedules for this tick.

    Writes the uplinks that are up, segments, and hosts.severed_at_s of hosts whose VMkernel network goes down; `settle`
    writes its speed when the tick's vMotions have been advanced.
    """
    end_s = clock.now_s[0] + clock.tick_s[0]
    at_s = next_event_s(incidents)
    while at_s <= end_s:
        for n in range(incidents.at_s.size):
            if not _is_of_links(incidents, n):
                continue
            if incidents.is_done[n] == 1 and incidents.ends_at_s[n] == at_s:
                incidents.ends_at_s[n] = NEVER
                _turn(host_networks, hosts, incidents, parted, clock, n, at_s, False)
            if incidents.is_done[n] == 0 and incidents.at_s[n] == at_s:
                incidents.is_done[n] = 1
                incidents.ends_at_s[n] = at_s + incidents.duration_s[n]
                _turn(host_networks, hosts, incidents, parted, clock, n, at_s, True)
        at_s = next_event_s(incidents)


@kernel
def settle(host_networks: HostNetworks, hosts: Hosts, clock: Clock) -> None:
    """Give every VMkernel network the speed that it has at the tick's end."""
    for h in range(host_networks.segment.size):
        mbps = host_networks.vmkernel_line_mbps[h] if host_networks.vmkernel_up[h] > 0 else 0.0
        if hosts.vmkernel_mbps[h] != mbps:
            hosts.vmkernel_mbps[h] = mbps
            clock.is_shown[0] = 0  # how long a VM's vMotion takes stands in rows that are else written once


@kernel
def next_event_s(incidents: Incidents) -> float:
    """When the next link failure or partition begins or ends; NEVER if none does."""
    event_s = NEVER
    for n in range(incidents.at_s.size):
        if _is_of_links(incidents, n):
            event_s = min(event_s, incidents.ends_at_s[n] if incidents.is_done[n] == 1 else incidents.at_s[n])
    return event_s


@kernel
def _is_of_links(incidents: Incidents, n: int) -> bool:
    kind = incidents.kind[n]
    is_of_many = kind == IncidentKind.PARTITION or kind == IncidentKind.ISOLATION_ADDRESS_LOSS
    return is_of_many or kind == IncidentKind.LINK_FAILURE


@kernel
def _turn(
    host_networks: HostNetworks,
    hosts: Hosts,
    incidents: Incidents,
    parted: Parted,
    clock: Clock,
    n: int,
    at_s: float,
    is_beginning: bool,
) -> None:
    """Begin or end incident n at that second."""
    if incidents.kind[n] == IncidentKind.LINK_FAILURE:
        uplinks = -incidents.number[n] if is_beginning else incidents.number[n]
        _add_uplinks(host_networks, hosts, clock, incidents.host[n], incidents.network[n], uplinks, at_s)
        return
    num_hosts = host_networks.segment.size
    for h in range(num_hosts):
        if parted.is_member[n * num_hosts + h] == 0:
            continue
        if incidents.kind[n] == IncidentKind.ISOLATION_ADDRESS_LOSS:
            _add_lost_pings(host_networks, h, 1 if is_beginning else -1, at_s)
        else:
            host_networks.segment[h] = 1 + n if is_beginning else 0
            host_networks.parted_at_s[h] = at_s if is_beginning else NEVER
            host_networks.management_since_s[h] = at_s


@kernel
def _add_lost_pings(host_networks: HostNetworks, h: int, incidents: int, at_s: float) -> None:
    """Let one incident more, or one less, take the isolation address from host h."""
    was_lost = host_networks.pings_lost[h] > 0
    host_networks.pings_lost[h] += incidents
    is_lost = host_networks.pings_lost[h] > 0
    if was_lost != is_lost:
        host_networks.pings_since_s[h] = at_s


@kernel
def _add_uplinks(
    host_networks: HostNetworks, hosts: Hosts, clock: Clock, h: int, network: int, uplinks: int, at_s: float
) -> None:
    """Let that many uplinks of host h's network come up, or go down if negative; failures that overlap add up."""
    if network == Network.MANAGEMENT:
        was_up = host_networks.management_up[h] > 0
        host_networks.management_up[h] += uplinks
        if was_up != (host_networks.management_up[h] > 0):
            host_networks.management_lost_at_s[h] = at_s if was_up else NEVER
            host_networks.management_since_s[h] = at_s
        return
    if network == Network.VM:
        vm_network.add_uplinks(host_networks, hosts, clock, h, uplinks, at_s)
        return
    was_up = host_networks.vmkernel_up[h] > 0
    host_networks.vmkernel_up[h] += uplinks
    if was_up and host_networks.vmkernel_up[h] <= 0:
        hosts.severed_at_s[h] = min(hosts.severed_at_s[h], at_s)
        stir(hosts, clock, h)
