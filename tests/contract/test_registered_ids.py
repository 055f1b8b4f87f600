"""What Gymnasium and Stable-Baselines3 require, of every registered id and every option that changes a space."""

import subprocess
import sys
import warnings

import gymnasium
import numpy as np
import pytest
from gymnasium.envs.registration import EnvSpec
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode

import vienv  # noqa: F401 - registers the ids
from tests.envs.days import write_day
from tests.envs.play import QUIET
from vienv.envs.action import FACES
from vienv.envs.cluster_env import ClusterEnv
from vienv.envs.registration import PLANETLAB

OPTIONS = (
    {},
    {"obs": "flat"},
    {"mask_in_obs": True},
    {"max_hosts": 6, "max_vms": 20},
    {"decision_intervals": 3},
    {"reward_weights": {"energy_kwh": -1.0}, "split": "test"},
)
VARIANTS = [(face, options) for face in FACES for options in OPTIONS] + [
    ("vienv/DrsTuning-v0", {"levels": True}),
    ("vienv/DrsTuning-v0", {"levels": True, "mask_in_obs": True}),
    (PLANETLAB, {}),
    (PLANETLAB, {"mask_in_obs": True, "policy": "dvfs", "reward_weights": {"energy_kwh": -1.0}}),
    (PLANETLAB, {"control": "placement"}),
    (PLANETLAB, {"control": "placement", "mask_in_obs": True, "max_vms": 30, "arrays": ["hosts", "cluster"]}),
]
DATA: dict[str, str] = {}
every_variant = pytest.mark.parametrize(("env_id", "options"), VARIANTS)


@pytest.fixture(scope="module", autouse=True)
def day(tmp_path_factory):
    """A PlanetLab day for the one id that has no scenario."""
    DATA["data"] = write_day(tmp_path_factory.mktemp("day"))


def world(env_id):
    return DATA if env_id == PLANETLAB else {"scenario": "lab"}


def single(env_id, **options):
    return gymnasium.make(env_id, disable_env_checker=True, **world(env_id), **options)


def test_all_ids_of_the_namespace_are_the_faces_and_planetlab():
    assert {name for name in gymnasium.registry if name.startswith("vienv/")} == {*FACES, PLANETLAB}


