"""Resource pools, VM-host rules and planned work on hosts, as all worlds of a scenario share them."""

import numpy as np

from vienv.core import state
from vienv.core.enums import NO_POOL, PowerState, WorkKind
from vienv.core.state import NEVER
from vienv.scenario.entries import POOL_SHARES
from vienv.scenario.inventory import Inventory, hosts_in_groups
from vienv.scenario.pool_order import pools_in_order
from vienv.scenario.rows import Rows
from vienv.scenario.schema import Scenario

PATCH_S = 900.0
"""UNSOURCED."""
_KINDS = {"patch": WorkKind.PATCH, "add_host": WorkKind.ADDITION, "remove_host": WorkKind.REMOVAL}


def write_pools(rows: Rows, scenario: Scenario) -> None:
    """Write the tree of pools."""
    pools, entries = rows.view(state.Pools), pools_in_order(scenario)
    numbers = {entry.name: p for p, entry in enumerate(entries)}
    for p, pool in enumerate(entries):
        pools.shares[p] = POOL_SHARES[pool.shares] if isinstance(pool.shares, str) else pool.shares
        pools.reservation_mhz[p] = pool.reservation_mhz
        pools.limit_mhz[p] = NEVER if pool.limit_mhz is None else pool.limit_mhz
        pools.parent[p] = NO_POOL if pool.parent is None else numbers[pool.parent]
        pools.is_expandable[p] = int(pool.expandable)


def write_rules(rows: Rows, scenario: Scenario, inventory: Inventory) -> None:
    """Write which hosts each VM-host rule leaves to its VMs, a bit a rule."""
    index = hosts_in_groups(scenario)
    for k, rule in enumerate(scenario.rules):
        is_named = np.zeros(len(inventory.host_names), np.bool_)
        for name in rule.hosts:
            is_named[index[name]] = True
        rows.hosts.rule_groups[is_named == (rule.kind == "must_run_on")] |= 1 << k
        for name in rule.vms:
            rows.vms.must_groups[inventory.vm_names.index(name)] |= 1 << k


def num_works(scenario: Scenario) -> int:
    """Hosts of all orders."""
    index = hosts_in_groups(scenario)
    return sum(len(index[name]) for order in scenario.orders for name in order.hosts)


def write_works(rows: Rows, scenario: Scenario) -> None:
    """Write what is planned for each host; those that join later are absent at first and draw nothing."""
    works, hosts, index, n = rows.view(state.Works), rows.hosts, hosts_in_groups(scenario), 0
    for k, order in enumerate(scenario.orders):
        for h in (h for name in order.hosts for h in index[name]):
            works.kind[n], works.host[n], works.order[n] = _KINDS[order.kind], h, k
            works.at_s[n], works.at_once[n] = order.at_s, order.at_once
            works.lasts_s[n] = PATCH_S if order.patch_s is None else order.patch_s
            if order.kind == "add_host":
                works.standby_w[n], hosts.standby_w[h] = hosts.standby_w[h], 0.0
                hosts.power_state[h] = PowerState.ABSENT
            n += 1
