import math

import numpy as np
import pytest

from tests.clusters import cluster, settings
from tests.host_ticks import metric, run, schedule_failure
from vienv.core.enums import ConnectionState, Metric, MigrationPhase, PowerState, VmState
from vienv.core.state import NEVER

VS5 = {"ha_declared_after_s": 18.0}
OUT_FOR_GOOD_S = 1e9


def attempts_of(c, v, until_s):
    """Seconds at which VM v was tried in vain, read from the plan of the next attempt; ends with its start, if any."""
    planned = []
    while c.clock.now_s[0] < until_s:
        run(c, c.clock.now_s[0] + c.clock.tick_s[0])
        if c.vms.state[v] == VmState.DOWN and c.vms.restart_at_s[v] < NEVER:
            planned.append(float(c.vms.restart_at_s[v]))
        if c.vms.state[v] == VmState.STARTING:
            planned.append(float(c.vms.up_at_s[v] - c.ha.guest_boot_s))
            break
    return sorted(set(planned))


def full_cluster(**changes):
    """Host 0 dies at 0 (VM 0 with it); host 1 has no room for another VM; host 2 is off."""
    c = cluster(hosts=3, vms=2, incidents=1)
    c.clock.tick_s[0] = 10.0  # so that every attempt is seen planned before it is made
    settings(c, **(VS5 | changes))
    schedule_failure(c, 0, 0.0, OUT_FOR_GOOD_S)
    c.vms.memory_reservation_mb[:] = 0.6 * c.hosts.memory_capacity_mb[0]
    c.hosts.power_state[2] = PowerState.STANDBY
    return c


def wake_to_join_at(c, h, at_s):
    """Let host h be on at that second: it is booting from now on."""
    c.hosts.power_state[h], c.hosts.ready_at_s[h] = PowerState.BOOTING, at_s


def test_vi3_restarts_a_dead_hosts_vm_from_15_s_and_it_is_down_105():
    c = cluster(hosts=2, vms=2, incidents=1)
    schedule_failure(c, 0, 107.0, OUT_FOR_GOOD_S)
    run(c, 140.0)
    assert (c.vms.state[0], c.vms.host[0], c.vms.up_at_s[0]) == (VmState.STARTING, 1, 107.0 + 15.0 + 90.0)
    c = cluster(hosts=2, vms=2, incidents=1)
    schedule_failure(c, 0, 107.0, OUT_FOR_GOOD_S)
    assert list(run(c, 600.0)) == [105.0, 0.0]
    assert metric(c, Metric.HOST_FAILURES) == 1.0
    assert metric(c, Metric.RESTARTS) == 1.0


def test_vsphere5_declares_after_18_s_with_heartbeat_datastores():
    c = cluster(hosts=2, vms=2, incidents=1)
    settings(c, **VS5)
    schedule_failure(c, 0, 107.0, OUT_FOR_GOOD_S)
    assert list(run(c, 600.0)) == [108.0, 0.0]


def test_placement_time_comes_between_declaration_and_restart():
    c = cluster(hosts=2, vms=2, incidents=1)
    settings(c, ha_placement_s=5.0)
    schedule_failure(c, 0, 107.0, OUT_FOR_GOOD_S)
    assert run(c, 600.0)[0] == 110.0


def test_a_vm_on_local_disk_comes_back_only_with_its_host():
    c = cluster(hosts=2, vms=2, datastores=2, incidents=1)
    c.paths.is_reachable[:] = 1, 1, 0, 1  # datastore 0 is host 0's local disk, 1 a SAN
    c.vms.host[:], c.vms.datastore[:] = 0, (0, 1)
    c.clock.placement_changed[0] = 1
    schedule_failure(c, 0, 100.0, 3600.0)
    assert list(run(c, 5000.0)) == [3600.0 + 240.0 + 90.0, 105.0]
    assert list(c.vms.host) == [0, 1]
    assert metric(c, Metric.RESTARTS) == 1.0


def test_restart_attempts_fall_at_18_138_378_858_and_1818():
    c = full_cluster()
    assert attempts_of(c, 0, 6000.0) == [18.0, 138.0, 378.0, 858.0, 1818.0]
    assert c.vms.state[0] == VmState.DOWN
    assert c.vms.restart_attempts[0] == 5
    assert c.vms.restart_at_s[0] == NEVER


