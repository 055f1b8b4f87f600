"""Resource pools on hosts that are short of memory: whose pages are taken, level by level."""

import numpy as np
import pytest

from tests.clusters import cluster, settings
from tests.core.test_memory import MB, reclaim
from vienv.core.enums import NO_POOL, VmState
from vienv.core.state import NEVER

HIGH, NORMAL, LOW = 327_680.0, 163_840.0, 81_920.0


def pooled(pool_of, shares, room_mb, active=0.2, parent=NO_POOL, hosts=1, **changes):
    """Guests of 1,000 MB, all touched, on hosts that may hand out so much; balloons that move at once."""
    c = cluster(hosts=hosts, vms=len(pool_of), pools=len(shares))
    settings(c, **({"memory_balloon_mb_s": 1e6} | changes))
    c.vms.memory_mb[:] = c.vms.touched_mb[:] = MB
    c.vms.overhead_mb[:] = 0.0
    c.vms.active_mb[:] = np.asarray(active) * MB
    c.vms.pool[:] = pool_of
    c.pools.memory_shares[:], c.pools.parent[:] = shares, parent
    c.hosts.memory_managed_mb[:] = room_mb / 0.94
    return c


def left(c):
    return c.vms.touched_mb - c.vms.ballooned_mb - c.vms.swapped_mb


def test_a_pool_of_high_shares_keeps_twice_what_one_of_normal_shares_keeps():
    c = pooled([0, 0, 1, 1], [HIGH, NORMAL], room_mb=2_700.0)
    reclaim(c)
    assert left(c) == pytest.approx([900.0, 900.0, 450.0, 450.0])


def test_a_crowded_pool_of_high_shares_leaves_a_vm_less_than_a_small_one_of_normal_shares():
    c = pooled([0] * 6 + [1] * 2, [HIGH, NORMAL], room_mb=4_500.0)
    reclaim(c)
    assert left(c) == pytest.approx([500.0] * 6 + [750.0] * 2)


def test_a_pool_is_a_sibling_of_the_vms_beside_it():
    c = pooled([0, 0, NO_POOL], [NORMAL], room_mb=1_800.0)
    c.vms.memory_shares[2] = NORMAL / 2.0
    reclaim(c)
    assert left(c) == pytest.approx([600.0, 600.0, 600.0])


def test_pools_in_a_pool_divide_what_that_keeps():
    c = pooled([1, 2, NO_POOL], [HIGH, HIGH, NORMAL], room_mb=1_650.0, parent=[NO_POOL, 0, 0])
    c.vms.memory_shares[2] = HIGH / 2.0
    reclaim(c)
    assert left(c) == pytest.approx([1_100.0 * 2.0 / 3.0, 1_100.0 / 3.0, 550.0])


def test_a_pool_keeps_what_it_has_reserved_however_few_its_shares():
    c = pooled([0, 0, 1, 1], [HIGH, LOW], room_mb=2_800.0)
    c.pools.memory_reservation_mb[1] = 1_600.0
    reclaim(c)
    assert left(c) == pytest.approx([600.0, 600.0, 800.0, 800.0])


def test_a_pool_lends_what_it_has_reserved_and_its_vms_do_not_hold():
    c = pooled([0, 1, 1], [LOW, LOW], room_mb=2_000.0)
    c.vms.touched_mb[0], c.vms.active_mb[0] = 400.0, 80.0
    c.pools.memory_reservation_mb[0] = 1_500.0
    reclaim(c)
    assert left(c) == pytest.approx([400.0, 800.0, 800.0])


def test_a_vms_own_reservation_is_kept_by_its_pool_and_every_pool_above():
    c = pooled([1, 1, NO_POOL], [LOW, LOW], room_mb=1_900.0, parent=[NO_POOL, 0])
    c.vms.memory_shares[2] = HIGH * 100.0
    c.vms.memory_reservation_mb[0] = 900.0
    reclaim(c)
    assert left(c)[0] == pytest.approx(900.0)
    assert left(c).sum() == pytest.approx(1_900.0)


def test_idle_pages_of_a_pool_are_taxed_as_a_vms_are():
    """S / (1 - tax f) with f = 0 and 1 at a tax of 0.75: an active pool's pages are worth four of an idle one's."""
    c = pooled([0, 1], [NORMAL, NORMAL], room_mb=1_250.0, active=[0.0, 1.0])
    c.vms.touched_mb[:] = c.vms.memory_mb[:] = 2_000.0
    c.vms.active_mb[1] = 2_000.0
    settings(c, memory_balloon_mb_s=1e6, memory_balloon_fraction=1.0)
    reclaim(c)
    assert left(c) == pytest.approx([250.0, 1_000.0])


def test_a_pools_limit_is_ballooned_to_on_a_host_with_room_at_the_balloons_rate():
    c = pooled([0, 0, NO_POOL], [NORMAL], room_mb=16_000.0, memory_balloon_mb_s=10.0)
    c.pools.memory_limit_mb[0] = 1_200.0
    reclaim(c)
    assert left(c) == pytest.approx([800.0, 800.0, 1_000.0])
    reclaim(c)
    assert left(c) == pytest.approx([600.0, 600.0, 1_000.0])


