"""What competes: a policy plays one face of the environment, a batch of clusters at a time.

It sees what every competitor sees, VirtualCenter's statistics and the exact action mask, and names one action for
each cluster. The observation is worked out anew after every command, so a heuristic needs no memory: look, command
once, look again, and commit when nothing more is worth it. Left out: policies that learn while they play.
"""

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

CLUSTER = "vienv/Cluster-v0"
RECOMMENDATIONS = "vienv/Recommendations-v0"
COMMIT = 0

Observation = dict[str, NDArray[Any]]
"""hosts (N, H, HostColumn), vms (N, V, VmColumn), cluster (N, ClusterColumn + VmColumn), all float32;
placement (N, V) int32; on Recommendations-v0 also recommendations (N, K, RecommendationColumn) float32."""


class Policy(Protocol):
    """A competitor. May also carry `ranked` (True) and `foresight_samples` (0), which the contest reads."""

    name: str
    env_id: str

    def reset(self, num_envs: int, seed: int = 0) -> None:
        """Begin an episode in each of num_envs clusters; what is drawn for cluster e depends on seed + e alone."""

    def act(self, observation: Observation, action_mask: NDArray[np.int8]) -> NDArray[np.int64]:
        """One legal action for each cluster, (N,), from the batched observation and its mask, (N, A)."""


def block(observation: Observation, name: str) -> NDArray[Any]:
    """One of the observation's arrays, laid out as the jitted crossings take it."""
    dtype = np.int32 if name == "placement" else np.float32
    return np.ascontiguousarray(observation[name], dtype=dtype)
