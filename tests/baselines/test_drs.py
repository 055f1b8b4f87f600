import math

import pytest

from tests.baselines.observations import batch, cluster, recommend
from vienv.baselines import drs, make
from vienv.baselines.drs import DrsSettings, choose, net_benefit, priority, target_imbalance
from vienv.core.columns import ClusterColumn

COEFFICIENT = DrsSettings().target_coefficient
TARGETS = {  # hosts: targets of thresholds 2, 3, 4
    2: (0.212, 0.141, 0.071),
    3: (0.173, 0.115, 0.058),
    4: (0.150, 0.100, 0.050),
    8: (0.106, 0.071, 0.035),
    16: (0.075, 0.050, 0.025),
    32: (0.053, 0.035, 0.018),
}


def unbalanced(imbalance=0.2, hosts=4):
    c = cluster([[0.5]] * hosts)
    c.cluster[ClusterColumn.IMBALANCE_PLANNED] = imbalance
    return c


def drs_of(c, threshold=3, **changes):
    settings = drs.of_threshold(threshold)._replace(**changes)
    return choose(c.cluster, c.recommendations, c.mask, settings)


@pytest.mark.parametrize("hosts", TARGETS)
def test_target_imbalance_by_cluster_size_is_kb_1007485s(hosts):
    root = 1.0 / math.sqrt(hosts)
    targets = [target_imbalance(t, root, COEFFICIENT) for t in (2, 3, 4)]
    assert targets == pytest.approx(TARGETS[hosts], abs=6e-4)
    assert target_imbalance(5, root, COEFFICIENT) == 0.0
    assert target_imbalance(1, root, COEFFICIENT) == math.inf


@pytest.mark.parametrize(("imbalance", "expected"), [(0.282, 2), (0.05, 5), (0.08, 4), (0.2, 3), (0.9, 2), (0.0, 5)])
def test_priority_of_a_move_between_two_hosts(imbalance, expected):
    assert priority(imbalance, 2, COEFFICIENT) == expected


@pytest.mark.parametrize("threshold", [2, 3, 4])
@pytest.mark.parametrize("hosts", TARGETS)
def test_a_move_has_priority_within_the_threshold_exactly_above_the_target(hosts, threshold):
    target = target_imbalance(threshold, 1.0 / math.sqrt(hosts), COEFFICIENT)
    assert priority(target * 1.01, hosts, COEFFICIENT) <= threshold < priority(target * 0.99, hosts, COEFFICIENT)


def test_threshold_1_never_balances_however_overloaded_a_host_is():
    c = unbalanced(0.9)
    recommend(c, 0, gain=0.4, overload_gain=0.5, source_load=1.6)
    assert drs_of(c, 1) == 0


@pytest.mark.parametrize("threshold", range(1, 6))
def test_hard_fixes_come_first_at_every_threshold(threshold):
    c = unbalanced(0.0)
    recommend(c, 0)
    recommend(c, 1, mandatory=1.0, gain=-0.1)
    assert drs_of(c, threshold) == 2


def test_drs_stops_at_the_target():
    c = unbalanced(0.11)
    recommend(c, 0)
    assert drs_of(c, 3) == 1
    recommend(c, 0, cluster_imbalance=0.09)
    assert drs_of(c, 3) == 0
    assert drs_of(c, 4) == 1


def test_a_move_that_hardly_gains_is_not_worth_it():
    c = unbalanced()
    recommend(c, 0, gain=0.004)
    assert drs_of(c, minimum_gain=0.02) == 0
    assert drs_of(c, minimum_gain=0.01) == 1


def test_the_first_row_that_passes_is_taken_when_the_best_does_not():
    c = unbalanced()
    recommend(c, 0, gain=0.08, destination_load_after=1.0)
    recommend(c, 1, gain=0.05)
    assert drs_of(c) == 2


def test_a_row_that_the_mask_forbids_is_not_taken():
    c = unbalanced()
    recommend(c, 0)
    c.mask[1] = 0
    assert drs_of(c) == 0


@pytest.mark.parametrize("full", ["destination_load_after", "destination_memory_after"])
def test_no_destination_is_filled_for_balance(full):
    c = unbalanced()
    recommend(c, 0, source_load=1.5, **{full: 1.0})
    assert drs_of(c) == 0


