"""Clusters whose links fail, for tests: what the scenario schedules, and ticks of everything."""

from collections.abc import Sequence
from types import SimpleNamespace

from tests.managed import managed, schedule
from vienv.core.enums import IncidentKind, Network


def networked(
    hosts: int = 2,
    vms: int = 2,
    incidents: int = 1,
    partitions: bool = False,
    clients: bool = False,
    sessions: int = 0,
    **changes: object,
) -> SimpleNamespace:
    """`managed`, whose hosts have networks: two management uplinks and one VMkernel uplink each."""
    parted = incidents * hosts if partitions else 0
    rows = {"networked_hosts": hosts, "parted": parted, "reached_vms": vms if clients else 0, "sessions": sessions}
    return managed(hosts, vms, incidents=incidents, rows=rows, **changes)


def fail_link(
    c: SimpleNamespace, host: int, network: Network, at_s: float, duration_s: float, uplinks: int = 0, row: int = 0
) -> None:
    """Schedule the failure of that many uplinks of a host; by default of all of them."""
    schedule(c, IncidentKind.LINK_FAILURE, at_s, duration_s, host, row)
    networks = c.host_networks
    up = {
        Network.MANAGEMENT: networks.management_up,
        Network.VMKERNEL: networks.vmkernel_up,
        Network.VM: networks.vm_up,
    }
    c.incidents.network[row], c.incidents.number[row] = network, uplinks or up[network][host]


def part(c: SimpleNamespace, hosts: Sequence[int], at_s: float, duration_s: float, row: int = 0) -> None:
    """Schedule a partition that cuts those hosts off."""
    schedule(c, IncidentKind.PARTITION, at_s, duration_s, row=row)
    for h in hosts:
        c.parted.is_member[row * c.sizes.hosts + h] = 1
