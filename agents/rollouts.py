"""Advantages that discount simulated time: a command takes none, so it neither delays nor fades what comes after it.

Generalised advantage estimation (Schulman et al., ICLR 2016), except that discount and lambda apply to commits alone.
Discounted by steps, every move would put off the reward of all hours to come, and the agent would learn to move
little: measured on `office`, it left a third more imbalance.
"""

from typing import Any

import numpy as np
import torch
from sb3_contrib.common.maskable.buffers import MaskableDictRolloutBuffer

from vienv.baselines.policy import COMMIT


class TimedRollouts(MaskableDictRolloutBuffer):
    """Rollouts of a face on which action 0 commits, and everything else is a command that takes no time."""

    def compute_returns_and_advantage(self, last_values: torch.Tensor, dones: np.ndarray) -> None:
        """Fill advantages and returns, each (steps, rows), backwards from the values after the last step (rows,)."""
        self.advantages[:] = advantages(
            self.rewards,
            self.values,
            np.vstack([self.values[1:], last_values.detach().cpu().numpy().reshape(1, -1)]),
            np.vstack([self.episode_starts[1:], dones.reshape(1, -1)]).astype(bool),
            self.actions[:, :, 0] == COMMIT,
            self.gamma,
            self.gae_lambda,
        )
        self.returns = self.advantages + self.values


def advantages(
    rewards: np.ndarray,
    values: np.ndarray,
    next_values: np.ndarray,
    is_last: np.ndarray,
    takes_time: np.ndarray,
    gamma: float,
    gae_lambda: float,
) -> Any:
    """Advantages of steps, all (steps, rows); is_last: the episode ends with the step, so nothing follows it."""
    discount = np.where(takes_time, gamma, 1.0) * ~is_last
    fading = discount * np.where(takes_time, gae_lambda, 1.0)
    surprise = rewards + discount * next_values - values
    result = np.zeros_like(values)
    later = np.zeros_like(values[0])
    for step in reversed(range(len(values))):
        later = surprise[step] + fading[step] * later
        result[step] = later
    return result
