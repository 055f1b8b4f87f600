"""VM scores: what a VM wanted and got in the last interval; the cluster's, weighted by what is wanted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.managed import advance, managed, want
from vienv.core.enums import VmState
from vienv.core.score import served

SHARES = st.floats(0.0, 2.0)


def scored(mhz, on, **changes):
    c = managed(hosts=2, vms=len(on), on=on, mhz=mhz, rows={"scored_vms": len(on)}, **changes)
    c.vms.cpu_configured_mhz[:] = 10_000.0
    want(c, mhz)
    return c


def test_a_vm_that_gets_all_it_wants_scores_100_and_so_does_a_cluster_of_such():
    c = scored([4000.0, 1000.0], on=[0, 1])
    advance(c)
    assert c.scores.score.tolist() == [100.0, 100.0]
    assert c.cluster_score.score[0] == 100.0


def test_a_vm_scores_what_it_gets_and_the_cluster_is_weighted_by_what_is_wanted():
    c = scored([8000.0, 8000.0, 4000.0], on=[0, 0, 1])
    advance(c)
    assert c.scores.score.tolist() == pytest.approx([62.5, 62.5, 100.0], rel=1e-12)  # 10,000 of 16,000 MHz
    assert c.cluster_score.score[0] == pytest.approx((16 * 62.5 + 4 * 100.0) / 20, rel=1e-12)


def test_shares_tell_in_the_score():
    c = scored([8000.0, 8000.0], on=[0, 0])
    c.vms.cpu_shares[0] = 3000.0
    advance(c)
    assert c.scores.score.tolist() == pytest.approx([100.0 * 7500 / 8000, 100.0 * 2500 / 8000], rel=1e-12)


def test_a_guest_that_waits_for_swapped_pages_scores_less_on_an_idle_host():
    c = scored([1000.0, 1000.0], on=[0, 1])
    c.vms.swapped_mb[0] = 900.0
    c.hosts.memory_managed_mb[0] = 500.0
    advance(c)
    assert c.scores.score[0] < 99.0
    assert c.scores.score[1] == 100.0


def test_a_vm_that_is_off_has_no_score_and_does_not_count():
    c = scored([8000.0, 8000.0, 4000.0], on=[0, 0, 1])
    c.vms.state[2], c.vms.up_at_s[2] = VmState.STARTING, 1000.0
    advance(c)
    assert c.scores.score[2] == 0.0
    assert c.cluster_score.score[0] == pytest.approx(62.5, rel=1e-12)


def test_a_cluster_that_wants_nothing_is_perfect():
    c = scored([0.0, 0.0], on=[0, 1])
    advance(c)
    assert c.cluster_score.score[0] == 100.0


def test_the_total_is_that_of_all_intervals():
    c = scored([8000.0, 8000.0], on=[0, 0])
    advance(c)
    want(c, [1000.0, 1000.0])
    advance(c)
    assert c.cluster_score.total[0] == pytest.approx(62.5 + 100.0, rel=1e-12)


def test_a_host_gives_all_up_to_the_knee_nine_tenths_when_full_and_no_more_beyond():
    assert [served(load, 0.5, 0.1) for load in (0.0, 0.3, 0.5)] == [0.0, 0.3, 0.5]
    assert served(0.75, 0.5, 0.1) == pytest.approx(0.75 * 0.95, rel=1e-12)
    assert served(1.0, 0.5, 0.1) == served(1.7, 0.5, 0.1) == 0.9


@given(SHARES, SHARES, st.floats(0.0, 0.8), st.floats(0.0, 0.15))
def test_what_a_host_gives_never_falls_and_rises_ever_more_slowly(a, b, knee, loss):
    low, high, step = min(a, b), max(a, b), 0.1
    assert served(high, knee, loss) >= served(low, knee, loss) - 1e-12
    rise_low = served(low + step, knee, loss) - served(low, knee, loss)
    rise_high = served(high + step, knee, loss) - served(high, knee, loss)
    assert rise_high <= rise_low + 1e-12
