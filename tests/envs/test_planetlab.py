"""PlanetLab-v0 is CloudSim's day, interval by interval, and masks what CloudSim's plan could not do."""

import importlib
from pathlib import Path

import gymnasium
import numpy as np
import pytest

from tests.envs.days import DAY, days, write_day
from tests.envs.play import digest_parts, legal_action
from vienv.cloudsim import STANDARD, Policy, PolicyError, simulate
from vienv.cloudsim import state as s
from vienv.cloudsim.enums import NOBODY, Detector, Selection
from vienv.cloudsim.policy import PARAMETERS
from vienv.envs import check
from vienv.envs.planetlab import judgement
from vienv.envs.planetlab.bill import TERMS
from vienv.envs.planetlab.columns import ClusterColumn, HostColumn, VmColumn
from vienv.envs.planetlab.desk import Refusal
from vienv.envs.planetlab.env import PlanetLabEnv
from vienv.envs.planetlab.policies import CloudSimPolicy, MoveByMove
from vienv.envs.registration import PLANETLAB
from vienv.scenario.planetlab import read_day

TRACES = Path(__file__).parents[3] / "shared/data/planetlab"
PLANNERS = [Policy(d, c, PARAMETERS[d]) for d in PARAMETERS for c in Selection]
SEED = 5
INTERVALS = 287


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("days")
    write_day(folder)
    write_day(folder, 15, 1, "20110306")
    return str(folder)


def play(env, policy, seed=SEED):
    """A day under a policy of the protocol: what was told at its end, and how many actions it took."""
    observation, _ = env.reset(seed=seed)
    policy.reset(env.num_envs)
    for count in range(1, 100_000):
        masks = env.action_masks()
        actions = policy.act(observation, masks)
        if masks.shape[1] > judgement.SIZE:
            assert masks[np.arange(env.num_envs), actions].all()
        observation, _, terminated, truncated, infos = env.step(actions)
        assert not terminated.any()
        assert not infos["refusal"].any()
        if truncated.all():
            return infos, count
    raise AssertionError("the day does not end")


def assert_same(got, expected):
    for name, mine, theirs in zip(expected._fields, got, expected, strict=True):
        np.testing.assert_array_equal(mine, theirs, err_msg=name)


@pytest.mark.parametrize("policy", PLANNERS, ids=lambda policy: policy.name)
def test_every_heuristic_played_through_either_control_gives_cloudsims_figures(data, policy):
    expected = simulate(read_day(data, DAY).percent, policy, SEED)
    named = days(data, day=DAY, policy=policy.name)
    infos, count = play(named, CloudSimPolicy(policy))
    assert count == INTERVALS
    assert_same(named.results()[0], expected)
    assert infos["episode_energy_kwh"][0] == expected.energy_kwh
    assert infos["episode_migrations"][0] == expected.migrations > 0
    moved = days(data, day=DAY, policy=policy.name, control="placement")
    infos, count = play(moved, MoveByMove(policy, moved))
    assert count == INTERVALS + 2 * expected.migrations
    assert_same(moved.results()[0], expected)


@pytest.mark.parametrize("name", ["npa", "dvfs"])
def test_a_heuristic_that_never_migrates_plays_whatever_the_actions(data, name):
    env = days(data, day=DAY, policy=name)
    env.reset(seed=SEED)
    draws = np.random.default_rng(0)
    for _ in range(INTERVALS):
        *_, truncated, infos = env.step(draws.uniform(-1.0, 1.0, (1, 3)))
    assert truncated[0]
    assert_same(env.results()[0], simulate(read_day(data, DAY).percent, Policy.parse(name), SEED))
    assert infos["episode_energy_kwh"][0] == env.results()[0].energy_kwh


