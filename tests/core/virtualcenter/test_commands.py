"""Commands and their refusals, each produced by a situation on a cluster of two to four hosts."""

import pytest

from tests.managed import (
    advance,
    arrive,
    managed,
    migrate,
    order_standby,
    place,
    refusal_of_any,
    refusal_of_migration,
    refusal_of_placement,
    refusal_of_standby,
    refusal_of_wake,
    run,
    schedule,
    wake,
)
from vienv.core.enums import (
    AdmissionPolicy,
    ConnectionState,
    IncidentKind,
    MigrationPhase,
    PowerState,
    Refusal,
    Term,
    VmState,
)
from vienv.core.virtualcenter import commands

ACCEPTED = Refusal.ACCEPTED

# Against every command


def test_an_outage_refuses_every_command_until_it_is_over():
    c = managed()
    c.clock.vc_returns_at_s[0] = 100.0
    assert refusal_of_any(c) == Refusal.VC_DOWN
    c.clock.now_s[0] = 100.0
    assert refusal_of_any(c) == ACCEPTED


def test_the_cap_is_eight_commands_for_each_host_that_is_on():
    c = managed(hosts=3)
    c.hosts.power_state[2] = PowerState.STANDBY
    c.clock.commands[0] = 15
    assert refusal_of_any(c) == ACCEPTED
    c.clock.commands[0] = 16
    assert refusal_of_any(c) == Refusal.COMMAND_LIMIT


def test_every_accepted_command_counts_against_the_cap():
    c = managed(hosts=4, vms=3)
    c.hosts.power_state[3] = PowerState.STANDBY
    arrive(c, 2)
    migrate(c, 0, 1)
    place(c, 2, 1)
    wake(c, 3)
    order_standby(c, 2)
    assert c.clock.commands[0] == 4


def test_a_new_interval_forgets_what_was_commanded():
    c = managed(hosts=3)
    migrate(c, 0, 2)
    order_standby(c, 1)
    commands.open_interval(c.hosts, c.vms, c.clock)
    assert c.clock.commands[0] == 0
    assert not c.hosts.commanded.any()
    assert not c.vms.commanded.any()


# Migrations


def test_a_vm_is_commanded_once_an_interval():
    c = managed()
    migrate(c, 0, 1)
    assert refusal_of_migration(c, 0, 1) == Refusal.ALREADY_COMMANDED
    advance(c)
    assert c.vms.host[0] == 1
    assert refusal_of_migration(c, 0, 0) == ACCEPTED


@pytest.mark.parametrize(
    ("refusal", "change"),
    [
        (Refusal.VM_NOT_RUNNING, lambda c: c.vms.state.__setitem__(0, VmState.DOWN)),
        (Refusal.VM_MIGRATING, lambda c: c.migrations.phase.__setitem__(0, MigrationPhase.QUEUED)),
        (Refusal.SAME_HOST, lambda c: c.vms.host.__setitem__(0, 1)),
        (Refusal.SOURCE_NOT_CONNECTED, lambda c: c.hosts.connection.__setitem__(0, ConnectionState.IN_MAINTENANCE)),
        (Refusal.DESTINATION_NOT_CONNECTED, lambda c: c.hosts.power_state.__setitem__(1, PowerState.STANDBY)),
        (
            Refusal.DESTINATION_NOT_CONNECTED,
            lambda c: c.hosts.connection.__setitem__(1, ConnectionState.ENTERING_MAINTENANCE),
        ),
        (Refusal.NO_SHARED_DATASTORE, lambda c: c.paths.is_reachable.__setitem__(1, 0)),
        (Refusal.NO_GIGABIT_VMKERNEL, lambda c: c.hosts.vmkernel_mbps.__setitem__(1, 100.0)),
        (Refusal.CPU_CLASS, lambda c: c.hosts.cpu_class.__setitem__(1, 1)),
        (Refusal.NO_ROOM, lambda c: c.vms.memory_reservation_mb.__setitem__(slice(None), 8000.0)),
        (Refusal.RULE, lambda c: c.vms.apart_group.__setitem__(slice(None), 0)),
    ],
)
def test_a_migration_is_refused_with_the_reason(refusal, change):
    c = managed()
    assert refusal_of_migration(c, 0, 1) == ACCEPTED
    change(c)
    assert refusal_of_migration(c, 0, 1) == refusal


