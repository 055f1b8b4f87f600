"""What a benchmark found, as rows and as figures that goals judge: printed as a table, as JSON, and kept as CSV.

A row names what surrounds its number: the load, hosts that are on, migrations in flight, the share of hosts over their
CPU capacity, episodes that ended in the measured time. A figure is one value to be judged, and where it was found.
"""

import argparse
import csv
import dataclasses
import json
import os
import platform
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

NS_PER_S = 1e9
_STARTED, _LOAD = time.perf_counter(), os.getloadavg()[0]
_WHOLE = 1000.0
"""From here on decimals say nothing."""
_PACKAGES = ("numba", "numpy", "gymnasium")


@dataclass(frozen=True)
class Row:
    """One thing that was timed; None where it does not apply."""

    name: str
    scenario: str
    num_envs: int = 1
    threads: int = 1
    load: str = "free"
    vm_ticks_per_s: float | None = None
    env_steps_per_s: float | None = None
    ns_per_vm_tick: float | None = None
    ratio_to_c: float | None = None
    median_over_best: float | None = None  # of the blocks' costs: how noisy the machine was
    hosts_on: float | None = None  # mean over clusters
    migrations_in_flight: float | None = None  # mean over clusters
    crowded: float | None = None  # share of the hosts that are over their CPU capacity
    episodes_ended: int | None = None
    wall_s: float | None = None
    cpu_s: float | None = None
    checksum: float | None = None  # of outputs that were consumed
    note: str = ""


@dataclass(frozen=True)
class Figure:
    """One value for one goal of `goals.GOALS`."""

    goal: str
    case: str
    value: float
    median: float | None = None
    note: str = ""


@dataclass
class Report:
    """All that one benchmark found."""

    name: str
    rows: list[Row] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """The first row's keys, then all rows, figures and the machine."""
        rows = [asdict(row) for row in self.rows]
        first = rows[0] if rows else {}
        seconds = round(time.perf_counter() - _STARTED, 1)
        return {
            **first,
            "benchmark": self.name,
            "seconds": seconds,
            "rows": rows,
            "figures": [asdict(figure) for figure in self.figures],
            "machine": machine(),
        }

    def show(self, is_json: bool) -> None:
        """Print one JSON object, or tables for people."""
        if is_json:
            print(json.dumps(self.as_dict()))
            return
        print(f"{self.name} on {', '.join(machine().values())}\n")
        print(markdown([asdict(row) for row in self.rows]))
        if self.figures:
            print("\n" + markdown([asdict(figure) for figure in self.figures]))

    @classmethod
    def of_dict(cls, said: dict[str, Any]) -> "Report":
        """What `as_dict` said; keys that are not ours are left out."""
        return cls(
            said["benchmark"],
            [Row(**_known(Row, row)) for row in said["rows"]],
            [Figure(**_known(Figure, figure)) for figure in said["figures"]],
        )


def machine() -> dict[str, str]:
    """What the figures were measured on."""
    return {
        "cpu": _cpu_model(),
        "cores": f"{len(os.sched_getaffinity(0))} cores",
        "python": f"Python {platform.python_version()}",
        **{name: f"{name} {version(name)}" for name in _PACKAGES},
        "others": f"load average {_LOAD:.1f} before",
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
    }


def show_measured(measure: Callable[[float], Report], doc: str | None, seconds: float) -> None:
    """The command line of a benchmark that asks only how long it may take."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=seconds)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    measure(arguments.seconds).show(arguments.json)


def markdown(rows: list[dict[str, Any]]) -> str:
    """A table of the columns that any row fills."""
    names = [name for name in (rows[0] if rows else ()) if any(row[name] not in (None, "") for row in rows)]
    lines = ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]
    lines += ["| " + " | ".join(_shown(row[name]) for name in names) + " |" for row in rows]
    return "\n".join(lines)


def write_csv(path: Path, kind: type[Row] | type[Figure], rows: list[Any]) -> None:
    """Keep rows or figures, with the machine named in every line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    named = machine()
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, [f.name for f in fields(kind)] + list(named), lineterminator="\n")
        writer.writeheader()
        writer.writerows({**asdict(row), **named} for row in rows)


def read_csv(path: Path, kind: type[Any]) -> list[Any]:
    """Rows or figures as they were written."""
    with path.open(newline="") as file:
        return [kind(**{f.name: _parsed(line[f.name], f) for f in fields(kind)}) for line in csv.DictReader(file)]


def _parsed(text: str, to: dataclasses.Field[Any]) -> Any:
    if to.type is str:
        return text
    if text == "":
        return None
    return int(text) if "int" in str(to.type) else float(text)


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < _WHOLE else f"{value:,.0f}"
    return "" if value is None else str(value)


def _known(kind: type[Any], said: dict[str, Any]) -> dict[str, Any]:
    names = {f.name for f in fields(kind)}
    return {name: value for name, value in said.items() if name in names}


def _cpu_model() -> str:
    """Model and family as Linux names them: a hypervisor often hides which EPYC it is."""
    cpuinfo = Path("/proc/cpuinfo")
    if not cpuinfo.exists():
        return platform.processor() or platform.machine()
    said = dict(line.split(":", 1) for line in cpuinfo.read_text().split("\n\n")[0].splitlines() if ":" in line)
    facts = {name.strip(): value.strip() for name, value in said.items()}
    return f"{facts.get('model name', platform.machine())} (family {facts.get('cpu family', '?')})"
