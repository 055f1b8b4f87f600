"""Files over random stories of orders: invariant 48 (clones and backups) and sums of files, each beside a planted bug.

A cloned VM that is customized has an identity of its own, no two guests serve under one, a backup changes nothing of
what runs but the moments of its snapshot, and a datastore has used what its files add up to.
"""

from types import SimpleNamespace
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.clusters import settings as write_settings
from tests.filed import filed, order, run
from vienv.core.enums import NO_HOST, NO_VM, OrderKind, OrderPhase, VmState
from vienv.core.files import identity, orders, sizes, snapshots, storage_vmotion
from vienv.core.files.power import power_off

SEEDS = st.integers(0, 2**32 - 1)
NUM_CLONES, NUM_OTHERS = 3, 4
quickly = settings(max_examples=6, deadline=None)


def told(seed: int) -> SimpleNamespace:
    """Clones of VM 0, some customized, and random orders on the others, over 20 minutes; sums are checked all along."""
    rng = np.random.default_rng(seed)
    num_vms = 1 + NUM_OTHERS + NUM_CLONES
    c = filed(vms=num_vms, num_orders=12, hosts=2)
    write_settings(c, file_customization_s=60.0)
    c.files.write_mb_s[:] = rng.uniform(0.0, 0.5, num_vms)
    c.disks.written_mb[:] = c.disks.configured_mb[:] = rng.integers(1, 20, num_vms) * 256.0
    clones = range(1 + NUM_OTHERS, num_vms)
    for k, v in enumerate(clones):
        c.disks.written_mb[v], c.vms.host[v], c.vms.state[v] = 0.0, NO_HOST, VmState.NOT_ARRIVED
        c.vms.arrives_at_s[v], c.identities.was_up[v] = np.inf, 0
        option = int(rng.integers(0, 2))
        order(c, k, OrderKind.CLONE, v, float(rng.uniform(0, 200)), source=0, host=k % 2, option=option)
    for k in range(NUM_CLONES, 12):
        kind = OrderKind(int(rng.integers(OrderKind.SNAPSHOT, OrderKind.STORAGE_VMOTION + 1)))
        option = int(rng.integers(0, 2))
        order(c, k, kind, int(rng.integers(1, 1 + NUM_OTHERS)), float(rng.uniform(0, 900)), datastore=1, option=option)
    c.volumes.used_mb[:], c.files.booked_mb[:] = [c.disks.written_mb.sum(), 0.0], 0.0
    c.clock.placement_changed[0] = 1
    for until_s in range(60, 1_260, 60):
        run(c, until_s)
        check_sums(c)
        check_nobody_serves_under_anothers_name(c)
    return c


def check_sums(c: SimpleNamespace) -> None:
    """Files of every VM, added up by hand, are what the datastores have used."""
    now_s, is_on = c.clock.now_s[0], np.isin(c.vms.state, [VmState.RUNNING, VmState.STARTING])
    since_s = np.where(np.isfinite(c.files.snapshot_at_s), now_s - c.files.snapshot_at_s, 0.0)
    delta_mb = np.minimum(c.disks.configured_mb, c.files.write_mb_s * np.maximum(0.0, since_s))
    swap_mb = np.where(is_on, c.vms.memory_mb - c.vms.memory_reservation_mb, 0.0)
    all_mb = c.disks.written_mb + np.where(c.disks.written_mb > 0.0, c.files.small_mb + swap_mb + delta_mb, 0.0)
    for d in range(2):
        backups_mb = c.files.backup_mb[c.files.backup_datastore == d].sum()
        is_coming = (c.orders.kind == OrderKind.STORAGE_VMOTION) & (c.orders.phase == OrderPhase.COPYING)
        coming_mb = c.copies.size_mb[is_coming & (c.copies.target == d)].sum()
        files_mb = all_mb[c.vms.datastore == d].sum() + backups_mb + coming_mb
        assert c.volumes.used_mb[d] == pytest.approx(files_mb, rel=1e-9, abs=1e-6)


