import math

import numpy as np
import pytest

from vienv.contest import statistics
from vienv.contest.statistics import draw_worlds


def test_interval_of_a_mean_agrees_with_the_closed_form_of_a_large_sample():
    values = np.random.default_rng(3).normal(10.0, 2.0, (1, 400))
    low_expected = values.mean() - 1.96 * values.std() / math.sqrt(400)
    high_expected = values.mean() + 1.96 * values.std() / math.sqrt(400)
    figure = statistics.mean(values, draw_worlds(400, (1,)))
    assert figure.mean == pytest.approx(values.mean())
    assert figure.low == pytest.approx(low_expected, abs=0.01)
    assert figure.high == pytest.approx(high_expected, abs=0.01)


def test_interval_of_two_worlds_is_known_exactly():
    # Drawn twice from {0, 1}: mean 0 and mean 1 each with probability 1/4, so both ends lie on the extremes
    figure = statistics.mean(np.array([[0.0, 1.0]]), draw_worlds(2, (1,)))
    assert figure == (0.5, 0.0, 1.0)


def test_interval_agrees_with_scipy():
    bootstrap = pytest.importorskip("scipy.stats").bootstrap
    values = np.random.default_rng(5).lognormal(1.0, 0.8, (1, 32))
    theirs = bootstrap((values[0],), np.mean, n_resamples=10_000, method="percentile", rng=1).confidence_interval
    ours = statistics.mean(values, draw_worlds(32, (2,)))
    assert ours.low == pytest.approx(theirs.low, rel=0.03)
    assert ours.high == pytest.approx(theirs.high, rel=0.03)


def test_pairing_over_worlds_removes_what_a_hard_world_does_to_everybody():
    world = np.random.default_rng(7).lognormal(0.0, 1.0, (1, 32))
    index = statistics.ratio(0.8 * world, world, draw_worlds(32, (3,)))
    assert index == pytest.approx((80.0, 80.0, 80.0))


def test_index_is_a_ratio_of_totals_and_not_a_mean_of_ratios():
    index = statistics.ratio(np.array([[1.0, 30.0]]), np.array([[2.0, 10.0]]), draw_worlds(2, (4,)))
    assert index.mean == pytest.approx(100.0 * 31.0 / 12.0)


def test_nothing_unserved_of_no_demand_is_zero_percent():
    nothing = np.zeros((1, 4))
    assert statistics.ratio(nothing, nothing, draw_worlds(4, (5,))) == (0.0, 0.0, 0.0)


def test_training_seeds_that_disagree_widen_the_interval():
    draws = draw_worlds(16, (6,))
    one = statistics.mean(np.full((1, 16), 5.0), draws)
    three = statistics.mean(np.repeat([[1.0], [5.0], [9.0]], 16, axis=1), draws)
    assert one == (5.0, 5.0, 5.0)
    assert three.mean == 5.0
    assert three.low < 3.0
    assert three.high > 7.0


def test_draws_repeat_for_a_key_and_differ_between_keys():
    assert np.array_equal(draw_worlds(8, (1, 2)).worlds, draw_worlds(8, (1, 2)).worlds)
    assert not np.array_equal(draw_worlds(8, (1, 2)).worlds, draw_worlds(8, (1, 3)).worlds)
    assert (draw_worlds(8, (1, 2)).worlds.sum(axis=1) == 8).all()


def test_p_value_is_one_for_twins_and_small_for_a_clear_difference():
    assert statistics.p_value(np.zeros(1000), 8) == 1.0
    assert statistics.p_value(np.full(9999, -1.0), 8) == pytest.approx(2.0 / 10_000)


def test_five_worlds_are_too_few_to_tell_anything_apart():
    assert statistics.p_value(np.full(9999, -1.0), 5) == 1.0


def test_holm_gives_the_textbook_values():
    assert statistics.holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert statistics.holm([0.5, 0.9]) == [1.0, 1.0]
    assert statistics.holm([]) == []


def test_percentile_interval_covers_the_truth_about_as_often_as_it_says():
    generator, hits, trials = np.random.default_rng(11), 0, 300
    for trial in range(trials):
        figure = statistics.mean(generator.normal(0.0, 1.0, (1, 30)), draw_worlds(30, (8, trial), resamples=2000))
        hits += figure.low <= 0.0 <= figure.high
    assert 0.88 <= hits / trials <= 0.985
