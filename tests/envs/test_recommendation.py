"""VirtualCenter's recommendations on two to four hosts: what is listed, in which order, and what it promises."""

import math

import numpy as np
import pytest

from tests.managed import (
    arrive,
    look,
    managed,
    migrate,
    order_standby,
    place,
    refusal_of_migration,
    refusal_of_placement,
    want,
)
from vienv.core.enums import NO_HOST, NO_VM, AdmissionPolicy, ConnectionState, PowerState, Refusal, VmState
from vienv.core.score import served
from vienv.envs.recommendation import recommend


def recommended(c, is_open=True):
    """Rows (vm, destination, gain, overload_gain, is_mandatory), best first."""
    look(c)
    r = c.recommendations
    recommend(
        r, c.clusters, c.pools, c.hosts, c.vms, c.migrations, c.paths, c.vm_statistics, c.host_statistics, c.vmotion,
        c.ha, c.virtual_center, c.preferences, is_open, False,
    )  # fmt: skip
    rows = zip(r.vm, r.destination, r.gain, r.overload_gain, r.is_mandatory, strict=True)
    return [(int(v), int(h), float(g), float(o), bool(m)) for v, h, g, o, m in rows if v != NO_VM]


def moves(c):
    return [row[:2] for row in recommended(c)]


def imbalance(c):
    look(c)
    is_on = c.hosts.power_state == PowerState.ON
    loads = (c.host_statistics.planned_5min_mhz / c.hosts.cpu_capacity_mhz)[is_on]
    return float(loads.std())


def overload(c):
    look(c)
    loads = c.host_statistics.planned_5min_mhz / c.hosts.cpu_capacity_mhz
    return float((loads - 1.0).clip(0.0).sum())


def four_hosts():
    return managed(hosts=4, vms=6, on=[0, 0, 0, 0, 1, 2], mhz=[4000.0, 2500.0, 2000.0, 1000.0, 3000.0, 500.0])


# What is promised


def test_the_imbalance_falls_by_exactly_the_gain_that_was_promised():
    c = four_hosts()
    for _ in range(2):
        before = imbalance(c)
        v, h, gain, _, _ = recommended(c)[0]
        migrate(c, v, h)
        assert before - imbalance(c) == pytest.approx(gain, abs=1e-12)
        assert gain > 0.0


def test_the_gain_of_a_move_by_hand():
    c = managed(vms=2, on=[0, 0], mhz=[3000.0, 1000.0])
    rows = {v: gain for v, _, gain, _, _ in recommended(c)}
    assert rows == pytest.approx({0: 0.2 - 0.1, 1: 0.2 - 0.1})


def test_overload_gain_is_the_fall_of_load_above_capacity():
    c = managed(hosts=2, vms=3, on=[0, 0, 1], mhz=[9000.0, 3000.0, 0.0])
    before = overload(c)
    v, h, _, gain, _ = recommended(c)[0]
    migrate(c, v, h)
    assert gain == pytest.approx(0.2)
    assert before - overload(c) == pytest.approx(gain)


def test_only_hosts_that_are_on_count_for_the_imbalance():
    c = managed(hosts=3, vms=2, on=[0, 1], mhz=[5000.0, 1000.0])
    c.hosts.power_state[2] = PowerState.STANDBY
    before = imbalance(c)
    assert before == pytest.approx(0.2)
    assert moves(c) == []  # swapping sides or piling up gains nothing


def test_a_vm_on_a_host_that_enters_standby_burdens_its_destination_and_relieves_no_host_that_counts():
    c = managed(hosts=3, vms=2, on=[0, 1], mhz=[1000.0, 4000.0])
    order_standby(c, 0)
    before = imbalance(c)
    v, h, gain, _, _ = next(row for row in recommended(c) if row[0] == 0)
    assert h == 2
    migrate(c, v, h)
    assert before - imbalance(c) == pytest.approx(gain, abs=1e-12)


# What is listed


def test_rows_are_sorted_best_first():
    rows = recommended(four_hosts())
    ranks = [gain + relief for _, _, gain, relief, _ in rows]
    assert len(rows) > 3
    assert ranks == sorted(ranks, reverse=True)


def test_of_equal_moves_the_first_vm_stands_first():
    assert [v for v, _ in moves(managed(vms=4, on=[0, 0, 0, 0]))] == [0, 1, 2, 3]


