"""VirtualCenter's calendar: maintenance and outages, through whole ticks of small clusters."""

import pytest

from tests.managed import managed, migrate, order_standby, run, schedule
from vienv.core.enums import (
    NO_HOST,
    AdmissionPolicy,
    ConnectionState,
    IncidentKind,
    MigrationPhase,
    PowerState,
    VmState,
)

GB = 1024.0

# Maintenance


def test_a_host_of_eight_vms_of_1_gb_empties_for_maintenance_with_no_vm_down():
    c = managed(hosts=2, vms=8, on=[0] * 8, incidents=1)
    schedule(c, IncidentKind.MAINTENANCE, 0.0, 3600.0, host=0)
    down_s = run(c, 100.0)
    assert not down_s.any()
    assert (c.vms.host == 1).all()
    assert c.migrations.ended_at_s.max() == pytest.approx(77.0, abs=1.0)
    assert c.hosts.connection[0] == ConnectionState.IN_MAINTENANCE
    assert c.hosts.power_state[0] == PowerState.ON


def test_a_host_in_maintenance_takes_no_vm_and_is_back_when_its_time_is_over():
    c = managed(hosts=2, vms=1, on=[0], incidents=1)
    schedule(c, IncidentKind.MAINTENANCE, 40.0, 600.0, host=0)
    run(c, 640.0)
    assert c.hosts.connection[0] == ConnectionState.IN_MAINTENANCE
    run(c, 660.0)
    assert c.hosts.connection[0] == ConnectionState.CONNECTED
    migrate(c, 0, 0)
    run(c, 700.0)
    assert c.vms.host[0] == 0


def test_maintenance_waits_until_admission_control_lets_the_host_go():
    c = managed(hosts=3, incidents=1, ha_admission_policy=AdmissionPolicy.SLOTS)
    c.vms.memory_reservation_mb[:] = 8000.0
    schedule(c, IncidentKind.MAINTENANCE, 0.0, 600.0, host=2)
    run(c, 100.0)
    assert c.hosts.connection[2] == ConnectionState.CONNECTED
    c.vms.memory_reservation_mb[:] = 0.0
    run(c, 120.0)
    assert c.hosts.connection[2] == ConnectionState.IN_MAINTENANCE
    assert c.hosts.maintenance_ends_s[2] == 700.0


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c.hosts.power_state.__setitem__(1, PowerState.STANDBY),  # the other one
        lambda c: c.hosts.power_state.__setitem__(0, PowerState.STANDBY),  # itself
        lambda c: c.clock.vc_returns_at_s.__setitem__(0, 1e9),
    ],
    ids=["minimum of hosts", "asleep", "outage"],
)
def test_maintenance_waits_while_something_stands_against_it(change):
    c = managed(vms=1, incidents=1)
    c.vms.state[0], c.vms.host[0], c.vms.arrives_at_s[0] = VmState.NOT_ARRIVED, NO_HOST, 1e9
    schedule(c, IncidentKind.MAINTENANCE, 0.0, 600.0, host=0)
    change(c)
    run(c, 100.0)
    assert c.hosts.connection[0] == ConnectionState.CONNECTED
    assert c.incidents.is_done[0] == 0


def test_maintenance_without_a_plan_waits_with_its_vms_running_and_takes_no_new_ones():
    c = managed(vms=2, mhz=[4500.0, 5100.0], incidents=1)
    schedule(c, IncidentKind.MAINTENANCE, 0.0, 400.0, host=0)
    assert not run(c, 380.0).any()
    assert c.hosts.connection[0] == ConnectionState.ENTERING_MAINTENANCE
    assert c.vms.host.tolist() == [0, 1]
    run(c, 420.0)
    assert c.hosts.connection[0] == ConnectionState.CONNECTED


def test_a_host_is_not_in_maintenance_while_a_vm_is_in_flight_to_it():
    c = managed(hosts=3, vms=1, on=[1], incidents=1, vmotion_setup_s=35.0)
    migrate(c, 0, 0)
    schedule(c, IncidentKind.MAINTENANCE, 20.0, 3600.0, host=0)
    run(c, 40.0)
    assert c.migrations.phase[0] == MigrationPhase.PRECOPY
    assert c.hosts.connection[0] == ConnectionState.ENTERING_MAINTENANCE
    run(c, 200.0)
    assert c.vms.host[0] in (1, 2)
    assert c.hosts.connection[0] == ConnectionState.IN_MAINTENANCE


# Outages


def test_during_an_outage_a_running_vmotion_goes_on_a_queued_one_waits_and_no_vm_is_down():
    c = managed(vms=3, on=[0] * 3, incidents=1)
    c.vms.touched_mb[:2] = 4 * GB
    for v in range(3):
        migrate(c, v, 1)  # two at a time: the third queues
    schedule(c, IncidentKind.VC_OUTAGE, 20.0, 580.0)
    down_s = run(c, 580.0)
    assert c.vms.host.tolist() == [1, 1, 0]
    assert c.migrations.phase[2] == MigrationPhase.QUEUED
    down_s += run(c, 660.0)
    assert c.vms.host[2] == 1
    assert c.migrations.started_at_s[2] == 600.0
    assert not down_s.any()


def test_an_outage_stops_an_evacuation_until_it_is_over():
    c = managed(vms=1, on=[0], incidents=1)
    schedule(c, IncidentKind.VC_OUTAGE, 0.0, 500.0)
    order_standby(c, 0)
    run(c, 500.0)
    assert (c.hosts.power_state[0], c.clock.copying[0]) == (PowerState.ENTERING_STANDBY, 0)
    run(c, 800.0)
    assert c.hosts.power_state[0] == PowerState.STANDBY


def test_a_short_outage_does_not_end_a_longer_one():
    c = managed(incidents=2)
    schedule(c, IncidentKind.VC_OUTAGE, 0.0, 1000.0)
    schedule(c, IncidentKind.VC_OUTAGE, 100.0, 50.0, row=1)
    run(c, 200.0)
    assert c.clock.vc_returns_at_s[0] == 1000.0
