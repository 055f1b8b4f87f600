"""What holds of any division of a host's CPU and memory, each with planted faults that it must catch."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.clusters import cluster
from vienv.core import cpu, demand, inventory, memory
from vienv.core.enums import NO_POOL
from vienv.core.state import NEVER

TOLERANCE = 1e-9  # relative


@dataclass(frozen=True)
class Host:
    """A host, its guests (arrays, one entry a VM) and a change that a relation may try."""

    capacity: float
    demand: np.ndarray
    reservation: np.ndarray
    limit: np.ndarray
    shares: np.ndarray
    pool: np.ndarray  # NO_POOL, 0 or 1
    pool_shares: np.ndarray
    pool_parent: int  # of pool 1: NO_POOL or 0
    who: int  # a VM
    times: float  # > 1
    power: int

    @property
    def claim(self):
        return np.minimum(self.demand, self.limit)


@st.composite
def hosts(draw):
    n = draw(st.integers(1, 6))
    mhz = st.integers(0, 160_000).map(lambda k: k / 16.0)
    capacity = draw(st.integers(1_600, 320_000)) / 16.0
    reservation = np.array(draw(st.lists(mhz, min_size=n, max_size=n)))
    reservation *= min(1.0, draw(st.sampled_from([0.0, 0.5, 1.0])) * capacity / max(1.0, reservation.sum()))
    room = draw(st.lists(st.one_of(st.just(NEVER), mhz), min_size=n, max_size=n))
    return Host(
        capacity=capacity,
        demand=np.array(draw(st.lists(mhz, min_size=n, max_size=n))),
        reservation=reservation,
        limit=reservation + np.array(room),
        shares=np.array(draw(st.lists(st.integers(1, 8_000), min_size=n, max_size=n)), float),
        pool=np.array(draw(st.lists(st.sampled_from([NO_POOL, NO_POOL, 0, 1]), min_size=n, max_size=n))),
        pool_shares=np.array(draw(st.lists(st.integers(1, 8_000), min_size=2, max_size=2)), float),
        pool_parent=draw(st.sampled_from([NO_POOL, 0])),
        who=draw(st.integers(0, n - 1)),
        times=draw(st.floats(1.01, 10.0)),
        power=draw(st.integers(-20, 20)),
    )


def entitlements(host):
    """What vienv's scheduler gives: MHz, one entry a VM."""
    c = cluster(hosts=1, vms=len(host.demand), pools=2, samples=13)
    c.hosts.cpu_capacity_mhz[0] = host.capacity
    c.vms.cpu_configured_mhz[:], c.workload.demand[:] = host.demand, 1.0
    c.vms.cpu_reservation_mhz[:], c.vms.cpu_limit_mhz[:] = host.reservation, host.limit
    c.vms.cpu_shares[:], c.vms.pool[:], c.pools.shares[:] = host.shares, host.pool, host.pool_shares
    c.pools.parent[1] = host.pool_parent
    inventory.group(c.hosts, c.vms, c.migrations, c.clock)
    demand.update(c.hosts, c.vms, c.workload, c.clock, c.demand)
    cpu.schedule(c.hosts, c.vms, c.pools, c.cpu)
    return c.vms.delivered_mhz.copy()


# The relations: each takes a scheduler and a host, and asserts.


def within_capacity(schedule, host):
    assert schedule(host).sum() <= host.capacity * (1.0 + TOLERANCE)


def between_reservation_and_limit(schedule, host):
    given_mhz = schedule(host)
    slack = TOLERANCE * host.capacity
    assert (given_mhz >= np.minimum(host.reservation, host.demand) - slack).all()
    assert (given_mhz <= host.claim + slack).all()


def work_conserving(schedule, host):
    given_mhz = schedule(host)
    if given_mhz.sum() < host.capacity * (1.0 - TOLERANCE):
        assert given_mhz == pytest.approx(host.claim, rel=TOLERANCE)


def in_the_ratio_of_shares(schedule, host):
    n = len(host.demand)
    free = replace(
        host,
        demand=np.full(n, host.capacity),
        reservation=np.zeros(n),
        limit=np.full(n, NEVER),
        pool=np.full(n, NO_POOL),
    )
    assert schedule(free) / free.shares == pytest.approx(np.full(n, host.capacity / host.shares.sum()), rel=TOLERANCE)


