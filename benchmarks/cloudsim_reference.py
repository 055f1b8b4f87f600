"""What CloudSim 3.0.3 itself computed for days of PlanetLab traces, and whether a run of ours is equal to it.

`cloudsim_reference.csv` beside the traces has a row a run: CloudSim's whole-day figures as it printed them, and its CPU
time. `cloudsim_intervals.csv` has the state after each of the 287 steps of some of them, which shows where a run that
differs leaves CloudSim's path. Counts must be equal; figures that CloudSim rounds must round to the same, or be within
the stated tolerance.
"""

import csv
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vienv.cloudsim import Policy, Results
from vienv.scenario.archive import TraceError, read_bytes

ROWS, STEPS = "cloudsim_reference.csv", "cloudsim_intervals.csv"
_ORDERS = {"name_bytes": "bytes", "name_uppercase": "uppercase"}
_STEPS_ORDER = "bytes"
"""Of the VMs in the runs whose steps are on record."""
_MOST_BYTES = 64 * 1024 * 1024
_FIRST_STEP_S, _STEP_S = 300.1, 300.0


class Figure(NamedTuple):
    """One figure of a run: a column of the CSV and a field of `vienv.cloudsim.Results`, and how it is judged."""

    column: str
    label: str
    digits: int  # that CloudSim prints
    absolute: float = 0.0
    relative: float = 0.0
    is_in_table: bool = True

    def is_equal(self, measured: float, reference: float) -> bool:
        """Whether two values are equal within the tolerance; NaN equals nothing."""
        return abs(measured - reference) <= self.absolute + self.relative * abs(reference)


_TO_TWO_DIGITS = 0.005 * (1.0 + 1e-6)
_LAST_BIT = 2e-6
"""Granted MIPS are rounded down: one last bit of a sum can cost one MIPS for a while."""
FIGURES = (
    Figure("energy_kwh", "energy kWh", 5, absolute=1e-5),
    Figure("migrations", "migrations", 0),
    Figure("distinct_vm_moves", "moves", 0),
    Figure("host_shutdowns", "shutdowns", 0),
    Figure("vms_left_at_end", "VMs left", 0),
    Figure("slatah", "SLATAH", 10, absolute=1e-9),
    Figure("pdm", "PDM", 10, relative=_LAST_BIT),
    Figure("sla_overall", "overall SLA", 10, relative=_LAST_BIT),
    Figure("sla_average", "average SLA", 10, relative=_LAST_BIT),
    Figure("mean_time_before_shutdown_s", "shutdown after s", 2, absolute=_TO_TWO_DIGITS),
    Figure("sd_time_before_shutdown_s", "its sd", 2, absolute=_TO_TWO_DIGITS, is_in_table=False),
    Figure("mean_time_before_vm_migration_s", "migration s", 2, absolute=_TO_TWO_DIGITS),
    Figure("sd_time_before_vm_migration_s", "its sd", 2, absolute=_TO_TWO_DIGITS, is_in_table=False),
    Figure("mean_active_hosts", "active hosts", 2, absolute=_TO_TWO_DIGITS, is_in_table=False),
)
STATE = (
    Figure("active_hosts", "active hosts", 0),
    Figure("used_mips", "used MIPS", 4, absolute=1e-3),
    Figure("distinct_vms_moving", "distinct VMs moving", 0),
    Figure("cum_migrations", "migrations so far", 0),
    Figure("cum_kwh", "kWh so far", 9, absolute=1e-5),
)


class ReferenceRow(NamedTuple):
    """A run of CloudSim: what was run, its figures by column (those that it defines), CPU seconds of its process."""

    day: str
    policy: Policy
    seed: int | None
    order: str
    vms: int
    figures: dict[str, float]
    cpu_s: float


