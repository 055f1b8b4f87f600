"""Invariant 38: mean availability does not rise with the rate of failures, and without failures it is exactly 1.

2,000 worlds a rate, with HA and power alone; only what follows a failure is played tick by tick.
"""

import math
from itertools import pairwise
from types import SimpleNamespace
from unittest.mock import patch

import numpy as np
import pytest

from tests.clusters import cluster, settings
from tests.host_ticks import tick
from vienv.core import arena
from vienv.core.enums import PowerState, VmState
from vienv.core.params import Randomness
from vienv.scenario import failures

WORLDS = 2000
DAY_S = 86_400.0
TICK_S = 600.0
SHAPE = 0.75
CRITICAL = 3.719
"""Standard deviations that a normal variable exceeds once in 10,000 times."""
RATES_A_DAY = (0.0, 0.05, 0.3)
"""Failures of one host."""


def availabilities(rate_a_day: float) -> np.ndarray:
    """Share of a day for which the VMs of each world are up, (WORLDS,)."""
    c = cluster(hosts=2, vms=2)
    scale_s = DAY_S / rate_a_day / math.gamma(1.0 + 1.0 / SHAPE) if rate_a_day > 0.0 else 0.0
    settings(c, ha_failure_shape=SHAPE, ha_failure_scale_s=scale_s, ha_repair_mu=math.log(1800.0), ha_repair_sigma=0.5)
    c.clock.tick_s[0] = TICK_S
    fresh = c.floats.copy(), c.ints.copy()
    shares = np.empty(WORLDS)
    for world in range(WORLDS):
        c.floats[:], c.ints[:] = fresh
        arena.write_params(c.floats, c.ints, c.spans, Randomness(seed=world))
        c.randomness = arena.randomness_of(c.floats, c.ints, c.spans)
        failures.draw(c.hosts, c.ha, world)
        shares[world] = 1.0 - down_s(c) / (c.sizes.vms * DAY_S)
    return shares


def down_s(c: SimpleNamespace) -> float:
    """Seconds of a day for which its VMs are down."""
    total_s = 0.0
    while True:
        is_well = (c.vms.state == VmState.RUNNING).all() and (c.hosts.power_state == PowerState.ON).all()
        if is_well:  # nothing happens until somebody fails
            c.clock.now_s[0] = max(c.clock.now_s[0], min(DAY_S, c.hosts.next_failure_s.min()) // TICK_S * TICK_S)
        if c.clock.now_s[0] >= DAY_S:
            return total_s
        tick(c)
        total_s += float((TICK_S - c.vms.up_s).sum())


def check_more_failures_never_help() -> float:
    """Returns the mean availability at the highest rate."""
    shares = [availabilities(rate) for rate in RATES_A_DAY]
    assert (shares[0] == 1.0).all()
    for rarer, oftener in pairwise(shares):
        fall = rarer - oftener
        assert fall.mean() >= -CRITICAL * fall.std() / math.sqrt(WORLDS)
    return float(shares[-1].mean())


def test_38_mean_availability_does_not_rise_with_the_rate_of_failures():
    assert 0.99 < check_more_failures_never_help() < 1.0 - 1e-4


def test_bug_38_a_scale_that_is_taken_for_a_rate_is_caught():
    def draw(hosts, ha, seed):
        DRAW(hosts, ha, seed)
        hosts.next_failure_s[:] *= (DAY_S / ha.failure_scale_s) ** 2 if ha.failure_scale_s > 0.0 else 1.0

    with patch.object(failures, "draw", draw), pytest.raises(AssertionError):
        check_more_failures_never_help()


DRAW = failures.draw
