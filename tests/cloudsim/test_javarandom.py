"""java.util.Random's sequences, against a JVM's."""

import warnings

import numpy as np
import pytest

from vienv.cloudsim.javarandom import next_bits, next_int, seeded

BELOW = (1, 2, 7, 16, 1000, 2**30 + 1, 2**31 - 1, 2**30)
BY_SEED = {  # new Random(seed), four of nextInt(below) for each of BELOW in turn
    0: "0 0 0 0 1 0 1 0 6 2 1 2 6 9 15 15 84 875 241 320 590459143 672024888 276804524 790221947 "
    "314824652 1514351260 49903503 2977882 587057346 9905111 1035609872 604462622",
    -1: "0 0 0 0 1 1 0 0 3 6 5 5 0 1 1 11 69 972 686 655 754206257 975495143 720466900 499582545 "
    "6265644 378035946 325038220 1742348424 745346366 256327019 113279089 116271950",
    2**47: "0 0 0 0 0 1 0 1 5 1 2 3 14 1 7 7 260 699 417 144 440609436 100372868 997477921 135183421 "
    "1298133861 1616804211 268749778 1687717686 977959974 552898738 296688057 511850405",
    123456789012345: "0 0 0 0 1 1 0 1 3 4 5 6 11 1 4 10 67 28 227 592 208661575 993454809 661249147 370477417 "
    "246382167 1824280572 1265088669 214121746 600575836 458150762 735506896 1009047950",
}


def drawn(seed: int, below: list[int]) -> list[int]:
    state, values = seeded(seed), []
    for bound in below:
        state, value = next_int(state, bound)
        values.append(value)
    return values


@pytest.mark.parametrize("seed", BY_SEED)
def test_whole_numbers_are_those_of_java_for_powers_of_two_small_bounds_and_bounds_that_reject_half(seed):
    assert drawn(seed, np.repeat(BELOW, 4).tolist()) == [int(word) for word in BY_SEED[seed].split()]


def test_a_round_that_ends_with_the_last_word_of_31_bits_is_rejected_as_java_s_overflow_does():
    """715827883 goes into 2**31 + 1 exactly: three rounds end one word beyond the last."""
    expected = [516548029, 586288564, 653015632, 663681053, 466226608, 251269761]
    assert drawn(0, [715827883] * 6) == expected


def test_random_42_begins_as_everybody_knows_it():
    assert drawn(42, [10] * 10) == [0, 3, 8, 4, 0, 5, 5, 8, 9, 3]


def test_32_bits_read_as_signed_are_java_s_next_int():
    state, words = seeded(42), []
    for _ in range(4):
        state, word = next_bits(state, 32)
        words.append(word - 2**32 if word >= 2**31 else word)
    assert words == [-1170105035, 234785527, -1360544799, 205897768]


def test_seeds_that_differ_beyond_48_bits_are_one_seed():
    assert seeded(5) == seeded(5 + 2**48) == seeded(5 - 2**63)


def test_numpys_own_integers_give_the_same_and_warn_of_no_overflow():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        state, value = next_int(np.int64(seeded(np.int64(42))), np.int64(10))
        state, value = next_int(np.int64(state), np.int64(2**31 - 1))
    assert value == drawn(42, [10, 2**31 - 1])[1]