def more_shares_never_give_less(schedule, host):
    richer = host.shares.copy()
    richer[host.who] *= host.times
    before, after = schedule(host), schedule(replace(host, shares=richer))
    assert after[host.who] >= before[host.who] - TOLERANCE * host.capacity


def more_capacity_never_gives_anyone_less(schedule, host):
    before, after = schedule(host), schedule(replace(host, capacity=host.capacity * host.times))
    assert (after >= before - TOLERANCE * host.capacity).all()


def more_demand_never_gives_others_more(schedule, host):
    greedier = host.demand.copy()
    greedier[host.who] = greedier[host.who] * host.times + 1.0
    before, after = schedule(host), schedule(replace(host, demand=greedier))
    others = np.arange(len(before)) != host.who
    assert (after[others] <= before[others] + TOLERANCE * host.capacity).all()


def scales_by_powers_of_two_to_the_bit(schedule, host):
    scale = 2.0**host.power
    mhz = {name: getattr(host, name) * scale for name in ("capacity", "demand", "reservation", "limit")}
    assert (schedule(replace(host, **mhz)) / mhz["capacity"] == schedule(host) / host.capacity).all()


# The planted faults: schedulers that are wrong in one way each.


def blind_to_capacity(host):
    return host.claim


def blind_to_reservations(host):
    return entitlements(replace(host, reservation=np.zeros_like(host.reservation)))


def blind_to_limits(host):
    return entitlements(replace(host, limit=np.full_like(host.limit, NEVER)))


def without_redistribution(host):
    floor = np.minimum(host.reservation, host.claim)
    rest = max(0.0, host.capacity - floor.sum())
    return np.minimum(host.claim, floor + rest * host.shares / host.shares.sum())


def blind_to_shares(host):
    return entitlements(replace(host, shares=np.ones_like(host.shares)))


def shares_upside_down(host):
    return entitlements(replace(host, shares=1.0 / host.shares))


def large_hosts_hold_back(host):
    return entitlements(replace(host, capacity=min(host.capacity, 2_000.0**2 / host.capacity)))


def modest_are_favoured(host):
    return entitlements(replace(host, shares=host.shares / (1.0 + host.demand)))


def whole_mhz_only(host):
    return np.floor(entitlements(host))


CAUGHT_BY = {
    within_capacity: [blind_to_capacity],
    between_reservation_and_limit: [blind_to_reservations, blind_to_limits],
    work_conserving: [without_redistribution, large_hosts_hold_back],
    in_the_ratio_of_shares: [blind_to_shares, shares_upside_down],
    more_shares_never_give_less: [shares_upside_down],
    more_capacity_never_gives_anyone_less: [large_hosts_hold_back],
    more_demand_never_gives_others_more: [modest_are_favoured],
    scales_by_powers_of_two_to_the_bit: [whole_mhz_only],
}


