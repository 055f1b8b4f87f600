"""The queue of orders: when each begins, what it waits for, and templates that are copied."""

from itertools import pairwise

import pytest

from tests.clusters import settings
from tests.filed import filed, order, run
from vienv.core import tasks
from vienv.core.enums import NO_HOST, Happening, MigrationPhase, OrderKind, OrderPhase, VmState
from vienv.core.files import sizes

TEMPLATE = 0


def rush(count=20, option=0, num_hosts=4):
    """A template and that many orders to clone it at second 0, each onto a host."""
    c = filed(vms=count + 1, num_orders=count, hosts=num_hosts)
    c.vms.state[:], c.vms.host[:] = VmState.NOT_ARRIVED, NO_HOST
    c.vms.arrives_at_s[:] = float("inf")
    c.disks.written_mb[1:] = 0.0
    c.volumes.used_mb[0] = 10_240.0
    c.files.booked_mb[:] = 0.0
    c.identities.was_up[:] = 0
    c.clock.placement_changed[0] = 1
    for k in range(count):
        order(c, k, OrderKind.CLONE, k + 1, 0.0, source=TEMPLATE, host=k % num_hosts, option=option)
    sizes.keep(c.files, c.disks, c.vms, c.volumes, c.clock)
    return c


def test_20_clones_of_10_gb_over_one_gigabit_link_are_there_after_1781_s():
    c = rush()
    run(c, 1_800.0)
    assert max(c.orders.ended_at_s) == pytest.approx(20 * 10_240.0 / 115.0, rel=1e-12)
    assert max(c.orders.ended_at_s) == pytest.approx(1_780.87, abs=0.005)


def test_20_raw_clones_find_19_names_and_19_licences_taken_and_serve_nobody():
    c = rush()
    run(c, 2_400.0)
    assert c.counters.number[Happening.NAME_CONFLICTS] == 19.0
    assert c.counters.number[Happening.ACTIVATIONS_REFUSED] == 19.0
    assert (c.vms.state[1:] == VmState.RUNNING).all()
    assert sorted(c.vms.up_s[1:]) == [0.0] * 19 + [20.0]


def test_20_customized_clones_find_no_name_taken_and_are_up_a_customization_and_a_boot_later():
    c = rush(option=1)
    run(c, 1_780.0)
    run(c, 1_800.0)
    ended_s = c.orders.ended_at_s.max()
    assert c.vms.up_at_s[1] == ended_s + 90.0
    run(c, 1_880.0)
    assert c.vms.up_at_s[1] == ended_s + 90.0 + 300.0 + 90.0
    run(c, 2_300.0)
    assert c.counters.number[Happening.NAME_CONFLICTS] == c.counters.number[Happening.ACTIVATIONS_REFUSED] == 0.0
    assert (c.vms.up_s[1:] == 20.0).all()


def test_clones_that_power_on_on_one_lun_come_one_reservation_after_another():
    c = rush(count=4)
    c.volumes.reservation_s[0] = 0.5
    run(c, 400.0)
    began_s = [0.0, 0.5, 1.0, 1.5]
    assert c.copies.requested_at_s.tolist() == began_s
    apart_s = [b - a for a, b in pairwise(sorted(c.vms.up_at_s[1:]))]
    assert min(apart_s) >= 0.5 - 1e-9


def test_a_linked_clone_is_there_in_seconds_and_takes_what_its_guest_writes():
    c = rush(count=1)
    c.orders.kind[0], c.disks.write_mb_s[1], c.disks.configured_mb[1] = OrderKind.LINKED_CLONE, 0.5, 116.0
    run(c, 100.0)
    assert c.orders.ended_at_s[0] == pytest.approx(5.0 + 16.0 / 115.0, rel=1e-12)
    assert c.vms.state[1] == VmState.RUNNING
    assert c.disks.written_mb.tolist() == [10_240.0, 16.0]
    assert c.volumes.growth_mb_s[0] == 0.5
    run(c, 100.0 + 200.0)
    assert c.disks.written_mb.tolist() == [10_240.0, 116.0]


def test_a_linked_clone_needs_no_room_but_for_its_beginning():
    c = rush(count=2)
    c.orders.kind[0] = OrderKind.LINKED_CLONE
    c.volumes.capacity_mb[0] = c.volumes.used_mb[0] + 1_000.0
    run(c, 20.0)
    assert c.orders.phase.tolist() == [OrderPhase.DONE, OrderPhase.FAILED]


def test_cloning_leaves_the_templates_files_and_identity_byte_for_byte():
    c = rush(option=1)
    before = [field[TEMPLATE].tobytes() for kind in (c.files, c.disks, c.identities) for field in kind]
    run(c, 2_400.0)
    assert [field[TEMPLATE].tobytes() for kind in (c.files, c.disks, c.identities) for field in kind] == before
    assert len(set(c.identities.identity.tolist())) == 21


def test_a_clone_without_a_host_waits_for_somebody_to_place_it():
    c = rush(count=1)
    c.orders.host[0] = NO_HOST
    run(c, 80.0)
    assert c.vms.state[1] == VmState.NOT_ARRIVED
    run(c, 100.0)
    assert (c.vms.state[1], c.vms.arrives_at_s[1]) == (VmState.AWAITING_PLACEMENT, c.orders.ended_at_s[0])


