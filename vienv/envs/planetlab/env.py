"""The single environment of PlanetLab-v0: a batch of one, behind Gymnasium's `Env`."""

from typing import Any

import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode
from numpy.typing import NDArray

from vienv.cloudsim import Policy, Results
from vienv.envs.planetlab.render import text
from vienv.envs.planetlab.vector_env import Infos, PlanetLabVectorEnv


class PlanetLabEnv(gymnasium.Env[Any, Any]):
    """A PlanetLab day on CloudSim's 800 servers, for one agent to consolidate in place of CloudSim's heuristics.

    A step of control="heuristic" is an interval of 300 s, planned by the heuristic that the action names (Box (3,),
    `judgement.py`; `action_of` names CloudSim's). Under control="placement" the agent makes every move itself
    (Discrete, `moves.py`); 0 commits, and only that takes time. The physics is `vienv.cloudsim`, to CloudSim's last
    digit: no time or energy to switch a host, VMs that ask nothing are destroyed for good, 287 intervals a day.

    Observation: `hosts (H, 11)`, `vms (V, 11)`, `placement (V,)`, the host of each VM as planned, or -1, and
    `cluster (12 + 11,)`; `columns.py` names the columns. Reward: 1 - the interval's bill / scale (`bill.py`).
    Episode: the day, whose end truncates; it never terminates. `results()` then has the figures that CloudSim prints.

    Args:
        data: The folder or archive of the traces.
        render_mode: None or "ansi", a short table.
        **settings: As `PlanetLabVectorEnv`, without num_envs and autoreset_mode.
    """

    metadata = {"render_modes": ["ansi"], "render_fps": 12}  # noqa: RUF012

    def __init__(self, data: Any = None, render_mode: str | None = None, **settings: Any) -> None:
        if render_mode is not None and render_mode not in self.metadata["render_modes"]:
            raise ValueError(f"render_mode: {render_mode!r} is not allowed; allowed: ansi | None")
        self.batch = PlanetLabVectorEnv(1, data, autoreset_mode=AutoresetMode.DISABLED, **settings)
        self.observation_space = self.batch.single_observation_space
        self.action_space = self.batch.single_action_space
        self.render_mode = render_mode

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, Infos]:
        """Begin the day at its first tick; the seed is that of java.util.Random, for random selection."""
        super().reset(seed=seed)
        observations, infos = self.batch.reset(seed=seed)
        return _first(observations), _first_info(infos)

    def step(self, action: Any) -> tuple[Any, float, bool, bool, Infos]:
        """Take one action."""
        observations, rewards, _, truncations, infos = self.batch.step(action)
        return _first(observations), float(rewards[0]), False, bool(truncations[0]), _first_info(infos)

    def action_masks(self) -> NDArray[np.int8]:
        """Which actions would be accepted now, (actions,) int8; exact."""
        masks: NDArray[np.int8] = self.batch.action_masks()[0]
        return masks

    def plan(self, policy: Policy) -> NDArray[np.int64]:
        """The moves (n, 2) of VM and host that a heuristic would make now; see `PlanetLabVectorEnv.plan`."""
        return self.batch.plan(policy)

    def results(self) -> Results | None:
        """The last day that has ended, as the figures that CloudSim prints."""
        return self.batch.results()[0]

    def render(self) -> Any:
        """Hosts by load, energy and migrations so far ("ansi")."""
        return None if self.render_mode is None else text(*self.batch.rows(0))


def _first(observations: Any) -> Any:
    return {name: part[0] for name, part in observations.items()}


def _first_info(infos: Infos) -> Infos:
    return {name: value[0].item() for name, value in infos.items() if not name.startswith("_")}
