"""Who is better than whom in one scenario, and how that moves with the prices.

A rank counts those who are better beyond doubt: one plus the number of ranked policies whose paired difference
excludes zero after Holm's correction over all pairs of the scenario. Policies that cannot be told apart share a rank
and are printed as a tie.
"""

from collections.abc import Mapping
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vienv.contest import statistics
from vienv.contest.bill import FACTORS, Bill
from vienv.contest.statistics import SIGNIFICANCE, Draws, Estimate

YARDSTICK = "static"
"""The policy that does nothing: its bill on the same worlds is an index of 100."""
_PRICES = [price for price in Bill._fields if price != "licence"]
"""Those on which an order may rest: licences cost all the same."""


class Difference(NamedTuple):
    """Index of `policy` less that of `other`, on the same worlds."""

    policy: str
    other: str
    gap: Estimate
    p_holm: float

    @property
    def is_tie(self) -> bool:
        """Whether the two cannot be told apart."""
        return self.p_holm > SIGNIFICANCE or not self.gap.excludes_zero


class Standing(NamedTuple):
    """Where a policy stands; `is_tie` where another one cannot be told apart from it."""

    rank: int
    is_tie: bool


def differences(bills: Mapping[str, NDArray[np.float64]], draws: Draws) -> list[Difference]:
    """Paired differences of the cost index between all pairs; bills are (seeds, worlds), the yardstick's among them."""
    yardstick_point, yardstick = statistics.total(bills[YARDSTICK]), draws.totals(bills[YARDSTICK])
    point = {name: 100.0 * statistics.total(bill) / yardstick_point for name, bill in bills.items()}
    resampled = {name: 100.0 * draws.totals(bill) / yardstick for name, bill in bills.items()}
    pairs = list(combinations(sorted(bills, key=lambda name: (point[name], name)), 2))
    spread = [resampled[a] - resampled[b] for a, b in pairs]
    adjusted = statistics.holm([statistics.p_value(s, draws.worlds.shape[1]) for s in spread])
    return [
        Difference(a, b, statistics.estimate(point[a] - point[b], s), p)
        for (a, b), s, p in zip(pairs, spread, adjusted, strict=True)
    ]


def standings(names: list[str], pairs: list[Difference]) -> dict[str, Standing]:
    """Rank of each of `names`, which the pairs are made of."""
    better, tied = dict.fromkeys(names, 0), set[str]()
    for pair in pairs:
        if pair.is_tie:
            tied |= {pair.policy, pair.other}
            continue
        better[pair.other if pair.gap.mean < 0.0 else pair.policy] += 1
    return {name: Standing(1 + count, name in tied) for name, count in better.items()}


def orders_by_price(bills: Mapping[str, Bill]) -> list[tuple[str, float, list[tuple[str, float]]]]:
    """(price, factor, [(policy, cost index) from best to worst]) as given and with each price halved and doubled."""
    changes = [("none", 1.0)] + [(price, factor) for price in _PRICES for factor in FACTORS]
    return [(price, factor, _order(bills, **{price: factor})) for price, factor in changes]


def _order(bills: Mapping[str, Bill], **factors: float) -> list[tuple[str, float]]:
    yardstick = statistics.total(bills[YARDSTICK].total(**factors))
    index = {name: 100.0 * statistics.total(bill.total(**factors)) / yardstick for name, bill in bills.items()}
    return sorted(index.items(), key=lambda item: (item[1], item[0]))
