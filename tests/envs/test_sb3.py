"""The dialect of Stable-Baselines3: the same episodes as the native batch's, told in SB3's words."""

import subprocess
import sys

import numpy as np
import pytest

pytest.importorskip("sb3_contrib")

from sb3_contrib import MaskablePPO
from sb3_contrib.common.maskable.utils import get_action_masks, is_masking_supported
from stable_baselines3.common.vec_env import VecMonitor

from vienv.envs.sb3 import ClusterVecEnv, make
from vienv.envs.vector_env import ClusterVectorEnv

RECOMMENDATIONS = "vienv/Recommendations-v0"
TUNING = "vienv/DrsTuning-v0"
INTERVALS_A_DAY = 288


def test_rows_are_those_of_the_native_batch():
    env = make(RECOMMENDATIONS, 3, ["lab"], decision_intervals=24)
    native = ClusterVectorEnv(3, "lab", face=RECOMMENDATIONS, decision_intervals=24)
    env.seed(5)
    shown, expected = env.reset(), native.reset(seed=5)[0]
    draws = np.random.default_rng(0)
    for _ in range(10):
        for name, part in expected.items():
            assert np.array_equal(shown[name], part)
        actions = np.array([draws.choice(np.flatnonzero(mask)) for mask in native.action_masks()])
        shown, rewards, _, _ = env.step(actions)
        expected, native_rewards, *_ = native.step(actions)
        assert rewards.dtype == np.float32
        assert np.array_equal(rewards, native_rewards.astype(np.float32))


def test_an_ended_episode_hands_over_its_last_observation_and_a_new_one_begins_in_the_same_step():
    env = make(RECOMMENDATIONS, 2, ["lab"], decision_intervals=INTERVALS_A_DAY // 2)
    native = ClusterVectorEnv(
        2, "lab", face=RECOMMENDATIONS, decision_intervals=INTERVALS_A_DAY // 2, autoreset_mode="Disabled"
    )
    env.seed(3)
    env.reset()
    native.reset(seed=3)
    commits = np.zeros(2, np.int64)
    _, _, dones, infos = env.step(commits)
    assert not dones.any()
    assert infos == [{}, {}]
    native.step(commits)
    last = native.step(commits)[0]
    shown, _, dones, infos = env.step(commits)
    assert dones.all()
    for row in range(2):
        assert infos[row]["TimeLimit.truncated"] is True
        assert infos[row]["world"] == 3 + row
        for name, part in infos[row]["terminal_observation"].items():
            assert np.array_equal(part, last[name][row])
    assert not np.array_equal(shown["hosts"], last["hosts"])


def test_infos_are_reused_and_emptied_after_the_step_that_filled_them():
    env = make(RECOMMENDATIONS, 1, ["lab"], decision_intervals=INTERVALS_A_DAY)
    env.reset()
    infos = env.step(np.zeros(1, np.int64))[3]
    assert "terminal_observation" in infos[0]
    later = env.step(env.env_method("action_masks")[0][None, 1:].argmax(1) + 1)[3]
    assert later[0] is infos[0]
    assert later[0] == {}


def test_scenarios_share_one_env_and_padding_is_masked():
    env = make(RECOMMENDATIONS, 4, ["lab", "office"])
    shown = env.reset()
    assert shown["hosts"].shape[:2] == (4, 8)
    assert shown["vms"].shape[:2] == (4, 48)
    assert shown["hosts"][:, :, 0].sum(1).tolist() == [4, 4, 8, 8]
    masks = get_action_masks(env)
    assert masks.shape == (4, env.action_space.n)
    assert not masks[:2, -4:].any()


def test_only_the_arrays_that_were_asked_for_are_shown():
    env = make(TUNING, 2, ["lab"], arrays=("hosts", "cluster"), levels=True, decision_intervals=INTERVALS_A_DAY)
    assert set(env.observation_space.spaces) == {"hosts", "cluster"}
    assert list(env.reset()) == ["hosts", "cluster"]
    infos = env.step(np.zeros(2, np.int64))[3]
    assert list(infos[0]["terminal_observation"]) == ["hosts", "cluster"]


def test_flat_observations_are_joined_as_well():
    env = make(RECOMMENDATIONS, 2, ["lab", "office"], obs="flat", decision_intervals=INTERVALS_A_DAY)
    assert env.reset().shape == (2, *env.observation_space.shape)
    infos = env.step(np.zeros(2, np.int64))[3]
    assert infos[1]["terminal_observation"].shape == env.observation_space.shape


def test_an_option_names_the_world_of_a_row():
    env = make(RECOMMENDATIONS, 2, ["lab"])
    env.set_options([{"world": 11}, {"world": 4}])
    env.reset()
    assert [env.batches[0].world_of(e) for e in range(2)] == [11, 4]


def test_reports_and_attributes_come_one_a_row():
    env = make(RECOMMENDATIONS, 4, ["lab", "office"])
    env.reset()
    env.step(np.zeros(4, np.int64))
    assert [report["hosts"] for report in env.env_method("report")] == [4, 4, 8, 8]
    assert [scenario.name for scenario in env.get_attr("scenario", [0, 3])] == ["lab", "office"]
    assert env.env_method("report", indices=2)[0]["intervals"] == 1
    assert env.env_is_wrapped(object) == [False] * 4


def test_batches_that_do_not_fit_together_are_refused():
    lab, office = (ClusterVectorEnv(1, name, autoreset_mode="SameStep") for name in ("lab", "office"))
    with pytest.raises(ValueError, match="action spaces differ; pad"):
        ClusterVecEnv(lab, office)
    with pytest.raises(ValueError, match="SB3 needs 'SameStep'"):
        ClusterVecEnv(ClusterVectorEnv(1, "lab"))
    with pytest.raises(ValueError, match="'wms' is not observed"):
        ClusterVecEnv(lab, arrays=("wms",))
    with pytest.raises(ValueError, match="not a multiple of the 2 scenarios"):
        make(RECOMMENDATIONS, 3, ["lab", "office"])
    with pytest.raises(AttributeError, match="fixed when it is made"):
        ClusterVecEnv(lab).set_attr("split", "test")


@pytest.mark.parametrize("face", ["vienv/Cluster-v0", RECOMMENDATIONS, TUNING])
def test_maskable_ppo_learns_on_every_face(face):
    settings = {"levels": True} if face == TUNING else {}
    env = VecMonitor(make(face, 4, ["lab"], decision_intervals=24, **settings))
    assert is_masking_supported(env)
    model = MaskablePPO("MultiInputPolicy", env, n_steps=16, batch_size=32, n_epochs=1, seed=0, device="cpu")
    before = [parameter.detach().clone() for parameter in model.policy.parameters()]
    model.learn(64)
    after = list(model.policy.parameters())
    assert all(parameter.isfinite().all() for parameter in after)
    assert any(not old.equal(new) for old, new in zip(before, after, strict=True))


def test_importing_the_package_imports_no_learning_library():
    code = "import sys, vienv.envs.vector_env; print([m for m in ('torch', 'stable_baselines3') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
