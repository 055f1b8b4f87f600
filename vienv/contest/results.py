"""From cells to rows: every policy's figures in every scenario, with intervals, on the same worlds."""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vienv.contest import cells, statistics
from vienv.contest.bill import Bill, bill_of
from vienv.contest.competitors import Competitor, by_name
from vienv.contest.entries import Entry
from vienv.contest.ranking import YARDSTICK, Difference, Standing, differences, orders_by_price, standings
from vienv.contest.run import Contest
from vienv.contest.statistics import Draws, Estimate

FloatArray = NDArray[np.float64]
MEANS = (
    "imbalance", "imbalance_hourly", "energy_kwh", "energy_cost", "vm_down_s", "migrations",
    "vmotion_downtime_s", "power_cycles",
)  # fmt: skip
"""Figures that are means over worlds, straight from the cells."""
QUANTITIES = ("cost_index", "bill", *MEANS, "unserved_cpu_percent", "unserved_memory_percent")


@dataclass(frozen=True)
class Row:
    """One policy in one scenario."""

    scenario: str
    policy: str
    worlds: int
    ranked: bool
    zero_shot: bool
    training_seeds: int
    figures: Mapping[str, Estimate]


@dataclass(frozen=True)
class ScenarioResult:
    """One scenario: its rows from best to worst, who is better than whom, and how that moves with the prices."""

    scenario: str
    rows: list[Row]
    pairs: list[Difference]
    standings: dict[str, Standing]
    orders: list[tuple[str, float, list[tuple[str, float]]]]
    index_point: dict[str, float]
    index_resampled: dict[str, FloatArray]


def result_of(contest: Contest, entry: Entry) -> ScenarioResult:
    """Read one scenario's cells and work out all that is said of it."""
    draws = statistics.draw_worlds(contest.num_worlds, _key(contest.first_world, entry.name))
    groups = by_name(contest.competitors)
    totals = {name: _totals(contest, entry, group) for name, group in groups.items()}
    bills = {name: bill_of(total, entry.scenario.prices) for name, total in totals.items()}
    amounts = {name: bill.total() for name, bill in bills.items()}
    rows = [
        _row(entry, groups[name], contest.num_worlds, _figures(totals[name], bills[name], amounts[YARDSTICK], draws))
        for name in groups
    ]
    rows.sort(key=lambda row: (row.figures["cost_index"].mean, row.policy))
    ranked = [row.policy for row in rows if row.ranked]
    pairs = differences({name: amounts[name] for name in ranked}, draws)
    yardstick = draws.totals(amounts[YARDSTICK])
    return ScenarioResult(
        scenario=entry.name,
        rows=rows,
        pairs=pairs,
        standings=standings(ranked, pairs),
        orders=orders_by_price({name: bills[name] for name in ranked}),
        index_point={row.policy: row.figures["cost_index"].mean for row in rows},
        index_resampled={name: 100.0 * draws.totals(amount) / yardstick for name, amount in amounts.items()},
    )


def overall(results: list[ScenarioResult]) -> dict[str, Estimate]:
    """Geometric mean of the cost index over the scenarios, best first; worlds are drawn apart in each scenario."""
    figures = {
        name: statistics.estimate(
            math.exp(sum(math.log(r.index_point[name]) for r in results) / len(results)),
            np.exp(sum(np.log(r.index_resampled[name]) for r in results) / len(results)),
        )
        for name in results[0].index_point
    }
    return dict(sorted(figures.items(), key=lambda item: (item[1].mean, item[0])))


def _figures(totals: Mapping[str, FloatArray], bill: Bill, yardstick: FloatArray, draws: Draws) -> dict[str, Estimate]:
    amount = bill.total()
    figures = {name: statistics.mean(totals[name], draws) for name in MEANS}
    figures["cost_index"] = statistics.ratio(amount, yardstick, draws)
    figures["bill"] = statistics.mean(amount, draws)
    figures["unserved_cpu_percent"] = statistics.ratio(totals["unserved_cpu_ghz_h"], totals["demand_cpu_ghz_h"], draws)
    figures["unserved_memory_percent"] = statistics.ratio(
        totals["unserved_memory_gb_h"], totals["demand_memory_gb_h"], draws
    )
    return {name: figures[name] for name in QUANTITIES}


def _row(entry: Entry, group: list[Competitor], num_worlds: int, figures: Mapping[str, Estimate]) -> Row:
    zero_shot = any(c.is_zero_shot(entry.name, entry.data_hash) for c in group)
    return Row(entry.name, group[0].name, num_worlds, group[0].is_ranked, zero_shot, len(group), figures)


def _totals(contest: Contest, entry: Entry, group: list[Competitor]) -> dict[str, FloatArray]:
    """Every total as an array (seeds, worlds)."""
    read = [[cells.read(contest.folder, contest.identity(entry, c, w)) for w in contest.worlds()] for c in group]
    present = [[cell for cell in line if cell is not None] for line in read]
    if any(len(line) < contest.num_worlds for line in present):
        raise FileNotFoundError(
            f"cells of {entry.name} {group[0].name} were removed from {contest.folder} while it ran"
        )
    return {name: np.array([[cell[name] for cell in line] for line in present]) for name in present[0][0]}


def _key(first_world: int, scenario: str) -> tuple[int, int]:
    """What a scenario's draws are keyed by, so that adding a scenario leaves the others' intervals as they were."""
    return first_world, int.from_bytes(hashlib.sha256(scenario.encode()).digest()[:4], "big")
