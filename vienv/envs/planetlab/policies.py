"""CloudSim's heuristics as competitors, one for each control: name the heuristic, or make its moves one by one.

The second asks the environment's own planner, since a plan needs histories that no observation holds. Both give the
rows of CloudSim's reference through the environment.
"""

from collections import deque
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vienv.cloudsim import Policy
from vienv.envs.planetlab.judgement import action_of
from vienv.envs.planetlab.vector_env import PlanetLabVectorEnv
from vienv.envs.registration import PLANETLAB

Observation = dict[str, NDArray[Any]]


class CloudSimPolicy:
    """Plays one heuristic under control="heuristic"."""

    env_id = PLANETLAB

    def __init__(self, policy: Policy) -> None:
        self.name = policy.name
        self._action = action_of(policy)
        self._num_envs = 0

    def reset(self, num_envs: int, seed: int = 0) -> None:
        """Begin; nothing is drawn here."""
        self._num_envs = num_envs

    def act(self, observation: Observation, action_mask: NDArray[np.int8]) -> NDArray[np.float32]:
        """The same three numbers for each day, (N, 3)."""
        return np.tile(self._action, (self._num_envs, 1))


class MoveByMove:
    """Plays one heuristic under control="placement": asks the batch for its plan, and commands it."""

    env_id = PLANETLAB

    def __init__(self, policy: Policy, env: PlanetLabVectorEnv) -> None:
        self.name = policy.name
        self._policy, self._env = policy, env
        self._left: list[deque[int]] = []

    def reset(self, num_envs: int, seed: int = 0) -> None:
        """Begin; nothing is drawn here."""
        self._left = [deque() for _ in range(num_envs)]

    def act(self, observation: Observation, action_mask: NDArray[np.int8]) -> NDArray[np.int64]:
        """The next command of each day's plan, (N,): picks, destinations, and 0 when all are sent."""
        num_vms = self._env.layout.num_vms
        for e, left in enumerate(self._left):
            if not left:
                for v, h in self._env.plan(self._policy, e).tolist():
                    left.extend((1 + v, 1 + num_vms + h))
                left.append(0)
        return np.array([left.popleft() for left in self._left])
