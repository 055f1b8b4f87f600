import os

import numpy as np
import onnx
import pytest

from tests.contest.networks import CARD, network, write_agent
from vienv.contest.agent import MAXIMUM_WEIGHTS_BYTES, OnnxAgent
from vienv.contest.card import AgentError
from vienv.contest.columns_of_format_1 import FORMAT_1
from vienv.contest.named_columns import OBSERVED, places_of
from vienv.core.columns import ClusterColumn, HostColumn, RecommendationColumn, VmColumn


def _observation(num_envs=2, num_hosts=3, num_recommendations=2):
    generator = np.random.default_rng(1)
    return {
        "hosts": generator.random((num_envs, num_hosts, len(HostColumn)), dtype=np.float32),
        "recommendations": generator.random((num_envs, num_recommendations, len(RecommendationColumn)), np.float32),
    }


def _scores(observation, hosts=FORMAT_1["hosts"], recommendations=FORMAT_1["recommendations"]):
    """What the tiny network says of an observation: means over the columns that it reads."""
    of_hosts = observation["hosts"][..., [HostColumn[name] for name in hosts]].mean(2)
    columns = [RecommendationColumn[name] for name in recommendations]
    of_recommendations = observation["recommendations"][..., columns].mean(2)
    return np.concatenate([np.full((len(of_hosts), 1), 0.25), of_recommendations, of_hosts], axis=1)


def _agent(tmp_path, **changes):
    card = CARD
    for name, value in changes.items():
        card = "\n".join(f"{name} = {value}" if line.startswith(f"{name} =") else line for line in card.splitlines())
    return OnnxAgent(write_agent(tmp_path / "agent", card))


def test_argmax_takes_the_best_legal_action(tmp_path):
    observation, mask = _observation(), np.ones((2, 6), np.int8)
    scores = _scores(observation)
    agent = _agent(tmp_path)
    agent.reset(2, 0)
    best = agent.act(observation, mask)
    assert best.tolist() == scores.argmax(axis=1).tolist()
    mask[np.arange(2), best] = 0
    second = agent.act(observation, mask)
    assert second.tolist() == np.where(mask, scores, -9.0).argmax(axis=1).tolist()


def test_equals_go_to_the_lowest_index(tmp_path):
    agent = _agent(tmp_path)
    flat = {name: np.full_like(array, 0.25) for name, array in _observation().items()}
    agent.reset(2, 0)
    assert agent.act(flat, np.array([[1] * 6, [0, 0, 1, 1, 1, 1]], np.int8)).tolist() == [0, 2]


def test_one_network_plays_any_size(tmp_path):
    agent = _agent(tmp_path)
    for hosts, recommendations in ((3, 2), (32, 16)):
        agent.reset(4, 0)
        mask = np.ones((4, 1 + recommendations + hosts), np.int8)
        assert agent.act(_observation(4, hosts, recommendations), mask).shape == (4,)


def test_samples_are_legal_and_follow_the_logits(tmp_path):
    agent = _agent(tmp_path, play='"sample"')
    flat = {name: np.full_like(array, 0.25) for name, array in _observation(500).items()}
    mask = np.tile(np.array([1, 0, 1, 0, 1, 0], np.int8), (500, 1))
    agent.reset(500, 0)
    actions = agent.act(flat, mask)
    counts = np.bincount(actions, minlength=6)
    assert counts[1] == counts[3] == counts[5] == 0
    assert (counts[[0, 2, 4]] > 120).all()


def test_a_worlds_samples_do_not_depend_on_who_plays_beside_it(tmp_path):
    agent = _agent(tmp_path, play='"sample"')
    flat = {name: np.full_like(array, 0.25) for name, array in _observation(8).items()}
    agent.reset(8, 16)
    together = [agent.act(flat, np.ones((8, 6), np.int8)) for _ in range(20)]
    agent.reset(1, 19)
    alone = [agent.act({n: a[:1] for n, a in flat.items()}, np.ones((1, 6), np.int8)) for _ in range(20)]
    assert [int(a[3]) for a in together] == [int(a[0]) for a in alone]


def test_actions_repeat_byte_for_byte(tmp_path):
    agent = _agent(tmp_path, play='"sample"')
    runs = []
    for _ in range(2):
        agent.reset(2, 5)
        runs.append(np.stack([agent.act(_observation(), np.ones((2, 6), np.int8)) for _ in range(50)]).tobytes())
    assert runs[0] == runs[1]


