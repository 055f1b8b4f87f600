"""DRS's automation levels: what VirtualCenter does of its own recommendations, when, and what becomes of the others."""

import copy
from typing import Any

import numpy as np
import pytest

from tests.envs.play import RULED, clusters, digest_parts, legal_action
from vienv.core import arena
from vienv.core.enums import NO_HOST, NO_VM, Refusal, VmState
from vienv.core.rules import violations

FACES = ("vienv/Cluster-v0", "vienv/Recommendations-v0")
COMMIT = 0

SMALL: dict[str, Any] = {
    "name": "small",
    "profile": "vs41",
    "duration_h": 2,
    "hosts": [{"name": "esx", "count": 3, "server": "HP ML110 G5", "memory_gb": 8}],
    "vm": [
        {"name": "a", "host": "esx-01", "apart": "pair"},
        {"name": "b", "host": "esx-01", "apart": "pair"},
        {"name": "busy", "host": "esx-02", "load": 0.9},
        {"name": "late", "arrives_s": 610},
        {"name": "later", "arrives_s": 610},
    ],
    "ha": {"enabled": False},
    "demand": {"imbalance_least": 0.0, "imbalance_most": 10.0, "mean_load": 0.2},
}
A, B, LATE = 0, 1, 3


def played(automation: str | None, intervals: int, face: str = FACES[1], **changes: Any):
    """The cluster after so many intervals of nothing but commits."""
    scenario = copy.deepcopy(SMALL) | changes
    if automation is not None:
        scenario["drs"] = {"automation": automation}
    env = clusters(1, scenario, face=face)
    env.reset(seed=0)
    for _ in range(intervals):
        env.step([COMMIT])
    return env


def view(env, of):
    return of(*env.rows(0))


@pytest.mark.parametrize("face", FACES)
def test_in_manual_mode_a_vm_waits_until_the_policy_places_it(face):
    for automation in (None, "manual"):
        env = played(automation, 8, face)
        assert view(env, arena.vms_of).state[LATE] == VmState.AWAITING_PLACEMENT


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("automation", ["partial", "full"])
def test_an_arrival_is_powered_on_at_the_next_pass_on_the_least_loaded_host(face, automation):
    env = played(automation, 2, face)
    assert view(env, arena.vms_of).state[LATE] == VmState.NOT_ARRIVED
    env.step([COMMIT])
    vms = view(env, arena.vms_of)
    assert vms.state[LATE] == VmState.STARTING
    assert vms.up_at_s[LATE] == 900.0 + 90.0
    assert vms.host[LATE] != 1  # the busy one's
    env.step([COMMIT])
    assert view(env, arena.vms_of).up_s[LATE] == 20.0


@pytest.mark.parametrize("face", FACES)
def test_a_broken_rule_is_mended_by_full_automation_alone_when_the_episode_begins(face):
    for automation, broken in ((None, 2), ("partial", 2), ("full", 0)):
        env = played(automation, 1, face)
        assert violations(view(env, arena.vms_of)) == broken


def test_balance_stays_the_policys():
    heavy = [{"name": name, "host": "esx-01", "load": 1.0} for name in ("x", "y")]
    env = played("full", 6, vm=heavy)
    assert view(env, arena.vms_of).host.tolist() == [0, 0]
    assert view(env, arena.recommendations_of).vm[0] != NO_VM


def test_nothing_is_applied_while_virtualcenter_is_down():
    outage = {"kind": "vc_outage", "at_s": 300, "duration_s": 900}
    env = played("full", 3, incidents=[outage])
    assert view(env, arena.vms_of).state[LATE] == VmState.AWAITING_PLACEMENT
    env.step([COMMIT])
    assert view(env, arena.vms_of).state[LATE] == VmState.STARTING


def test_a_placement_that_is_illegal_everywhere_waits():
    env = played("partial", 8, pools=[{"name": "none", "expandable": False}], vm=[
        {"name": "a", "host": "esx-01"},
        {"name": "late", "arrives_s": 610, "pool": "none", "cpu_reservation_mhz": 500},
    ])  # fmt: skip
    vms = view(env, arena.vms_of)
    assert (vms.state[1], vms.host[1]) == (VmState.AWAITING_PLACEMENT, NO_HOST)


def test_partial_automation_places_though_broken_rules_fill_the_list():
    env = played("partial", 3, recommendations=1)
    assert view(env, arena.vms_of).state[LATE] == VmState.STARTING
    assert violations(view(env, arena.vms_of)) == 2


