"""Worlds: a scenario, a split and a number give one initial cluster, written into two rows of the arenas.

Worlds of one scenario share the inventory and the settings; sizes, placement, demand, guests' memory habits, first
failures and (with a price file) the day are drawn anew. A world whose static imbalance, the population standard
deviation over hosts of demand / capacity, mean over the episode, falls outside the scenario's bounds is drawn again.
The worlds of `train`, `tune` and `test` have nothing in common: other keys, other days or VMs of a trace, other
days of a price file. Worlds in which hosts begin in standby are left out.
"""

import hashlib
import json
import math
from pathlib import Path
from typing import NamedTuple

import numpy as np

from vienv.core import arena, params
from vienv.core.enums import HISTORY_INTERVALS, NO_HOST
from vienv.core.state import FloatArray, IntArray
from vienv.scenario.inventory import inventory_of
from vienv.scenario.keys import SPLITS, Keys
from vienv.scenario.machines import MachineMaker, Machines
from vienv.scenario.opening import write_common, write_failures, write_history, write_money, write_present, write_vms
from vienv.scenario.placement import place
from vienv.scenario.refusal import ScenarioError, nearest, shown
from vienv.scenario.rows import Rows
from vienv.scenario.schema import Scenario
from vienv.scenario.synthetic import SAMPLE_S, draw_rows
from vienv.scenario.tariff import LOOKAHEAD_H, TariffMaker
from vienv.scenario.traces import read_traces

MOST_ATTEMPTS = 64
"""Draws of a world before the one nearest to the bounds is taken."""
MOST_WORLDS = 2**62
_S_PER_H = 3600.0


class Draw(NamedTuple):
    """One world's VMs, their hosts (V,) and demand (samples, V), fractions of configured CPU."""

    machines: Machines
    host: IntArray
    demand: FloatArray
    week_starts_s: float  # t = 0, seconds since Monday midnight
    keys: Keys