def test_the_limit_of_a_pool_above_binds_those_in_it():
    c = pooled([1, 2], [NORMAL, HIGH, NORMAL], room_mb=16_000.0, parent=[NO_POOL, 0, 0])
    c.pools.memory_limit_mb[0] = 1_200.0
    reclaim(c)
    assert left(c) == pytest.approx([800.0, 400.0])


def test_a_limit_below_the_balloons_reach_swaps_nothing():
    c = pooled([0, 0], [NORMAL], room_mb=16_000.0)
    c.pools.memory_limit_mb[0] = 100.0
    reclaim(c)
    assert c.vms.ballooned_mb == pytest.approx([650.0, 650.0])
    assert not c.vms.swapped_mb.any()


def test_a_pool_counts_on_each_host_by_the_shares_that_it_has_there():
    c = pooled([0, 0, 0, 0], [NORMAL], room_mb=16_000.0, hosts=2)
    c.vms.host[:] = [0, 0, 0, 1]
    c.pools.memory_limit_mb[0] = 2_000.0
    reclaim(c)
    assert left(c) == pytest.approx([500.0] * 4)  # 1,500 MB on the first host and 500 on the second


def test_vms_that_are_off_hold_no_part_of_their_pool():
    c = pooled([0, 0], [NORMAL], room_mb=16_000.0, hosts=2)
    c.vms.state[1], c.pools.memory_limit_mb[0] = VmState.DOWN, 700.0
    reclaim(c)
    assert c.vms.ballooned_mb == pytest.approx([300.0, 0.0])


def test_what_balloons_have_not_reached_is_swapped_by_the_tree_as_well():
    c = pooled([0, 0, 1, 1], [HIGH, NORMAL], room_mb=0.94 * 2_700.0, memory_balloon_mb_s=1e-9)
    reclaim(c)
    room_mb = 0.98 * 2_700.0
    assert c.vms.swapped_mb == pytest.approx([1_000.0 - room_mb / 3.0] * 2 + [1_000.0 - room_mb / 6.0] * 2)


@pytest.mark.parametrize("seed", range(20))
def test_a_pool_that_only_wraps_another_changes_nothing(seed):
    flat, wrapped = (pooled(np.zeros(6, int), [NORMAL, NORMAL], room_mb=3_500.0) for _ in range(2))
    wrapped.pools.parent[:] = [NO_POOL, 0]
    for c, inner in ((flat, 0), (wrapped, 1)):
        rng = np.random.default_rng(seed)
        c.vms.pool[:] = np.where(rng.random(6) < 0.5, inner, NO_POOL)
        c.vms.active_mb[:] = rng.uniform(0.0, MB, 6)
        c.vms.memory_shares[:] = rng.choice([5.0, 10.0, 20.0], 6) * MB
        c.vms.memory_reservation_mb[:] = rng.choice([0.0, 400.0], 6)
        c.pools.memory_reservation_mb[inner] = 1_000.0
        c.pools.memory_limit_mb[inner] = rng.choice([NEVER, 2_000.0])
        reclaim(c)
    assert wrapped.vms.ballooned_mb == pytest.approx(flat.vms.ballooned_mb, rel=1e-12)
    assert wrapped.vms.swapped_mb == pytest.approx(flat.vms.swapped_mb, rel=1e-12)


@pytest.mark.parametrize("seed", range(60))
def test_whatever_the_tree_the_books_are_kept(seed):
    """Nobody falls below its reservation, nothing is handed out twice, and none of a short host's room is left over."""
    rng = np.random.default_rng(seed)
    n, pools = int(rng.integers(1, 8)), int(rng.integers(1, 5))
    c = pooled(
        rng.integers(-1, pools, n), rng.choice([LOW, NORMAL, HIGH], pools), rng.uniform(0.4, 1.1) * n * MB,
        active=rng.random(n), parent=[int(rng.integers(-1, p)) if p else NO_POOL for p in range(pools)],
    )  # fmt: skip
    c.vms.memory_reservation_mb[:] = rng.choice([0.0, 300.0], n)
    c.pools.memory_reservation_mb[:] = rng.choice([0.0, 500.0, 5_000.0], pools)
    c.pools.memory_limit_mb[:] = rng.choice([NEVER, NEVER, 700.0], pools)
    reclaim(c)
    kept, managed_mb = left(c), c.hosts.memory_managed_mb[0]
    assert (kept >= np.minimum(c.vms.memory_reservation_mb, MB) - 1e-6).all()
    assert kept.sum() <= 0.98 * managed_mb + 1e-6
    if not (c.pools.memory_limit_mb < NEVER).any():
        assert kept.sum() >= min(n * MB, 0.94 * managed_mb) - 1e-6
