"""With VirtualCenter down a VM can be powered on at its host, and nothing that needs two hosts."""

from types import SimpleNamespace

import pytest

from tests.managed import arrive, managed, run, schedule
from vienv.core.enums import IncidentKind, Refusal, VmState
from vienv.core.virtualcenter import commands


def outage(**changes: object) -> SimpleNamespace:
    """Three hosts, VirtualCenter down from 0 to 1000; VM 2 waits for a host. A second row is free for an incident."""
    c = managed(hosts=3, vms=3, incidents=2, rows={"direct_vms": 3}, virtual_center_has_direct_power_on=1, **changes)
    arrive(c, 2)
    schedule(c, IncidentKind.VC_OUTAGE, 0.0, 1000.0, row=0)
    schedule(c, IncidentKind.HOST_FAILURE, 1e9, 0.0, host=0, row=1)
    run(c, 20.0)
    return c


def judged(c: SimpleNamespace, v: int, h: int) -> int:
    return commands.refusal_of_direct_power_on(c.hosts, c.vms, c.migrations, c.paths, v, h)


def power_on(c: SimpleNamespace, v: int, h: int) -> None:
    commands.place_directly(c.direct_power_ons, c.hosts, c.vms, c.volumes, c.clock, c.ha, v, h)


def test_a_vm_is_powered_on_at_its_host_while_virtualcenter_is_down():
    c = outage()
    assert commands.takes_direct_orders(c.clock, c.virtual_center)
    assert judged(c, 2, 1) == Refusal.ACCEPTED
    power_on(c, 2, 1)
    run(c, 120.0)
    assert c.vms.state[2] == VmState.RUNNING
    assert c.vms.host[2] == 1


def test_a_vm_that_runs_cannot_be_moved_by_working_at_a_host():
    assert judged(outage(), 0, 1) == Refusal.VC_DOWN


def test_only_where_the_scenario_says_so():
    c = outage()
    c.virtual_center = c.virtual_center._replace(has_direct_power_on=0)
    assert not commands.takes_direct_orders(c.clock, c.virtual_center)


def test_when_virtualcenter_is_up_nobody_works_at_the_hosts():
    c = outage()
    run(c, 1000.0)
    assert not commands.takes_direct_orders(c.clock, c.virtual_center)


def test_a_host_asks_for_room_and_files_but_knows_no_rules():
    c = outage()
    c.vms.apart_group[1:] = 1
    assert judged(c, 2, 1) == Refusal.ACCEPTED
    c.paths.is_reachable[1] = 0
    assert judged(c, 2, 1) == Refusal.NO_SHARED_DATASTORE
    c.vms.memory_reservation_mb[2] = 1e6
    assert judged(c, 2, 0) == Refusal.NO_ROOM


@pytest.mark.parametrize(
    ("dies_at_s", "is_restarted"), [(500.0, False), (990.0, False), (1005.0, True), (1500.0, True)]
)
def test_ha_restarts_what_was_powered_on_directly_only_once_virtualcenter_is_back(dies_at_s: float, is_restarted: bool):
    c = outage()
    power_on(c, 2, 1)
    schedule(c, IncidentKind.HOST_FAILURE, dies_at_s, 3600.0, host=1, row=1)
    run(c, dies_at_s + 60.0)
    assert (c.vms.host[2] != 1) == is_restarted
    assert c.vms.state[1] == VmState.STARTING  # its neighbour, which HA knows


def test_what_ha_does_not_know_waits_for_its_host():
    c = outage()
    power_on(c, 2, 1)
    schedule(c, IncidentKind.HOST_FAILURE, 500.0, 1000.0, host=1, row=1)
    run(c, 1500.0 + 240.0 + 90.0)
    assert c.vms.state[2] == VmState.RUNNING
    assert c.vms.host[2] == 1
