"""Philox4x32-10 against the published known answers, and what makes a draw independent of anybody's deeds."""

import pytest

from vienv.core.random import Stream, normal, philox, uniform

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
