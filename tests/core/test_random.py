"""Philox4x32-10 against the published known answers, and what makes a draw independent of anybody's deeds."""

import math
from collections import Counter

import numpy as np
import pytest

from vienv.core.random import Stream, four_uniforms, gamma, integer, normal, philox, shuffle, uniform

ONES = 0xFFFFFFFF


@pytest.mark.parametrize(
    ("counter", "key", "words"),
    [
        ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((ONES, ONES, ONES, ONES), (ONES, ONES), (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
    ids=["zeros", "ones", "digits of pi"],
)
def test_philox_gives_the_known_answers_of_its_authors(counter, key, words):
    assert philox(*counter, *key) == words


def test_a_draw_depends_on_seed_stream_entity_and_tick():
    draws = {
        uniform(7, Stream.WAKE, 3, 11),
        uniform(8, Stream.WAKE, 3, 11),
        uniform(7, Stream.FAILURE, 3, 11),
        uniform(7, Stream.WAKE, 4, 11),
        uniform(7, Stream.WAKE, 3, 12),
        uniform(7 + 2**40, Stream.WAKE, 3, 11),
        uniform(7, Stream.WAKE, 3, 11 + 2**40),
    }
    assert len(draws) == 7


def test_the_same_key_gives_the_same_draw_whatever_was_drawn_between():
    first = uniform(7, Stream.REPAIR, 0, 0), normal(7, Stream.REPAIR, 0, 0)
    for tick in range(100):
        uniform(7, Stream.WAKE, 1, tick)
    assert (uniform(7, Stream.REPAIR, 0, 0), normal(7, Stream.REPAIR, 0, 0)) == first


def test_uniform_draws_stay_inside_0_and_1_with_the_mean_and_variance_of_a_uniform():
    draws = [uniform(seed, Stream.FAILURE, 1, tick) for seed in range(20) for tick in range(500)]
    mean = sum(draws) / len(draws)
    assert 0.0 < min(draws) < max(draws) < 1.0
    assert mean == pytest.approx(0.5, abs=0.012)  # four standard errors
    assert sum((u - mean) ** 2 for u in draws) / len(draws) == pytest.approx(1.0 / 12.0, abs=0.003)


def test_normal_draws_have_mean_0_and_variance_1():
    draws = [normal(seed, Stream.REPAIR, 1, tick) for seed in range(20) for tick in range(500)]
    mean = sum(draws) / len(draws)
    assert mean == pytest.approx(0.0, abs=0.04)
    assert sum((z - mean) ** 2 for z in draws) / len(draws) == pytest.approx(1.0, abs=0.06)


def test_an_integer_takes_every_value_below_its_bound_equally_often():
    found = np.bincount([integer(7, Stream.WAKE, 0, tick, 5) for tick in range(5000)])
    assert found == pytest.approx(np.full(5, 1000), abs=113)  # four standard errors


def test_a_shuffle_is_a_permutation_and_all_are_equally_likely():
    counts = Counter()
    for seed in range(1200):
        deck = np.full(4, -9)
        shuffle(deck, 3, seed, Stream.WAKE, 0)
        assert sorted(deck[:3]) == [0, 1, 2]
        assert deck[3] == -9
        counts[tuple(deck[:3].tolist())] += 1
    assert len(counts) == 6
    assert all(abs(count - 200) <= 52 for count in counts.values())  # four standard errors


@pytest.mark.parametrize("shape", [1.0, 1.75, 7.0 / 3.0])
def test_a_gamma_has_the_mean_and_the_variance_of_its_shape(shape: float):
    numbers = np.array([gamma(seed, Stream.REPAIR, 0, shape) for seed in range(4000)])
    assert numbers.mean() == pytest.approx(shape, abs=4.0 * math.sqrt(shape / 4000))
    assert numbers.var() == pytest.approx(shape, abs=4.0 * math.sqrt((2.0 + 6.0 / shape) / 4000) * shape)


def test_four_uniforms_at_once_are_uniform_and_differ():
    numbers = np.array([four_uniforms(7, Stream.WAKE, 0, tick) for tick in range(3000)])
    assert numbers.mean(axis=0) == pytest.approx(np.full(4, 0.5), abs=0.022)
    assert np.corrcoef(numbers.T) == pytest.approx(np.eye(4), abs=0.075)
