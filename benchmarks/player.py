"""Plays a batch or a single environment with random legal actions, and notes what surrounds the time that it takes.

Every step's action is drawn from the mask that the environment has just shown; rewards and a few entries of each
observation go into a checksum. Episodes end and begin anew while the clock runs. An action that is refused although the
mask allowed it is an error, not a figure.
"""

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks import legal, physics
from vienv.core import arena
from vienv.envs.cluster_env import ClusterEnv
from vienv.envs.vector_env import ClusterVectorEnv

_CENSUS_STEPS = 12


class Player:
    """A random legal policy at an environment, from world 0 on.

    Attributes:
        steps, commits, episodes: So far, of all clusters.
        drawing_ns: Wall time that drawing actions took.
        checksum: Of outputs.
    """

    def __init__(self, env: ClusterVectorEnv | ClusterEnv, commits: float = 0.0, seed: int = 0) -> None:
        self.env, self.batch = env, env.batch if isinstance(env, ClusterEnv) else env
        self.num_envs, self.num_vms = self.batch.num_envs, self.batch.worlds.sizes.vms
        self.clock = arena.clock_of(*self.batch.rows(0))
        self.steps = self.commits = self.episodes = self.drawing_ns = 0
        self.checksum = 0.0
        self._share = commits
        self._state = np.array([seed], np.uint64)
        self._actions = np.zeros(self.num_envs, np.int64)
        self._observation, _ = env.reset(seed=seed)
        legal.draw(np.ones((1, 1), np.int8), self._state, commits, self._actions[:1])  # compiles

    def play_episode(self, censuses: list[dict[str, float]] | None = None) -> int:
        """Step until an episode more has ended for every cluster, on average; returns steps of all clusters.

        So every measurement has its share of commits, ends and resets. `censuses` takes one at every so-manieth step,
        which costs time.
        """
        step = self._step_one if isinstance(self.env, ClusterEnv) else self._step_all
        before, ends = self.steps, self.episodes + self.num_envs
        while self.episodes < ends:
            if censuses is not None and (self.steps // self.num_envs) % _CENSUS_STEPS == 0:
                censuses.append(self.census())
            step()
            self.steps += self.num_envs
        return self.steps - before

    def census(self) -> dict[str, float]:
        """Means over clusters: hosts_on, migrations_in_flight, and crowded, the share of hosts over capacity."""
        return physics.census(self._stacked(arena.hosts_of), self._stacked(arena.migrations_of))

    def require_legal(self) -> None:
        """Raise if any command of an episode that is under way was refused."""
        refused = sum(report["refused_commands"] for report in self.batch.report())
        if refused:
            raise RuntimeError(f"{refused:.0f} actions were refused that the mask allowed")

    def _stacked(self, view_of: Callable[..., Any]) -> Any:
        """A state tuple of all clusters: every field (num_envs, rows)."""
        views = [view_of(*self.batch.rows(e)) for e in range(self.num_envs)]
        return type(views[0])(*(np.stack(fields) for fields in zip(*views, strict=True)))

    def _draw(self, masks: Any) -> None:
        began = time.perf_counter_ns()
        legal.draw(masks, self._state, self._share, self._actions)
        self.drawing_ns += time.perf_counter_ns() - began

    def _step_all(self) -> None:
        self._draw(self.env.action_masks())
        self._observation, rewards, terminated, truncated, _ = self.env.step(self._actions)
        self.commits += self.num_envs - int(np.count_nonzero(self._actions))
        self.episodes += int(np.count_nonzero(terminated | truncated))
        self.checksum += float(rewards.sum()) + _glimpse(self._observation)

    def _step_one(self) -> None:
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