def test_identity_follows_the_weights_and_the_card(tmp_path):
    first = OnnxAgent(write_agent(tmp_path / "a"))
    same = OnnxAgent(write_agent(tmp_path / "b"))
    weights = OnnxAgent(write_agent(tmp_path / "c", model=network(commit=0.5)))
    card = OnnxAgent(write_agent(tmp_path / "d", CARD.replace("argmax", "sample")))
    assert first.settings_hash == same.settings_hash
    assert len({first.settings_hash, weights.settings_hash, card.settings_hash}) == 3


def test_an_agent_is_zero_shot_where_it_was_not_trained(tmp_path):
    agent = _agent(tmp_path)
    assert not agent.is_zero_shot("lab")
    assert agent.is_zero_shot("rack")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('name = "../evil"', "name"),
        ("name = 3", "name"),
        ('env_id = "CartPole-v1"', "env_id"),
        ('play = "argmin"', "play"),
        ("format = 3", "format"),
        ('columns.hosts = ["ON"]', "columns: not in format 1; with them write format = 2"),
        ("training_seed = -1", "training_seed"),
        ("training_sed = 1", "nearest is 'training_seed'"),
        ("scenarios = 'lab'", "scenarios"),
        ("decision_intervals = 0", "decision_intervals"),
        ("opset = nan", "opset"),
        ("= broken", "not TOML"),
        ("x = " + "[" * 5000, "not TOML"),
        ("pickle = 'policy.pkl'", "pickle"),
    ],
)
def test_a_wrong_card_is_answered_by_one_line(tmp_path, line, said):
    field = line.split(" =")[0]
    card = "\n".join(each for each in CARD.splitlines() if not each.startswith(f"{field} ="))
    folder = write_agent(tmp_path / "agent", f"{card}\n{line}\n")
    with pytest.raises(AgentError) as error:
        OnnxAgent(folder)
    assert said in str(error.value)
    assert "agent.toml" in str(error.value)
    assert "\n" not in str(error.value)


def test_a_missing_field_is_named(tmp_path):
    folder = write_agent(tmp_path / "agent", CARD.replace('play = "argmax"', ""))
    with pytest.raises(AgentError, match=r"agent\.toml: play: missing"):
        OnnxAgent(folder)


def _no_weights(folder):
    (folder / "policy.onnx").unlink()


