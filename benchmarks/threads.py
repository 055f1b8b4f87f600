"""Whether two threads step a batch twice as fast as one, and to the same bytes.

    python -m benchmarks.threads [--seconds 30] [--json]

Batches of 64 play whole episodes, resets inside the clock, in turns: one with a thread, one with two. Wall time, so the
machine should have two idle cores; `cores` in the results says how many it has. Before that both play a random legal
policy from the same worlds, and everything that they show and all that they are must be the same, byte for byte.
"""

import argparse
import os
import time
from typing import Any

import numpy as np

from benchmarks import clusters, legal
from benchmarks.blocks import Block, interleaved
from benchmarks.physics import census
from benchmarks.report import NS_PER_S, Figure, Report, Row
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
        ends = {n: [0] for n in THREADS}
        costs = interleaved({str(n): _block(env, ends[n]) for n, env in envs.items()}, seconds / len(cases))
        for n, env in envs.items():
            report.rows.append(_row(scenario, load, n, env, costs[str(n)], ends[n][0]))
        ratio = costs["1"].over(costs["2"])
        if (os.cpu_count() or 1) >= max(THREADS):
            report.figures.append(Figure("two_threads", case, ratio.best, ratio.median))
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


def _block(env: ClusterVectorEnv, ends: list[int]) -> Block:
    zeros = np.zeros(env.num_envs, np.int64)

    def run() -> float:
        """Commit until every cluster has ended once more, and is reset; wall ns a step of one cluster."""
        steps, goal = 0, ends[0] + env.num_envs
        began = time.perf_counter_ns()
        while ends[0] < goal:
            _, _, terminated, truncated, _ = env.step(zeros)
            ends[0] += int(np.count_nonzero(terminated | truncated))
            steps += env.num_envs
        return (time.perf_counter_ns() - began) / steps

    return run


def _row(scenario: str, load: str, threads: int, env: ClusterVectorEnv, cost: Any, ends: int) -> Row:
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
        episodes_ended=ends,
        checksum=sum(report["bill"] for report in env.report()),
        **census(arena.batch_of(Hosts, floats, ints, spans), arena.batch_of(Migrations, floats, ints, spans)),
    )


def main() -> None:
    """Print what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    measure(arguments.seconds).show(arguments.json)


if __name__ == "__main__":
    main()