def try_on_many(relation, subject, cases, shrink):
    phases = list(Phase) if shrink else [Phase.generate]

    @settings(
        max_examples=150,
        derandomize=True,
        database=None,
        deadline=None,
        phases=phases,
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    @given(cases)
    def attempt(case):
        relation(subject, case)

    attempt()


@pytest.mark.parametrize("relation", CAUGHT_BY, ids=lambda f: f.__name__)
def test_the_scheduler_obeys(relation):
    try_on_many(relation, entitlements, hosts(), shrink=True)


@pytest.mark.parametrize(
    ("relation", "fault"),
    [(relation, fault) for relation, faults in CAUGHT_BY.items() for fault in faults],
    ids=lambda f: f.__name__,
)
def test_a_planted_fault_is_caught(relation, fault):
    with pytest.raises(AssertionError):
        try_on_many(relation, fault, hosts(), shrink=False)


# Memory: the same scaling, and the bounds of what may be taken from a guest.

PER_VM = ("memory_mb", "touched_mb", "shareable_mb", "memory_reservation_mb", "overhead_mb", "active_mb")


@st.composite
def memories(draw):
    """MB for each of PER_VM, the host's memory, the balloon rate and the power of two to scale by."""
    n = draw(st.integers(1, 5))
    part = st.lists(st.integers(0, 64), min_size=n, max_size=n).map(lambda k: np.array(k) / 64.0)
    configured = np.array(draw(st.lists(st.integers(1, 8), min_size=n, max_size=n))) * 512.0
    touched = configured * draw(part)
    per_vm = [configured, touched, touched * draw(part) / 2.0, touched * draw(part) / 2.0, np.full(n, 110.0)]
    per_vm.append(touched * draw(part))
    reserved = (per_vm[3] + per_vm[4]).sum()
    managed = (reserved + draw(st.integers(0, 64)) / 64.0 * per_vm[1].sum()) / 0.94
    return per_vm, managed, draw(st.sampled_from([1.0, 8.0, 500.0])), draw(st.integers(-10, 10))


def reclaimed(case, scale=1.0):
    """Three ticks of vienv's memory management; the cluster after them."""
    per_vm, managed, balloon_mb_s, _ = case
    c = cluster(hosts=1, vms=len(per_vm[0]), samples=13)
    for name, values in zip(PER_VM, per_vm, strict=True):
        getattr(c.vms, name)[:] = values * scale
    c.hosts.memory_managed_mb[0] = managed * scale
    params = c.memory._replace(balloon_mb_s=balloon_mb_s * scale, swap_in_mb_s=c.memory.swap_in_mb_s * scale)
    inventory.group(c.hosts, c.vms, c.migrations, c.clock)
    for _ in range(3):
        memory.reclaim(c.hosts, c.vms, c.pools, c.entitlements, c.clock, params)
    return c


def keeps_the_books(reclaim, case):
    c = reclaim(case)
    held = c.vms.touched_mb - c.vms.shared_mb
    left = held - c.vms.ballooned_mb - c.vms.swapped_mb
    slack = TOLERANCE * c.hosts.memory_managed_mb[0]
    assert min(c.vms.shared_mb.min(), c.vms.ballooned_mb.min(), c.vms.swapped_mb.min()) >= 0.0
    assert (left >= np.minimum(c.vms.memory_reservation_mb, held) - slack).all()
    assert (c.vms.ballooned_mb <= c.memory.balloon_fraction * c.vms.memory_mb + slack).all()
    assert (c.vms.unserved_mb <= c.vms.active_mb + slack).all()
    assert c.hosts.consumed_mb[0] == pytest.approx((left + c.vms.overhead_mb).sum(), rel=TOLERANCE)
    assert c.hosts.consumed_mb[0] <= (1.0 - c.memory.hard_fraction) * c.hosts.memory_managed_mb[0] + slack


def memory_scales_by_powers_of_two_to_the_bit(reclaim, case):
    scale = 2.0 ** case[-1]
    small, large = reclaim(case), reclaim(case, scale)
    assert (large.vms.unserved_mb == small.vms.unserved_mb * scale).all()
    assert large.hosts.consumed_mb[0] == small.hosts.consumed_mb[0] * scale
    assert large.hosts.memory_state[0] == small.hosts.memory_state[0]


def takes_reserved_memory(case, scale=1.0):
    c = reclaimed(([*case[0][:3], np.zeros_like(case[0][3]), *case[0][4:]], *case[1:]), scale)
    c.vms.memory_reservation_mb[:] = case[0][3]
    return c


def never_swaps(case, scale=1.0):
    c = reclaimed(case, scale)
    c.hosts.consumed_mb[0] += c.vms.swapped_mb.sum()
    c.vms.swapped_mb[:] = 0.0
    return c


def counts_whole_pages(case, scale=1.0):
    c = reclaimed(case, scale)
    c.hosts.consumed_mb[0] = np.ceil(c.hosts.consumed_mb[0])
    return c


MEMORY_CAUGHT_BY = {
    keeps_the_books: [takes_reserved_memory, never_swaps],
    memory_scales_by_powers_of_two_to_the_bit: [counts_whole_pages],
}


@pytest.mark.parametrize("relation", MEMORY_CAUGHT_BY, ids=lambda f: f.__name__)
def test_memory_management_obeys(relation):
    try_on_many(relation, reclaimed, memories(), shrink=True)


@pytest.mark.parametrize(
    ("relation", "fault"),
    [(relation, fault) for relation, faults in MEMORY_CAUGHT_BY.items() for fault in faults],
    ids=lambda f: f.__name__,
)
def test_a_planted_memory_fault_is_caught(relation, fault):
    with pytest.raises(AssertionError):
        try_on_many(relation, fault, memories(), shrink=False)
