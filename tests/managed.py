"""VirtualCenter over hand-made clusters, for tests: what its judges say, its statistics, and ticks of everything."""

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import numpy as np

from tests.clusters import cluster, settings, stir
from vienv.core import admission, inventory, ledger, tick
from vienv.core.enums import HISTORY_INTERVALS, NO_HOST, IncidentKind, VmState
from vienv.core.virtualcenter import commands, statistics, works

INTERVAL_S = 300.0


def managed(
    hosts: int = 2,
    vms: int = 2,
    on: Sequence[int] | None = None,
    mhz: float | Sequence[float] = 500.0,
    incidents: int = 0,
    rows: dict[str, int] | None = None,
    **changes: object,
) -> SimpleNamespace:
    """A cluster whose VMs have wanted `mhz` for an hour and always will; `on` names each VM's host."""
    c = cluster(hosts=hosts, vms=vms, incidents=incidents, **(rows or {}))
    settings(c, **changes)
    c.incidents.host[:] = NO_HOST
    if on is not None:
        c.vms.host[:] = on
    want(c, mhz)
    return c


def want(c: SimpleNamespace, mhz: float | Sequence[float]) -> None:
    """Let the VMs want that much from now on, and VirtualCenter have seen no other."""
    s = c.vm_statistics
    for demand in (c.vms.demand_mhz, s.demand_5min_mhz, s.demand_40min_mhz, s.demand_60min_mhz, s.peak_60min_mhz):
        demand[:] = mhz
    c.workload.demand[:] = np.tile(c.vms.demand_mhz / c.vms.cpu_configured_mhz, c.sizes.samples)
    c.vm_history.mean_mhz[:] = np.tile(c.vms.demand_mhz, HISTORY_INTERVALS)
    c.vm_history.mean_square[:] = c.vm_history.mean_mhz**2
    c.vms.active_mb[:] = c.vms.active_base * c.vms.memory_mb
    for v in range(c.sizes.vms):
        s.memory_demand_mb[v] = statistics.memory_demand(c.vms, v, c.virtual_center.memory_idle_fraction)
    look(c)


def look(c: SimpleNamespace) -> None:
    """Renew what VirtualCenter plans with, as before every command."""
    c.clock.placement_changed[0] = 1
    inventory.group(c.hosts, c.vms, c.migrations, c.clock)
    statistics.plan_loads(c.host_statistics, c.vm_statistics, c.vms, c.migrations)


def plain(function: Any) -> Callable[..., Any]:
    """The function itself, with or without JIT."""
    return getattr(function, "py_func", function)


def refusal_of_any(c: SimpleNamespace) -> int:
    return commands.refusal_of_any(c.clock, c.hosts, c.virtual_center)


def refusal_of_migration(c: SimpleNamespace, v: int, h: int) -> int:
    look(c)
    return commands.refusal_of_migration(c.hosts, c.vms, c.migrations, c.paths, c.vmotion, v, h)


def refusal_of_placement(c: SimpleNamespace, v: int, h: int) -> int:
    look(c)
    return commands.refusal_of_placement(c.pools, c.hosts, c.vms, c.migrations, c.paths, c.ha, v, h)


def refusal_of_standby(c: SimpleNamespace, h: int) -> int:
    look(c)
    return commands.refusal_of_standby(
        c.hosts, c.vms, c.migrations, c.paths, c.vm_statistics, c.host_statistics, c.clock, c.vmotion, c.power, c.ha,
        c.virtual_center, admission.failover(c.hosts, c.vms, c.migrations, c.ha, c.hosts.cluster[h]),
        works.keep_awake(c.orders, c.hosts, c.clock, c.hosts.cluster[h]), h,
    )  # fmt: skip


def refusal_of_wake(c: SimpleNamespace, h: int) -> int:
    return commands.refusal_of_wake(c.hosts, h)


def migrate(c: SimpleNamespace, v: int, h: int) -> None:
    commands.migrate(c.hosts, c.vms, c.migrations, c.clock, v, h)
    look(c)


def order_standby(c: SimpleNamespace, h: int) -> None:
    commands.order_standby(c.hosts, c.clock, h)
    look(c)


def place(c: SimpleNamespace, v: int, h: int) -> None:
    commands.place(c.hosts, c.vms, c.volumes, c.clock, c.ha, v, h)
    look(c)


def wake(c: SimpleNamespace, h: int) -> None:
    commands.wake(c.hosts, c.clock, c.power, h)


def run(c: SimpleNamespace, until_s: float) -> np.ndarray:
    """Whole ticks until that second, plain Python; returns each VM's seconds down since the call."""
    one_tick = plain(tick.tick)
    stir(c)
    down_s = np.zeros(c.sizes.vms)
    while c.clock.now_s[0] < until_s:
        one_tick(c.floats, c.ints, c.spans)
        down_s += c.clock.tick_s[0] - c.vms.up_s
    ledger.book(c.ledger, c.metrics, c.hosts, c.clock)
    return down_s


def advance(c: SimpleNamespace) -> None:
    """One interval, plain Python."""
    stir(c)
    with patch.object(tick, "tick", plain(tick.tick)):
        plain(tick.advance)(c.floats, c.ints, c.spans)


def schedule(
    c: SimpleNamespace, kind: IncidentKind, at_s: float, duration_s: float, host: int = NO_HOST, row: int = 0
) -> None:
    c.incidents.kind[row], c.incidents.host[row] = kind, host
    c.incidents.at_s[row], c.incidents.duration_s[row] = at_s, duration_s


def arrive(c: SimpleNamespace, v: int) -> None:
    """Let VM v have arrived and wait for a host."""
    c.vms.state[v], c.vms.host[v] = VmState.AWAITING_PLACEMENT, NO_HOST
    look(c)
