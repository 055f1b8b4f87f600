"""Whole Gymnasium steps a second: commands, physics, observation, mask, reward, ends and resets.

    python -m benchmarks.throughput --scenario office --num-envs 64 [--threads 2] [--json]
    python -m benchmarks.throughput --hosts 280 --vms 1900 [--json]

The first form steps a batch: a random legal policy that commits nine times in ten, and one that always commits, free
and contended. The second is pick-and-place at the size of published VM rescheduling: one environment, Cluster-v0, its
exact mask and full observation; every action, commit included, is drawn from the legal ones with equal odds, so that
nearly all are commands until the interval's cap is reached; episodes last one simulated hour, and resets are timed too.
Steps are counted for each CPU-second of this process. Drawing actions is the policy's time: both rates are given.
"""

import argparse
import time
from statistics import fmean

from benchmarks import clusters
from benchmarks.blocks import Cost, interleaved
from benchmarks.player import Player
from benchmarks.report import NS_PER_S, Figure, Report, Row
from vienv.envs.cluster_env import ClusterEnv
from vienv.envs.vector_env import ClusterVectorEnv

COMMITS = {"random legal": 0.9, "commit": 1.0}
"""Policies, and how often they let time pass."""
PICK_AND_PLACE = (280, 1900)


class Timed:
    """A player, timed episode by episode; during the first, which `interleaved` does not count, it looks around."""

    def __init__(self, player: Player) -> None:
        self.player = player
        self._censuses: list[dict[str, float]] = []
        self._drawing: list[float] = []

    def block(self) -> float:
        """One episode, its reset included; CPU ns a step."""
        player = self.player
        if not self._censuses:
            player.play_episode(self._censuses)
            return 0.0
        drawing, began = player.drawing_ns, time.process_time_ns()
        steps = player.play_episode()
        spent = time.process_time_ns() - began
        self._drawing.append((player.drawing_ns - drawing) / steps)
        return spent / steps

    @property
    def drawing_ns(self) -> float:
        """Of a step, that drawing an action takes: the best block's, since a wall clock also counts interruptions."""
        return min(self._drawing)

    def row(self, name: str, scenario: str, load: str, cost: Cost, threads: int = 1) -> Row:
        """The row; VM-ticks are those of commits."""
        player = self.player
        player.require_legal()
        clock = player.clock
        share = player.commits / player.steps
        without = NS_PER_S / (cost.best - self.drawing_ns)
        vm_ticks_a_step = share * player.num_vms * float(clock.ticks_per_interval[0])
        return Row(
            name,
            scenario,
            num_envs=player.num_envs,
            threads=threads,
            load=load,
            vm_ticks_per_s=vm_ticks_a_step * NS_PER_S / cost.best,
            env_steps_per_s=NS_PER_S / cost.best,
            ns_per_vm_tick=cost.best / vm_ticks_a_step if vm_ticks_a_step else None,
            median_over_best=cost.median / cost.best,
            episodes_ended=player.episodes,
            checksum=player.checksum,
            note=f"{without:,.0f} steps/s without drawing actions; {100 * share:.2f} % commits",
            **{name: fmean(census[name] for census in self._censuses) for name in self._censuses[0]},
        )


def measure(scenario: str = "office", num_envs: int = 64, threads: int = 1, seconds: float = 15.0) -> Report:
    """A batch of a preset or scenario file, by both policies, free and contended."""
    settings = {"num_threads": threads}
    timed = {}
    for load in clusters.LOADS:
        for policy, commits in COMMITS.items():
            env = ClusterVectorEnv(num_envs, clusters.preset(scenario, load), **settings)
            timed[policy, load] = Timed(Player(env, commits))
    costs = interleaved({str(key): each.block for key, each in timed.items()}, seconds)
    report = Report("throughput")
    for (policy, load), each in timed.items():
        report.rows.append(each.row(f"VectorEnv.step, {policy}", scenario, load, costs[str((policy, load))], threads))
    return report


def measure_pick_and_place(hosts: int, vms: int, seconds: float = 30.0) -> Report:
    """One environment of hosts x vms, by a policy that draws from all legal actions."""
    timed = Timed(Player(ClusterEnv(scenario=clusters.grown(hosts, vms)), commits=0.0))
    cost = interleaved({"pick-and-place": timed.block}, seconds)["pick-and-place"]
    row = timed.row("Env.step, pick-and-place", f"{hosts}x{vms}", clusters.FREE, cost)
    report = Report("throughput", [row])
    if (hosts, vms) == PICK_AND_PLACE:
        for case, spared in (("with drawing actions", 0.0), ("without", timed.drawing_ns)):
            best, middle = NS_PER_S / (cost.best - spared), NS_PER_S / (cost.median - spared)
            report.figures.append(Figure("pick_and_place", case, best, middle, f"{row.episodes_ended} episodes ended"))
    return report


def main() -> None:
    """Print what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenario", default="office", help="a preset or a scenario file")
    parser.add_argument("--num-envs", type=int, default=64)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--hosts", type=int, help="with --vms: pick-and-place at this size")
    parser.add_argument("--vms", type=int)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    if (arguments.hosts is None) != (arguments.vms is None):
        parser.error("--hosts and --vms go together")
    try:
        if arguments.hosts is not None:
            report = measure_pick_and_place(arguments.hosts, arguments.vms, arguments.seconds)
        else:
            report = measure(arguments.scenario, arguments.num_envs, arguments.threads, arguments.seconds)
    except ValueError as error:  # of a scenario or a number that is not allowed
        parser.error(str(error))
    report.show(arguments.json)


if __name__ == "__main__":
    main()
