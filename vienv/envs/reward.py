"""From terms to a scalar: constant an interval, plus weights over the named terms of `enums.Term`.

The default is 1 - bill / scale: the interval's bill in EUR at the scenario's prices, and as scale the energy of all
hosts on at half load for one interval at the mean tariff. Weights given by the user replace it, without a constant.
"""

from collections.abc import Mapping
from difflib import get_close_matches

import numpy as np

from vienv.core.enums import Refusal, Term
from vienv.core.jit import kernel
from vienv.core.params import Prices
from vienv.core.state import Clock, FloatArray, Ledger, Outcome, Reward
from vienv.core.timers import SECONDS_PER_HOUR

_SECONDS_PER_DAY = 24.0 * SECONDS_PER_HOUR
TERMS = tuple(term.name.lower() for term in Term)


def bill_weights(prices: Prices, num_hosts: int, interval_s: float) -> dict[str, float]:
    """EUR of one unit of each term of an interval; imbalance is billed per host of the inventory."""
    return {
        "imbalance": prices.imbalance_host_h * num_hosts * interval_s / SECONDS_PER_HOUR,
        "energy_cost": 1.0,
        "unserved_cpu_ghz_h": prices.unserved_cpu_ghz_h,
        "unserved_memory_gb_h": prices.unserved_memory_gb_h,
        "migrations": prices.migration,
        "vmotion_downtime_s": prices.vm_down_h / SECONDS_PER_HOUR,
        "vm_down_s": prices.vm_down_h / SECONDS_PER_HOUR,
        "power_cycles": prices.power_cycle,
    }


def licence_eur(prices: Prices, num_hosts: int, elapsed_s: float) -> float:
    """What VirtualCenter's licences cost in that time: by host and day, whatever anybody does."""
    return prices.licence_host_day * num_hosts * elapsed_s / _SECONDS_PER_DAY


def checked_weights(weights: Mapping[str, float], terms: tuple[str, ...] = TERMS) -> dict[str, float]:
    """The user's `reward_weights`; ValueError for a name that is not a term, or a weight that is no finite number."""
    for name, weight in weights.items():
        if name not in terms:
            near = get_close_matches(name, terms, 1, 0.0)[0]
            raise ValueError(
                f"reward_weights: {name!r} is not a term; did you mean {near!r}? Terms: {', '.join(terms)}"
            )
        if not isinstance(weight, int | float) or not np.isfinite(weight):
            raise ValueError(f"reward_weights: {name}: {weight!r} is not a finite number")
    return {name: float(value) for name, value in weights.items()}


def in_order(weights: Mapping[str, float]) -> FloatArray:
    """Weights as an array in the order of the terms; 0 for a term without one."""
    return np.array([weights.get(name, 0.0) for name in TERMS])


@kernel
def begin_step(ledger: Ledger, outcome: Outcome) -> None:
    """Clear what the last step gave."""
    for t in range(ledger.step.size):
        ledger.step[t] = 0.0
    outcome.reward[0] = outcome.elapsed_s[0] = 0.0
    outcome.refusal[0] = Refusal.ACCEPTED


@kernel
def end_step(ledger: Ledger, outcome: Outcome, reward: Reward, clock: Clock, num_intervals: int) -> None:
    """Weigh the step's terms. Only a commit elapses time; a refused command elapses none and is only counted."""
    outcome.elapsed_s[0] = num_intervals * clock.ticks_per_interval[0] * clock.tick_s[0]
    total = outcome.constant[0] * num_intervals
    for t in range(ledger.step.size):
        total += reward.weight[t] * ledger.step[t]
    outcome.reward[0] = total
