"""One of our networks as a policy of MaskablePPO, which otherwise knows only feature extractors and flat actions."""

from typing import Any

import numpy as np
from sb3_contrib.common.maskable.distributions import MaskableDistribution
from sb3_contrib.common.maskable.policies import MaskableActorCriticPolicy
from torch import Tensor

from agents.networks import NETWORKS


class NetworkPolicy(MaskableActorCriticPolicy):
    """Actor and critic of a network that is named by its recipe."""

    def __init__(self, *arguments: Any, network: str, commit_bias: float, **settings: Any) -> None:
        self._network = network
        self._commit_bias = commit_bias
        super().__init__(*arguments, **settings)

    def _build(self, lr_schedule: Any) -> None:
        self.network = NETWORKS[self._network](self._commit_bias)
        self.optimizer = self.optimizer_class(self.parameters(), lr=lr_schedule(1), **self.optimizer_kwargs)

    def forward(
        self, obs: Any, deterministic: bool = False, action_masks: np.ndarray | None = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Actions, values and log probabilities."""
        distribution = self.get_distribution(obs, action_masks)
        actions = distribution.get_actions(deterministic=deterministic)
        return actions, self.predict_values(obs), distribution.log_prob(actions)

    def evaluate_actions(
        self, obs: Any, actions: Tensor, action_masks: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor | None]:
        """Values, log probabilities and entropy of actions taken before."""
        distribution = self.get_distribution(obs, action_masks)  # type: ignore[arg-type]
        return self.predict_values(obs), distribution.log_prob(actions), distribution.entropy()

    def get_distribution(self, obs: Any, action_masks: np.ndarray | None = None) -> MaskableDistribution:
        """What the actor would do, without what the mask forbids."""
        distribution = self.action_dist.proba_distribution(action_logits=self.network.logits(**obs))
        if action_masks is not None:
            distribution.apply_masking(action_masks)
        return distribution

    def predict_values(self, obs: Any) -> Tensor:
        """What the critic expects."""
        return self.network.values(**obs)
