"""The two recipes: what an agent is trained on and with what numbers, as data.

A recipe's budget counts environment steps, so that a seed repeats whatever the machine; it takes two to four minutes
on two cores. Reward is 1 - bill / scale for an interval; the bill has a heavy tail (one evacuation onto a full host
costs as much as fifty quiet intervals), so for learning it is scaled by a tenth and clipped. A clipped reward is a
door to hacking: which checkpoint is shipped is decided by the unclipped bill on worlds of the `tune` split.
"""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Recipe:
    """All that decides a training run but its seed."""

    name: str  # the agent's, as it competes
    env_id: str
    network: str  # a key of `networks.NETWORKS`
    description: str
    total_steps: int  # environment steps, all rows together
    decision_intervals: int = 3  # intervals of 300 s from one decision to the next
    env_settings: dict[str, Any] = field(default_factory=dict)
    has_commands: bool = False  # whether only action 0 takes time, and all others are commands
    commit_bias: float = 0.0
    scenarios: tuple[str, ...] = ("lab", "office")
    num_envs: int = 64
    steps_per_rollout: int = 128  # of each row
    batch_size: int = 1024
    num_epochs: int = 4
    learning_rate: float = 1.0e-3  # falls to 0 in a straight line
    entropy: float = 0.003
    gamma: float = 0.97  # of a step that takes time: 0.99 an interval
    gae_lambda: float = 0.95
    clip_range: float = 0.2
    reward_scale: float = 0.1
    reward_clip: float = 0.3  # a power cycle and its moves, no more
    num_checkpoints: int = 12  # beside the untrained one
    tune_worlds: int = 32  # of each scenario


RECIPES = {
    "tuner": Recipe(
        name="ppo-tuner",
        env_id="vienv/DrsTuning-v0",
        network="tuner",
        description="Sets DRS's migration threshold and DPM's target each 15 minutes; the heuristics act.",
        total_steps=800_000,
        env_settings={"levels": True},
    ),
    "recommend": Recipe(
        name="ppo-recommend",
        env_id="vienv/Recommendations-v0",
        network="recommend",
        description="Takes VirtualCenter's recommendations and toggles hosts, each 15 minutes.",
        total_steps=800_000,
        has_commands=True,
        commit_bias=3.0,
    ),
}