# Placements


def test_an_arrival_that_waits_is_placed_and_boots():
    c = managed(ha_guest_boot_s=90.0)
    c.clock.now_s[0] = 300.0
    arrive(c, 1)
    assert refusal_of_placement(c, 1, 0) == ACCEPTED
    c.vms.shared_mb[1] = 100.0
    place(c, 1, 0)
    assert c.vms.shared_mb[1] == 0.0  # page sharing begins anew
    assert (c.vms.host[1], c.vms.state[1], c.vms.up_at_s[1]) == (0, VmState.STARTING, 390.0)


def test_only_a_vm_that_waits_is_placed():
    assert refusal_of_placement(managed(), 0, 1) == Refusal.VM_NOT_WAITING


def test_a_placement_that_would_use_up_failover_capacity_is_refused():
    # hosts of 15 slots: one set aside leaves 15, and 16 VMs want one each
    changes = {"ha_admission_policy": AdmissionPolicy.SLOTS, "ha_slot_mb": 1026.0}
    c = managed(vms=16, mhz=0.0, **changes)
    arrive(c, 15)
    assert refusal_of_placement(c, 15, 0) == Refusal.ADMISSION_CONTROL
    c = managed(vms=15, mhz=0.0, **changes)
    arrive(c, 14)
    assert refusal_of_placement(c, 14, 0) == ACCEPTED


def test_a_placement_is_refused_for_the_host_s_sake_too():
    c = managed()
    arrive(c, 1)
    c.hosts.power_state[1] = PowerState.BOOTING
    assert refusal_of_placement(c, 1, 1) == Refusal.DESTINATION_NOT_CONNECTED
    c.paths.is_reachable[0] = 0
    assert refusal_of_placement(c, 1, 0) == Refusal.NO_SHARED_DATASTORE
    c.paths.is_reachable[0], c.vms.memory_reservation_mb[1] = 1, 16_000.0
    assert refusal_of_placement(c, 1, 0) == Refusal.NO_ROOM
    c.vms.memory_reservation_mb[1], c.vms.apart_group[:] = 0.0, 2
    assert refusal_of_placement(c, 1, 0) == Refusal.RULE


# Standby


def test_a_host_whose_vms_have_somewhere_to_go_may_sleep():
    assert refusal_of_standby(managed(), 0) == ACCEPTED


def test_the_last_host_that_is_on_stays_on():
    c = managed(on=[0, 0])
    c.hosts.power_state[1] = PowerState.STANDBY
    assert refusal_of_standby(c, 0) == Refusal.LAST_PEER


def test_the_minimum_of_hosts_stays_on():
    c = managed(hosts=3, power_minimum_hosts_on=2)
    assert refusal_of_standby(c, 2) == ACCEPTED
    c.hosts.connection[1] = ConnectionState.IN_MAINTENANCE  # a host that takes no VMs does not count
    assert refusal_of_standby(c, 2) == Refusal.MINIMUM_HOSTS


def test_a_host_that_failover_needs_stays_on():
    # 8 GB reserved on each of 2 hosts: one host holds one, so with one left nothing is spare
    c = managed(hosts=3, ha_admission_policy=AdmissionPolicy.SLOTS)
    c.vms.memory_reservation_mb[:] = 8000.0
    assert refusal_of_standby(c, 2) == Refusal.ADMISSION_CONTROL
    c.vms.memory_reservation_mb[:] = 0.0
    assert refusal_of_standby(c, 2) == ACCEPTED


