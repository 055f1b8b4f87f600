"""`agent.toml`, the card of a trained agent: checked field by field, because a stranger wrote it.

A card of format 2 names the columns that the network reads, so that the agent goes on when the observation has more of
them; format 1 stands for the columns that there were then. Whatever is wrong is told in one line: file, field, value,
and what is allowed.
"""

import tomllib
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from vienv.contest.columns_of_format_1 import FORMAT_1
from vienv.contest.named_columns import OBSERVED

CARD, WEIGHTS = "agent.toml", "policy.onnx"
MAXIMUM_CARD_BYTES = 64 * 1024
MOST_COLUMNS = 256
_NAME = r"^[a-z0-9][a-z0-9.-]{0,39}$"


class AgentError(ValueError):
    """An agent folder that cannot be played; the message is one line naming file, field, value and what is allowed."""


class Columns(BaseModel):
    """`[columns]` of `agent.toml`: for each array that the network reads the names of its columns, in its order."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    hosts: list[str] = Field(default=[], max_length=MOST_COLUMNS)
    vms: list[str] = Field(default=[], max_length=MOST_COLUMNS)
    cluster: list[str] = Field(default=[], max_length=MOST_COLUMNS)
    recommendations: list[str] = Field(default=[], max_length=MOST_COLUMNS)


class Card(BaseModel):
    """`agent.toml`: what the agent is and how it plays."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1, 2]
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
    columns: Columns | None = None  # from format 2 on


def read_card(folder: Path) -> Card:
    """Read and check a folder's card.

    Raises:
        AgentError: it cannot be played; the message is one line.
    """
    path = folder / CARD
    if not folder.is_dir():
        raise AgentError(f"{folder}: not a folder with {CARD} and {WEIGHTS}")
    text = regular_file(path, MAXIMUM_CARD_BYTES)
    try:
        fields = tomllib.loads(text.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise AgentError(f"{path}: not TOML: {first_line(error)}") from error
    try:
        card = Card.model_validate(fields, strict=True)
    except ValidationError as error:
        raise AgentError(f"{path}: {_sentence(error)}") from error
    if card.format == 1 and card.columns is not None:
        raise AgentError(f"{path}: columns: not in format 1; with them write format = 2")
    for array, observed in OBSERVED.items():
        for name in getattr(card.columns, array, ()):
            if name not in observed:
                raise AgentError(f"{path}: columns.{array} = {name[:60]!r}: not observed; {nearest(name, observed)}")
    return card


def names_of(path: Path, card: Card, array: str) -> tuple[str, ...]:
    """The columns of an array that the network reads, in its order."""
    if card.format == 1:
        return FORMAT_1[array]
    names: list[str] = getattr(card.columns, array, [])
    if not names:
        raise AgentError(f"{path}: columns.{array}: missing; the network reads {array}, and format 2 names its columns")
    return tuple(names)


def regular_file(path: Path, maximum_bytes: int) -> bytes:
    """Read a file that must be a regular one and not larger than allowed; size is asked before memory."""
    if path.is_symlink() or not path.is_file():
        raise AgentError(f"{path}: missing, or not a regular file")
    size = path.stat().st_size
    if size > maximum_bytes:
        raise AgentError(f"{path}: size {size} bytes; at most {maximum_bytes} are allowed")
    return path.read_bytes()


def nearest(name: str, allowed: Iterable[str]) -> str:
    """What is allowed, for people: the nearest name, or all."""
    names = list(allowed)
    close = get_close_matches(name, names, 1, 0.5)
    return f"nearest is {close[0]!r}" if close else f"allowed are {', '.join(names)}"


def first_line(error: BaseException) -> str:
    """An error of a library in one line."""
    return (str(error).splitlines() or [type(error).__name__])[0][:160]


def _sentence(error: ValidationError) -> str:
    """The first fault as one line: field, value, what is allowed."""
    fault = error.errors(include_url=False)[0]
    field = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        known = Columns.model_fields if len(fault["loc"]) > 1 else Card.model_fields
        return f"{field}: unknown field; {nearest(str(fault['loc'][-1]), known)}"
    if fault["type"] == "missing":
        return f"{field}: missing"
    return f"{field} = {str(fault['input'])[:60]!r}: {fault['msg']}"
