"""Trained agents as folders: `agent.toml`, what it is, and `policy.onnx`, a network: files that run no code.

A stranger's agent is a stranger's file. So the weights are ONNX and never a pickle, the card is checked field by
field, both must be regular files of a bounded size, external weight files are refused, and the network runs on one
thread of the CPU, so that the same observation gives the same bytes. An agent of any framework competes if its graph
takes the observation's arrays by name (those that it asks for, float32, any number of environments, hosts and VMs)
and gives `logits`, one an action.

Left out: recurrent agents, which would need their state carried from step to step.
"""

import hashlib
import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

CARD, WEIGHTS = "agent.toml", "policy.onnx"
MAXIMUM_CARD_BYTES = 64 * 1024
MAXIMUM_WEIGHTS_BYTES = 64 * 1024 * 1024
OBSERVATION_ARRAYS = ("hosts", "vms", "placement", "cluster", "recommendations")
OUTPUT = "logits"
_NOWHERE = "/dev/null/no-external-weights"
"""Where a network's external weights are looked for: a file is not a folder, so nothing can be found in it."""
_NAME = r"^[a-z0-9][a-z0-9.-]{0,39}$"


class AgentError(ValueError):
    """An agent folder that cannot be played; the message is one line naming file, field, value and what is allowed."""


class Card(BaseModel):
    """`agent.toml`: what the agent is and how it plays."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1]
    name: str = Field(pattern=_NAME)
    env_id: Literal["vienv/Cluster-v0", "vienv/Recommendations-v0", "vienv/DrsTuning-v0"]
    scenarios: list[str] = Field(max_length=64)  # trained on; everywhere else the agent is zero-shot
    play: Literal["argmax", "sample"]
    decision_intervals: int = Field(default=1, ge=1, le=288)  # what a commit advances, in intervals of 300 s
    training_seed: int = Field(ge=0, lt=2**31)
    train_worlds: int = Field(ge=0)  # distinct worlds of the `train` split that it saw
    training_steps: int = Field(default=0, ge=0)
    opset: int = Field(ge=1, le=64)
    description: str = Field(default="", max_length=2000)


class OnnxAgent:
    """A policy that asks an ONNX network; masked, then argmax (the lowest index among equals) or a draw."""

    ranked = True
    foresight_samples = 0

    def __init__(self, folder: Path) -> None:
        """Load a folder; nothing in it is executed but the network's arithmetic."""
        self.folder = folder
        self.card = _read_card(folder)
        weights = _regular_file(folder / WEIGHTS, MAXIMUM_WEIGHTS_BYTES)
        self.name = self.card.name
        self.env_id: str = self.card.env_id
        self.training_seed = self.card.training_seed
        self.env_settings: dict[str, Any] = {"decision_intervals": self.card.decision_intervals}
        if self.env_id == "vienv/DrsTuning-v0":
            self.env_settings["levels"] = True
        self.settings_hash = hashlib.sha256(self.card.model_dump_json().encode() + weights).hexdigest()
        self._session = _session(folder / WEIGHTS, weights)
        self._inputs = [_input_name(folder / WEIGHTS, node) for node in self._session.get_inputs()]
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
        feed = {name: np.ascontiguousarray(observation[name], dtype=np.float32) for name in self._inputs}
        logits = self._run(feed)
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

    def _run(self, feed: dict[str, NDArray[np.float32]]) -> NDArray[np.float32]:
        try:
            return np.asarray(self._session.run([OUTPUT], feed)[0])
        except Exception as error:  # onnxruntime's exceptions share no base but Exception
            raise AgentError(
                f"{self.folder / WEIGHTS}: the network cannot take this cluster: {_first_line(error)}"
            ) from error

    def _sample(self, masked: NDArray[np.float64]) -> NDArray[np.int64]:
        weights = np.exp(masked - masked.max(axis=1, keepdims=True))
        reached = np.cumsum(weights, axis=1)
        draws = np.array([generator.random() for generator in self._draws]) * reached[:, -1]
        actions: NDArray[np.int64] = (reached <= draws[:, None]).sum(axis=1)
        return actions


def _read_card(folder: Path) -> Card:
    path = folder / CARD
    if not folder.is_dir():
        raise AgentError(f"{folder}: not a folder with {CARD} and {WEIGHTS}")
    text = _regular_file(path, MAXIMUM_CARD_BYTES)
    try:
        fields = tomllib.loads(text.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise AgentError(f"{path}: not TOML: {_first_line(error)}") from error
    try:
        return Card.model_validate(fields, strict=True)
    except ValidationError as error:
        raise AgentError(f"{path}: {_sentence(error)}") from error


def _sentence(error: ValidationError) -> str:
    """The first fault as one line: field, value, what is allowed."""
    fault = error.errors(include_url=False)[0]
    field = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        return f"{field}: unknown field; {_nearest(field, Card.model_fields)}"
    if fault["type"] == "missing":
        return f"{field}: missing"
    return f"{field} = {str(fault['input'])[:60]!r}: {fault['msg']}"


def _regular_file(path: Path, maximum_bytes: int) -> bytes:
    """Read a file that must be a regular one and not larger than allowed; size is asked before memory."""
    if path.is_symlink() or not path.is_file():
        raise AgentError(f"{path}: missing, or not a regular file")
    size = path.stat().st_size
    if size > maximum_bytes:
        raise AgentError(f"{path}: size {size} bytes; at most {maximum_bytes} are allowed")
    return path.read_bytes()


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
        raise AgentError(f"{path}: not an ONNX network: {_first_line(error)}") from error
    outputs = [node.name for node in session.get_outputs()]
    if OUTPUT not in outputs:
        raise AgentError(f"{path}: outputs {outputs}: one must be {OUTPUT!r}")
    return session


def _input_name(path: Path, node: Any) -> str:
    name = str(node.name)
    if name not in OBSERVATION_ARRAYS:
        raise AgentError(
            f"{path}: input: {name!r} is not an array of the observation; {_nearest(name, OBSERVATION_ARRAYS)}"
        )
    if node.type != "tensor(float)":
        raise AgentError(f"{path}: input {name}: type {node.type}; allowed is tensor(float)")
    return name


def _nearest(name: str, allowed: Any) -> str:
    names = list(allowed)
    close = get_close_matches(name, names, 1, 0.5)
    return f"nearest is {close[0]!r}" if close else f"allowed are {', '.join(names)}"


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:160]
