"""HA's roles as all worlds begin: who is primary or master, who beats through datastores, who is kept for restarts."""

import numpy as np
from numpy.typing import NDArray

from vienv.core import state
from vienv.core.enums import ConnectionState, IsolationResponse, PowerState
from vienv.core.ha.roles import NUM_PRIMARIES
from vienv.core.state import NEVER
from vienv.scenario.inventory import Inventory
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
    """A host beats through datastores if another reaches one of its own; an election's winner is the first master."""
    roles, reach = HA_PROFILES[scenario.profile], inventory.is_reachable
    for field in (protection.leads_from_s, protection.leads_until_s, protection.responds_at_s):
        field[:] = NEVER
    beats = ((reach * (reach.sum(axis=0) > 1)).sum(axis=1) > 0) & roles.has_master & scenario.ha.datastore_heartbeats
    protection.has_datastores[:] = beats
    protection.declared_after_s[:] = roles.declared_after_s
    protection.declared_after_s[beats] = roles.declared_with_datastores_s
    protection.most_datastores[:] = reach.sum(axis=1)
    if roles.has_master:
        best = max(np.flatnonzero(is_there).tolist(), key=lambda h: (protection.most_datastores[h], h))
        protection.leads_from_s[best] = 0.0
    else:
        protection.is_primary[:NUM_PRIMARIES] = 1


def _write_guests(guests: state.Guests, scenario: Scenario) -> None:
    default = scenario.ha.isolation_response or HA_PROFILES[scenario.profile].isolation_response
    for field in (guests.off_at_s, guests.contested_at_s, guests.silent_from_s, guests.reset_at_s):
        field[:] = NEVER
    guests.response[:] = IsolationResponse[default.upper()]
    for v, entry in enumerate(scenario.vm):
        guests.response[v] = IsolationResponse[(entry.isolation_response or default).upper()]
