"""The leaderboard: `leaderboard.json` for machines, `leaderboard.md` for people, and a table in the terminal.

Nothing in it depends on when or how fast it was made: the same contest on the same machine gives the same bytes.
"""

import os
import platform
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from vienv import __version__
from vienv.contest import cells
from vienv.contest.play import SPLIT
from vienv.contest.ranking import Standing
from vienv.contest.results import QUANTITIES, Row, ScenarioResult, overall
from vienv.contest.run import Contest
from vienv.contest.statistics import CONFIDENCE, RESAMPLES, Estimate

FORMAT = 1
_COLUMNS = (
    ("index", "cost_index", 1),
    ("bill, EUR", "bill", 2),
    ("imbalance", "imbalance", 3),
    ("hourly", "imbalance_hourly", 3),
    ("kWh", "energy_kwh", 1),
    ("energy, EUR", "energy_cost", 2),
    ("CPU unserved, %", "unserved_cpu_percent", 2),
    ("memory unserved, %", "unserved_memory_percent", 2),
    ("VM down, s", "vm_down_s", 0),
    ("migrations", "migrations", 0),
    ("switch-over, s", "vmotion_downtime_s", 1),
    ("power cycles", "power_cycles", 1),
)
_IN_TERMINAL = (
    ("index", "cost_index", 1),
    ("imbalance", "imbalance", 3),
    ("kWh", "energy_kwh", 1),
    ("unserved", "unserved_cpu_percent", 2),
    ("moves", "migrations", 0),
    ("VM down", "vm_down_s", 0),
    ("cycles", "power_cycles", 1),
)
_NARROW_COLUMNS, _NARROW = 5, 112
"""A terminal narrower than _NARROW characters shows the first columns only."""


def document(contest: Contest, results: list[ScenarioResult]) -> dict[str, Any]:
    """What `leaderboard.json` holds."""
    return {
        "header": _header(contest),
        "rows": [_row(row) for result in results for row in result.rows],
        "overall": [{"policy": name, "cost_index": figure._asdict()} for name, figure in overall(results).items()],
        "ranks": [
            {"scenario": r.scenario, "policy": name, "rank": standing.rank, "tie": standing.is_tie}
            for r in results
            for name, standing in r.standings.items()
        ],
        "differences": [
            {
                "scenario": r.scenario,
                "policy": d.policy,
                "other": d.other,
                "cost_index": d.gap._asdict(),
                "p_holm": d.p_holm,
                "tie": d.is_tie,
            }
            for r in results
            for d in r.pairs
        ],
        "price_sensitivity": [
            {
                "scenario": r.scenario,
                "price": price,
                "factor": factor,
                "order": [{"policy": p, "cost_index": i} for p, i in order],
            }
            for r in results
            for price, factor, order in r.orders
        ],
    }


def write(contest: Contest, results: list[ScenarioResult]) -> None:
    """Write `leaderboard.json` and `leaderboard.md`, each whole or not at all."""
    cells.write_whole(contest.folder / "leaderboard.json", cells.canonical(document(contest, results)))
    cells.write_whole(contest.folder / "leaderboard.md", markdown(contest, results))


