"""HA's restarts: when, where, in which order, and again when there was no room."""

import pytest

from tests.clusters import cluster, settings
from tests.host_ticks import OUT_FOR_GOOD_S, metric, run, schedule_failure, wake_to_join_at
from vienv.core.enums import ConnectionState, Metric, MigrationPhase, PowerState, VmState
from vienv.core.state import NEVER

VS5 = {"ha_declared_after_s": 18.0}


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
