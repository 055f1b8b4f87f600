"""Who lives where, and what a host has promised: two hosts, a few VMs."""

import numpy as np
import pytest

from tests.clusters import cluster
from tests.vmotions import order
from vienv.core import inventory
from vienv.core.enums import NO_HOST, PowerState, VmState
from vienv.core.state import NEVER


def grouped(c):
    c.clock.placement_changed[0] = 1
    inventory.group(c.hosts, c.vms, c.migrations, c.clock)
    return c


def living_on(c, h):
    first = c.hosts.first_vm[h]
    return c.vms.by_host[first : first + c.hosts.num_vms[h]].tolist()


def test_vms_are_listed_by_host_in_order_of_index():
    c = cluster(hosts=3, vms=5)
    c.vms.host[:] = [2, 0, 2, 0, 2]
    grouped(c)
    assert [living_on(c, h) for h in range(3)] == [[1, 3], [], [0, 2, 4]]


def test_vms_without_a_host_come_last():
    c = cluster(hosts=2, vms=4)
    c.vms.host[:], c.vms.state[0] = [NO_HOST, 1, 0, 1], VmState.NOT_ARRIVED
    grouped(c)
    assert c.vms.by_host.tolist() == [2, 1, 3, 0]
    assert c.hosts.num_vms.tolist() == [1, 2]


def test_nothing_is_regrouped_while_nothing_has_moved():
    c = grouped(cluster())
    c.vms.host[:] = 1
    inventory.group(c.hosts, c.vms, c.migrations, c.clock)
    assert c.hosts.num_vms.tolist() == [1, 1]


def test_a_host_promises_reservations_and_overhead_of_running_and_starting_vms_only():
    c = cluster(hosts=1, vms=3)
    c.vms.cpu_reservation_mhz[:], c.vms.memory_reservation_mb[:] = [100.0, 200.0, 400.0], [1.0, 2.0, 4.0]
    c.vms.state[:] = [VmState.RUNNING, VmState.STARTING, VmState.DOWN]
    grouped(c)
    assert c.hosts.reserved_mhz[0] == 300.0
    assert c.hosts.reserved_mb[0] == 3.0 + 2 * 124.0
    assert c.hosts.num_vms[0] == 3  # one that is down stays registered


def test_a_vm_on_its_way_is_promised_room_at_both_ends():
    c = grouped(cluster(hosts=2, vms=1))
    c.vms.cpu_reservation_mhz[0] = 100.0
    order(c, 0, 1)
    grouped(c)
    assert c.hosts.reserved_mhz.tolist() == [100.0, 100.0]
    assert living_on(c, 0) == [0]


def test_grouping_agrees_with_what_queueing_added_up_before():
    c = grouped(cluster(hosts=2, vms=2))
    c.vms.memory_reservation_mb[:] = [512.0, 256.0]
    grouped(c)
    order(c, 0, 1)
    added = c.hosts.reserved_mb.copy()
    grouped(c)
    assert c.hosts.reserved_mb == pytest.approx(added, rel=1e-12)


def test_a_vm_is_planned_where_its_migration_goes():
    c = grouped(cluster(hosts=2, vms=2))
    order(c, 0, 1)
    assert [inventory.planned_host(c.vms, c.migrations, v) for v in range(2)] == [1, 1]
    c.vms.host[1] = NO_HOST
    assert inventory.planned_host(c.vms, c.migrations, 1) == NO_HOST


def test_a_tick_begins_as_if_the_state_at_its_beginning_held_throughout():
    c = cluster(hosts=7, vms=7)
    c.hosts.power_state[:] = list(PowerState)
    c.vms.state[:4] = [VmState.RUNNING, VmState.STARTING, VmState.DOWN, VmState.AWAITING_PLACEMENT]
    c.hosts.vmotion_mhz[:], c.hosts.fails_at_s[:], c.vms.slowdown[:] = 7.0, 3.0, 0.5
    inventory.begin_tick(c.hosts, c.vms, c.migrations, c.clock)
    on = [PowerState.ON, PowerState.ENTERING_STANDBY]
    assert c.hosts.on_s.tolist() == [20.0 if state in on else 0.0 for state in PowerState]
    coming = [PowerState.WAKING, PowerState.BOOTING]
    assert c.hosts.boot_tick_s.tolist() == [20.0 if state in coming else 0.0 for state in PowerState]
    assert c.vms.up_s[:4].tolist() == [20.0, 0.0, 0.0, 0.0]
    assert (c.hosts.fails_at_s == NEVER).all()
    assert not np.concatenate([c.hosts.vmotion_mhz, c.vms.slowdown]).any()
