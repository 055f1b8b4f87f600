"""A batch is its single environments, bit for bit, and the autoreset modes differ in when they show, not in what."""

import gymnasium
import numpy as np
import pytest

import vienv  # noqa: F401 - registers the ids
from tests.envs.play import MIXED, QUIET, clusters, digest_parts, legal_action

SHORT = QUIET | {"duration_h": 1.0, "demand": {"imbalance_least": 0.0, "imbalance_most": 10.0}}
FACES = ("vienv/Cluster-v0", "vienv/Recommendations-v0", "vienv/DrsTuning-v0")


def act(env, e, draws):
    if isinstance(env.single_action_space, gymnasium.spaces.Discrete):
        return legal_action(env.action_masks()[e], draws)
    return draws.uniform(-1.0, 1.0, 2).astype(np.float32)


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("scenario", ["lab", MIXED])
def test_row_e_of_a_batch_is_the_single_environment_with_seed_n_plus_e_into_the_next_episode(face, scenario):
    batch = clusters(3, scenario, face=face)
    singles = [gymnasium.make(face, scenario=scenario, disable_env_checker=True) for _ in range(3)]
    draws = [np.random.default_rng(e) for e in range(3)]
    for seed in (7, None):
        together, infos = batch.reset(seed=seed)
        for e, env in enumerate(singles):
            alone, info = env.reset(seed=None if seed is None else seed + e)
            assert digest_parts({k: v[e] for k, v in together.items()}) == digest_parts(alone)
            assert info["world"] == infos["world"][e]
        for _ in range(40):
            taken = np.array([act(batch, e, draws[e]) for e in range(3)])
            together, rewards, terminations, truncations, infos = batch.step(taken)
            for e, env in enumerate(singles):
                alone, reward, terminated, truncated, info = env.step(taken[e])
                assert digest_parts({k: v[e] for k, v in together.items()}) == digest_parts(alone)
                assert (reward, terminated, truncated) == (rewards[e], terminations[e], truncations[e])
                assert {k: infos[k][e] for k in info} == info
                assert env.unwrapped.action_masks().tolist() == batch.action_masks()[e].tolist()


def episodes(mode, wanted=4):
    """Totals of each cluster's first episodes under a mode, a fixed random play each."""
    env = clusters(2, SHORT, mode)
    env.reset(seed=3)
    found = [[], []]
    draws = [np.random.default_rng((e, 0)) for e in range(2)]
    is_fresh = [False, False]
    while min(map(len, found)) < wanted:
        taken = np.array([legal_action(mask, draw) for mask, draw in zip(env.action_masks(), draws, strict=True)])
        taken[is_fresh] = 0  # NEXT_STEP ignores this action: the step resets
        _, _, terminations, truncations, infos = env.step(taken)
        over = terminations | truncations
        totals = infos["final_info"] if mode == "SameStep" and over.any() else infos
        for e in np.flatnonzero(over):
            found[e].append({k: float(v[e]) for k, v in totals.items() if k.startswith("episode_")})
            draws[e] = np.random.default_rng((int(e), len(found[e])))
        is_fresh = over if mode == "NextStep" else [False, False]
        if mode == "Disabled" and over.any():
            env.reset(options={"reset_mask": over})
    return [rows[:wanted] for rows in found]


def test_metrics_do_not_depend_on_the_autoreset_mode():
    next_step, same_step, disabled = (episodes(mode) for mode in ("NextStep", "SameStep", "Disabled"))
    assert next_step == same_step == disabled
    assert next_step[0][0] != next_step[0][1]


def test_the_last_observation_of_an_episode_stands_in_final_obs_and_the_mask_says_where():
    same, disabled = clusters(2, SHORT, "SameStep"), clusters(2, SHORT)
    for env in (same, disabled):
        env.reset(seed=3)
        for _ in range(5):
            env.step([0, 0])
        env.reset(seed=[3, None], options={"reset_mask": np.array([True, False])})
        for _ in range(6):
            env.step([0, 0])
    first, _, _, truncations, infos = same.step([0, 0])
    last, *_ = disabled.step([0, 0])
    assert truncations.tolist() == infos["_final_obs"].tolist() == infos["_final_info"].tolist() == [False, True]
    assert infos["final_obs"]["hosts"][1].tobytes() == last["hosts"][1].tobytes()
    assert first["hosts"][1].tobytes() != last["hosts"][1].tobytes()
    assert first["hosts"][0].tobytes() == last["hosts"][0].tobytes()
    assert infos["episode_energy_kwh"][1] == 0.0
    assert infos["final_info"]["episode_energy_kwh"][1] > 0.0


def test_next_step_ignores_the_action_after_an_episodes_end_and_earns_nothing():
    env = clusters(1, SHORT, "NextStep")
    env.reset(seed=3)
    for _ in range(12):
        _, _, terminations, truncations, infos = env.step([0])
    assert (terminations[0], truncations[0]) == (False, True)
    last_world = infos["world"][0]
    _, rewards, terminations, truncations, infos = env.step([0])
    assert (rewards[0], terminations[0], truncations[0]) == (0.0, False, False)
    assert infos["elapsed_s"][0] == infos["episode_energy_kwh"][0] == 0.0
    assert infos["world"][0] != last_world


def test_a_reset_mask_leaves_the_other_clusters_as_they_are():
    env = clusters(3, "lab")
    env.reset(seed=0)
    for _ in range(3):
        before, *_ = env.step([0, 0, 0])
    after, infos = env.reset(options={"reset_mask": np.array([False, True, False])})
    for e in (0, 2):
        assert after["hosts"][e].tobytes() == before["hosts"][e].tobytes()
        assert infos["episode_energy_kwh"][e] > 0.0
    assert infos["episode_energy_kwh"][1] == 0.0
