"""Hosts that are emptied, outages of VirtualCenter, and its calendar, through whole ticks of small clusters."""

import pytest

from tests.managed import advance, arrive, managed, migrate, order_standby, place, run, schedule
from vienv.core.enums import (
    NO_HOST,
    AdmissionPolicy,
    ConnectionState,
    IncidentKind,
    MigrationPhase,
    PowerState,
    Term,
    VmState,
)

GB = 1024.0
UNCONVERGING_MB_S = 200.0
"""More than a Gigabit link carries: VI3 gives such a migration up."""

# Standby


def test_a_standby_order_evacuates_the_host_and_it_sleeps_when_the_last_vm_has_left():
    c = managed(hosts=3, vms=3, on=[0, 0, 1])
    order_standby(c, 0)
    down_s = run(c, 300.0)
    assert c.vms.host.tolist() == [2, 1, 1]  # equal demands: the lower index goes first, to the least loaded
    assert c.hosts.power_state[0] == PowerState.STANDBY
    assert not down_s.any()
    assert c.ledger.interval[Term.POWER_CYCLES] == 1.0


def test_evacuations_do_not_count_against_the_cap_of_commands():
    c = managed(hosts=2, vms=6, on=[0] * 6)
    order_standby(c, 0)
    run(c, 20.0)
    assert c.clock.copying[0] > 0
    assert c.clock.commands[0] == 1
    assert not c.vms.commanded.any()


def test_a_standby_order_is_cancelled_when_a_migration_fails_and_the_host_stays_on():
    c = managed(vms=2, on=[0, 0])
    c.vms.dirty_mb_s[0] = UNCONVERGING_MB_S
    order_standby(c, 0)
    run(c, 600.0)
    assert c.migrations.failed_at_s[0] > 0.0
    assert c.hosts.power_state[0] == PowerState.ON
    assert c.vms.host.tolist() == [0, 1]
    assert c.ledger.interval[Term.POWER_CYCLES] == 0.0


def test_a_failure_before_the_order_does_not_cancel_it():
    c = managed(on=[0, 1])
    c.clock.tick[0], c.clock.now_s[0], c.migrations.failed_at_s[0] = 30, 600.0, 599.0
    order_standby(c, 0)
    run(c, 900.0)
    assert c.hosts.power_state[0] == PowerState.STANDBY


def test_a_standby_order_is_cancelled_when_the_only_receiver_dies():
    c = managed(vms=1, on=[0], incidents=1)
    schedule(c, IncidentKind.HOST_FAILURE, 5.0, 1000.0, host=1)
    order_standby(c, 0)
    down_s = run(c, 60.0)
    assert c.hosts.power_state[0] == PowerState.ON
    assert (c.vms.host[0], c.vms.state[0], down_s[0]) == (0, VmState.RUNNING, 0.0)


def test_a_standby_order_is_cancelled_when_no_plan_is_left_though_no_migration_has_failed():
    c = managed(vms=1, on=[0])
    order_standby(c, 0)
    c.hosts.connection[1] = ConnectionState.IN_MAINTENANCE
    run(c, 20.0)
    assert (c.hosts.power_state[0], c.clock.copying[0]) == (PowerState.ON, 0)


def test_a_command_of_the_same_interval_names_another_host_than_the_plan_would():
    c = managed(hosts=3, vms=3, on=[0, 0, 2], mhz=[500.0, 500.0, 3000.0])
    migrate(c, 0, 2)  # the plan would take host 1, which is empty, as it does for the other
    order_standby(c, 0)
    run(c, 300.0)
    assert c.vms.host.tolist() == [2, 1, 2]
    assert c.hosts.power_state[0] == PowerState.STANDBY


def test_a_vm_that_was_on_its_way_to_a_host_that_goes_to_sleep_is_sent_on():
    c = managed(hosts=3, vms=1, on=[1], vmotion_setup_s=15.0)
    migrate(c, 0, 0)
    run(c, 20.0)
    order_standby(c, 0)
    down_s = run(c, 300.0)
    assert c.vms.host[0] in (1, 2)
    assert c.hosts.power_state[0] == PowerState.STANDBY
    assert down_s[0] == 0.0


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


# The whole of an interval


def test_an_interval_is_fifteen_ticks_and_opens_the_next():
    c = managed()
    migrate(c, 0, 1)
    advance(c)
    assert (c.clock.tick[0], c.clock.now_s[0], c.clock.interval[0], c.clock.commands[0]) == (15, 300.0, 1, 0)


def test_a_placed_arrival_is_down_until_its_guest_has_booted():
    c = managed(vms=1, ha_guest_boot_s=90.0)
    arrive(c, 0)
    down_s = run(c, 100.0)
    place(c, 0, 1)
    down_s += run(c, 300.0)
    assert down_s[0] == pytest.approx(190.0)
    assert c.ledger.interval[Term.VM_DOWN_S] == pytest.approx(190.0)


def test_losing_every_host_for_good_terminates_and_charges_the_rest_as_if_every_vm_were_down():
    c = managed(vms=3, incidents=2)
    for h in range(2):
        schedule(c, IncidentKind.HOST_FAILURE, 60.0, 1e9, host=h, row=h)
    advance(c)
    assert c.clock.is_terminated[0] == 1
    assert c.ledger.episode[Term.VM_DOWN_S] == pytest.approx(3 * (86_400.0 - 60.0))
    assert c.ledger.step[Term.VM_DOWN_S] == c.ledger.episode[Term.VM_DOWN_S]
