from tests.clusters import cluster
from vienv.core import lifecycle
from vienv.core.enums import NO_HOST, VmState
from vienv.core.state import NEVER


def test_an_arrival_asks_for_placement_in_the_tick_of_its_arrival():
    c = cluster(vms=2)
    c.vms.state[:], c.vms.host[:] = VmState.NOT_ARRIVED, NO_HOST
    c.vms.arrives_at_s[:] = 20.0, 20.5
    lifecycle.advance(c.hosts, c.vms, c.clock)
    assert list(c.vms.state) == [VmState.AWAITING_PLACEMENT, VmState.NOT_ARRIVED]


def test_a_guest_serves_from_the_second_it_has_booted():
    c = cluster(vms=1)
    c.vms.state[0], c.vms.up_at_s[0], c.vms.up_s[0], c.vms.restart_attempts[0] = VmState.STARTING, 13.5, 0.0, 3
    c.clock.placement_changed[0] = 0
    lifecycle.advance(c.hosts, c.vms, c.clock)
    assert c.vms.state[0] == VmState.RUNNING
    assert c.vms.up_s[0] == 6.5
    assert c.vms.up_at_s[0] == NEVER
    assert c.vms.restart_attempts[0] == 0
    assert c.clock.placement_changed[0] == 1


def test_a_guest_that_boots_beyond_the_tick_goes_on_booting():
    c = cluster(vms=1)
    c.vms.state[0], c.vms.up_at_s[0], c.vms.up_s[0] = VmState.STARTING, 20.5, 0.0
    lifecycle.advance(c.hosts, c.vms, c.clock)
    assert c.vms.state[0] == VmState.STARTING
    assert c.vms.up_s[0] == 0.0


def test_a_vm_that_is_down_or_running_is_left_alone():
    c = cluster(vms=2)
    c.vms.state[0], c.clock.placement_changed[0] = VmState.DOWN, 0
    lifecycle.advance(c.hosts, c.vms, c.clock)
    assert list(c.vms.state) == [VmState.DOWN, VmState.RUNNING]
    assert c.clock.placement_changed[0] == 0
