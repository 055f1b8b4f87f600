"""Commands: the mask is exact, only a commit takes time, and VirtualCenter's limits hold."""

from collections import Counter

import numpy as np
import pytest

from tests.envs.play import (
    CLUSTERED,
    HOSTED,
    KEPT,
    LINKED,
    MIXED,
    MOVED,
    QUIET,
    RULED,
    STORED,
    bytes_without_counters,
    clusters,
    copy_of,
    put_back,
    visited,
)
from vienv.core import arena
from vienv.core.enums import NO_VM, PowerState, Refusal, Term, VmState
from vienv.envs.action import REFUSALS

FACES = ("vienv/Cluster-v0", "vienv/Recommendations-v0")
ELSEWHERE = {
    Refusal.COMMAND_LIMIT,
    Refusal.VM_MIGRATING,
    Refusal.SOURCE_NOT_CONNECTED,
    Refusal.HOST_NOT_IN_STANDBY,
    Refusal.NO_PEER_TO_WAKE,
    Refusal.VM_NOT_WAITING,
    Refusal.EPISODE_OVER,
    Refusal.LINK_TOO_SLOW,
    Refusal.NO_SPACE,  # these four are of tasks, not of commands
    Refusal.NO_FILES,
    Refusal.HAS_SNAPSHOT,
    Refusal.COPY_BROKEN_OFF,
}
"""What random play of the scenarios below does not come to: hand-made clusters and the tests below do."""


def judged(env, steps, seed):
    """Try every action in every state of a random legal episode: (state, action, is allowed, refusal, rows after)."""
    for rows in visited(env, steps, seed):
        put_back(env, rows)
        yield from _all_actions(env, rows, env.action_masks()[0])
        put_back(env, rows)


def _all_actions(env, rows, mask):
    for action in range(1, mask.size):
        put_back(env, rows)
        _, rewards, _, _, infos = env.step([action])
        yield rows, action, bool(mask[action]), Refusal(int(infos["refusal"][0])), float(rewards[0]), copy_of(env)


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize(
    ("scenario", "padding"),
    [
        ("lab", {}),
        (MIXED, {}),
        (MIXED, {"max_hosts": 8, "max_vms": 12}),
        (LINKED, {"max_vms": 16}),
        (KEPT, {}),
        (RULED, {}),
        (HOSTED, {}),
        (CLUSTERED, {}),
        (STORED, {"max_hosts": 6}),
        (MOVED, {}),
    ],
    ids=["lab", "mixed", "mixed-padded", "linked", "kept", "ruled", "hosted", "clustered", "stored", "moved"],
)
def test_the_mask_allows_exactly_what_virtualcenter_accepts_and_a_refusal_changes_nothing(face, scenario, padding):
    env = clusters(1, scenario, face=face, **padding)
    spans = env.rows(0)[2]
    seen = Counter()
    for before, action, is_allowed, refusal, _, after in judged(env, 70, seed=3):
        assert is_allowed == (refusal == Refusal.ACCEPTED), (action, refusal)
        seen[refusal] += 1
        if not is_allowed:
            assert bytes_without_counters(after, spans) == bytes_without_counters(before, spans), (action, refusal)
    assert seen[Refusal.ACCEPTED] > 100
    assert len(seen) >= (3 if face == FACES[1] else 5)


def test_the_mixed_scenario_meets_most_reasons_for_a_refusal():
    env = clusters(1, MIXED)
    seen = {refusal for _, _, _, refusal, _, _ in judged(env, 300, seed=2)}
    expected = {
        Refusal.VC_DOWN,
        Refusal.ALREADY_COMMANDED,
        Refusal.VM_NOT_RUNNING,
        Refusal.SAME_HOST,
        Refusal.NO_SHARED_DATASTORE,
        Refusal.NO_GIGABIT_VMKERNEL,
        Refusal.CPU_CLASS,
        Refusal.RULE,
        Refusal.DESTINATION_NOT_CONNECTED,
        Refusal.ADMISSION_CONTROL,
        Refusal.NO_EVACUATION_PLAN,
        Refusal.HOST_NOT_ON,
        Refusal.NO_SUCH_ACTION,
    }
    assert not expected - seen


