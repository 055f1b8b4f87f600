"""Stable-Baselines3's VecEnv dialect over the native batches: the one file that knows Stable-Baselines3.

SB3 takes no Gymnasium vector environment, so its dialect is spoken here: an episode that ends begins anew in the same
step, its last observation goes into `infos[row]["terminal_observation"]` and `infos[row]["TimeLimit.truncated"]` says
whether it was only cut off by the scenario's duration. MaskablePPO asks `env_method("action_masks")`. Infos are empty
dicts, reused; only rows that have just ended are filled (Gymnasium's vector infos would cost more than the physics).
Several scenarios share one VecEnv: each is a batch of its own, padded to the largest. Needs the extra `train`; no
other module of the package imports this one. Left out: `set_attr`, since a batch's settings are fixed when it is made.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray
from stable_baselines3.common.vec_env import VecEnv

from vienv.envs.planetlab.vector_env import PlanetLabVectorEnv
from vienv.envs.spaces import Observation
from vienv.envs.vector_env import ClusterVectorEnv
from vienv.scenario import Scenario, load
from vienv.scenario.generate import Worlds


class ClusterVecEnv(VecEnv):
    """One or more batches of clusters or PlanetLab days as one SB3 VecEnv; rows are the batches', one after another.

    Args:
        batches: Made with autoreset_mode="SameStep", equal in observation and action space.
        arrays: Names of the observation's arrays to show, of a dict observation; None for all. What a network does
            not read need not be copied into its rollouts.

    Raises:
        ValueError: The batches do not fit together, or an array is not observed.
    """

    def __init__(self, *batches: ClusterVectorEnv | PlanetLabVectorEnv, arrays: Sequence[str] | None = None) -> None:
        _require_alike(batches)
        self.batches = batches
        space = batches[0].single_observation_space
        if arrays is not None:
            space = _part_of(space, arrays)
        self._arrays = arrays
        self._firsts = [0, *np.cumsum([batch.num_envs for batch in batches]).tolist()]
        super().__init__(self._firsts[-1], space, batches[0].single_action_space)
        self._infos: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        self._ended: NDArray[np.int64] = np.zeros(0, np.int64)
        self._actions: NDArray[Any] = np.zeros(0)

    def reset(self) -> Any:
        """Begin an episode in every row: in the world of its seed, or of its option `world`, or in its next one."""
        shown = []
        for batch, rows in self._batches_and_rows():
            worlds = [options.get("world") for options in self._options[rows]]
            named = {} if all(world is None for world in worlds) else {"world": worlds}
            shown.append(self._shown(batch.reset(seed=self._seeds[rows], options=named)[0]))
        self._reset_seeds()
        self._reset_options()
        return _joined(shown)

    def step_async(self, actions: NDArray[Any]) -> None:
        """Take note of one action a row."""
        self._actions = np.asarray(actions)

    def step_wait(self) -> Any:
        """Take the actions; returns observations, rewards float32, dones and infos."""
        for row in self._ended:
            self._infos[row].clear()
        shown, rewards, dones = [], [], []
        for batch, rows in self._batches_and_rows():
            observation, reward, terminated, truncated, infos = batch.step(self._actions[rows])
            done = terminated | truncated
            if done.any():
                self._tell_ends(infos, np.flatnonzero(done), truncated & ~terminated, rows.start)
            shown.append(self._shown(observation))
            rewards.append(reward)
            dones.append(done)
        ended = np.concatenate(dones)
        self._ended = np.flatnonzero(ended)
        return _joined(shown), np.concatenate(rewards).astype(np.float32), ended, self._infos

    def close(self) -> None:
        """Close every batch."""
        for batch in self.batches:
            batch.close()

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """The attribute of each row's batch."""
        values = [getattr(batch, attr_name) for batch, rows in self._batches_and_rows() for _ in self._infos_of(rows)]
        return [values[row] for row in self._get_indices(indices)]

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """Refused: a batch's settings are fixed when it is made."""
        raise AttributeError(f"{attr_name!r} cannot be set: a batch's settings are fixed when it is made")

    def env_method(self, method_name: str, *method_args: Any, indices: Any = None, **method_kwargs: Any) -> list[Any]:
        """Call a method of the batches that gives one item a cluster: `action_masks` or `report`."""
        items: list[Any] = []
        for batch in self.batches:
            items.extend(getattr(batch, method_name)(*method_args, **method_kwargs))
        return items if indices is None else [items[row] for row in self._get_indices(indices)]

    def env_is_wrapped(self, wrapper_class: type[Any], indices: Any = None) -> list[bool]:
        """No row is wrapped."""
        return [False for _ in self._get_indices(indices)]

    def _batches_and_rows(self) -> Iterable[tuple[ClusterVectorEnv | PlanetLabVectorEnv, slice]]:
        for b, batch in enumerate(self.batches):
            yield batch, slice(self._firsts[b], self._firsts[b + 1])

    def _infos_of(self, rows: slice) -> range:
        return range(rows.start, rows.stop)

    def _shown(self, observation: Observation) -> Observation:
        if self._arrays is None or not isinstance(observation, dict):
            return observation
        return {name: observation[name] for name in self._arrays}

    def _tell_ends(
        self, infos: dict[str, Any], ended: NDArray[np.int64], is_cut_off: NDArray[np.bool_], first: int
    ) -> None:
        """Fill the infos of rows that have ended: their last observation and what the episode came to."""
        last = self._shown(infos["final_obs"])
        final = {name: values for name, values in infos["final_info"].items() if not name.startswith("_")}
        for e in ended:
            info = self._infos[first + e]
            info.update({name: values[e].item() for name, values in final.items()})
            info["terminal_observation"] = (
                {name: part[e] for name, part in last.items()} if isinstance(last, dict) else last[e]
            )
            info["TimeLimit.truncated"] = bool(is_cut_off[e])


