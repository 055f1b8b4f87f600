"""Racks and power feeds that fail by themselves: all their hosts at one second, on a tape that no deed changes."""

from types import SimpleNamespace

import numpy as np
import pytest

from tests.clusters import cluster
from tests.host_ticks import STEPS, metric
from tests.host_ticks import run as run_hosts
from tests.managed import managed, run
from vienv.core import arena
from vienv.core.enums import NO_FEED, Metric, PowerState
from vienv.core.ha import failures
from vienv.core.random import Stream, uniform
from vienv.core.state import NEVER
from vienv.scenario import Worlds, load
from vienv.scenario import failures as first_failures

MTBF_S, REPAIR_S = 50_000.0, 3600.0
TEN_DAYS_S = 864_000.0


def two_racks(hosts: int = 5) -> SimpleNamespace:
    """Hosts 0 and 1 in rack 0, which fails at 130 s, 2 and 3 in rack 1, which does not; host 4 in none."""
    c = managed(hosts=hosts, vms=hosts, rows={"feeds": 2})
    c.feeding.feed[:4] = [0, 0, 1, 1]
    c.feeds.mtbf_s[:], c.feeds.repair_s[:] = MTBF_S, REPAIR_S
    c.feeds.next_failure_s[0] = 130.0
    return c


def test_a_rack_takes_all_its_hosts_down_at_one_second_and_no_other():
    c = two_racks()
    down_s = run(c, 600.0)
    assert c.hosts.power_state.tolist() == [PowerState.FAILED] * 2 + [PowerState.ON] * 3
    assert c.hosts.state_since_s[:2].tolist() == [130.0, 130.0]
    assert c.hosts.repair_at_s[:2].tolist() == [130.0 + REPAIR_S] * 2
    assert down_s.tolist() == [105.0, 105.0, 0.0, 0.0, 0.0]  # declared dead after 15 s, 90 s of boot
    assert metric(c, Metric.HOST_FAILURES) == 2.0


def test_a_rack_s_hosts_are_repaired_together_and_it_fails_again():
    c = two_racks()
    run(c, 130.0 + REPAIR_S + 300.0)
    assert c.hosts.power_state.tolist() == [PowerState.ON] * 5
    gap_s = -np.log(uniform(c.randomness.seed, Stream.FEED, 0, 1)) * MTBF_S
    assert c.feeds.next_failure_s[0] == pytest.approx(130.0 + REPAIR_S + gap_s)
    assert c.feeds.failures.tolist() == [1, 0]


def test_a_rack_s_tape_is_the_same_whatever_its_hosts_do():
    def tape_after_ten_days(power_state: PowerState) -> tuple[list[int], list[float], float]:
        c = cluster(hosts=4, vms=1, feeds=2)
        c.clock.tick_s[0] = 300.0
        c.feeding.feed[:], c.feeds.mtbf_s[:], c.feeds.repair_s[:] = [0, 0, 1, 1], MTBF_S, REPAIR_S
        c.hosts.power_state[:] = power_state
        c.feeds.next_failure_s[:] = 1000.0
        feeds = {"foresee": lambda c: failures.foresee_feeds(c.hosts, c.feeds, c.feeding, c.clock, c.randomness)}
        run_hosts(c, TEN_DAYS_S, **feeds)
        return c.feeds.failures.tolist(), c.feeds.next_failure_s.tolist(), metric(c, Metric.HOST_FAILURES)

    on, standby = tape_after_ten_days(PowerState.ON), tape_after_ten_days(PowerState.STANDBY)
    assert on[:2] == standby[:2]
    assert on[2] > 0 == standby[2]
    assert min(on[0]) > 5


def test_a_rack_that_fails_does_not_move_its_hosts_own_tapes():
    c = two_racks()
    c.hosts.next_failure_s[:] = [500.0, NEVER, NEVER, NEVER, NEVER]
    for step in ("begin", "advance"):
        STEPS[step](c)
    failures.foresee_feeds(c.hosts, c.feeds, c.feeding, c.clock, c.randomness)
    assert (c.hosts.next_failure_s[0], c.hosts.failures[0]) == (500.0, 0)


def test_racks_fail_as_often_as_their_mean_time_says():
    c = cluster(hosts=1, vms=1, feeds=4000)
    c.feeds.mtbf_s[:], c.feeds.repair_s[:] = MTBF_S, REPAIR_S
    first_failures.draw_feeds(c.feeds, 11)
    first_s = c.feeds.next_failure_s.copy()
    assert first_s.mean() == pytest.approx(MTBF_S, rel=0.08)  # five standard errors
    assert np.median(first_s) == pytest.approx(MTBF_S * np.log(2.0), rel=0.1)
    c.clock.tick_s[0] = TEN_DAYS_S
    failures.foresee_feeds(c.hosts, c.feeds, c.feeding, c.clock, c.randomness)
    assert c.feeds.failures.mean() == pytest.approx(TEN_DAYS_S / (MTBF_S + REPAIR_S), rel=0.03)


def test_worlds_draw_when_racks_first_fail_and_no_scenario_without_one_has_rows():
    def feeds_of(number: int, **changes: object) -> tuple[object, object]:
        hosts = [{"name": "esx", "count": 4, "server": "Dell 2950 III", "memory_gb": 16}]
        worlds = Worlds(load({"name": "small", "hosts": hosts, "vms": {"count": 2}} | changes))
        rows = np.zeros(worlds.num_floats), np.zeros(worlds.num_ints, np.int64)
        worlds.write(*rows, "test", number)
        return arena.feeds_of(*rows, worlds.spans), arena.feeding_of(*rows, worlds.spans)

    racks = [{"name": "a", "hosts": ["esx-01", "esx-02"]}, {"name": "b", "hosts": ["esx-04"], "mtbf_days": 2.0}]
    feeds, feeding = feeds_of(0, racks=racks)
    assert feeding.feed.tolist() == [NO_FEED, NO_FEED, NO_FEED, 0]
    assert (feeds.mtbf_s.tolist(), feeds.repair_s.tolist()) == ([172_800.0], [21_600.0])
    assert 0.0 < feeds.next_failure_s[0] != feeds_of(1, racks=racks)[0].next_failure_s[0]
    assert feeds_of(0, racks=racks[:1])[1].feed.size == 0