def _torn_weights(folder):
    content = (folder / "policy.onnx").read_bytes()
    (folder / "policy.onnx").write_bytes(content[: len(content) // 2])


def _a_pickle(folder):
    (folder / "policy.onnx").write_bytes(
        b"\x80\x04\x95\x1a\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x94\x8c\x06system\x94\x93\x94."
    )


def _too_large(folder):
    with (folder / "policy.onnx").open("wb") as handle:
        handle.truncate(MAXIMUM_WEIGHTS_BYTES + 1)


def _a_link(folder):
    (folder / "policy.onnx").rename(folder / "elsewhere.onnx")
    (folder / "policy.onnx").symlink_to(folder / "elsewhere.onnx")


def _a_pipe(folder):
    (folder / "policy.onnx").unlink()
    os.mkfifo(folder / "policy.onnx")


@pytest.mark.parametrize("spoil", [_no_weights, _torn_weights, _a_pickle, _too_large, _a_link, _a_pipe])
def test_foreign_weights_are_answered_by_one_line(tmp_path, spoil):
    folder = write_agent(tmp_path / "agent")
    spoil(folder)
    with pytest.raises(AgentError, match=r"policy\.onnx") as error:
        OnnxAgent(folder)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("model", "said"),
    [(network(inputs=("hots",)), "nearest is 'hosts'"), (network(output="actions"), "'logits'")],
)
def test_a_network_with_other_inputs_or_outputs_is_refused(tmp_path, model, said):
    with pytest.raises(AgentError, match=said):
        OnnxAgent(write_agent(tmp_path / "agent", model=model))


def test_logits_of_another_size_are_refused_in_one_line(tmp_path):
    agent = _agent(tmp_path)
    agent.reset(2, 0)
    with pytest.raises(AgentError, match=r"shape \(2, 6\) is not the actions' \(2, 9\)"):
        agent.act(_observation(), np.ones((2, 9), np.int8))


@pytest.mark.parametrize("kind", ["beside", "absolute", "upwards"])
def test_weights_outside_the_file_are_out_of_reach(tmp_path, monkeypatch, kind):
    model = network()
    (tmp_path / "secret.bin").write_bytes(b"\x00" * 64)
    location = {
        "beside": "secret.bin",
        "absolute": str(tmp_path / "secret.bin"),
        "upwards": f"../../..{tmp_path}/secret.bin",
    }[kind]
    monkeypatch.chdir(tmp_path)
    tensor = model.graph.initializer[1]
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    for key, value in (("location", location), ("offset", "0"), ("length", "4")):
        entry = tensor.external_data.add()
        entry.key, entry.value = key, value
    with pytest.raises(AgentError, match=r"policy\.onnx"):
        OnnxAgent(write_agent(tmp_path / "agent", model=model))


# Columns by name

NAMED = CARD.replace("format = 1", "format = 2")
COLUMNS = {"hosts": '["LOAD_5", "STORAGE_LOAD", "ON"]', "recommendations": '["GAIN"]'}


def _named(columns):
    return NAMED + "[columns]\n" + "".join(f"{name} = {names}\n" for name, names in columns.items())


def test_an_agent_of_format_2_is_fed_the_columns_that_its_card_names(tmp_path):
    agent = OnnxAgent(write_agent(tmp_path / "agent", _named(COLUMNS), network(widths={"hosts": 3})))
    observation = _observation(8)
    agent.reset(8, 0)
    scores = _scores(observation, ("LOAD_5", "STORAGE_LOAD", "ON"), ("GAIN",))
    assert agent.act(observation, np.ones((8, 6), np.int8)).tolist() == scores.argmax(axis=1).tolist()


def test_columns_that_have_been_added_change_nothing_for_an_agent_of_format_1(tmp_path):
    agent = _agent(tmp_path)
    agent.reset(8, 0)
    observation, mask = _observation(8), np.ones((8, 6), np.int8)
    before = agent.act(observation, mask)
    observation["hosts"][..., len(FORMAT_1["hosts"]) :] = 1.0e6
    assert agent.act(observation, mask).tolist() == before.tolist()


def test_a_name_stands_where_today_s_observation_has_the_column():
    names = ("LOAD_AFTER", "VALID")
    assert places_of("hosts", names).tolist() == [HostColumn.LOAD_AFTER, HostColumn.VALID]
    picked = places_of("cluster", ("IS_PICKED", "PICKED_VALID", "PICKED_DIRTY")).tolist()
    assert picked == [ClusterColumn.IS_PICKED, len(ClusterColumn), len(ClusterColumn) + VmColumn.DIRTY]


@pytest.mark.parametrize("array", OBSERVED)
def test_columns_of_format_1_keep_their_numbers(array):
    own = [name for name in OBSERVED[array] if not name.startswith("PICKED_")]
    before = [name for name in FORMAT_1[array] if not name.startswith("PICKED_")]
    assert own[: len(before)] == before
    assert set(FORMAT_1[array]) <= set(OBSERVED[array])
    assert len(FORMAT_1[array]) == {"hosts": 31, "vms": 24, "cluster": 47, "recommendations": 16}[array]


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        (COLUMNS | {"hosts": '["LOAD_5", "LOADS"]'}, "columns.hosts = 'LOADS': not observed; nearest is 'LOAD_5'"),
        (COLUMNS | {"cluster": '["PICKED_LOAD"]'}, "columns.cluster = 'PICKED_LOAD': not observed; nearest is"),
        (COLUMNS | {"host": '["ON"]'}, "columns.host: unknown field; nearest is 'hosts'"),
        (COLUMNS | {"hosts": '"ON"'}, "columns.hosts = 'ON'"),
        (COLUMNS | {"hosts": "[3]"}, "columns.hosts.0 = '3'"),
        (COLUMNS | {"hosts": f"{['ON'] * 257}"}, "at most 256 items"),
        (COLUMNS | {"hosts": "[]"}, "columns.hosts: missing; the network reads hosts"),
        ({"hosts": COLUMNS["hosts"]}, "columns.recommendations: missing; the network reads recommendations"),
    ],
)
def test_wrong_columns_are_answered_by_one_line(tmp_path, columns, said):
    with pytest.raises(AgentError) as error:
        OnnxAgent(write_agent(tmp_path / "agent", _named(columns)))
    assert said in str(error.value)
    assert "agent.toml" in str(error.value)
    assert "\n" not in str(error.value)


def test_format_2_without_columns_is_refused(tmp_path):
    with pytest.raises(AgentError, match=r"agent\.toml: columns\.recommendations: missing"):
        OnnxAgent(write_agent(tmp_path / "agent", NAMED))


@pytest.mark.parametrize(
    ("card", "said"),
    [
        (CARD, "input hosts: the network reads 29 columns; format 1 has 31"),
        (_named(COLUMNS), r"input hosts: the network reads 29 columns; \[columns\] of agent\.toml has 3"),
    ],
)
def test_a_network_of_another_width_is_refused_when_it_is_loaded(tmp_path, card, said):
    with pytest.raises(AgentError, match=said):
        OnnxAgent(write_agent(tmp_path / "agent", card, network(widths={"hosts": 29})))