def test_attempts_go_on_at_the_longest_gap_when_they_are_not_limited():
    c = full_cluster(ha_restart_attempts=0)
    assert attempts_of(c, 0, 4800.0) == [18.0, 138.0, 378.0, 858.0, 1818.0, 2778.0, 3738.0, 4698.0, 5658.0]


@pytest.mark.parametrize(("has_pending_retry", "start_s"), [(1, 900.0), (0, 1818.0)])
def test_capacity_at_900_is_used_at_once_with_pending_retry_else_at_the_next_attempt(has_pending_retry, start_s):
    c = full_cluster(ha_has_pending_retry=has_pending_retry)
    run(c, 660.0)
    wake_to_join_at(c, 2, 900.0)
    assert attempts_of(c, 0, 3000.0)[-1] == start_s
    assert c.vms.host[0] == 2


def test_room_that_a_vm_leaves_behind_is_used_by_the_end_of_the_tick_with_pending_retry():
    c = full_cluster(ha_has_pending_retry=1)
    run(c, 900.0)
    c.vms.memory_reservation_mb[1], c.clock.placement_changed[0] = 0.0, 1
    assert attempts_of(c, 0, 3000.0)[-1] == 910.0


def test_a_restart_that_waits_for_a_host_to_wake_spends_no_retry():
    c = full_cluster(ha_has_pending_retry=1, power_wake_s=5.0)
    c.hosts.power_state[2], c.hosts.ready_at_s[2] = PowerState.WAKING, 18.0  # then 240 s of boot
    assert attempts_of(c, 0, 3000.0)[-1] == 258.0
    assert c.vms.restart_attempts[0] == 1
    assert c.vms.host[0] == 2


def test_restarts_that_waited_in_vain_for_a_wake_go_on_with_their_retries():
    c = full_cluster(ha_has_pending_retry=1, power_wake_failure_probability=1.0, power_wake_repair_s=OUT_FOR_GOOD_S)
    c.hosts.power_state[2], c.hosts.ready_at_s[2] = PowerState.WAKING, 30.0
    assert attempts_of(c, 0, 6000.0) == [18.0, 270.0, 510.0, 990.0, 1950.0]


def test_a_host_takes_a_restart_only_from_the_second_it_is_on():
    c = full_cluster(ha_has_pending_retry=1)
    wake_to_join_at(c, 2, 19.0)  # in the tick of the first attempt at 18
    run(c, 20.0)
    assert (c.vms.host[0], c.vms.up_at_s[0]) == (2, 19.0 + 90.0)


@pytest.mark.parametrize("case", ["disabled", "priority 0"])
def test_ha_leaves_a_vm_down_that_it_does_not_protect_until_its_host_is_back(case):
    c = cluster(hosts=2, vms=2, incidents=1)
    if case == "disabled":
        settings(c, ha_is_enabled=0)
    else:
        c.vms.restart_priority[0] = 0
    schedule_failure(c, 0, 107.0, 1000.0)
    assert run(c, 2000.0)[0] == 1000.0 + 240.0 + 90.0
    assert c.vms.host[0] == 0
    assert metric(c, Metric.RESTARTS) == 0.0


def test_higher_restart_priority_takes_the_last_room():
    c = cluster(hosts=2, vms=3, incidents=1)
    schedule_failure(c, 0, 0.0, OUT_FOR_GOOD_S)
    c.vms.host[:] = 0
    c.vms.restart_priority[:] = 2, 1, 3
    c.vms.memory_reservation_mb[:] = 0.6 * c.hosts.memory_capacity_mb[0]
    run(c, 200.0)
    assert list(c.vms.state) == [VmState.DOWN, VmState.DOWN, VmState.RUNNING]


def test_restarts_spread_over_the_hosts_with_most_unreserved_capacity():
    c = cluster(hosts=4, vms=5, incidents=1)
    schedule_failure(c, 0, 0.0, OUT_FOR_GOOD_S)
    c.vms.host[:] = 0, 0, 0, 1, 2
    c.vms.memory_reservation_mb[:] = 2048.0, 2048.0, 2048.0, 1024.0, 0.0
    c.vms.cpu_reservation_mhz[4] = 3_000.0
    run(c, 200.0)
    # the scarcer resource of hosts 1, 2, 3 is reserved by 7.5, 30 and 0 %; each restart adds 14 %
    assert list(c.vms.host[:3]) == [3, 1, 3]