class Worlds:
    """Makes any number of worlds of one scenario, with synthetic demand or under a real trace.

    Attributes:
        sizes, spans, num_floats, num_ints: the arena's layout for one world.
        host_names, vm_names, datastore_names: in index order.
        scenario_hash: SHA-256 of what the scenario says, its price file included.
        data_hash: SHA-256 of the trace; empty without one.
    """

    def __init__(self, scenario: Scenario, demand: str | Path | None = None):
        self.scenario = scenario
        self.inventory = inventory_of(scenario)
        self.host_names = self.inventory.host_names
        self.vm_names = self.inventory.vm_names
        self.datastore_names = self.inventory.datastore_names
        duration_s = scenario.duration_h * _S_PER_H
        self._history_s = HISTORY_INTERVALS * scenario.interval_s
        self._history_samples = int(self._history_s // SAMPLE_S)
        self._samples = math.ceil((self._history_s + duration_s) / SAMPLE_S) + 1
        self._machines = MachineMaker(scenario, self.inventory)
        self._tariff = TariffMaker(scenario)
        self._traces = None if demand is None else read_traces(demand, duration_s)
        self.data_hash = self._traces.sha256 if self._traces else ""
        self.scenario_hash = _hash_of(scenario, self._tariff.sha256)
        self.sizes = arena.Sizes(
            hosts=len(self.host_names),
            vms=len(self.vm_names),
            datastores=len(self.datastore_names),
            pools=len(scenario.pools),
            samples=self._samples,
            tariff_hours=math.ceil(scenario.duration_h) + LOOKAHEAD_H,
            incidents=len(scenario.incidents),
            recommendations=scenario.recommendations,
        )
        self.spans, self.num_floats, self.num_ints = arena.spans_of(self.sizes)
        self._common = Rows(np.zeros(self.num_floats), np.zeros(self.num_ints, np.int64), self.spans)
        write_common(self._common, scenario, self.inventory)
        self._attempt(SPLITS[0], 0, 0)  # VMs that fit nowhere are refused here and not in the middle of a run

    def write(self, floats_row: FloatArray, ints_row: IntArray, split: str, world: int) -> None:
        """Fill one cluster's two rows (num_floats,), (num_ints,) with world `world` of `split`, at t = 0."""
        draw = self.draw(split, world)
        floats_row[:] = self._common.floats
        ints_row[:] = self._common.ints
        rows = Rows(floats_row, ints_row, self.spans)
        write_vms(rows, draw.machines, draw.host, draw.demand, self.scenario.memory, draw.keys)
        write_history(rows, draw.machines, draw.demand, self.scenario)
        write_present(rows, draw.machines, self.inventory)
        keys = Keys(split, world)
        write_failures(rows, self.scenario, keys)
        write_money(rows, self.scenario, self.inventory, self._tariff.hours(split, keys, self.sizes.tariff_hours))
        rows.write(params.Randomness(keys.seed()))
        rows.clock.world[0], rows.clock.week_starts_s[0] = world, draw.week_starts_s

    def draw(self, split: str, world: int) -> Draw:
        """Draw a world until its static imbalance is within the bounds; a trace's worlds stay as they are."""
        if split not in SPLITS:
            raise ScenarioError(f"split: {shown(split)} is not allowed{nearest(str(split), SPLITS)}")
        if not 0 <= world < MOST_WORLDS:
            raise ScenarioError(f"world: {shown(world)} is not allowed: 0 or more, below 2**62")
        least, most = self.scenario.demand.imbalance_least, self.scenario.demand.imbalance_most
        best, best_distance = self._attempt(split, world, 0), math.inf
        for attempt in range(MOST_ATTEMPTS if self._traces is None else 0):
            draw = best if attempt == 0 else self._attempt(split, world, attempt)
            imbalance = float(self.host_loads(draw).std(axis=1).mean())
            distance = max(least - imbalance, imbalance - most, 0.0)
            if distance < best_distance:
                best, best_distance = draw, distance
            if distance == 0.0:
                break
        return best

    def host_loads(self, draw: Draw) -> FloatArray:
        """Demand / capacity of each host if nothing ever moves: (samples of the episode, hosts)."""
        m, placed = draw.machines, np.flatnonzero(draw.host != NO_HOST)
        placed = placed[np.argsort(draw.host[placed], kind="stable")]
        loads = np.zeros((self._samples - 1 - self._history_samples, self.sizes.hosts))
        if placed.size:
            mhz = draw.demand[self._history_samples : -1, placed] * m.cpu_configured_mhz[placed]
            np.minimum(mhz, m.cpu_limit_mhz[placed], out=mhz)
            residents, starts = np.unique(draw.host[placed], return_index=True)
            loads[:, residents] = np.add.reduceat(mhz, starts, axis=1)
        return loads / self.inventory.cpu_capacity_mhz

    def _attempt(self, split: str, world: int, attempt: int) -> Draw:
        keys = Keys(split, world, attempt)
        machines = self._machines.draw(keys)
        host = place(machines, self.inventory)
        demand, week_starts_s = self._demand(machines, split, keys)
        is_constant = ~np.isnan(machines.load)
        demand[:, is_constant] = machines.load[is_constant]
        return Draw(machines, host, demand, week_starts_s, keys)

    def _demand(self, machines: Machines, split: str, keys: Keys) -> tuple[FloatArray, float]:
        if self._traces is not None:
            return self._traces.rows(split, keys, machines.host.size, self._history_samples, self._samples)
        is_constant = ~np.isnan(machines.load)
        constant_mhz = machines.load[is_constant] * machines.cpu_configured_mhz[is_constant]
        capacity_mhz = float(self.inventory.cpu_capacity_mhz.sum())
        target_mhz = self.scenario.demand.mean_load * capacity_mhz - float(constant_mhz.sum())
        free_mhz = np.where(is_constant, 0.0, machines.cpu_configured_mhz)
        began_s = -self._history_s
        return draw_rows(
            self.scenario.demand, keys, machines.department, free_mhz, target_mhz, began_s, self._samples
        ), 0.0  # a synthetic week begins on Monday


def _hash_of(scenario: Scenario, prices_sha256: str) -> str:
    said = json.dumps(scenario.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{said}\n{prices_sha256}".encode()).hexdigest()
