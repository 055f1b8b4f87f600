"""The reward is the documented sum of weights and terms, and a wrong weight is said in one line."""

import numpy as np
import pytest

from tests.envs.play import MIXED, QUIET, actions, clusters
from vienv.core import arena
from vienv.envs.reward import TERMS, bill_weights, checked_weights


@pytest.mark.parametrize("scenario", ["lab", MIXED])
def test_the_default_reward_is_one_less_the_bill_over_its_scale(scenario):
    env = clusters(1, scenario)
    env.reset(seed=4)
    prices = arena.prices_of(*env.rows(0))
    eur = bill_weights(prices, env.worlds.sizes.hosts, 300.0)
    draws = [np.random.default_rng(0)]
    for _ in range(120):
        action = actions(env, draws)
        _, rewards, _, _, infos = env.step(action)
        bill = sum(price * infos[name][0] for name, price in eur.items())
        expected = (1.0 if action[0] == 0 else 0.0) - bill / prices.interval_scale
        assert rewards[0] == pytest.approx(expected, rel=1e-12, abs=1e-12)
        assert np.isfinite(rewards[0])


def test_own_weights_replace_the_bill_without_a_constant():
    env = clusters(1, "lab", reward_weights={"energy_kwh": -2.0, "imbalance": -0.5})
    env.reset(seed=4)
    for _ in range(5):
        _, rewards, _, _, infos = env.step([0])
        assert rewards[0] == pytest.approx(-2.0 * infos["energy_kwh"][0] - 0.5 * infos["imbalance"][0], rel=1e-12)
        assert rewards[0] < 0.0


def test_an_unknown_weight_is_one_line_with_the_nearest_name():
    with pytest.raises(ValueError, match="'energy_kw' is not a term; did you mean 'energy_kwh'") as caught:
        clusters(1, "lab", reward_weights={"energy_kw": -1.0})
    assert "\n" not in str(caught.value)


def test_the_steps_terms_sum_to_the_episodes():
    env = clusters(1, MIXED)
    env.reset(seed=1)
    sums = dict.fromkeys(TERMS, 0.0)
    draws = [np.random.default_rng(1)]
    for _ in range(150):
        _, _, _, _, infos = env.step(actions(env, draws))
        for name in TERMS:
            sums[name] += float(infos[name][0])
    for name in TERMS:
        assert infos[f"episode_{name}"][0] == pytest.approx(sums[name], rel=1e-12), name
    assert sums["energy_kwh"] > 0.0
    assert sums["migrations"] > 0.0


def test_the_report_bills_what_the_rewards_took():
    env = clusters(1, "lab")
    env.reset(seed=9)
    total, draws = 0.0, [np.random.default_rng(2)]
    for _ in range(150):
        total += float(env.step(actions(env, draws))[1][0])
    report, prices = env.report()[0], arena.prices_of(*env.rows(0))
    assert report["bill"] == pytest.approx((report["intervals"] - total) * prices.interval_scale, rel=1e-9)


def test_licences_lower_every_intervals_reward_alike_and_stand_in_the_report():
    free, licensed = (clusters(1, QUIET | {"prices": {"vc_licence_eur_per_host_day": price}}) for price in (0.0, 48.0))
    for env in (free, licensed):
        env.reset(seed=0)
    scale = arena.prices_of(*free.rows(0)).interval_scale
    for _ in range(2):
        _, before, *_ = free.step([0])
        _, after, *_ = licensed.step([0])
        assert before[0] - after[0] == pytest.approx(48.0 * 3 * 300.0 / 86_400.0 / scale)
    assert licensed.report()[0]["bill"] - free.report()[0]["bill"] == pytest.approx(48.0 * 3 * 600.0 / 86_400.0)


@pytest.mark.parametrize("weight", [float("nan"), float("inf"), "1"])
def test_a_weight_that_is_no_finite_number_is_refused(weight):
    with pytest.raises(ValueError, match=r"reward_weights: migrations: .* is not a finite number"):
        checked_weights({"migrations": weight})
