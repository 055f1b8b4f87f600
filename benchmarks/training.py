"""Whether the environment holds a learner up: its share of MaskablePPO's time, and what masks cost against plain PPO.

    python -m benchmarks.training [--seconds 60] [--json]

Both learn on `office`, 64 environments, by the recipe that trained `ppo-recommend`: same network, same rollouts, same
minibatches, one thread of torch. Plain PPO sees no mask, so some of its commands are refused. They take turns, a
rollout and its training at a time. The environment's share is what passes inside the VecEnv, masks included, of the
wall time.
"""

import os
import time
from dataclasses import replace
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # torch's idle threads sleep rather than spin

import torch
from sb3_contrib import MaskablePPO
from stable_baselines3 import PPO
from stable_baselines3.common.buffers import DictRolloutBuffer
from stable_baselines3.common.policies import ActorCriticPolicy
from stable_baselines3.common.vec_env import VecEnv, VecEnvWrapper
from torch import Tensor

from agents import training
from agents.networks import NETWORKS
from agents.policy import NetworkPolicy
from agents.recipes import RECIPES, Recipe
from agents.rollouts import TimedRollouts
from benchmarks.blocks import interleaved
from benchmarks.report import NS_PER_S, Figure, Report, Row, show_measured

RECIPE = replace(RECIPES["recommend"], scenarios=("office",))


class PlainRollouts(DictRolloutBuffer):
    """Rollouts without masks, discounted as the recipe's are."""

    compute_returns_and_advantage = TimedRollouts.compute_returns_and_advantage


class PlainPolicy(ActorCriticPolicy):
    """The recipe's network as a policy of plain PPO."""

    def __init__(self, *arguments: Any, network: str, commit_bias: float, **settings: Any) -> None:
        self._network, self._commit_bias = network, commit_bias
        super().__init__(*arguments, **settings)

    def _build(self, lr_schedule: Any) -> None:
        self.network = NETWORKS[self._network](self._commit_bias)
        self.optimizer = self.optimizer_class(self.parameters(), lr=lr_schedule(1), **self.optimizer_kwargs)

    def forward(self, obs: Any, deterministic: bool = False) -> tuple[Tensor, Tensor, Tensor]:
        """Actions, values and log probabilities."""
        distribution = self.get_distribution(obs)
        actions = distribution.get_actions(deterministic=deterministic)
        return actions, self.predict_values(obs), distribution.log_prob(actions)

    def evaluate_actions(self, obs: Any, actions: Tensor) -> tuple[Tensor, Tensor, Tensor | None]:
        """Values, log probabilities and entropy of actions taken before."""
        distribution = self.get_distribution(obs)
        return self.predict_values(obs), distribution.log_prob(actions), distribution.entropy()

    def get_distribution(self, obs: Any) -> Any:
        """What the actor would do."""
        return self.action_dist.proba_distribution(action_logits=self.network.logits(**obs))

    def predict_values(self, obs: Any) -> Tensor:
        """What the critic expects."""
        return self.network.values(**obs)


class Stopwatch(VecEnvWrapper):
    """Notes the wall time inside an environment: steps, resets and masks."""

    def __init__(self, venv: VecEnv) -> None:
        super().__init__(venv)
        self.inside_ns = self.episodes = 0
        self.rewards = 0.0

    def reset(self) -> Any:
        """As the environment's."""
        return self._timed(self.venv.reset)

    def step_async(self, actions: Any) -> None:
        """As the environment's."""
        self._timed(self.venv.step_async, actions)

    def step_wait(self) -> Any:
        """As the environment's."""
        observations, rewards, dones, infos = self._timed(self.venv.step_wait)
        self.episodes += int(dones.sum())
        self.rewards += float(rewards.sum())
        return observations, rewards, dones, infos

    def env_method(self, method_name: str, *method_args: Any, indices: Any = None, **method_kwargs: Any) -> list[Any]:
        """As the environment's: this is how MaskablePPO asks for masks."""
        return self._timed(self.venv.env_method, method_name, *method_args, indices=indices, **method_kwargs)

    def _timed(self, call: Any, *arguments: Any, **settings: Any) -> Any:
        began = time.perf_counter_ns()
        answer = call(*arguments, **settings)
        self.inside_ns += time.perf_counter_ns() - began
        return answer


class Learner:
    """One algorithm with an environment of its own, learning a rollout a block."""

    def __init__(self, recipe: Recipe, algorithm: Any, policy: Any, **changes: Any) -> None:
        env = training.environment(recipe)
        self.watch = Stopwatch(env)
        self._model = algorithm(policy, **{**training.settings(recipe, 0, self.watch), **changes})
        self._model.policy.network.senses.fit(training.look_around(env, 0))
        self._steps = recipe.steps_per_rollout * recipe.num_envs
        self.shares: list[float] = []

    def block(self) -> float:
        """Wall ns a step; notes the environment's share of it."""
        inside, began = self.watch.inside_ns, time.perf_counter_ns()
        self._model.learn(self._steps, reset_num_timesteps=False)
        spent = time.perf_counter_ns() - began
        self.shares.append((self.watch.inside_ns - inside) / spent)
        return spent / self._steps


def measure(seconds: float = 60.0, recipe: Recipe = RECIPE) -> Report:
    """MaskablePPO and plain PPO in turns."""
    torch.set_num_threads(1)
    learners = {
        "MaskablePPO": Learner(recipe, MaskablePPO, NetworkPolicy),
        "PPO": Learner(recipe, PPO, PlainPolicy, rollout_buffer_class=PlainRollouts),
    }
    costs = interleaved({name: learner.block for name, learner in learners.items()}, seconds)
    report = Report("training")
    shares = {name: sorted(learner.shares[1:]) for name, learner in learners.items()}
    for name, learner in learners.items():
        cost = costs[name]
        report.rows.append(
            Row(
                name,
                ", ".join(recipe.scenarios),
                num_envs=recipe.num_envs,
                env_steps_per_s=NS_PER_S / cost.best,
                median_over_best=cost.median / cost.best,
                episodes_ended=learner.watch.episodes,
                checksum=learner.watch.rewards,
                note=f"recipe {recipe.name}; environment {100 * _middle(shares[name]):.1f} % of wall time",
            )
        )
    masked = shares["MaskablePPO"]
    ratio = costs["PPO"].over(costs["MaskablePPO"])
    report.figures = [
        Figure(
            "env_share", "MaskablePPO, median rollout", 100.0 * _middle(masked), note=f"best {100 * masked[0]:.1f} %"
        ),
        Figure("masked_fps", "best rollouts", ratio.best, ratio.median),
    ]
    return report


def _middle(values: list[float]) -> float:
    return values[len(values) // 2]


if __name__ == "__main__":
    show_measured(measure, __doc__, 60.0)
