"""Seeds name worlds, splits share nothing, and what is drawn follows from the seed alone."""

import gymnasium
import numpy as np
import pytest

import vienv  # noqa: F401 - registers the ids
from tests.envs.play import clusters, copy_of, digest_parts


def single(**settings):
    return gymnasium.make("vienv/Cluster-v0", scenario="lab", disable_env_checker=True, **settings)


def test_seed_n_is_world_n_and_the_option_names_it_without_seeding():
    env = single()
    by_seed, info = env.reset(seed=12)
    assert info["world"] == 12
    env.reset(seed=3)
    by_name, info = env.reset(options={"world": 12})
    assert info["world"] == 12
    assert digest_parts(by_seed) == digest_parts(by_name)


def test_a_world_named_at_construction_is_that_of_every_reset_without_seed():
    env = single(world=5)
    assert [env.reset()[1]["world"] for _ in range(3)] == [5, 5, 5]
    assert env.reset(seed=8)[1]["world"] == 8
    assert env.reset()[1]["world"] == 5


def test_resets_without_seed_go_on_to_other_worlds_and_repeat_after_the_same_seed():
    env = single()
    env.reset(seed=1)
    first = [env.reset()[1]["world"] for _ in range(4)]
    env.reset(seed=1)
    assert [env.reset()[1]["world"] for _ in range(4)] == first
    assert len(set(first)) == 4
    env.reset(seed=2)
    assert env.reset()[1]["world"] != first[0]


def test_splits_show_different_worlds_under_the_same_number():
    seen = {digest_parts(clusters(1, split=split).reset(seed=0)[0]) for split in ("train", "tune", "test")}
    assert len(seen) == 3


def test_a_batch_takes_a_list_of_seeds_and_a_list_of_worlds():
    env = clusters(3)
    assert env.reset(seed=[4, 9, 1])[1]["world"].tolist() == [4, 9, 1]
    assert env.reset(seed=6)[1]["world"].tolist() == [6, 7, 8]
    assert env.reset(options={"world": 2})[1]["world"].tolist() == [2, 2, 2]
    assert clusters(2, worlds=[3, 30]).reset()[1]["world"].tolist() == [3, 30]


def test_global_random_states_change_nothing():
    env = clusters(1)
    env.reset(seed=0)
    env.step([0])
    undisturbed = copy_of(env)
    np.random.seed(99)  # noqa: NPY002 - the global state that must not matter
    env.reset(seed=0)
    np.random.random(10)  # noqa: NPY002
    env.step([0])
    assert copy_of(env)[0].tobytes() == undisturbed[0].tobytes()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"split": "valid"}, "split: 'valid'"),
        ({"decision_intervals": 0}, "decision_intervals: 0"),
        ({"obs": "pixels"}, "obs: 'pixels'"),
        ({"max_hosts": 2}, "max_hosts: 2"),
        ({"worlds": [1, 2]}, "worlds"),
        ({"max_episode_steps": 10}, "max_episode_steps: 10"),
        ({"obs": "flat", "mask_in_obs": True}, "mask_in_obs"),
    ],
)
def test_a_wrong_argument_is_named_in_one_line(settings, message):
    with pytest.raises(ValueError, match=message) as caught:
        clusters(1, **settings)
    assert "\n" not in str(caught.value)
