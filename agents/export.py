"""A network as an agent folder: `policy.onnx` with free sizes, and `agent.toml`, which says how to play it.

What is exported is checked against the network itself at the sizes of small and large clusters. Opset 17 is the
newest that every onnxruntime since 1.12 plays and that this exporter writes without conversion.
"""

import json
import warnings
from pathlib import Path

import numpy as np
import onnxruntime
import torch

from agents.networks import RecommendNetwork, TunerNetwork
from agents.recipes import Recipe
from vienv.contest.agent import OUTPUT
from vienv.contest.card import CARD, WEIGHTS
from vienv.contest.named_columns import OBSERVED

Network = TunerNetwork | RecommendNetwork
OPSET = 17
RECOMMENDATIONS = 16
SIZES = {"lab": 4, "office": 8, "rack": 16, "datacenter": 32}
"""Hosts of the clusters at which the graph is compared with the network."""
_BATCH = 3
_TOLERANCE = 1.0e-4


class _Actor(torch.nn.Module):
    """The network's logits alone: the critic stays at home."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, *arrays: torch.Tensor) -> torch.Tensor:
        return self.network.logits(*arrays)


def write_agent(
    folder: Path,
    network: Network,
    recipe: Recipe,
    seed: int,
    play: str,
    steps: int,
    train_worlds: int,
    suffix: str = "",
) -> None:
    """Write `policy.onnx` and `agent.toml` into a folder, which is made if it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    write_network(folder / WEIGHTS, network)
    fields = {
        "format": 2,
        "name": recipe.name + suffix,
        "env_id": recipe.env_id,
        "scenarios": list(recipe.scenarios),
        "play": play,
        "decision_intervals": recipe.decision_intervals,
        "training_seed": seed,
        "train_worlds": train_worlds,
        "training_steps": steps,
        "opset": OPSET,
        "description": recipe.description,
    }
    lines = [f"{name} = {json.dumps(value)}\n" for name, value in fields.items()]
    columns = [f"{name} = {json.dumps(OBSERVED[name])}\n" for name in network.inputs]
    (folder / CARD).write_text("".join([*lines, "\n[columns]\n", *columns]))


def write_network(path: Path, network: Network) -> None:
    """Write the actor as ONNX: any number of clusters, hosts and recommendations.

    Raises:
        RuntimeError: the graph does not say what the network says.
    """
    free = {name: {0: "clusters", **({} if name == "cluster" else {1: f"num_{name}"})} for name in network.inputs}
    actor = _Actor(network).eval()
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", DeprecationWarning
        )  # the newer exporter needs one more package for no gain here
        torch.onnx.export(
            actor,
            tuple(_example(network, SIZES["office"], 0)),
            str(path),
            input_names=list(network.inputs),
            output_names=[OUTPUT],
            dynamic_axes={**free, OUTPUT: {0: "clusters", 1: "actions"}},
            opset_version=OPSET,
            dynamo=False,
        )
    _compare(path, network)


def _compare(path: Path, network: Network) -> None:
    session = onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
    for number, (name, num_hosts) in enumerate(SIZES.items()):
        arrays = _example(network, num_hosts, number)
        with torch.no_grad():
            expected = network.logits(*arrays).numpy()
        feed = dict(zip(network.inputs, (array.numpy() for array in arrays), strict=True))
        played = session.run([OUTPUT], feed)[0]
        if played.shape != expected.shape or not np.allclose(played, expected, atol=_TOLERANCE):
            raise RuntimeError(f"{path}: the exported graph differs from the network at the size of {name}")


def _example(network: Network, num_hosts: int, seed: int) -> list[torch.Tensor]:
    """Random rows, some of them padding, as an observation has them."""
    draws = np.random.default_rng(seed)
    rows = {"hosts": num_hosts, "recommendations": RECOMMENDATIONS}
    arrays = []
    for name in network.inputs:
        width = len(OBSERVED[name])
        shape = (_BATCH, rows[name], width) if name in rows else (_BATCH, width)
        array = draws.random(shape, dtype=np.float32)
        if name in rows:
            array[:, :, 0] = 1.0
            array[:, rows[name] // 2 :] *= draws.integers(2, size=(_BATCH, 1, 1)).astype(np.float32)
        arrays.append(torch.from_numpy(array))
    return arrays
