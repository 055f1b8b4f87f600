"""Worlds: a scenario, a split and a number give one initial cluster, written into two rows of the arenas.

Worlds of one scenario share the inventory and the settings; sizes, placement, demand, guests' memory habits, first failures and (with a price file) the
day are drawn anew. A world whose static imbalance, the population standard deviation over hosts of demand / capacity, mean over the episode,
falls outside the scenario's bounds is drawn again. First failures come from the stationary residual life, so that a new world is not a world of new
machines. The worlds of `train`, `tune` and `test` have nothing in common: other keys, other days or VMs of a trace, other days of a price file.
"""

import hashlib
import json
import math
from pathlib import Path
from typing import NamedTuple

import numpy as np

from vienv.core import arena, params
from vienv.core.enums import CURVE_POINTS, HISTORY_INTERVALS, NO_HOST, NO_VM, IncidentKind, Term, VmState
from vienv.core.state import NEVER, FloatArray, IntArray
from vienv.scenario.inventory import inventory_of
from vienv.scenario.keys import SPLITS, Keys, Stream
from vienv.scenario.load import ScenarioError, nearest
from vienv.scenario.machines import POOL_SHARES, MachineMaker, Machines
from vienv.scenario.placement import place
from vienv.scenario.schema import Scenario
from vienv.scenario.settings import IDLE_FRACTION, failure_scale_s, prices_of, settings_of
from vienv.scenario.synthetic import SAMPLE_S, draw_rows
from vienv.scenario.tariff import LOOKAHEAD_H, TariffMaker
from vienv.scenario.traces import TraceBank, read_traces

MOST_ATTEMPTS = 64
"""Draws of a world before the one nearest to the bounds is taken."""
_INCIDENTS = {
    "host_failure": IncidentKind.HOST_FAILURE,
    "maintenance": IncidentKind.MAINTENANCE,
    "vc_outage": IncidentKind.VC_OUTAGE,
}
_S_PER_H = 3600.0
_WINDOW_40 = 8


