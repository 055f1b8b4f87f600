"""One training run of MaskablePPO by a recipe: the same seed gives the same weights, on one machine, bit for bit.

At even spaces, the untrained policy included, the network is exported and played on `tune` worlds as it would compete,
once by argmax and once by samples; the best of all is kept. Training itself sees `train` worlds only.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from sb3_contrib import MaskablePPO
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.vec_env import VecEnv, VecEnvWrapper

from agents.evaluate import Standing, TuneWorlds
from agents.export import write_agent
from agents.networks import NETWORKS
from agents.policy import NetworkPolicy
from agents.recipes import Recipe
from agents.rollouts import TimedRollouts
from vienv.contest.agent import OnnxAgent
from vienv.envs.sb3 import ClusterVecEnv, make

PLAYS = ("argmax", "sample")
LOOKING_STEPS = 128
"""Before training, to take the measure of the observation's columns."""
State = dict[str, torch.Tensor]


@dataclass(frozen=True)
class Checkpoint:
    """A network on the way, and how it stands when played both ways."""

    steps: int
    train_worlds: int
    state: State
    standings: dict[str, Standing]  # by way of playing

    @property
    def best_play(self) -> str:
        """The way of playing with the lower bill."""
        return min(PLAYS, key=lambda play: self.standings[play].overall)

    @property
    def best(self) -> Standing:
        """How it stands when played so."""
        return self.standings[self.best_play]


@dataclass(frozen=True)
class Progress:
    """What a training run tells whoever watches."""

    steps: int
    total_steps: int
    checkpoints: tuple[Checkpoint, ...]


Watcher = Callable[[Progress], None]


def train(recipe: Recipe, seed: int, tune: TuneWorlds, watch: Watcher) -> list[Checkpoint]:
    """Train by a recipe; returns its checkpoints, the untrained policy first."""
    torch.set_num_threads(1)  # with more, sums are added in another order and weights differ
    env = environment(recipe)
    model = MaskablePPO(NetworkPolicy, **settings(recipe, seed, env))
    model.policy.network.senses.fit(look_around(env, seed))
    checkpoints = Checkpoints(recipe, seed, env, tune, watch)
    model.learn(recipe.total_steps, callback=checkpoints)
    checkpoints.take()
    env.close()
    return checkpoints.taken


def settings(recipe: Recipe, seed: int, env: VecEnv) -> dict[str, Any]:
    """What a recipe says to MaskablePPO, but for the class of the policy."""
    return {
        "env": ScaledReward(env, recipe.reward_scale, recipe.reward_clip),
        "learning_rate": lambda left: recipe.learning_rate * left,
        "n_steps": recipe.steps_per_rollout,
        "batch_size": recipe.batch_size,
        "n_epochs": recipe.num_epochs,
        "gamma": recipe.gamma,
        "gae_lambda": recipe.gae_lambda,
        "clip_range": recipe.clip_range,
        "ent_coef": recipe.entropy,
        "rollout_buffer_class": TimedRollouts if recipe.has_commands else None,
        "policy_kwargs": {"network": recipe.network, "commit_bias": recipe.commit_bias},
        "seed": seed,
        "device": "cpu",
    }


def environment(recipe: Recipe) -> ClusterVecEnv:
    """Clusters of all the recipe's scenarios, in worlds of the `train` split."""
    return make(
        recipe.env_id,
        recipe.num_envs,
        recipe.scenarios,
        arrays=NETWORKS[recipe.network].inputs,
        split="train",
        decision_intervals=recipe.decision_intervals,
        **recipe.env_settings,
    )


def look_around(env: ClusterVecEnv, seed: int) -> dict[str, torch.Tensor]:
    """What is observed while random legal actions and as many zeros are taken: each array (steps x rows, ..)."""
    draws = np.random.default_rng(seed)
    seen = [env.reset()]
    for _ in range(LOOKING_STEPS):
        legal = [np.flatnonzero(mask) for mask in env.env_method("action_masks")]
        actions = [draws.choice(actions) if draws.random() < 0.5 else 0 for actions in legal]
        seen.append(env.step(np.array(actions))[0])
    return {name: torch.from_numpy(np.concatenate([step[name] for step in seen])) for name in seen[0]}


class ScaledReward(VecEnvWrapper):
    """The reward for learning: scaled, then clipped on both sides."""

    def __init__(self, venv: VecEnv, scale: float, clip: float) -> None:
        super().__init__(venv)
        self._scale, self._clip = scale, clip

    def reset(self) -> Any:
        """As the environment's."""
        return self.venv.reset()

    def step_wait(self) -> Any:
        """As the environment's, but for the rewards."""
        observations, rewards, dones, infos = self.venv.step_wait()
        return observations, np.clip(self._scale * rewards, -self._clip, self._clip), dones, infos


class Checkpoints(BaseCallback):
    """Measures the network before the first rollout and at even spaces after, always between two rollouts."""

    def __init__(self, recipe: Recipe, seed: int, env: ClusterVecEnv, tune: TuneWorlds, watch: Watcher) -> None:
        super().__init__()
        self.taken: list[Checkpoint] = []
        self._recipe, self._seed, self._env, self._tune, self._watch = recipe, seed, env, tune, watch
        self._worlds: set[tuple[str, int]] = set()

    def take(self) -> None:
        """Export, play both ways, keep."""
        network = self.model.policy.network
        state = {name: tensor.detach().clone() for name, tensor in network.state_dict().items()}
        self._note_worlds()
        standings = {}
        with TemporaryDirectory() as folder:
            for play in PLAYS:
                write_agent(Path(folder), network, self._recipe, self._seed, play, self.num_timesteps, 0)
                standings[play] = self._tune.measure(OnnxAgent(Path(folder)))
        self.taken.append(Checkpoint(self.num_timesteps, len(self._worlds), state, standings))
        self._tell()

    def _on_rollout_start(self) -> None:
        due = len(self.taken) * self._recipe.total_steps / self._recipe.num_checkpoints
        if self.num_timesteps >= due:
            self.take()

    def _on_step(self) -> bool:
        for row, info in enumerate(self.locals["infos"]):
            if info:
                self._worlds.add((self._env.get_attr("scenario", row)[0].name, info["world"]))
        self._tell()
        return True

    def _note_worlds(self) -> None:
        for batch in self._env.batches:
            if self.num_timesteps:
                self._worlds.update((batch.scenario.name, batch.world_of(e)) for e in range(batch.num_envs))

    def _tell(self) -> None:
        self._watch(Progress(self.num_timesteps, self._recipe.total_steps, tuple(self.taken)))
