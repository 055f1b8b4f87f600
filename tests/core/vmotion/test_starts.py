"""The vMotion queue: limits, order, and being judged again when the turn has come."""

import pytest

from tests.vmotions import GB, moved, one, order, run_tick, run_until_idle
from vienv.core import inventory
from vienv.core.enums import ConnectionState, Metric, MigrationPhase, Term


def test_eight_1_gb_vms_leave_a_host_in_77_s_two_at_a_time():
    c = one(vms=8)
    for v in range(8):
        order(c, v, 1)
    run_until_idle(c)
    assert (c.vms.host == 1).all()
    assert max(c.migrations.ended_at_s) == pytest.approx(4 * 19.1, abs=0.3)


def test_eight_1_gb_vms_leave_a_host_in_84_s_four_at_a_time():
    c = one(vms=8)
    c.hosts.vmotion_limit[:] = 4
    for v in range(8):
        order(c, v, 1)
    run_until_idle(c)
    assert max(c.migrations.ended_at_s) == pytest.approx(2 * 42.2, abs=0.3)


def test_two_1_gb_vmotions_one_after_the_other_end_within_one_tick():
    c = one(vms=2)
    c.hosts.vmotion_limit[:] = 1
    order(c, 0, 1)
    order(c, 1, 1)
    run_tick(c)
    assert c.migrations.ended_at_s.tolist() == pytest.approx([9.14, 18.28], abs=0.01)
    assert c.migrations.started_at_s[1] == c.migrations.ended_at_s[0]
    assert c.clock.copying[0] == 0


def test_a_host_has_two_at_a_time_as_source():
    c = one(vms=4, hosts=5)
    for v in range(4):
        order(c, v, v + 1)
    c.clock.tick_s[0] = 1.0
    run_tick(c)
    assert [int(p) for p in c.migrations.phase].count(MigrationPhase.QUEUED) == 2
    assert c.hosts.vmotions[0] == 2


def test_a_host_has_two_at_a_time_as_destination():
    c = one(vms=4, hosts=5)
    c.vms.host[:] = [0, 1, 2, 3]
    for v in range(4):
        order(c, v, 4)
    c.clock.tick_s[0] = 1.0
    run_tick(c)
    assert [int(p) for p in c.migrations.phase].count(MigrationPhase.QUEUED) == 2
    assert c.hosts.vmotions[4] == 2


def test_a_datastore_has_four_at_a_time():
    c = one(vms=6, hosts=12)
    c.vms.host[:] = range(6)
    for v in range(6):
        order(c, v, v + 6)
    c.clock.tick_s[0] = 1.0
    run_tick(c)
    assert [int(p) for p in c.migrations.phase].count(MigrationPhase.PRECOPY) == 4
    assert c.datastores.migrations[0] == 4


def test_a_task_that_must_wait_lets_a_later_one_pass_but_not_one_for_the_same_limit():
    c = one(vms=4, hosts=4)
    c.hosts.vmotion_limit[:] = 1
    c.vms.host[3] = 2
    c.clock.tick_s[0] = 1.0
    order(c, 2, 1)
    order(c, 0, 1)
    order(c, 1, 1)
    order(c, 3, 3)
    run_tick(c)
    assert [int(c.migrations.phase[v]) for v in (2, 3)] == [MigrationPhase.PRECOPY] * 2
    assert [int(c.migrations.phase[v]) for v in (0, 1)] == [MigrationPhase.QUEUED] * 2
    run_until_idle(c)
    assert c.migrations.ticket.tolist() == [1, 2, 0, 3]
    assert c.migrations.started_at_s[0] < c.migrations.started_at_s[1]


def test_a_queued_vmotion_is_judged_again_when_it_starts_and_can_then_fail():
    c = one(vms=2, hosts=3)
    c.hosts.vmotion_limit[:] = 1
    order(c, 0, 1)
    order(c, 1, 2)
    c.hosts.connection[2] = ConnectionState.ENTERING_MAINTENANCE
    run_tick(c)
    assert c.vms.host.tolist() == [1, 0]
    assert c.migrations.failed_at_s[1] == c.migrations.ended_at_s[0], "at the second at which its turn came"
    assert c.metrics.value[Metric.MIGRATIONS_FAILED] == 1
    assert c.ledger.interval[Term.MIGRATIONS] == 1, "what never copied is not billed"
    assert c.hosts.reserved_mb[2] == pytest.approx(0.0)


def test_a_task_that_fails_when_it_starts_does_not_hold_up_the_next():
    c = one(vms=2, hosts=3)
    order(c, 0, 2)
    order(c, 1, 1)
    c.hosts.connection[2] = ConnectionState.ENTERING_MAINTENANCE
    run_tick(c)
    assert c.migrations.failed_at_s[0] == 0.0
    assert c.migrations.started_at_s[1] == 0.0
    assert c.migrations.ended_at_s[1] == pytest.approx(9.14, abs=0.01)


def test_a_queued_vmotion_has_its_destination_grouped_anew():
    c = one()
    order(c, 0, 1)
    assert c.clock.placement_changed[0] == 1
    promised = c.hosts.reserved_mb.tolist()
    inventory.group(c.hosts, c.vms, c.migrations, c.clock)
    assert c.hosts.reserved_mb.tolist() == promised == [124.0, 124.0]


def test_a_vm_that_moves_again_starts_from_nothing():
    c = moved(one(GB, 20.0))
    first = [float(c.migrations.sent_mb[0]), int(c.migrations.rounds[0]), float(c.migrations.downtime_s[0])]
    order(c, 0, 0)
    run_until_idle(c)
    again = [float(c.migrations.sent_mb[0]), int(c.migrations.rounds[0]), float(c.migrations.downtime_s[0])]
    assert again == pytest.approx(first)
    assert c.vms.host[0] == 0


def test_a_vmotion_in_flight_goes_on_while_virtualcenter_is_down_and_the_queue_waits():
    c = one(4 * GB, 10.0, vms=2, vmotion_setup_s=10.0, vmotion_fixed_downtime_s=0.06)
    c.hosts.vmotion_limit[:] = 1
    c.clock.now_s[0] = 80.0
    order(c, 0, 1)
    order(c, 1, 1)
    run_tick(c)
    c.clock.vc_returns_at_s[0] = 1905.0
    run_until_idle(c)
    assert c.migrations.ended_at_s[0] == pytest.approx(128.3, abs=0.05), "begun at 90"
    assert c.migrations.started_at_s[1] == 1905.0


def test_a_tick_with_nothing_queued_changes_nothing_but_the_time():
    c = one()
    inventory.begin_tick(c.hosts, c.vms, c.migrations, c.clock)
    floats, ints = c.floats.copy(), c.ints.copy()
    run_tick(c)
    c.clock.now_s[0] = 0.0
    assert (c.floats == floats).all()
    assert (c.ints == ints).all()
