"""The spaces of PlanetLab-v0, and how a row of the native output is read as an observation."""

from typing import Any, NamedTuple

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from vienv.envs.planetlab import judgement
from vienv.envs.planetlab.columns import ClusterColumn, HostColumn, VmColumn
from vienv.envs.planetlab.desk import Control
from vienv.envs.planetlab.step import offsets_of

ARRAYS = ("hosts", "vms", "placement", "cluster")


class Layout(NamedTuple):
    """What an environment shows and takes."""

    control: Control
    num_hosts: int
    num_vms: int
    arrays: tuple[str, ...]
    has_mask: bool

    @property
    def num_actions(self) -> int:
        """Of control="placement": commit, VMs, hosts."""
        return 1 + self.num_vms + self.num_hosts

    @property
    def width(self) -> int:
        """Floats in one row of the native output."""
        return offsets_of(self.num_hosts, self.num_vms)[3] + self.num_actions

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape of each part, in the order of the native output."""
        return {
            "hosts": (self.num_hosts, len(HostColumn)),
            "vms": (self.num_vms, len(VmColumn)),
            "placement": (self.num_vms,),
            "cluster": (len(ClusterColumn) + len(VmColumn),),
        }

    @property
    def shown(self) -> dict[str, tuple[int, ...]]:
        """Shape of each part that is handed out."""
        return {name: shape for name, shape in self.shapes.items() if name in self.arrays}

    def action_space(self) -> spaces.Space[Any]:
        """Three numbers from -1 to 1 (`judgement.py`), or Discrete (`moves.py`)."""
        if self.control == Control.HEURISTIC:
            return spaces.Box(-1.0, 1.0, (judgement.SIZE,), np.float32)
        return spaces.Discrete(self.num_actions)

    def observation_space(self) -> spaces.Dict:
        """Dict of the arrays that are shown, and of the mask where it is asked for."""
        parts: dict[str, spaces.Space[Any]] = {
            name: spaces.Box(-1, self.num_hosts - 1, shape, np.int32)
            if name == "placement"
            else spaces.Box(-np.inf, np.inf, shape, np.float32)
            for name, shape in self.shown.items()
        }
        if self.has_mask:
            parts["action_mask"] = spaces.Box(0, 1, self.masks(np.zeros((1, self.width))).shape[1:], np.int8)
        return spaces.Dict(parts)

    def masks(self, output: NDArray[Any]) -> NDArray[np.int8]:
        """Action masks (num_envs, num_actions) int8, fresh; a heuristic may always be named."""
        if self.control == Control.HEURISTIC:
            return np.ones((len(output), judgement.SIZE), np.int8)
        return output[:, -self.num_actions :].astype(np.int8)
