"""How long a user waits for the first step: kernels cached, not compiled yet, and where nothing can be cached.

    python -m benchmarks.startup [--starts 7] [--json]

Every start is a fresh process that imports gymnasium and vienv, makes an environment on `office`, resets and commits
once; the clock runs from the process's start to that step. The cache is a folder of the benchmark's own, empty at
first; Python's bytecode is kept there too, as it is of an installed package. Two processes that start cold at once must
both finish and leave a cache that is whole; one more finds no folder that it may write, as in a read-only installation.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.report import Figure, Report, Row

COMPILING = "compiling kernels, once"
SCENARIO = "office"
LEAST_STARTS = 3
_FIRST_STEP = f"""
import sys, time, gymnasium, vienv
env = gymnasium.make("vienv/Cluster-v0", scenario={SCENARIO!r})
env.reset(seed=0)
env.step(0)
print(time.process_time(), "torch" in sys.modules, flush=True)
"""
_WARM_UP = (
    "import time; from vienv.cli import answer; answer(['warmup']); print(time.process_time(), False, flush=True)"
)


class StartError(RuntimeError):
    """A process did not reach its first step as it should."""


@dataclass(frozen=True)
class Start:
    """One process: seconds until its first step, CPU seconds, and whether it said that it compiles."""

    wall_s: float
    cpu_s: float
    has_told: bool


class Process:
    """A fresh interpreter that caches kernels under `cache`."""

    def __init__(self, cache: Path, program: str = _FIRST_STEP) -> None:
        kept = {
            "XDG_CACHE_HOME": str(cache),
            "PYTHONPYCACHEPREFIX": str(cache / "bytecode"),
            "OMP_WAIT_POLICY": "passive",
        }
        variables = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | kept
        self._began = time.perf_counter()
        self._process = subprocess.Popen(
            [sys.executable, "-c", program], env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def __enter__(self) -> "Process":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()

    def first_step(self) -> Start:
        """Wait for it."""
        assert self._process.stdout is not None
        answer = self._process.stdout.readline().split()
        wall_s = time.perf_counter() - self._began
        _, errors = self._process.communicate()
        if self._process.returncode or len(answer) != 2 or answer[1] != "False":
            raise StartError(f"exit status {self._process.returncode}, printed {answer}: {errors}")
        return Start(wall_s, float(answer[0]), COMPILING in errors)


def measure(starts: int = 7) -> Report:
    """Cold, cached, warmed up, two at once, and without a cache."""
    report = Report("startup")
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder)
        cold = _started(cache / "one")
        _require(cold.has_told, "a cold start says that it compiles")
        cached = [_started(cache / "one") for _ in range(starts)]
        _require(not any(start.has_told for start in cached), "a cached start compiles nothing")
        report.rows += [_row("first step, cold", [cold]), _row("first step, cached", cached)]
        report.rows.append(_row("vienv warmup, after that", [_started(cache / "one", _WARM_UP)]))
        with ExitStack() as stack:
            rivals = [stack.enter_context(Process(cache / "two")) for _ in range(2)]
            report.rows.append(_row("first step, two cold at once", [rival.first_step() for rival in rivals]))
        _require(not _started(cache / "two").has_told, "what two cold starts leave behind is whole")
        (cache / "file").touch()  # no folder can be made below a file, not even by root
        report.rows.append(_row("first step, no folder to cache in", [_started(cache / "file" / "none")]))
    walls = [start.wall_s for start in cached]
    report.figures = [
        Figure("cached_start", f"best of {starts}", min(walls), median(walls)),
        Figure("cold_compile", "one process, wall", cold.wall_s, note=f"{cold.cpu_s:.1f} CPU s"),
    ]
    return report


def _started(cache: Path, program: str = _FIRST_STEP) -> Start:
    with Process(cache, program) as process:
        return process.first_step()


def _require(is_so: bool, claim: str) -> None:
    if not is_so:
        raise StartError(f"not so: {claim}")


def _row(name: str, starts: Sequence[Start]) -> Row:
    best = min(starts, key=lambda start: start.wall_s)
    middle = median(start.wall_s for start in starts)
    return Row(
        name,
        SCENARIO,
        median_over_best=middle / best.wall_s,
        wall_s=best.wall_s,
        cpu_s=best.cpu_s,
        note=f"best of {len(starts)}",
    )


def main() -> None:
    """Print what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--starts", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    measure(max(LEAST_STARTS, arguments.starts)).show(arguments.json)


if __name__ == "__main__":
    main()
