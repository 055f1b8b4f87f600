"""Resource pools as a tree: who may reserve, from whom it is borrowed, and how CPU is divided level by level."""

import numpy as np
import pytest

from tests.clusters import cluster
from tests.core.test_cpu import one_full_host, schedule
from tests.managed import arrive, managed, place, refusal_of_placement
from vienv.core import pools
from vienv.core.enums import NO_POOL, Refusal, VmState
from vienv.core.state import NEVER

COMPANY, PRODUCTION, TEST = range(3)
MHZ = 1_000.0


def company(production_mhz=2_000.0, company_mhz=5_000.0, expandable=(1, 1, 1)):
    """A VM that reserves 3,000 MHz waits in `production`, which with `test` is part of the company's pool."""
    c = managed(vms=4, rows={"pools": 3})
    c.pools.parent[:] = [NO_POOL, COMPANY, COMPANY]
    c.pools.reservation_mhz[:] = [company_mhz, production_mhz, 0.0]
    c.pools.is_expandable[:] = expandable
    c.vms.pool[:] = [PRODUCTION, PRODUCTION, TEST, NO_POOL]
    c.vms.cpu_reservation_mhz[0] = 3_000.0
    arrive(c, 0)
    return c


def borrowed(c, p):
    pools.reserve(c.pools, c.vms)
    return pools.borrowed_mhz(c.pools, p)


def test_a_pool_that_lacks_1000_mhz_borrows_them_from_its_parent():
    c = company()
    assert refusal_of_placement(c, 0, 0) == Refusal.ACCEPTED
    assert borrowed(c, PRODUCTION) == 0.0
    place(c, 0, 0)
    assert borrowed(c, PRODUCTION) == 1_000.0
    assert borrowed(c, COMPANY) == 0.0


def test_a_pool_that_does_not_expand_refuses_what_it_has_not_reserved():
    c = company(expandable=(1, 0, 1))
    assert refusal_of_placement(c, 0, 0) == Refusal.POOL_RESERVATION
    c.pools.reservation_mhz[PRODUCTION] = 3_000.0
    assert refusal_of_placement(c, 0, 0) == Refusal.ACCEPTED


def test_borrowing_ends_at_a_parent_that_has_no_more_and_does_not_expand():
    c = company(company_mhz=2_999.0, expandable=(0, 1, 1))
    assert refusal_of_placement(c, 0, 0) == Refusal.POOL_RESERVATION
    c.pools.reservation_mhz[COMPANY] = 3_000.0
    assert refusal_of_placement(c, 0, 0) == Refusal.ACCEPTED


def test_what_a_sibling_has_reserved_is_not_there_to_borrow():
    c = company(company_mhz=3_000.0, expandable=(0, 1, 1))
    c.pools.reservation_mhz[TEST] = 0.5
    assert refusal_of_placement(c, 0, 0) == Refusal.POOL_RESERVATION


def test_what_powered_on_vms_hold_is_taken_and_what_those_that_are_off_would_is_not():
    c = company(production_mhz=4_000.0, expandable=(0, 0, 0))
    c.vms.cpu_reservation_mhz[1] = 1_500.0
    assert refusal_of_placement(c, 0, 0) == Refusal.POOL_RESERVATION
    c.vms.state[1] = VmState.DOWN
    assert refusal_of_placement(c, 0, 0) == Refusal.ACCEPTED


def test_no_pool_reserves_beyond_its_limit_however_much_it_might_borrow():
    c = company()
    c.pools.limit_mhz[PRODUCTION] = 2_999.0
    assert refusal_of_placement(c, 0, 0) == Refusal.POOL_RESERVATION


def test_a_pools_refusal_does_not_concern_vms_outside_it_or_without_a_reservation():
    c = company(production_mhz=0.0, company_mhz=0.0, expandable=(0, 0, 0))
    c.vms.pool[0] = NO_POOL
    assert refusal_of_placement(c, 0, 0) == Refusal.ACCEPTED
    c.vms.pool[0], c.vms.cpu_reservation_mhz[0] = PRODUCTION, 0.0
    assert refusal_of_placement(c, 0, 0) == Refusal.ACCEPTED


def test_memory_is_lent_and_refused_as_cpu_is():
    c = company()
    c.vms.cpu_reservation_mhz[0], c.vms.memory_reservation_mb[0] = 0.0, 768.0
    c.pools.memory_reservation_mb[:] = [1_024.0, 512.0, 0.0]
    assert refusal_of_placement(c, 0, 0) == Refusal.ACCEPTED
    c.pools.is_expandable[PRODUCTION] = 0
    assert refusal_of_placement(c, 0, 0) == Refusal.POOL_RESERVATION
    c.pools.is_expandable[:], c.pools.memory_limit_mb[COMPANY] = [0, 1, 1], 767.0
    assert refusal_of_placement(c, 0, 0) == Refusal.POOL_RESERVATION
    c.pools.memory_limit_mb[COMPANY] = NEVER
    place(c, 0, 0)
    c.vms.memory_reservation_mb[1] = 512.0
    arrive(c, 1)
    assert refusal_of_placement(c, 1, 0) == Refusal.POOL_RESERVATION  # 256 of the company's 1,024 MB are lent already