def test_load_comes_off_an_overloaded_host_though_the_cluster_is_balanced():
    c = unbalanced(0.01)
    recommend(c, 0, gain=0.001, overload_gain=0.05, source_load=1.05)
    assert drs_of(c, 3) == 1


def test_a_long_copy_of_a_small_demand_does_not_pay_unless_the_gain_is_strongly_positive():
    c = unbalanced()
    recommend(c, 0, demand_5=0.01, demand_60=0.01, migration_time=1.0)
    assert drs_of(c, strong_gain=1.0) == 0
    assert drs_of(c, strong_gain=0.2) == 1


@pytest.mark.parametrize(
    "worse",
    [{"dirty": 0.8}, {"migration_time": 0.3}, {"demand_60": 0.02}, {"deviation_60": 0.1}, {"destination_load": 0.5}],
)
def test_benefit_falls_with_dirty_rate_copy_time_fickle_demand_and_a_full_destination(worse):
    c = unbalanced()
    recommend(c, 0)
    before = net_benefit(c.recommendations, 0, DrsSettings())
    recommend(c, 0, **worse)
    assert net_benefit(c.recommendations, 0, DrsSettings()) < before


def test_drs_1_equals_static_where_only_arrivals_ask_for_moves():
    arrival, overload, quiet = unbalanced(), unbalanced(), unbalanced(0.0)
    recommend(arrival, 0, mandatory=1.0, placement=1.0, gain=-0.05, source_load=0.0)
    recommend(arrival, 1)
    recommend(overload, 0, overload_gain=0.3, source_load=1.3)
    seen = batch(arrival, overload, quiet)
    actions = [make(name).act(*seen).tolist() for name in ("static", "drs-1")]
    assert actions == [[1, 0, 0], [1, 0, 0]]


# Where DRS ranks by score


def scored(imbalance=0.0, hosts=4):
    c = unbalanced(imbalance, hosts)
    c.cluster[ClusterColumn.SCORE] = 0.97
    return c


def test_where_scores_rank_a_balanced_cluster_is_improved_all_the_same():
    c = scored(imbalance=0.0)
    recommend(c, 0, gain=0.01)
    assert drs_of(c, 3) == 1
    c.cluster[ClusterColumn.SCORE] = 0.0
    assert drs_of(c, 3) == 0


@pytest.mark.parametrize(("threshold", "least"), [(2, 0.008), (3, 0.006), (4, 0.004), (5, 0.002)])
def test_the_least_rise_of_the_score_falls_with_the_threshold(threshold, least):
    c = scored()
    recommend(c, 0, gain=1.01 * least / 4)
    assert drs_of(c, threshold) == 1
    recommend(c, 0, gain=0.99 * least / 4)
    assert drs_of(c, threshold) == 0


def test_threshold_1_moves_nothing_for_a_score():
    c = scored()
    recommend(c, 0, gain=0.3)
    assert drs_of(c, 1, relief_load=1.0) == 0


def test_a_rise_of_the_score_that_costs_more_than_it_brings_is_left():
    c = scored()
    recommend(c, 0, gain=0.01, demand_5=0.01, demand_60=0.01, migration_time=1.0)
    assert drs_of(c, 3) == 0


# Rules on where a VM should run


@pytest.mark.parametrize("threshold", [1, 3, 5])
def test_a_rule_on_where_a_vm_should_run_is_mended_after_hard_fixes_and_before_balance(threshold):
    c = unbalanced(imbalance=0.5)
    recommend(c, 0, mends_should=1.0, gain=-0.1)
    recommend(c, 1, gain=0.4)
    assert drs_of(c, threshold) == 1
    recommend(c, 0, mandatory=1.0, gain=-0.2)
    recommend(c, 1, mends_should=1.0, gain=-0.1)
    assert drs_of(c, threshold) == 1


@pytest.mark.parametrize(
    "reason", [{"destination_load_after": 1.0}, {"destination_memory_after": 1.0}, {"dirty": drs.DIVERGES}]
)
def test_it_is_not_mended_where_that_would_fill_a_host_or_never_end(reason):
    c = unbalanced(imbalance=0.0)
    recommend(c, 0, **({"mends_should": 1.0, "gain": -0.1} | reason))
    assert drs_of(c) == 0
    recommend(c, 0, mends_should=1.0, gain=-0.1)
    assert drs_of(c) == 1