def check_nobody_serves_under_anothers_name(c: SimpleNamespace) -> None:
    """Those that are up for a whole tick have names of their own."""
    serve = c.identities.identity[c.vms.up_s == c.clock.tick_s[0]].tolist()
    assert len(serve) == len(set(serve))


def check_clones_have_names_of_their_own(c: SimpleNamespace) -> None:
    """Whoever was customized and runs has its own; plain copies keep their template's."""
    for k in range(NUM_CLONES):
        v = c.orders.vm[k]
        assert c.orders.phase[k] == OrderPhase.DONE
        assert c.vms.state[v] == VmState.RUNNING
        assert c.identities.identity[v] == (v if c.orders.option[k] == 1 else c.identities.identity[0])


@quickly
@given(SEEDS)
def test_a_customized_clone_has_an_identity_of_its_own_and_files_add_up(seed):
    check_clones_have_names_of_their_own(told(seed))


def backed_up(seed: int) -> None:
    """Two equal clusters, one of which is backed up: what runs is the same, but for its snapshots' moments."""
    rng = np.random.default_rng(seed)
    at_s, mhz = rng.uniform(0, 200, 2), rng.uniform(100, 2_000, 4)
    pair = [filed(vms=4, num_orders=2, mhz=mhz) for _ in range(2)]
    for k in range(2):
        order(pair[1], k, OrderKind.BACKUP, int(rng.integers(0, 2)) + 2 * k, float(at_s[k]), datastore=1, option=1)
    for until_s in range(20, 520, 20):
        for c in pair:
            run(c, until_s)
        for name in ("state", "host", "demand_mhz", "delivered_mhz", "active_mb", "touched_mb"):
            assert getattr(pair[0].vms, name).tolist() == getattr(pair[1].vms, name).tolist(), name
    assert (pair[1].orders.phase == OrderPhase.DONE).all()
    assert 0.0 < sum(pair[1].down_s) <= 2 * (0.5 + 7.0)


@quickly
@given(SEEDS)
def test_a_backup_changes_nothing_of_what_runs_but_its_snapshots_moments(seed):
    backed_up(seed)


def test_bug_48_sysprep_that_keeps_the_templates_name_is_caught():
    def keep_the_name(identities, vms, clock, ha, params):
        identities.to_customize[:] = 0

    with patch.object(identity, "customize", keep_the_name), pytest.raises(AssertionError):
        for seed in range(3):
            check_clones_have_names_of_their_own(told(seed))


def test_bug_48_a_clash_that_nobody_notices_is_caught():
    with patch.object(identity, "_user_of", lambda identities, v: NO_VM), pytest.raises(AssertionError):
        for seed in range(3):
            told(seed)


def test_bug_48_a_backup_that_powers_its_vm_off_is_caught():
    def take(files, vms, hosts, volumes, clock, counters, params, v, at_s):
        power_off(vms, hosts, clock, v, at_s)
        return at_s

    with patch.object(snapshots, "take", take), pytest.raises(AssertionError):
        backed_up(0)


def test_a_swap_file_that_nobody_books_is_caught():
    with patch.object(sizes, "swap_mb", lambda vms, v: 0.0), pytest.raises(AssertionError):
        told(0)


def test_a_storage_vmotion_that_leaves_its_old_space_taken_is_caught():
    def forget_the_source(copies, files, disks, vms, hosts, volumes, datastores, clock, params, k, v):
        vms.commanded[v], vms.datastore[v] = 0, copies.target[k]
        return True

    with patch.object(storage_vmotion, "end", forget_the_source), pytest.raises(AssertionError):
        for seed in range(3):
            told(seed)


def test_disks_that_go_and_keep_their_space_are_caught():
    def keep_space(disks, vms, volumes, clock, v, size_mb):
        disks.written_mb[v] = size_mb

    with patch.object(orders, "change_disks", keep_space), pytest.raises(AssertionError):
        told(0)