def test_each_vm_stands_once_with_its_best_destination():
    c = four_hosts()
    rows = recommended(c)
    assert len({row[0] for row in rows}) == len(rows)
    for v, h, gain, _, _ in rows:
        for t in range(c.sizes.hosts):
            if t not in (h, c.vms.host[v]):
                other = four_hosts()
                before = imbalance(other)
                migrate(other, v, t)
                assert before - imbalance(other) <= gain + 1e-12


def test_every_row_is_legal_when_it_is_listed():
    c = four_hosts()
    c.hosts.cpu_class[3], c.paths.is_reachable[2], c.vms.apart_group[[0, 4]] = 1, 0, 0
    rows = recommended(c)
    assert rows
    assert {refusal_of_migration(c, v, h) for v, h, *_ in rows} == {Refusal.ACCEPTED}


def test_a_move_that_gains_nothing_is_not_listed():
    assert moves(managed(mhz=[1000.0, 1000.0])) == []


def test_a_vm_commanded_or_on_its_way_is_not_listed():
    c = managed(vms=3, on=[0, 0, 0], mhz=[1000.0, 1000.0, 1000.0])
    c.vms.commanded[0] = 1
    assert {v for v, _ in moves(c)} == {1, 2}
    migrate(c, 1, 1)
    assert 1 not in {v for v, _ in moves(c)}


@pytest.mark.parametrize("state", [VmState.DOWN, VmState.STARTING, VmState.NOT_ARRIVED])
def test_only_running_vms_and_arrivals_are_listed(state):
    c = managed(vms=2, on=[0, 0], mhz=[3000.0, 3000.0])
    c.vms.state[0] = state
    if state == VmState.NOT_ARRIVED:
        c.vms.host[0] = NO_HOST
    assert 0 not in {v for v, _ in moves(c)}


def test_only_the_best_rows_stay_when_there_are_more_than_fit():
    c = managed(hosts=2, vms=20, on=[0] * 20, mhz=[100.0 + 10.0 * v for v in range(20)])
    assert {v for v, _ in moves(c)} == set(range(4, 20))


def test_nothing_is_listed_while_no_command_is_taken_and_old_rows_are_gone():
    c = four_hosts()
    assert recommended(c)
    assert recommended(c, is_open=False) == []
    assert (c.recommendations.destination == NO_HOST).all()


def test_with_no_host_on_nothing_is_listed():
    c = managed()
    c.hosts.power_state[:] = PowerState.FAILED
    assert moves(c) == []


def test_a_host_that_is_entering_standby_or_in_maintenance_receives_nothing():
    c = managed(hosts=4, vms=2, on=[0, 0], mhz=[3000.0, 3000.0])
    order_standby(c, 1)
    c.hosts.connection[2] = ConnectionState.IN_MAINTENANCE
    assert {h for _, h in moves(c)} == {3}


# Priority 1


def broken_rule():
    """Rivals 4 and 5 share host 1; moving VM 0 would gain far more than parting them."""
    c = managed(hosts=3, vms=6, on=[0, 0, 0, 0, 1, 1], mhz=[3000.0, 3000.0, 1000.0, 1000.0, 100.0, 100.0])
    c.vms.apart_group[4:6] = 0
    return c


def test_a_move_that_mends_a_rule_comes_first_even_if_it_gains_less():
    rows = recommended(broken_rule())
    assert {row[0] for row in rows[:2]} == {4, 5}
    assert [row[4] for row in rows[:3]] == [True, True, False]
    assert rows[2][2] > rows[0][2]


def test_a_mended_rule_asks_for_no_second_move():
    c = broken_rule()
    v, h = moves(c)[0]
    migrate(c, v, h)
    assert not any(row[4] for row in recommended(c))


def test_a_move_that_mends_a_rule_is_listed_even_if_balance_suffers():
    c = managed(hosts=2, vms=4, on=[0, 0, 1, 1], mhz=[1000.0, 1000.0, 1000.0, 1000.0])
    c.vms.apart_group[:2] = 0
    rows = recommended(c)
    assert {row[0] for row in rows} == {0, 1}
    assert all(row[4] and row[2] < 0.0 for row in rows)


def test_an_arrival_is_listed_first_as_a_placement():
    c = managed(hosts=3, vms=3, on=[0, 0, 1], mhz=[2000.0, 2000.0, 1000.0])
    arrive(c, 2)
    v, h, gain, _, is_mandatory = recommended(c)[0]
    assert (v, is_mandatory) == (2, True)
    assert h in (1, 2)
    assert refusal_of_placement(c, 2, h) == Refusal.ACCEPTED
    before = imbalance(c)
    place(c, v, h)
    assert before - imbalance(c) == pytest.approx(gain, abs=1e-12)