def test_the_terms_of_the_steps_add_up_to_cloudsims_measures(data):
    env = days(data, day=DAY, reward_weights={"unserved_mips_h": -1.0, "migrations": -0.5})
    env.reset(seed=SEED)
    action = judgement.action_of(Policy.parse("thr-mu-0.9"))[None]
    sums, total = dict.fromkeys(TERMS, 0.0), 0.0
    for _ in range(INTERVALS):
        _, rewards, _, _, infos = env.step(action)
        total += rewards[0]
        sums = {name: sums[name] + infos[name][0] for name in TERMS}
    result = env.results()[0]
    assert {name: infos[f"episode_{name}"][0] for name in TERMS} == pytest.approx(sums)
    assert total == pytest.approx(-sums["unserved_mips_h"] - 0.5 * sums["migrations"])
    assert sums["violated_host_h"] / sums["active_host_h"] == pytest.approx(result.slatah)
    asked = sums["unserved_mips_h"] / result.sla_overall
    assert sums["lost_moving_mips_h"] / asked == pytest.approx(result.pdm)


def test_the_reward_is_one_less_the_interval_s_bill_over_all_hosts_at_half_load(data):
    env = days(data, day=DAY)
    env.reset(seed=SEED)
    _, rewards, _, _, infos = env.step(np.zeros((1, 3)))
    scale = 0.20 * 400 * (102.0 + 116.0) * 300 / 3.6e6
    bill = 0.20 * infos["energy_kwh"][0] + 0.005 * infos["migrations"][0] + 0.1e-3 * infos["unserved_mips_h"][0]
    assert bill > 0.0
    assert rewards[0] == pytest.approx(1.0 - bill / scale)


def test_an_action_names_every_heuristic_of_the_literature_to_the_last_bit():
    for policy in STANDARD:
        if policy.detector > Detector.DVFS:
            assert judgement.read(judgement.action_of(policy)) == policy
    for name in ("thr-mmt-0.7", "iqr-mu-0.5", "mad-mc-3", "lr-rs-1.4", "lrr-mmt-0", "thr-mmt-1.6"):
        assert judgement.read(judgement.action_of(Policy.parse(name))) == Policy.parse(name)
    assert judgement.read(np.array([-1.0, -1.0, -1.0])) == Policy(Detector.THR, Selection.MMT, 0.0)
    assert judgement.read(np.array([1.0, 1.0, 7.0])) == Policy(Detector.LRR, Selection.MC, 2.4)
    for name in ("dvfs", "thr-mmt-1.7", "thr-mmt-0.80001"):
        with pytest.raises(ValueError, match=name):
            judgement.action_of(Policy.parse(name))


def test_one_action_after_another_changes_the_judgement_between_intervals(data):
    env = days(data, day=DAY)
    env.reset(seed=SEED)
    for name in ("lr-mc-1.3", "thr-mmt-0.5"):
        env.step(judgement.action_of(Policy.parse(name))[None])
        judged = s.judgement_of(*env.rows(0))
        assert Policy(judged.detector[0], judged.selection[0], judged.parameter[0]) == Policy.parse(name)


@pytest.mark.parametrize("control", ["heuristic", "placement"])
def test_row_e_of_a_batch_is_the_single_environment_of_its_day_and_order(data, control):
    pairs = [(DAY, "bytes"), (DAY, "uppercase"), ("20110306", "bytes"), ("20110306", "uppercase"), (DAY, "bytes")]
    settings = {"control": control, "mask_in_obs": True}
    batch = gymnasium.make_vec(
        "vienv/PlanetLab-v0", 5, "vector_entry_point", data=data, order=["bytes", "uppercase"], **settings
    ).unwrapped
    singles = [
        gymnasium.make(
            "vienv/PlanetLab-v0", data=data, day=day, order=order, max_vms=24, disable_env_checker=True, **settings
        ).unwrapped
        for day, order in pairs
    ]
    together, infos = batch.reset(seed=9)
    assert list(zip(infos["day"].tolist(), infos["order"].tolist(), strict=True)) == pairs
    alone = [env.reset(seed=9 + e) for e, env in enumerate(singles)]
    draws = np.random.default_rng(0)
    for _ in range(60):
        for e, (observation, info) in enumerate(alone):
            assert digest_parts({k: v[e] for k, v in together.items()}) == digest_parts(observation)
            assert {k: infos[k][e] for k in info} == info
        if control == "heuristic":
            actions = draws.uniform(-1.0, 1.0, (5, 3))
        else:
            actions = np.array([legal_action(mask, draws, 0.1) for mask in batch.action_masks()])
        together, rewards, _, _, infos = batch.step(actions)
        outcomes = [env.step(action) for env, action in zip(singles, actions, strict=True)]
        assert rewards.tolist() == [outcome[1] for outcome in outcomes]
        alone = [(outcome[0], outcome[4]) for outcome in outcomes]