def test_a_host_that_is_kept_for_restarts_takes_no_vm_and_lets_those_go_that_ha_put_there():
    env = clusters(1, KEPT)
    seen, kept, num_vms = set(), 4, env.layout.num_vms
    left = 0
    for _, action, _, refusal, _, after in judged(env, 150, seed=2):
        seen.add(refusal)
        if action == 1 + num_vms + kept:
            assert refusal != Refusal.ACCEPTED
        migrations = arena.migrations_of(*after, env.rows(0)[2])
        left += refusal == Refusal.ACCEPTED and action > num_vms and (migrations.source == kept).any()
    assert Refusal.FAILOVER_HOST in seen
    assert left > 0


def test_links_that_fail_and_work_at_hosts_are_met_and_an_outage_refuses_all_else():
    env = clusters(1, LINKED)
    seen, in_outage = set(), Counter()
    for before, action, is_allowed, refusal, _, _ in judged(env, 150, seed=2):
        clock = arena.clock_of(*before, env.rows(0)[2])
        seen.add(refusal)
        if clock.now_s[0] < clock.vc_returns_at_s[0]:
            in_outage[refusal, action <= 13 and is_allowed] += 1
    assert {Refusal.NOT_RESPONDING, Refusal.NO_GIGABIT_VMKERNEL, Refusal.VC_DOWN} <= seen
    assert in_outage[Refusal.ACCEPTED, True] > 0
    assert in_outage[Refusal.VC_DOWN, False] > 0


def test_the_ruled_scenario_meets_what_pools_rules_absent_hosts_and_patches_refuse():
    env = clusters(1, RULED)
    seen = {refusal for _, _, _, refusal, _, _ in judged(env, 200, seed=1)}
    expected = {Refusal.HOST_RULE, Refusal.POOL_RESERVATION, Refusal.HOST_NOT_ON, Refusal.PATCHES_ARE_DUE}
    assert not expected - seen


def test_the_hosted_scenario_meets_what_hosted_hypervisors_refuse():
    env = clusters(1, HOSTED)
    seen = {refusal for _, _, _, refusal, _, _ in judged(env, 100, seed=1)}
    assert Refusal.HOSTED in seen


def test_vms_cross_between_clusters_by_hand_only_and_each_cluster_refuses_for_itself():
    env = clusters(1, CLUSTERED)
    seen, crossed, num_vms, member = Counter(), 0, env.layout.num_vms, np.array([0, 0, 0, 1, 1, 1])
    for before, action, _, refusal, _, after in judged(env, 120, seed=1):
        spans = env.rows(0)[2]
        if action > num_vms and arena.clock_of(*before, spans).picked[0] == NO_VM:
            seen["leave", member[action - 1 - num_vms], refusal] += 1
        moves = arena.migrations_of(*after, spans)
        crossed += refusal == Refusal.ACCEPTED and (member[moves.source] != member[moves.destination]).any()
    assert crossed > 0
    for cluster in range(2):
        assert seen["leave", cluster, Refusal.ACCEPTED] > 0
        assert seen["leave", cluster, Refusal.MINIMUM_HOSTS] + seen["leave", cluster, Refusal.ADMISSION_CONTROL] > 0


def test_the_stored_scenario_meets_lost_paths_lost_files_and_clones_that_wait():
    env = clusters(1, STORED)
    spans = env.rows(0)[2]
    seen, placed = Counter(), 0
    for before, action, _, refusal, _, _ in judged(env, 150, seed=2):
        vms, picked = arena.vms_of(*before, spans), arena.clock_of(*before, spans).picked[0]
        seen[refusal] += 1
        if action <= env.layout.num_vms:
            seen[VmState(vms.state[action - 1]), refusal] += 1
        elif picked != NO_VM:
            placed += refusal == Refusal.ACCEPTED and vms.state[picked] == VmState.AWAITING_PLACEMENT
    assert seen[VmState.WITHOUT_FILES, Refusal.VM_NOT_RUNNING] > 0
    assert seen[VmState.NOT_ARRIVED, Refusal.VM_NOT_RUNNING] > 0
    assert seen[Refusal.NO_SHARED_DATASTORE] > 0
    assert placed > 0


