"""Preconditions: who may run where, and what VirtualCenter says when not."""

from types import SimpleNamespace

import pytest

from tests.vmotions import order, pair
from vienv.core import compatibility
from vienv.core.enums import ConnectionState, MigrationPhase, PowerState, Refusal, VmState


def vmotion(c: SimpleNamespace, v: int = 0, h: int = 1) -> int:
    return compatibility.refusal_of_vmotion(c.hosts, c.vms, c.migrations, c.paths, c.vmotion, v, h)


def start(c: SimpleNamespace, v: int = 0) -> int:
    return compatibility.refusal_of_start(c.hosts, c.vms, c.migrations, c.paths, c.vmotion, v)


def power_on(c: SimpleNamespace, v: int = 0, h: int = 1, honours_rules: bool = True) -> int:
    return compatibility.refusal_of_power_on(c.hosts, c.vms, c.migrations, c.paths, v, h, honours_rules)


def test_vmotion_between_two_ordinary_hosts_is_accepted():
    assert vmotion(pair()) == Refusal.ACCEPTED


@pytest.mark.parametrize("state", [VmState.NOT_ARRIVED, VmState.AWAITING_PLACEMENT, VmState.STARTING, VmState.DOWN])
def test_vmotion_of_a_vm_that_does_not_run_is_refused(state):
    c = pair()
    c.vms.state[0] = state
    assert vmotion(c) == Refusal.VM_NOT_RUNNING


@pytest.mark.parametrize("phase", [p for p in MigrationPhase if p != MigrationPhase.NONE])
def test_vmotion_of_a_vm_that_is_on_its_way_is_refused(phase):
    c = pair(hosts=3)
    order(c, 0, 1)
    c.migrations.phase[0] = phase
    assert vmotion(c, h=2) == Refusal.VM_MIGRATING


def test_vmotion_to_its_own_host_is_refused():
    assert vmotion(pair(), h=0) == Refusal.SAME_HOST


@pytest.mark.parametrize("state", list(PowerState))
def test_vmotion_goes_only_to_a_host_that_is_on(state):
    c = pair()
    c.hosts.power_state[1] = state
    expected = Refusal.ACCEPTED if state == PowerState.ON else Refusal.DESTINATION_NOT_CONNECTED
    assert vmotion(c) == expected


@pytest.mark.parametrize("connection", [ConnectionState.ENTERING_MAINTENANCE, ConnectionState.IN_MAINTENANCE])
def test_vmotion_to_a_host_in_maintenance_is_refused(connection):
    c = pair()
    c.hosts.connection[1] = connection
    assert vmotion(c) == Refusal.DESTINATION_NOT_CONNECTED


def test_vmotion_leaves_a_host_that_enters_standby_or_maintenance():
    c = pair()
    c.hosts.power_state[0] = PowerState.ENTERING_STANDBY
    assert vmotion(c) == Refusal.ACCEPTED
    c.hosts.power_state[0] = PowerState.ON
    c.hosts.connection[0] = ConnectionState.ENTERING_MAINTENANCE
    assert vmotion(c) == Refusal.ACCEPTED


def test_vmotion_from_a_host_in_maintenance_is_refused():
    c = pair()
    c.hosts.connection[0] = ConnectionState.IN_MAINTENANCE
    assert vmotion(c) == Refusal.SOURCE_NOT_CONNECTED


@pytest.mark.parametrize("state", [PowerState.STANDBY, PowerState.WAKING, PowerState.BOOTING, PowerState.FAILED])
def test_vmotion_from_a_host_that_is_not_on_is_refused(state):
    c = pair()
    c.hosts.power_state[0] = state
    assert vmotion(c) == Refusal.SOURCE_NOT_CONNECTED


def test_vmotion_is_refused_when_the_datastore_is_local():
    c = pair()
    c.paths.is_reachable[:] = [1, 0]
    assert vmotion(c) == Refusal.NO_SHARED_DATASTORE


def test_vmotion_is_refused_when_the_source_has_lost_its_path_to_the_datastore():
    c = pair()
    c.paths.is_reachable[:] = [0, 1]
    assert vmotion(c) == Refusal.NO_SHARED_DATASTORE


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("mbps", [0.0, 100.0])
def test_vmotion_is_refused_without_a_gigabit_vmkernel_network_on_either_side(side, mbps):
    c = pair()
    c.hosts.vmkernel_mbps[side] = mbps
    assert vmotion(c) == Refusal.NO_GIGABIT_VMKERNEL


def test_vmotion_without_a_vmkernel_network_is_refused_however_low_the_minimum():
    c = pair(vmotion_minimum_mbps=0.0)
    c.hosts.vmkernel_mbps[1] = 0.0
    assert vmotion(c) == Refusal.NO_GIGABIT_VMKERNEL


def test_vmotion_between_cpu_classes_is_refused_but_a_cold_start_is_not():
    c = pair()
    c.hosts.cpu_class[1] = 1
    assert vmotion(c) == Refusal.CPU_CLASS
    assert power_on(c) == Refusal.ACCEPTED