def test_a_day_with_fewer_vms_is_padded_and_gives_the_same_figures(data):
    env = days(data, 2)
    play(env, CloudSimPolicy(Policy.parse("iqr-mu-1.5")))
    played = simulate(read_day(data, "20110306").percent, Policy.parse("iqr-mu-1.5"))
    other = days(data, day="20110306", policy="iqr-mu-1.5", max_vms=40)
    play(other, CloudSimPolicy(Policy.parse("iqr-mu-1.5")))
    assert_same(other.results()[0], played)
    shown, _ = env.reset(seed=0)
    assert not shown["vms"][1, 15:].any()
    assert (shown["placement"][1, 15:] == NOBODY).all()
    assert (shown["placement"][:, :15] >= 0).all()


def refusals(env, number):
    """Every action tried on a copy of the day, against the mask."""
    masks, rows = env.action_masks()[0], [row.copy() for row in env.rows(0)[:2]]
    for action in range(1, env.single_action_space.n):
        *_, infos = env.step([action])
        assert (infos["refusal"][0] == Refusal.ACCEPTED) == (masks[action] == 1), (number, action)
        env.rows(0)[0][:], env.rows(0)[1][:] = rows
    return masks


def test_the_mask_is_exact_and_leaves_a_destination_for_every_pick(data):
    env = days(data, day=DAY, control="placement")
    env.reset(seed=SEED)
    draws = np.random.default_rng(1)
    for number in range(12):
        env.step([legal_action(refusals(env, number), draws, 0.0)])
        masks = env.action_masks()[0]
        assert not masks[1:25].any()
        assert masks[25:].any()
        if number % 4 == 0:
            masks = refusals(env, number)
        env.step([legal_action(masks, draws, 0.2)])


def test_what_a_move_changes_is_shown_as_if_all_were_written_anew(data):
    env = days(data, day=DAY, control="placement")
    env.reset(seed=SEED)
    draws = np.random.default_rng(2)
    for _ in range(5):
        env.step([0])
    shown, *_ = env.step([1 + 3])
    assert shown["vms"][0, 3, VmColumn.IS_PICKED] == shown["cluster"][0, ClusterColumn.HAS_PICKED] == 1.0
    target = int(draws.choice(np.flatnonzero(env.action_masks()[0][25:])))
    source = int(shown["placement"][0, 3])
    after, *_ = env.step([25 + target])
    assert after["placement"][0, 3] == target
    assert after["vms"][0, 3, VmColumn.SENT] == 0.5
    moved = shown["vms"][0, 3, VmColumn.ASKED] * 2500
    for h, sign in ((source, -1), (target, 1)):
        mips = after["hosts"][0, h, HostColumn.CAPACITY] * 5320
        gained = (after["hosts"][0, h, HostColumn.PLANNED_LOAD] - shown["hosts"][0, h, HostColumn.PLANNED_LOAD]) * mips
        assert gained == pytest.approx(sign * moved, rel=1e-4)
    landed, *_ = env.step([0])
    assert landed["placement"][0, 3] == target
    assert landed["hosts"][0, source, HostColumn.IS_ON] == 0.0
    assert not landed["vms"][0, :, VmColumn.SENT].any()


