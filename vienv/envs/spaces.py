"""The observation and action spaces of the three faces, and how a row of the native output is read as one."""

import math
from collections.abc import Collection
from typing import Any, NamedTuple

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from vienv.core.columns import ClusterColumn, HostColumn, RecommendationColumn, VmColumn
from vienv.envs.action import LEVELS, Face
from vienv.envs.hand_out import MOST_PARTS
from vienv.envs.show import offsets_of

Observation = dict[str, NDArray[Any]] | NDArray[np.float32]


class Piece(NamedTuple):
    """A part of the observation in the block of one step."""

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    at: int  # bytes from the block's beginning


class Layout(NamedTuple):
    """What an environment shows and takes: sizes with padding, and the options that change a space."""

    face: Face
    num_hosts: int
    num_vms: int
    num_recommendations: int
    is_flat: bool
    has_levels: bool
    has_mask: bool

    @property
    def num_actions(self) -> int:
        """Size of the native mask: the discrete actions of the face, or what DrsTuning's heuristics choose from."""
        first = self.num_vms if self.face == Face.CLUSTER else self.num_recommendations
        return 1 + first + self.num_hosts

    @property
    def width(self) -> int:
        """Floats in one row of the native output."""
        return offsets_of(self.num_hosts, self.num_vms, self.num_recommendations)[4] + self.num_actions

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape of each part of the observation, in the order of the native output."""
        shapes: dict[str, tuple[int, ...]] = {
            "hosts": (self.num_hosts, len(HostColumn)),
            "vms": (self.num_vms, len(VmColumn)),
            "placement": (self.num_vms,),
            "cluster": (len(ClusterColumn) + len(VmColumn),),
        }
        if self.face == Face.RECOMMENDATIONS:
            shapes["recommendations"] = (self.num_recommendations, len(RecommendationColumn))
        return shapes

    @property
    def shown(self) -> dict[str, tuple[int, ...]]:
        """Shape of each part that is handed out: those of the Dict, or all in one."""
        return {"": (sum(math.prod(shape) for shape in self.shapes.values()),)} if self.is_flat else self.shapes

    @property
    def num_shown(self) -> int:
        """Numbers that are handed out of one cluster."""
        return sum(math.prod(shape) for shape in self.shown.values())

    def action_space(self) -> spaces.Space[Any]:
        """Discrete, or for DrsTuning without levels Box(-1, 1): threshold and DPM's target over their ranges."""
        if self.face != Face.DRS_TUNING:
            return spaces.Discrete(self.num_actions)
        return spaces.Discrete(LEVELS) if self.has_levels else spaces.Box(-1.0, 1.0, (2,), np.float32)

    def observation_space(self) -> spaces.Space[Any]:
        """Dict of rows, or one flat Box of the same numbers in the same order."""
        if self.is_flat:
            return spaces.Box(-np.inf, np.inf, self.shown[""], np.float32)
        parts: dict[str, spaces.Space[Any]] = {
            name: spaces.Box(-np.inf, np.inf, shape, np.float32)
            for name, shape in self.shapes.items()
            if name != "placement"
        }
        parts["placement"] = spaces.Box(-1, self.num_hosts - 1, (self.num_vms,), np.int32)
        if self.has_mask:
            parts["action_mask"] = spaces.Box(0, 1, self.masks(np.zeros((1, self.width))).shape[1:], np.int8)
        return spaces.Dict({name: parts[name] for name in (*self.shapes, "action_mask") if name in parts})

    def part_rows(self) -> list[tuple[int, int, int]]:
        """What `hand_out` copies of a row of the output."""
        return part_rows(self.shown)

    def record(self) -> list[tuple[str, type, tuple[int, ...]]]:
        """What the block that is handed out of one cluster holds: (name, type, shape) of each part."""
        return record(self.shown)

    def pieces(self, num_envs: int) -> list[Piece]:
        """Where the parts lie in the block that is handed out of a batch."""
        return pieces(self.shown, num_envs)

    def masks(self, output: NDArray[Any]) -> NDArray[np.int8]:
        """Action masks (num_envs, num_actions) int8, fresh; DrsTuning's levels are all legal."""
        if self.face == Face.DRS_TUNING:
            return np.ones((len(output), LEVELS if self.has_levels else 2), np.int8)
        return output[:, -self.num_actions :].astype(np.int8)


def part_rows(shapes: dict[str, tuple[int, ...]], arrays: Collection[str] | None = None) -> list[tuple[int, int, int]]:
    """What `hand_out` copies of parts of these shapes: (first, end, 1 for whole numbers), MOST_PARTS rows."""
    rows, first = [], 0
    for name, shape in shapes.items():
        end = first + math.prod(shape)
        if arrays is None or name in arrays:
            rows.append((first, end, int(name == "placement")))
        first = end
    return rows + [(0, 0, 0)] * (MOST_PARTS - len(rows))


def record(shapes: dict[str, tuple[int, ...]]) -> list[tuple[str, type, tuple[int, ...]]]:
    """What a block of one cluster holds: (name, type, shape) of each part."""
    return [(name, np.int32 if name == "placement" else np.float32, shape) for name, shape in shapes.items()]


def pieces(shapes: dict[str, tuple[int, ...]], num_envs: int) -> list[Piece]:
    """Where parts of these shapes lie in the block of a batch."""
    found, at = [], 0
    for name, kind, shape in record(shapes):
        dtype = np.dtype(kind)
        found.append(Piece(name, (num_envs, *shape), dtype, at))
        at += dtype.itemsize * math.prod((num_envs, *shape))
    return found


def observation_of(block: NDArray[np.float32], pieces: list[Piece]) -> Observation:
    """The parts of a block as arrays over it, or the flat one."""
    if pieces[0].name == "":
        return block.reshape(pieces[0].shape)
    return {name: np.ndarray(shape, dtype, block, at) for name, shape, dtype, at in pieces}
