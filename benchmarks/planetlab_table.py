"""What `benchmarks.planetlab` found, as data and as a table: two lines a run, ours and what it is held against."""

import json
import math
import resource
from collections.abc import Sequence
from typing import Any

from benchmarks.cloudsim_reference import FIGURES, Figure
from benchmarks.planetlab_runs import Run
from benchmarks.report import machine
from vienv import __version__
from vienv.cloudsim import Results
from vienv.core.jit import source_hash

CPU = (
    "CPU seconds are ours for reading the day and simulating it, compiled before; CloudSim's are user + system of its "
    "whole process."
)
NOTHING = "Nothing is there to compare with: cloudsim_reference.csv beside the traces holds no such run."
WHY = (
    "Why it matters: CloudSim destroys a VM for good once its demand is exactly zero at an update, so stock figures "
    "are those of a data centre that empties as the day goes on; repaired, zeros ask next to nothing and all VMs stay."
)
_NAMES = ("day", "policy", "order", "")
_SHOWN = tuple(figure for figure in FIGURES if figure.is_in_table)
_KIB_PER_MIB = 1024


def show(runs: Sequence[Run], is_json: bool, is_repaired: bool) -> None:
    """Print everything that the runs gave."""
    print(json.dumps(as_dict(runs, is_repaired)) if is_json else text(runs, is_repaired))


def as_dict(runs: Sequence[Run], is_repaired: bool) -> dict[str, Any]:
    """One JSON object: what ran, on what, and a dict for each run."""
    compared = [run for run in runs if run.case.reference is not None and not is_repaired]
    return {
        "benchmark": "planetlab",
        "version": __version__,
        "kernels": source_hash(),
        "machine": machine(),
        "repaired": is_repaired,
        "equal": all(not run.differences for run in compared) if compared else None,
        "peak_rss_mib": _peak_rss_mib(),
        "notes": _notes(runs, is_repaired),
        "runs": [_run(run, is_repaired) for run in runs],
    }


def text(runs: Sequence[Run], is_repaired: bool) -> str:
    """A table in Markdown, what differs below it, and what the columns mean."""
    lines = [(*_NAMES, *(figure.label for figure in _SHOWN), "verdict", "CPU s", "ratio")]
    for run in runs:
        lines += _repaired_lines(run) if is_repaired else _compared_lines(run)
    notes = [f"vienv {__version__}, {', '.join(machine().values())}; peak memory {_peak_rss_mib():.0f} MiB."]
    notes += _notes(runs, is_repaired)
    notes += sorted({f"{run.case.day}: SHA-256 {run.sha256}" for run in runs})
    return "\n".join([*_aligned(lines), *_differing(runs), "", *notes])


def _notes(runs: Sequence[Run], is_repaired: bool) -> list[str]:
    """How many runs are equal, whether some have nothing to be held against, and what the figures are."""
    if is_repaired:
        return [WHY, CPU]
    compared = [run for run in runs if run.case.reference is not None]
    differing = sum(bool(run.differences) for run in compared)
    counted = [f"{len(compared) - differing} of {len(compared)} runs give CloudSim's figures."] if compared else []
    return [*counted, *([NOTHING] if len(compared) < len(runs) else []), CPU]


def _compared_lines(run: Run) -> list[tuple[str, ...]]:
    row = run.case.reference
    if row is None:
        return [(*_named(run), "ours", *_ours(run.results), "no reference", f"{run.cpu_s:.2f}", "")]
    verdict = "differs" if run.differences else "equal"
    theirs = [f"{row.figures[f.column]:.{f.digits}f}" if f.column in row.figures else "" for f in _SHOWN]
    ratio = f"{row.cpu_s / run.cpu_s:.0f}" if run.cpu_s > 0.0 else ""
    return [
        (*_named(run), "ours", *_ours(run.results), verdict, f"{run.cpu_s:.2f}", ratio),
        ("", "", "", "CloudSim", *theirs, "", f"{row.cpu_s:.2f}", ""),
    ]


def _repaired_lines(run: Run) -> list[tuple[str, ...]]:
    assert run.stock is not None
    return [
        (*_named(run), "repaired", *_ours(run.results), "", f"{run.cpu_s:.2f}", ""),
        ("", "", "", "stock", *_ours(run.stock), "", "", ""),
    ]


def _named(run: Run) -> tuple[str, str, str]:
    seed = "" if run.case.seed is None else f" seed {run.case.seed}"
    return run.case.day, run.case.policy.name + seed, run.case.order


def _ours(results: Results) -> list[str]:
    return [_printed(figure, getattr(results, figure.column)) for figure in _SHOWN]


def _printed(figure: Figure, value: float) -> str:
    return f"{value:.{figure.digits}f}" if math.isfinite(value) else ""


def _aligned(lines: list[tuple[str, ...]]) -> list[str]:
    """Markdown whose columns also line up, names to the left and figures to the right; without empty columns."""
    heading, *body = lines
    columns = []
    for k, name in enumerate(heading):
        cells = [line[k] for line in body]
        width = max(len(cell) for cell in (name, *cells))
        rule = "-" * width if k < len(_NAMES) else "-" * (width - 1) + ":"
        if any(cells):
            columns.append(
                [cell.ljust(width) if k < len(_NAMES) else cell.rjust(width) for cell in (name, rule, *cells)]
            )
    return ["| " + " | ".join(line) + " |" for line in zip(*columns, strict=True)]


def _differing(runs: Sequence[Run]) -> list[str]:
    """Of each run that differs, every figure that does, and the first step at which it leaves CloudSim's path."""
    lines = []
    for run in runs:
        if run.differences:
            lines.append(f"{run.case} differs: {'; '.join(str(difference) for difference in run.differences)}")
        if run.departure:
            lines.append(f"{run.case} departs at {run.departure}")
    return ["", *lines] if lines else []


def _run(run: Run, is_repaired: bool) -> dict[str, Any]:
    row = None if is_repaired else run.case.reference
    return {
        "day": run.case.day,
        "policy": run.case.policy.name,
        "seed": run.case.seed,
        "order": run.case.order,
        "vms": run.vms,
        "data_sha256": run.sha256,
        "measured": _figures(run.results),
        **({"stock": _figures(run.stock)} if run.stock is not None else {}),
        "reference": None if row is None else row.figures,
        "equal": None if row is None else not run.differences,
        "differences": [
            {"figure": each.figure.column, "measured": _finite(each.measured), "reference": each.reference}
            for each in run.differences
        ],
        "first_departure": run.departure,
        "cpu_s": run.cpu_s,
        "reference_cpu_s": None if row is None else row.cpu_s,
        "ratio": None if row is None or run.cpu_s == 0.0 else row.cpu_s / run.cpu_s,
        "intervals_per_s": None if run.cpu_s == 0.0 else len(run.results.intervals) / run.cpu_s,
    }


def _figures(results: Results) -> dict[str, float | None]:
    return {name: _finite(value) for name, value in results._asdict().items() if name != "intervals"}


def _finite(value: float) -> float | None:
    """JSON has no NaN: what a run does not define is null."""
    return value if math.isfinite(value) else None


def _peak_rss_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KIB_PER_MIB
