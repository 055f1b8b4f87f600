"""Each host's first random failure, from the stationary residual life: a new world is not a world of new machines.

A host that is found running at a random moment has, likelier than not, one of the longer lives (length bias), and is a
uniform part through it. A Weibull life with length bias has a gamma distribution in its power `shape` (renewal theory:
Cox, 1962). What follows the first failure is `core.ha.failures`'.
"""

import math

from vienv.core.ha.failures import gap_of_feed
from vienv.core.jit import kernel
from vienv.core.params import HaParams
from vienv.core.random import gamma, uniform
from vienv.core.state import NEVER, Feeds, Hosts
from vienv.scenario.keys import Stream


@kernel
def draw(hosts: Hosts, ha: HaParams, seed: int) -> None:
    """Write hosts.next_failure_s."""
    for h in range(hosts.power_state.size):
        hosts.next_failure_s[h] = NEVER
        if ha.failure_scale_s > 0.0:
            power = gamma(seed, Stream.LIFE, h, 1.0 + 1.0 / ha.failure_shape)
            life_s = ha.failure_scale_s * math.pow(power, 1.0 / ha.failure_shape)
            hosts.next_failure_s[h] = life_s * uniform(seed, Stream.AGE, h, 0)


@kernel
def draw_feeds(feeds: Feeds, seed: int) -> None:
    """Write feeds.next_failure_s: times without memory have no age."""
    for k in range(feeds.next_failure_s.size):
        feeds.next_failure_s[k] = gap_of_feed(feeds, seed, k)