def make(
    face: str,
    num_envs: int,
    scenarios: Sequence[str | Path | Scenario],
    arrays: Sequence[str] | None = None,
    **settings: Any,
) -> ClusterVecEnv:
    """A VecEnv of num_envs clusters, shared out among scenarios and padded to the largest of them.

    Args:
        face: An id of this package, such as "vienv/Recommendations-v0".
        num_envs: Clusters in all; a multiple of the number of scenarios.
        scenarios: Presets' names, paths or loaded scenarios.
        arrays: As `ClusterVecEnv`.
        **settings: As `ClusterVectorEnv`.

    Raises:
        ValueError: num_envs cannot be shared out, or a setting is not allowed.
    """
    if not scenarios or num_envs % len(scenarios):
        raise ValueError(f"num_envs: {num_envs} is not a multiple of the {len(scenarios)} scenarios")
    loaded = [given if isinstance(given, Scenario) else load(given) for given in scenarios]
    sizes = [Worlds(scenario, settings.get("demand")).sizes for scenario in loaded]
    padding = {"max_hosts": max(size.hosts for size in sizes), "max_vms": max(size.vms for size in sizes)}
    batches = [
        ClusterVectorEnv(
            num_envs // len(loaded), scenario, face=face, autoreset_mode="SameStep", **{**padding, **settings}
        )
        for scenario in loaded
    ]
    return ClusterVecEnv(*batches, arrays=arrays)


def _require_alike(batches: Sequence[ClusterVectorEnv | PlanetLabVectorEnv]) -> None:
    if not batches:
        raise ValueError("batches: at least one is needed")
    for batch in batches:
        if batch.autoreset_mode.value != "SameStep":
            raise ValueError(f"batches: autoreset_mode is {batch.autoreset_mode.value!r}; SB3 needs 'SameStep'")
        if batch.single_action_space != batches[0].single_action_space:
            raise ValueError("batches: action spaces differ; pad with max_hosts and max_vms")
        if batch.single_observation_space != batches[0].single_observation_space:
            raise ValueError("batches: observation spaces differ; pad with max_hosts and max_vms")


def _part_of(space: spaces.Space[Any], arrays: Sequence[str]) -> spaces.Dict:
    if not isinstance(space, spaces.Dict):
        raise ValueError('arrays: only a dict observation has arrays; leave out obs="flat"')
    for name in arrays:
        if name not in space.spaces:
            raise ValueError(f"arrays: {name!r} is not observed; observed are {', '.join(space.spaces)}")
    return spaces.Dict({name: space[name] for name in arrays})


def _joined(shown: list[Any]) -> Any:
    """The batches' observations as one; the arrays are fresh, so SB3 may keep them."""
    if len(shown) == 1:
        return shown[0]
    if isinstance(shown[0], dict):
        return {name: np.concatenate([part[name] for part in shown]) for name in shown[0]}
    return np.concatenate(shown)
