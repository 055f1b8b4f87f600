"""The opening position: a world's state at t = 0, as the hour before the episode left it.

Every host is on and every VM that is there runs where it was placed; page sharing has found what there is to share;
VirtualCenter has an hour of statistics. First failures come from the stationary residual life, so that a new world is
not a world of new machines. Left out: migrations in flight and hosts in maintenance at the beginning; incidents bring
them.
"""

import math

import numpy as np

from vienv.core import state
from vienv.core.enums import CURVE_POINTS, HISTORY_INTERVALS, NO_HOST, NO_VM, IncidentKind, VmState
from vienv.core.state import NEVER, FloatArray, IntArray
from vienv.scenario.inventory import Inventory
from vienv.scenario.keys import Keys, Stream
from vienv.scenario.machines import POOL_SHARES, Machines
from vienv.scenario.rows import Rows
from vienv.scenario.schema import Memory, Scenario
from vienv.scenario.settings import IDLE_FRACTION, failure_scale_s, prices_of, settings_of
from vienv.scenario.synthetic import SAMPLE_S

_INCIDENTS = {
    "host_failure": IncidentKind.HOST_FAILURE,
    "maintenance": IncidentKind.MAINTENANCE,
    "vc_outage": IncidentKind.VC_OUTAGE,
}
_NOT_STATE = ("department", "host", "load")
LEAST_EUR_PER_KWH = 0.01
"""Of the reward's scale, on days on which power costs nothing."""
_S_PER_H = 3600.0
_WINDOW_40 = 8
"""Intervals in 40 minutes."""


def write_common(rows: Rows, scenario: Scenario, inventory: Inventory) -> None:
    """Write what all worlds of a scenario share."""
    for settings in settings_of(scenario, inventory):
        rows.write(settings)
    clock = rows.clock
    clock.tick_s[0], clock.duration_s[0] = scenario.tick_s, scenario.duration_h * _S_PER_H
    clock.ticks_per_interval[0] = round(scenario.interval_s / scenario.tick_s)
    clock.intervals_per_episode[0] = round(scenario.duration_h * _S_PER_H / scenario.interval_s)
    clock.picked[0], clock.placement_changed[0] = NO_VM, 1
    _write_hosts(rows, inventory)
    _write_pools(rows, scenario)
    _write_incidents(rows, scenario, inventory)
    migrations = rows.view(state.Migrations)
    migrations.source[:] = migrations.destination[:] = NO_HOST
    migrations.ended_at_s[:] = migrations.failed_at_s[:] = -NEVER
    recommendations = rows.view(state.Recommendations)
    recommendations.vm[:], recommendations.destination[:] = NO_VM, NO_HOST


def write_vms(rows: Rows, machines: Machines, host: IntArray, demand: FloatArray, memory: Memory, keys: Keys) -> None:
    """Write the VMs (V,), running on `host` or not yet arrived; busier guests dirty memory faster, a few much."""
    vms, is_here = rows.vms, host != NO_HOST
    for name in machines._fields:
        if name not in _NOT_STATE:
            getattr(vms, name)[:] = getattr(machines, name)
    level = demand.mean(axis=0)
    relative = level / max(float(level.mean()), 1e-12)
    noise = keys.generator(Stream.DIRTY).standard_normal(level.size)
    vms.dirty_mb_s[:] = memory.dirty_median_mb_s * np.exp(memory.dirty_sigma * noise) * (0.5 + 0.5 * relative)
    span = memory.working_set_most - memory.working_set_least
    part = memory.working_set_least + span * keys.generator(Stream.WORKING_SET).random(level.size)
    vms.working_set_mb[:] = part * machines.memory_mb
    vms.active_base[:], vms.active_per_cpu[:] = memory.active_base, memory.active_per_cpu
    vms.up_at_s[:] = vms.restart_at_s[:] = NEVER
    vms.scanned_since_s[:] = -NEVER  # long ago
    vms.state[:] = np.where(is_here, VmState.RUNNING, VmState.NOT_ARRIVED)
    vms.host[:], vms.plan_host[:] = host, NO_HOST
    vms.by_host[:] = np.argsort(np.where(is_here, host, host.size), kind="stable")
    vms.shared_mb[:] = np.where(is_here, machines.shareable_mb, 0.0)


