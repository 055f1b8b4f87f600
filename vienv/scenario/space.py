"""Who lies on which datastore, and how much space that takes: shared storage has one hole, local disks have many.

A VM that names no datastore takes, of those that its host reaches and that have room for its disk, the one with most
space left; where no hole is large enough it is refused, however much space there is in all. Left out: swap files,
logs, and space kept free for snapshots.
"""

import numpy as np

from vienv.core.state import FloatArray, IntArray
from vienv.scenario.inventory import MB_PER_GB, Inventory
from vienv.scenario.refusal import ScenarioError
from vienv.scenario.schema import Scenario
from vienv.scenario.schema_storage import Storage

_PERCENT = 100.0


def capacity_mb_of(scenario: Scenario) -> FloatArray:
    """Capacity of each datastore, (D,); infinity if it is not limited."""
    each = [
        np.inf if group.capacity_gb is None else group.capacity_gb * MB_PER_GB
        for group in scenario.datastores
        for _ in range(group.count)
    ]
    return np.array(each)


def disks_mb_of(scenario: Scenario, storage: Storage) -> tuple[FloatArray, FloatArray, IntArray]:
    """Configured and written size of each VM's disk, (V,), and which are thin."""
    sizes = [e.disk_gb or storage.disk_gb for e in scenario.vm] + [storage.disk_gb] * scenario.vms.count
    thin = [storage.thin if e.thin is None else e.thin for e in scenario.vm] + [storage.thin] * scenario.vms.count
    configured_mb, is_thin = np.array(sizes) * MB_PER_GB, np.array(thin, np.int64)
    written_mb = np.where(is_thin == 1, configured_mb * storage.written_percent / _PERCENT, configured_mb)
    return configured_mb, written_mb, is_thin


def used_mb_of(datastore: IntArray, written_mb: FloatArray, num_datastores: int) -> FloatArray:
    """Space that VMs take of each datastore, (D,)."""
    used_mb = np.zeros(num_datastores)
    np.add.at(used_mb, datastore, written_mb)
    return used_mb


def settle(scenario: Scenario, inventory: Inventory, storage: Storage, chosen: IntArray, choices: IntArray) -> None:
    """Find a datastore, among `choices`, for each VM whose entry names none; writes `chosen` (V,).

    Raises:
        ScenarioError: the VMs of a datastore do not fit on it, or a VM finds no hole that is large enough; one line.
    """
    capacity_mb = capacity_mb_of(scenario)
    _, written_mb, _ = disks_mb_of(scenario, storage)
    hosts = {name: h for h, name in enumerate(inventory.host_names)}
    left_mb = capacity_mb.copy()
    named = [v for v, entry in enumerate(scenario.vm) if entry.datastore is not None]
    for v in named:
        left_mb[chosen[v]] -= written_mb[v]
        if left_mb[chosen[v]] < 0.0:
            store, free_mb = inventory.datastore_names[chosen[v]], left_mb[chosen[v]] + written_mb[v]
            raise _refusal(inventory, v, written_mb[v], f"datastore {store!r} has {free_mb / MB_PER_GB:g} GB left")
    taken_mb = used_mb_of(chosen[named], written_mb[named], capacity_mb.size)
    for v in range(chosen.size):
        if v in named:
            continue
        host = scenario.vm[v].host if v < len(scenario.vm) else None
        reached = choices if host is None else choices[inventory.is_reachable[hosts[host], choices] == 1]
        fitting = [d for d in reached if left_mb[d] >= written_mb[v]]
        if not fitting:
            largest_mb = max((left_mb[d] for d in reached), default=0.0)
            raise _refusal(inventory, v, written_mb[v], f"the largest hole has {largest_mb / MB_PER_GB:g} GB")
        best = min(fitting, key=lambda d: (-left_mb[d], taken_mb[d], d))
        chosen[v] = best
        left_mb[best] -= written_mb[v]
        taken_mb[best] += written_mb[v]


def _refusal(inventory: Inventory, v: int, needed_mb: float, allowed: str) -> ScenarioError:
    return ScenarioError(f"vm {inventory.vm_names[v]!r}: needs {needed_mb / MB_PER_GB:g} GB of disk, and {allowed}")
