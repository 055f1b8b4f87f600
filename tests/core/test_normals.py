"""Normal numbers by the hundred: true to the library's functions, to their distribution, and to their key."""

import math

import numpy as np
import pytest

from vienv.core.normals import NUMBERS, Normals, circle, draw, logarithm
from vienv.core.random import Stream

WORDS = [0, 1, 2, 77, 2**16, 2**29 + 5, 2**31 - 1, 2**31, 3 * 2**30, 2**32 - 2, 2**32 - 1]


def drawn(entities: int, seed: int = 7, stream: int = Stream.REPAIR, tick: int = 0) -> np.ndarray:
    """Numbers (NUMBERS, entities)."""
    rows = NUMBERS * entities
    normals = Normals(np.full(rows, np.nan), np.zeros(rows, np.int64))
    draw(normals, entities, seed, stream, tick)
    return normals.number.reshape(NUMBERS, entities)


@pytest.mark.parametrize("word", WORDS)
def test_logarithm_sine_and_cosine_are_the_library_s_to_ten_digits(word):
    part = (word + 0.5) / 2**32
    assert logarithm(word) == pytest.approx(math.log(part), rel=1e-10 if word else 1e-5)
    angle = 2.0 * math.pi * part - math.pi
    assert circle(word) == pytest.approx((math.sin(angle), math.cos(angle)), abs=2e-10)


def test_an_entity_s_numbers_do_not_depend_on_how_many_entities_there_are():
    assert (drawn(5) == drawn(9)[:, :5]).all()


def test_another_seed_stream_or_tick_gives_other_numbers():
    first = drawn(4)
    for other in (drawn(4, seed=8), drawn(4, stream=Stream.FAILURE), drawn(4, tick=1), drawn(4, tick=2**40)):
        assert not (other == first).any()


def test_numbers_are_normal_and_the_four_of_an_entity_are_not_correlated():
    """Four standard errors of 20,000 numbers each."""
    numbers = np.concatenate([drawn(500, seed=seed) for seed in range(10)], axis=1)
    count = numbers.shape[1]
    assert numbers.mean(axis=1) == pytest.approx(np.zeros(NUMBERS), abs=4.0 / math.sqrt(count))
    assert np.cov(numbers) == pytest.approx(np.eye(NUMBERS), abs=4.0 * math.sqrt(2.0 / count))
    assert (numbers**4).mean() == pytest.approx(3.0, abs=4.0 * math.sqrt(96.0 / numbers.size))
    for edge in (-2.0, -1.0, 0.0, 1.0, 2.0):
        below = 0.5 * (1.0 + math.erf(edge / math.sqrt(2.0)))
        assert (numbers < edge).mean() == pytest.approx(below, abs=2.0 / math.sqrt(numbers.size))
