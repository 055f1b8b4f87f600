import numpy as np
import pytest

from vienv.core.shares import share_out


def divide(capacity, *claimants):
    """Divide among (floor, cap, weight) triples."""
    floor, cap, weight = (np.array(column, float) for column in zip(*claimants, strict=True))
    granted = np.zeros(len(claimants))
    share_out(granted, floor, cap, weight, len(claimants), capacity)
    return granted


def test_everyone_gets_its_claim_when_nobody_is_short():
    assert divide(100.0, (0, 30, 1), (0, 70, 9)).tolist() == [30.0, 70.0]


def test_capacity_is_divided_in_the_ratio_of_shares_when_no_bound_binds():
    assert divide(90.0, (0, 100, 1000), (0, 100, 2000)) == pytest.approx([30.0, 60.0])


def test_the_floor_comes_first_and_the_rest_goes_by_shares():
    assert divide(90.0, (60, 100, 1000), (0, 100, 2000)) == pytest.approx([70.0, 20.0])


def test_a_floor_above_what_is_wanted_is_not_filled():
    assert divide(90.0, (60, 10, 1000), (0, 100, 1000)) == pytest.approx([10.0, 80.0])


def test_what_a_capped_claimant_leaves_is_handed_out_again():
    assert divide(90.0, (0, 10, 1000), (0, 100, 1000), (0, 100, 3000)) == pytest.approx([10.0, 20.0, 60.0])


def test_redistribution_goes_on_when_it_satisfies_others_in_turn():
    claimants = [(0, 10, 1), (0, 22, 1), (0, 31, 1), (0, 90, 1)]
    assert divide(100.0, *claimants) == pytest.approx([10.0, 22.0, 31.0, 37.0])


def test_floors_beyond_the_capacity_are_scaled_down_alike():
    assert divide(50.0, (60, 100, 1), (40, 100, 9)) == pytest.approx([30.0, 20.0])


def test_no_capacity_gives_nothing():
    assert divide(0.0, (0, 10, 1), (0, 20, 1)).tolist() == [0.0, 0.0]


def test_rows_beyond_n_are_left_alone():
    granted = np.full(3, 7.0)
    share_out(granted, np.zeros(3), np.full(3, 10.0), np.ones(3), 2, 10.0)
    assert granted.tolist() == [5.0, 5.0, 7.0]


@pytest.mark.parametrize("power", [-20, -1, 3, 40])
def test_scaling_by_a_power_of_two_is_exact(power):
    claimants = np.array([(0.1, 10.7, 333), (3.3, 22.9, 1000), (0, 31.1, 777), (7.7, 91.3, 2000)])
    scaled = claimants * [2.0**power, 2.0**power, 1.0]
    assert (divide(77.7 * 2.0**power, *scaled) == divide(77.7, *claimants) * 2.0**power).all()
