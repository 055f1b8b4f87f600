"""The VMkernel network: links shared max-min fair."""

from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.clusters import cluster
from vienv.core.enums import MigrationPhase
from vienv.core.vmotion import flight, network

GIGABIT_MB_S = 117.0


def copying(hosts: int, routes: list[tuple[int, int]], mbps: list[float] | None = None) -> SimpleNamespace:
    """A cluster in which VM i is in pre-copy along routes[i], with its rates shared out."""
    c = cluster(hosts=hosts, vms=len(routes))
    if mbps is not None:
        c.hosts.vmkernel_mbps[:] = mbps
    for v, (source, destination) in enumerate(routes):
        c.migrations.source[v], c.migrations.destination[v] = source, destination
        c.migrations.phase[v], c.migrations.round_mb[v] = MigrationPhase.PRECOPY, 1.0
        flight.take_off(c.migrations, c.hosts, c.clock, v, 0.0)
    share(c)
    return c


def share(c: SimpleNamespace) -> None:
    """Share out the links of everybody's hosts, and note every rate."""
    c.migrations.rate_mb_s[:] = 0.0
    for h in range(c.sizes.hosts):
        sharing = c.migrations.sharing[: network.share_links(c.migrations, c.hosts, c.vmotion, h, h)]
        c.migrations.rate_mb_s[sharing] = c.migrations.fair_mb_s[sharing]


def load(c: SimpleNamespace, h: int) -> float:
    uses = (c.migrations.source == h) | (c.migrations.destination == h)
    return float(c.migrations.rate_mb_s[uses].sum())


def test_one_migration_has_the_link_to_itself_at_117_mb_s_on_gigabit():
    c = copying(2, [(0, 1)])
    assert c.migrations.rate_mb_s[0] == pytest.approx(GIGABIT_MB_S)


def test_the_slower_of_the_two_links_decides():
    c = copying(2, [(0, 1)], [10_000.0, 1000.0])
    assert c.migrations.rate_mb_s[0] == pytest.approx(GIGABIT_MB_S)


def test_two_on_a_link_have_half_each():
    c = copying(3, [(0, 1), (0, 2)])
    assert c.migrations.rate_mb_s.tolist() == pytest.approx([GIGABIT_MB_S / 2] * 2)


def test_a_host_that_sends_and_receives_shares_its_link_among_both():
    c = copying(3, [(0, 1), (2, 0)])
    assert c.migrations.rate_mb_s.tolist() == pytest.approx([GIGABIT_MB_S / 2] * 2)


def test_what_a_narrow_link_cannot_use_goes_to_the_others():
    c = copying(3, [(0, 1), (0, 2)], [10_000.0, 1000.0, 10_000.0])
    assert c.migrations.rate_mb_s.tolist() == pytest.approx([GIGABIT_MB_S, 9 * GIGABIT_MB_S])


def test_migrations_without_memory_to_send_take_no_bandwidth():
    c = copying(2, [(0, 1)] * 5)
    flight.land(c.migrations, c.hosts, c.clock, c.vmotion, 1, 0.0)
    c.migrations.phase[1], c.migrations.phase[2] = MigrationPhase.QUEUED, MigrationPhase.SETUP
    c.migrations.phase[3], c.migrations.round_mb[3] = MigrationPhase.SWITCH_OVER, 0.0
    c.migrations.phase[4] = MigrationPhase.SWITCH_OVER  # its residue is still to be sent
    share(c)
    assert c.migrations.rate_mb_s.tolist() == pytest.approx([GIGABIT_MB_S / 2, 0.0, 0.0, 0.0, GIGABIT_MB_S / 2])


def test_only_links_that_hang_together_are_shared_anew():
    c = copying(6, [(0, 1), (1, 2), (3, 4)])
    count = network.share_links(c.migrations, c.hosts, c.vmotion, 2, 5)
    assert sorted(c.migrations.sharing[:count].tolist()) == [0, 1]
    assert network.share_links(c.migrations, c.hosts, c.vmotion, 5, 5) == 0


ROUTES = st.integers(2, 5).flatmap(
    lambda hosts: st.tuples(
        st.lists(
            st.tuples(st.integers(0, hosts - 1), st.integers(1, hosts - 1)).map(
                lambda r: (r[0], (r[0] + r[1]) % hosts)
            ),
            min_size=1,
            max_size=12,
        ),
        st.lists(st.sampled_from([1000.0, 2000.0, 10_000.0]), min_size=hosts, max_size=hosts),
    )
)


@settings(deadline=None, derandomize=True, max_examples=200)
@given(ROUTES)
def test_rates_are_max_min_fair_no_link_is_overfull_and_every_migration_has_a_full_one_where_none_is_faster(world):
    routes, mbps = world
    c = copying(len(mbps), routes, mbps)
    full_mb_s = [network.link_rate_mb_s(c.hosts, c.vmotion, h) for h in range(len(mbps))]
    for h, full in enumerate(full_mb_s):
        assert load(c, h) <= full * (1.0 + 1e-9)
    for v, route in enumerate(routes):
        rate = c.migrations.rate_mb_s[v]
        assert any(
            load(c, h) >= full_mb_s[h] * (1.0 - 1e-9)
            and all(c.migrations.rate_mb_s[u] <= rate * (1.0 + 1e-9) for u, other in enumerate(routes) if h in other)
            for h in route
        ), "its bottleneck: a full link on which nobody is faster"
