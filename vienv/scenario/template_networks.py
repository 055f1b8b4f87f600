"""The networks' part of what all worlds share: uplinks that are up, and whom a partition cuts off."""

from vienv.core import state
from vienv.core.enums import NO_HOST, Network
from vienv.core.state import NEVER
from vienv.scenario.inventory import Inventory
from vienv.scenario.rows import Rows
from vienv.scenario.schema import Scenario
from vienv.scenario.schema_management import Incident

_NETWORKS = {"management": Network.MANAGEMENT, "vmkernel": Network.VMKERNEL, "vm": Network.VM}
_OF_MANY = ("partition", "isolation_address_loss")


def has_networks(scenario: Scenario) -> bool:
    """Whether the scenario needs its hosts' networks: something befalls them."""
    return any(incident.kind in ("link_failure", *_OF_MANY) for incident in scenario.incidents)


def befalls_many(scenario: Scenario) -> bool:
    """Whether an incident names the hosts whose networks it befalls: they are parted or lose the isolation address."""
    return any(incident.kind in _OF_MANY for incident in scenario.incidents)


def loses_clients(scenario: Scenario) -> bool:
    """Whether guests may run and be reached by nobody."""
    return any(incident.network == "vm" for incident in scenario.incidents)


def uplinks_of(scenario: Scenario, network: str | None) -> int:
    """How many uplinks that network of a host has."""
    networks = scenario.networks
    if network == "vm":
        return networks.vm_uplinks
    return networks.vmkernel_uplinks if network == "vmkernel" else networks.management_uplinks


def write_networks(rows: Rows, scenario: Scenario, inventory: Inventory, incidents: list[Incident]) -> None:
    """Write the hosts' networks, what these incidents, in order of time, do to them, and clients' sessions."""
    scheduled, parted = rows.view(state.Incidents), rows.view(state.Parted)
    scheduled.ends_at_s[:] = NEVER
    for k, incident in enumerate(incidents):
        if incident.kind == "link_failure" and incident.network is not None:
            scheduled.network[k] = _NETWORKS[incident.network]
            scheduled.number[k] = incident.uplinks or uplinks_of(scenario, incident.network)
        for name in _members(incident, inventory):
            parted.is_member[k * len(inventory.host_names) + inventory.host_names.index(name)] = 1
    groups = rows.view(state.Sessions)
    for s, group in enumerate(scenario.sessions):
        groups.timeout_s[s], groups.clients[s] = group.timeout_s, group.count
        groups.vm[s] = inventory.vm_names.index(group.vm)
    if not has_networks(scenario):
        return
    networks, knowledge = rows.view(state.HostNetworks), rows.view(state.HostKnowledge)
    networks.vmkernel_line_mbps[:] = inventory.vmkernel_mbps
    networks.management_lost_at_s[:] = networks.parted_at_s[:] = knowledge.silent_since_s[:] = NEVER
    networks.management_up[:] = scenario.networks.management_uplinks
    networks.vmkernel_up[:] = networks.vmkernel_uplinks[:] = scenario.networks.vmkernel_uplinks
    networks.vm_up[:] = networks.vm_uplinks[:] = scenario.networks.vm_uplinks
    networks.vm_failover_s[:] = scenario.networks.vm_failover_s
    networks.vm_lost_at_s[:] = NEVER
    reach = rows.view(state.Reach)
    reach.since_s[:], reach.host[:] = NEVER, NO_HOST


def _members(incident: Incident, inventory: Inventory) -> list[str]:
    """Names of the hosts that a partition cuts off, or that lose the isolation address."""
    if incident.hosts is not None:
        return incident.hosts
    return list(inventory.host_names) if incident.kind == "isolation_address_loss" else []
