"""What Gymnasium's interface costs on top of the native call that does the work.

    python -m benchmarks.overhead [--seconds 20] [--json]

Both sides play the same episode from the same worlds, committing at every step: through `step`, with fresh
observations, rewards and infos, and by the bare native call into the same arrays again and again. A batch is judged by
the ratio, the single environment by the difference, µs a step, with a Dict and with a flat observation. Rows through
`gymnasium.make` add its wrappers. Resets fall between the timed parts: `throughput` has them inside.
"""

from collections.abc import Callable
from typing import Any

import gymnasium
import numpy as np

from benchmarks import clusters
from benchmarks.blocks import Block, Cost, cpu_ns_a_unit, interleaved
from benchmarks.report import NS_PER_S, Figure, Report, Row, show_measured
from vienv.core import turns
from vienv.envs.cluster_env import ClusterEnv
from vienv.envs.hand_out import NUM_TOLD
from vienv.envs.step import Deed, step
from vienv.envs.vector_env import ClusterVectorEnv

BATCHES = ((64, clusters.FREE), (64, clusters.CONTENDED), (256, clusters.FREE))
SCENARIO = "office"
OBSERVATIONS = ("dict", "flat")
_US = 1000.0


def bare_call(batch: ClusterVectorEnv) -> Callable[[], None]:
    """The native call that a batch's `step` makes, into arrays that are made once; `order_commits` says what to do."""
    n = batch.num_envs
    shown, told = np.empty(n * batch.layout.num_shown, np.float32), np.empty(n * NUM_TOLD)
    arguments = (1, *batch.native, shown, told, turns.new())

    def call() -> None:
        step(*arguments)

    return call


def order_commits(batch: ClusterVectorEnv) -> None:
    """Write the actions that the bare call reads: a commit in every cluster."""
    actions = batch.native[3]
    actions[:, 0], actions[:, 1] = Deed.ACT, 0.0


def block(env: Any, batch: ClusterVectorEnv, act: Callable[[], object], checksums: list[float]) -> Block:
    """One episode of `act`, but for its last interval; CPU ns a step of the whole batch."""
    steps = round(batch.scenario.duration_h * 3600.0 / batch.scenario.interval_s) - 1

    def play() -> int:
        for _ in range(steps):
            act()
        return steps

    def run() -> float:
        env.reset(seed=0)
        order_commits(batch)
        cost = cpu_ns_a_unit(play)
        checksums[0] += sum(report["bill"] for report in batch.report())
        return cost

    return run


def measure(seconds: float = 20.0, batches: tuple[tuple[int, str], ...] = BATCHES, scenario: str = SCENARIO) -> Report:
    """Batches, then single environments; rivals of one pair in turns."""
    report = Report("overhead")
    part_s = seconds / (len(batches) + 1)
    for num_envs, load in batches:
        _measure_batch(report, ClusterVectorEnv(num_envs, clusters.preset(scenario, load)), load, part_s)
    _measure_single(report, scenario, part_s)
    return report


def _measure_batch(report: Report, env: ClusterVectorEnv, load: str, seconds: float) -> None:
    zeros, sums = np.zeros(env.num_envs, np.int64), [0.0]
    rivals = {
        "VectorEnv.step": block(env, env, lambda: env.step(zeros), sums),
        "native call, batch": block(env, env, bare_call(env), sums),
    }
    costs = interleaved(rivals, seconds)
    for name in rivals:
        report.rows.append(_row(name, env, load, costs[name], sums[0]))
    ratio = costs["VectorEnv.step"].over(costs["native call, batch"])
    report.figures.append(Figure("vector_step", f"{env.num_envs} x {env.scenario.name}, {load}", *ratio))


def _measure_single(report: Report, scenario: str, seconds: float) -> None:
    rivals: dict[str, Block] = {}
    sums, batches = [0.0], {}
    for obs in OBSERVATIONS:
        env, made = (
            ClusterEnv(scenario=scenario, obs=obs),
            gymnasium.make("vienv/Cluster-v0", scenario=scenario, obs=obs),
        )
        for name, each, act in (
            (f"Env.step, {obs}", env, lambda env=env: env.step(0)),
            (f"gymnasium.make, {obs}", made, lambda made=made: made.step(0)),
            (f"native call, {obs}", env, bare_call(env.batch)),
        ):
            batches[name] = each.unwrapped.batch
            rivals[name] = block(each, batches[name], act, sums)
    costs = interleaved(rivals, seconds)
    for name in rivals:
        report.rows.append(_row(name, batches[name], clusters.FREE, costs[name], sums[0]))
    for obs in OBSERVATIONS:
        ours, made, bare = (costs[f"{name}, {obs}"] for name in ("Env.step", "gymnasium.make", "native call"))
        note = (
            f"{(made.best - bare.best) / _US:.2f} µs through gymnasium.make; the kernel takes {bare.best / _US:.2f} µs"
        )
        above, middle = (ours.best - bare.best) / _US, (ours.median - bare.median) / _US
        report.figures.append(Figure(f"env_step_{obs}", scenario, above, middle, note))


def _row(name: str, batch: ClusterVectorEnv, load: str, cost: Cost, checksum: float) -> Row:
    scenario = batch.scenario
    vm_ticks = batch.num_envs * batch.worlds.sizes.vms * round(scenario.interval_s / scenario.tick_s)
    return Row(
        name,
        scenario.name,
        num_envs=batch.num_envs,
        load=load,
        vm_ticks_per_s=vm_ticks * NS_PER_S / cost.best,
        env_steps_per_s=batch.num_envs * NS_PER_S / cost.best,
        ns_per_vm_tick=cost.best / vm_ticks,
        median_over_best=cost.median / cost.best,
        checksum=checksum,
        note=f"{cost.best / batch.num_envs / _US:.2f} µs a step of one environment",
    )


if __name__ == "__main__":
    show_measured(measure, __doc__, 20.0)