class Draw(NamedTuple):
    """One world's VMs, their hosts (V,) and demand rows (samples, V), fractions of configured CPU."""

    machines: Machines
    host: IntArray
    rows: FloatArray
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
        self._duration_s = scenario.duration_h * _S_PER_H
        self._history_s = HISTORY_INTERVALS * scenario.interval_s
        self._samples = math.ceil((self._history_s + self._duration_s) / SAMPLE_S) + 1
        self._machines = MachineMaker(scenario, self.inventory)
        self._tariff = TariffMaker(scenario)
        self._traces: TraceBank | None = None if demand is None else read_traces(demand, self._duration_s)
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
        self._floats, self._ints = np.zeros(self.num_floats), np.zeros(self.num_ints, np.int64)
        self._write_common()

    def write(self, floats_row: FloatArray, ints_row: IntArray, split: str, world: int) -> None:
        """Fill one cluster's two rows (num_floats,), (num_ints,) with world `world` of `split`, at t = 0."""
        draw = self.draw(split, world)
        floats_row[:] = self._floats
        ints_row[:] = self._ints
        self._write_vms(floats_row, ints_row, draw)
        self._write_demand(floats_row, ints_row, draw)
        first = Keys(split, world)
        self._write_failures(floats_row, ints_row, first)
        self._write_money(floats_row, ints_row, split, first)
        arena.write_params(floats_row, ints_row, self.spans, params.Randomness(first.seed()))
        self._views(floats_row, ints_row, "clock").world[0] = world

    def draw(self, split: str, world: int) -> Draw:
        """Draw a world's VMs, placement and demand until its static imbalance is within the scenario's bounds."""
        if split not in SPLITS:
            raise ScenarioError(f"split: {split!r} is not allowed{nearest(str(split), SPLITS)}")
        if self._traces is not None:
            return self._attempt(split, world, 0)
        demand = self.scenario.demand
        best, best_distance = None, math.inf
        for attempt in range(MOST_ATTEMPTS):
            draw = self._attempt(split, world, attempt)
            imbalance = float(self.host_loads(draw).std(axis=1).mean())
            distance = max(demand.imbalance_least - imbalance, imbalance - demand.imbalance_most, 0.0)
            if distance < best_distance or best is None:
                best, best_distance = draw, distance
            if distance == 0.0:
                break
        assert best is not None  # noqa: S101 - MOST_ATTEMPTS is positive
        return best

    def host_loads(self, draw: Draw) -> FloatArray:
        """Demand / capacity of each host if nothing ever moves: (samples of the episode, hosts)."""
        m, first = draw.machines, int(self._history_s // SAMPLE_S)
        placed = np.flatnonzero(draw.host != NO_HOST)
        placed = placed[np.argsort(draw.host[placed], kind="stable")]
        mhz = draw.rows[first:, placed] * m.cpu_configured_mhz[placed]
        np.minimum(mhz, m.cpu_limit_mhz[placed], out=mhz)
        residents, starts = np.unique(draw.host[placed], return_index=True)
        loads = np.zeros((mhz.shape[0], self.sizes.hosts))
        if placed.size:
            loads[:, residents] = np.add.reduceat(mhz, starts, axis=1)
        return loads / self.inventory.cpu_capacity_mhz

    def _attempt(self, split: str, world: int, attempt: int) -> Draw:
        keys = Keys(split, world, attempt)
        machines = self._machines.draw(keys)
        host = place(machines, self.inventory)
        if self._traces is not None:
            history = int(self._history_s // SAMPLE_S)
            rows = self._traces.rows(split, world, keys, host.size, history, self._samples)
        else:
            constant = np.nan_to_num(machines.load, nan=0.0) * machines.cpu_configured_mhz
            target = self.scenario.demand.mean_load * float(self.inventory.cpu_capacity_mhz.sum()) - constant.sum()
            free_mhz = np.where(np.isnan(machines.load), machines.cpu_configured_mhz, 0.0)
            rows = draw_rows(
                self.scenario.demand, keys, machines.department, free_mhz, target, -self._history_s, self._samples
            )
        is_constant = ~np.isnan(machines.load)
        rows[:, is_constant] = machines.load[is_constant]
        return Draw(machines, host, rows, keys)

    def _views(self, floats: FloatArray, ints: IntArray, name: str) -> tuple:  # type: ignore[type-arg]
        return getattr(arena, f"{name}_of")(floats, ints, self.spans)

    def _write_common(self) -> None:
        """Write what all worlds share into the template."""
        f, i, scenario, inventory = self._floats, self._ints, self.scenario, self.inventory
        for values in settings_of(scenario, inventory):
            arena.write_params(f, i, self.spans, values)
        clock = self._views(f, i, "clock")
        clock.tick_s[0], clock.duration_s[0] = scenario.tick_s, self._duration_s
        clock.ticks_per_interval[0] = round(scenario.interval_s / scenario.tick_s)
        clock.intervals_per_episode[0] = round(self._duration_s / scenario.interval_s)
        clock.picked[0], clock.placement_changed[0] = NO_VM, 1
        hosts = self._views(f, i, "hosts")
        for name in ("cpu_capacity_mhz", "core_mhz", "memory_managed_mb", "memory_capacity_mb", "vmkernel_mbps"):
            getattr(hosts, name)[:] = getattr(inventory, name)
        for name in ("standby_w", "boot_s", "shutdown_s", "cpu_class", "vmotion_limit"):
            getattr(hosts, name)[:] = getattr(inventory, name)
        for name in ("ready_at_s", "repair_at_s", "fails_at_s", "maintenance_ends_s", "restores_at_s"):
            getattr(hosts, name)[:] = NEVER
        self._views(f, i, "paths").is_reachable[:] = inventory.is_reachable.ravel()
        self._views(f, i, "power_curves").watts[:] = inventory.watts.ravel()
        pools = self._views(f, i, "pools")
        for p, pool in enumerate(scenario.pools):
            pools.shares[p] = POOL_SHARES[pool.shares] if isinstance(pool.shares, str) else pool.shares
            pools.reservation_mhz[p] = pool.reservation_mhz
            pools.limit_mhz[p] = NEVER if pool.limit_mhz is None else pool.limit_mhz
        migrations = self._views(f, i, "migrations")
        migrations.source[:] = migrations.destination[:] = NO_HOST
        migrations.ended_at_s[:] = migrations.failed_at_s[:] = -NEVER
        self._views(f, i, "recommendations").vm[:] = NO_VM
        incidents = self._views(f, i, "incidents")
        for k, incident in enumerate(sorted(scenario.incidents, key=lambda one: one.at_s)):
            incidents.at_s[k], incidents.duration_s[k] = incident.at_s, incident.duration_s
            incidents.kind[k] = _INCIDENTS[incident.kind]
            incidents.host[k] = NO_HOST if incident.host is None else self.host_names.index(incident.host)

    def _write_vms(self, f: FloatArray, i: IntArray, draw: Draw) -> None:
        """Write the VMs, all running where they were placed or not yet arrived."""
        vms, m, settings = self._views(f, i, "vms"), draw.machines, self.scenario.memory
        for name in m._fields:
            if name not in ("department", "host", "load"):
                getattr(vms, name)[:] = getattr(m, name)
        level = draw.rows.mean(axis=0)
        relative = level / max(float(level.mean()), 1e-12)
        noise = draw.keys.generator(Stream.DIRTY).standard_normal(level.size)
        vms.dirty_mb_s[:] = settings.dirty_median_mb_s * np.exp(settings.dirty_sigma * noise) * (0.5 + 0.5 * relative)
        span = settings.working_set_most - settings.working_set_least
        part = settings.working_set_least + span * draw.keys.generator(Stream.WORKING_SET).random(level.size)
        vms.working_set_mb[:] = part * m.memory_mb
        vms.active_base[:], vms.active_per_cpu[:] = settings.active_base, settings.active_per_cpu
        vms.up_at_s[:] = vms.restart_at_s[:] = NEVER
        vms.state[:] = np.where(draw.host == NO_HOST, VmState.NOT_ARRIVED, VmState.RUNNING)
        vms.host[:] = draw.host
        vms.by_host[:] = np.argsort(np.where(draw.host == NO_HOST, self.sizes.hosts, draw.host), kind="stable")
        vms.plan_host[:] = NO_HOST
        vms.shared_mb[:] = np.where(draw.host == NO_HOST, 0.0, m.shareable_mb)

    def _write_demand(self, f: FloatArray, i: IntArray, draw: Draw) -> None:
        """Write the workload and what VirtualCenter has seen of it in the hour before the episode."""
        self._views(f, i, "workload").demand[:] = draw.rows.ravel()
        ticks = np.arange(HISTORY_INTERVALS * round(self.scenario.interval_s / self.scenario.tick_s))
        samples = (ticks * self.scenario.tick_s // SAMPLE_S).astype(np.int64)
        m, is_here = draw.machines, draw.host != NO_HOST
        mhz = np.minimum(draw.rows[: samples[-1] + 1] * m.cpu_configured_mhz, m.cpu_limit_mhz) * is_here
        mhz = mhz[samples].reshape(HISTORY_INTERVALS, -1, self.sizes.vms)
        mean, square = mhz.mean(axis=1), (mhz * mhz).mean(axis=1)
        history, statistics = self._views(f, i, "vm_history"), self._views(f, i, "vm_statistics")
        history.mean_mhz[:], history.mean_square[:] = mean.ravel(), square.ravel()
        for name, intervals in (("5min", 1), ("40min", _WINDOW_40), ("60min", HISTORY_INTERVALS)):
            window = mean[-intervals:].mean(axis=0)
            variance = square[-intervals:].mean(axis=0) - window * window
            getattr(statistics, f"demand_{name}_mhz")[:] = window
            getattr(statistics, f"deviation_{name}_mhz")[:] = np.sqrt(np.maximum(variance, 0.0))
        statistics.peak_60min_mhz[:] = mean.max(axis=0)
        self._write_present(f, i, draw, mhz[-1, -1], mean[-1])

    def _write_present(self, f: FloatArray, i: IntArray, draw: Draw, mhz: FloatArray, mean_mhz: FloatArray) -> None:
        """Write the tick fields as the last tick before the episode left them."""
        vms, hosts, m = self._views(f, i, "vms"), self._views(f, i, "hosts"), draw.machines
        load = mhz / m.cpu_configured_mhz
        is_here = draw.host != NO_HOST
        vms.demand_mhz[:] = vms.delivered_mhz[:] = mhz
        active = (vms.active_base + vms.active_per_cpu * load) * m.memory_mb * is_here
        vms.active_mb[:] = np.minimum(active, m.touched_mb)
        consumed = np.maximum(vms.active_mb, m.touched_mb - vms.shared_mb)
        statistics = self._views(f, i, "vm_statistics")
        demand_mb = vms.active_mb + IDLE_FRACTION * (consumed - vms.active_mb) + m.overhead_mb
        statistics.memory_demand_mb[:] = demand_mb
        capacity = self.inventory.cpu_capacity_mhz

        def summed(values: FloatArray) -> FloatArray:
            return np.bincount(draw.host[is_here], values[is_here], self.sizes.hosts)

        hosts.demand_mhz[:] = summed(mhz)
        hosts.delivered_mhz[:] = np.minimum(hosts.demand_mhz, capacity)
        hosts.consumed_mb[:] = summed(consumed + m.overhead_mb)
        self._views(f, i, "host_statistics").utilisation_5min[:] = np.minimum(summed(mean_mhz) / capacity, 1.0)
        level = hosts.delivered_mhz / capacity * (CURVE_POINTS - 1)
        point = np.minimum(level.astype(np.int64), CURVE_POINTS - 2)
        row, watts = np.arange(self.sizes.hosts), self.inventory.watts
        low, high = watts[row, point], watts[row, point + 1]
        hosts.power_w[:] = low + (level - point) * (high - low)

    def _write_failures(self, f: FloatArray, i: IntArray, keys: Keys) -> None:
        """First failures from the stationary residual life: a uniform part of a length-biased Weibull life."""
        hosts, scale = self._views(f, i, "hosts"), failure_scale_s(self.scenario)
        if scale == 0.0:
            hosts.next_failure_s[:] = NEVER
            return
        shape = self.scenario.ha.failure_shape
        generator = keys.generator(Stream.FAILURE)
        life = np.empty((self.sizes.hosts, 2))
        for h in range(self.sizes.hosts):
            life[h] = generator.gamma(1.0 + 1.0 / shape), generator.random()
        hosts.next_failure_s[:] = life[:, 1] * scale * life[:, 0] ** (1.0 / shape)

    def _write_money(self, f: FloatArray, i: IntArray, split: str, keys: Keys) -> None:
        """Write the tariff, the prices, and the default reward that follows from them: 1 - bill / scale."""
        tariff = self._views(f, i, "tariff").eur_per_kwh
        tariff[:] = self._tariff.hours(split, keys, tariff.size)
        mean = float(tariff[: math.ceil(self.scenario.duration_h)].mean())
        kwh = float(self.inventory.watts[:, CURVE_POINTS // 2].sum()) / 1000.0 * self.scenario.interval_s / _S_PER_H
        prices = prices_of(self.scenario, max(kwh * mean, 1e-9))
        arena.write_params(f, i, self.spans, prices)
        weight = self._views(f, i, "reward").weight
        host_hours = self.sizes.hosts * self.scenario.interval_s / _S_PER_H
        weight[Term.IMBALANCE] = prices.imbalance_host_h * host_hours
        weight[Term.ENERGY_COST] = 1.0
        weight[Term.UNSERVED_CPU_GHZ_H] = prices.unserved_cpu_ghz_h
        weight[Term.UNSERVED_MEMORY_GB_H] = prices.unserved_memory_gb_h
        weight[Term.MIGRATIONS] = prices.migration
        weight[Term.VMOTION_DOWNTIME_S] = weight[Term.VM_DOWN_S] = prices.vm_down_h / _S_PER_H
        weight[Term.POWER_CYCLES] = prices.power_cycle
        weight /= -prices.interval_scale
        self._views(f, i, "outcome").constant[0] = 1.0


def _hash_of(scenario: Scenario, prices_sha256: str) -> str:
    said = json.dumps(scenario.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{said}\n{prices_sha256}".encode()).hexdigest()
