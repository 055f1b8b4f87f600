"""DRS and DPM over inventories of all kinds in which nothing fails, each invariant beside a planted bug.

Numbers are those of the list of invariants that the project is held to: 29 DPM, 31-33 DRS. Policies play the real
environment, in plain Python.
"""

from itertools import product
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from numba import config

from tests.properties import inventories
from vienv import baselines
from vienv.baselines import drs
from vienv.baselines.policy import RECOMMENDATIONS
from vienv.core import arena, power, tick
from vienv.core.columns import ClusterColumn, RecommendationColumn
from vienv.core.enums import NO_VM, PowerState
from vienv.envs import recommendation
from vienv.envs.vector_env import ClusterVectorEnv
from vienv.scenario import load

pytestmark = pytest.mark.skipif(not config.DISABLE_JIT, reason="a bug is planted in a kernel's Python")
INTERVALS = 15
SEEDS = range(12)
NOISE = 1e-9


IDLE = {"demand": {"mean_load": 0.1, "imbalance_least": 0.0, "imbalance_most": 10.0}, "ha": {"enabled": False}}
"""What lets DPM put hosts to sleep."""


def opened(seed: int, intervals: int = 0, changes: dict[str, Any] | None = None) -> SimpleNamespace:
    """The seed's inventory in the environment that DRS plays, after some intervals in which nobody does anything."""
    scenario = load(inventories.inventory(seed, kinds=()).said | (changes or {}))
    env = ClusterVectorEnv(1, scenario, face=RECOMMENDATIONS, split="test", worlds=[0], autoreset_mode="Disabled")
    face = SimpleNamespace(env=env, seen=env.reset()[0])
    for _ in range(intervals):
        act(face, 0)
    floats, ints, spans = env.rows(0)
    for name in ("hosts", "vms", "migrations", "recommendations", "host_statistics", "vm_statistics"):
        setattr(face, name, getattr(arena, f"{name}_of")(floats, ints, spans))
    return face


def act(face: SimpleNamespace, action: int) -> bool:
    """Take the action; whether the episode goes on."""
    face.seen, _, terminated, truncated, _ = face.env.step(np.array([action]))
    return not (terminated[0] or truncated[0])


# 29: with DPM off all hosts stay on, and with it on there are never more


def hosts_on(seed: int, policy: str) -> list[int]:
    """Hosts that are on at the beginning and at the end of every tick."""
    face, player = opened(seed, changes=IDLE), baselines.make(policy)
    number = [face.hosts.power_state.size]
    player.reset(1)
    one_tick = tick.tick

    def counted(*rows):
        one_tick(*rows)
        number.append(int((face.hosts.power_state == PowerState.ON).sum()))

    with patch.object(tick, "tick", counted):
        while len(number) < INTERVALS * 5:
            act(face, int(player.act(face.seen, face.env.action_masks())[0]))
    return number


def check_dpm_keeps_no_more_hosts_on() -> int:
    """Returns in how many inventories DPM has put a host to sleep."""
    slept = 0
    for seed in range(5):
        without, with_dpm = hosts_on(seed, "drs-3"), hosts_on(seed, "drs-dpm")
        assert all(number == without[0] for number in without)
        assert all(number <= most for number, most in zip(with_dpm, without, strict=True))
        slept += min(with_dpm) < without[0]
    return slept


def test_29_dpm_never_has_more_hosts_on_than_nobody():
    assert check_dpm_keeps_no_more_hosts_on() >= 2


def test_bug_29_hosts_that_go_to_sleep_by_themselves_are_caught():
    advance = power.advance

    def doze(hosts, book, metrics, migrations, clock, power_settings, randomness):
        hosts.power_state[(hosts.num_vms == 0) & (clock.now_s[0] > 600.0)] = PowerState.STANDBY
        hosts.power_state[:1] = PowerState.STANDBY
        advance(hosts, book, metrics, migrations, clock, power_settings, randomness)

    with patch.object(power, "advance", doze), pytest.raises(AssertionError):
        check_dpm_keeps_no_more_hosts_on()


# 31: what DRS recommends for balance, applied in full, does not raise the metric that it was computed for


def planned(face: SimpleNamespace) -> np.ndarray:
    """Planned load of the hosts that are on, when all that is under way has succeeded."""
    is_on = face.hosts.power_state == PowerState.ON
    goal = np.where(face.migrations.phase > 0, face.migrations.destination, face.vms.host)
    mhz = np.zeros(is_on.size)
    has_host = goal >= 0
    np.add.at(mhz, goal[has_host], face.vm_statistics.demand_5min_mhz[has_host])
    return (mhz / face.hosts.cpu_capacity_mhz)[is_on]


def metric(face: SimpleNamespace) -> float:
    """Imbalance and load above capacity."""
    loads = planned(face)
    return float(loads.std() + (loads - 1.0).clip(0.0).sum())


def moves_of(face: SimpleNamespace, threshold: int) -> list[tuple[bool, float]]:
    """Apply what DRS recommends within an interval; for each move whether it is mandatory, and what it changed."""
    player, moves = baselines.make(f"drs-{threshold}"), []
    player.reset(1)
    while True:
        action = int(player.act(face.seen, face.env.action_masks())[0])
        if action == 0:
            return moves
        is_mandatory, before = bool(face.recommendations.is_mandatory[action - 1]), metric(face)
        act(face, action)
        moves.append((is_mandatory, metric(face) - before))


def check_sets_do_not_raise_the_metric() -> int:
    """Returns how many moves were made for balance."""
    number = 0
    for seed in SEEDS:
        changes = [change for is_mandatory, change in moves_of(opened(seed, seed % 3), 5) if not is_mandatory]
        assert sum(changes) <= NOISE
        number += len(changes)
    return number


