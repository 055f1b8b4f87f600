"""Snapshots stun: half a second when taken, 1 to 7 s when committed, longer with what was written since."""

import pytest

from tests.filed import filed, order, run
from vienv.core.enums import Happening, OrderKind, OrderPhase


def test_a_snapshot_stops_the_guest_for_half_a_second_and_its_commit_for_longer_with_a_larger_delta():
    c = filed(num_orders=2)
    c.files.write_mb_s[0] = 1.0
    order(c, 0, OrderKind.SNAPSHOT, 0, 15.0)
    order(c, 1, OrderKind.COMMIT, 0, 1_039.0)
    run(c, 1_000.0)
    assert c.down_s == [0.5, 0.0]
    run(c, 1_200.0)
    assert c.down_s[0] == pytest.approx(0.5 + 1.0 + 6.0 * 1_024.0 / 10_240.0)
    assert c.counters.number[Happening.SNAPSHOT_STUN_S] == pytest.approx(c.down_s[0])


def test_a_commit_that_stops_the_guest_across_two_ticks_is_down_for_both_parts_and_then_up_again():
    c = filed(num_orders=2)
    c.files.write_mb_s[0] = 1e6
    order(c, 0, OrderKind.SNAPSHOT, 0, 0.0)
    order(c, 1, OrderKind.COMMIT, 0, 57.0)
    run(c, 60.0)
    assert c.down_s[0] == pytest.approx(3.5)
    run(c, 200.0)
    assert c.down_s[0] == pytest.approx(7.5)


def test_a_second_snapshot_and_a_commit_of_none_fail_and_change_nothing():
    c = filed(num_orders=3)
    order(c, 0, OrderKind.COMMIT, 0, 0.0)
    order(c, 1, OrderKind.SNAPSHOT, 1, 0.0)
    order(c, 2, OrderKind.SNAPSHOT, 1, 40.0)
    run(c, 100.0)
    assert c.orders.phase.tolist() == [OrderPhase.FAILED, OrderPhase.DONE, OrderPhase.FAILED]
    assert (c.down_s, c.files.snapshot_at_s[1]) == ([0.0, 0.5], 0.0)


def test_snapshots_on_one_lun_come_one_reservation_after_another():
    c = filed(vms=3, num_orders=3)
    c.volumes.reservation_s[0] = 0.5
    for v in range(3):
        order(c, v, OrderKind.SNAPSHOT, v, 10.0)
    run(c, 20.0)
    assert c.files.snapshot_at_s.tolist() == [10.0, 10.5, 11.0]
