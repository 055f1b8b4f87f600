"""Gymnasium's infos, always with the same keys: world, elapsed_s, refusal, the step's terms, the episode's totals."""

from typing import Any

import numpy as np

from vienv.core.state import FloatArray, IntArray
from vienv.envs.hand_out import NUM_TOLD, Told
from vienv.envs.reward import TERMS

Infos = dict[str, Any]
_NUMBERS = ("elapsed_s", "refusal", *TERMS, *(f"episode_{name}" for name in TERMS))
_MASKS = tuple(f"_{name}" for name in ("world", *_NUMBERS))
_EMPTY: Infos = dict.fromkeys(("world", *_NUMBERS))  # with room for all keys


def columns_of(told: FloatArray, num_envs: int) -> FloatArray:
    """What is told of a batch, (NUM_TOLD, num_envs): a row for each number, unbroken."""
    return told.reshape(num_envs, NUM_TOLD).T.copy()


def empty_infos(num_envs: int) -> Infos:
    """What `infos_of` fills: Gymnasium's masks say of every key that every cluster has it, so they are one array."""
    everywhere = np.ones(num_envs, bool)
    everywhere.flags.writeable = False
    return _EMPTY | dict.fromkeys(_MASKS, everywhere)


def infos_of(empty: Infos, world: IntArray, columns: FloatArray) -> Infos:
    """A batch's infos: an array (num_envs,) a key."""
    infos = empty.copy()
    infos.update(zip(_NUMBERS, columns[Told.ELAPSED_S :], strict=True))
    infos["world"] = world
    infos["refusal"] = infos["refusal"].astype(np.int64)
    return infos


def info_of(world: int, told: list[float]) -> Infos:
    """One cluster's info, from what is told of it behind reward and end: plain numbers."""
    info = _EMPTY.copy()
    info.update(zip(_NUMBERS, told))  # noqa: B905 - `strict` takes as long as a fifth of this
    info["world"] = world
    info["refusal"] = int(told[1])
    return info
