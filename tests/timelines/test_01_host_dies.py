"""Timeline 1: a host dies at 100; restarts begin 15 s later under VI3, 15, 18 or 35 s later under vSphere 5."""

import pytest

from tests.failover import beat_only_by_network, protected, started_at_s
from tests.managed import run, schedule
from vienv.core.enums import IncidentKind

DIES_S = 100.0
FOR_GOOD_S = 1e6
SLAVE, MASTER = 0, 7


@pytest.mark.parametrize(
    ("profile", "host", "has_datastores", "after_s"),
    [
        ("vi3", SLAVE, False, 15.0),
        ("vs41", SLAVE, False, 15.0),
        ("vs5", SLAVE, False, 15.0),
        ("vs5", SLAVE, True, 18.0),
        ("vs5", MASTER, True, 35.0),
        ("vs5", MASTER, False, 35.0),
    ],
)
def test_restarts_begin_15_18_or_35_s_after_a_host_has_died(profile, host, has_datastores, after_s):
    c = protected(profile, hosts=8, vms=8, incidents=1)
    if not has_datastores:
        beat_only_by_network(c)
    schedule(c, IncidentKind.HOST_FAILURE, DIES_S, FOR_GOOD_S, host)
    run(c, DIES_S + 40.0)
    assert started_at_s(c)[host] == DIES_S + after_s
    assert c.vms.host[host] != host


def test_the_vm_is_down_from_the_death_until_its_guest_has_booted():
    for host, after_s in ((SLAVE, 18.0), (MASTER, 35.0)):
        c = protected("vs5", hosts=8, vms=8, incidents=1)
        schedule(c, IncidentKind.HOST_FAILURE, DIES_S, FOR_GOOD_S, host)
        down_s = run(c, 400.0)
        assert down_s[host] == after_s + 90.0
        assert down_s.sum() == after_s + 90.0


def test_a_slave_that_dies_with_the_master_waits_for_the_next_one():
    c = protected("vs5", hosts=8, vms=8, incidents=2)
    schedule(c, IncidentKind.HOST_FAILURE, DIES_S, FOR_GOOD_S, MASTER, row=0)
    schedule(c, IncidentKind.HOST_FAILURE, DIES_S + 4.0, FOR_GOOD_S, SLAVE, row=1)
    run(c, DIES_S + 40.0)
    assert list(started_at_s(c)[[SLAVE, MASTER]]) == [DIES_S + 35.0] * 2
    assert c.protection.leads_from_s[6] == DIES_S + 35.0  # of equals the highest index is elected


def test_a_slave_that_died_long_before_the_master_is_restarted_by_the_old_one():
    c = protected("vs5", hosts=8, vms=8, incidents=2)
    schedule(c, IncidentKind.HOST_FAILURE, 87.0, FOR_GOOD_S, SLAVE, row=0)
    schedule(c, IncidentKind.HOST_FAILURE, 112.0, FOR_GOOD_S, MASTER, row=1)  # in the tick of the restart at 105
    run(c, 120.0)
    assert started_at_s(c)[SLAVE] == 105.0


def test_a_master_elect_that_dies_too_is_missed_anew():
    c = protected("vs5", hosts=8, vms=8, incidents=2)
    schedule(c, IncidentKind.HOST_FAILURE, DIES_S, FOR_GOOD_S, MASTER, row=0)
    schedule(c, IncidentKind.HOST_FAILURE, DIES_S + 28.0, FOR_GOOD_S, 6, row=1)
    run(c, DIES_S + 80.0)
    assert list(started_at_s(c)[[6, MASTER]]) == [DIES_S + 28.0 + 35.0] * 2
