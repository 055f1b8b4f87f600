"""The tick of hosts, HA and power alone, for tests that follow hosts through time: no demand, no vMotion."""

from collections.abc import Callable, Mapping
from types import SimpleNamespace

import numpy as np

from vienv.core import inventory, ledger, lifecycle, power
from vienv.core.enums import Metric, PowerState, Term
from vienv.core.ha import failures, restarts

Step = Callable[[SimpleNamespace], None]
JOULES_PER_KWH = 3.6e6
OUT_FOR_GOOD_S = 1e9

STEPS: Mapping[str, Step] = {
    "begin": lambda c: inventory.begin_tick(c.hosts, c.vms, c.migrations, c.clock),
    "advance": lambda c: power.advance(c.hosts, c.ledger, c.metrics, c.migrations, c.clock, c.power, c.randomness),
    "foresee": lambda c: failures.foresee(c.hosts, c.incidents, c.clock, c.ha, c.randomness),
    "strike": lambda c: failures.strike(c.hosts, c.vms, c.guests, c.clock, c.metrics, c.protection, c.ha),
    "restart": lambda c: restarts.restart(
        c.hosts,
        c.vms,
        c.clock,
        c.metrics,
        c.counters,
        c.migrations,
        c.paths,
        c.protection,
        c.volumes,
        c.ha,
        c.power,
        c.randomness,
    ),
    "live": lambda c: lifecycle.advance(c.hosts, c.vms, c.clock),
    "group": lambda c: inventory.group(c.hosts, c.vms, c.migrations, c.clock),
    "draw": lambda c: power.draw(c.hosts, c.power_curves, c.tariff, c.ledger, c.metrics, c.clock),
}
"""In the order of `vienv.core.tick`."""


def tick(c: SimpleNamespace, **replaced: Step) -> None:
    """One tick; a step given by name replaces the real one."""
    for step in (STEPS | replaced).values():
        step(c)
    c.clock.tick[0] += 1
    c.clock.now_s[0] += c.clock.tick_s[0]
    ledger.book(c.ledger, c.metrics, c.hosts, c.clock)


def run(c: SimpleNamespace, until_s: float, **replaced: Step) -> np.ndarray:
    """Tick until that second; returns each VM's seconds down since the call."""
    STEPS["group"](c)
    down_s = np.zeros(c.sizes.vms)
    while c.clock.now_s[0] < until_s:
        tick(c, **replaced)
        down_s += c.clock.tick_s[0] - c.vms.up_s
    return down_s


def kwh(c: SimpleNamespace) -> float:
    return float(c.ledger.interval[Term.ENERGY_KWH])


def metric(c: SimpleNamespace, which: Metric) -> float:
    return float(c.metrics.value[which])


def schedule_failure(c: SimpleNamespace, h: int, at_s: float, repair_s: float, incident: int = 0) -> None:
    """Let host h die at that second. IncidentKind.HOST_FAILURE is the kind of a fresh row."""
    c.incidents.at_s[incident], c.incidents.duration_s[incident], c.incidents.host[incident] = at_s, repair_s, h


def wake_to_join_at(c: SimpleNamespace, h: int, at_s: float) -> None:
    """Let host h be on at that second: it is booting from now on."""
    c.hosts.power_state[h], c.hosts.ready_at_s[h] = PowerState.BOOTING, at_s
