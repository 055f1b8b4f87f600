"""How an episode ends, what it may know, and that it can be cut, repeated and continued without a trace."""

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.envs.play import MIXED, QUIET, actions, clusters, copy_of, digest_parts, put_back
from vienv.core import arena
from vienv.core.enums import HISTORY_INTERVALS
from vienv.core.state import NEVER

HOUR_INTERVALS = 12
ROOT = Path(__file__).parents[2]


def test_the_horizon_truncates_and_does_not_terminate():
    env = clusters(1, QUIET)
    env.reset(seed=0)
    ends = [env.step([0])[2:4] for _ in range(3 * HOUR_INTERVALS)]
    assert not any(terminations[0] for terminations, _ in ends)
    assert [bool(truncations[0]) for _, truncations in ends] == [False] * 35 + [True]


def test_a_lost_cluster_terminates_and_the_rest_of_the_episode_is_charged():
    failures = [
        {"kind": "host_failure", "at_s": 3610 + h, "duration_s": 1e6, "host": f"esx-0{h + 1}"} for h in range(3)
    ]
    env = clusters(1, QUIET | {"incidents": failures})
    env.reset(seed=0)
    for _ in range(HOUR_INTERVALS):
        _, _, terminations, _, infos = env.step([0])
        assert not terminations[0]
    assert infos["episode_vm_down_s"][0] == 0.0
    _, rewards, terminations, truncations, infos = env.step([0])
    assert (terminations[0], truncations[0]) == (True, False)
    died_at_s = [3610 + h for h in arena.vms_of(*env.rows(0)).host]
    expected = sum(3 * 3600 - at_s for at_s in died_at_s)
    assert infos["episode_vm_down_s"][0] == pytest.approx(expected)
    assert rewards[0] < -10.0


def test_a_cluster_whose_hosts_come_back_in_time_is_not_lost():
    failures = [{"kind": "host_failure", "at_s": 3600, "duration_s": 1200, "host": f"esx-0{h + 1}"} for h in range(3)]
    env = clusters(1, QUIET | {"incidents": failures})
    env.reset(seed=0)
    for _ in range(3 * HOUR_INTERVALS):
        _, _, terminations, truncations, infos = env.step([0])
        assert not terminations[0]
    assert truncations[0]
    assert infos["episode_vm_down_s"][0] >= 6 * 1200


def future_changed(env, intervals):
    """Change demand, failures and incidents that lie beyond so many intervals."""
    rows = env.rows(0)
    workload, hosts, incidents = arena.workload_of(*rows), arena.hosts_of(*rows), arena.incidents_of(*rows)
    workload.demand.reshape(-1, arena.vms_of(*rows).state.size)[HISTORY_INTERVALS + intervals :] *= 0.37
    later_s = intervals * 300.0
    hosts.next_failure_s[hosts.next_failure_s > later_s] = NEVER
    incidents.at_s[incidents.at_s > later_s] += 900.0


@pytest.mark.parametrize(("scenario", "split"), [("lab", "train"), (MIXED, "test")])
def test_nothing_shown_depends_on_what_is_still_to_come(scenario, split):
    known, other = clusters(1, scenario, split=split), clusters(1, scenario, split=split)
    first = [env.reset(seed=6)[0] for env in (known, other)]
    future_changed(other, 20)
    assert digest_parts(first[0]) == digest_parts(first[1])
    draws, intervals = [np.random.default_rng(5)], 0
    while intervals < 20:
        taken = actions(known, draws)
        intervals += int(taken[0] == 0)
        shown, rewards, _, _, infos = known.step(taken)
        shown_other, rewards_other, _, _, infos_other = other.step(taken)
        assert digest_parts(shown) == digest_parts(shown_other)
        assert rewards[0] == rewards_other[0]
        assert all(infos[name][0] == infos_other[name][0] for name in infos)
        assert known.action_masks().tolist() == other.action_masks().tolist()
    assert digest_parts(known.step([0])[0]) != digest_parts(other.step([0])[0])


def test_only_foresight_samples_show_what_is_to_come():
    plain, seer = clusters(1, "lab"), clusters(1, "lab", foresight_samples=12)
    blind, told = plain.reset(seed=6)[0], seer.reset(seed=6)[0]
    assert digest_parts(blind) != digest_parts(told)
    statistics, vms = arena.vm_statistics_of(*seer.rows(0)), arena.vms_of(*seer.rows(0))
    rows = arena.workload_of(*seer.rows(0)).demand.reshape(-1, vms.state.size)
    coming = rows[HISTORY_INTERVALS : HISTORY_INTERVALS + 12] * vms.cpu_configured_mhz
    assert statistics.demand_60min_mhz == pytest.approx(np.minimum(coming, vms.cpu_limit_mhz).mean(axis=0))


