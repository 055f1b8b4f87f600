"""The tick against the same tick in C: agreement field by field, then time, in turns, in one process.

    python -m benchmarks.reference [--json] [--scenario office] [--load free]

Both sides begin from copies of the same arenas, with the same vMotions queued before each interval (`moves`), and play
the same intervals in turns. `tick.c` is compiled by `cc -O3 -march=native -ffast-math` and has the kernels' rules, data
layout and gates; one thread on both sides. The clusters, free and contended, are those of `clusters`.

Agreement: after each of the first intervals, and when time has been taken, every int is equal, and every float within
a relative 1e-9 and an absolute 1e-9: -ffast-math adds and divides in another order than the kernels, which keep
Python's, so last digits differ and sums carry thousands of such roundings; a wrong rule shows in the first digits. A
variance is the small difference of two large squares, so variances, and deviations squared, have an absolute 1e-5 MHz^2
instead. Whole days of the presets agree so.
"""

import argparse
import sys
import time
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from benchmarks import clusters, layout, moves, physics
from benchmarks.report import Figure, Report, Row
from vienv.core import arena, jit, state
from vienv.core.enums import Metric, PowerState
from vienv.core.state import FloatArray, IntArray
from vienv.scenario import Scenario

TOLERANCE = 1e-9
VARIANCE_TOLERANCE = 1e-5
"""MHz^2: a VM of 10,000 MHz has squares of 1e8, whose last digit is 1e-8, some hundred times."""
LARGE = (800, 1052)
CASES = (*clusters.PRESETS, f"{LARGE[0]}x{LARGE[1]}")
NUM_ENVS = {"office": 64, "rack": 32, "datacenter": 16, CASES[-1]: 4}
"""Some ten MB of arenas, as many environments side by side have."""
HOSTS_AN_EXCHANGE = 32
"""Two VMs change places for so many hosts, two at least in a cluster, at the beginning of each interval."""
AGREEMENT_INTERVALS = 13
"""An hour and an interval: the hour's figures are closed."""
BLOCK_NS = 2e7
LEAST_BLOCKS = 5
_NS = 1e9


class DisagreementError(AssertionError):
    """The kernel and C give different clusters."""


class Case(NamedTuple):
    """What is played: a scenario at a load, by so many clusters side by side."""

    scenario: str
    load: str
    num_envs: int

    def worlds(self) -> Scenario:
        """The scenario itself."""
        if self.scenario in clusters.PRESETS:
            return clusters.preset(self.scenario, self.load)
        return clusters.made(*LARGE, self.load)


class Pair:
    """A batch of clusters twice: for the kernel, and for C with a finite number for infinity."""

    def __init__(self, floats: FloatArray, ints: IntArray, spans: IntArray, exchanges: int):
        self.spans, self._exchanges = spans, exchanges
        self.floats, self.ints = floats.copy(), ints.copy()
        self.c_floats, self.c_ints = layout.finite(floats), ints.copy()
        self._c_advance = layout.reference().advance_of(self.c_floats, self.c_ints, spans)
        jit.ready(physics.advance, moves.queue_exchanges)

    def advance(self, c_first: bool = False) -> tuple[int, int]:
        """One interval on both sides; ns of CPU that the kernel and C took."""
        moves.queue_exchanges(self.floats, self.ints, self.spans, self._exchanges)
        moves.queue_exchanges(self.c_floats, self.c_ints, self.spans, self._exchanges)
        if c_first:
            c_ns = self._advance_c()
            return self._advance_kernel(), c_ns
        kernel_ns = self._advance_kernel()
        return kernel_ns, self._advance_c()

    def _advance_kernel(self) -> int:
        began = time.thread_time_ns()
        physics.advance(self.floats, self.ints, self.spans)
        return time.thread_time_ns() - began

    def _advance_c(self) -> int:
        began = time.thread_time_ns()
        self._c_advance()
        return time.thread_time_ns() - began

    def require_agreement(self, what: str = "clusters") -> None:
        """Compare every field of every cluster.

        Raises:
            DisagreementError: one line that names the first field that differs, and where.
        """
        c_floats = layout.infinite(self.c_floats)
        for kind in (kind for kind in arena.KINDS if kind.__module__.startswith(state.__name__)):
            mine: Any = arena.batch_of(kind, self.floats, self.ints, self.spans)
            other: Any = arena.batch_of(kind, c_floats, self.c_ints, self.spans)
            for name, a, b in zip(kind.__annotations__, mine, other, strict=True):
                differs = _differs(name, a, b)
                if differs.any():
                    e, row = np.argwhere(differs)[0]
                    where = f"{what}: {kind.__name__}.{name}[{row}] of cluster {e}"
                    raise DisagreementError(f"{where}: {a[e, row]!r} by the kernel, {b[e, row]!r} in C")


def _differs(name: str, mine: FloatArray | IntArray, other: FloatArray | IntArray) -> Any:
    """Where a field's entries are not the same but for rounding."""
    if mine.dtype != np.float64:
        return mine != other
    if name.startswith("deviation"):
        return ~np.isclose(mine**2, other**2, TOLERANCE, VARIANCE_TOLERANCE)
    return ~np.isclose(mine, other, TOLERANCE, VARIANCE_TOLERANCE if name.startswith("variance") else TOLERANCE)