def test_every_refusal_is_met_by_a_scenario_or_by_a_test_of_its_own():
    seen = set()
    for scenario, seed in (
        (MIXED, 2),
        (LINKED, 2),
        (KEPT, 2),
        (RULED, 1),
        (HOSTED, 1),
        (CLUSTERED, 1),
        (STORED, 2),
        (MOVED, 1),
    ):
        for face in FACES:
            seen |= {refusal for _, _, _, refusal, _, _ in judged(clusters(1, scenario, face=face), 150, seed)}
    assert set(Refusal) - seen == ELSEWHERE


def test_a_vm_whose_files_move_is_busy_and_then_goes_where_its_new_datastore_is_reached():
    env = clusters(1, MOVED)
    seen, datastores = set(), set()
    for before, action, _, refusal, _, _ in judged(env, 60, seed=1):
        rows = *before, env.rows(0)[2]
        if arena.clock_of(*rows).picked[0] == 0 and action > env.layout.num_vms:
            seen.add((int(arena.vms_of(*rows).datastore[0]), refusal))
        if action == 1:
            datastores.add((int(arena.vms_of(*rows).datastore[0]), refusal))
    assert {(1, Refusal.NO_SHARED_DATASTORE), (1, Refusal.VM_BUSY), (0, Refusal.ACCEPTED)} <= seen | datastores


def test_a_refused_command_is_counted_and_earns_nothing():
    env = clusters(1, QUIET)
    env.reset(seed=0)
    toggled_nothing = 1 + 6 + 3 - 1
    while env.action_masks()[0, toggled_nothing]:
        env.step([toggled_nothing])
    _, rewards, _, _, infos = env.step([toggled_nothing])
    assert infos["refusal"][0] != Refusal.ACCEPTED
    assert infos["refused_commands"][0] == infos["episode_refused_commands"][0] == 1.0
    assert rewards[0] == 0.0


def test_every_refusal_has_a_sentence_for_people():
    assert len(REFUSALS) == len(Refusal)
    assert len(set(REFUSALS)) == len(REFUSALS)


def test_only_a_commit_takes_time_and_earns_reward():
    env = clusters(1, "lab")
    env.reset(seed=5)
    clock = arena.clock_of(*env.rows(0))
    draws = np.random.default_rng(0)
    commands = 0
    for _ in range(200):
        before_s = float(clock.now_s[0])
        legal = np.flatnonzero(env.action_masks()[0])
        action = int(draws.choice(legal))
        _, rewards, _, _, infos = env.step([action])
        elapsed_s = float(clock.now_s[0]) - before_s
        assert infos["elapsed_s"][0] == elapsed_s == (300.0 if action == 0 else 0.0)
        if action:
            commands += 1
            assert rewards[0] == 0.0
    assert commands > 50


def test_a_commit_of_three_intervals_takes_three_and_earns_the_sum_of_their_rewards():
    three, one = clusters(1, "lab", decision_intervals=3), clusters(1, "lab")
    three.reset(seed=2)
    one.reset(seed=2)
    _, rewards, _, _, infos = three.step([0])
    alone = [float(one.step([0])[1][0]) for _ in range(3)]
    assert infos["elapsed_s"][0] == 900.0
    assert rewards[0] == pytest.approx(sum(alone), rel=1e-12)
    assert arena.clock_of(*three.rows(0)).tick[0] == arena.clock_of(*one.rows(0)).tick[0] == 45


def test_an_interval_takes_eight_commands_for_each_host_that_is_on():
    many = QUIET | {"vm": [{"name": f"tiny-{k}", "memory_gb": 0.25, "host": "esx-01", "load": 0.01} for k in range(20)]}
    env = clusters(1, many | {"hosts": [{"count": 2, "server": "HP ML110 G5", "memory_gb": 16}]})
    env.reset(seed=0)
    for v in range(16):
        for action in (1 + v, 1 + 20 + 1):
            assert env.action_masks()[0, action]
            env.step([action])
    assert env.action_masks()[0].sum() == 1
    _, _, _, _, infos = env.step([1 + 16])
    assert infos["refusal"][0] == Refusal.COMMAND_LIMIT
    env.step([0])
    assert env.action_masks()[0].sum() > 1


