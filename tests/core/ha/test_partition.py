"""Partitions and lost links of the management network, as a scenario schedules them: who restarts what, and when."""

import pytest

from tests.failover import count, protected, started_at_s
from tests.managed import run, schedule
from vienv.core.enums import Happening, IncidentKind, IsolationResponse, Network, VmState
from vienv.core.state import NEVER

CUT_S = 100.0
FOR_GOOD_S = 1e6


def parted(profile, members, duration_s=FOR_GOOD_S, failures=()):
    """Eight hosts of which the members are parted from the others at 100; failures are (second, host)."""
    c = protected(profile, hosts=8, vms=8, incidents=1 + len(failures), parted=8 * (1 + len(failures)))
    schedule(c, IncidentKind.PARTITION, CUT_S, duration_s)
    c.parted.is_member[list(members)] = 1
    for row, (at_s, h) in enumerate(failures, 1):
        schedule(c, IncidentKind.HOST_FAILURE, at_s, FOR_GOOD_S, h, row)
    return c


def cut(profile, host, duration_s, response=IsolationResponse.POWER_OFF):
    """Eight hosts of which one loses its management network at 100, for that long."""
    c = protected(profile, hosts=8, vms=8, incidents=1)
    c.guests.response[:] = response
    schedule(c, IncidentKind.LINK_FAILURE, CUT_S, duration_s, host)
    c.incidents.network[0], c.incidents.number[0] = Network.MANAGEMENT, 2
    return c


def test_a_partition_alone_takes_no_vm_down():
    c = parted("vs6", (5, 6, 7))
    assert list(run(c, 2000.0)) == [0.0] * 8
    assert count(c, Happening.ISOLATIONS) == 0.0


def test_the_side_without_the_master_elects_its_own_within_35_s():
    c = parted("vs6", (0, 1, 2))
    run(c, CUT_S + 40.0)
    assert list(c.protection.leads_from_s) == [NEVER, NEVER, CUT_S + 35.0] + [NEVER] * 4 + [0.0]


@pytest.mark.parametrize(("host", "survivors"), [(0, (1, 2)), (4, (3, 5, 6, 7))])
def test_each_side_restarts_its_own_vms_at_18_s(host, survivors):
    c = parted("vs6", (0, 1, 2), failures=[(300.0, host)])
    run(c, 320.0)
    assert started_at_s(c)[host] == 318.0
    assert c.vms.host[host] in survivors


def test_a_host_that_dies_before_its_side_has_a_master_waits_for_it():
    c = parted("vs6", (0, 1, 2), failures=[(CUT_S + 5.0, 0)])
    run(c, CUT_S + 40.0)
    assert started_at_s(c)[0] == CUT_S + 35.0


def test_a_side_that_dies_whole_is_restarted_by_the_other():
    c = parted("vs6", (0, 1), failures=[(300.0, 0), (300.0, 1)])
    run(c, 320.0)
    assert list(started_at_s(c)[:2]) == [318.0] * 2
    assert min(c.vms.host[:2]) > 1


def test_primaries_on_one_side_leave_the_other_without_restarts():
    c = parted("vi3", (5, 6, 7), failures=[(300.0, 6)])  # hosts 0-4 are primaries
    run(c, 3600.0)
    assert c.vms.state[6] == VmState.DOWN
    assert c.vms.restart_at_s[6] == NEVER


def test_when_a_partition_heals_the_better_master_stays():
    c = parted("vs6", (5, 6, 7), duration_s=1000.0)
    run(c, 600.0)
    masters = [h for h in range(8) if c.protection.leads_from_s[h] < NEVER and c.protection.leads_until_s[h] == NEVER]
    assert masters == [4, 7]
    run(c, 1200.0)
    assert c.protection.leads_until_s[4] == CUT_S + 1000.0
    assert c.protection.leads_until_s[7] == NEVER


@pytest.mark.parametrize(("duration_s", "is_off"), [(59.0, False), (61.0, True)])
def test_a_link_that_is_back_a_second_before_the_response_stops_it(duration_s, is_off):
    c = cut("vs6", 0, duration_s)
    down_s = run(c, 600.0)
    assert (down_s[0] > 0.0) == is_off
    assert count(c, Happening.ISOLATIONS) == is_off


def test_a_lost_link_isolates_a_host_at_its_exact_second():
    c = cut("vi3", 0, FOR_GOOD_S)
    run(c, 120.0)
    assert c.protection.segment_since_s[0] == CUT_S
    assert started_at_s(c)[0] == CUT_S + 15.0
    assert c.vms.up_s[0] == 13.0


def test_a_host_that_virtualcenter_does_not_hear_takes_restarts_of_its_own_side():
    c = parted("vs6", (0, 1), failures=[(1000.0, 0)])  # both are grey since 160
    run(c, 1020.0)
    assert (started_at_s(c)[0], c.vms.host[0]) == (1018.0, 1)
