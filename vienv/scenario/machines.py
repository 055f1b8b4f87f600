"""The VMs of one world: sizes, reservations, shares and departments, and what the VMkernel needs for each.

Sizes come in the scenario's exact proportions, shuffled anew in each world; entries keep what they say. Overhead is
the fit to VMware's table (vSphere 4.0 Resource Management Guide, table 3-2) within 1 MB for 1, 2 and 4 vCPUs; VI3's
own table was not found.
"""

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from vienv.core.enums import NO_GROUP, NO_HOST, NO_POOL
from vienv.core.state import NEVER, FloatArray, IntArray
from vienv.scenario.inventory import MB_PER_GB, Inventory
from vienv.scenario.keys import Keys, Stream
from vienv.scenario.profiles import PROFILES
from vienv.scenario.schema import Scenario

CPU_SHARES = {"low": 500.0, "normal": 1000.0, "high": 2000.0}
"""Per vCPU (VMware's SharesInfo)."""
MEMORY_SHARES = {"low": 5.0, "normal": 10.0, "high": 20.0}
"""Per configured MB."""
POOL_SHARES = {"low": 2000.0, "normal": 4000.0, "high": 8000.0}
"""CPU shares of a resource pool."""
_PRIORITIES = {"disabled": 0, "low": 1, "medium": 2, "high": 3}
_OVERHEAD_VCPUS = np.array([1.0, 2.0, 4.0, 8.0])
_OVERHEAD_FIXED_MB = np.array([109.65, 153.9, 236.1, 406.8])
_OVERHEAD_PER_MB = np.array([0.01375, 0.02163, 0.02171, 0.03777])


class Machines(NamedTuple):
    """Arrays of VMs (V,), named as in state.Vms; `host` NO_HOST: the placement chooses; `load` NaN: the generator's."""

    num_vcpus: IntArray
    cpu_configured_mhz: FloatArray
    cpu_reservation_mhz: FloatArray
    cpu_limit_mhz: FloatArray
    cpu_shares: FloatArray
    memory_mb: FloatArray
    memory_reservation_mb: FloatArray
    memory_limit_mb: FloatArray
    memory_shares: FloatArray
    overhead_mb: FloatArray
    touched_mb: FloatArray
    shareable_mb: FloatArray
    arrives_at_s: FloatArray
    datastore: IntArray
    pool: IntArray
    restart_priority: IntArray
    together_group: IntArray
    apart_group: IntArray
    department: IntArray
    host: IntArray
    load: FloatArray


def overhead(num_vcpus: IntArray, memory_mb: FloatArray) -> FloatArray:
    """The VMkernel's own memory for a VM, MB; straight lines between the fitted vCPUs, above 8 in proportion."""
    fixed = np.interp(num_vcpus, _OVERHEAD_VCPUS, _OVERHEAD_FIXED_MB)
    per_mb = np.interp(num_vcpus, _OVERHEAD_VCPUS, _OVERHEAD_PER_MB)
    growth = np.maximum(1.0, num_vcpus / _OVERHEAD_VCPUS[-1])
    total: FloatArray = growth * (fixed + per_mb * memory_mb)
    return total


class MachineMaker:
    """Makes the VMs of a world; what all worlds share is worked out once."""

    def __init__(self, scenario: Scenario, inventory: Inventory):
        self._scenario = scenario
        self._reference_mhz = inventory.reference_mhz
        self._base = _entries(scenario, inventory)
        self._sharing_fraction = PROFILES[scenario.profile].sharing_fraction
        g = scenario.vms
        self._vcpus = _exact_mix(g.vcpus, g.vcpus_percent, g.count)
        self._memory_mb = _exact_mix(g.memory_gb, g.memory_percent, g.count) * MB_PER_GB

    def draw(self, keys: Keys) -> Machines:
        """The VMs of one world."""
        scenario, g, first = self._scenario, self._scenario.vms, len(self._scenario.vm)
        m = Machines._make(column.copy() for column in self._base)
        sizes = keys.generator(Stream.SIZES)
        m.num_vcpus[first:] = sizes.permutation(self._vcpus)
        m.memory_mb[first:] = sizes.permutation(self._memory_mb)
        m.department[first:] = keys.generator(Stream.DEPARTMENTS).integers(0, g.departments, g.count)
        if g.pools:
            names = [pool.name for pool in scenario.pools]
            taken = np.array([names.index(pool) for pool in g.pools])
            m.pool[first:] = taken[m.department[first:] % len(taken)]
        m.cpu_configured_mhz[:] = m.num_vcpus * self._reference_mhz
        self._reserve(m, keys.generator(Stream.RESERVATIONS), first)
        self._share(m, keys.generator(Stream.SHARES), first)
        self._arrive(m, keys.generator(Stream.ARRIVAL), first)
        m.overhead_mb[:] = overhead(m.num_vcpus, m.memory_mb)
        m.touched_mb[:] = scenario.memory.touched_fraction * m.memory_mb
        m.shareable_mb[:] = np.minimum(self._sharing_fraction * m.memory_mb, m.touched_mb)
        return m

    def _reserve(self, m: Machines, generator: np.random.Generator, first: int) -> None:
        """Reserve for some: the first the largest, the others a quarter, half or all of it, within their size."""
        g = self._scenario.vms
        count = round(g.count * g.reservation_percent / 100.0)
        chosen = first + generator.permutation(g.count)[:count]
        part = generator.choice([0.25, 0.5, 1.0], count)
        part[:1] = 1.0
        m.cpu_reservation_mhz[chosen] = np.minimum(part * g.largest_reservation_mhz, m.cpu_configured_mhz[chosen])
        m.memory_reservation_mb[chosen] = np.minimum(part * g.largest_reservation_mb, m.memory_mb[chosen])

    def _share(self, m: Machines, generator: np.random.Generator, first: int) -> None:
        g = self._scenario.vms
        order = first + generator.permutation(g.count)
        high = round(g.count * g.high_shares_percent / 100.0)
        low = round(g.count * g.low_shares_percent / 100.0)
        for column, table in ((m.cpu_shares, CPU_SHARES), (m.memory_shares, MEMORY_SHARES)):
            column[first:] = table["normal"]
            column[order[:high]] = table["high"]
            column[order[high : high + low]] = table["low"]
        m.cpu_shares[:] *= m.num_vcpus
        m.memory_shares[:] *= m.memory_mb

    def _arrive(self, m: Machines, generator: np.random.Generator, first: int) -> None:
        g = self._scenario.vms
        count = round(g.count * g.arriving_percent / 100.0)
        half_s = 0.5 * self._scenario.duration_h * 3600.0
        m.arrives_at_s[first + generator.permutation(g.count)[:count]] = np.sort(generator.random(count)) * half_s


