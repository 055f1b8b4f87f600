"""Worlds for tests: one world written, and its tuples."""

from types import SimpleNamespace

import numpy as np

from vienv.core import arena, state
from vienv.scenario import Worlds
from vienv.scenario.rows import Rows


def written(worlds: Worlds, split: str = "test", world: int = 0) -> SimpleNamespace:
    """World `world` of `split`: floats, ints, and views by name."""
    floats = np.full(worlds.num_floats, np.nan)
    ints = np.full(worlds.num_ints, -99, np.int64)
    worlds.write(floats, ints, split, world)
    rows = Rows(floats, ints, worlds.spans)
    return SimpleNamespace(
        floats=floats,
        ints=ints,
        clock=rows.clock,
        hosts=rows.hosts,
        vms=rows.vms,
        pools=rows.view(state.Pools),
        paths=rows.view(state.Paths),
        tariff=rows.view(state.Tariff),
        workload=rows.view(state.Workload),
        incidents=rows.view(state.Incidents),
        history=rows.view(state.VmHistory),
        statistics=rows.view(state.VmStatistics),
        prices=arena.prices_of(floats, ints, worlds.spans),
        curves=rows.view(state.PowerCurves),
    )
