"""Worlds: a scenario, a split and a number give one initial cluster, written into two rows of the arenas.

Worlds of one scenario share the inventory and the settings; sizes, placement, demand, guests' memory habits, first
failures and (with a price file) the day are drawn anew, by the kernels that `world.write` calls. Here a scenario is
prepared for them, and what is wrong with it is said. The worlds of `train`, `tune` and `test` have nothing in common:
other keys, other days or VMs of a trace, other days of a price file.
"""

import hashlib
import json
import math
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vienv.core import arena, jit, params
from vienv.core.enums import HISTORY_INTERVALS, NO_VM
from vienv.core.state import FloatArray, IntArray
from vienv.core.view import fields_of
from vienv.scenario import entries, recipe, world
from vienv.scenario.events import events_of
from vienv.scenario.inventory import cluster_names_of, inventory_of
from vienv.scenario.keys import MOST_WORLDS, SPLITS, seed_of, split_key
from vienv.scenario.placement import consumed_mb
from vienv.scenario.pool_order import pools_in_order
from vienv.scenario.preparation import demand_rules_of, vm_rules_of
from vienv.scenario.refusal import ScenarioError, nearest, shown
from vienv.scenario.rows import Rows
from vienv.scenario.schema import Scenario
from vienv.scenario.sizes import rows_of
from vienv.scenario.synthetic import SAMPLE_S
from vienv.scenario.tariff import TariffMaker
from vienv.scenario.template import write_common
from vienv.scenario.traces import read_traces

_S_PER_H = 3600.0
Recipe = tuple[FloatArray, IntArray, FloatArray, IntArray, IntArray, NDArray[np.float32]]