def test_the_cap_of_commands_binds_virtualcenter_as_well():
    crowd = [{"name": f"vm-{k}", "arrives_s": 610, "memory_gb": 0.25} for k in range(30)]
    env = played("partial", 3, vm=[SMALL["vm"][0], *crowd])
    state = view(env, arena.vms_of).state[1:]
    assert (state == VmState.STARTING).sum() == 24  # 8 for each of three hosts
    assert not env.action_masks()[0, 1:].any()
    env.step([COMMIT])
    assert (view(env, arena.vms_of).state[1:] == VmState.AWAITING_PLACEMENT).sum() == 0


# Offered, taken, expired


def offers(env):
    return {name: int(count[0]) for name, count in view(env, arena.offers_of)._asdict().items()}


def test_what_is_not_taken_has_expired_when_the_pass_is_over():
    env = played("manual", 0)
    assert offers(env) == {"offered": 0, "taken": 0, "expired": 0}
    listed = int((view(env, arena.recommendations_of).vm != NO_VM).sum())
    assert listed >= 2  # either of the pair may leave
    env.step([COMMIT])
    assert offers(env) == {"offered": listed, "taken": 0, "expired": listed}


def test_what_the_policy_takes_and_what_virtualcenter_applies_is_taken():
    env = played("manual", 0)
    env.step([1])
    assert offers(env) == {"offered": 1, "taken": 1, "expired": 0}
    assert offers(played("full", 0, FACES[0])) == {"offered": 1, "taken": 1, "expired": 0}


def test_a_refused_command_takes_nothing():
    env = played("manual", 0)
    listed = int((view(env, arena.recommendations_of).vm != NO_VM).sum())
    _, _, _, _, infos = env.step([1 + listed])
    assert infos["refusal"][0] != Refusal.ACCEPTED
    assert offers(env)["taken"] == 0


def test_an_outage_offers_nothing():
    env = played("manual", 0, incidents=[{"kind": "vc_outage", "at_s": 0, "duration_s": 7000}])
    env.step([COMMIT])
    before = offers(env)
    for _ in range(5):
        env.step([COMMIT])
    assert offers(env) == before


def test_the_report_has_the_three_counts_where_the_scenario_names_a_level_and_only_there():
    report = played("full", 4).report()[0]
    counts = [report[f"recommendations_{name}"] for name in ("offered", "taken", "expired")]
    assert counts[0] == counts[1] + counts[2]
    assert counts[1] == 3.0  # the rule, and two arrivals
    assert not any(name.startswith("recommendations") for name in played(None, 1).report()[0])


# Faces, batches, masks

RULED_FULL = RULED | {
    "drs": {"automation": "full"},
    "rules": [*RULED["rules"], {"name": "near", "kind": "should_run_on", "vms": ["plain"], "hosts": ["esx-02"]}],
}


@pytest.mark.parametrize("face", FACES)
def test_the_mask_allows_exactly_what_is_accepted_after_virtualcenter_has_acted(face):
    env = clusters(1, RULED_FULL, face=face)
    env.reset(seed=5)
    draws, accepted = np.random.default_rng(5), 0
    for _ in range(60):
        mask = env.action_masks()[0].astype(bool)
        floats, ints, _ = env.rows(0)
        before = floats.copy(), ints.copy()
        for action in range(1, mask.size):
            floats[:], ints[:] = before
            _, _, _, _, infos = env.step([action])
            assert mask[action] == (infos["refusal"][0] == Refusal.ACCEPTED)
            accepted += mask[action]
        floats[:], ints[:] = before
        env.step([legal_action(mask.astype(np.int8), draws)])
    assert accepted > 50


@pytest.mark.parametrize("face", [*FACES, "vienv/DrsTuning-v0"])
def test_a_batch_with_threads_gives_the_bytes_of_single_environments(face):
    batch = clusters(3, RULED_FULL, face=face, num_threads=2)
    singles = [clusters(1, RULED_FULL, face=face) for _ in range(3)]
    together, _ = batch.reset(seed=2)
    for e, env in enumerate(singles):
        alone, _ = env.reset(seed=2 + e)
        assert digest_parts({k: v[e] for k, v in together.items()}) == digest_parts({k: v[0] for k, v in alone.items()})
    draws = [np.random.default_rng(e) for e in range(3)]
    for _ in range(25):
        if face == "vienv/DrsTuning-v0":
            taken = np.zeros((3, 2), np.float32)
        else:
            taken = np.array([legal_action(batch.action_masks()[e], draws[e]) for e in range(3)])
        together, *_ = batch.step(taken)
        for e, env in enumerate(singles):
            alone, *_ = env.step(taken[e : e + 1])
            shown = {k: v[e] for k, v in together.items()}
            assert digest_parts(shown) == digest_parts({k: v[0] for k, v in alone.items()})
            assert batch.rows(e)[0].tobytes() == env.rows(0)[0].tobytes()
            assert batch.rows(e)[1].tobytes() == env.rows(0)[1].tobytes()