def test_memory_reservation_plus_overhead_must_fit_to_the_last_megabyte():
    c = pair()
    c.vms.memory_reservation_mb[0], c.vms.overhead_mb[0] = 1024.0, 124.0
    c.hosts.reserved_mb[1] = 100.0
    c.hosts.memory_capacity_mb[1] = 100.0 + 1148.0
    assert vmotion(c) == power_on(c) == Refusal.ACCEPTED
    c.hosts.memory_capacity_mb[1] -= 1.0
    assert vmotion(c) == power_on(c) == Refusal.NO_ROOM


def test_cpu_reservation_must_fit_beside_what_is_promised():
    c = pair()
    c.vms.cpu_reservation_mhz[0], c.hosts.reserved_mhz[1] = 1000.0, 9000.0
    assert vmotion(c) == power_on(c) == Refusal.ACCEPTED
    c.hosts.reserved_mhz[1] = 9001.0
    assert vmotion(c) == power_on(c) == Refusal.NO_ROOM


def test_room_counts_vms_that_are_still_on_their_way():
    c = pair(vms=2)
    c.vms.memory_reservation_mb[:] = 10_000.0
    order(c, 0, 1)
    assert vmotion(c, v=1) == Refusal.NO_ROOM


def test_anti_affinity_refuses_the_host_of_a_peer():
    c = pair(vms=2)
    c.vms.apart_group[:] = 0
    c.vms.host[1] = 1
    assert vmotion(c) == Refusal.RULE


def test_anti_affinity_looks_at_peers_that_leave_and_at_peers_that_come():
    c = pair(vms=2, hosts=3)
    c.vms.apart_group[:] = 0
    c.vms.host[1] = 1
    order(c, 1, 2)
    assert vmotion(c, h=1) == Refusal.RULE
    assert vmotion(c, h=2) == Refusal.RULE


def test_anti_affinity_does_not_look_at_other_groups_nor_at_vms_that_are_down():
    c = pair(vms=3)
    c.vms.apart_group[:] = [0, 0, 1]
    c.vms.host[1:] = 1
    c.vms.state[1] = VmState.DOWN
    assert vmotion(c) == Refusal.ACCEPTED


def test_affinity_keeps_a_vm_with_its_mates():
    c = pair(vms=2, hosts=3)
    c.vms.together_group[:] = 0
    assert vmotion(c) == Refusal.RULE
    order(c, 1, 1)
    assert vmotion(c, h=1) == Refusal.ACCEPTED, "it may follow a mate that is on its way"
    assert vmotion(c, h=2) == Refusal.RULE


def test_affinity_does_not_bind_a_vm_that_is_alone():
    c = pair(vms=2)
    c.vms.together_group[:] = 0
    c.vms.state[1] = VmState.DOWN
    assert vmotion(c) == Refusal.ACCEPTED


def test_power_on_honours_rules_only_when_asked_to():
    c = pair(vms=2)
    c.vms.apart_group[:] = 0
    c.vms.state[0], c.vms.host[1] = VmState.AWAITING_PLACEMENT, 1
    assert power_on(c) == Refusal.RULE
    assert power_on(c, honours_rules=False) == Refusal.ACCEPTED


def test_power_on_needs_a_connected_host_and_the_datastore():
    c = pair()
    c.paths.is_reachable[1] = 0
    assert power_on(c) == Refusal.NO_SHARED_DATASTORE
    c.hosts.connection[1] = ConnectionState.IN_MAINTENANCE
    assert power_on(c) == Refusal.DESTINATION_NOT_CONNECTED


def test_a_queued_vmotion_does_not_need_its_room_twice():
    c = pair()
    c.vms.memory_reservation_mb[0] = 0.75 * c.hosts.memory_capacity_mb[1]
    order(c, 0, 1)
    assert start(c) == Refusal.ACCEPTED


@pytest.mark.parametrize(
    ("promised", "capacity"), [("reserved_mb", "memory_capacity_mb"), ("reserved_mhz", "cpu_capacity_mhz")]
)
def test_a_queued_vmotion_is_refused_when_its_destination_has_promised_too_much_since(promised, capacity):
    c = pair()
    order(c, 0, 1)
    getattr(c.hosts, promised)[1] = getattr(c.hosts, capacity)[1] + 1.0
    assert start(c) == Refusal.NO_ROOM


def test_an_evacuation_may_part_vms_that_belong_together_but_not_join_those_that_must_be_apart():
    c = pair(vms=2)
    c.vms.together_group[:] = 0
    order(c, 0, 1, is_evacuation=0)
    assert start(c) == Refusal.RULE
    c.migrations.is_evacuation[0] = 1
    assert start(c) == Refusal.ACCEPTED
    c.vms.apart_group[:], c.vms.host[1] = 0, 1
    assert start(c) == Refusal.RULE
