"""Trained agents as folders: `agent.toml`, what it is, and `policy.onnx`, a network: files that run no code.

A stranger's agent is a stranger's file. So the weights are ONNX and never a pickle, the card is checked (`card`), both
must be regular files of a bounded size, external weight files are refused, and the network runs on one thread of the
CPU, so that the same observation gives the same bytes. An agent of any framework competes if its graph
takes the observation's arrays by name (those that it asks for, float32, any number of environments, hosts and VMs)
and gives `logits`, one an action. It is fed the columns that its card names, whichever else there are by now.

Left out: recurrent agents, which would need their state carried from step to step.
"""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vienv.contest.card import CARD, WEIGHTS, AgentError, Card, first_line, names_of, nearest, read_card, regular_file
from vienv.contest.named_columns import OBSERVED, places_of

MAXIMUM_WEIGHTS_BYTES = 64 * 1024 * 1024
OBSERVATION_ARRAYS = (*OBSERVED, "placement")
OUTPUT = "logits"
_NOWHERE = "/dev/null/no-external-weights"
"""Where a network's external weights are looked for: a file is not a folder, so nothing can be found in it."""


class OnnxAgent:
    """A policy that asks an ONNX network; masked, then argmax (the lowest index among equals) or a draw."""

    ranked = True
    foresight_samples = 0

    def __init__(self, folder: Path) -> None:
        """Load a folder; nothing in it is executed but the network's arithmetic."""
        self.folder = folder
        self.card = read_card(folder)
        weights = regular_file(folder / WEIGHTS, MAXIMUM_WEIGHTS_BYTES)
        self.name = self.card.name
        self.env_id: str = self.card.env_id
        self.training_seed = self.card.training_seed
        self.env_settings: dict[str, Any] = {"decision_intervals": self.card.decision_intervals}
        if self.env_id == "vienv/DrsTuning-v0":
            self.env_settings["levels"] = True
        card = self.card.model_dump_json(exclude_none=True)
        self.settings_hash = hashlib.sha256(card.encode() + weights).hexdigest()
        self._session = _session(folder / WEIGHTS, weights)
        inputs = self._session.get_inputs()
        self._inputs = [_input_name(folder / WEIGHTS, node) for node in inputs]
        self._places = {node.name: _places(folder, self.card, node) for node in inputs if node.name in OBSERVED}
        self._draws: list[np.random.Generator] = []

    def is_zero_shot(self, scenario: str) -> bool:
        """Whether the agent has never been trained on this scenario."""
        return scenario not in self.card.scenarios

    def reset(self, num_envs: int, seed: int = 0) -> None:
        """Begin an episode in every environment; row e draws from the stream of `seed + e`, whoever plays beside it."""
        keys = (np.random.SeedSequence((self.training_seed, seed + e)) for e in range(num_envs))
        self._draws = [np.random.Generator(np.random.PCG64(key)) for key in keys]

    def act(self, observation: dict[str, NDArray[Any]], action_mask: NDArray[np.int8]) -> NDArray[np.int64]:
        """Choose one action an environment: (num_envs,)."""
        missing = [name for name in self._inputs if name not in observation]
        if missing:
            raise AgentError(f"{self.folder / WEIGHTS}: input: {missing[0]!r} is not observed in {self.env_id}")
        logits = self._run({name: self._read(observation, name) for name in self._inputs})
        if logits.shape != action_mask.shape:
            raise AgentError(
                f"{self.folder / WEIGHTS}: {OUTPUT}: shape {logits.shape} is not the actions' {action_mask.shape}"
            )
        masked = np.where(action_mask.astype(bool), logits.astype(np.float64), -np.inf)
        if np.isnan(masked).any():
            raise AgentError(f"{self.folder / WEIGHTS}: {OUTPUT}: not a number; all must be finite")
        if self.card.play == "argmax":
            best: NDArray[np.int64] = masked.argmax(axis=1)
            return best
        return self._sample(masked)

    def _read(self, observation: dict[str, NDArray[Any]], name: str) -> NDArray[np.float32]:
        """The columns of an array that the network knows."""
        array = observation[name]
        if name in self._places:
            array = array.take(self._places[name], axis=-1)
        return np.ascontiguousarray(array, dtype=np.float32)

    def _run(self, feed: dict[str, NDArray[np.float32]]) -> NDArray[np.float32]:
        try:
            return np.asarray(self._session.run([OUTPUT], feed)[0])
        except Exception as error:  # onnxruntime's exceptions share no base but Exception
            raise AgentError(
                f"{self.folder / WEIGHTS}: the network cannot take this cluster: {first_line(error)}"
            ) from error

    def _sample(self, masked: NDArray[np.float64]) -> NDArray[np.int64]:
        weights = np.exp(masked - masked.max(axis=1, keepdims=True))
        reached = np.cumsum(weights, axis=1)
        draws = np.array([generator.random() for generator in self._draws]) * reached[:, -1]
        actions: NDArray[np.int64] = (reached <= draws[:, None]).sum(axis=1)
        return actions


def _session(path: Path, weights: bytes) -> Any:
    """An onnxruntime session on one CPU thread; from memory, so that external weight files are out of reach."""
    try:
        import onnxruntime  # noqa: PLC0415 - the extra `play`
    except ImportError as error:
        raise AgentError(f"{path}: to play trained agents install vienv's extra `play` (onnxruntime)") from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    options.add_session_config_entry("session.model_external_initializers_file_folder_path", _NOWHERE)
    try:
        session = onnxruntime.InferenceSession(weights, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's exceptions share no base but Exception
        raise AgentError(f"{path}: not an ONNX network: {first_line(error)}") from error
    outputs = [node.name for node in session.get_outputs()]
    if OUTPUT not in outputs:
        raise AgentError(f"{path}: outputs {outputs}: one must be {OUTPUT!r}")
    return session


def _input_name(path: Path, node: Any) -> str:
    name = str(node.name)
    if name not in OBSERVATION_ARRAYS:
        raise AgentError(
            f"{path}: input: {name!r} is not an array of the observation; {nearest(name, OBSERVATION_ARRAYS)}"
        )
    if node.type != "tensor(float)":
        raise AgentError(f"{path}: input {name}: type {node.type}; allowed is tensor(float)")
    return name


def _places(folder: Path, card: Card, node: Any) -> NDArray[np.intp]:
    """Where the columns that the network's input reads stand in today's observation."""
    names = names_of(folder / CARD, card, node.name)
    width = node.shape[-1] if node.shape else None
    if isinstance(width, int) and width != len(names):
        said = f"[columns] of {CARD} has {len(names)}" if card.columns else f"format 1 has {len(names)}"
        raise AgentError(f"{folder / WEIGHTS}: input {node.name}: the network reads {width} columns; {said}")
    return places_of(node.name, names)
