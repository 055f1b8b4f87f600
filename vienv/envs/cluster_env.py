"""The single environments: batches of one, behind Gymnasium's `Env`."""

from typing import Any

import gymnasium
import numpy as np
from gymnasium.spaces import Discrete
from gymnasium.vector import AutoresetMode
from numpy.typing import NDArray

from vienv.core import turns
from vienv.envs.hand_out import NUM_TOLD, Told
from vienv.envs.infos import Infos, info_of
from vienv.envs.snapshot import snapshot
from vienv.envs.step import Deed, step
from vienv.envs.vector_env import ClusterVectorEnv
from vienv.replay import frame, text


class ClusterEnv(gymnasium.Env[Any, Any]):
    """A VMware Infrastructure cluster for one agent to balance and to save power in.

    One class serves three ids, `vienv/Cluster-v0`, `vienv/Recommendations-v0` and `vienv/DrsTuning-v0`; they differ in
    how much judgement is the agent's (`envs/action.py`). 0 commits: an interval of 300 s passes and reward is earned.
    All other actions are commands to VirtualCenter and take no time; `action_masks()` says which it would accept.

    Observation: `hosts (H, HostColumn)`, `vms (V, VmColumn)`, `placement (V,)`, `cluster (ClusterColumn and the picked
    VM's VmColumn,)` and for Recommendations-v0 `recommendations (K, RecommendationColumn)`; the columns' names, units
    and ranges stand in `vienv/core/columns.py`.
    Reward: 1 - the interval's bill / scale; DESIGN.md, "The bill". Every term is in `info`.
    Episode: the scenario's duration, 24 h by default, whose end truncates. It terminates when the cluster is lost.

    Args:
        render_mode: None, "ansi" (a table of hosts) or "rgb_array" (a picture); neither needs a display.
        world: World of every reset without seed; by default each reset goes on to another.
        **settings: As `ClusterVectorEnv`, without num_envs, worlds and autoreset_mode.
    """

    metadata = {"render_modes": ["ansi", "rgb_array"], "render_fps": 12}  # noqa: RUF012

    def __init__(self, render_mode: str | None = None, world: int | None = None, **settings: Any) -> None:
        if render_mode is not None and render_mode not in self.metadata["render_modes"]:
            raise ValueError(f"render_mode: {render_mode!r} is not allowed; allowed: ansi | rgb_array | None")
        worlds = None if world is None else [world]
        self.batch = ClusterVectorEnv(1, worlds=worlds, autoreset_mode=AutoresetMode.DISABLED, **settings)
        self.observation_space = self.batch.single_observation_space
        self.action_space = self.batch.single_action_space
        self.render_mode = render_mode
        self._native, self._turns, self._world = self.batch.native, turns.new(), 0
        layout = self.batch.layout
        self._num_shown, self._record = layout.num_shown, None if layout.is_flat else np.dtype(layout.record())
        self._num_actions = int(self.action_space.n) if isinstance(self.action_space, Discrete) else 0
        self._action = self._native[3][0]  # a view: writing it is the batch's action
        self._told = np.empty(NUM_TOLD)
        self._details_of_info, self._last_info = b"", Infos()
        self._outcome, self._details = self._told[: Told.ELAPSED_S], self._told[Told.ELAPSED_S :]

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Start an episode: seed n is world n of the split; `options={"world": n}` names it without seeding."""
        super().reset(seed=seed)
        observations, infos = self.batch.reset(seed=seed, options=options)
        self._world = self.batch.world_of(0)
        self._action[0] = Deed.ACT
        self._details_of_info = b""  # nothing is told of this world yet
        return _first(observations), _first_info(infos)

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Take one action; only 0, commit, takes simulated time and earns reward."""
        self._take_note(action)
        shown = np.empty(self._num_shown, np.float32)
        step(1, *self._native, shown, self._told, self._turns)
        if self.batch.debug:
            self.batch.check()
        reward, is_terminated, is_truncated = self._outcome.tolist()
        return self._observation(shown), reward, is_terminated != 0.0, is_truncated != 0.0, self._info()

    def action_masks(self) -> NDArray[np.int8]:
        """Which actions VirtualCenter would accept now, (actions,) int8; exact."""
        masks: NDArray[np.int8] = self.batch.action_masks()[0]
        return masks

    def _take_note(self, action: Any) -> None:
        if self._num_actions == 0:
            self.batch.take_note(action)
            return
        number = action.item() if isinstance(action, np.ndarray) and action.size == 1 else action
        try:
            is_inside = 0 <= number < self._num_actions
        except (TypeError, ValueError):  # no number, or several
            is_inside = False
        if not is_inside:
            raise ValueError(f"action: {action!r} is not in 0..{self._num_actions - 1}")
        self._action[1] = number

    def _observation(self, shown: NDArray[np.float32]) -> Any:
        if self._record is None:
            return shown
        record = np.ndarray((), self._record, shown)
        observation = {name: record[name] for name in self._record.names or ()}
        if self.batch.layout.has_mask:
            observation["action_mask"] = self.action_masks()
        return observation

    def _info(self) -> Infos:
        """The step's info; after most commands it says the same as before, and a copy costs a fifth."""
        details = self._details.tobytes()
        if details != self._details_of_info:
            self._details_of_info, self._last_info = details, info_of(self._world, self._details.tolist())
        return self._last_info.copy()

    def snapshot(self) -> dict[str, Any]:
        """The cluster for people: names and physical units of hosts, VMs, migrations and the bill so far."""
        return snapshot(self.batch, 0)

    def render(self) -> Any:
        """A table of hosts ("ansi") or a picture (height, width, 3) uint8 ("rgb_array")."""
        if self.render_mode is None:
            return None
        return text(self.snapshot()) if self.render_mode == "ansi" else frame(self.snapshot())


def _first(observations: Any) -> Any:
    return {name: part[0] for name, part in observations.items()} if isinstance(observations, dict) else observations[0]


def _first_info(infos: dict[str, Any]) -> dict[str, Any]:
    return {name: value[0].item() for name, value in infos.items() if not name.startswith("_")}