def test_restarts_skip_hosts_in_maintenance_and_hosts_entering_standby():
    c = cluster(hosts=3, vms=3, incidents=1)
    schedule_failure(c, 0, 0.0, OUT_FOR_GOOD_S)
    c.hosts.connection[1], c.hosts.power_state[2] = ConnectionState.ENTERING_MAINTENANCE, PowerState.ENTERING_STANDBY
    run(c, 120.0)
    assert c.vms.state[0] == VmState.DOWN
    assert c.vms.restart_attempts[0] == 1


def test_restarts_ignore_rules_between_vms():
    c = cluster(hosts=2, vms=2, incidents=1)
    c.vms.apart_group[:] = 0
    schedule_failure(c, 0, 0.0, OUT_FOR_GOOD_S)
    run(c, 120.0)
    assert list(c.vms.host) == [1, 1]


def test_a_vm_on_its_way_keeps_the_room_it_was_promised():
    c = cluster(hosts=3, vms=3, incidents=1)
    schedule_failure(c, 0, 0.0, OUT_FOR_GOOD_S)
    c.vms.host[:], c.clock.placement_changed[0] = (0, 1, 1), 1
    c.vms.memory_reservation_mb[:] = 10_000.0, 6_000.0, 0.0
    c.migrations.phase[1], c.migrations.source[1], c.migrations.destination[1] = MigrationPhase.PRECOPY, 1, 2
    c.clock.copying[0] = 1
    run(c, 60.0)
    assert c.vms.state[0] == VmState.DOWN


def test_a_vm_whose_second_host_dies_too_is_restarted_again():
    c = cluster(hosts=3, vms=1, incidents=2)
    schedule_failure(c, 0, 100.0, OUT_FOR_GOOD_S, 0)
    schedule_failure(c, 1, 150.0, OUT_FOR_GOOD_S, 1)  # VM 0 boots there since 115
    assert run(c, 600.0)[0] == 50.0 + 15.0 + 90.0
    assert c.vms.host[0] == 2


def test_a_guest_that_boots_and_dies_in_one_tick_was_up_in_between():
    c = cluster(hosts=3, vms=1, incidents=2)
    schedule_failure(c, 0, 100.0, OUT_FOR_GOOD_S, 0)
    schedule_failure(c, 1, 212.0, OUT_FOR_GOOD_S, 1)  # its guest came up there at 205
    assert run(c, 600.0)[0] == 105.0 + 105.0


def test_death_takes_the_vms_memory_figures_and_demand():
    c = cluster(hosts=2, vms=2, incidents=1)
    fields = ("shared_mb", "ballooned_mb", "swapped_mb", "unserved_mb", "active_mb", "demand_mhz", "delivered_mhz")
    for field in fields:
        getattr(c.vms, field)[:] = 100.0
    schedule_failure(c, 0, 7.0, OUT_FOR_GOOD_S)
    run(c, 20.0)
    assert [tuple(getattr(c.vms, field)) for field in fields] == [(0.0, 100.0)] * len(fields)
    assert list(c.vms.up_s) == [7.0, 20.0]


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


def test_virtualcenter_is_not_needed_for_a_restart():
    c = cluster(hosts=2, vms=2, incidents=1)
    c.clock.vc_returns_at_s[0] = 1900.0
    schedule_failure(c, 0, 300.0, OUT_FOR_GOOD_S)
    run(c, 320.0)
    assert c.vms.up_at_s[0] == 315.0 + 90.0


def test_a_host_that_is_back_gives_its_room_to_its_own_vms_first():
    c = full_cluster(ha_has_pending_retry=1)
    c.hosts.power_state[2], c.hosts.repair_at_s[2] = PowerState.FAILED, 10.0
    c.vms.state[1], c.vms.host[1], c.vms.restart_priority[:] = VmState.DOWN, 2, (3, 1)
    c.hosts.power_state[1] = PowerState.STANDBY  # VM 0 of host 0 waits for host 2, which is back at 250
    run(c, 400.0)
    assert list(c.vms.state) == [VmState.DOWN, VmState.RUNNING]
    assert list(c.vms.host) == [0, 2]
