import numpy as np
import pytest

from tests.clusters import cluster, settings
from vienv.core import inventory, memory
from vienv.core.enums import MemoryState, PowerState, VmState

MB = 1000.0  # configured and touched memory of each test VM


def host(vms=2, managed_mb=4 * MB, active=0.2, **changes):
    """All VMs on host 0: 1000 MB each, all touched and nothing shareable, no overhead; balloons that move at once."""
    c = cluster(vms=vms)
    settings(c, **({"memory_balloon_mb_s": 1e6} | changes))
    c.vms.host[:] = 0
    c.vms.memory_mb[:] = c.vms.touched_mb[:] = MB
    c.vms.overhead_mb[:] = 0.0
    c.vms.active_mb[:] = np.asarray(active) * MB
    c.hosts.memory_managed_mb[:] = managed_mb
    return c


def reclaim(c, ticks=1):
    c.clock.placement_changed[0] = 1
    inventory.group(c.hosts, c.vms, c.migrations, c.clock)
    for _ in range(ticks):
        memory.reclaim(c.hosts, c.vms, c.pools, c.entitlements, c.clock, c.memory)


def free_fraction(c):
    return 1.0 - c.hosts.consumed_mb[0] / c.hosts.memory_managed_mb[0]


def test_a_roomy_host_reclaims_nothing():
    c = host()
    c.vms.overhead_mb[:] = 100.0
    reclaim(c)
    assert c.hosts.consumed_mb[0] == 2 * 1_100.0
    assert not c.vms.ballooned_mb.any() and not c.vms.swapped_mb.any() and not c.vms.unserved_mb.any()
    assert c.hosts.memory_state[0] == MemoryState.HIGH


def test_sharing_lost_is_regained_over_the_scan_time():
    c = host()
    c.vms.shareable_mb[:] = 360.0
    c.vms.scanned_since_s[:] = [1800.0, 0.0]  # VM 0 moved half an hour after VM 1
    for now_s, shared_mb in ((1800.0, [0.0, 180.0]), (3600.0, [180.0, 360.0]), (9000.0, [360.0, 360.0])):
        c.clock.now_s[0] = now_s
        reclaim(c)
        assert c.vms.shared_mb == pytest.approx(shared_mb)
    c.vms.scanned_since_s[:] = 9000.0
    c.clock.tick[0] = 1  # in the middle of an interval
    reclaim(c)
    assert c.vms.shared_mb == pytest.approx([360.0, 360.0])
    assert c.hosts.consumed_mb[0] == pytest.approx(2 * 640.0)


def test_shared_pages_are_resident_and_cost_the_guest_nothing():
    c = host(active=1.0)
    c.vms.shareable_mb[:] = c.vms.shared_mb[:] = 500.0
    reclaim(c)
    assert c.vms.unserved_mb.tolist() == [0.0, 0.0]


def test_below_six_percent_balloons_bring_free_memory_back_to_six_percent():
    c = host(vms=4, managed_mb=4 * MB)
    reclaim(c)
    assert free_fraction(c) == pytest.approx(0.06)
    assert c.vms.ballooned_mb == pytest.approx([60.0] * 4)
    assert not c.vms.swapped_mb.any()


def test_the_balloon_comes_before_swap():
    c = host(vms=4, managed_mb=3 * MB)
    reclaim(c)
    assert c.vms.ballooned_mb.sum() == pytest.approx(4_000.0 - 0.94 * 3_000.0)
    assert not c.vms.swapped_mb.any()


def test_what_a_slow_balloon_has_not_reached_is_swapped_only_to_the_hard_share():
    c = host(vms=4, managed_mb=3 * MB, memory_balloon_mb_s=5.0)
    reclaim(c)
    assert c.vms.ballooned_mb == pytest.approx([100.0] * 4)
    assert free_fraction(c) == pytest.approx(0.02)
    assert c.hosts.memory_state[0] == MemoryState.HARD


def test_swap_gives_way_to_the_balloon_that_has_caught_up():
    c = host(vms=4, managed_mb=3 * MB, memory_balloon_mb_s=5.0)
    reclaim(c)
    assert c.vms.swapped_mb.sum() > 0.0
    reclaim(c, ticks=30)
    assert c.vms.swapped_mb.tolist() == [0.0] * 4
    assert free_fraction(c) == pytest.approx(0.06)
    assert c.hosts.memory_state[0] == MemoryState.HIGH


def test_swapped_pages_come_back_at_the_rate_of_the_swap_disk():
    c = host(memory_swap_in_mb_s=2.0)
    c.vms.swapped_mb[:] = [100.0, 30.0]
    reclaim(c)
    assert c.vms.swapped_mb == pytest.approx([60.0, 0.0])


def test_balloons_deflate_at_their_rate_when_there_is_room_again():
    c = host(memory_balloon_mb_s=2.0)
    c.vms.ballooned_mb[:] = [100.0, 30.0]
    reclaim(c)
    assert c.vms.ballooned_mb == pytest.approx([60.0, 0.0])


def test_a_balloon_takes_at_most_its_fraction_of_configured_memory():
    c = host(vms=1, managed_mb=0.2 * MB)
    reclaim(c)
    assert c.vms.ballooned_mb[0] == pytest.approx(650.0)
    assert c.vms.swapped_mb[0] == pytest.approx(350.0 - 0.98 * 200.0)