def measure(
    scenarios: Iterable[str] = CASES,
    loads: Sequence[str] = clusters.LOADS,
    seconds: float = 3.0,
    num_envs: int | None = None,
) -> list[dict[str, Any]]:
    """Two rows a scenario and load, the kernel's and C's, after their agreement was checked.

    Args:
        scenarios: names in CASES.
        loads: of `clusters.LOADS`.
        seconds: wall time of each measurement, about.
        num_envs: clusters side by side; NUM_ENVS by default.

    Raises:
        layout.NoCompilerError: there is no C compiler.
        DisagreementError: kernel and C differ.
    """
    rows = []
    for scenario in scenarios:
        for load in loads:
            rows += _measure(Case(scenario, load, num_envs or NUM_ENVS.get(scenario, 16)), seconds)
    return rows


def _measure(case: Case, seconds: float) -> list[dict[str, Any]]:
    batch = physics.Batch(case.worlds(), case.num_envs)
    exchanges = max(1, batch.hosts.power_state.shape[1] // HOSTS_AN_EXCHANGE)
    pair = Pair(batch.floats, batch.ints, batch.spans, exchanges)
    for _ in range(AGREEMENT_INTERVALS):
        pair.advance()
        pair.require_agreement(f"{case.scenario}, {case.load}")
    blocks, surroundings = _play(pair, batch, seconds)
    pair.require_agreement(f"{case.scenario}, {case.load}, after the measurement")
    vm_ticks = batch.ticks * batch.num_vms * case.num_envs
    best, middle = blocks.min(axis=0), np.median(blocks, axis=0)
    note = f"exchanges of two VMs an interval: {exchanges}; median ratio {np.median(blocks[:, 0] / blocks[:, 1]):.3f}"
    return [
        {
            "name": name,
            "scenario": case.scenario,
            "num_envs": case.num_envs,
            "threads": 1,
            "load": case.load,
            "vm_ticks_per_s": vm_ticks / best[side] * _NS,
            "env_steps_per_s": case.num_envs / best[side] * _NS,
            "ns_per_vm_tick": best[side] / vm_ticks,
            "ratio_to_c": best[side] / best[-1],
            "median_over_best": middle[side] / best[side],
            **surroundings,
            "note": note,
        }
        for side, name in enumerate(("kernel", "C"))
    ]


def _play(pair: Pair, batch: physics.Batch, seconds: float) -> tuple[FloatArray, dict[str, float]]:
    """Mean ns of an interval in each block, (blocks, 2: kernel and C), and what surrounded them, means over all."""
    rows = (pair.floats, pair.ints, pair.spans)
    clock, hosts = arena.batch_of(state.Clock, *rows), arena.batch_of(state.Hosts, *rows)
    copied_s = arena.batch_of(state.Metrics, *rows).value[:, Metric.MIGRATION_S]
    arenas = (pair.floats, pair.ints, pair.c_floats, pair.c_ints)
    first = [part.copy() for part in arenas]
    intervals = max(1, int(BLOCK_NS / sum(pair.advance())))
    blocks: list[FloatArray] = []
    seen: list[tuple[float, float, float]] = []
    ends = time.perf_counter() + seconds
    while time.perf_counter() < ends or len(blocks) < LEAST_BLOCKS:
        total = np.zeros(2)
        for k in range(intervals):
            if clock.interval[0, 0] >= batch.intervals:
                for part, fresh in zip(arenas, first, strict=True):
                    part[:] = fresh
            before_s = copied_s.mean()
            total += pair.advance(c_first=k % 2 == 1)
            is_on = hosts.power_state == PowerState.ON
            over = (hosts.demand_mhz > hosts.cpu_capacity_mhz)[is_on]
            seen.append((is_on.sum(axis=1).mean(), copied_s.mean() - before_s, over.mean()))
        blocks.append(total / intervals)
    on, copied, crowded = np.mean(seen, axis=0)
    interval_s = batch.ticks * clock.tick_s[0, 0]
    return np.array(blocks), {"hosts_on": on, "migrations_in_flight": copied / interval_s, "crowded": crowded}


def main() -> None:
    """Print what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenario", choices=CASES, action="append", help="may be given more than once")
    parser.add_argument("--load", choices=clusters.LOADS, action="append")
    parser.add_argument("--num-envs", type=int, default=None)
    parser.add_argument("--seconds", type=float, default=3.0, help="wall time of each measurement")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    try:
        rows = measure(
            arguments.scenario or CASES, arguments.load or clusters.LOADS, arguments.seconds, arguments.num_envs
        )
    except (layout.NoCompilerError, DisagreementError) as error:
        sys.exit(str(error))
    report = Report("reference", [Row(**row) for row in rows])
    for ours, theirs in zip(report.rows[::2], report.rows[1::2], strict=True):
        middle = ours.ratio_to_c * ours.median_over_best / theirs.median_over_best
        report.figures.append(Figure("kernel_to_c", f"{ours.scenario}, {ours.load}", ours.ratio_to_c, middle))
    report.show(arguments.json)


if __name__ == "__main__":
    main()
