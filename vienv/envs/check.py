"""`vienv check`: what every environment of this package promises, checked on the spot.

Gymnasium's checker and, where it is installed, Stable-Baselines3's; a batch against single environments, bit for bit;
that what the mask allows is accepted; and the invariants of the cluster after every step of a random episode.
"""

import importlib.util
import warnings
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from typing import Any

import gymnasium
import numpy as np
from gymnasium.utils.env_checker import check_env

from vienv.core.enums import Refusal
from vienv.envs.action import FACES
from vienv.envs.vector_env import ClusterVectorEnv

_BATCH = 3
_STEPS = 150
_SEED = 7


def ids(env_id: str | None) -> tuple[str, ...]:
    """The ids to check: the one given, or all.

    Raises:
        ValueError: it is not an id of this package.
    """
    if env_id is None:
        return tuple(FACES)
    if env_id in FACES:
        return (env_id,)
    close = get_close_matches(env_id, FACES, 1, 0.0)[0]
    raise ValueError(f"id {env_id!r} is unknown; nearest is {close!r}, allowed are {', '.join(FACES)}")


def run(env_id: str, scenario: str) -> Iterator[tuple[str, str | None]]:
    """Check one id: (name of the check, None or what is wrong), as each ends."""
    checks: list[tuple[str, Callable[[str, str], None]]] = [
        ("Gymnasium's checker", _gymnasium),
        ("a batch is its single environments, bit for bit", _batch_equals_singles),
        ("what the mask allows is accepted", _mask_is_kept),
        ("invariants hold after every step", _invariants),
    ]
    if importlib.util.find_spec("stable_baselines3"):
        checks.insert(1, ("Stable-Baselines3's checker", _stable_baselines3))
    for name, check in checks:
        try:
            check(env_id, scenario)
        except Exception as error:  # a checker may raise anything, and all of it is a finding
            yield name, " ".join(f"{type(error).__name__}: {error}".split())
        else:
            yield name, None


def _gymnasium(env_id: str, scenario: str) -> None:
    env = gymnasium.make(env_id, scenario=scenario)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # unbounded boxes: an overload has no upper bound
        check_env(env.unwrapped, skip_render_check=True)
    env.close()


def _stable_baselines3(env_id: str, scenario: str) -> None:
    from stable_baselines3.common.env_checker import check_env as check  # noqa: PLC0415 - the extra `train`

    env = gymnasium.make(env_id, scenario=scenario)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # advice on images and flat actions
        check(env.unwrapped, warn=False, skip_render_check=True)
    env.close()


def _batch_equals_singles(env_id: str, scenario: str) -> None:
    batch = ClusterVectorEnv(_BATCH, scenario, face=env_id, autoreset_mode="Disabled")
    singles = [gymnasium.make(env_id, scenario=scenario) for _ in range(_BATCH)]
    together, _ = batch.reset(seed=_SEED)
    alone = [single.reset(seed=_SEED + e)[0] for e, single in enumerate(singles)]
    draws = np.random.default_rng(_SEED)
    for step in range(_STEPS):
        _require_equal(together, alone, step)
        actions = _legal_actions(batch, draws)
        together, rewards, *_ = batch.step(actions)
        outcomes = [single.step(actions[e]) for e, single in enumerate(singles)]
        alone = [outcome[0] for outcome in outcomes]
        if rewards.tolist() != [outcome[1] for outcome in outcomes]:
            raise AssertionError(f"step {step}: rewards differ")
    batch.close()
    for single in singles:
        single.close()


def _mask_is_kept(env_id: str, scenario: str) -> None:
    env = ClusterVectorEnv(_BATCH, scenario, face=env_id, autoreset_mode="Disabled")
    env.reset(seed=_SEED)
    draws = np.random.default_rng(_SEED)
    for step in range(_STEPS):
        actions = _legal_actions(env, draws)
        _, _, _, _, infos = env.step(actions)
        refused = infos["refusal"] != Refusal.ACCEPTED
        if refused.any():
            e = int(refused.argmax())
            reason = Refusal(int(infos["refusal"][e])).name
            raise AssertionError(f"step {step}: action {actions[e]} was allowed by the mask and refused: {reason}")
    env.close()


def _invariants(env_id: str, scenario: str) -> None:
    env = ClusterVectorEnv(_BATCH, scenario, face=env_id, autoreset_mode="Disabled", debug=True)
    env.reset(seed=_SEED)
    draws, is_over = np.random.default_rng(_SEED), np.zeros(_BATCH, bool)
    while not is_over.all():
        _, _, terminations, truncations, _ = env.step(_legal_actions(env, draws))
        is_over |= terminations | truncations
    env.close()


def _legal_actions(env: ClusterVectorEnv, draws: np.random.Generator) -> Any:
    """One random legal action for each cluster, half of them commits."""
    if not isinstance(env.single_action_space, gymnasium.spaces.Discrete):
        return draws.uniform(-1.0, 1.0, (env.num_envs, 2)).astype(np.float32)
    legal = [np.flatnonzero(mask) for mask in env.action_masks()]
    return np.array([draws.choice(actions) if draws.random() < 0.5 else 0 for actions in legal])


def _require_equal(together: Any, alone: list[Any], step: int) -> None:
    for e, single in enumerate(alone):
        for name, part in single.items():
            if part.tobytes() != together[name][e].tobytes():
                raise AssertionError(f"step {step}: {name} of cluster {e} differs")