def test_a_power_on_needs_both_cpu_and_memory_of_its_pool():
    c = company()
    c.vms.memory_reservation_mb[0] = 100.0
    c.pools.is_expandable[:] = [0, 1, 1]
    assert refusal_of_placement(c, 0, 0) == Refusal.POOL_RESERVATION
    c.pools.memory_reservation_mb[COMPANY] = 100.0
    assert refusal_of_placement(c, 0, 0) == Refusal.ACCEPTED


# CPU, level by level


def nested(shares, pool_of, capacity_mhz=9_000.0):
    c = one_full_host(vms=len(pool_of), pools=3, capacity_mhz=capacity_mhz)
    c.pools.parent[:] = [NO_POOL, COMPANY, COMPANY]
    c.pools.shares[:] = shares
    c.vms.pool[:] = pool_of
    return c


def test_a_pool_in_a_pool_shares_what_that_gets_with_its_siblings():
    c = nested([4_000.0, 6_000.0, 2_000.0], [PRODUCTION, TEST, NO_POOL])
    c.vms.cpu_shares[2] = 4_000.0
    schedule(c)
    assert c.vms.delivered_mhz == pytest.approx([4_500.0 * 3 / 4, 4_500.0 / 4, 4_500.0])


def test_vms_of_a_pool_are_siblings_of_the_pools_in_it():
    c = nested([1_000.0, 2_000.0, 1_000.0], [COMPANY, PRODUCTION])
    schedule(c)
    assert c.vms.delivered_mhz == pytest.approx([3_000.0, 6_000.0])


def test_a_limit_far_up_binds_all_below_it_even_where_the_host_is_not_short():
    c = nested([4_000.0] * 3, [PRODUCTION, TEST])
    c.vms.cpu_configured_mhz[:] = 2_000.0
    c.pools.limit_mhz[COMPANY] = 3_000.0
    schedule(c)
    assert c.vms.delivered_mhz == pytest.approx([1_500.0, 1_500.0])


def test_a_reservation_deep_down_is_kept_by_every_pool_above_it():
    c = nested([1.0, 1.0, 4_000.0], [PRODUCTION, TEST, NO_POOL])
    c.vms.cpu_reservation_mhz[0] = 5_000.0
    schedule(c)
    assert c.vms.delivered_mhz[0] >= 5_000.0
    assert c.vms.delivered_mhz.sum() == pytest.approx(9_000.0)


def test_a_pools_reservation_lends_what_its_vms_do_not_want():
    c = nested([1.0, 1.0, 1.0], [PRODUCTION, NO_POOL])
    c.pools.reservation_mhz[:] = [6_000.0, 6_000.0, 0.0]
    c.vms.cpu_configured_mhz[0] = 1_000.0
    schedule(c)
    assert c.vms.delivered_mhz == pytest.approx([1_000.0, 8_000.0])


def test_a_nested_pool_is_split_over_hosts_as_a_flat_one_is():
    """The company's pool counts on each host by what of its pools' shares counts there."""
    c = cluster(vms=4, pools=3)
    c.pools.parent[:] = [NO_POOL, COMPANY, COMPANY]
    c.pools.shares[:] = [4_000.0, 3_000.0, 1_000.0]
    c.vms.pool[:] = [PRODUCTION, TEST, NO_POOL, NO_POOL]
    c.vms.host[:], c.vms.cpu_shares[2:] = [0, 1, 0, 1], 1_000.0
    c.hosts.cpu_capacity_mhz[:] = c.vms.cpu_configured_mhz[:] = 8_000.0
    c.workload.demand[:] = 1.0
    schedule(c)
    assert c.vms.delivered_mhz == pytest.approx([6_000.0, 4_000.0, 2_000.0, 4_000.0])  # 3,000 and 1,000 beside 1,000


@pytest.mark.parametrize("seed", range(20))
def test_a_pool_that_only_wraps_another_changes_nothing(seed):
    rng = np.random.default_rng(seed)
    pool_of = rng.choice([NO_POOL, TEST], 6)
    flat, wrapped = (nested([4_000.0, 4_000.0, 4_000.0], pool_of) for _ in range(2))
    flat.pools.parent[:] = NO_POOL
    wrapped.pools.parent[TEST] = COMPANY
    for c in (flat, wrapped):
        rng = np.random.default_rng(seed)
        c.vms.cpu_configured_mhz[:] = rng.uniform(500.0, 4_000.0, 6)
        c.vms.cpu_reservation_mhz[:] = rng.choice([0.0, 400.0], 6)
        c.pools.reservation_mhz[TEST], c.pools.limit_mhz[TEST] = 1_000.0, rng.choice([NEVER, 3_000.0])
        schedule(c)
    assert wrapped.vms.delivered_mhz == pytest.approx(flat.vms.delivered_mhz, rel=1e-12)