def test_a_host_whose_vms_fit_nowhere_stays_on():
    assert refusal_of_standby(managed(mhz=[4500.0, 5001.0]), 0) == Refusal.NO_EVACUATION_PLAN
    assert refusal_of_standby(managed(mhz=[4500.0, 5000.0]), 0) == ACCEPTED


def test_a_host_is_commanded_once_an_interval():
    c = managed(hosts=3)
    c.hosts.power_state[2] = PowerState.STANDBY
    wake(c, 2)
    assert refusal_of_wake(c, 2) == Refusal.ALREADY_COMMANDED
    assert refusal_of_standby(c, 2) == Refusal.ALREADY_COMMANDED


@pytest.mark.parametrize("state", [state for state in PowerState if state != PowerState.ON])
def test_only_a_host_that_is_on_is_sent_to_standby(state):
    c = managed(hosts=3, on=[0, 1])
    c.hosts.power_state[2] = state
    assert refusal_of_standby(c, 2) == Refusal.HOST_NOT_ON


def test_a_host_in_maintenance_is_not_sent_to_standby():
    c = managed(hosts=3)
    c.hosts.connection[2] = ConnectionState.IN_MAINTENANCE
    assert refusal_of_standby(c, 2) == Refusal.HOST_NOT_ON


# Wake


@pytest.mark.parametrize("state", [state for state in PowerState if state != PowerState.STANDBY])
def test_only_a_host_in_standby_is_woken(state):
    c = managed(hosts=3, on=[0, 1])
    c.hosts.power_state[2] = state
    assert refusal_of_wake(c, 2) == Refusal.HOST_NOT_IN_STANDBY


def test_a_magic_packet_needs_a_peer_that_is_on_and_the_vmkernel_network_at_both_ends():
    c = managed(on=[0, 0])
    c.hosts.power_state[1] = PowerState.STANDBY
    assert refusal_of_wake(c, 1) == ACCEPTED
    c.hosts.vmkernel_mbps[1] = 0.0
    assert refusal_of_wake(c, 1) == Refusal.NO_PEER_TO_WAKE
    c.hosts.vmkernel_mbps[:] = [0.0, 1000.0]
    assert refusal_of_wake(c, 1) == Refusal.NO_PEER_TO_WAKE
    c.hosts.vmkernel_mbps[:], c.hosts.power_state[0] = 1000.0, PowerState.FAILED
    assert refusal_of_wake(c, 1) == Refusal.NO_PEER_TO_WAKE


def test_a_wake_sends_the_packet_now():
    c = managed(on=[0, 0], power_wake_s=5.0)
    c.clock.now_s[0], c.hosts.power_state[1] = 600.0, PowerState.STANDBY
    wake(c, 1)
    assert (c.hosts.power_state[1], c.hosts.ready_at_s[1]) == (PowerState.WAKING, 605.0)


# A cluster that is lost


@pytest.mark.parametrize(
    ("states", "repair_at_s", "is_lost"),
    [
        ((PowerState.FAILED, PowerState.STANDBY), 1e9, True),
        ((PowerState.STANDBY, PowerState.STANDBY), 1e9, True),  # no peer is left to send a packet
        ((PowerState.FAILED, PowerState.STANDBY), 1000.0, False),
        ((PowerState.FAILED, PowerState.BOOTING), 1e9, False),
        ((PowerState.FAILED, PowerState.WAKING), 1e9, False),
        ((PowerState.FAILED, PowerState.ENTERING_STANDBY), 1e9, False),
        ((PowerState.FAILED, PowerState.ON), 1e9, False),
    ],
)
def test_a_cluster_is_lost_when_nobody_is_on_or_will_come_back_in_time(states, repair_at_s, is_lost):
    c = managed()
    c.hosts.power_state[:], c.hosts.repair_at_s[0] = states, repair_at_s
    commands.judge_loss(c.hosts, c.clock)
    assert c.clock.is_terminated[0] == is_lost


# Through whole intervals


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