def markdown(contest: Contest, results: list[ScenarioResult]) -> str:
    """The tables for people: figures with intervals, the overall index, how the order moves with the prices."""
    worlds = contest.worlds()
    lines = [
        "# Leaderboard",
        "",
        f"Worlds {worlds.start} to {worlds.stop - 1} of split `{SPLIT}`; vienv {__version__}.",
        "Index 100 is `static`, lower is better; brackets: 95 % interval, paired over worlds. `=`: not to be told",
        "apart from another policy after Holm's correction. \\*: not trained on this scenario. No rank: sees ahead.",
        "",
    ]
    if len(results) > 1:
        lines += ["## Index", "", *_overall_table(results), ""]
    for result in results:
        lines += [f"## {result.scenario}", "", *_markdown_table(result), "", *_price_table(result), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def show(results: list[ScenarioResult], console: Console) -> None:
    """Print one table a scenario, and the overall index; unserved is % of the CPU demand, VM down is seconds."""
    columns = _IN_TERMINAL[:_NARROW_COLUMNS] if console.width < _NARROW else _IN_TERMINAL
    for result in results:
        table = Table(
            title=result.scenario, title_justify="left", title_style="bold", box=SIMPLE_HEAD, collapse_padding=True
        )
        table.add_column("rank", justify="right", no_wrap=True)
        table.add_column("policy", no_wrap=True)
        for title, _, _ in columns:
            table.add_column(title, justify="right", no_wrap=True)
        for row in result.rows:
            figures = [
                _with_interval(row.figures[name], digits)
                if name == "cost_index"
                else f"{row.figures[name].mean:,.{digits}f}"
                for _, name, digits in columns
            ]
            table.add_row(_rank(result.standings.get(row.policy)), _label(row), *figures)
        console.print(table)
    if len(results) > 1:
        table = Table("policy", "index", title="overall, geometric mean", title_style="bold", box=SIMPLE_HEAD)
        for name, figure in overall(results).items():
            table.add_row(name, _with_interval(figure, 1))
        console.print(table)


def _header(contest: Contest) -> dict[str, Any]:
    some = contest.identity(contest.entries[0], contest.competitors[0], contest.first_world)
    return {
        "format": FORMAT,
        "version": some.version,
        "kernel_source": some.kernel_source,
        "generator_source": some.generator_source,
        "scenarios": {entry.name: entry.scenario_hash for entry in contest.entries},
        "data": {entry.name: entry.data_hash for entry in contest.entries},
        "policies": {f"{c.name}@{c.training_seed}": c.policy_hash for c in contest.competitors},
        "split": SPLIT,
        "seeds": list(contest.worlds()),
        "resamples": RESAMPLES,
        "confidence": CONFIDENCE,
        "machine": _machine(),
    }


def _machine() -> dict[str, Any]:
    """The machine in words that stay the same from run to run."""
    return {
        "cpu": _cpu_model(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next(
        (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.processor()
    )


def _row(row: Row) -> dict[str, Any]:
    fixed = {
        "scenario": row.scenario,
        "policy": row.policy,
        "worlds": row.worlds,
        "ranked": row.ranked,
        "zero_shot": row.zero_shot,
    }
    return fixed | {"training_seeds": row.training_seeds} | {name: row.figures[name]._asdict() for name in QUANTITIES}


def _markdown_table(result: ScenarioResult) -> list[str]:
    head = ["rank", "policy", *(title for title, _, _ in _COLUMNS)]
    lines = ["| " + " | ".join(head) + " |", "|---:|---|" + "---:|" * len(_COLUMNS)]
    for row in result.rows:
        figures = [_with_interval(row.figures[name], digits) for _, name, digits in _COLUMNS]
        lines.append(
            "| "
            + " | ".join([_rank(result.standings.get(row.policy)), _label(row).replace("*", "\\*"), *figures])
            + " |"
        )
    return lines


def _overall_table(results: list[ScenarioResult]) -> list[str]:
    """One line a policy: its index overall (geometric mean over scenarios), and in each scenario."""
    lines = [
        "| policy | overall | " + " | ".join(result.scenario for result in results) + " |",
        "|---|---:|" + "---:|" * len(results),
    ]
    for name, figure in overall(results).items():
        rows = [next(row for row in result.rows if row.policy == name) for result in results]
        marked = name if rows[0].ranked else f"{name} (sees ahead)"
        cells = [_with_interval(row.figures["cost_index"], 1) + ("\\*" if row.zero_shot else "") for row in rows]
        lines.append(f"| {marked} | " + " | ".join([_with_interval(figure, 1), *cells]) + " |")
    return lines


def _price_table(result: ScenarioResult) -> list[str]:
    """One line a price: who moves, against the order at the scenario's prices."""
    _, _, normal = result.orders[0]
    place = {policy: position for position, (policy, _) in enumerate(normal)}
    lines = ["| price | factor | best three | places moved |", "|---|---:|---|---|"]
    for price, factor, order in result.orders:
        moved = [
            f"{policy} {place[policy] - position:+d}"
            for position, (policy, _) in enumerate(order)
            if place[policy] != position
        ]
        best = ", ".join(f"{policy} {index:.1f}" for policy, index in order[:3])
        lines.append(f"| {price} | {factor:g} | {best} | {', '.join(moved) or 'none'} |")
    return lines


def _rank(standing: Standing | None) -> str:
    if standing is None:
        return "-"
    return f"{'=' if standing.is_tie else ''}{standing.rank}"


def _label(row: Row) -> str:
    return row.policy + ("*" if row.zero_shot else "")


def _with_interval(figure: Estimate, digits: int) -> str:
    return f"{figure.mean:,.{digits}f} [{figure.low:,.{digits}f}, {figure.high:,.{digits}f}]"
