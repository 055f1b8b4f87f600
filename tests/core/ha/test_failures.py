"""Hosts that die: when, by which tape, and what a death takes down."""

import math

import numpy as np
import pytest

from tests.clusters import cluster, settings
from tests.host_ticks import OUT_FOR_GOOD_S, metric, run, schedule_failure, wake_to_join_at
from vienv.core.enums import ConnectionState, Metric, PowerState
from vienv.core.state import NEVER


def test_death_takes_the_vms_memory_figures_and_demand():
    c = cluster(hosts=2, vms=2, incidents=1)
    fields = ("shared_mb", "ballooned_mb", "swapped_mb", "unserved_mb", "active_mb", "demand_mhz", "delivered_mhz")
    for field in fields:
        getattr(c.vms, field)[:] = 100.0
    schedule_failure(c, 0, 7.0, OUT_FOR_GOOD_S)
    run(c, 20.0)
    assert [tuple(getattr(c.vms, field)) for field in fields] == [(0.0, 100.0)] * len(fields)
    assert list(c.vms.up_s) == [7.0, 20.0]


def test_a_guest_that_boots_and_dies_in_one_tick_was_up_in_between():
    c = cluster(hosts=3, vms=1, incidents=2)
    schedule_failure(c, 0, 100.0, OUT_FOR_GOOD_S, 0)
    schedule_failure(c, 1, 212.0, OUT_FOR_GOOD_S, 1)  # its guest came up there at 205
    assert run(c, 600.0)[0] == 105.0 + 105.0


def test_a_host_dies_at_its_second_and_draws_standby_watts_from_then():
    c = cluster(hosts=2, vms=1, incidents=1)
    c.hosts.connection[0] = ConnectionState.IN_MAINTENANCE
    schedule_failure(c, 0, 107.0, 1000.0)
    run(c, 120.0)
    assert c.hosts.power_w[0] == (200.0 * 7.0 + 15.0 * 13.0) / 20.0
    assert c.hosts.power_state[0] == PowerState.FAILED
    assert c.hosts.connection[0] == ConnectionState.CONNECTED
    assert (c.hosts.state_since_s[0], c.hosts.repair_at_s[0], c.hosts.restores_at_s[0]) == (107.0, 1107.0, 122.0)


def test_a_host_that_dies_while_it_boots_never_came_on():
    c = cluster(hosts=2, vms=1, incidents=1)
    wake_to_join_at(c, 1, 110.0)
    schedule_failure(c, 1, 107.0, OUT_FOR_GOOD_S)
    run(c, 120.0)
    assert (c.hosts.boot_tick_s[1], c.hosts.on_s[1]) == (7.0, 0.0)


def test_a_host_that_dies_just_after_its_boot_was_on_in_between():
    c = cluster(hosts=2, vms=1, incidents=1)
    wake_to_join_at(c, 1, 110.0)
    schedule_failure(c, 1, 114.0, OUT_FOR_GOOD_S)
    run(c, 120.0)
    assert (c.hosts.boot_tick_s[1], c.hosts.on_s[1]) == (10.0, 4.0)


@pytest.mark.parametrize("state", [PowerState.STANDBY, PowerState.FAILED])
def test_a_failure_that_meets_a_host_without_power_is_skipped_for_good(state):
    c = cluster(hosts=2, vms=1, incidents=1)
    c.hosts.power_state[1] = state
    schedule_failure(c, 1, 107.0, 50.0)
    run(c, 200.0)
    c.hosts.power_state[1] = PowerState.ON
    run(c, 300.0)
    assert c.hosts.power_state[1] == PowerState.ON
    assert metric(c, Metric.HOST_FAILURES) == 0.0
    assert c.incidents.is_done[0] == 1


def test_a_failure_before_the_repaired_host_begins_to_boot_is_skipped():
    c = cluster(hosts=2, vms=1, incidents=1)
    c.hosts.power_state[1], c.hosts.repair_at_s[1] = PowerState.FAILED, 110.0
    schedule_failure(c, 1, 107.0, 50.0)
    run(c, 120.0)
    assert c.hosts.power_state[1] == PowerState.BOOTING


def test_of_two_failures_in_one_tick_the_first_counts():
    c = cluster(hosts=2, vms=1, incidents=2)
    schedule_failure(c, 1, 115.0, 500.0, 0)
    schedule_failure(c, 1, 110.0, 50.0, 1)
    run(c, 120.0)
    assert (c.hosts.state_since_s[1], c.hosts.repair_at_s[1]) == (110.0, 160.0)
    assert metric(c, Metric.HOST_FAILURES) == 1.0


def test_the_failure_tape_is_the_same_whatever_the_host_does():
    def tape_after_ten_days(power_state):
        c = cluster(hosts=8, vms=1)
        settings(c, ha_failure_scale_s=20_000.0)
        c.clock.tick_s[0] = 300.0
        c.hosts.power_state[:] = power_state
        c.hosts.next_failure_s[:] = 1000.0
        run(c, 864_000.0)
        return list(c.hosts.failures), list(c.hosts.next_failure_s), metric(c, Metric.HOST_FAILURES)

    on, standby = tape_after_ten_days(PowerState.ON), tape_after_ten_days(PowerState.STANDBY)
    assert on[:2] == standby[:2]
    assert on[2] > 0 == standby[2]
    assert min(on[0]) > 1


def test_times_between_failures_are_weibull_and_repairs_lognormal():
    c = cluster(hosts=4000, vms=1)
    settings(c, ha_failure_scale_s=864_000.0)
    c.hosts.next_failure_s[:] = 10.0
    run(c, 20.0)
    repair_s = c.hosts.repair_at_s - 10.0
    gap_s = c.hosts.next_failure_s - 10.0 - repair_s
    assert np.log(repair_s).mean() == pytest.approx(c.ha.repair_mu, abs=0.15)  # five standard errors
    assert np.log(repair_s).std() == pytest.approx(c.ha.repair_sigma, rel=0.1)
    assert gap_s.mean() == pytest.approx(864_000.0 * math.gamma(1.0 + 1.0 / 0.75), rel=0.12)
    assert np.median(gap_s) == pytest.approx(864_000.0 * math.log(2.0) ** (1.0 / 0.75), rel=0.12)


def test_without_a_scale_a_tape_ends_after_its_failure():
    c = cluster(hosts=2, vms=1)
    c.hosts.next_failure_s[0] = 10.0
    run(c, 20.0)
    assert c.hosts.next_failure_s[0] == NEVER
    assert c.hosts.power_state[0] == PowerState.FAILED
