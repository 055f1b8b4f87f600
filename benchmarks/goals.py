"""What the package wants to reach, and whether a run reached it: the one place that judges.

A goal is judged by the worst of its figures, so that no case hides behind another. Ratios are of best blocks that ran
in one process in turns.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from benchmarks.report import Figure, Report


class Verdict(Enum):
    """How a goal came out."""

    PASS = "pass"
    SHORT = "short"
    MISSING = "not measured"


@dataclass(frozen=True)
class Goal:
    """One row of the table: a bound, upper unless is_floor."""

    name: str
    text: str
    bound: float
    unit: str = ""
    is_floor: bool = False

    def is_met_by(self, value: float) -> bool:
        """Whether a value is on the right side of the bound; NaN is on neither."""
        return value >= self.bound if self.is_floor else value <= self.bound


@dataclass(frozen=True)
class Judged:
    """A goal, the worst of its figures, how many there were, and the verdict."""

    goal: Goal
    worst: Figure | None
    count: int
    verdict: Verdict


GOALS = (
    Goal("kernel_to_c", "kernel / C, presets and 800 x 1,052, free and contended", 1.15),
    Goal("contended_to_free", "contended / free, ns per VM-tick", 2.0),
    Goal("two_threads", "2 threads / 1, 64 environments", 1.9, is_floor=True),
    Goal("same_bytes", "2 threads and 1 give the same bytes (1 = yes)", 1.0, is_floor=True),
    Goal("vector_step", "VectorEnv.step / its native call, 64 environments", 1.05),
    Goal("env_step_dict", "Env.step above its kernel, Dict", 2.0, "µs"),
    Goal("env_step_flat", "Env.step above its kernel, flat", 0.7, "µs"),
    Goal("pick_and_place", "pick-and-place steps, 280 hosts x 1,900 VMs, a CPU-second", 50_000.0, is_floor=True),
    Goal("to_prototype", "full model / published prototype, ns per VM-tick", 2.0),
    Goal("large_to_small", "ns per VM-tick, 1,000 x 10,000 / 32 x 512", 1.5),
    Goal("memory_growth", "memory of twice the hosts and VMs / twice the memory: linear", 1.01),
    Goal("cached_start", "process start to first step, cached", 1.0, "s"),
    Goal("cold_compile", "cold compile", 30.0, "s"),
    Goal("env_share", "environment's share of MaskablePPO's time, office, 64 environments", 15.0, "%"),
    Goal("masked_fps", "frames per second, MaskablePPO / PPO", 0.85, is_floor=True),
)
_BY_NAME = {goal.name: goal for goal in GOALS}


def judge(reports: Iterable[Report]) -> list[Judged]:
    """Every goal, in order, with the worst figure that any report has for it."""
    figures = [figure for report in reports for figure in report.figures]
    unknown = {figure.goal for figure in figures} - set(_BY_NAME)
    if unknown:
        raise ValueError(f"figures for goals that do not exist: {', '.join(sorted(unknown))}")
    return [_judged(goal, [figure for figure in figures if figure.goal == goal.name]) for goal in GOALS]


def _judged(goal: Goal, figures: list[Figure]) -> Judged:
    if not figures:
        return Judged(goal, None, 0, Verdict.MISSING)
    worst = min(figures, key=lambda figure: figure.value if goal.is_floor else -figure.value)
    is_met = all(goal.is_met_by(figure.value) for figure in figures)
    return Judged(goal, worst, len(figures), Verdict.PASS if is_met else Verdict.SHORT)


def table(judged: Iterable[Judged]) -> str:
    """Markdown: measured beside goal, and pass, short or not measured."""
    lines = ["| what | goal | measured (best) | median | worst case of | verdict |", "|---|---:|---:|---:|---|---|"]
    for each in judged:
        goal, worst = each.goal, each.worst
        bound = f"{'>=' if goal.is_floor else '<='} {goal.bound:,g} {goal.unit}".rstrip()
        measured = "" if worst is None else f"{worst.value:,.{_digits(worst.value)}f} {goal.unit}".rstrip()
        middle = "" if worst is None or worst.median is None else f"{worst.median:,.{_digits(worst.median)}f}"
        where = "" if worst is None else f"{worst.case} ({each.count})"
        lines.append(f"| {goal.text} | {bound} | {measured} | {middle} | {where} | {each.verdict.value} |")
    return "\n".join(lines)


def _digits(value: float) -> int:
    return 0 if abs(value) >= 1000.0 else 2
