"""`vienv check`: what every environment of this package promises, checked on the spot.

Gymnasium's checker and, where it is installed, Stable-Baselines3's; a batch against single environments, bit for bit;
that what the mask allows is accepted; and the invariants of the cluster after every step of a random episode.
"""

import importlib.util
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
from gymnasium.utils.env_checker import check_env

from vienv.cloudsim import Policy, simulate
from vienv.envs.action import FACES
from vienv.envs.planetlab.policies import CloudSimPolicy, MoveByMove
from vienv.envs.planetlab.vector_env import PlanetLabVectorEnv
from vienv.envs.registration import PLANETLAB
from vienv.envs.vector_env import ClusterVectorEnv
from vienv.scenario.planetlab import SAMPLES, read_day

IDS = (*FACES, PLANETLAB)
_BATCH = 3
_STEPS = 150
_SEED = 7
_VMS = 24
Settings = dict[str, Any]
Check = Callable[[str, Settings], None]


def ids(env_id: str | None) -> tuple[str, ...]:
    """The ids to check: the one given, or all.

    Raises:
        ValueError: it is not an id of this package.
    """
    if env_id is None:
        return IDS
    if env_id in IDS:
        return (env_id,)
    close = get_close_matches(env_id, IDS, 1, 0.0)[0]
    raise ValueError(f"id {env_id!r} is unknown; nearest is {close!r}, allowed are {', '.join(IDS)}")


def run(env_id: str, scenario: str) -> Iterator[tuple[str, str | None]]:
    """Check one id: (name of the check, None or what is wrong), as each ends.

    PlanetLab-v0 has no scenario: it is checked under both controls, on a small day that is drawn for the purpose.
    """
    checks: list[tuple[str, Check]] = [
        ("Gymnasium's checker", _gymnasium),
        ("a batch is its single environments, bit for bit", _batch_equals_singles),
        ("what the mask allows is accepted", _mask_is_kept),
    ]
    if importlib.util.find_spec("stable_baselines3"):
        checks.insert(1, ("Stable-Baselines3's checker", _stable_baselines3))
    if env_id == PLANETLAB:
        with _day() as data:
            for control in ("heuristic", "placement"):
                more: list[tuple[str, Check]] = [
                    ("a heuristic played through it gives the simulation's figures", _figures)
                ]
                for name, fault in _findings(checks + more, env_id, {"data": data, "control": control}):
                    yield f'control="{control}": {name}', fault
        return
    yield from _findings([*checks, ("invariants hold after every step", _invariants)], env_id, {"scenario": scenario})


def _findings(checks: list[tuple[str, Check]], env_id: str, settings: Settings) -> Iterator[tuple[str, str | None]]:
    for name, check in checks:
        try:
            check(env_id, settings)
        except Exception as error:  # a checker may raise anything, and all of it is a finding
            yield name, " ".join(f"{type(error).__name__}: {error}".split())
        else:
            yield name, None


@contextmanager
def _day() -> Iterator[str]:
    """A folder that holds a small PlanetLab day."""
    percent = np.random.default_rng(_SEED).integers(0, 101, (_VMS, SAMPLES)).astype(np.uint8)
    with tempfile.TemporaryDirectory() as folder:
        names = np.array([f"vm{v:02d}" for v in range(_VMS)], "S")
        np.savez(Path(folder) / "planetlab_20110303.npz", cpu_percent=percent, names=names)
        yield folder


def _gymnasium(env_id: str, settings: Settings) -> None:
    env = gymnasium.make(env_id, **settings)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # unbounded boxes: an overload has no upper bound
        check_env(env.unwrapped, skip_render_check=True)
    env.close()


def _stable_baselines3(env_id: str, settings: Settings) -> None:
    from stable_baselines3.common.env_checker import check_env as check  # noqa: PLC0415 - the extra `train`

    env = gymnasium.make(env_id, **settings)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # advice on images and flat actions
        check(env.unwrapped, warn=False, skip_render_check=True)
    env.close()


def _batch(env_id: str, settings: Settings) -> Any:
    envs = gymnasium.make_vec(env_id, _BATCH, "vector_entry_point", autoreset_mode="Disabled", **settings)
    return envs.unwrapped


def _batch_equals_singles(env_id: str, settings: Settings) -> None:
    batch = _batch(env_id, settings)
    singles = [gymnasium.make(env_id, **settings) for _ in range(_BATCH)]
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


def _mask_is_kept(env_id: str, settings: Settings) -> None:
    env = _batch(env_id, settings)
    env.reset(seed=_SEED)
    draws = np.random.default_rng(_SEED)
    for step in range(_STEPS):
        actions = _legal_actions(env, draws)
        _, _, _, _, infos = env.step(actions)
        if infos["refusal"].any():
            e = int(infos["refusal"].argmax())
            reason = int(infos["refusal"][e])
            raise AssertionError(f"step {step}: action {actions[e]} was allowed by the mask and refused: {reason}")
    env.close()


def _invariants(env_id: str, settings: Settings) -> None:
    env = _batch(env_id, settings | {"debug": True})
    env.reset(seed=_SEED)
    draws, is_over = np.random.default_rng(_SEED), np.zeros(_BATCH, bool)
    while not is_over.all():
        _, _, terminations, truncations, _ = env.step(_legal_actions(env, draws))
        is_over |= terminations | truncations
    env.close()


def _figures(env_id: str, settings: Settings) -> None:
    policy = Policy.parse("thr-rs-0.8")
    env: PlanetLabVectorEnv = _batch(env_id, settings | {"policy": policy.name})
    player = CloudSimPolicy(policy) if settings["control"] == "heuristic" else MoveByMove(policy, env)
    observation, _ = env.reset(seed=_SEED)
    player.reset(_BATCH)
    is_over = np.zeros(_BATCH, bool)
    while not is_over.all():
        observation, _, _, is_over, _ = env.step(player.act(observation, env.action_masks()))
    day = read_day(settings["data"], env.days[0].day)
    for e, result in enumerate(env.results()):
        expected = simulate(day.percent, policy, _SEED + e)
        if result is None or repr(result) != repr(expected):
            raise AssertionError(f"day {e}: {result} is not {expected}")


def _legal_actions(env: ClusterVectorEnv | PlanetLabVectorEnv, draws: np.random.Generator) -> Any:
    """One random legal action for each cluster, half of them commits."""
    if not isinstance(env.single_action_space, gymnasium.spaces.Discrete):
        return draws.uniform(-1.0, 1.0, env.action_space.shape).astype(np.float32)
    legal = [np.flatnonzero(mask) for mask in env.action_masks()]
    return np.array([draws.choice(actions) if draws.random() < 0.5 else 0 for actions in legal])


def _require_equal(together: Any, alone: list[Any], step: int) -> None:
    for e, single in enumerate(alone):
        for name, part in single.items():
            if part.tobytes() != together[name][e].tobytes():
                raise AssertionError(f"step {step}: {name} of cluster {e} differs")