def _exact_mix(values: list[int] | list[float], percents: list[float], count: int) -> FloatArray:
    """Count values in the given proportions, by largest remainder."""
    exact = np.array(percents) * count / 100.0
    counts = np.floor(exact).astype(np.int64)
    rest = count - int(counts.sum())
    counts[np.argsort(counts - exact, kind="stable")[:rest]] += 1
    return np.repeat(np.array(values, np.float64), counts)


def _entries(scenario: Scenario, inventory: Inventory) -> Machines:
    """All VMs with what their entries say; the generator's follow with defaults."""
    entries, total = scenario.vm, len(scenario.vm) + scenario.vms.count
    hosts = {name: h for h, name in enumerate(inventory.host_names)}
    pools = {pool.name: p for p, pool in enumerate(scenario.pools)}
    together = _numbers(e.together for e in entries)
    apart = _numbers(e.apart for e in entries)

    def filled(values: list[float], default: float) -> FloatArray:
        return np.array(values + [default] * (total - len(entries)), np.float64)

    def indices(values: list[int], default: int) -> IntArray:
        return np.array(values + [default] * (total - len(entries)), np.int64)

    return Machines(
        num_vcpus=indices([e.vcpus for e in entries], 1),
        cpu_configured_mhz=np.zeros(total),
        cpu_reservation_mhz=filled([e.cpu_reservation_mhz for e in entries], 0.0),
        cpu_limit_mhz=filled([NEVER if e.cpu_limit_mhz is None else e.cpu_limit_mhz for e in entries], NEVER),
        cpu_shares=filled([CPU_SHARES[e.shares] for e in entries], CPU_SHARES["normal"]),
        memory_mb=filled([e.memory_gb * MB_PER_GB for e in entries], MB_PER_GB),
        memory_reservation_mb=filled([e.memory_reservation_mb for e in entries], 0.0),
        memory_limit_mb=filled([NEVER if e.memory_limit_mb is None else e.memory_limit_mb for e in entries], NEVER),
        memory_shares=filled([MEMORY_SHARES[e.shares] for e in entries], MEMORY_SHARES["normal"]),
        overhead_mb=np.zeros(total),
        touched_mb=np.zeros(total),
        shareable_mb=np.zeros(total),
        arrives_at_s=filled([e.arrives_s for e in entries], 0.0),
        datastore=_datastores(scenario, inventory),
        pool=indices([NO_POOL if e.pool is None else pools[e.pool] for e in entries], NO_POOL),
        restart_priority=indices([_PRIORITIES[e.restart_priority] for e in entries], _PRIORITIES["medium"]),
        together_group=indices([NO_GROUP if e.together is None else together[e.together] for e in entries], NO_GROUP),
        apart_group=indices([NO_GROUP if e.apart is None else apart[e.apart] for e in entries], NO_GROUP),
        department=indices([v % scenario.vms.departments for v in range(len(entries))], 0),
        host=indices([NO_HOST if e.host is None else hosts[e.host] for e in entries], NO_HOST),
        load=filled([math.nan if e.load is None else e.load for e in entries], math.nan),
    )


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
    return chosen


def _numbers(names: Iterable[str | None]) -> dict[str, int]:
    """Numbers for the names of rules' groups, in order of appearance."""
    return {name: k for k, name in enumerate(dict.fromkeys(name for name in names if name is not None))}
