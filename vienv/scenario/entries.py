"""What a scenario says of its VMs, the same in all worlds: its entries, and the generator's exact mix of sizes."""

from collections.abc import Iterable

import numpy as np

from vienv.core.enums import NO_GROUP, NO_HOST, NO_POOL
from vienv.core.state import NEVER, FloatArray, IntArray
from vienv.scenario.inventory import MB_PER_GB, Inventory
from vienv.scenario.machines import CPU_SHARES, MEMORY_SHARES, SHARES_OF_NORMAL
from vienv.scenario.pool_order import pools_in_order
from vienv.scenario.recipe import VmRecipe
from vienv.scenario.refusal import ScenarioError
from vienv.scenario.rows import Rows
from vienv.scenario.schema import Scenario
from vienv.scenario.space import settle

POOL_SHARES = {"low": 2000.0, "normal": 4000.0, "high": 8000.0}
"""CPU shares of a resource pool."""
POOL_MEMORY_SHARES = {"low": 81_920.0, "normal": 163_840.0, "high": 327_680.0}
NO_LOAD = -1.0
"""Of a VM whose demand is the generator's."""
_SHARES = {"low": 1.0 / SHARES_OF_NORMAL, "normal": 1.0, "high": SHARES_OF_NORMAL}
_PRIORITIES = {"disabled": 0, "low": 1, "medium": 2, "high": 3}


def write_entries(rows: Rows, scenario: Scenario, inventory: Inventory) -> None:
    """Write what entries say into the rows that all worlds begin as; the generator's VMs follow with defaults."""
    vms, entries = rows.vms, scenario.vm
    pools = {pool.name: p for p, pool in enumerate(pools_in_order(scenario))}
    together = _numbers(e.together for e in entries)
    apart = _numbers(e.apart for e in entries)
    vms.cpu_limit_mhz[:] = vms.memory_limit_mb[:] = NEVER
    vms.cpu_shares[:], vms.memory_shares[:] = CPU_SHARES, MEMORY_SHARES
    vms.pool[:], vms.together_group[:], vms.apart_group[:] = NO_POOL, NO_GROUP, NO_GROUP
    vms.restart_priority[:] = _PRIORITIES["medium"]
    vms.datastore[:] = _datastores(scenario, inventory)
    for v, e in enumerate(entries):
        vms.num_vcpus[v], vms.memory_mb[v] = e.vcpus, e.memory_gb * MB_PER_GB
        vms.cpu_reservation_mhz[v], vms.memory_reservation_mb[v] = e.cpu_reservation_mhz, e.memory_reservation_mb
        vms.cpu_limit_mhz[v] = NEVER if e.cpu_limit_mhz is None else e.cpu_limit_mhz
        vms.memory_limit_mb[v] = NEVER if e.memory_limit_mb is None else e.memory_limit_mb
        vms.cpu_shares[v] *= _SHARES[e.shares]
        vms.memory_shares[v] *= _SHARES[e.shares]
        vms.arrives_at_s[v], vms.restart_priority[v] = e.arrives_s, _PRIORITIES[e.restart_priority]
        vms.pool[v] = NO_POOL if e.pool is None else pools[e.pool]
        vms.together_group[v] = NO_GROUP if e.together is None else together[e.together]
        vms.apart_group[v] = NO_GROUP if e.apart is None else apart[e.apart]


def write_recipe(recipe: VmRecipe, scenario: Scenario, inventory: Inventory, datastore: IntArray) -> None:
    """Write hosts, loads and departments of entries, and the generator's mix.

    Raises:
        ScenarioError: an entry names a host that does not reach its datastore, `datastore` (V,).
    """
    generator, first = scenario.vms, len(scenario.vm)
    hosts = {name: h for h, name in enumerate(inventory.host_names)}
    recipe.load[:], recipe.host[:] = NO_LOAD, NO_HOST
    recipe.daily_growth[:] = scenario.demand.grows_percent_a_day / 100.0
    recipe.mix_vcpus[first:] = _exact_mix(generator.vcpus, generator.vcpus_percent, generator.count)
    recipe.mix_memory_mb[first:] = MB_PER_GB * _exact_mix(
        generator.memory_gb, generator.memory_percent, generator.count
    )
    for v, e in enumerate(scenario.vm):
        recipe.load[v] = NO_LOAD if e.load is None else e.load
        recipe.department[v] = v % generator.departments
        if e.grows_percent_a_day is not None:
            recipe.daily_growth[v] = e.grows_percent_a_day / 100.0
        if e.host is None:
            continue
        recipe.host[v] = hosts[e.host]
        if e.arrives_s <= 0.0 and not inventory.is_reachable[hosts[e.host], datastore[v]]:
            store = inventory.datastore_names[datastore[v]]
            raise ScenarioError(f"vm {e.name!r}: host {e.host!r} does not reach its datastore {store!r}")


def _exact_mix(values: list[int] | list[float], percents: list[float], count: int) -> FloatArray:
    """Count values in the given proportions, by largest remainder."""
    exact = np.array(percents) * count / 100.0
    counts = np.floor(exact).astype(np.int64)
    rest = count - int(counts.sum())
    counts[np.argsort(counts - exact, kind="stable")[:rest]] += 1
    return np.repeat(np.array(values, np.float64), counts)


def _datastores(scenario: Scenario, inventory: Inventory) -> IntArray:
    """The datastore that an entry names; others take in turn those that several hosts (their own, if named) reach."""
    named = {name: d for d, name in enumerate(inventory.datastore_names)}
    hosts = {name: h for h, name in enumerate(inventory.host_names)}
    shared = np.flatnonzero(inventory.is_reachable.sum(axis=0) > 1)
    in_turn = shared if shared.size else np.arange(len(named))
    chosen = in_turn[np.arange(len(inventory.vm_names)) % in_turn.size]
    for v, entry in enumerate(scenario.vm):
        if entry.datastore is not None:
            chosen[v] = named[entry.datastore]
        elif entry.host is not None:
            reached = in_turn[inventory.is_reachable[hosts[entry.host], in_turn] == 1]
            chosen[v] = reached[v % reached.size] if reached.size else chosen[v]
    if scenario.storage is not None:
        settle(scenario, inventory, scenario.storage, chosen, in_turn)
    return chosen


def _numbers(names: Iterable[str | None]) -> dict[str, int]:
    """Numbers for the names of rules' groups, in order of appearance."""
    return {name: k for k, name in enumerate(dict.fromkeys(name for name in names if name is not None))}
