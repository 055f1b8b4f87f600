"""HA's roles as all worlds begin: who is primary or master, who beats through datastores, who is kept for restarts."""

import numpy as np
from numpy.typing import NDArray

from vienv.core import state
from vienv.core.enums import ConnectionState, IsolationResponse, PowerState
from vienv.core.ha.roles import NUM_PRIMARIES, segment_in_cluster
from vienv.core.state import NEVER
from vienv.scenario.inventory import Inventory, hosts_in_clusters
from vienv.scenario.profiles_ha import HA_PROFILES
from vienv.scenario.rows import Rows
from vienv.scenario.schema import Scenario
from vienv.scenario.settings_ha import has_guests, has_roles


def write_ha(rows: Rows, scenario: Scenario, inventory: Inventory) -> None:
    """Write failover hosts and, where the scenario has them, HA's agents and guests."""
    for name in scenario.ha.failover_hosts:
        rows.hosts.connection[inventory.host_names.index(name)] = ConnectionState.FAILOVER
    if has_roles(scenario):
        is_there = rows.hosts.power_state != PowerState.ABSENT
        _write_protection(rows.view(state.Protection), scenario, inventory, is_there)
    if has_guests(scenario):
        _write_guests(rows.view(state.Guests), scenario)


def _write_protection(
    protection: state.Protection, scenario: Scenario, inventory: Inventory, is_there: NDArray[np.bool_]
) -> None:
    """A host beats through datastores if another of its cluster reaches one of its own; who wins an election leads."""
    roles, reach = HA_PROFILES[scenario.profile], inventory.is_reachable
    for field in (protection.leads_from_s, protection.leads_until_s, protection.responds_at_s):
        field[:] = NEVER
    protection.declared_after_s[:] = roles.declared_after_s
    protection.most_datastores[:] = reach.sum(axis=1)
    for k, members in enumerate(hosts_in_clusters(scenario).values()):
        common = reach[members] * (reach[members].sum(axis=0) > 1)
        beats = (common.sum(axis=1) > 0) & roles.has_master & scenario.ha.datastore_heartbeats
        protection.has_datastores[members] = beats
        protection.declared_after_s[np.array(members)[beats]] = roles.declared_with_datastores_s
        protection.segment[members] = segment_in_cluster(k, 0)
        if roles.has_master:
            there = [h for h in members if is_there[h]]
            best = max(there, key=lambda h: (protection.most_datastores[h], h))
            protection.leads_from_s[best] = 0.0
        else:
            protection.is_primary[members[:NUM_PRIMARIES]] = 1


def _write_guests(guests: state.Guests, scenario: Scenario) -> None:
    default = scenario.ha.isolation_response or HA_PROFILES[scenario.profile].isolation_response
    for field in (guests.off_at_s, guests.contested_at_s, guests.silent_from_s, guests.reset_at_s):
        field[:] = NEVER
    guests.response[:] = IsolationResponse[default.upper()]
    for v, entry in enumerate(scenario.vm):
        guests.response[v] = IsolationResponse[(entry.isolation_response or default).upper()]
