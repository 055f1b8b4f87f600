"""VM-host rules that say where a VM should run: what is recommended, what DRS takes, what nobody is refused."""

import numpy as np

from tests.envs.test_recommendation import moves, recommended
from tests.managed import (
    advance,
    arrive,
    look,
    managed,
    migrate,
    order_standby,
    refusal_of_migration,
    refusal_of_placement,
    refusal_of_standby,
    run,
    schedule,
)
from vienv.core.enums import IncidentKind, Refusal, VmState
from vienv.core.rules import num_broken

WEB, NEAR = 1 << 0, 1 << 61


def wishing(home=0, hosts=(2,), mhz=500.0, others=2, **changes):
    """VM 0 runs on `home` and should run on `hosts`; the others are free, one on each of hosts 0, 1, ..."""
    vms = 1 + others
    c = managed(
        hosts=3, vms=vms, on=[home, *range(others)], mhz=mhz,
        rows={"preferring_vms": vms, **changes.pop("rows", {})}, **changes,
    )  # fmt: skip
    c.preferences.groups[0] = WEB
    c.hosts.rule_groups[list(hosts)] = WEB
    return c


def test_a_host_outside_the_rule_is_refused_to_nobody():
    c = wishing(home=2)
    assert refusal_of_migration(c, 0, 1) == Refusal.ACCEPTED
    assert refusal_of_standby(c, 2) == Refusal.ACCEPTED
    arrive(c, 0)
    assert refusal_of_placement(c, 0, 1) == Refusal.ACCEPTED


def test_the_move_that_mends_the_rule_is_listed_first_though_it_gains_nothing():
    c = wishing(mhz=[100.0, 2_000.0, 2_000.0], hosts=(1,))
    c.vms.host[:] = [2, 0, 0]
    first, second = recommended(c)[:2]
    assert first[:2] == (0, 1)
    assert first[2] + first[3] <= 0.0 < second[2]
    assert not first[4]
    assert c.recommendations.mended.tolist()[:2] == [1, 0]


def test_a_rule_between_vms_is_mended_before():
    c = wishing(hosts=(2,))
    c.vms.apart_group[1:] = 0
    c.vms.host[:] = [0, 1, 1]
    rows = recommended(c)
    assert [row[4] for row in rows[:3]] == [True, True, False]
    assert rows[2][:2] == (0, 2)


def test_of_two_rules_the_host_that_mends_both_comes_first_and_is_ranked_above_one_that_mends_one():
    c = wishing(home=0, hosts=(1, 2), mhz=[500.0, 500.0, 5_000.0])
    c.vms.host[:] = [0, 1, 2]
    c.preferences.groups[0] |= NEAR
    c.hosts.rule_groups[2] |= NEAR
    assert moves(c)[0] == (0, 2)
    assert c.recommendations.mended[0] == 2
    c.hosts.vmkernel_mbps[2] = 0.0
    assert moves(c)[0] == (0, 1)
    assert c.recommendations.mended[0] == 1


def test_no_move_for_balance_takes_a_vm_from_where_it_should_run():
    c = wishing(home=2, mhz=[2_000.0, 500.0, 2_000.0])
    c.vms.host[:] = [2, 0, 2]
    assert (0, 1) not in moves(c)
    c.preferences.groups[0] = 0
    assert (0, 1) in moves(c)


def test_a_move_off_an_overloaded_host_may_break_the_rule():
    c = wishing(home=2, mhz=[6_000.0, 500.0, 6_000.0])
    c.vms.host[:] = [2, 0, 2]
    c.preferences.groups[2] = WEB
    assert moves(c)[0] in {(0, 1), (2, 1)}


def test_a_vm_that_satisfies_its_rule_moves_for_balance_among_the_hosts_of_the_rule():
    c = wishing(home=2, hosts=(1, 2), mhz=[2_000.0, 0.0, 2_000.0])
    c.vms.host[:] = [2, 0, 2]
    c.preferences.groups[2] = WEB
    assert moves(c)[0] == (0, 1)


def test_an_arrival_goes_where_it_should_run_though_another_host_is_less_loaded():
    c = wishing(home=0, mhz=[0.0, 500.0, 2_000.0])
    c.vms.host[:] = [0, 0, 2]
    arrive(c, 0)
    assert moves(c)[0] == (0, 2)
    c.preferences.groups[0] = 0
    assert moves(c)[0] == (0, 1)


def test_an_arrival_goes_elsewhere_where_the_rule_leaves_it_no_room():
    c = wishing(mhz=[0.0, 500.0, 500.0])
    arrive(c, 0)
    c.vms.memory_reservation_mb[0] = 1_024.0
    c.hosts.memory_capacity_mb[2] = 1_000.0
    assert moves(c)[0][0] == 0
    assert moves(c)[0][1] != 2


def test_ha_restarts_a_vm_where_there_is_most_room_whatever_it_should_do():
    c = wishing(home=0, incidents=1)
    c.vms.host[:] = [0, 1, 1]
    c.hosts.rule_groups[:] = [WEB, WEB, 0]
    schedule(c, IncidentKind.HOST_FAILURE, 100.0, 36_000.0, host=0)
    run(c, 120.0)
    assert (c.vms.state[0], c.vms.host[0]) == (VmState.STARTING, 2)


def test_an_evacuation_does_not_ask_the_rule():
    c = wishing(home=2, hosts=(2,))
    order_standby(c, 2)
    run(c, 60.0)
    assert c.vms.host[0] != 2


def test_intervals_with_a_broken_rule_are_counted_at_their_end():
    c = wishing(home=0, others=1)
    advance(c)
    assert c.preferences.broken.tolist() == [1, 0]
    migrate(c, 0, 2)
    advance(c)
    assert (c.vms.host[0], c.preferences.broken[0]) == (2, 1)


def test_rules_are_counted_one_by_one():
    c = wishing()
    c.preferences.groups[0] |= NEAR
    assert [num_broken(c.hosts, c.preferences, 0, h) for h in range(3)] == [2, 2, 1]
    c.hosts.rule_groups[2] |= NEAR
    assert num_broken(c.hosts, c.preferences, 0, 2) == 0
    assert num_broken(c.hosts, c.preferences, 1, 0) == 0


def test_where_no_rule_binds_a_vm_nothing_changes():
    rng = np.random.default_rng(1)
    mhz = rng.uniform(0.0, 3_000.0, 12)
    plain = managed(hosts=4, vms=12, mhz=mhz)
    wishful = managed(hosts=4, vms=12, mhz=mhz, rows={"preferring_vms": 12})
    look(wishful)
    assert recommended(plain) == recommended(wishful)
