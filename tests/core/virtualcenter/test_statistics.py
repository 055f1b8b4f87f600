"""VirtualCenter's rolling statistics on one or two hosts; windows are 1, 8 and 12 intervals of 300 s."""

import math

import pytest

from tests.managed import advance, look, managed, migrate
from vienv.core.enums import HISTORY_INTERVALS, NO_HOST, VmState
from vienv.core.virtualcenter import statistics

TICKS = 15


def interval(c, *mhz, unserved=0.0):
    """One interval in which VM 0 wants `mhz`, one number a tick (or one for all); then the windows are rolled."""
    for k in range(TICKS):
        c.vms.demand_mhz[0] = mhz[k % len(mhz)]
        c.vms.delivered_mhz[0] = c.vms.demand_mhz[0] - unserved
        statistics.collect(c.vm_statistics, c.host_statistics, c.vms, c.hosts, c.clock)
        c.clock.tick[0] += 1
    close(c)


def close(c):
    statistics.close_interval(c.vm_statistics, c.vm_history, c.host_statistics, c.vms, c.clock, c.virtual_center)
    c.clock.interval[0] += 1


def one():
    return managed(hosts=1, vms=1, mhz=0.0)


def test_the_5_minute_demand_is_the_mean_of_the_last_interval_s_ticks():
    c = one()
    interval(c, 100.0, 200.0, 600.0)
    assert c.vm_statistics.demand_5min_mhz[0] == pytest.approx(300.0)
    interval(c, 50.0)
    assert c.vm_statistics.demand_5min_mhz[0] == pytest.approx(50.0)


def test_the_40_and_60_minute_windows_hold_8_and_12_intervals_and_no_more():
    c = one()
    for k in range(1, 21):
        interval(c, 10.0 * k)
    assert c.vm_statistics.demand_40min_mhz[0] == pytest.approx(10.0 * sum(range(13, 21)) / 8)
    assert c.vm_statistics.demand_60min_mhz[0] == pytest.approx(10.0 * sum(range(9, 21)) / 12)


def test_deviations_are_of_all_ticks_in_the_window_not_of_interval_means():
    c = one()
    for k in range(HISTORY_INTERVALS):
        interval(c, 100.0, 200.0, 300.0) if k % 2 else interval(c, 500.0)
    within = 20_000.0 / 3.0  # variance of 100, 200, 300
    assert c.vm_statistics.deviation_5min_mhz[0] == pytest.approx(math.sqrt(within))
    wide = math.sqrt(within / 2.0 + 150.0**2)
    assert c.vm_statistics.deviation_40min_mhz[0] == pytest.approx(wide)
    assert c.vm_statistics.deviation_60min_mhz[0] == pytest.approx(wide)


def test_the_peak_is_the_largest_interval_mean_of_the_hour():
    c = one()
    interval(c, 0.0, 0.0, 900.0)
    assert c.vm_statistics.peak_60min_mhz[0] == pytest.approx(300.0)
    for _ in range(HISTORY_INTERVALS - 1):
        interval(c, 10.0)
    assert c.vm_statistics.peak_60min_mhz[0] == pytest.approx(300.0)
    interval(c, 10.0)
    assert c.vm_statistics.peak_60min_mhz[0] == pytest.approx(10.0)


def test_unserved_cpu_is_the_mean_of_what_the_vm_and_its_host_were_short_of():
    c = one()
    interval(c, 500.0, unserved=40.0)
    assert c.vm_statistics.unserved_5min_mhz[0] == pytest.approx(40.0)
    assert c.host_statistics.unserved_5min_mhz[0] == pytest.approx(40.0)
    interval(c, 500.0)
    assert c.host_statistics.unserved_5min_mhz[0] == 0.0


def test_a_host_s_utilisation_is_what_it_delivered_and_what_vmotions_took():
    c = one()
    c.hosts.delivered_mhz[0], c.hosts.vmotion_mhz[0] = 2000.0, 500.0
    interval(c, 0.0)
    assert c.host_statistics.utilisation_5min[0] == pytest.approx(0.25)


def test_a_vm_that_did_not_run_keeps_its_last_figures():
    c = one()
    c.vms.active_mb[0] = 300.0
    interval(c, 100.0, 200.0, 300.0, unserved=50.0)
    s = c.vm_statistics
    before = s.demand_5min_mhz[0], s.deviation_5min_mhz[0], s.memory_demand_mb[0]
    c.vms.state[0], c.vms.active_mb[0] = VmState.DOWN, 0.0
    for _ in range(HISTORY_INTERVALS):
        interval(c, 0.0)
    assert (s.demand_5min_mhz[0], s.deviation_5min_mhz[0], s.memory_demand_mb[0]) == pytest.approx(before)
    assert s.demand_60min_mhz[0] == pytest.approx(200.0)
    assert s.unserved_5min_mhz[0] == 0.0


