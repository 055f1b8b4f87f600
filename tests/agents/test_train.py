"""A training run: a folder that competes, the same for the same seed, and nothing left behind when it is stopped."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sb3_contrib")
pytest.importorskip("onnxruntime")

from agents import train, training
from agents.evaluate import TuneWorlds
from agents.export import write_agent
from agents.networks import NETWORKS
from agents.recipes import RECIPES
from vienv.contest.agent import OnnxAgent
from vienv.contest.named_columns import OBSERVED
from vienv.envs.vector_env import ClusterVectorEnv

ROOT = Path(__file__).parents[2]


def small(name):
    """A recipe of two rollouts of a few rows."""
    return replace(RECIPES[name], total_steps=256, num_envs=8, steps_per_rollout=16, batch_size=32, num_checkpoints=2)


@pytest.fixture(scope="module")
def lab_and_office():
    return TuneWorlds(("lab", "office"), 2)


@pytest.fixture(scope="module", params=list(RECIPES))
def trained(request, tmp_path_factory):
    """Folders of one recipe, trained twice with seed 3."""
    folders = [tmp_path_factory.mktemp("agents") / f"again-{n}" for n in range(2)]
    for folder in folders:
        train.train_into(folder, replace(small(request.param), tune_worlds=2), request.param, seed=3)
    return request.param, folders


def test_the_same_seed_gives_the_same_folder(trained):
    _, (first, second) = trained
    names = sorted(path.relative_to(first) for path in first.rglob("*") if path.is_file())
    assert names == sorted(path.relative_to(second) for path in second.rglob("*") if path.is_file())
    for name in names:
        assert (first / name).read_bytes() == (second / name).read_bytes(), name


def test_the_folder_says_what_the_agent_is(trained):
    recipe, (folder, _) = trained
    agent, untrained = OnnxAgent(folder), OnnxAgent(folder / "untrained")
    assert agent.name == RECIPES[recipe].name
    assert untrained.name == f"{agent.name}-untrained"
    assert agent.training_seed == untrained.training_seed == 3
    assert agent.card.scenarios == ["lab", "office"]
    assert agent.card.format == 2
    assert tuple(agent.card.columns.hosts) == OBSERVED["hosts"]
    assert tuple(agent.card.columns.cluster) == OBSERVED["cluster"]
    assert untrained.card.training_steps == 0
    assert untrained.card.train_worlds == 0
    card = (folder / "card.md").read_text()
    assert f"python -m agents.train {recipe} --seed 3" in card
    assert f"{agent.name}, untrained" in card
    assert (folder / "learning_curve.png").read_bytes().startswith(b"\x89PNG")


def test_the_folder_plays_clusters_that_it_was_not_trained_on(trained):
    _, (folder, _) = trained
    agent = OnnxAgent(folder)
    env = ClusterVectorEnv(2, "rack", face=agent.env_id, autoreset_mode="Disabled", **agent.env_settings)
    agent.reset(2)
    observation, _ = env.reset(seed=0)
    for _ in range(5):
        mask = env.action_masks()
        actions = agent.act(observation, mask)
        assert mask[np.arange(2), actions].all()
        observation = env.step(actions)[0]


def test_training_changes_the_network_and_another_seed_another_way(lab_and_office):
    recipe = small("recommend")
    runs = [training.train(recipe, seed, lab_and_office, lambda _: None) for seed in (0, 1)]
    for checkpoints in runs:
        assert [c.steps for c in checkpoints] == [0, 128, 256]
        assert not checkpoints[0].state["commit.weight"].equal(checkpoints[-1].state["commit.weight"])
        assert checkpoints[-1].train_worlds > 0
    assert not runs[0][-1].state["commit.weight"].equal(runs[1][-1].state["commit.weight"])


def test_an_untrained_recommender_that_plays_argmax_is_static(tmp_path, lab_and_office):
    recipe = RECIPES["recommend"]
    write_agent(tmp_path, NETWORKS["recommend"](recipe.commit_bias), recipe, 0, "argmax", 0, 0)
    standing = lab_and_office.measure(OnnxAgent(tmp_path))
    assert standing.overall == pytest.approx(100.0)
    assert standing.migrations_a_day == {"lab": 0.0, "office": 0.0}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["tunner", "--out", "x"], "recipe 'tunner' is unknown; allowed are tuner, recommend"),
        (["tuner", "--seed", "-1", "--out", "x"], "--seed -1: must be 0 .. 2147483647"),
        (["tuner", "--out", "."], "--out .: exists already"),
        (["tuner", "--steps", "-5", "--out", "x"], "--steps -5"),
    ],
)
def test_a_wrong_command_line_is_told_in_one_line(arguments, told, tmp_path):
    done = command(arguments, tmp_path)
    output, _ = done.communicate(timeout=60)
    assert done.returncode == 2
    assert output.startswith(told)
    assert output.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_a_stopped_run_leaves_nothing(tmp_path):
    run = command(["recommend", "--out", "agent"], tmp_path)
    while not list(tmp_path.iterdir()):
        assert run.poll() is None, run.communicate()
        time.sleep(0.05)
    run.send_signal(signal.SIGINT)
    output, _ = run.communicate(timeout=120)
    assert run.returncode == 130
    assert "stopped; nothing was written" in output
    assert not list(tmp_path.iterdir())


def command(arguments, folder):
    """Start `python -m agents.train` in a folder."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, "-m", "agents.train", *arguments],
        cwd=folder,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