def test_a_vm_and_a_host_are_commanded_once_an_interval():
    env = clusters(1, QUIET | {"power": {"minimum_hosts_on": 1}})
    env.reset(seed=0)
    vms, hosts = arena.vms_of(*env.rows(0)), arena.hosts_of(*env.rows(0))
    first_host = 1 + 6
    destination = (int(vms.host[0]) + 1) % 3
    env.step([1])
    env.step([first_host + destination])
    assert vms.commanded[0] == 1
    _, _, _, _, infos = env.step([1])
    assert infos["refusal"][0] == Refusal.ALREADY_COMMANDED
    h = int(np.flatnonzero(env.action_masks()[0, first_host:])[0])
    env.step([first_host + h])
    assert hosts.commanded[h] == 1
    _, _, _, _, infos = env.step([first_host + h])
    assert infos["refusal"][0] == Refusal.ALREADY_COMMANDED
    env.step([0])
    assert not vms.commanded.any()
    assert not hosts.commanded.any()


def test_a_picked_vm_is_shown_goes_where_it_is_placed_and_a_commit_lets_go_of_it():
    env = clusters(1, QUIET)
    env.reset(seed=0)
    clock, vms, migrations = (view(*env.rows(0)) for view in (arena.clock_of, arena.vms_of, arena.migrations_of))
    env.step([1 + 2])
    assert clock.picked[0] == 2
    assert not env.action_masks()[0, 1:7].any()
    destinations = np.flatnonzero(env.action_masks()[0, 7:])
    assert destinations.tolist() == [h for h in range(3) if h != vms.host[2]]
    env.step([7 + destinations[0]])
    assert clock.picked[0] == NO_VM
    assert migrations.destination[2] == destinations[0]
    env.step([1 + 3])
    env.step([0])
    assert clock.picked[0] == NO_VM
    assert vms.host[2] == destinations[0]


def test_an_arrival_waits_until_it_is_placed_and_then_starts():
    env = clusters(1, QUIET | {"vm": [*QUIET["vm"], {"name": "late", "arrives_s": 300, "memory_gb": 1}]})
    env.reset(seed=0)
    vms = arena.vms_of(*env.rows(0))
    assert vms.state[6] == VmState.NOT_ARRIVED
    env.step([0])
    env.step([0])
    assert vms.state[6] == VmState.AWAITING_PLACEMENT
    env.step([1 + 6])
    env.step([1 + 7 + 1])
    assert (vms.state[6], vms.host[6]) == (VmState.STARTING, 1)
    _, _, _, _, infos = env.step([0])
    assert vms.state[6] == VmState.RUNNING
    assert infos["vm_down_s"][0] == pytest.approx(90.0)


def test_toggling_a_host_empties_it_sends_it_to_standby_and_brings_it_back():
    env = clusters(1, QUIET | {"power": {"wake_failure_percent": 0, "minimum_hosts_on": 1}})
    env.reset(seed=0)
    hosts, vms = arena.hosts_of(*env.rows(0)), arena.vms_of(*env.rows(0))
    env.step([7 + 0])
    assert hosts.power_state[0] == PowerState.ENTERING_STANDBY
    env.step([0])
    env.step([0])
    assert hosts.power_state[0] == PowerState.STANDBY
    assert not (vms.host == 0).any()
    env.step([7 + 0])
    assert hosts.power_state[0] == PowerState.WAKING
    env.step([0])
    assert hosts.power_state[0] == PowerState.ON
    assert arena.ledger_of(*env.rows(0)).episode[Term.POWER_CYCLES] == 1.0


@pytest.mark.parametrize("action", [-1, 1000, np.nan])
def test_an_action_outside_the_space_is_refused_at_the_door(action):
    env = clusters(2, "lab")
    env.reset(seed=0)
    with pytest.raises(ValueError, match=r"is not in 0\.\.20"):
        env.step([0, action])


def test_after_the_end_every_command_is_refused():
    env = clusters(1, QUIET | {"duration_h": 1})
    env.reset(seed=0)
    for _ in range(12):
        _, _, _, truncations, _ = env.step([0])
    assert truncations[0]
    _, _, _, _, infos = env.step([1])
    assert infos["refusal"][0] == Refusal.EPISODE_OVER
    assert env.action_masks()[0].sum() == 1
