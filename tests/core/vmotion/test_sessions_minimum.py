"""From vSphere 6 on a vMotion starts only if all on its hosts' lines keep 250 Mbit/s; else it waits, and may fail."""

import pytest

from tests.managed import managed, refusal_of_migration
from tests.vmotions import GB, RATE, one, order, run_tick, run_until_idle
from vienv.core.enums import Metric, Refusal
from vienv.core.state import NEVER


def crowded(vms: int, minimum_mbps: float, limit: int = 4, **changes: object):
    """VMs of 1 GB on host 0 that all go to host 1 over Gigabit, so many at a time."""
    c = one(vms=vms, vmotion_session_mbps_minimum=minimum_mbps, **changes)
    c.hosts.vmotion_limit[:] = limit
    for v in range(vms):
        order(c, v, 1)
    return c


def test_four_vmotions_keep_250_mbit_each_on_gigabit():
    c = crowded(4, 250.0)
    run_tick(c)
    assert (c.migrations.started_at_s == 0.0).all()


def test_a_start_that_would_leave_less_waits_until_another_has_ended():
    c = crowded(3, 400.0)
    run_until_idle(c)
    assert c.migrations.started_at_s[:2].tolist() == [0.0, 0.0]
    assert c.migrations.started_at_s[2] == min(c.migrations.ended_at_s[:2])
    assert (c.vms.host == 1).all()
    assert c.waits.timed_out.sum() == 0


def test_what_has_waited_for_a_line_for_too_long_fails_at_that_second():
    c = crowded(3, 400.0, vmotion_queue_timeout_s=7.0)
    run_until_idle(c)
    assert c.migrations.failed_at_s[2] == 7.0
    assert c.vms.host.tolist() == [1, 1, 0]
    assert c.waits.timed_out.tolist() == [0, 0, 1]
    assert c.metrics.value[Metric.MIGRATIONS_FAILED] == 1.0


def test_what_waits_for_a_slot_waits_as_long_as_it_takes():
    c = crowded(3, 400.0, limit=1, vmotion_queue_timeout_s=5.0)
    run_until_idle(c)
    assert (c.vms.host == 1).all()
    assert max(c.migrations.ended_at_s) == pytest.approx(3 * 9.14, abs=0.05)


def test_the_wait_is_counted_from_when_the_line_alone_stood_against_it():
    c = crowded(3, 600.0, limit=2, vmotion_queue_timeout_s=8.0)
    c.vms.touched_mb[0] = c.vms.working_set_mb[0] = 4 * GB
    run_until_idle(c)
    assert c.migrations.failed_at_s[1:].tolist() == [8.0, 8.0]
    assert c.waits.timed_out.tolist() == [0, 1, 1]


def test_a_task_that_was_given_up_waits_anew_when_it_is_asked_again():
    c = crowded(2, 600.0, vmotion_queue_timeout_s=5.0)
    run_tick(c)
    assert c.migrations.failed_at_s[1] == 5.0
    order(c, 0, 0)  # back again, alone
    order(c, 1, 1)
    run_until_idle(c)
    assert c.migrations.failed_at_s[1] == 25.0
    assert c.waits.timed_out.tolist() == [0, 2]


def test_an_outage_puts_the_time_out_off_until_virtualcenter_is_back():
    c = crowded(2, 600.0, vmotion_queue_timeout_s=25.0)
    c.vms.touched_mb[0] = c.vms.working_set_mb[0] = 8 * GB
    run_tick(c)
    c.clock.vc_returns_at_s[0] = 50.0
    run_until_idle(c)
    assert c.migrations.failed_at_s[1] == 50.0


def test_a_line_on_which_even_one_vmotion_would_not_find_its_minimum_is_refused_with_that_reason():
    c = managed(vmotion_minimum_mbps=250.0, vmotion_session_mbps_minimum=250.0)
    c.hosts.vmkernel_mbps[1] = 100.0
    assert refusal_of_migration(c, 0, 1) == refusal_of_migration(c, 1, 0) == Refusal.LINK_TOO_SLOW
    c.hosts.vmkernel_mbps[1] = 0.0
    assert refusal_of_migration(c, 0, 1) == Refusal.NO_GIGABIT_VMKERNEL


def test_where_nothing_is_asked_no_wait_is_kept():
    c = crowded(4, 0.0)
    run_tick(c)
    assert (c.waits.since_s == NEVER).all()


@pytest.mark.parametrize(("most_mb_s", "vms"), [(50.0, 1), (50.0, 2), (200.0, 1)])
def test_one_vmotion_carries_no_more_than_a_session_may(most_mb_s: float, vms: int):
    c = one(vms=vms, vmotion_session_mb_s_most=most_mb_s)
    for v in range(vms):
        order(c, v, 1)
    run_tick(c)
    rate_mb_s = min(most_mb_s, RATE / vms)
    assert c.migrations.fair_mb_s[:vms].tolist() == pytest.approx([rate_mb_s] * vms, rel=1e-12)


def test_what_a_bounded_session_leaves_of_a_line_the_other_takes():
    c = one(vms=2, hosts=3, vmotion_session_mb_s_most=70.0, vmotion_minimum_mbps=100.0)
    c.hosts.vmkernel_mbps[2] = 250.0
    order(c, 0, 1)
    order(c, 1, 2)
    run_tick(c)
    assert c.migrations.fair_mb_s.tolist() == pytest.approx([70.0, 250.0 * 0.936 / 8.0], rel=1e-12)
