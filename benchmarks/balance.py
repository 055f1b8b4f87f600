"""How much of what can be balanced DRS balances: static, drs-3, and a greedy that sees the present and pays nothing.

`python -m benchmarks.balance --scenario office --data ../shared/data/bitbrains/bitbrains_50vm_20d.npz` plays test
worlds and prints the standard deviation of hourly mean load. The greedy knows each five minutes' demand before it comes
and moves any VM anywhere at once, one best move at a time until none gains: it is no bound, but no policy sees as much.
"""

import argparse

import numpy as np
from numpy.typing import NDArray

from vienv import baselines
from vienv.core import arena
from vienv.core.enums import HISTORY_INTERVALS
from vienv.envs.vector_env import ClusterVectorEnv

LEAST_GAIN = 1e-4
SAMPLES_AN_HOUR = 12


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenario", default="office")
    parser.add_argument("--data", default=None, help="trace under the scenario; without it demand is synthetic")
    parser.add_argument("--worlds", type=int, default=8)
    arguments = parser.parse_args()
    hourly = {name: played(name, arguments) for name in ("static", "drs-3")}
    hourly["greedy"] = np.mean([greedy(loads) for loads in demands(arguments)])
    closed = (hourly["static"] - hourly["drs-3"]) / (hourly["static"] - hourly["greedy"])
    print("| policy | imbalance of hourly means |\n|---|---:|")
    for name, value in hourly.items():
        print(f"| {name} | {value:.3f} |")
    print(f"\ndrs-3 closes {100 * closed:.0f} % of the gap between static and the greedy.")


def environment(face: str, arguments: argparse.Namespace) -> ClusterVectorEnv:
    """Test worlds 0 .. N - 1."""
    worlds = range(arguments.worlds)
    return ClusterVectorEnv(
        len(worlds),
        arguments.scenario,
        face=face,
        demand=arguments.data,
        split="test",
        worlds=worlds,
        autoreset_mode="Disabled",
    )


def played(name: str, arguments: argparse.Namespace) -> float:
    """Mean `imbalance_hourly` of a baseline over the worlds."""
    policy = baselines.make(name)
    env = environment(policy.env_id, arguments)
    policy.reset(env.num_envs)
    observation, _ = env.reset()
    is_over = np.zeros(env.num_envs, bool)
    while not is_over.all():
        observation, _, terminated, truncated, _ = env.step(policy.act(observation, env.action_masks()))
        is_over |= terminated | truncated
    return float(np.mean([report["imbalance_hourly"] for report in env.report()]))


def demands(arguments: argparse.Namespace) -> list[tuple[NDArray, NDArray, NDArray]]:
    """Of each world: demand (samples, vms) in MHz, the hosts' capacity in MHz, and each VM's first host."""
    env = environment("vienv/Cluster-v0", arguments)
    env.reset()
    worlds = []
    for e in range(env.num_envs):
        hosts, vms = arena.hosts_of(*env.rows(e)), arena.vms_of(*env.rows(e))
        fractions = arena.workload_of(*env.rows(e)).demand.reshape(-1, vms.state.size)
        mhz = np.minimum(fractions * vms.cpu_configured_mhz, vms.cpu_limit_mhz)
        first, samples = HISTORY_INTERVALS, int(arena.clock_of(*env.rows(e)).intervals_per_episode[0])
        worlds.append((mhz[first : first + samples], hosts.cpu_capacity_mhz.copy(), vms.host.copy()))
    return worlds


def greedy(world: tuple[NDArray, NDArray, NDArray]) -> float:
    """Hourly imbalance of one world under the greedy."""
    demand, capacity, host = world
    host, loads = host.copy(), np.zeros((len(demand), len(capacity)))
    for t, mhz in enumerate(demand):
        load = np.bincount(host, mhz, len(capacity)) / capacity
        while (move := best_move(mhz, capacity, host, load)) is not None:
            v, h = move
            load[host[v]] -= mhz[v] / capacity[host[v]]
            load[h] += mhz[v] / capacity[h]
            host[v] = h
        loads[t] = load
    hours = loads[: len(loads) // SAMPLES_AN_HOUR * SAMPLES_AN_HOUR].reshape(-1, SAMPLES_AN_HOUR, len(capacity))
    return float(hours.mean(1).std(1).mean())


def best_move(mhz: NDArray, capacity: NDArray, host: NDArray, load: NDArray) -> tuple[int, int] | None:
    """The (vm, host) that lowers the deviation most, by LEAST_GAIN at least."""
    n, total, square = len(load), load.sum(), (load**2).sum()
    off, on = mhz / capacity[host], mhz[:, np.newaxis] / capacity
    source = load[host]
    change = on - off[:, np.newaxis]
    squares = ((source - off) ** 2 - source**2)[:, np.newaxis] + (load + on) ** 2 - load**2
    variance = (square + squares) / n - ((total + change) / n) ** 2
    variance[np.arange(len(host)), host] = np.inf
    v, h = np.unravel_index(np.argmin(variance), variance.shape)
    gain = load.std() - np.sqrt(max(0.0, float(variance[v, h])))
    return (int(v), int(h)) if gain > LEAST_GAIN else None


if __name__ == "__main__":
    main()
