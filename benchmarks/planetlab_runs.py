"""Which of CloudSim's experiments are run, and what a run gives: its figures, its CPU time, and where it differs.

CPU seconds count reading the day and simulating it; `vienv.cloudsim.ready` has compiled before.
"""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.cloudsim_reference import ROWS, Difference, ReferenceRow, References, compare
from vienv.cloudsim import STANDARD, Policy, Results, simulate
from vienv.cloudsim.enums import Detector, Selection
from vienv.scenario.archive import TraceError
from vienv.scenario.planetlab import ORDERS, days_of, read_day

FIRST_SEED = 1
_ALMOST_IDLE = 1e-7
"""Percent: a VM that asks this little costs nothing and is not taken for one that has ended."""


class Wanted(NamedTuple):
    """What is asked for; None: whatever is there or on record."""

    data: Path
    days: Sequence[str] | None = None
    policies: Sequence[Policy] | None = None
    seed: int | None = None
    order: str | None = None


class Case(NamedTuple):
    """One run, and CloudSim's if it is on record."""

    day: str
    policy: Policy
    seed: int | None  # of policies that draw
    order: str
    reference: ReferenceRow | None

    def __str__(self) -> str:
        return f"{self.day} {self.policy.name}{'' if self.seed is None else f' seed {self.seed}'} {self.order}"


class Run(NamedTuple):
    """What a case gave."""

    case: Case
    vms: int
    sha256: str  # of the day
    results: Results
    cpu_s: float  # reading and simulating
    differences: list[Difference]
    departure: str | None  # the first step whose state is not CloudSim's
    stock: Results | None  # beside a repaired run: as CloudSim would


def plan(wanted: Wanted) -> tuple[list[Case], References]:
    """What is to be run; every day has been read by then, so that nothing is refused half-way.

    Raises:
        TraceError: a day or a record that cannot be read, or a day of other VMs than CloudSim ran.
    """
    data = wanted.data
    days = list(dict.fromkeys(wanted.days or days_of(data)))
    references = References(data if (data / ROWS).exists() else data.parent)
    num_vms = {day: len(read_day(data, day, wanted.order or ORDERS[0]).names) for day in days}
    cases = []
    for day in days:
        rows = [row for row in references.rows if row.day == day and wanted.order in (None, row.order)]
        for policy in dict.fromkeys(wanted.policies or [row.policy for row in rows] or STANDARD):
            cases += _cases(day, policy, wanted, [row for row in rows if row.policy == policy])
    for case in cases:
        there, row = num_vms[case.day], case.reference
        if row is not None and row.vms != there:
            raise TraceError(f"{data}: day {case.day}: {there} VMs are there; CloudSim ran {row.vms}")
    return cases, references


def _cases(day: str, policy: Policy, wanted: Wanted, rows: list[ReferenceRow]) -> Iterator[Case]:
    """CloudSim's runs of a policy; one without a reference if there is none."""
    draws = policy.detector > Detector.DVFS and policy.selection == Selection.RS
    seed = wanted.seed if draws else None
    found = [row for row in rows if seed in (None, row.seed)]
    yield from (Case(day, policy, row.seed, row.order, row) for row in found)
    if not found:
        yield Case(day, policy, FIRST_SEED if draws and seed is None else seed, wanted.order or ORDERS[0], None)


def run(case: Case, data: Path, references: References) -> Run:
    """Run a case and compare it."""
    began = time.process_time()
    day = read_day(data, case.day, case.order)
    results = simulate(day.percent, case.policy, case.seed or 0)
    cpu_s = time.process_time() - began
    of_day = len(day.names), day.sha256
    if case.reference is None:
        return Run(case, *of_day, results, cpu_s, [], None, None)
    differences = compare(case.reference, results)
    departure = references.first_departure(case.reference, results.intervals) if differences else None
    return Run(case, *of_day, results, cpu_s, differences, departure, None)


def repaired(case: Case, data: Path) -> Run:
    """Run a case with and without VMs that end at zero demand."""
    day = read_day(data, case.day, case.order)
    stock = simulate(day.percent, case.policy, case.seed or 0)
    began = time.process_time()
    results = simulate(without_zeros(day.percent), case.policy, case.seed or 0)
    cpu_s = time.process_time() - began
    return Run(case, len(day.names), day.sha256, results, cpu_s, [], None, stock)


def without_zeros(percent: NDArray[np.float64]) -> NDArray[np.float64]:
    """Demand in which nobody asks for nothing."""
    return np.where(percent == 0.0, _ALMOST_IDLE, percent)