def tape(env, policy_seed, commit):
    """The demand that a world holds after 10 hours of a play, and every failure time that its hosts' tapes gave."""
    env.reset(seed=2)
    hosts, workload = arena.hosts_of(*env.rows(0)), arena.workload_of(*env.rows(0))
    failures = [set(hosts.next_failure_s[h : h + 1]) for h in range(4)]
    draws, intervals = [np.random.default_rng(policy_seed)], 0
    while intervals < 120:
        taken = actions(env, draws, commit)
        if taken[0] > 16 and arena.clock_of(*env.rows(0)).picked[0] < 0:
            taken[0] = 0  # power changes when a host can fail, so this play leaves it alone
        intervals += int(taken[0] == 0)
        env.step(taken)
        for h in range(4):
            failures[h].add(float(hosts.next_failure_s[h]))
    return workload.demand.tobytes(), failures


def test_demand_and_failures_are_the_same_tape_whatever_anybody_does():
    scenario = QUIET | {
        "duration_h": 10, "hosts": [{"count": 4, "server": "HP ML110 G5", "memory_gb": 8}],
        "vm": [], "vms": {"count": 16}, "ha": {"admission": "off", "host_mtbf_days": 0.3, "repair_mean_h": 1.2},
    }  # fmt: skip
    demand, failures = tape(clusters(1, scenario), 0, 1.0)
    demand_too, failures_too = tape(clusters(1, scenario), 1, 0.3)
    assert demand == demand_too
    assert failures == failures_too
    assert max(map(len, failures)) > 1


REPLAY = """
import hashlib, sys
from tests.envs.play import MIXED, clusters, digest_parts
env = clusters(1, MIXED)
seen = hashlib.sha256(digest_parts(env.reset(seed=11)[0]))
for action in map(int, sys.argv[1].split(",")):
    observation, rewards, *_ = env.step([action])
    seen.update(digest_parts(observation) + rewards.tobytes())
print(seen.hexdigest())
"""


def test_a_recorded_action_log_gives_the_same_bytes_in_a_fresh_process():
    env = clusters(1, MIXED)
    seen = hashlib.sha256(digest_parts(env.reset(seed=11)[0]))
    draws, log = [np.random.default_rng(3)], []
    for _ in range(120):
        taken = actions(env, draws)
        log.append(str(taken[0]))
        observation, rewards, *_ = env.step(taken)
        seen.update(digest_parts(observation) + rewards.tobytes())
    command = [sys.executable, "-c", REPLAY, ",".join(log)]
    replayed = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, timeout=300)
    assert replayed.stdout.strip() == seen.hexdigest()


@pytest.mark.parametrize("face", ["vienv/Cluster-v0", "vienv/Recommendations-v0", "vienv/DrsTuning-v0"])
def test_a_snapshot_of_two_rows_continues_as_if_nothing_had_been(face, tmp_path):
    settings = {"face": face, "levels": face.endswith("DrsTuning-v0")}
    env, other = clusters(1, MIXED, **settings), clusters(1, MIXED, **settings)
    env.reset(seed=0)
    other.reset(seed=50)
    draws = [np.random.default_rng(8)]
    for _ in range(30):
        env.step(actions(env, draws))
    floats, ints = copy_of(env)
    np.savez(tmp_path / "cluster.npz", floats=floats, ints=ints)
    before = env.report()[0]
    log, uninterrupted = [], hashlib.sha256()
    for _ in range(30):
        log.append(actions(env, draws))
        observation, *_ = env.step(log[-1])
        uninterrupted.update(digest_parts(observation))
    with np.load(tmp_path / "cluster.npz") as saved:
        put_back(other, (saved["floats"], saved["ints"]))
    continued, terms = hashlib.sha256(), {}
    for taken in log:
        observation, _, _, _, infos = other.step(taken)
        continued.update(digest_parts(observation))
        for name in ("energy_kwh", "vm_down_s", "migrations"):
            terms[name] = terms.get(name, 0.0) + float(infos[name][0])
    assert continued.hexdigest() == uninterrupted.hexdigest()
    assert other.report() == env.report()
    for name, gained in terms.items():
        assert before[name] + gained == pytest.approx(env.report()[0][name], rel=1e-9)
    assert terms["energy_kwh"] > 0.0


def test_halving_the_tick_changes_energy_by_less_than_a_hundredth():
    energy_kwh = {}
    for tick_s in (20, 10):
        env = clusters(1, QUIET | {"tick_s": tick_s, "vm": [], "vms": {"count": 8}})
        env.reset(seed=1)
        for action in (1, 8 + 2, 8 + 1, 0, 0, 2, 8 + 3, 0, 0, 8 + 2, *([0] * 20)):
            env.step([action])
        energy_kwh[tick_s] = env.report()[0]["energy_kwh"]
        assert env.report()[0]["migrations"] > 0
    assert energy_kwh[10] == pytest.approx(energy_kwh[20], rel=0.01)
    assert energy_kwh[10] > 0.1
