"""What happens in a scenario that shows a part of VMware Infrastructure: figures by policy, and the day as a picture.

`python -m benchmarks.shows --scenario vc-outage --policies static,drs-3,drs-dpm` plays test worlds and prints two
tables: what each policy's worlds came to, and world 0 by the hour. `--picture PATH` draws that world.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vienv import baselines
from vienv.core import arena
from vienv.core.enums import Happening, PowerState, Term, VmState
from vienv.core.timers import SECONDS_PER_HOUR
from vienv.envs.vector_env import ClusterVectorEnv
from vienv.scenario import load

FIGURES = (
    "bill", "energy_kwh", "imbalance", "migrations", "migrations_failed", "power_cycles", "restarts", "vm_down_s",
    "unserved_cpu_ghz_h",
)  # fmt: skip
DIGITS = {"imbalance": 3, "vm_down_s": 0, "migrations": 1, "power_cycles": 1, "restarts": 1, "migrations_failed": 1}
COUNTS = (
    "should_broken",
    "recommendations_offered",
    "recommendations_taken",
    "recommendations_expired",
    "sessions_lost",
    *(happening.name.lower() for happening in Happening),
    "tasks_open",
)
"""Where the scenario counts them."""
_DOWN = (VmState.AWAITING_PLACEMENT, VmState.DOWN, VmState.STARTING, VmState.WITHOUT_FILES)
SHOWN = ("vMotions begun", "hosts on", "VMs down or waiting")

Day = NDArray[np.float64]
"""(intervals, len(SHOWN)): world 0."""


def main() -> None:
    """Print the tables, and draw the picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenario", required=True)
    parser.add_argument("--policies", default="static,drs-3,drs-dpm")
    parser.add_argument("--worlds", type=int, default=8)
    parser.add_argument("--picture", type=Path, default=None)
    arguments = parser.parse_args()
    names = arguments.policies.split(",")
    played = {name: play(name, arguments.scenario, arguments.worlds) for name in names}
    print("\n".join(totals({name: reports for name, (reports, _) in played.items()})))
    scenario = load(arguments.scenario)
    days = {name: day for name, (_, day) in played.items()}
    print("\n".join(["", *hours(days, scenario.interval_s)]))
    if arguments.picture is not None:
        draw(days, scenario.interval_s, arguments.picture)


def play(name: str, scenario: str | dict[str, Any], num_worlds: int) -> tuple[list[dict[str, float]], Day]:
    """A policy's reports of test worlds 0 .. num_worlds - 1, and world 0 interval by interval."""
    policy = baselines.make(name)
    worlds = list(range(num_worlds))
    env = ClusterVectorEnv(
        num_worlds, scenario, face=policy.env_id, split="test", worlds=worlds, autoreset_mode="Disabled"
    )
    policy.reset(num_worlds)
    observation, _ = env.reset()
    rows, day = env.rows(0), []
    is_over, intervals, begun = np.zeros(num_worlds, bool), 0, 0.0
    while not is_over.all():
        observation, _, terminated, truncated, _ = env.step(policy.act(observation, env.action_masks()))  # type: ignore[arg-type]
        is_over |= terminated | truncated
        if int(arena.clock_of(*rows).interval[0]) > intervals:
            intervals += 1
            now = float(arena.ledger_of(*rows).episode[Term.MIGRATIONS])
            is_on = arena.hosts_of(*rows).power_state == PowerState.ON
            state = arena.vms_of(*rows).state
            is_down = np.isin(state, _DOWN)
            day.append((now - begun, is_on.sum(), is_down.sum()))
            begun = now
    reports = env.report()
    env.close()
    return reports, np.array(day, np.float64)


def totals(reports: dict[str, list[dict[str, float]]]) -> list[str]:
    """One line a policy: means over worlds."""
    known = next(iter(reports.values()))[0]
    figures = [*FIGURES, *(key for key in COUNTS if key in known), *(key for key in known if "latency" in key)]
    lines = [f"| policy | {' | '.join(figures).replace('_', ' ')} |", f"|---|{'---:|' * len(figures)}"]
    for name, found in reports.items():
        means = [f"{np.mean([one[key] for one in found]):.{DIGITS.get(key, 2)}f}" for key in figures]
        lines.append(f"| {name} | {' | '.join(means)} |")
    return lines


def hours(days: dict[str, Day], interval_s: float) -> list[str]:
    """World 0 by the hour: vMotions begun, hosts on and VMs down at most."""
    an_hour = round(SECONDS_PER_HOUR / interval_s)
    head = " | ".join(f"{name}: {what}" for name in days for what in SHOWN)
    lines = [f"| hour | {head} |", f"|---|{'---:|' * (len(days) * len(SHOWN))}"]
    for hour in range(len(next(iter(days.values()))) // an_hour):
        cells: list[str] = []
        for day in days.values():
            part = day[hour * an_hour : (hour + 1) * an_hour]
            cells += [f"{part[:, 0].sum():.0f}", f"{part[:, 1].mean():.1f}", f"{part[:, 2].max():.0f}"]
        lines.append(f"| {hour} | {' | '.join(cells)} |")
    return lines


def draw(days: dict[str, Day], interval_s: float, path: Path) -> None:
    """World 0 over the day, one panel a figure, one line a policy."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - needs the extra `viz`

    figure = Figure(figsize=(9, 6), layout="constrained")
    panels: Sequence[Any] = figure.subplots(len(SHOWN), 1, sharex=True)
    for k, (panel, what) in enumerate(zip(panels, SHOWN, strict=True)):
        for name, day in days.items():
            panel.step(np.arange(len(day)) * interval_s / SECONDS_PER_HOUR, day[:, k], where="post", label=name)
        panel.set_ylabel(what)
        panel.grid(alpha=0.3)
    panels[0].legend(loc="upper right")
    panels[-1].set_xlabel("hours")
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    main()
