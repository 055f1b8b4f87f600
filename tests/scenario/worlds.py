"""Worlds for tests: one world written, and its tuples."""

from types import SimpleNamespace

import numpy as np

from vienv.core import arena, state
from vienv.core.enums import HISTORY_INTERVALS, NO_HOST
from vienv.scenario import Worlds
from vienv.scenario.rows import Rows


def written(worlds: Worlds, split: str = "test", world: int = 0) -> SimpleNamespace:
    """World `world` of `split`: floats, ints, and views by name."""
    floats = np.full(worlds.num_floats, np.nan)
    ints = np.full(worlds.num_ints, -99, np.int64)
    worlds.write(floats, ints, split, world)
    rows = Rows(floats, ints, worlds.spans)
    workload = rows.view(state.Workload)
    return SimpleNamespace(
        floats=floats,
        ints=ints,
        clock=rows.clock,
        hosts=rows.hosts,
        vms=rows.vms,
        pools=rows.view(state.Pools),
        paths=rows.view(state.Paths),
        tariff=rows.view(state.Tariff),
        workload=workload,
        demand=workload.demand.reshape(worlds.sizes.samples, worlds.sizes.vms),
        incidents=rows.view(state.Incidents),
        history=rows.view(state.VmHistory),
        statistics=rows.view(state.VmStatistics),
        prices=arena.prices_of(floats, ints, worlds.spans),
        curves=rows.view(state.PowerCurves),
    )


def host_loads(c: SimpleNamespace) -> np.ndarray:
    """Demand / capacity of each host over the episode if nothing ever moves, (samples, hosts)."""
    is_here = c.vms.host != NO_HOST
    mhz = np.minimum(c.demand * c.vms.cpu_configured_mhz, c.vms.cpu_limit_mhz)[HISTORY_INTERVALS:-1, is_here]
    lives_on = c.vms.host[is_here, np.newaxis] == np.arange(c.hosts.power_state.size)
    return mhz @ lives_on / c.hosts.cpu_capacity_mhz