def test_neither_balloon_nor_swap_goes_below_the_reservation():
    c = host(managed_mb=1.1 * MB)
    c.vms.memory_reservation_mb[0] = 900.0
    reclaim(c)
    assert c.vms.ballooned_mb[0] + c.vms.swapped_mb[0] == pytest.approx(100.0)
    assert free_fraction(c) == pytest.approx(0.02)


def test_a_vm_above_its_own_limit_is_ballooned_on_a_roomy_host():
    c = host(managed_mb=10 * MB)
    c.vms.memory_limit_mb[0] = 700.0
    reclaim(c)
    assert c.vms.ballooned_mb == pytest.approx([300.0, 0.0])
    assert not c.vms.swapped_mb.any()


def test_the_idle_vm_is_taxed_before_a_busy_one_of_equal_shares():
    c = host(active=[0.0, 1.0], managed_mb=1.8 * MB)
    reclaim(c)
    assert c.vms.ballooned_mb[0] == pytest.approx(2_000.0 - 0.94 * 1_800.0)
    assert c.vms.ballooned_mb[1] == 0.0


def test_without_the_tax_idle_and_busy_are_treated_alike():
    c = host(active=[0.0, 1.0], managed_mb=1.8 * MB, memory_idle_tax=0.0)
    reclaim(c)
    assert c.vms.ballooned_mb[0] == pytest.approx(c.vms.ballooned_mb[1])


def test_shares_per_taxed_page_are_equal_for_all_but_those_who_hold_too_few_pages_for_that():
    c = host(vms=3, active=[0.2, 0.6, 0.9], managed_mb=2.4 * MB)
    c.vms.memory_shares[:] = [10_000.0, 9_000.0, 30_000.0]
    reclaim(c)
    pages = c.vms.touched_mb - c.vms.ballooned_mb
    active = c.vms.active_mb / c.vms.touched_mb
    rho = c.vms.memory_shares / (pages * (active + 4.0 * (1.0 - active)))  # k = 1 / (1 - 0.75) = 4
    assert (c.vms.ballooned_mb[:2] > 0.0).all() and (c.vms.ballooned_mb[:2] < 650.0).all()
    assert rho[0] == pytest.approx(rho[1])
    assert c.vms.ballooned_mb[2] == 0.0 and rho[2] > rho[0]


def test_the_guest_gives_its_balloon_idle_pages_first():
    c = host(active=[0.5, 0.5], managed_mb=1.2 * MB)
    reclaim(c)
    assert c.vms.ballooned_mb.sum() == pytest.approx(872.0)
    assert c.vms.unserved_mb.tolist() == [0.0, 0.0]


def test_a_balloon_that_reaches_active_pages_leaves_them_unserved():
    c = host(active=0.9, managed_mb=1.2 * MB)
    reclaim(c)
    assert c.vms.unserved_mb == pytest.approx(c.vms.ballooned_mb - 100.0)


def test_swap_hits_active_pages_in_proportion():
    c = host(active=0.4, managed_mb=1.5 * MB, memory_balloon_mb_s=0.0)
    reclaim(c)
    assert c.vms.swapped_mb == pytest.approx([265.0, 265.0])
    assert c.vms.unserved_mb == pytest.approx([0.4 * 265.0] * 2)


@pytest.mark.parametrize(
    ("free", "state"),
    [
        (0.0401, MemoryState.HIGH), (0.04, MemoryState.SOFT), (0.0201, MemoryState.SOFT), (0.02, MemoryState.HARD),
        (0.0101, MemoryState.HARD), (0.01, MemoryState.LOW), (0.0, MemoryState.LOW),
    ],
)  # fmt: skip
def test_a_state_is_entered_when_free_memory_falls_to_its_threshold(free, state):
    c = host(vms=1, managed_mb=MB / (1.0 - free))
    c.vms.memory_reservation_mb[0] = MB  # nothing can be reclaimed
    reclaim(c)
    assert c.hosts.memory_state[0] == state


def test_vms_that_are_not_powered_on_hold_nothing():
    c = host(active=0.5)
    c.vms.state[0] = VmState.DOWN
    for name in ("shared_mb", "ballooned_mb", "swapped_mb", "unserved_mb"):
        getattr(c.vms, name)[:] = 10.0
    reclaim(c)
    assert c.vms.shared_mb[0] == c.vms.ballooned_mb[0] == c.vms.swapped_mb[0] == c.vms.unserved_mb[0] == 0.0
    assert c.hosts.consumed_mb[0] == pytest.approx(MB)


def test_a_starting_vm_holds_its_memory_already():
    c = host()
    c.vms.state[0] = VmState.STARTING
    reclaim(c)
    assert c.hosts.consumed_mb[0] == 2 * MB


def test_a_host_that_is_not_on_consumes_nothing():
    c = host()
    reclaim(c)
    c.hosts.power_state[0] = PowerState.FAILED
    c.vms.state[:] = VmState.DOWN
    reclaim(c)
    assert c.hosts.consumed_mb[0] == 0.0


def test_a_short_host_does_not_touch_its_neighbours_guests():
    c = host(vms=4, managed_mb=2 * MB)
    c.vms.host[:] = [0, 0, 0, 1]
    reclaim(c)
    assert (c.vms.ballooned_mb[:3] > 0.0).all()
    assert c.vms.ballooned_mb[3] == 0.0