def test_commands_that_mean_nothing_are_refused_with_a_reason(data):
    env = days(data, day=DAY, control="placement")
    env.reset(seed=SEED)

    def refusal(action):
        return Refusal(int(env.step([action])[4]["refusal"][0]))

    home = int(s.vms_of(*env.rows(0)).host[0])
    assert refusal(25) == Refusal.NOTHING_PICKED
    assert refusal(1) == Refusal.ACCEPTED
    assert refusal(2) == Refusal.ALREADY_PICKED
    assert refusal(25 + home) == Refusal.IS_THERE
    assert refusal(25 + 101) == Refusal.ACCEPTED
    assert [refusal(action) for action in (1, 25 + 101, 25 + 103)][1:] == [Refusal.IS_THERE, Refusal.ACCEPTED]
    assert refusal(1) == Refusal.SENT_TWICE
    assert refusal(0) == Refusal.ACCEPTED
    assert s.vms_of(*env.rows(0)).host[0] == 103
    for _ in range(205):
        env.step([0])
    assert refusal(1) == Refusal.VM_IS_GONE


def test_asking_for_a_plan_twice_makes_no_move_and_a_deterministic_one_is_the_same(data):
    env = days(data, day=DAY, control="placement")
    env.reset(seed=SEED)
    env.step([0])
    policy = Policy.parse("thr-mmt-0.8")
    before = env.step([1 + 2])[0]
    first, second = env.plan(policy), env.plan(policy)
    assert first.tolist() == second.tolist() != []
    assert env.layout.masks(env._output)[0, 0] == 1
    assert before["vms"][0, 2, VmColumn.IS_PICKED] == 1.0
    assert s.day_of(*env.rows(0)).num_moves[0] == 0


@pytest.mark.parametrize("mode", ["NextStep", "SameStep", "Disabled"])
def test_autoreset_shows_the_end_and_begins_the_next_day_as_the_mode_says(data, mode):
    env = days(data, 2, mode)
    env.reset(seed=SEED)
    actions = np.zeros((2, 3))
    for _ in range(INTERVALS - 1):
        *_, truncated, infos = env.step(actions)
        assert not truncated.any()
    shown, rewards, _, truncated, infos = env.step(actions)
    assert truncated.all()
    assert rewards.all()
    last = infos["final_info"] if mode == "SameStep" else infos
    assert [r.energy_kwh for r in env.results()] == last["episode_energy_kwh"].tolist()
    assert infos["_final_obs"].all() if mode == "SameStep" else "final_obs" not in infos
    again, rewards, _, truncated, infos = env.step(actions)
    if mode == "Disabled":
        assert truncated.all()
        assert (infos["refusal"] == Refusal.DAY_IS_OVER).all()
        again, infos = env.reset(options={"reset_mask": np.array([True, False])})
        assert infos["episode_energy_kwh"][0] == 0.0 < infos["episode_energy_kwh"][1]
        return
    assert not truncated.any()
    assert (infos["seed"] != [SEED, SEED + 1]).all()
    if mode == "NextStep":
        assert not rewards.any()
        assert not infos["elapsed_s"].any()
    assert shown["hosts"].tobytes() != again["hosts"].tobytes()


def test_a_snapshot_put_back_goes_on_as_it_did(data):
    env = days(data, day=DAY)
    env.reset(seed=SEED)
    action = judgement.action_of(Policy.parse("thr-rs-0.7"))[None]
    for _ in range(30):
        env.step(action)
    rows = [row.copy() for row in env.rows(0)[:2]]
    first = [env.step(action)[0]["hosts"].tobytes() for _ in range(20)]
    env.rows(0)[0][:], env.rows(0)[1][:] = rows
    assert [env.step(action)[0]["hosts"].tobytes() for _ in range(20)] == first


def test_the_data_s_hash_stands_in_every_info(data):
    env = gymnasium.make("vienv/PlanetLab-v0", data=data, day=DAY, disable_env_checker=True)
    _, first = env.reset(seed=3)
    *_, info = env.step(env.action_space.sample())
    assert info["data_sha256"] == first["data_sha256"] == read_day(data, DAY).sha256
    assert (info["seed"], info["day"], info["order"]) == (3, DAY, "bytes")


