"""Advantages: commits discount, commands do not, and an episode's end cuts both."""

import numpy as np
import pytest

from agents.rollouts import advantages

GAMMA, LAMBDA = 0.9, 0.5


def of(rewards, takes_time, values=None, is_last=None, last_value=0.0):
    """Advantages of one row."""
    rewards = np.array(rewards)[:, None]
    values = np.zeros_like(rewards) if values is None else np.array(values)[:, None]
    following = np.vstack([values[1:], [[last_value]]])
    ends = np.zeros(rewards.shape, bool) if is_last is None else np.array(is_last)[:, None]
    return advantages(rewards, values, following, ends, np.array(takes_time)[:, None], GAMMA, LAMBDA)[:, 0]


def test_commands_before_a_commit_earn_all_that_it_earns():
    assert of([0.0, 0.0, 1.0], [False, False, True]) == pytest.approx([1.0, 1.0, 1.0])


def test_a_commit_discounts_and_fades_what_comes_after_it():
    assert of([0.0, 1.0], [True, True]) == pytest.approx([GAMMA * LAMBDA, 1.0])


def test_the_value_after_the_last_step_is_discounted_only_by_a_commit():
    assert of([0.0], [True], last_value=2.0) == pytest.approx([2.0 * GAMMA])
    assert of([0.0], [False], last_value=2.0) == pytest.approx([2.0])


def test_nothing_flows_back_over_the_end_of_an_episode():
    gained = of([0.0, 5.0], [True, True], values=[1.0, 3.0], is_last=[True, False], last_value=0.0)
    assert gained == pytest.approx([-1.0, 2.0])


def test_a_right_critic_leaves_no_advantage_whatever_the_commands():
    takes_time = [True, False, False, True, True]
    rewards = [1.0, 0.0, 0.0, 2.0, 0.5]
    values = np.zeros(6)
    for step in reversed(range(5)):
        values[step] = rewards[step] + (GAMMA if takes_time[step] else 1.0) * values[step + 1]
    assert of(rewards, takes_time, values[:-1]) == pytest.approx([0.0] * 5)
