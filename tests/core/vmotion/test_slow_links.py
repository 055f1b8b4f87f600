"""vMotion where the VMkernel network is slow: refused below Gigabit; where that is lifted, slow and then in vain."""

import pytest

from tests.managed import managed, refusal_of_migration
from tests.vmotions import GB, one, order, run_until_idle
from vienv.core.enums import Refusal

SLOW_MB_S = 100.0 * 0.936 / 8.0
"""What 100 Mbit/s carries of guest memory."""


def slow(vms: int, **changes: object):
    c = one(vms=vms, vmotion_minimum_mbps=100.0, **changes)
    c.hosts.vmkernel_mbps[:] = 100.0
    return c


def copying_s(rate_mb_s: float, rounds: int, dirty_mb_s: float = 5.0, touched_mb: float = GB) -> float:
    """Seconds of that many rounds of pre-copy, in closed form."""
    ratio = dirty_mb_s / rate_mb_s
    return touched_mb / rate_mb_s * (1.0 - ratio**rounds) / (1.0 - ratio)


@pytest.mark.parametrize("mbps", [0.0, 100.0])
def test_no_vmkernel_network_or_one_of_100_mbit_is_refused(mbps: float):
    c = managed()
    c.hosts.vmkernel_mbps[1] = mbps
    assert refusal_of_migration(c, 0, 1) == refusal_of_migration(c, 1, 0) == Refusal.NO_GIGABIT_VMKERNEL


def test_one_vmotion_of_1_gb_over_100_mbit_takes_153_s():
    c = slow(vms=1)
    order(c, 0, 1)
    run_until_idle(c)
    rounds = int(c.migrations.rounds[0])
    residue_s = GB * (5.0 / SLOW_MB_S) ** rounds / SLOW_MB_S
    assert c.migrations.ended_at_s[0] == pytest.approx(copying_s(SLOW_MB_S, rounds) + residue_s, rel=1e-9)
    assert c.migrations.ended_at_s[0] == pytest.approx(153.0, abs=0.5)


def test_two_vmotions_on_a_slow_link_are_both_given_up_after_30_rounds_at_1195_s():
    c = slow(vms=2)
    for v in range(2):
        order(c, v, 1)
    run_until_idle(c)
    given_up_at_s = copying_s(SLOW_MB_S / 2.0, 30)
    assert c.migrations.failed_at_s.tolist() == pytest.approx([given_up_at_s] * 2, rel=1e-9)
    assert given_up_at_s == pytest.approx(1195.0, abs=2.0)
    assert c.vms.host.tolist() == [0, 0]


def test_vsphere_5_slows_the_guests_down_until_both_converge():
    c = slow(vms=2, vmotion_has_sdps=1)
    for v in range(2):
        order(c, v, 1)
    run_until_idle(c)
    assert c.vms.host.tolist() == [1, 1]
    assert (c.migrations.dirty_mb_s < 5.0).all()
