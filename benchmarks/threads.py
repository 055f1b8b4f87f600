"""Whether two threads step a batch twice as fast as one, and to the same bytes.

    python -m benchmarks.threads [--seconds 30] [--json]

Batches of 64 play whole episodes, resets inside the clock, in turns: one with a thread, one with two; the ratio of
steps that write no new worlds is given too. Wall time: it means something on two idle cores only. Before that both play
a random legal policy from the same worlds, and everything that they show and all that they are must be the same, byte
for byte.
"""

import os
import time
from typing import Any

import numpy as np

from benchmarks import clusters, legal
from benchmarks.blocks import Cost, interleaved
from benchmarks.physics import census
from benchmarks.report import NS_PER_S, Figure, Report, Row, show_measured
from vienv.core import arena
from vienv.core.state import Hosts, Migrations
from vienv.envs.vector_env import ClusterVectorEnv

CASES = (
    ("office", clusters.FREE),
    ("office", clusters.CONTENDED),
    ("rack", clusters.FREE),
    ("rack", clusters.CONTENDED),
)
THREADS = (1, 2)
NUM_ENVS = 64
COMMITS = 0.9
_STEPS_COMPARED = 400
"""More than an episode: resets are compared too."""


def measure(
    seconds: float = 30.0,
    cases: tuple[tuple[str, str], ...] = CASES,
    num_envs: int = NUM_ENVS,
    steps_compared: int = _STEPS_COMPARED,
) -> Report:
    """Every case by one thread and by two, in turns."""
    report = Report("threads")
    for scenario, load in cases:
        envs = {n: ClusterVectorEnv(num_envs, clusters.preset(scenario, load), num_threads=n) for n in THREADS}
        case = f"{num_envs} x {scenario}, {load}"
        is_same = have_same_bytes(*envs.values(), steps_compared)
        report.figures.append(Figure("same_bytes", case, float(is_same), note=f"{steps_compared} random legal steps"))
        clocked = {str(n): _Clocked(env) for n, env in envs.items()}
        costs = interleaved({n: each.episode for n, each in clocked.items()}, seconds / len(cases))
        for n, each in clocked.items():
            report.rows.append(_row(scenario, load, int(n), each, costs[n]))
        if (os.cpu_count() or 1) < max(THREADS):
            continue
        without = {n: Cost(tuple(each.stepping[1:])) for n, each in clocked.items()}  # the first turn is not counted
        for name, found in (("resets included", costs), ("steps alone", without)):
            report.figures.append(Figure("two_threads", f"{case}, {name}", *found["1"].over(found["2"])))
    return report


def have_same_bytes(one: ClusterVectorEnv, other: ClusterVectorEnv, steps: int, seed: int = 0) -> bool:
    """Whether two batches show the same and are the same after each of so many steps of one random legal policy."""
    state, actions = np.array([seed], np.uint64), np.zeros(one.num_envs, np.int64)
    shown = [env.reset(seed=seed)[0] for env in (one, other)]
    for _ in range(steps):
        if not _are_equal(*shown) or one.action_masks().tobytes() != other.action_masks().tobytes():
            return False
        legal.draw(one.action_masks(), state, COMMITS, actions)
        taken = [env.step(actions) for env in (one, other)]
        if any(mine.tobytes() != theirs.tobytes() for mine, theirs in zip(taken[0][1:4], taken[1][1:4], strict=True)):
            return False
        shown = [step[0] for step in taken]
    return all(
        mine.tobytes() == theirs.tobytes() for mine, theirs in zip(one.native[:2], other.native[:2], strict=True)
    )


def _are_equal(mine: dict[str, Any], theirs: dict[str, Any]) -> bool:
    return all(mine[name].tobytes() == theirs[name].tobytes() for name in mine)


class _Clocked:
    """A batch that commits, timed episode by episode; `stepping`: its cost without the steps that write new worlds."""

    def __init__(self, env: ClusterVectorEnv) -> None:
        self.env, self.ends = env, 0
        self.stepping: list[float] = []
        self._actions = np.zeros(env.num_envs, np.int64)

    def episode(self) -> float:
        """Commit until every cluster has ended once more, and is reset; wall ns a step of one cluster."""
        steps = steps_of_worlds = ns = ns_of_worlds = 0
        goal, has_ended = self.ends + self.env.num_envs, False
        while self.ends < goal or has_ended:
            began = time.perf_counter_ns()
            _, _, terminated, truncated, _ = self.env.step(self._actions)
            spent = time.perf_counter_ns() - began
            steps, ns = steps + 1, ns + spent
            if has_ended:
                steps_of_worlds, ns_of_worlds = steps_of_worlds + 1, ns_of_worlds + spent
            ended = int(np.count_nonzero(terminated | truncated))
            self.ends, has_ended = self.ends + ended, ended > 0
        self.stepping.append((ns - ns_of_worlds) / (steps - steps_of_worlds) / self.env.num_envs)
        return ns / steps / self.env.num_envs


def _row(scenario: str, load: str, threads: int, clocked: _Clocked, cost: Cost) -> Row:
    env = clocked.env
    vm_ticks = env.worlds.sizes.vms * round(env.scenario.interval_s / env.scenario.tick_s)
    floats, ints, spans = env.native[:3]
    return Row(
        "VectorEnv.step, commit, wall time",
        scenario,
        num_envs=env.num_envs,
        threads=threads,
        load=load,
        vm_ticks_per_s=vm_ticks * NS_PER_S / cost.best,
        env_steps_per_s=NS_PER_S / cost.best,
        ns_per_vm_tick=cost.best / vm_ticks,
        median_over_best=cost.median / cost.best,
        episodes_ended=clocked.ends,
        checksum=sum(report["bill"] for report in env.report()),
        **census(arena.batch_of(Hosts, floats, ints, spans), arena.batch_of(Migrations, floats, ints, spans)),
    )


if __name__ == "__main__":
    show_measured(measure, __doc__, 30.0)
