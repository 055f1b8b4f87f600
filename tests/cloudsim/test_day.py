"""A day's mechanism: demand, shares, flights, energy and what is counted."""

import math

import numpy as np
import pytest

from tests.cloudsim.days import Small, put, small
from vienv.cloudsim import Policy, book, day, migration, simulate
from vienv.cloudsim import state as s
from vienv.cloudsim.enums import INTERVALS, NOBODY, SAMPLES

G4_MIPS, G5_MIPS = 3720.0, 5320.0


def move(c: Small, *moves: tuple[int, int]) -> None:
    """Let these moves be the interval's."""
    for k, (v, h) in enumerate(moves):
        c.moves.vm[k], c.moves.target[k] = v, h
    c.day.num_moves[0] = len(moves)


def test_a_tick_sees_a_three_thousandth_of_the_way_to_the_next_sample():
    percent = np.full((4, SAMPLES), 50.0)
    percent[0, 1:3] = 10.0, 40.0
    c = small(percent)
    put(c, [1, 1, 3, 3])
    assert c.day.now_s[0] == 300.1
    assert c.vms.fraction[0] == pytest.approx(0.10 + 0.30 * 0.1 / 300.0, abs=1e-15)
    assert c.vms.asked_mips[0] == c.vms.fraction[0] * 2500.0


def test_a_vm_is_destroyed_for_good_by_two_zero_samples_and_not_by_one():
    percent = np.full((4, SAMPLES), 50.0)
    percent[0, 2] = 0.0
    percent[1, 2:4] = 0.0
    c = small(percent, "dvfs")
    put(c, [1, 1, 3, 3])
    for _ in range(4):
        day.tick(*c.rows)
    assert c.vms.host[:2].tolist() == [1, NOBODY]
    assert c.list_of(1) == [0]


def test_a_host_that_is_short_shares_whole_mips_in_proportion():
    c = small([100.0, 100.0, 100.0, 100.0])
    put(c, [0, 0, 0, 0])
    asked = [1860.0, 1860.0, 1000.0, 500.0]  # never more than a core
    scale = G4_MIPS / sum(asked)
    assert c.vms.entry_granted_mips.tolist() == [math.floor(mips * scale) for mips in asked]
    assert c.hosts.used_mips[0] <= G4_MIPS


def test_the_source_carries_all_of_a_vm_in_flight_and_the_target_a_tenth():
    c = small([50.0] * 4)
    put(c, [1, 1, 3, 3])
    move(c, (3, 1))  # 613 MB
    before = c.hosts.used_mips[[1, 3]].copy()
    migration.start(c.hosts, c.vms, s.shutdowns_of(*c.rows), s.misses_of(*c.rows), c.places, c.moves, c.day)
    assert c.vms.entry_granted_mips[3] == 250.0 * 0.9
    assert c.hosts.used_mips[3] == pytest.approx(before[1])
    assert c.hosts.used_mips[1] == before[0] + 25.0
    assert c.moves.end_s[0] == 300.1 + 9.808


def test_a_vm_that_lands_is_the_last_of_its_hosts_list():
    c = small([50.0] * 4)
    put(c, [1, 1, 3, 3])
    move(c, (0, 3))
    day.fly(*c.rows)
    assert (c.list_of(1), c.list_of(3)) == ([1], [2, 3, 0])
    assert c.vms.is_moving[0] == 0


def test_a_vm_that_is_planned_twice_lands_on_the_last_target():
    c = small([50.0] * 4)
    put(c, [1, 1, 3, 3])
    move(c, (0, 3), (0, 2))  # by way of host 3
    day.fly(*c.rows)
    assert c.vms.host[0] == 2
    assert (c.list_of(2), c.list_of(3)) == ([0], [2, 3])
    assert (c.day.migrations[0], c.day.distinct_moves[0]) == (2, 1)


def test_a_host_violates_for_as_long_as_it_receives():
    c = small([50.0] * 4)
    put(c, [1, 1, 3, 3])
    move(c, (3, 1))
    day.fly(*c.rows)
    day.tick(*c.rows)
    assert c.hosts.violated_s[1] == pytest.approx(613.0 / 62.5)
    assert c.hosts.active_s[1] == pytest.approx(300.0)


def test_energy_is_the_mean_of_the_watts_at_both_ends_and_the_first_slice_is_free():
    percent = np.full((4, SAMPLES), 50.0)
    c = small(percent, "dvfs", num_hosts=2)
    put(c, [1, 1, 1, 1])
    assert c.day.joules[0] == 0.0
    day.tick(*c.rows)
    load = 0.5 * (2500 + 2000 + 1000 + 500) / G5_MIPS  # 0.5639
    assert c.day.joules[0] == pytest.approx(300.0 * (116.0 + (121.0 - 116.0) * (load - 0.5) * 10.0))


def test_npa_runs_all_hosts_at_full_power_whatever_they_do():
    assert simulate(np.full((8, SAMPLES), 20.0), Policy.parse("npa")).energy_kwh == pytest.approx(2410.8028)


def test_a_host_that_was_never_used_counts_as_shut_down_at_the_first_tick():
    results = simulate(np.full((8, SAMPLES), 20.0), Policy.parse("dvfs"))
    used = int(results.intervals[0, 0])
    assert results.host_shutdowns == 800 - used
    assert results.mean_time_before_shutdown_s == pytest.approx(300.1)


def test_the_time_before_a_migration_is_the_length_of_one():
    c = small([50.0] * 4)
    put(c, [1, 1, 3, 3])
    move(c, (3, 1))
    day.fly(*c.rows)
    day.tick(*c.rows)
    ends = s.shutdowns_of(*c.rows)
    book.close_day(c.hosts, c.vms, ends)
    assert ends.num[book.FLIGHT] == 1
    assert ends.mean[book.FLIGHT] == pytest.approx(9.808)


def test_the_same_day_and_seed_give_the_same_bytes_and_another_seed_does_not():
    percent = np.random.default_rng(1).integers(1, 99, (60, SAMPLES)).astype(float)
    policy = Policy.parse("thr-rs")
    first, again, other = (simulate(percent, policy, seed) for seed in (1, 1, 2))
    assert first.intervals.tobytes() == again.intervals.tobytes()
    assert first.intervals.tobytes() != other.intervals.tobytes()


@pytest.mark.parametrize("name", ["thr-mmt", "iqr-mu", "mad-rs", "lr-mc", "lrr-mmt", "dvfs", "npa"])
def test_compiled_and_plain_days_are_the_same_bytes(name):
    percent = np.random.default_rng(2).integers(0, 99, (40, SAMPLES)).astype(float)
    policy = Policy.parse(name)
    compiled = simulate(percent, policy, 3)
    c = small(percent, policy.name, num_hosts=800, seed=3)
    day.run(*c.rows)
    trace = s.trace_of(*c.rows)
    assert trace.kwh.size == INTERVALS
    assert compiled.intervals[:, 1].tobytes() == trace.used_mips.tobytes()
    assert compiled.intervals[:, 4].tobytes() == trace.kwh.tobytes()