def test_no_more_copies_run_than_may_and_the_next_begins_at_the_second_at_which_one_ends():
    c = rush(count=3)
    settings(c, virtual_center_tasks_at_a_time=2)
    run(c, 20.0)
    assert c.orders.phase.tolist() == [OrderPhase.COPYING, OrderPhase.COPYING, OrderPhase.WAITING]
    run(c, 400.0)
    assert c.orders.ended_at_s[0] == c.orders.ended_at_s[1] == pytest.approx(2 * 10_240.0 / 115.0)
    assert c.orders.began_at_s[2] == c.orders.ended_at_s[0]
    assert c.orders.ended_at_s[2] == pytest.approx(3 * 10_240.0 / 115.0)
    assert c.counters.number[Happening.TASK_WAIT_S] == c.orders.began_at_s[2]
    assert (c.counters.number[Happening.TASKS_DONE], tasks.num_open(c.orders, c.clock)) == (3.0, 0)


def test_ten_orders_one_at_a_time_follow_each_other_without_a_gap_whatever_the_tick():
    ended = []
    for tick_s in (20.0, 7.0):
        c = rush(count=10)
        settings(c, virtual_center_tasks_at_a_time=1)
        c.clock.tick_s[0] = tick_s
        run(c, 1_000.0)
        assert c.orders.began_at_s[1:] == pytest.approx(c.orders.ended_at_s[:-1])
        ended.append(c.orders.ended_at_s.tolist())
    assert ended[0] == pytest.approx([(k + 1) * 10_240.0 / 115.0 for k in range(10)])
    assert ended[1] == pytest.approx(ended[0])


def test_orders_that_came_due_in_an_outage_begin_together_when_virtualcenter_is_back():
    c = filed(vms=4, num_orders=4)
    for k in range(4):
        order(c, k, OrderKind.BACKUP, k, 100.0 * (k + 1), datastore=1, option=1)
    c.clock.vc_returns_at_s[0] = 450.0
    run(c, 440.0)
    assert (c.orders.phase == OrderPhase.WAITING).all()
    assert tasks.num_open(c.orders, c.clock) == 4
    run(c, 1_000.0)
    assert c.orders.began_at_s.tolist() == [450.0] * 4
    assert c.counters.number[Happening.TASK_WAIT_S] == 350.0 + 250.0 + 150.0 + 50.0


def test_orders_wait_for_virtualcenter_and_copies_that_run_do_not():
    c = filed(num_orders=2)
    order(c, 0, OrderKind.BACKUP, 0, 0.0, datastore=1, option=1)
    order(c, 1, OrderKind.SNAPSHOT, 1, 30.0)
    run(c, 20.0)
    c.clock.vc_returns_at_s[0] = 205.0
    run(c, 200.0)
    assert c.orders.ended_at_s[0] == pytest.approx(10_240.0 / 115.0)
    assert c.orders.phase[1] == OrderPhase.WAITING
    run(c, 300.0)
    assert c.orders.began_at_s[1] == 205.0


def test_an_order_waits_for_its_vms_vmotion():
    c = filed()
    order(c, 0, OrderKind.SNAPSHOT, 0, 10.0)
    c.migrations.phase[0], c.migrations.source[0], c.migrations.destination[0] = MigrationPhase.PRECOPY, 0, 1
    run(c, 60.0)
    assert c.orders.phase[0] == OrderPhase.WAITING
    c.migrations.phase[0] = MigrationPhase.NONE
    run(c, 80.0)
    assert c.orders.began_at_s[0] == 60.0


def test_a_retired_vm_leaves_no_files_no_host_and_nobody_who_misses_it():
    c = filed()
    order(c, 0, OrderKind.RETIRE, 0, 50.0)
    run(c, 100.0)
    assert (c.vms.state[0], c.vms.host[0], c.disks.written_mb[0]) == (VmState.NOT_ARRIVED, NO_HOST, 0.0)
    assert c.down_s[0] == 0.0


def test_a_clone_that_does_not_fit_its_datastore_is_not_begun():
    c = rush(count=1)
    c.volumes.capacity_mb[0] = 15_000.0
    run(c, 40.0)
    assert (c.orders.phase[0], c.disks.written_mb[1]) == (OrderPhase.FAILED, 0.0)


def test_a_clone_whose_host_has_no_room_for_it_waits_for_another():
    c = rush(count=1)
    c.vms.memory_reservation_mb[1] = c.vms.memory_mb[1] = c.hosts.memory_capacity_mb[0]
    run(c, 100.0)
    assert c.orders.phase[0] == OrderPhase.DONE
    assert (c.vms.state[1], c.vms.host[1]) == (VmState.AWAITING_PLACEMENT, NO_HOST)


def test_a_vm_whose_room_was_taken_while_it_was_backed_up_is_restarted_elsewhere():
    c = filed(vms=2)
    c.vms.host[:], c.clock.placement_changed[0] = 0, 1
    order(c, 0, OrderKind.BACKUP, 0, 0.0, datastore=1, option=0)
    run(c, 20.0)
    assert c.vms.state[0] == VmState.WITHOUT_FILES
    c.vms.memory_reservation_mb[1], c.clock.placement_changed[0] = c.hosts.memory_capacity_mb[0] - 200.0, 1
    run(c, 120.0)
    assert c.orders.phase[0] == OrderPhase.DONE
    assert (c.vms.state[0], c.vms.host[0]) == (VmState.STARTING, 1)


def test_an_order_waits_while_another_on_its_vm_copies():
    c = filed(num_orders=2)
    order(c, 0, OrderKind.BACKUP, 0, 0.0, datastore=1, option=1)
    order(c, 1, OrderKind.DELETE_DISK, 0, 10.0)
    run(c, 40.0)
    assert c.orders.phase.tolist() == [OrderPhase.COPYING, OrderPhase.WAITING]
    run(c, 200.0)
    assert c.orders.began_at_s[1] >= c.orders.ended_at_s[0]
    assert c.vms.state[0] == VmState.WITHOUT_FILES
