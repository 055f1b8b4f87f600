"""Invariant 14: a power-on succeeds only if what is reserved still fits host and pool, and whenever it does.

Random trees of pools and VMs that arrive one after another are judged, beside a model that walks the tree from the top
and knows nothing of borrowing: a pool that does not expand reserves no more than it has, and none beyond its limit.
"""

from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.managed import arrive, managed, place, refusal_of_placement
from vienv.core import compatibility, pools
from vienv.core.enums import NO_POOL, Refusal, VmState
from vienv.core.state import NEVER
from vienv.core.virtualcenter import commands
from vienv.scenario import ScenarioError, load

MHZ = st.sampled_from([0.0, 500.0, 1_000.0, 2_000.0, 4_000.0])
MB = st.sampled_from([0.0, 0.0, 256.0, 1_024.0])
RESOURCES = (
    ("reservation_mhz", "limit_mhz", "cpu_reservation_mhz"),
    ("memory_reservation_mb", "memory_limit_mb", "vm_reservation_mb"),
)


@st.composite
def trees(draw):
    """Parents, reservations, limits, who expands; each VM's pool and reservation, and the host it asks for."""
    n, vms = draw(st.integers(1, 5)), draw(st.integers(1, 7))
    has_memory = draw(st.booleans())
    mb, least_mb = (MB, 1_280.0) if has_memory else (st.just(0.0), NEVER)
    parents = [draw(st.integers(-1, p - 1)) for p in range(n)]
    return {
        "parent": parents,
        "reservation_mhz": draw(st.lists(MHZ, min_size=n, max_size=n)),
        "limit_mhz": draw(st.lists(st.sampled_from([NEVER, NEVER, 5_000.0]), min_size=n, max_size=n)),
        "is_expandable": draw(st.lists(st.integers(0, 1), min_size=n, max_size=n)),
        "pool": draw(st.lists(st.integers(-1, n - 1), min_size=vms, max_size=vms)),
        "cpu_reservation_mhz": draw(st.lists(MHZ, min_size=vms, max_size=vms)),
        "memory_reservation_mb": draw(st.lists(mb, min_size=n, max_size=n)),
        "memory_limit_mb": draw(st.lists(st.sampled_from([NEVER, NEVER, least_mb]), min_size=n, max_size=n)),
        "vm_reservation_mb": draw(st.lists(mb, min_size=vms, max_size=vms)),
        "host": draw(st.lists(st.integers(0, 1), min_size=vms, max_size=vms)),
    }


def is_kept(tree, powered_on):
    """Whether no pool reserves more of either resource than it may; the model."""

    def reserved(p, own, of_vm):
        mine = sum(tree[of_vm][v] for v in powered_on if tree["pool"][v] == p)
        inside = [q for q, parent in enumerate(tree["parent"]) if parent == p]
        return mine + sum(max(tree[own][q], reserved(q, own, of_vm)) for q in inside)

    return all(
        reserved(p, own, of_vm) <= tree[most][p] and (expands or reserved(p, own, of_vm) <= tree[own][p])
        for own, most, of_vm in RESOURCES
        for p, expands in enumerate(tree["is_expandable"])
    )


def in_arena(tree):
    c = managed(vms=len(tree["pool"]), rows={"pools": len(tree["parent"])})
    for name in ("parent", "is_expandable", *(name for own, most, _ in RESOURCES for name in (own, most))):
        getattr(c.pools, name)[:] = tree[name]
    c.vms.pool[:], c.vms.cpu_reservation_mhz[:] = tree["pool"], tree["cpu_reservation_mhz"]
    c.vms.memory_reservation_mb[:] = tree["vm_reservation_mb"]
    for v in range(c.sizes.vms):
        arrive(c, v)
    return c


