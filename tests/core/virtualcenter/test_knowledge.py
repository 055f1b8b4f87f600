"""VirtualCenter shows a host that it does not hear in grey after a minute, and nobody restarts its VMs."""

import pytest

from tests.managed import migrate, refusal_of_migration, refusal_of_standby, refusal_of_wake, run, schedule
from tests.networked import fail_link, networked, part
from vienv.core.enums import ConnectionState, IncidentKind, Metric, Network, PowerState, Refusal


def grey(c) -> list[bool]:
    return (c.hosts.connection == ConnectionState.NOT_RESPONDING).tolist()


def silent(at_s: float = 100.0, duration_s: float = 1000.0, **changes: object):
    c = networked(hosts=3, vms=3, on=[0, 1, 2], incidents=2, **changes)
    schedule(c, IncidentKind.HOST_FAILURE, 1e9, 0.0, host=0, row=1)
    fail_link(c, 1, Network.MANAGEMENT, at_s, duration_s)
    return c


def test_a_host_whose_management_link_is_lost_is_grey_at_60_s_and_no_vm_restarts():
    c = silent()
    down_s = run(c, 140.0)
    assert grey(c) == [False, False, False]
    down_s += run(c, 160.0)  # the link went down at 100
    assert grey(c) == [False, True, False]
    down_s += run(c, 1000.0)
    assert down_s.tolist() == [0.0, 0.0, 0.0]
    assert c.metrics.value[Metric.RESTARTS] == 0.0
    assert c.vms.host.tolist() == [0, 1, 2]


def test_nothing_can_be_asked_of_a_grey_host_and_the_reason_is_said():
    c = silent()
    run(c, 160.0)
    assert refusal_of_migration(c, 0, 1) == Refusal.NOT_RESPONDING
    assert refusal_of_migration(c, 1, 0) == Refusal.NOT_RESPONDING
    assert refusal_of_standby(c, 1) == Refusal.NOT_RESPONDING
    assert refusal_of_migration(c, 0, 2) == Refusal.ACCEPTED


def test_before_the_minute_is_over_virtualcenter_still_commands_the_host():
    c = silent()
    run(c, 120.0)
    assert refusal_of_migration(c, 0, 1) == Refusal.ACCEPTED


def test_a_grey_host_is_connected_again_with_its_first_heartbeat():
    c = silent(duration_s=205.0)
    run(c, 300.0)
    assert grey(c)[1]
    run(c, 320.0)
    assert not any(grey(c))
    assert refusal_of_migration(c, 1, 0) == Refusal.ACCEPTED


def test_a_link_that_is_back_within_the_minute_leaves_no_trace():
    c = silent(duration_s=59.0)
    run(c, 600.0)
    assert not any(grey(c))


def test_one_uplink_of_two_is_heard():
    c = networked(hosts=2, vms=2)
    fail_link(c, 1, Network.MANAGEMENT, 100.0, 1000.0, uplinks=1)
    run(c, 400.0)
    assert not any(grey(c))


def test_a_vmotion_in_flight_goes_on_although_its_host_falls_silent():
    c = silent(at_s=1.0)
    c.vms.touched_mb[1] = c.vms.working_set_mb[1] = 16.0 * 1024.0  # about 146 s
    migrate(c, 1, 0)
    run(c, 160.0)
    assert grey(c)[1]
    assert c.vms.host[1] == 0


def test_a_partition_shows_its_hosts_in_grey_at_60_s():
    c = networked(hosts=4, vms=4, partitions=True)
    part(c, [2, 3], 100.0, 500.0)
    run(c, 140.0)
    assert not any(grey(c))
    run(c, 160.0)
    assert grey(c) == [False, False, True, True]
    run(c, 600.0)
    assert not any(grey(c))


def test_after_an_outage_virtualcenter_knows_at_once_who_does_not_respond():
    c = networked(hosts=3, vms=3, incidents=2)
    schedule(c, IncidentKind.VC_OUTAGE, 80.0, 500.0, row=1)
    fail_link(c, 1, Network.MANAGEMENT, 100.0, 1000.0)
    run(c, 580.0)
    assert grey(c) == [False, True, False]


def test_maintenance_waits_for_a_host_that_does_not_respond():
    c = networked(hosts=3, vms=3, incidents=2)
    schedule(c, IncidentKind.MAINTENANCE, 200.0, 600.0, host=1, row=1)
    fail_link(c, 1, Network.MANAGEMENT, 100.0, 300.0)
    run(c, 380.0)
    assert grey(c)[1]
    run(c, 440.0)
    assert c.hosts.connection[1] in (ConnectionState.ENTERING_MAINTENANCE, ConnectionState.IN_MAINTENANCE)
    run(c, 1100.0)
    assert c.hosts.connection[1] == ConnectionState.CONNECTED


def test_a_host_that_fell_silent_in_maintenance_comes_back_in_maintenance():
    c = networked(hosts=3, vms=3, incidents=2)
    schedule(c, IncidentKind.MAINTENANCE, 0.0, 1000.0, host=1, row=1)
    fail_link(c, 1, Network.MANAGEMENT, 200.0, 300.0)
    run(c, 300.0)
    assert grey(c)[1]
    run(c, 520.0)
    assert c.hosts.connection[1] == ConnectionState.IN_MAINTENANCE
    run(c, 1020.0)
    assert c.hosts.connection[1] == ConnectionState.CONNECTED


def test_a_grey_host_that_dies_and_is_repaired_stays_grey_until_it_is_heard():
    c = silent(duration_s=2000.0)
    schedule(c, IncidentKind.HOST_FAILURE, 300.0, 100.0, host=1, row=1)
    run(c, 320.0)
    assert c.hosts.power_state[1] == PowerState.FAILED
    run(c, 900.0)
    assert c.hosts.power_state[1] == PowerState.ON
    assert grey(c)[1]
    run(c, 2100.0)
    assert not grey(c)[1]


@pytest.mark.parametrize("is_grey", [False, True])
def test_a_grey_peer_sends_no_magic_packet(is_grey: bool):
    c = silent()
    c.hosts.power_state[2], c.hosts.power_state[0] = PowerState.STANDBY, PowerState.STANDBY
    c.vms.host[:] = 1
    run(c, 160.0 if is_grey else 140.0)
    assert refusal_of_wake(c, 2) == (Refusal.NO_PEER_TO_WAKE if is_grey else Refusal.ACCEPTED)
