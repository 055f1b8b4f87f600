"""The order of a tick, seen from outside: what precedes what, on clusters of two and three hosts."""

import numpy as np
import pytest

from tests.managed import advance, managed, migrate, order_standby, run, schedule
from vienv.core.enums import IncidentKind, MigrationPhase, PowerState, Term, VmState


def test_a_tick_moves_the_clock_by_its_length():
    c = managed()
    run(c, 20.0)
    assert (c.clock.tick[0], c.clock.now_s[0]) == (1, 20.0)


def test_time_is_ticks_times_length_without_drift():
    c = managed()
    c.clock.tick_s[0] = 0.1
    run(c, 100.0)
    assert c.clock.now_s[0] == c.clock.tick[0] * 0.1


def test_an_evacuation_is_ordered_before_the_copying_of_the_same_tick():
    c = managed(vms=1, on=[0])
    order_standby(c, 0)
    run(c, 20.0)
    assert c.migrations.ended_at_s[0] == pytest.approx(9.1, abs=0.2)  # and the fixed downtime
    assert c.vms.host[0] == 1


def test_a_migration_that_ends_before_its_source_dies_in_the_same_tick_has_ended():
    c = managed(vms=1, on=[0], incidents=1)
    migrate(c, 0, 1)
    schedule(c, IncidentKind.HOST_FAILURE, 15.0, 1e6, host=0)
    assert not run(c, 20.0).any()
    assert (c.vms.host[0], c.vms.state[0]) == (1, VmState.RUNNING)


def test_a_migration_that_would_have_ended_after_its_source_dies_is_lost_with_the_vm():
    c = managed(vms=1, on=[0], incidents=1)
    migrate(c, 0, 1)
    schedule(c, IncidentKind.HOST_FAILURE, 5.0, 1e6, host=0)
    assert run(c, 20.0)[0] == pytest.approx(15.0)
    assert c.migrations.phase[0] == MigrationPhase.NONE
    assert c.migrations.failed_at_s[0] == 5.0


def test_a_death_early_in_a_tick_is_detected_and_answered_in_the_same_tick():
    c = managed(vms=1, on=[0], incidents=1, ha_guest_boot_s=90.0)
    schedule(c, IncidentKind.HOST_FAILURE, 2.0, 1e6, host=0)
    run(c, 20.0)
    assert (c.vms.host[0], c.vms.state[0], c.vms.up_at_s[0]) == (1, VmState.STARTING, 2.0 + 15.0 + 90.0)


def test_cpu_is_shared_where_a_vm_has_arrived_in_the_same_tick():
    c = managed(vms=1, on=[0], mhz=1000.0)
    migrate(c, 0, 1)
    run(c, 20.0)
    assert c.hosts.demand_mhz.tolist() == [0.0, 1000.0]


def test_watts_follow_the_cpu_that_was_delivered_in_the_same_tick():
    c = managed(vms=1, on=[0], mhz=2500.0)
    run(c, 20.0)
    assert c.hosts.power_w == pytest.approx([225.0, 200.0])


def test_a_vm_that_arrives_during_a_tick_waits_at_its_end_and_is_billed_from_its_second():
    c = managed(vms=1)
    c.vms.state[0], c.vms.host[0], c.vms.arrives_at_s[0] = VmState.NOT_ARRIVED, -1, 12.0
    run(c, 20.0)
    assert c.vms.state[0] == VmState.AWAITING_PLACEMENT
    assert c.ledger.interval[Term.VM_DOWN_S] == 8.0


def test_an_empty_host_that_was_ordered_to_sleep_is_asleep_after_its_shutdown_to_the_second():
    c = managed(vms=1, on=[0])
    c.hosts.shutdown_s[:] = 70.0
    order_standby(c, 1)
    run(c, 80.0)
    assert c.hosts.power_state[1] == PowerState.STANDBY
    assert c.hosts.state_since_s[1] == 70.0


def test_an_interval_s_terms_are_the_sums_over_its_ticks():
    c, other = managed(vms=3, mhz=2000.0), managed(vms=3, mhz=2000.0)
    advance(c)
    run(other, 300.0)
    assert c.ledger.last[: Term.RULE_VIOLATIONS].tolist() == other.ledger.interval[: Term.RULE_VIOLATIONS].tolist()


def test_a_cluster_left_alone_repeats_itself():
    first, second = managed(vms=4, mhz=1500.0), managed(vms=4, mhz=1500.0)
    for c in (first, second):
        run(c, 300.0)
    assert np.array_equal(first.floats, second.floats)
    assert np.array_equal(first.ints, second.ints)
