"""Resource pools and VM-host rules, as all worlds of a scenario share them."""

import numpy as np

from vienv.core import state
from vienv.core.enums import NO_POOL
from vienv.core.state import NEVER
from vienv.scenario.check_rules import MUST, RUN_ON
from vienv.scenario.entries import POOL_MEMORY_SHARES, POOL_SHARES
from vienv.scenario.inventory import Inventory, hosts_in_groups
from vienv.scenario.pool_order import pools_in_order
from vienv.scenario.rows import Rows
from vienv.scenario.schema import Scenario


def write_pools(rows: Rows, scenario: Scenario) -> None:
    """Write the tree of pools."""
    pools, entries = rows.view(state.Pools), pools_in_order(scenario)
    numbers = {entry.name: p for p, entry in enumerate(entries)}
    for p, pool in enumerate(entries):
        pools.shares[p] = POOL_SHARES[pool.shares] if isinstance(pool.shares, str) else pool.shares
        pools.reservation_mhz[p] = pool.reservation_mhz
        pools.limit_mhz[p] = NEVER if pool.limit_mhz is None else pool.limit_mhz
        shares = pool.memory_shares
        pools.memory_shares[p] = POOL_MEMORY_SHARES[shares] if isinstance(shares, str) else shares
        pools.memory_reservation_mb[p] = pool.memory_reservation_mb
        pools.memory_limit_mb[p] = NEVER if pool.memory_limit_mb is None else pool.memory_limit_mb
        pools.parent[p] = NO_POOL if pool.parent is None else numbers[pool.parent]
        pools.is_expandable[p] = int(pool.expandable)


def write_rules(rows: Rows, scenario: Scenario, inventory: Inventory) -> None:
    """Write which hosts each VM-host rule leaves to its VMs, or would have them on, a bit a rule."""
    index, preferences = hosts_in_groups(scenario), rows.view(state.Preferences)
    for k, rule in enumerate(scenario.rules):
        is_named = np.zeros(len(inventory.host_names), np.bool_)
        for name in rule.hosts:
            is_named[index[name]] = True
        rows.hosts.rule_groups[is_named == (rule.kind in RUN_ON)] |= 1 << k
        groups = rows.vms.must_groups if rule.kind in MUST else preferences.groups
        for name in rule.vms:
            groups[inventory.vm_names.index(name)] |= 1 << k


def has_preferences(scenario: Scenario) -> bool:
    """Whether a VM-host rule only says where VMs should run."""
    return any(rule.kind not in MUST for rule in scenario.rules)