def test_a_vm_that_ran_for_part_of_an_interval_is_averaged_over_that_part():
    c = one()
    for k in range(TICKS):
        c.vms.state[0] = VmState.RUNNING if k < 5 else VmState.DOWN
        c.vms.demand_mhz[0] = c.vms.delivered_mhz[0] = 600.0
        statistics.collect(c.vm_statistics, c.host_statistics, c.vms, c.hosts, c.clock)
        c.clock.tick[0] += 1
    close(c)
    assert c.vm_statistics.demand_5min_mhz[0] == pytest.approx(600.0)


# Memory demand: active + 25 % of (consumed - active) + overhead (domain vector of Denneman's worked example)


def test_memory_demand_of_the_worked_example_is_2343_4_mb():
    c = one()
    c.vms.touched_mb[0], c.vms.active_mb[0], c.vms.overhead_mb[0] = 4096.0, 1639.2, 90.0
    assert statistics.memory_demand(c.vms, 0, 0.25) == pytest.approx(2343.4)


def test_shared_ballooned_and_swapped_memory_is_not_consumed():
    c = one()
    c.vms.touched_mb[0], c.vms.active_mb[0], c.vms.overhead_mb[0] = 1000.0, 200.0, 0.0
    c.vms.shared_mb[0], c.vms.ballooned_mb[0], c.vms.swapped_mb[0] = 100.0, 200.0, 300.0
    assert statistics.memory_demand(c.vms, 0, 0.25) == pytest.approx(200.0 + 0.25 * 200.0)
    c.vms.swapped_mb[0] = 690.0  # what is active counts though it is not resident
    assert statistics.memory_demand(c.vms, 0, 0.25) == pytest.approx(200.0)


# The plan


def test_the_plan_adds_up_vms_where_they_will_be():
    c = managed(vms=3, on=[0, 0, 1], mhz=[100.0, 200.0, 400.0])
    c.vm_statistics.deviation_5min_mhz[:] = [3.0, 4.0, 12.0]
    look(c)
    s = c.host_statistics
    assert s.planned_5min_mhz.tolist() == [300.0, 400.0]
    assert s.variance_5min.tolist() == [25.0, 144.0]
    assert s.planned_vms.tolist() == [2.0, 1.0]
    migrate(c, 1, 1)
    assert s.planned_5min_mhz.tolist() == [100.0, 600.0]
    assert s.planned_40min_mhz.tolist() == s.planned_60min_mhz.tolist() == [100.0, 600.0]
    assert s.planned_memory_mb == pytest.approx([c.vm_statistics.memory_demand_mb[0] * n for n in (1, 2)])


def test_the_plan_leaves_out_a_vm_without_a_host_and_keeps_one_that_is_down():
    c = managed(vms=2, on=[0, 0], mhz=[100.0, 200.0])
    c.vms.host[0], c.vms.state[0] = NO_HOST, VmState.AWAITING_PLACEMENT
    c.vms.state[1] = VmState.DOWN
    look(c)
    assert c.host_statistics.planned_5min_mhz.tolist() == [200.0, 0.0]


# In the tick, and the clairvoyant's hook


def test_management_sees_the_last_interval_only_when_it_is_over():
    c = managed(mhz=500.0)
    c.workload.demand[:] = 1000.0 / 2500.0
    assert c.vm_statistics.demand_5min_mhz.tolist() == [500.0, 500.0]
    advance(c)
    assert c.vm_statistics.demand_5min_mhz == pytest.approx([1000.0, 1000.0])
    assert c.vm_statistics.demand_60min_mhz == pytest.approx([(11 * 500.0 + 1000.0) / 12] * 2)


def test_foresight_shows_the_true_mean_of_the_samples_to_come():
    c = managed(hosts=1, vms=1, demand_foresight_samples=2)
    c.workload.demand[HISTORY_INTERVALS : HISTORY_INTERVALS + 3] = [0.2, 0.4, 0.9]
    statistics.foresee(c.vm_statistics, c.vms, c.workload, c.clock, c.demand)
    assert c.vm_statistics.demand_5min_mhz[0] == pytest.approx(750.0)
    assert c.vm_statistics.deviation_60min_mhz[0] == pytest.approx(250.0)


def test_foresight_is_renewed_every_interval():
    c = managed(hosts=1, vms=1, demand_foresight_samples=1)
    c.workload.demand[HISTORY_INTERVALS : HISTORY_INTERVALS + 3] = [0.2, 0.4, 0.8]
    advance(c)
    assert c.vm_statistics.demand_5min_mhz[0] == pytest.approx(1000.0)


def test_without_foresight_the_future_changes_no_figure():
    c = managed(hosts=1, vms=1)
    c.workload.demand[HISTORY_INTERVALS:] = 0.9
    statistics.foresee(c.vm_statistics, c.vms, c.workload, c.clock, c.demand)
    assert c.vm_statistics.demand_5min_mhz[0] == 500.0


def test_requested_cpu_is_what_it_wanted_while_it_ran():
    c = one()
    interval(c, 100.0, 200.0, 600.0)
    c.vms.state[0] = VmState.DOWN
    interval(c, 100.0)
    assert c.vms.requested_mhz_s[0] == pytest.approx(300.0 * 300.0)
