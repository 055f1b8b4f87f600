"""Whatever demand comes, no VM is lost or doubled and no host gives more than it has; with bugs that prove it."""

from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cloudsim.days import Small, small
from vienv.cloudsim import day, migration
from vienv.cloudsim.enums import NOBODY, SAMPLES

POLICIES = ["dvfs", "thr-mmt-0.8", "thr-rs-0.8", "iqr-mu-1.5", "mad-mmt-2.5", "lr-mmt-1.2", "thr-mc-0.8"]


def check(c: Small) -> None:
    """Every VM that was not destroyed stands once in one list, its host's; shares fit."""
    listed = [entry for h in range(c.hosts.mips.size) for entry in c.list_of(h)]
    alive = np.flatnonzero(c.vms.host != NOBODY).tolist()
    assert sorted(listed) == alive
    assert all(v in c.list_of(c.vms.host[v]) for v in alive)
    assert not c.vms.is_moving.any()
    assert (c.hosts.used_mips <= c.hosts.mips * (1.0 + 1e-9)).all()
    assert (c.vms.granted <= c.vms.asked * (1.0 + 1e-9)).all()
    assert (c.hosts.violated_s <= c.hosts.active_s).all()


def live(seed: int, num_vms: int, num_hosts: int, policy: str, intervals: int) -> None:
    """Random demand, zeros among it, checked after every landing and tick."""
    random = np.random.default_rng(seed)
    percent = random.integers(-20, 100, (num_vms, SAMPLES)).clip(0).astype(float)
    c = small(percent, policy, num_hosts, seed)
    day.begin(*c.rows)
    joules = 0.0
    for _ in range(intervals):
        day.tick(*c.rows)
        check(c)
        day.plan(*c.rows)
        assert c.day.num_moves[0] <= c.moves.vm.size
        day.fly(*c.rows)
        check(c)
        assert c.day.joules[0] >= joules
        joules = c.day.joules[0]


@settings(deadline=None, max_examples=25, derandomize=True)
@given(st.integers(0, 2**31), st.integers(4, 40), st.integers(2, 12), st.sampled_from(POLICIES))
def test_no_vm_is_lost_and_no_host_gives_more_than_it_has(seed, num_vms, num_hosts, policy):
    live(seed, num_vms, num_hosts, policy, 16)


def leave_twins(hosts, places, h, entry):
    """A landing that forgets to take the VM out of a list."""


@pytest.mark.parametrize(
    ("module", "name", "planted"),
    [(migration, "remove", leave_twins), (day, "remove", leave_twins), (migration, "LINK_MB_S", 2.0)],
)
def test_a_planted_bug_is_caught(module, name, planted):
    with patch.object(module, name, planted), pytest.raises(AssertionError):
        for seed in range(8):
            live(seed, 24, 8, "thr-mmt-0.8", 8)
