"""CloudSim's consolidation experiments on PlanetLab's traces, ours beside CloudSim's own figures.

    python -m benchmarks.planetlab --data ../shared/data/planetlab
    python -m benchmarks.planetlab --data ../shared/data/planetlab --day 20110303 --policy thr-mmt-0.8 --json

Without --policy, every run of cloudsim_reference.csv beside the traces is repeated, and every day that it lacks is run
with the ten standard policies, with nothing to compare with. CPU seconds are ours for reading the day and simulating
it, compiled before, beside CloudSim's whole process. Exit status: 1 if a row differs, 2 if something cannot be run.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, NoReturn

import numpy as np
from numpy.typing import NDArray

from benchmarks import planetlab_table
from benchmarks.cloudsim_reference import ROWS, Difference, ReferenceRow, References, compare
from vienv.cloudsim import STANDARD, Policy, Results, ready, simulate
from vienv.cloudsim.enums import Detector, Selection
from vienv.scenario.archive import TraceError
from vienv.scenario.planetlab import ORDERS, days_of, read_day

FIRST_SEED = 1
_MOST_SEED = 2**63 - 1
"""Of java.util.Random."""
_ALMOST_IDLE = 1e-7
"""Percent: a VM that asks this little costs nothing and is not taken for one that has ended."""
_CANNOT_RUN = 2


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


def main() -> None:
    """Run, print, and leave with the exit status."""
    arguments = _arguments()
    try:
        cases, references = plan(arguments)
    except TraceError as error:
        _refuse(str(error))
    ready()
    runs = []
    for number, case in enumerate(cases, start=1):
        if sys.stderr.isatty():
            print(f"{number}/{len(cases)} {case}", file=sys.stderr, flush=True)
        runs.append(repaired(case, arguments.data) if arguments.repaired else run(case, arguments.data, references))
    planetlab_table.show(runs, arguments.json, arguments.repaired)
    sys.exit(int(any(each.differences for each in runs)))


def plan(arguments: argparse.Namespace) -> tuple[list[Case], References]:
    """What is to be run; every day has been read by then, so that nothing is refused half-way."""
    data = Path(arguments.data)
    days = list(dict.fromkeys(arguments.day or days_of(data)))
    references = References(data if (data / ROWS).exists() else data.parent)
    num_vms = {day: len(read_day(data, day, arguments.order or ORDERS[0]).names) for day in days}
    cases = []
    for day in days:
        rows = [row for row in references.rows if row.day == day and arguments.order in (None, row.order)]
        for policy in dict.fromkeys(arguments.policy or [row.policy for row in rows] or STANDARD):
            cases += _cases(day, policy, arguments, [row for row in rows if row.policy == policy])
    for case in cases:
        there, row = num_vms[case.day], case.reference
        if row is not None and row.vms != there:
            raise TraceError(f"{data}: day {case.day}: {there} VMs are there; CloudSim ran {row.vms}")
    return cases, references


def _cases(day: str, policy: Policy, arguments: argparse.Namespace, rows: list[ReferenceRow]) -> Iterator[Case]:
    """CloudSim's runs of a policy; one without a reference if there is none."""
    draws = policy.detector > Detector.DVFS and policy.selection == Selection.RS
    wanted = arguments.seed if draws else None
    found = [row for row in rows if wanted in (None, row.seed)]
    yield from (Case(day, policy, row.seed, row.order, row) for row in found)
    if not found:
        seed = (FIRST_SEED if wanted is None else wanted) if draws else None
        yield Case(day, policy, seed, arguments.order or ORDERS[0], None)


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


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        _refuse(message)


def _arguments() -> argparse.Namespace:
    parser = _Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of days, or one day")
    parser.add_argument("--day", nargs="+", help="20110303 ...; by default all that there are")
    parser.add_argument("--policy", nargs="+", type=_policy, help="detector-selection[-parameter], npa or dvfs")
    parser.add_argument("--seed", type=_seed, help="of the random selection; by default those on record, or 1")
    parser.add_argument("--order", choices=ORDERS, help="of the VMs; by default those on record, or bytes")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--repaired", action="store_true", help="zero demand does not end a VM")
    return parser.parse_args()


def _policy(name: str) -> Policy:
    try:
        return Policy.parse(name)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _seed(text: str) -> int:
    if not text.isdecimal() or len(text) > len(str(_MOST_SEED)) or int(text) > _MOST_SEED:
        raise argparse.ArgumentTypeError(f"{text[:40]!r}; a whole number from 0 to {_MOST_SEED} is needed")
    return int(text)


def _refuse(message: str) -> NoReturn:
    print("planetlab: " + " ".join(message.split()), file=sys.stderr)
    sys.exit(_CANNOT_RUN)


if __name__ == "__main__":
    main()
