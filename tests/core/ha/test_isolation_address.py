"""The isolation address: a host that hears nobody and pings it is not isolated; one that does not is, to the second."""

import pytest

from tests.failover import count, protected, started_at_s
from tests.managed import run, schedule
from vienv.core.enums import ISOLATED, ConnectionState, Happening, IncidentKind, IsolationResponse, VmState
from vienv.core.state import NEVER

FOR_GOOD_S = 1e6
CUT, LOSS, DEATH = IncidentKind.PARTITION, IncidentKind.ISOLATION_ADDRESS_LOSS, IncidentKind.HOST_FAILURE


def told(profile, events, hosts=8, response=IsolationResponse.POWER_OFF):
    """Hosts with a VM each; events are (kind, second, duration, hosts)."""
    c = protected(profile, hosts=hosts, vms=hosts, incidents=len(events), parted=hosts * len(events))
    c.guests.response[:] = response
    for row, (kind, at_s, duration_s, members) in enumerate(events):
        schedule(c, kind, at_s, duration_s, members[0] if kind == DEATH else -1, row)
        for h in members:
            c.parted.is_member[row * hosts + h] = 1
    return c


@pytest.mark.parametrize("profile", ["vi3", "vs5", "vs6"])
def test_a_host_parted_from_all_others_that_pings_its_address_is_not_isolated(profile):
    c = told(profile, [(CUT, 100.0, FOR_GOOD_S, (0,))])
    assert list(run(c, 4000.0)) == [0.0] * 8
    assert count(c, Happening.ISOLATIONS) == 0.0
    assert c.protection.segment[0] != ISOLATED
    assert c.hosts.connection[0] == ConnectionState.NOT_RESPONDING


@pytest.mark.parametrize(("profile", "off_s"), [("vi3", 113.0), ("vs5", 130.0), ("vs6", 160.0)])
def test_a_host_parted_from_all_others_and_its_address_is_isolated_from_then_on(profile, off_s):
    c = told(profile, [(CUT, 100.0, FOR_GOOD_S, (0,)), (LOSS, 100.0, FOR_GOOD_S, (0,))])
    run(c, off_s - 20.0)
    assert c.vms.state[0] == VmState.RUNNING
    run(c, 400.0)
    assert count(c, Happening.ISOLATIONS) == 1.0
    assert c.vms.host[0] != 0


@pytest.mark.parametrize(("profile", "off_s"), [("vi3", 413.0), ("vs5", 405.0), ("vs6", 435.0)])
def test_the_time_runs_from_the_loss_of_the_address_if_that_comes_later(profile, off_s):
    c = told(profile, [(CUT, 100.0, FOR_GOOD_S, (0,)), (LOSS, 400.0, FOR_GOOD_S, (0,))])
    run(c, 400.0)
    assert run(c, 1000.0)[0] == 90.0  # the others have missed it since 100, and start its VM at once
    assert c.vms.host[0] != 0
    assert count(c, Happening.ISOLATIONS) == 1.0


@pytest.mark.parametrize(("profile", "off_s"), [("vi3", 413.0), ("vs5", 405.0), ("vs6", 435.0)])
def test_its_vm_is_off_at_that_second(profile, off_s):
    c = told(profile, [(CUT, 100.0, FOR_GOOD_S, (0,)), (LOSS, 400.0, FOR_GOOD_S, (0,))])
    run(c, off_s)
    assert started_at_s(c)[0] == off_s


def test_the_loss_of_the_address_means_nothing_while_hosts_hear_one_another():
    c = told("vs6", [(LOSS, 100.0, FOR_GOOD_S, range(8))])
    assert list(run(c, 2000.0)) == [0.0] * 8
    assert count(c, Happening.ISOLATIONS) == 0.0


def test_an_address_that_answers_again_in_time_takes_the_response_back():
    c = told("vs6", [(CUT, 100.0, FOR_GOOD_S, (0,)), (LOSS, 100.0, 50.0, (0,))])
    assert list(run(c, 2000.0)) == [0.0] * 8
    assert count(c, Happening.ISOLATIONS) == 0.0
    assert c.protection.responds_at_s[0] == NEVER


def test_of_two_hosts_the_one_that_is_left_without_its_address_powers_its_vms_off_too():
    c = told("vi3", [(LOSS, 50.0, FOR_GOOD_S, (0, 1)), (DEATH, 100.0, FOR_GOOD_S, (0,))], hosts=2)
    down_s = run(c, 1000.0)
    assert list(down_s) == [900.0, 1000.0 - 113.0]
    assert list(c.vms.state) == [VmState.DOWN] * 2


def test_of_two_hosts_the_one_that_is_left_with_its_address_restarts_the_others_vms():
    c = told("vi3", [(DEATH, 100.0, FOR_GOOD_S, (0,))], hosts=2)
    down_s = run(c, 1000.0)
    assert list(down_s) == [105.0, 0.0]


def test_once_the_address_answers_an_isolated_host_starts_its_vms_again_at_that_second():
    c = told("vi3", [(LOSS, 50.0, 457.0, (0, 1)), (DEATH, 100.0, FOR_GOOD_S, (0,))], hosts=2)
    run(c, 500.0)
    assert c.vms.state[1] == VmState.DOWN
    run(c, 520.0)
    assert (started_at_s(c)[1], c.vms.host[1]) == (507.0, 1)
    assert c.protection.segment_since_s[1] == 507.0


def test_once_another_host_is_heard_an_isolated_host_starts_its_vms_again_at_that_second():
    c = told("vi3", [(LOSS, 50.0, FOR_GOOD_S, (0, 1)), (DEATH, 100.0, 163.0, (0,))], hosts=2)
    c.hosts.boot_s[:] = 240.0
    run(c, 500.0)
    assert c.vms.state[1] == VmState.DOWN
    run(c, 520.0)
    assert started_at_s(c)[1] == 263.0 + 240.0


def test_left_on_an_isolated_host_goes_on_serving():
    c = told("vs6", [(CUT, 100.0, 3000.0, (0,)), (LOSS, 100.0, 3000.0, (0,))], response=IsolationResponse.LEAVE_ON)
    assert list(run(c, 4000.0)) == [0.0] * 8
    assert count(c, Happening.ISOLATIONS) == 1.0


def test_two_losses_of_the_address_that_overlap_are_one():
    c = told("vs6", [(CUT, 100.0, FOR_GOOD_S, (0,)), (LOSS, 100.0, 40.0, (0,)), (LOSS, 120.0, 300.0, (0,))])
    run(c, 400.0)
    assert count(c, Happening.ISOLATIONS) == 1.0
    assert c.vms.host[0] != 0
