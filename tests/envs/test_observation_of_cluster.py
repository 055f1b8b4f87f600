"""What each column of the cluster and of its recommendations shows, by name; and what no column shows."""

import math

import numpy as np
import pytest

from tests.envs.shown import C, R, Shown
from tests.managed import advance, arrive, managed, migrate, order_standby, run, schedule, wake
from vienv.core.enums import NO_HOST, IncidentKind, PowerState, Term, VmState

# The cluster


@pytest.mark.parametrize(("hours", "day", "week"), [(0.0, 0.0, 0.0), (6.0, 0.25, 0.25 / 7.0), (84.0, 0.5, 0.5)])
def test_the_hands_of_the_clock_turn_once_a_day_and_once_a_week(hours, day, week):
    c = managed()
    c.clock.week_starts_s[0], c.clock.now_s[0] = 3600.0, (hours - 1.0) * 3600.0 if hours else 167.0 * 3600.0
    angles = [2.0 * math.pi * day, 2.0 * math.pi * week]
    hands = [f(angle) for angle in angles for f in (math.sin, math.cos)]
    assert hands == Shown(c).of_cluster(C.DAY_SIN, C.DAY_COS, C.WEEK_SIN, C.WEEK_COS)


def test_the_published_tariff_shows_now_and_one_two_three_and_six_hours_ahead():
    c = managed()
    c.tariff.eur_per_kwh[:], c.clock.now_s[0] = 0.01 * np.arange(48), 2.5 * 3600.0
    columns = (C.TARIFF_NOW, C.TARIFF_1H, C.TARIFF_2H, C.TARIFF_3H, C.TARIFF_6H)
    assert [0.05 * hour for hour in (2, 3, 4, 5, 8)] == Shown(c).of_cluster(*columns)
    c.clock.now_s[0] = 46.5 * 3600.0
    assert [0.05 * hour for hour in (46, 47, 47, 47, 47)] == Shown(c).of_cluster(*columns)


def test_the_cluster_s_load_and_imbalance_are_over_the_hosts_that_are_on():
    c = managed(hosts=4, vms=3, on=[0, 0, 1], mhz=[3000.0, 1000.0, 2000.0])
    c.hosts.power_state[2:] = [PowerState.STANDBY, PowerState.BOOTING]
    c.vm_statistics.demand_60min_mhz[:], c.ledger.last[Term.IMBALANCE] = 500.0, 0.123
    memory = float(c.vm_statistics.memory_demand_mb.sum() / c.hosts.memory_capacity_mb[:2].sum())
    columns = (
        C.IMBALANCE, C.IMBALANCE_PLANNED, C.MEAN_LOAD_5, C.MEAN_LOAD_60, C.MEMORY_LOAD, C.HOSTS_ON, C.HOSTS_COMING,
        C.ROOT_HOSTS,
    )  # fmt: skip
    expected = [0.123, 0.1, 0.3, 0.075, memory, 0.5, 0.25, 1.0 / math.sqrt(2.0)]
    assert expected == Shown(c).of_cluster(*columns)


def test_failover_slack_counts_hosts_that_may_still_leave():
    assert Shown(managed(hosts=4)).of_cluster(C.FAILOVER_SLACK) == [3.0 / 4.0]
    assert Shown(managed(hosts=4, power_minimum_hosts_on=2)).of_cluster(C.FAILOVER_SLACK) == [2.0 / 4.0]


def test_with_no_host_on_everything_is_still_a_number():
    c = managed()
    c.hosts.power_state[:] = PowerState.FAILED
    assert np.isfinite(Shown(c).all()).all()


# Recommendations


def test_a_recommendation_s_row_shows_both_loads_before_and_after():
    c = managed(vms=2, on=[0, 0], mhz=[3000.0, 1000.0])
    c.vm_statistics.memory_demand_mb[0] = c.hosts.memory_capacity_mb[1] / 10.0
    row = Shown(c).recommendations[0]
    columns = (
        R.VALID, R.MANDATORY, R.PLACEMENT, R.GAIN, R.DEMAND_5, R.SOURCE_LOAD, R.SOURCE_LOAD_AFTER, R.DESTINATION_LOAD,
        R.DESTINATION_LOAD_AFTER, R.DESTINATION_MEMORY_AFTER,
    )  # fmt: skip
    assert row[list(columns)] == pytest.approx([1.0, 0.0, 0.0, 0.1, 0.3, 0.4, 0.1, 0.0, 0.3, 0.1], abs=1e-6)


def test_a_placement_s_row_has_no_source_and_an_empty_row_is_zero():
    c = managed(vms=2)
    arrive(c, 1)
    rows = Shown(c).recommendations
    assert rows[0, [R.VALID, R.MANDATORY, R.PLACEMENT, R.SOURCE_LOAD, R.SOURCE_LOAD_AFTER]].tolist() == [1, 1, 1, 0, 0]
    assert not rows[1:].any()


# What is not shown


@pytest.mark.parametrize("repair_s", [600.0, 90_000.0])
def test_a_repair_s_end_shows_nowhere(repair_s):
    c = managed(vms=2, on=[0, 0], incidents=1)
    schedule(c, IncidentKind.HOST_FAILURE, 100.0, repair_s, host=1)
    run(c, 300.0)
    reference = managed(vms=2, on=[0, 0], incidents=1)
    schedule(reference, IncidentKind.HOST_FAILURE, 100.0, 5_000.0, host=1)
    run(reference, 300.0)
    assert c.hosts.repair_at_s[1] != reference.hosts.repair_at_s[1]
    assert np.array_equal(Shown(c).all(), Shown(reference).all())


def test_failures_arrivals_and_demand_to_come_show_nowhere():
    c = managed(vms=3)
    c.vms.state[2], c.vms.host[2], c.vms.arrives_at_s[2] = VmState.NOT_ARRIVED, NO_HOST, 5_000.0
    before = Shown(c).all()
    c.hosts.next_failure_s[:], c.vms.arrives_at_s[2], c.workload.demand[:] = 700.0, 900.0, 0.77
    assert np.array_equal(Shown(c).all(), before)


def test_whether_a_wake_will_be_answered_shows_nowhere():
    shown = []
    for probability in (0.0, 1.0):
        c = managed(on=[0, 0], power_wake_failure_probability=probability)
        c.hosts.power_state[1] = PowerState.STANDBY
        wake(c, 1)
        shown.append(Shown(c).all())
    assert np.array_equal(*shown)


def test_values_are_of_order_one_through_a_busy_interval():
    c = managed(hosts=3, vms=6, on=[0, 0, 0, 1, 1, 2], mhz=2000.0)
    migrate(c, 0, 2)
    order_standby(c, 1)
    advance(c)
    values = Shown(c).all()
    assert np.isfinite(values).all()
    assert np.abs(values).max() <= 10.0