def write_history(rows: Rows, machines: Machines, demand: FloatArray, scenario: Scenario) -> None:
    """Write the workload and what VirtualCenter saw of it in the hour before: ring slots 0 to 11 in order of time."""
    rows.view(state.Workload).demand[:] = demand.ravel()
    ticks = np.arange(HISTORY_INTERVALS * round(scenario.interval_s / scenario.tick_s))
    samples = (ticks * scenario.tick_s // SAMPLE_S).astype(np.int64)
    mhz = np.minimum(demand[: samples[-1] + 1] * machines.cpu_configured_mhz, machines.cpu_limit_mhz)
    mhz *= rows.vms.host != NO_HOST
    per_interval = mhz[samples].reshape(HISTORY_INTERVALS, -1, mhz.shape[1])
    mean, square = per_interval.mean(axis=1), (per_interval * per_interval).mean(axis=1)
    history, statistics = rows.view(state.VmHistory), rows.view(state.VmStatistics)
    history.mean_mhz[:], history.mean_square[:] = mean.ravel(), square.ravel()
    for name, intervals in (("5min", 1), ("40min", _WINDOW_40), ("60min", HISTORY_INTERVALS)):
        window = mean[-intervals:].mean(axis=0)
        variance = square[-intervals:].mean(axis=0) - window * window
        getattr(statistics, f"demand_{name}_mhz")[:] = window
        getattr(statistics, f"deviation_{name}_mhz")[:] = np.sqrt(np.maximum(variance, 0.0))
    statistics.peak_60min_mhz[:] = mean.max(axis=0)
    rows.vms.demand_mhz[:] = rows.vms.delivered_mhz[:] = per_interval[-1, -1]


def write_present(rows: Rows, machines: Machines, inventory: Inventory) -> None:
    """Write memory and the hosts' loads and watts as the last tick before the episode left them."""
    vms, hosts, statistics = rows.vms, rows.hosts, rows.view(state.VmStatistics)
    is_here, num_hosts = vms.host != NO_HOST, hosts.power_state.size
    load = vms.demand_mhz / machines.cpu_configured_mhz
    active = (vms.active_base + vms.active_per_cpu * load) * machines.memory_mb
    vms.active_mb[:] = np.minimum(active, machines.touched_mb) * is_here
    consumed = np.maximum(vms.active_mb, machines.touched_mb - vms.shared_mb)
    idle = IDLE_FRACTION * (consumed - vms.active_mb)
    statistics.memory_demand_mb[:] = vms.active_mb + idle + machines.overhead_mb

    def summed(values: FloatArray) -> FloatArray:
        return np.bincount(vms.host[is_here], values[is_here], num_hosts).astype(np.float64)

    capacity = inventory.cpu_capacity_mhz
    hosts.demand_mhz[:] = summed(vms.demand_mhz)
    hosts.delivered_mhz[:] = np.minimum(hosts.demand_mhz, capacity)
    hosts.consumed_mb[:] = summed(consumed + machines.overhead_mb)
    recent = summed(statistics.demand_5min_mhz) / capacity
    rows.view(state.HostStatistics).utilisation_5min[:] = np.minimum(recent, 1.0)
    level = hosts.delivered_mhz / capacity * (CURVE_POINTS - 1)
    point = np.minimum(level.astype(np.int64), CURVE_POINTS - 2)
    low, high = (inventory.watts[np.arange(num_hosts), point + k] for k in (0, 1))
    hosts.power_w[:] = low + (level - point) * (high - low)


def write_failures(rows: Rows, scenario: Scenario, keys: Keys) -> None:
    """Draw first failures: a uniform part of a length-biased Weibull life (its power `shape` is gamma)."""
    next_failure_s, scale_s = rows.hosts.next_failure_s, failure_scale_s(scenario)
    if scale_s == 0.0:
        next_failure_s[:] = NEVER
        return
    shape, generator = scenario.ha.failure_shape, keys.generator(Stream.FAILURE)
    for h in range(next_failure_s.size):
        life_s = scale_s * generator.gamma(1.0 + 1.0 / shape) ** (1.0 / shape)
        next_failure_s[h] = life_s * generator.random()


def write_money(rows: Rows, scenario: Scenario, inventory: Inventory, eur_per_kwh: FloatArray) -> None:
    """Write the tariff and the prices.

    Their scale, for the reward, is the energy of all hosts on at half load for an interval at the mean tariff.
    """
    rows.view(state.Tariff).eur_per_kwh[:] = eur_per_kwh
    mean = float(eur_per_kwh[: math.ceil(scenario.duration_h)].mean())
    interval_h, half_load = scenario.interval_s / _S_PER_H, CURVE_POINTS // 2
    kwh = float(inventory.watts[:, half_load].sum()) / 1000.0 * interval_h
    rows.write(prices_of(scenario, kwh * max(mean, LEAST_EUR_PER_KWH)))


def _write_hosts(rows: Rows, inventory: Inventory) -> None:
    hosts = rows.hosts
    for name in ("cpu_capacity_mhz", "core_mhz", "memory_managed_mb", "memory_capacity_mb", "vmkernel_mbps"):
        getattr(hosts, name)[:] = getattr(inventory, name)
    for name in ("standby_w", "boot_s", "shutdown_s", "cpu_class", "vmotion_limit"):
        getattr(hosts, name)[:] = getattr(inventory, name)
    for name in ("ready_at_s", "repair_at_s", "fails_at_s", "maintenance_ends_s", "restores_at_s"):
        getattr(hosts, name)[:] = NEVER
    rows.view(state.Paths).is_reachable[:] = inventory.is_reachable.ravel()
    rows.view(state.PowerCurves).watts[:] = inventory.watts.ravel()


def _write_pools(rows: Rows, scenario: Scenario) -> None:
    pools = rows.view(state.Pools)
    for p, pool in enumerate(scenario.pools):
        pools.shares[p] = POOL_SHARES[pool.shares] if isinstance(pool.shares, str) else pool.shares
        pools.reservation_mhz[p] = pool.reservation_mhz
        pools.limit_mhz[p] = NEVER if pool.limit_mhz is None else pool.limit_mhz


def _write_incidents(rows: Rows, scenario: Scenario, inventory: Inventory) -> None:
    incidents = rows.view(state.Incidents)
    for k, incident in enumerate(sorted(scenario.incidents, key=lambda one: one.at_s)):
        incidents.at_s[k], incidents.duration_s[k] = incident.at_s, incident.duration_s
        incidents.kind[k] = _INCIDENTS[incident.kind]
        incidents.host[k] = NO_HOST if incident.host is None else inventory.host_names.index(incident.host)
