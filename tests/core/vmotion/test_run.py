"""vMotion on two-host clusters: hosts that die in flight, what a switch-over leaves, and what it costs."""

import pytest

from tests.vmotions import GB, RATE, moved, one, order, promised_mb, run_tick, run_until_idle, ten_gigabit
from vienv.core import inventory
from vienv.core.enums import Metric, MigrationPhase, PowerState, Term, VmState
from vienv.core.state import NEVER

# Failures in flight


@pytest.mark.parametrize("queued", [False, True])
@pytest.mark.parametrize("dead", [0, 1])
def test_a_host_that_dies_leaves_the_vm_at_its_source_and_frees_both_reservations(dead, queued):
    c = one(4 * GB)
    c.vms.memory_reservation_mb[0] = 1000.0
    c.clock.placement_changed[0] = 1
    inventory.group(c.hosts, c.vms, c.migrations, c.clock)
    if queued:
        c.hosts.vmotion_limit[:] = 0
    order(c, 0, 1)
    assert c.hosts.reserved_mb[1] == 1124.0
    run_tick(c, dies={dead: 7.0})
    assert c.vms.host[0] == 0
    assert c.migrations.failed_at_s[0] == 7.0
    assert c.migrations.sent_mb[0] == pytest.approx(0.0 if queued else 7.0 * RATE)
    assert c.hosts.reserved_mb.tolist() == [1124.0, 0.0]
    assert c.hosts.vmotions.tolist() == [0, 0]
    assert c.datastores.migrations[0] == 0
    assert c.clock.copying[0] == 0
    assert c.metrics.value[Metric.MIGRATIONS_FAILED] == 1


def test_a_vmotion_that_ended_before_its_source_dies_has_ended():
    c = one()
    order(c, 0, 1)
    run_tick(c, dies={0: 9.2})
    assert c.vms.host[0] == 1
    assert c.metrics.value[Metric.MIGRATIONS_FAILED] == 0


def test_a_host_that_dies_frees_the_bandwidth_for_the_others_at_that_second():
    c = one(2 * GB, 0.0, vms=2, hosts=3)
    order(c, 0, 1)
    order(c, 1, 2)
    run_tick(c, dies={2: 10.0})
    run_until_idle(c)
    assert c.migrations.ended_at_s[0] == pytest.approx(10.0 + (2 * GB - 10.0 * RATE / 2) / RATE)


def test_a_guest_that_was_stopped_when_the_destination_died_is_billed_for_the_seconds_it_was_stopped():
    c = one(GB, 0.0, vmotion_fixed_downtime_s=5.0)
    order(c, 0, 1)
    run_tick(c, dies={1: GB / RATE + 2.0})
    assert c.vms.host[0] == 0
    assert c.ledger.interval[Term.VMOTION_DOWNTIME_S] == pytest.approx(2.0)


# What it leaves and what it costs


def test_the_switch_over_moves_the_vm_and_its_reservation_and_loses_page_sharing():
    c = one()
    c.vms.memory_reservation_mb[0], c.vms.cpu_reservation_mhz[0] = 1000.0, 500.0
    c.vms.shared_mb[0], c.vms.ballooned_mb[0], c.vms.swapped_mb[0] = 100.0, 50.0, 20.0
    c.clock.placement_changed[0] = 1
    inventory.group(c.hosts, c.vms, c.migrations, c.clock)
    moved(c)
    assert c.vms.host[0] == 1
    assert c.vms.state[0] == VmState.RUNNING
    assert (c.vms.shared_mb[0], c.vms.ballooned_mb[0], c.vms.swapped_mb[0]) == (0.0, 0.0, 0.0)
    assert c.hosts.reserved_mb.tolist() == [0.0, 1124.0]
    assert c.hosts.reserved_mhz.tolist() == [0.0, 500.0]
    assert c.clock.placement_changed[0] == 1
    assert c.migrations.phase[0] == MigrationPhase.NONE


def test_the_vm_lives_at_its_source_until_the_switch_over_has_ended():
    c = one(GB, 0.0, vmotion_fixed_downtime_s=15.0)
    order(c, 0, 1)
    run_tick(c)
    assert c.migrations.phase[0] == MigrationPhase.SWITCH_OVER
    assert c.vms.host[0] == 0
    assert c.hosts.reserved_mb.tolist() == [promised_mb(c, 0), promised_mb(c, 1)]
    run_tick(c)
    assert c.vms.host[0] == 1


def test_a_vmotion_is_billed_when_copying_begins_and_its_downtime_when_it_ends():
    c = one(GB, 0.0, vmotion_setup_s=25.0, vmotion_fixed_downtime_s=0.5)
    order(c, 0, 1)
    run_tick(c)
    assert c.ledger.interval[Term.MIGRATIONS] == 0
    run_tick(c)
    assert c.ledger.interval[Term.MIGRATIONS] == 1
    assert c.ledger.interval[Term.VMOTION_DOWNTIME_S] == pytest.approx(0.5)
    assert c.metrics.value[Metric.MIGRATION_S] == pytest.approx(25.0 + GB / RATE + 0.5)


def test_all_vmotions_of_a_host_share_30_percent_of_one_core_on_both_sides_while_they_last():
    c = one(GB, 0.0, vms=2, hosts=3)
    order(c, 0, 1)
    order(c, 1, 2)
    run_tick(c)
    busy = 2 * GB / RATE / 20.0
    assert c.hosts.vmotion_mhz.tolist() == pytest.approx([0.3 * 2500.0 * busy] * 3)


def test_ten_gigabit_takes_a_whole_core():
    c = ten_gigabit(one(16 * GB, 0.0))
    order(c, 0, 1)
    c.clock.tick_s[0] = 5.0
    run_tick(c)
    assert c.hosts.vmotion_mhz.tolist() == pytest.approx([2500.0, 2500.0])


def test_a_queued_vmotion_costs_nothing():
    c = one()
    c.clock.vc_returns_at_s[0] = NEVER
    order(c, 0, 1)
    run_tick(c)
    assert c.hosts.vmotion_mhz.tolist() == [0.0, 0.0]
    assert c.vms.slowdown[0] == 0.0


def test_the_guest_loses_a_tenth_of_its_cpu_while_it_is_copied():
    c = moved(one(GB, 0.0, vmotion_setup_s=2.0))
    assert c.vms.slowdown[0] == pytest.approx(0.1 * GB / RATE / 20.0)


def test_a_host_that_enters_standby_after_copying_began_still_receives_the_vm():
    c = one(4 * GB)
    order(c, 0, 1)
    run_tick(c)
    c.hosts.power_state[1] = PowerState.ENTERING_STANDBY
    run_until_idle(c)
    assert c.vms.host[0] == 1