def test_an_arrival_without_statistics_goes_to_the_least_loaded_host():
    c = managed(hosts=3, vms=3, on=[0, 1, 2], mhz=[2000.0, 1000.0, 0.0])
    arrive(c, 2)
    assert recommended(c)[0][:2] == (2, 2)
    c.hosts.power_state[2] = PowerState.STANDBY
    assert recommended(c)[0][:2] == (2, 1)


def test_an_arrival_that_admission_control_refuses_is_not_listed():
    c = managed(vms=16, mhz=0.0, ha_admission_policy=AdmissionPolicy.SLOTS, ha_slot_mb=1026.0)
    arrive(c, 15)
    assert moves(c) == []


def test_gains_are_finite_numbers():
    assert all(math.isfinite(gain + relief) for _, _, gain, relief, _ in recommended(four_hosts()))


# Ranked by score


def score_of(c):
    """What the hosts give of what is wanted, at their planned loads of the longer window."""
    look(c)
    loads = c.host_statistics.planned_40min_mhz / c.hosts.cpu_capacity_mhz
    given = [served(float(load), 0.5, 0.1) * mhz for load, mhz in zip(loads, c.hosts.cpu_capacity_mhz, strict=True)]
    return sum(given) / float(c.host_statistics.planned_40min_mhz.sum())


def ranked_by_score(**changes):
    c = managed(
        hosts=4, vms=6, on=[0, 0, 0, 0, 1, 2], mhz=[4000.0, 2500.0, 2000.0, 1000.0, 3000.0, 500.0],
        virtual_center_ranks_by_score=1, **changes,
    )  # fmt: skip
    c.hosts.cpu_capacity_mhz[3] = 8_000.0
    return c


def test_the_score_rises_by_exactly_the_gain_that_was_promised():
    c = ranked_by_score()
    for _ in range(2):
        before = score_of(c)
        v, h, gain, _, _ = recommended(c)[0]
        assert gain > 0.0
        c.vms.host[v] = h
        assert score_of(c) - before == pytest.approx(gain, rel=1e-9)


def test_loads_below_the_knee_are_left_alone_however_unequal():
    c = ranked_by_score()
    want(c, [1000.0, 1000.0, 1000.0, 500.0, 200.0, 0.0])
    assert imbalance(c) > 0.1
    assert moves(c) == []


def test_loads_of_the_longer_window_rank_and_not_those_of_now():
    c = ranked_by_score()
    want(c, [1000.0, 1000.0, 1000.0, 500.0, 200.0, 0.0])
    c.vm_statistics.demand_40min_mhz[:4] = [4000.0, 2500.0, 2000.0, 1000.0]
    assert [row[0] for row in recommended(c)][:1] != []
    c.vm_statistics.demand_40min_mhz[:] = c.vm_statistics.demand_5min_mhz
    assert moves(c) == []


@pytest.mark.parametrize("seed", range(20))
def test_of_all_legal_moves_the_one_that_raises_the_score_most_comes_first(seed):
    rng = np.random.default_rng(seed)
    c = managed(hosts=5, vms=14, on=rng.integers(0, 5, 14), mhz=rng.uniform(100.0, 4000.0, 14).tolist(),
                virtual_center_ranks_by_score=1)  # fmt: skip
    c.hosts.cpu_capacity_mhz[:] = rng.choice([8_000.0, 12_000.0], 5)
    look(c)
    before, best = score_of(c), 0.0
    overload_before = overload_40(c)
    for v in range(14):
        home = int(c.vms.host[v])
        for h in range(5):
            if refusal_of_migration(c, v, h) == Refusal.ACCEPTED:
                c.vms.host[v] = h
                best = max(best, score_of(c) - before + overload_before - overload_40(c))
                c.vms.host[v] = home
    look(c)
    rows = recommended(c)
    assert (rows[0][2] + rows[0][3] if rows else 0.0) == pytest.approx(best, rel=1e-9, abs=1e-9)


def overload_40(c):
    look(c)
    return float((c.host_statistics.planned_40min_mhz / c.hosts.cpu_capacity_mhz - 1.0).clip(0.0).sum())
