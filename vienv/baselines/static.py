"""static: places what arrives and moves nothing, the yardstick of the competition.

Initial placement is VirtualCenter's duty in any cluster, whoever balances it, so static takes those recommendations
alone.
"""

import numpy as np
from numpy.typing import NDArray

from vienv.baselines.policy import COMMIT, RECOMMENDATIONS, Observation
from vienv.core.columns import RecommendationColumn


class Static:
    """Places arrivals, best row first, then commits."""

    name = "static"
    env_id = RECOMMENDATIONS

    def reset(self, num_envs: int, seed: int = 0) -> None:
        """Nothing is remembered."""

    def act(self, observation: Observation, action_mask: NDArray[np.int8]) -> NDArray[np.int64]:
        """The first legal placement of each cluster, else commit."""
        rows = observation["recommendations"]
        takes = (rows[:, :, RecommendationColumn.PLACEMENT] > 0) & (action_mask[:, 1 : 1 + rows.shape[1]] != 0)
        return np.where(takes.any(axis=1), 1 + takes.argmax(axis=1), COMMIT).astype(np.int64)