def test_31_a_set_of_recommendations_applied_in_full_does_not_raise_the_imbalance():
    assert check_sets_do_not_raise_the_metric() >= 5


def promise_the_contrary(*asked):
    gain, overload_gain = WHAT_IF(*asked)
    return -gain, -overload_gain


WHAT_IF = recommendation._what_if


def list_worse(patcher) -> None:
    """Have the moves listed first that make matters worst, and DRS believe in them."""
    patcher.setattr(recommendation, "_what_if", promise_the_contrary)
    patcher.setattr(recommendation, "_may_gain", lambda *_: True)
    patcher.setattr(drs, "_fits", lambda *_: True)
    patcher.setattr(drs, "_is_worth_it", lambda *_: True)


def test_bug_31_recommendations_that_promise_the_contrary_are_caught(monkeypatch):
    list_worse(monkeypatch)
    with pytest.raises(AssertionError):
        check_sets_do_not_raise_the_metric()


# 32: at or below its threshold DRS balances nothing; a more aggressive level has no fewer candidates


def candidates(face: SimpleNamespace, threshold: int) -> int:
    """Moves that the level would make for balance in this state, cost aside."""
    level = drs.of_threshold(threshold)._replace(minimum_gain=0.0, strong_gain=0.0, relief_load=np.inf)
    cluster, rows = face.seen["cluster"][0], face.seen["recommendations"][0]
    mask, number = face.env.action_masks()[0].copy(), 0
    for column in (RecommendationColumn.MANDATORY, RecommendationColumn.MENDS_SHOULD):
        mask[1 : 1 + len(rows)] &= (rows[:, column] == 0.0).astype(np.int8)
    while True:
        action = drs.choose(cluster, rows, mask, level)
        if action == 0:
            return number
        mask[action], number = 0, number + 1


def check_levels() -> set[int]:
    """Judge each inventory as it is and once balanced; returns the numbers of candidates that were met."""
    met = set()
    for seed in SEEDS:
        face = opened(seed, seed % 3)
        met |= check_levels_of(face)
        moves_of(face, 5)
        act(face, 0)  # so that VMs may be moved again
        met |= check_levels_of(face)
    return met


def check_levels_of(face: SimpleNamespace) -> set[int]:
    numbers = [candidates(face, threshold) for threshold in range(1, 6)]
    assert numbers == sorted(numbers)
    imbalance = float(face.seen["cluster"][0][ClusterColumn.IMBALANCE_PLANNED])
    for threshold, number in enumerate(numbers, 1):
        target = np.inf if threshold == 1 else 0.1 * (5 - threshold) / np.sqrt(planned(face).size)
        assert imbalance > target * (1.0 - 1e-6) or number == 0
    return set(numbers)


def test_32_no_level_balances_below_its_threshold_and_a_more_aggressive_one_has_no_fewer_candidates():
    assert len(check_levels()) > 1


@pytest.mark.parametrize(
    "target",
    [lambda *_: -1.0, lambda threshold, root, coefficient: coefficient * threshold * root],
    ids=["none", "upside down"],
)
def test_bug_32_thresholds_that_nobody_keeps_are_caught(target, monkeypatch):
    monkeypatch.setattr(drs, "target_imbalance", target)
    with pytest.raises(AssertionError):
        check_levels()


# 33: in small clusters brute force bounds DRS, and its own start does


def optimum(demand_mhz: np.ndarray, capacity_mhz: np.ndarray, of) -> float:
    """The least figure that any assignment of these VMs to these hosts has, rules and room aside."""
    best = np.inf
    for hosts in product(range(capacity_mhz.size), repeat=demand_mhz.size):
        best = min(best, of(np.bincount(hosts, weights=demand_mhz, minlength=capacity_mhz.size) / capacity_mhz))
    return best


def check_small_clusters() -> int:
    """Returns how many there were."""
    number = 0
    for seed in range(60):
        face = opened(seed)
        is_on = face.hosts.power_state == PowerState.ON
        demand_mhz = face.vm_statistics.demand_5min_mhz[face.vms.host >= 0]
        if is_on.size > 3 or demand_mhz.size > 6:
            continue
        number += 1
        capacity_mhz, start = face.hosts.cpu_capacity_mhz[is_on], metric(face)
        check_single_moves(face)
        moves_of(face, 5)
        least = optimum(demand_mhz, capacity_mhz, lambda loads: loads.std() + (loads - 1.0).clip(0.0).sum())
        assert least <= metric(face) + NOISE
        assert metric(face) <= start + NOISE
        fewer = optimum(demand_mhz, capacity_mhz, np.max)
        assert optimum(demand_mhz, np.append(capacity_mhz, capacity_mhz[0]), np.max) <= fewer + NOISE
    return number


def check_single_moves(face: SimpleNamespace) -> None:
    """On identical hosts a move that lowers the deviation never raises the largest load."""
    rows = face.recommendations
    if np.ptp(face.hosts.cpu_capacity_mhz) > 0.0:
        return
    before = planned(face).max()
    for r in np.flatnonzero((rows.vm != NO_VM) & (rows.gain > 0.0) & (rows.is_mandatory == 0)):
        home, v = int(face.vms.host[rows.vm[r]]), rows.vm[r]
        face.vms.host[v] = rows.destination[r]
        assert planned(face).max() <= before + NOISE
        face.vms.host[v] = home


def test_33_drs_ends_between_the_optimum_and_its_start_in_small_clusters():
    assert check_small_clusters() >= 5


def test_bug_33_moves_that_make_matters_worse_are_caught(monkeypatch):
    list_worse(monkeypatch)
    with pytest.raises(AssertionError):
        check_small_clusters()