@every_variant
def test_gymnasiums_checker_passes(env_id, options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # unbounded boxes: an overload has no upper bound
        check_env(single(env_id, **options).unwrapped)


@every_variant
def test_stable_baselines3s_checker_passes(env_id, options):
    checker = pytest.importorskip("stable_baselines3.common.env_checker")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # advice on flat actions
        checker.check_env(single(env_id, **options).unwrapped, warn=False)


def parts(observation):
    return observation if isinstance(observation, dict) else {"": observation}


def assert_shown(env, observation, earlier):
    assert env.observation_space.contains(observation)
    spaces = parts(getattr(env.observation_space, "spaces", env.observation_space))
    for name, part in parts(observation).items():
        assert np.isfinite(part).all(), name
        assert part.dtype == spaces[name].dtype, name
        assert not any(np.shares_memory(part, old[name]) for old in earlier), name


@every_variant
def test_observations_are_finite_in_the_space_and_fresh_and_infos_keep_their_keys(env_id, options):
    env = single(env_id, **options)
    observation, first = env.reset(seed=1)
    env.action_space.seed(0)
    earlier = []
    for _ in range(60):
        assert_shown(env, observation, earlier)
        earlier = [*earlier[-5:], parts(observation)]
        observation, reward, terminated, truncated, info = env.step(env.action_space.sample())
        assert list(info) == list(first)
        assert [type(value) for value in info.values()] == [type(value) for value in first.values()]
        assert isinstance(reward, float)
        assert np.isfinite(reward)
        assert type(terminated) is type(truncated) is bool


@every_variant
def test_the_mask_fits_the_action_space_and_stands_in_the_observation_where_asked(env_id, options):
    env = single(env_id, **options)
    observation, _ = env.reset(seed=1)
    mask = env.get_wrapper_attr("action_masks")()
    size = env.action_space.n if isinstance(env.action_space, gymnasium.spaces.Discrete) else env.action_space.shape[0]
    assert mask.shape == (size,)
    assert mask[0] == 1
    if options.get("mask_in_obs"):
        assert observation["action_mask"].tolist() == mask.tolist()


@every_variant
def test_a_spec_survives_json_and_makes_the_same_environment(env_id, options):
    env = single(env_id, **options)
    spec = EnvSpec.from_json(env.spec.to_json())
    again = gymnasium.make(spec)
    assert again.observation_space == env.observation_space
    assert again.action_space == env.action_space
    first, second = env.reset(seed=4)[0], again.reset(seed=4)[0]
    for name, part in parts(first).items():
        assert part.tobytes() == parts(second)[name].tobytes()


@every_variant
def test_make_vec_takes_the_native_batch(env_id, options):
    envs = gymnasium.make_vec(env_id, 3, "vector_entry_point", **world(env_id), **options)
    assert envs.unwrapped.autoreset_mode is envs.metadata["autoreset_mode"] is AutoresetMode.NEXT_STEP
    observations, infos = envs.reset(seed=0)
    assert envs.observation_space.contains(observations)
    assert infos["seed" if env_id == PLANETLAB else "world"].tolist() == [0, 1, 2]
    envs.action_space.seed(0)
    observations, rewards, terminations, truncations, infos = envs.step(envs.action_space.sample())
    assert envs.observation_space.contains(observations)
    assert rewards.shape == terminations.shape == truncations.shape == (3,)
    assert all(infos[f"_{name}"].all() for name in infos if not name.startswith("_"))


@pytest.mark.parametrize("mode", list(AutoresetMode))
def test_make_vec_takes_every_autoreset_mode_by_member_and_by_value(mode):
    for given in (mode, mode.value):
        envs = gymnasium.make_vec(
            "vienv/Cluster-v0", 2, "vector_entry_point", scenario="lab", vector_kwargs={}, autoreset_mode=given
        )
        assert envs.unwrapped.autoreset_mode is envs.metadata["autoreset_mode"] is mode


def test_padding_shows_two_scenarios_in_one_space():
    sizes = {"max_hosts": 8, "max_vms": 48}
    lab = single("vienv/Cluster-v0", **sizes)
    office = gymnasium.make("vienv/Cluster-v0", scenario="office", disable_env_checker=True, **sizes)
    assert lab.observation_space == office.observation_space
    assert lab.action_space == office.action_space
    shown = lab.reset(seed=0)[0]
    assert not shown["hosts"][4:].any()
    assert not shown["vms"][16:].any()
    assert (shown["placement"][16:] == -1).all()


def test_flat_observations_are_the_dicts_numbers_in_order():
    shown, flat = single("vienv/Cluster-v0").reset(seed=2)[0], single("vienv/Cluster-v0", obs="flat").reset(seed=2)[0]
    assert flat.tolist() == np.concatenate([part.ravel() for part in shown.values()]).astype(np.float32).tolist()


@pytest.mark.parametrize("env_id", FACES)
def test_a_scenario_is_a_dict_as_well_and_both_render_modes_need_no_display(env_id):
    for mode, kind in (("ansi", str), ("rgb_array", np.ndarray)):
        env = gymnasium.make(env_id, scenario=QUIET, render_mode=mode, disable_env_checker=True)
        env.reset(seed=0)
        assert isinstance(env.render(), kind)
    with pytest.raises(ValueError, match="render_mode: 'svg'"):
        ClusterEnv("svg", scenario=QUIET, face=env_id)


def test_importing_vienv_imports_neither_torch_nor_matplotlib_nor_pandas():
    heavy = "torch matplotlib pandas stable_baselines3 onnxruntime rich.progress"
    code = f"import sys, vienv; print([name for name in {heavy!r}.split() if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("env_id", "options"),
    [
        ("vienv/Cluster-v0", {}),
        ("vienv/Recommendations-v0", {}),
        ("vienv/DrsTuning-v0", {"levels": True}),
        (PLANETLAB, {"control": "placement", "arrays": ["cluster"]}),
    ],
)
def test_maskable_ppo_learns_on_every_id_and_plays_by_its_mask(env_id, options):
    sb3_contrib = pytest.importorskip("sb3_contrib")
    env = single(env_id, **options)
    model = sb3_contrib.MaskablePPO(
        "MultiInputPolicy", env, n_steps=32, batch_size=32, n_epochs=1, seed=0, device="cpu"
    )
    model.learn(64)
    observation, _ = env.reset(seed=0)
    masks = env.unwrapped.action_masks()
    action, _ = model.predict(observation, action_masks=masks)
    assert masks[action] == 1