def hold(tree):
    """Power on what is accepted, VM by VM."""
    if not is_kept(tree, []):
        return  # refused at load
    c, powered_on = in_arena(tree), []
    for v, h in enumerate(tree["host"]):
        refusal = refusal_of_placement(c, v, h)
        fits_pool = is_kept(tree, [*powered_on, v])
        on_host = sum(tree["cpu_reservation_mhz"][u] for u in powered_on if tree["host"][u] == h)
        fits_host = on_host + tree["cpu_reservation_mhz"][v] <= c.hosts.cpu_capacity_mhz[h]
        assert (refusal == Refusal.ACCEPTED) == (fits_pool and fits_host)
        assert (refusal == Refusal.POOL_RESERVATION) == (not fits_pool)
        if refusal == Refusal.ACCEPTED:
            place(c, v, h)
            powered_on.append(v)
    for v in range(c.sizes.vms):
        assert (c.vms.state[v] == VmState.STARTING) == (v in powered_on)


def try_on_many(shrink):
    phases = list(Phase) if shrink else [Phase.generate]
    quick = settings(
        max_examples=200, derandomize=True, database=None, deadline=None, phases=phases,
        suppress_health_check=list(HealthCheck), report_multiple_bugs=False,
    )  # fmt: skip
    quick(given(trees())(hold))()


def test_a_power_on_succeeds_if_and_only_if_host_and_pool_have_the_reservation():
    try_on_many(shrink=True)


def admit_all(pools, vms, v):
    return True


def never_borrow(pool_rows, vms, v):
    p = vms.pool[v]
    pools.reserve(pool_rows, vms)
    free_mhz = NEVER if p == NO_POOL else pool_rows.reservation_mhz[p] - pool_rows.reserved_mhz[p]
    return vms.cpu_reservation_mhz[v] <= free_mhz


def ask_for_cpu_alone(pool_rows, vms, v):
    mb = vms.memory_reservation_mb[v]
    vms.memory_reservation_mb[v] = 0.0
    is_admitted = pools.admits(pool_rows, vms, v)
    vms.memory_reservation_mb[v] = mb
    return is_admitted


def forget_pools_inside(pool_rows, vms):
    pool_rows.reserved_mhz[:] = pool_rows.reserved_mb[:] = 0.0
    for v in range(vms.state.size):
        if vms.pool[v] != NO_POOL and vms.state[v] in (VmState.RUNNING, VmState.STARTING):
            pool_rows.reserved_mhz[vms.pool[v]] += vms.cpu_reservation_mhz[v]


def room_for_all(hosts, vms, v, h):
    return True


@pytest.mark.parametrize(
    ("module", "name", "fault"),
    [
        (commands, "admits", admit_all),
        (commands, "admits", never_borrow),
        (commands, "admits", ask_for_cpu_alone),
        (pools, "reserve", forget_pools_inside),
        (compatibility, "has_room", room_for_all),
    ],
    ids=lambda part: getattr(part, "__name__", str(part)),
)
def test_bug_14_is_caught(module, name, fault):
    with patch.object(module, name, fault), pytest.raises(AssertionError):
        try_on_many(shrink=False)


@settings(max_examples=60, derandomize=True, database=None, deadline=None)
@given(trees())
def test_pools_that_reserve_more_of_a_parent_than_it_has_are_refused_at_load_unless_it_expands(tree):
    names = [f"p{p}" for p in range(len(tree["parent"]))]
    entries = [
        {
            "name": names[p],
            "reservation_mhz": tree["reservation_mhz"][p],
            "memory_reservation_mb": tree["memory_reservation_mb"][p],
            "expandable": bool(tree["is_expandable"][p]),
            **({} if parent == NO_POOL else {"parent": names[parent]}),
            **{most: tree[most][p] for _, most, _ in RESOURCES if tree[most][p] < NEVER},
        }
        for p, parent in enumerate(tree["parent"])
    ]
    said = {
        "name": "tree",
        "hosts": [{"count": 2, "server": "Dell 2950 III", "memory_gb": 16}],
        "pools": entries[::-1],
        "vms": {"count": 1},
    }
    if is_kept(tree, []):
        assert len(load(said).pools) == len(names)
    else:
        with pytest.raises(ScenarioError, match="pools"):
            load(said)