class Difference(NamedTuple):
    """A figure that is not equal."""

    figure: Figure
    measured: float
    reference: float

    def __str__(self) -> str:
        places = self.figure.digits and self.figure.digits + 2  # where it departs may lie beyond what is printed
        return f"{self.figure.column} {self.measured:.{places}f}, CloudSim {self.reference:.{self.figure.digits}f}"


class References:
    """The reference runs beside some traces; none if there is no such file."""

    def __init__(self, folder: Path):
        self.rows: list[ReferenceRow] = [_row(*each) for each in _lines(folder / ROWS)]
        self._steps: dict[tuple[str, Policy], list[list[float]]] = {}
        for path, number, line in _lines(folder / STEPS):
            steps = self._steps.setdefault((line.get("day", ""), _policy(path, number, line)), [])
            steps.append([_number(path, number, line, figure.column) for figure in STATE])

    def first_departure(self, row: ReferenceRow, intervals: NDArray[np.float64]) -> str | None:
        """The first step whose state (287, 5) is not CloudSim's, in one line; None if there is none on record."""
        steps = self._steps.get((row.day, row.policy), []) if row.order == _STEPS_ORDER else []
        for k, (measured, reference) in enumerate(zip(intervals, steps, strict=False)):
            found = _unequal(STATE, measured, reference)
            if found:
                at = f"step {k + 1} of {len(steps)}, {_FIRST_STEP_S + k * _STEP_S:.1f} s"
                return f"{at}: {'; '.join(str(difference) for difference in found)}"
        return None


def compare(row: ReferenceRow, results: Results) -> list[Difference]:
    """Figures of a run that are not equal to CloudSim's; what CloudSim leaves undefined is not compared."""
    figures = [figure for figure in FIGURES if figure.column in row.figures]
    measured = [getattr(results, figure.column) for figure in figures]
    return _unequal(figures, measured, [row.figures[figure.column] for figure in figures])


def _unequal(figures: Sequence[Figure], measured: Any, reference: Any) -> list[Difference]:
    return [
        Difference(figure, float(ours), theirs)
        for figure, ours, theirs in zip(figures, measured, reference, strict=True)
        if not figure.is_equal(ours, theirs)
    ]


def _row(path: Path, number: int, line: dict[str, str]) -> ReferenceRow:
    order = line.get("vm_order", "")
    if order not in _ORDERS:
        raise TraceError(f"{path}: line {number}: vm_order {order!r}; {' or '.join(_ORDERS)} is needed")
    figures = {f.column: _number(path, number, line, f.column) for f in FIGURES if line.get(f.column)}
    seed = int(_number(path, number, line, "rng_seed")) if line.get("rng_seed") else None
    cpu_s = sum(_number(path, number, line, column) for column in ("user_s_median", "sys_s_median"))
    vms = int(_number(path, number, line, "vms"))
    return ReferenceRow(line.get("day", ""), _policy(path, number, line), seed, _ORDERS[order], vms, figures, cpu_s)


def _policy(path: Path, number: int, line: dict[str, str]) -> Policy:
    """The policy; a parameter that the file leaves out is the paper's."""
    parts = (line.get(column) for column in ("policy", "selection", "parameter"))
    try:
        return Policy.parse("-".join(part for part in parts if part))
    except ValueError as error:
        raise TraceError(f"{path}: line {number}: {error}") from None


def _number(path: Path, number: int, line: dict[str, str], column: str) -> float:
    text = line.get(column)
    try:
        value = float(text or "")
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise TraceError(f"{path}: line {number}: {column} {text!r}; a number is needed")
    return value


def _lines(path: Path) -> list[tuple[Path, int, dict[str, str]]]:
    """The lines of a CSV file with their numbers; none if there is no such file."""
    if not path.exists():
        return []
    try:
        reader = csv.DictReader(read_bytes(path, _MOST_BYTES).decode("utf-8").splitlines(), restval="")
        return [(path, number, line) for number, line in enumerate(reader, start=2)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise TraceError(f"{path}: not a CSV file in UTF-8: {error}") from None