class Worlds:
    """Makes any number of worlds of one scenario, with synthetic demand or under a real trace.

    Attributes:
        sizes, spans, num_floats, num_ints: the arena's layout for one world.
        host_names, vm_names, datastore_names: in index order.
        cluster_names: likewise; none if all hosts are one cluster.
        scenario_hash: SHA-256 of what the scenario says, its price file included.
        data_hash: SHA-256 of the trace; empty without one.
    """

    def __init__(self, scenario: Scenario, demand: str | Path | None = None):
        self.scenario = scenario
        self.inventory = inventory_of(scenario)
        self.host_names = self.inventory.host_names
        self.vm_names = self.inventory.vm_names
        self.datastore_names = self.inventory.datastore_names
        self.cluster_names = cluster_names_of(scenario)
        duration_s = scenario.duration_h * _S_PER_H
        self._history_s = HISTORY_INTERVALS * scenario.interval_s
        self._tariff = TariffMaker(scenario)
        self._traces = None if demand is None else read_traces(demand, duration_s)
        self.data_hash = self._traces.sha256 if self._traces else ""
        self.scenario_hash = _hash_of(scenario, self._tariff.sha256)
        self.sizes = arena.Sizes(
            hosts=len(self.host_names),
            vms=len(self.vm_names),
            datastores=len(self.datastore_names),
            pools=len(scenario.pools),
            samples=math.ceil((self._history_s + duration_s) / SAMPLE_S) + 1,
            tariff_hours=self._tariff.num_hours,
            incidents=len(events_of(scenario)),
            recommendations=scenario.recommendations,
            **rows_of(scenario),
        )
        self.spans, self.num_floats, self.num_ints = arena.spans_of(self.sizes)
        self._common = Rows(np.zeros(self.num_floats), np.zeros(self.num_ints, np.int64), self.spans)
        write_common(self._common, scenario, self.inventory)
        self._prepared = cache(self._prepare)
        self._refuse_what_fits_nowhere()

    def write(self, floats_row: FloatArray, ints_row: IntArray, split: str, number: int) -> None:
        """Fill one cluster's two rows (num_floats,), (num_ints,) with world `number` of `split`, at t = 0."""
        rows = floats_row[np.newaxis], ints_row[np.newaxis]
        self.write_many(*rows, split, [0], [number])

    def write_many(
        self,
        floats: FloatArray,
        ints: IntArray,
        split: str,
        rows: Sequence[int] | IntArray,
        numbers: Sequence[int] | IntArray,
    ) -> None:
        """Fill rows rows[k] of floats (num_envs, num_floats) and ints with worlds numbers[k] of `split`, at t = 0.

        Raises:
            ScenarioError: no such split or world, or one with a VM that fits nowhere; one line.
        """
        if split not in SPLITS:
            raise ScenarioError(f"split: {shown(split)} is not allowed{nearest(str(split), SPLITS)}")
        for number in numbers:
            if not 0 <= number < MOST_WORLDS:
                raise ScenarioError(f"world: {shown(number)} is not allowed: 0 or more, below 2**62")
        jit.ready(world.write)
        chosen, drawn = np.asarray(rows, np.int64), np.asarray(numbers, np.int64)
        homeless = np.empty_like(chosen)
        world.write(floats, ints, self.spans, chosen, drawn, homeless, *self.recipe_of(split))
        for k in np.flatnonzero(homeless != NO_VM):
            self.refuse(floats[chosen[k]], ints[chosen[k]], int(homeless[k]))

    def refuse(self, floats_row: FloatArray, ints_row: IntArray, v: int) -> None:
        """Raise the ScenarioError for a world in which VM v fits nowhere, from its unfinished rows."""
        mb = consumed_mb(arena.vms_of(floats_row, ints_row, self.spans), v)
        wanted = f"datastore, {mb:.0f} MB of memory, its reservations and its rules"
        raise ScenarioError(f"vm {self.vm_names[v]!r}: no host has room for it (needs its {wanted})")

    def recipe_of(self, split: str) -> Recipe:
        """What `world.write` needs beside rows and numbers; the third and fourth are fresh, for it works in them.

        The rows that all worlds share (num_floats,), (num_ints,); the recipe's floats, ints and spans; the trace's rows
        (vms, samples).
        """
        common_floats, common_ints, floats, ints, spans, fractions = self._prepared(split)
        return common_floats, common_ints, floats.copy(), ints.copy(), spans, fractions

    def _prepare(self, split: str) -> Recipe:
        scenario, tariff = self.scenario, self._tariff
        first_hours = tariff.first_hours(split)
        trace_days, trace_vms = self._traces.sizes(split) if self._traces else (0, 0)
        sizes = recipe.RecipeSizes(
            vms=self.sizes.vms,
            hosts=self.sizes.hosts,
            departments=scenario.vms.departments,
            taken_pools=len(scenario.vms.pools),
            hours=tariff.eur_per_kwh.size,
            price_blocks=first_hours.size,
            trace_days=trace_days,
            trace_vms=trace_vms,
        )
        spans, num_floats, num_ints = arena.spans_of(sizes, recipe.KINDS)
        made = Rows(np.zeros(num_floats), np.zeros(num_ints, np.int64), spans, recipe.KINDS)
        made.write(self._world_rules(split))
        made.write(vm_rules_of(scenario, self.inventory))
        made.write(demand_rules_of(scenario, self.sizes.samples))
        datastore = self._common.vms.datastore
        entries.write_recipe(made.view(recipe.VmRecipe), scenario, self.inventory, datastore)
        pools = [pool.name for pool in pools_in_order(scenario)]
        made.view(recipe.TakenPools).pool[:] = [pools.index(name) for name in scenario.vms.pools]
        made.view(recipe.PriceHours).eur_per_kwh[:] = tariff.eur_per_kwh
        made.view(recipe.PriceBlocks).first_hour[:] = first_hours
        fractions = np.zeros((0, 0), np.float32)
        if self._traces:
            self._traces.write(split, made.view(recipe.TraceDays), made.view(recipe.TraceVms))
            fractions = self._traces.fractions
        return self._common.floats, self._common.ints, made.floats, made.ints, spans, fractions

    def _world_rules(self, split: str) -> recipe.WorldRules:
        kinds = list(arena.KINDS)
        _, _, seed_at = self.spans[kinds.index(params.Randomness)]
        _, prices_at, _ = self.spans[kinds.index(params.Prices)]
        return recipe.WorldRules(
            split_key=split_key(split),
            has_trace=int(self._traces is not None),
            history_samples=int(self._history_s // SAMPLE_S),
            history_s=self._history_s,
            trace_samples=self._traces.samples if self._traces else 0,
            price_hours=math.ceil(self.scenario.duration_h),
            imbalance_least=self.scenario.demand.imbalance_least,
            imbalance_most=self.scenario.demand.imbalance_most,
            seed_at=int(seed_at),
            scale_at=int(prices_at) + fields_of(params.Prices)["interval_scale"].place,
        )

    def _refuse_what_fits_nowhere(self) -> None:
        """Furnish one world in plain Python: VMs without room are refused here and not in the middle of a run."""
        floats, ints = self._common.floats.copy(), self._common.ints.copy()
        _, _, made_floats, made_ints, made_spans, _ = self.recipe_of(SPLITS[0])
        seed = seed_of(split_key(SPLITS[0]), 0, 0)
        homeless = world.furnish(floats, ints, self.spans, made_floats, made_ints, made_spans, seed)
        if homeless != NO_VM:
            self.refuse(floats, ints, int(homeless))


def _hash_of(scenario: Scenario, prices_sha256: str) -> str:
    said = json.dumps(scenario.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{said}\n{prices_sha256}".encode()).hexdigest()
