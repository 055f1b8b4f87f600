"""Plays a batch or a single environment with random legal actions, and notes what surrounds the time that it takes.

Every step's action is drawn from the mask that the environment has just shown; rewards and a few entries of each
observation go into a checksum. Episodes end and begin anew while the clock runs. An action that is refused although the
mask allowed it is an error, not a figure.
"""

import time
from typing import Any

import numpy as np

from benchmarks import legal
from vienv.core import arena
from vienv.core.enums import MigrationPhase, PowerState
from vienv.envs.cluster_env import ClusterEnv
from vienv.envs.vector_env import ClusterVectorEnv


class Player:
    """A random legal policy at an environment, from world 0 on.

    Attributes:
        steps, commits, episodes: So far, of all clusters.
        drawing_ns: Wall time that drawing actions took.
        checksum: Of outputs.
    """

    def __init__(self, env: ClusterVectorEnv | ClusterEnv, commits: float = 0.0, seed: int = 0) -> None:
        self.env, self.batch = env, env.batch if isinstance(env, ClusterEnv) else env
        self.num_envs = self.batch.num_envs
        self.steps = self.commits = self.episodes = self.drawing_ns = 0
        self.checksum = 0.0
        self._share = commits
        self._state = np.array([seed], np.uint64)
        self._actions = np.zeros(self.num_envs, np.int64)
        self._observation, _ = env.reset(seed=seed)

    def play(self, steps: int) -> int:
        """Take so many steps in every cluster; returns steps of all clusters."""
        play = self._play_one if isinstance(self.env, ClusterEnv) else self._play_all
        play(steps)
        self.steps += steps * self.num_envs
        return steps * self.num_envs

    def census(self) -> dict[str, float]:
        """Means over clusters: hosts_on, migrations_in_flight, and crowded, the share of hosts over capacity."""
        rows = [self.batch.rows(e) for e in range(self.num_envs)]
        hosts = [arena.hosts_of(*row) for row in rows]
        phases = [arena.migrations_of(*row).phase for row in rows]
        return {
            "hosts_on": float(np.mean([(h.power_state == PowerState.ON).sum() for h in hosts])),
            "migrations_in_flight": float(np.mean([(phase != MigrationPhase.NONE).sum() for phase in phases])),
            "crowded": float(np.mean([(h.demand_mhz > h.cpu_capacity_mhz).mean() for h in hosts])),
        }

    def require_legal(self) -> None:
        """Raise if any command of an episode that is under way was refused."""
        refused = sum(report["refused_commands"] for report in self.batch.report())
        if refused:
            raise RuntimeError(f"{refused:.0f} actions were refused that the mask allowed")

    def _draw(self, masks: Any) -> None:
        began = time.perf_counter_ns()
        legal.draw(masks, self._state, self._share, self._actions)
        self.drawing_ns += time.perf_counter_ns() - began

    def _play_all(self, steps: int) -> None:
        for _ in range(steps):
            self._draw(self.env.action_masks())
            self._observation, rewards, terminated, truncated, _ = self.env.step(self._actions)
            self.commits += self.num_envs - int(np.count_nonzero(self._actions))
            self.episodes += int(np.count_nonzero(terminated | truncated))
            self.checksum += float(rewards.sum()) + _glimpse(self._observation)

    def _play_one(self, steps: int) -> None:
        for _ in range(steps):
            self._draw(self.env.action_masks().reshape(1, -1))
            action = int(self._actions[0])
            self._observation, reward, terminated, truncated, _ = self.env.step(action)
            self.commits += action == 0
            self.checksum += reward + _glimpse(self._observation)
            if terminated or truncated:
                self.episodes += 1
                self.require_legal()
                self._observation, _ = self.env.reset()


def _glimpse(observation: Any) -> float:
    """A few entries of what was shown."""
    part = observation["cluster"] if isinstance(observation, dict) else observation
    return float(part.flat[0]) + float(part.flat[-1])
