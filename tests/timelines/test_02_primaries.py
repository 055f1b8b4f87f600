"""Timeline 2: of 8 VI3 hosts the five primaries die together, and nothing is ever restarted; with four, from 15 s."""

import pytest

from tests.failover import protected, started_at_s
from tests.managed import run, schedule
from vienv.core.enums import ConnectionState, IncidentKind, PowerState, VmState
from vienv.core.state import NEVER

DIES_S = 100.0
FOR_GOOD_S = 1e6
TWO_HOURS_S = 7200.0


def fail(c, hosts, repair_s=FOR_GOOD_S):
    for row, h in enumerate(hosts):
        schedule(c, IncidentKind.HOST_FAILURE, DIES_S, repair_s, h, row)


@pytest.mark.parametrize("profile", ["vi3", "vs41"])
def test_nothing_restarts_when_all_five_primaries_die_together(profile):
    c = protected(profile, hosts=8, vms=8, incidents=5)
    fail(c, range(5))
    down_s = run(c, TWO_HOURS_S)
    assert list(c.vms.restart_at_s[:5]) == [NEVER] * 5
    assert list(c.vms.state) == [VmState.DOWN] * 5 + [VmState.RUNNING] * 3
    assert list(down_s) == [TWO_HOURS_S - DIES_S] * 5 + [0.0] * 3


def test_four_dead_primaries_leave_one_and_restarts_begin_at_15_s():
    c = protected("vi3", hosts=8, vms=8, incidents=4)
    fail(c, range(4))
    run(c, DIES_S + 40.0)
    assert list(started_at_s(c)[:4]) == [DIES_S + 15.0] * 4


def test_five_dead_hosts_of_vsphere_5_are_restarted_by_the_others():
    c = protected("vs5", hosts=8, vms=8, incidents=5)
    fail(c, range(5))
    run(c, DIES_S + 40.0)
    assert list(started_at_s(c)[:5]) == [DIES_S + 18.0] * 5


def test_a_primary_that_fails_is_not_replaced_and_one_that_sleeps_is():
    c = protected("vi3", hosts=8, vms=8, incidents=1)
    c.hosts.power_state[1], c.vms.host[1] = PowerState.STANDBY, 2
    c.hosts.connection[2], c.vms.host[[1, 2]] = ConnectionState.IN_MAINTENANCE, 3
    c.hosts.maintenance_ends_s[2] = FOR_GOOD_S
    c.clock.placement_changed[0] = 1
    fail(c, [0])
    run(c, DIES_S + 40.0)
    assert list(c.protection.is_primary) == [1, 0, 0, 1, 1, 1, 1, 0]


def test_vms_of_lost_primaries_come_back_only_with_their_own_hosts():
    c = protected("vi3", hosts=8, vms=8, incidents=5)
    fail(c, range(5), repair_s=3600.0)
    down_s = run(c, TWO_HOURS_S)
    assert list(down_s[:5]) == [3600.0 + 240.0 + 90.0] * 5
    assert list(c.vms.host) == list(range(8))
