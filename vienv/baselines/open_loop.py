"""open-loop: replays the log of another world without looking, leaving out what the mask forbids.

A policy that had learnt a day's timetable by heart would do as well; one that looks must do better. The log is what
another policy did in one world, VM by VM and host by host (to take the first recommendation of now would be to look),
with a commit at the end of each interval; after its end only commits follow.
"""

import numpy as np
from numpy.typing import NDArray

from vienv.baselines.policy import CLUSTER, COMMIT, Observation

LOG_OF = "drs-dpm"


class OpenLoop:
    """Needs a log before it plays: what `log_of` did in the first world of the split `tune`, given to `load`."""

    name = "open-loop"
    env_id = CLUSTER
    log_of = LOG_OF

    def __init__(self, actions: NDArray[np.int64] | None = None) -> None:
        """The actions, (steps,), of one episode on Cluster-v0 of the same scenario."""
        self._log = np.zeros(0, dtype=np.int64)
        if actions is not None:
            self.load(actions)

    def load(self, actions: NDArray[np.int64]) -> None:
        """Take the log of one episode."""
        self._log = np.asarray(actions, dtype=np.int64)

    def reset(self, num_envs: int, seed: int = 0) -> None:
        """Every cluster begins at the log's first line."""
        if not self._log.size:
            raise ValueError(
                f"open-loop: no log is loaded; play {LOG_OF} in another world and give its actions to load()"
            )
        self._line = np.zeros(num_envs, dtype=np.int64)

    def act(self, observation: Observation, action_mask: NDArray[np.int8]) -> NDArray[np.int64]:
        """The log's next legal action in each cluster."""
        actions = np.full(len(action_mask), COMMIT, dtype=np.int64)
        for e in range(len(actions)):
            while self._line[e] < self._log.size:
                action = self._log[self._line[e]]
                self._line[e] += 1
                if action_mask[e, action] != 0:
                    actions[e] = action
                    break
        return actions
