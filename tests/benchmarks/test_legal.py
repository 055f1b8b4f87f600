"""The random policy of the benchmarks does what the mask allows, and all of it."""

import numpy as np
import pytest

from benchmarks import legal
from benchmarks.player import Player
from tests.envs.play import QUIET
from vienv.envs.cluster_env import ClusterEnv
from vienv.envs.vector_env import ClusterVectorEnv


def drawn(mask, times=4000, commits=0.0):
    state, actions = np.array([7], np.uint64), np.zeros(1, np.int64)
    found = []
    for _ in range(times):
        legal.draw(np.array([mask], np.int8), state, commits, actions)
        found.append(int(actions[0]))
    return np.bincount(found, minlength=len(mask)) / times


def test_every_legal_action_is_drawn_equally_often_and_no_other():
    mask = np.zeros(40, np.int8)
    mask[[0, 3, 17, 39]] = 1
    shares = drawn(mask)
    assert shares[mask == 0].sum() == 0.0
    assert shares[mask == 1] == pytest.approx(0.25, abs=0.035)  # five standard errors


def test_a_lone_legal_action_among_thousands_is_found():
    mask = np.zeros(5000, np.int8)
    mask[4321] = 1
    assert drawn(mask, times=50)[4321] == 1.0


def test_it_commits_as_often_as_it_is_told():
    shares = drawn(np.ones(10, np.int8), commits=0.9)
    assert shares[0] == pytest.approx(0.91, abs=0.03)


@pytest.mark.parametrize("make", [lambda: ClusterEnv(scenario=QUIET), lambda: ClusterVectorEnv(3, QUIET)])
def test_a_player_sees_ends_and_resets_and_is_never_refused(make):
    player = Player(make(), commits=0.5)
    censuses = []
    steps = player.play_episode(censuses)
    assert player.steps == steps > 0
    assert player.episodes >= player.num_envs
    assert 0 < player.commits < steps
    assert 0.0 < censuses[0]["hosts_on"] <= 3.0
    player.require_legal()


def test_a_refused_action_is_an_error_not_a_figure():
    player = Player(ClusterVectorEnv(1, QUIET))
    for pick in (1, 2):  # a second VM while one is picked
        player.env.step([pick])
    with pytest.raises(RuntimeError, match="1 actions were refused"):
        player.require_legal()
