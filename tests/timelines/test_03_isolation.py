"""Timeline 3: a host hears nobody from 100 on while its VMs run; its lock stops every second start, or it responds."""

import pytest

from tests.failover import beat_only_by_network, count, hear, protected, started_at_s
from tests.managed import run, schedule
from vienv.core.enums import ISOLATED, Happening, IncidentKind, IsolationResponse, VmState
from vienv.core.state import NEVER

CUT_S = 100.0
SLAVE, MASTER = 0, 7


def isolated(profile, host, response, until_s, **changes):
    """A cluster of 8 whose host is cut off at 100, run until that second; and each VM's seconds down."""
    c = protected(profile, hosts=8, vms=8, **changes)
    c.guests.response[:] = response
    run(c, CUT_S)
    hear(c, host, ISOLATED, CUT_S)
    return c, run(c, until_s)


def test_vi3_left_on_keeps_its_locks_every_second_start_fails_and_no_vm_is_down():
    c, down_s = isolated("vi3", SLAVE, IsolationResponse.LEAVE_ON, 3600.0)
    assert count(c, Happening.RESTARTS_LOCKED) == 5.0  # at 115, 235, 475, 955 and 1915
    assert count(c, Happening.ISOLATIONS) == 1.0
    assert list(down_s) == [0.0] * 8
    assert c.vms.host[SLAVE] == SLAVE


@pytest.mark.parametrize(
    ("until_s", "tries"), [(100.0, 0), (120.0, 1), (220.0, 1), (240.0, 2), (480.0, 3), (960.0, 4), (1920.0, 5)]
)
def test_starts_that_fail_on_the_lock_follow_the_gaps_of_restarts(until_s, tries):
    c, _ = isolated("vi3", SLAVE, IsolationResponse.LEAVE_ON, until_s)
    assert count(c, Happening.RESTARTS_LOCKED) == tries


@pytest.mark.parametrize(
    ("profile", "host", "off_s", "start_s"),
    [
        ("vi3", SLAVE, 113.0, 115.0),  # off before it is declared dead
        ("vs6", SLAVE, 160.0, 160.0),
        ("vs6", MASTER, 135.0, 135.0),  # when the next master is ready, too
        ("vs5", SLAVE, 130.0, 130.0),
        ("vs5", MASTER, 105.0, 135.0),  # off at once, and nobody to restart it before
    ],
)
def test_an_isolated_host_powers_off_and_the_others_restart(profile, host, off_s, start_s):
    c, down_s = isolated(profile, host, IsolationResponse.POWER_OFF, 400.0)
    assert down_s[host] == start_s - off_s + 90.0
    assert c.vms.host[host] != host
    assert count(c, Happening.RESTARTS_LOCKED) == 0.0


def test_the_restart_begins_at_the_second_at_which_the_lock_is_free():
    c, _ = isolated("vs6", SLAVE, IsolationResponse.POWER_OFF, 160.0)
    assert started_at_s(c)[SLAVE] == 160.0


def test_a_master_without_datastore_heartbeats_tries_at_15_and_the_lock_stops_it_until_the_response():
    c = protected("vs6", hosts=8, vms=8)
    beat_only_by_network(c)
    c.guests.response[:] = IsolationResponse.POWER_OFF
    run(c, CUT_S)
    hear(c, SLAVE, ISOLATED, CUT_S)
    down_s = run(c, 400.0)
    assert count(c, Happening.RESTARTS_LOCKED) == 1.0
    assert down_s[SLAVE] == 90.0


def test_a_guest_that_shuts_down_serves_until_it_is_off():
    c, down_s = isolated("vs6", SLAVE, IsolationResponse.SHUT_DOWN, 600.0, ha_guest_shutdown_s=75.0)
    assert down_s[SLAVE] == 90.0
    assert c.vms.host[SLAVE] != SLAVE
    c, _ = isolated("vs6", SLAVE, IsolationResponse.SHUT_DOWN, 240.0, ha_guest_shutdown_s=75.0)
    assert started_at_s(c)[SLAVE] == 160.0 + 75.0


def test_a_host_that_hears_the_others_again_in_time_does_not_respond():
    c, _ = isolated("vs6", SLAVE, IsolationResponse.POWER_OFF, 140.0)
    hear(c, SLAVE, 0, 140.0)
    down_s = run(c, 600.0)
    assert list(down_s) == [0.0] * 8
    assert count(c, Happening.ISOLATIONS) == 0.0
    assert c.protection.responds_at_s[SLAVE] == NEVER


def test_a_vm_that_finds_no_other_host_starts_where_it_was_once_the_network_is_back():
    c = protected("vs6", hosts=2, vms=2)
    c.guests.response[:] = IsolationResponse.POWER_OFF
    c.vms.memory_reservation_mb[:] = 0.6 * c.hosts.memory_capacity_mb[0]
    run(c, CUT_S)
    hear(c, SLAVE, ISOLATED, CUT_S)
    run(c, 500.0)
    assert c.vms.state[SLAVE] == VmState.DOWN
    hear(c, SLAVE, 0, 507.0)
    run(c, 520.0)
    assert (started_at_s(c)[SLAVE], c.vms.host[SLAVE]) == (507.0, SLAVE)


def test_hosts_that_are_all_cut_off_power_everything_off_and_nobody_restarts():
    c = protected("vi3", hosts=3, vms=3)
    run(c, CUT_S)
    for h in range(3):
        hear(c, h, ISOLATED, CUT_S)
    down_s = run(c, 1000.0)
    assert list(down_s) == [1000.0 - 113.0] * 3
    assert list(c.vms.state) == [VmState.DOWN] * 3


def alone(profile):
    """A cluster of 8, one of which is parted from all others at 100, and from its isolation address at 400."""
    c = protected(profile, hosts=8, vms=8, incidents=2, parted=16)
    c.guests.response[:] = IsolationResponse.POWER_OFF
    schedule(c, IncidentKind.PARTITION, CUT_S, 1e6)
    schedule(c, IncidentKind.ISOLATION_ADDRESS_LOSS, 400.0, 1e6, row=1)
    c.parted.is_member[[SLAVE, 8 + SLAVE]] = 1
    return c


@pytest.mark.parametrize(("profile", "off_s"), [("vi3", 413.0), ("vs5", 405.0), ("vs6", 435.0)])
def test_a_host_that_hears_nobody_keeps_its_vms_while_it_pings_its_isolation_address(profile, off_s):
    c = alone(profile)
    assert not run(c, 400.0).any()
    assert count(c, Happening.ISOLATIONS) == 0.0
    assert run(c, 800.0)[SLAVE] == 90.0  # missed since 100, so started elsewhere at the second at which it is off
    assert count(c, Happening.ISOLATIONS) == 1.0
    c = alone(profile)
    run(c, off_s)
    assert started_at_s(c)[SLAVE] == off_s