def test_the_table_says_how_loaded_the_hosts_are(data):
    env = PlanetLabEnv(data, "ansi", day=DAY, policy="dvfs")
    env.reset(seed=0)
    env.step(np.zeros(3))
    lines = env.render().splitlines()
    assert lines[0].startswith("00:10  hosts on ")
    assert "of 800" in lines[0]
    on = s.hosts_of(*env.batch.rows(0)).used_mips > 0.0
    assert sum(int(line.split()[1]) for line in lines[2:]) == on.sum() > 0
    assert PlanetLabEnv(data, day=DAY).render() is None


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"control": "manual"}, "control: 'manual' is not allowed; allowed: heuristic | placement"),
        ({"order": "random"}, "order 'random' is unknown"),
        ({"day": "20110304"}, "there is no day '20110304'"),
        ({"day": []}, "day: .* at most num_envs = 1 days x orders, and at least 1"),
        ({"day": None}, "day: None is not allowed; .* at most num_envs = 1"),
        ({"policy": "thr-xyz"}, "a selection is one of"),
        ({"reward_weights": {"energy": 1.0}}, "'energy' is not a term; did you mean 'energy_kwh'"),
        ({"reward_weights": {"energy_kwh": float("nan")}}, "energy_kwh: nan is not a finite number"),
        ({"arrays": ["guests"]}, "arrays: "),
        ({"arrays": "hosts"}, "arrays: 'hosts'"),
        ({"max_vms": 20}, "max_vms: 20 is not allowed; allowed: at least the 24 of the data"),
        ({"max_episode_steps": 10}, "max_episode_steps: 10"),
        ({"data": None}, "data: None"),
        ({"data": "/nowhere"}, "/nowhere"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_in_one_line(data, settings, line):
    with pytest.raises((ValueError, PolicyError), match=line) as caught:
        PlanetLabEnv(**{"data": data, "day": DAY, **settings})
    assert "\n" not in str(caught.value)


def test_actions_outside_the_space_are_refused(data):
    for control, wrong in (
        ("heuristic", [[np.nan, 0, 0]]),
        ("heuristic", [[0, 0]]),
        ("placement", [825]),
        ("placement", [-1]),
    ):
        env = days(data, day=DAY, control=control)
        env.reset(seed=0)
        with pytest.raises(ValueError, match="actions: "):
            env.step(wrong)
    with pytest.raises(ValueError, match="render_mode: 'rgb_array'"):
        PlanetLabEnv(data, "rgb_array", day=DAY)


def test_stable_baselines3_learns_to_name_heuristics_over_several_days_in_one_batch(data):
    ppo = pytest.importorskip("stable_baselines3").PPO
    adapter = importlib.import_module("vienv.envs.sb3")
    envs = adapter.ClusterVecEnv(days(data, 2, "SameStep", arrays=["cluster"]))
    model = ppo("MultiInputPolicy", envs, n_steps=320, batch_size=64, n_epochs=1, seed=0, device="cpu")
    model.learn(640)
    assert [result.intervals.shape for result in envs.batches[0].results()] == [(INTERVALS, 5)] * 2


def test_vienv_check_finds_no_fault_under_either_control():
    found = list(check.run(PLANETLAB, "lab"))
    assert len(found) >= 8
    assert [(name, fault) for name, fault in found if fault is not None] == []


@pytest.mark.skipif(not TRACES.is_dir(), reason="../shared/data/planetlab does not lie beside the project")
def test_thr_mmt_through_the_environment_gives_cloudsims_row_of_20110303():
    for control in ("heuristic", "placement"):
        env = days(str(TRACES), day=DAY, control=control)
        policy = Policy.parse("thr-mmt-0.8")
        play(env, CloudSimPolicy(policy) if control == "heuristic" else MoveByMove(policy, env))
        result = env.results()[0]
        assert result.migrations == 26711
        assert result.energy_kwh == pytest.approx(192.6230702104301, abs=1e-9)
        assert result.host_shutdowns == 5885
