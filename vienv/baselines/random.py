"""random: commits nine times in ten, else does anything that is legal; whoever has learnt must beat it."""

import numpy as np
from numpy.typing import NDArray

from vienv.baselines.policy import CLUSTER, COMMIT, Observation

COMMIT_PROBABILITY = 0.9


class Random:
    """Every cluster draws from a stream of its own, so its actions do not depend on who plays beside it."""

    name = "random"
    env_id = CLUSTER

    def reset(self, num_envs: int, seed: int = 0) -> None:
        """Begin the streams: cluster e's is that of seed + e."""
        self._draws = [np.random.default_rng(seed + e) for e in range(num_envs)]

    def act(self, observation: Observation, action_mask: NDArray[np.int8]) -> NDArray[np.int64]:
        """Commit with probability COMMIT_PROBABILITY, else one of the legal commands, all equally likely."""
        actions = np.full(len(action_mask), COMMIT, dtype=np.int64)
        for e, draw in enumerate(self._draws):
            is_command = draw.random() >= COMMIT_PROBABILITY
            legal = 1 + np.flatnonzero(action_mask[e, 1:])
            if is_command and legal.size:
                actions[e] = draw.choice(legal)
        return actions
