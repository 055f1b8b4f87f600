"""PlanetLab-v0 as a native vector environment: a batch of days, one crossing a step."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from gymnasium.utils import seeding
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from vienv.cloudsim import Policy, Results, machines
from vienv.cloudsim import state as s
from vienv.cloudsim.enums import NOBODY
from vienv.cloudsim.simulation import results_of
from vienv.core import arena, jit
from vienv.core.state import FloatArray, IntArray
from vienv.envs.planetlab import bill, desk
from vienv.envs.planetlab.desk import Control
from vienv.envs.planetlab.spaces import ARRAYS, Layout
from vienv.envs.planetlab.step import NUM_TOLD, Deed, Told, step
from vienv.envs.reward import checked_weights
from vienv.envs.spaces import observation_of, part_rows, pieces
from vienv.envs.vector_env import COMPILING
from vienv.scenario.planetlab import PlanetLabDay, days_of, read_day

Infos = dict[str, Any]
_LARGEST_SEED = 2**31
_NUMBERS = ("elapsed_s", "refusal", *bill.TERMS, *(f"episode_{name}" for name in bill.TERMS))
_NAMES = ("seed", "day", "order", "data_sha256", *_NUMBERS)


class PlanetLabVectorEnv(VectorEnv[Any, Any, Any]):
    """A batch of days of CloudSim's consolidation experiment, each as `PlanetLabEnv` describes it.

    Args:
        num_envs: Days in the batch: day e is the e-th of all pairs of a day and an order, days first, around.
        data: The folder or archive of the traces, as `vienv.scenario.planetlab` reads it.
        day: One day or several, such as "20110303"; None for all that `data` holds.
        order: One order of the VMs or several: "bytes", "uppercase", "listing".
        control: "heuristic" or "placement".
        policy: Who places the VMs at t = 0, such as "thr-mmt-0.8". "npa" and "dvfs" place as CloudSim does for them,
            and under control="heuristic" they play the day, whatever the actions.
        reward_weights: Weights over the terms of `desk.Term`; by default 1 - bill / scale.
        arrays: Which arrays the observation has, of hosts, vms, placement, cluster.
        mask_in_obs: Whether it has `action_mask` as well.
        max_vms: Pad VMs to this number, so that one network sees several days; None for the largest of the days.
        autoreset_mode: An `AutoresetMode` or its value.
        max_episode_steps: Passed by gymnasium.make_vec; must be None, since the day ends the episode.
        render_mode: None; a batch has no picture.

    Raises:
        ValueError: For an argument outside what is listed (a TraceError for the data, a PolicyError for the policy).
    """

    metadata: dict[str, Any] = {"render_modes": [], "autoreset_mode": AutoresetMode.NEXT_STEP}  # noqa: RUF012

    def __init__(
        self,
        num_envs: int = 1,
        data: str | Path | None = None,
        *,
        day: str | Sequence[str] | None = None,
        order: str | Sequence[str] = "bytes",
        control: str = "heuristic",
        policy: str | Policy = "thr-mmt-0.8",
        reward_weights: Mapping[str, float] | None = None,
        arrays: Sequence[str] = ARRAYS,
        mask_in_obs: bool = False,
        max_vms: int | None = None,
        autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
        max_episode_steps: int | None = None,
        render_mode: str | None = None,
    ) -> None:
        controls = {kind.name.lower(): kind for kind in Control}
        _require(num_envs >= 1, "num_envs", num_envs, "an integer of at least 1")
        _require(data is not None, "data", data, "the path of PlanetLab's traces: a folder or an npz archive")
        _require(control in controls, "control", control, " | ".join(controls))
        is_known = not isinstance(arrays, str) and len(arrays) > 0 and set(arrays) <= set(ARRAYS)
        _require(is_known, "arrays", arrays, f"one or more of {', '.join(ARRAYS)}")
        _require(max_episode_steps is None, "max_episode_steps", max_episode_steps, "None: the day ends the episode")
        _require(render_mode is None, "render_mode", render_mode, "None")
        assert data is not None
        days = days_of(data) if day is None else _listed(day)
        pairs = [(each, by) for each in days for by in _listed(order)]
        _require(0 < len(pairs) <= num_envs, "day", day, f"at most num_envs = {num_envs} days x orders, and at least 1")
        self.policy = Policy.parse(policy) if isinstance(policy, str) else policy
        self._weights = None if reward_weights is None else checked_weights(reward_weights, bill.TERMS)
        read = [read_day(data, *pair) for pair in pairs]
        self.days: tuple[PlanetLabDay, ...] = tuple(read[e % len(read)] for e in range(num_envs))
        most = max(len(each.percent) for each in read)
        _require(max_vms is None or max_vms >= most, "max_vms", max_vms, f"at least the {most} of the data")
        self.layout = Layout(
            controls[control],
            machines.NUM_HOSTS,
            max_vms or most,
            tuple(name for name in ARRAYS if name in arrays),
            mask_in_obs,
        )
        self.num_envs = num_envs
        self.autoreset_mode = AutoresetMode(autoreset_mode)
        self.metadata = {**self.metadata, "autoreset_mode": self.autoreset_mode}
        self.single_observation_space = self.layout.observation_space()
        self.single_action_space = self.layout.action_space()
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        self._lay_out()
        jit.ready(step, tell=lambda: print(COMPILING, file=sys.stderr))

    def reset(
        self, *, seed: int | Sequence[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, Infos]:
        """Begin days at their first tick; `options`: reset_mask.

        The seed, n + e for day e, is that of the java.util.Random from which random selection draws; without one a day
        goes on to the next seed of its own sequence. Nothing else of a day is random.
        """
        chosen = np.asarray((options or {}).get("reset_mask", np.ones(self.num_envs, bool)), bool)
        seeds = [None] * self.num_envs if seed is None else seed
        if isinstance(seeds, int | np.integer):
            seeds = [int(seeds) + e for e in range(self.num_envs)]
        for e in np.flatnonzero(chosen).tolist():
            named = seeds[e]
            if named is not None:
                self._generators[e], _ = seeding.np_random(int(named))
            self._write(e, named)
        self._actions[:, 0] = np.where(chosen, Deed.BEGIN, Deed.IDLE)
        shown, columns = self._cross()
        self._has_ended = columns[Told.TRUNCATED] != 0.0
        return shown, self._infos(columns)

    def step(self, actions: Any) -> tuple[Any, NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_], Infos]:
        """Take one action in each day. It never terminates; the 287th interval truncates."""
        self.take_note(actions)
        if self.autoreset_mode == AutoresetMode.NEXT_STEP:
            self._renew(self._has_ended)
        shown, columns = self._cross()
        rewards, truncations = columns[Told.REWARD], columns[Told.TRUNCATED] != 0.0
        for e in np.flatnonzero(truncations & ~self._has_ended).tolist():
            self._results[e] = results_of(*self._rows(e))
        self._has_ended = truncations
        infos = self._infos(columns)
        if self.autoreset_mode == AutoresetMode.SAME_STEP and truncations.any():
            final = {"final_obs": shown, "_final_obs": truncations, "final_info": infos, "_final_info": truncations}
            self._actions[:, 0] = Deed.IDLE
            self._renew(truncations)
            shown, columns = self._cross()
            self._has_ended = np.zeros(self.num_envs, bool)
            infos = {**self._infos(columns), **final}
        return shown, rewards, np.zeros(self.num_envs, bool), truncations, infos

    def action_masks(self) -> NDArray[np.int8]:
        """Which actions would be accepted now, (num_envs, actions) int8; exact. All ones for a heuristic's."""
        return self.layout.masks(self._output)

    def results(self) -> list[Results | None]:
        """Each row's last day that has ended, as the figures that CloudSim prints; None before the first has."""
        return list(self._results)

    def plan(self, policy: Policy, e: int = 0) -> NDArray[np.int64]:
        """The moves (n, 2) of VM and host that a heuristic would make now in day e, in their order; needs histories.

        It plans from where the VMs are and not from what has been commanded in this interval. As in CloudSim, asking
        draws from the day's random numbers and may double a host's hash table; nothing else of the day changes.
        """
        floats, ints = self._floats[e : e + 1].copy(), self._ints[e : e + 1].copy()
        copy = floats[0], ints[0], self._spans
        judgement = s.judgement_of(*copy)
        judgement.detector[:], judgement.selection[:], judgement.parameter[:] = policy
        s.day_of(*copy).num_moves[0] = 0
        if not self._has_ended[e]:
            deed = np.array([[Deed.PLAN, 0.0, 0.0, 0.0]])
            step(floats, ints, self._spans, deed, self._output[e : e + 1], *self._fresh(1))
        s.day_of(*self._rows(e)).random_state[:] = s.day_of(*copy).random_state
        s.hosts_of(*self._rows(e)).buckets[:] = s.hosts_of(*copy).buckets
        moves, n = s.moves_of(*copy), int(s.day_of(*copy).num_moves[0])
        return np.stack([moves.vm[:n], moves.target[:n]], axis=1)

    def rows(self, e: int) -> tuple[FloatArray, IntArray, IntArray]:
        """Day e's two arena rows and the spans: what `vienv.cloudsim` works on, live.

        They may be written until the next step, which writes the whole observation anew: to write again, ask again.
        """
        desk.desk_of(*self._rows(e)).is_shown[0] = 0
        return self._rows(e)

    def take_note(self, actions: Any) -> None:
        """Write down one action a day for the next crossing; ValueError for what is not in the action space."""
        numbers = np.asarray(actions, np.float64).reshape(self.num_envs, -1)
        if self.layout.control == Control.HEURISTIC:
            if numbers.shape[1] != 3 or not np.isfinite(numbers).all():
                raise ValueError(f"actions: {actions!r} is not {self.num_envs} x 3 finite numbers")
            np.clip(numbers, -1.0, 1.0, self._actions[:, 1:])
        else:
            size = self.layout.num_actions
            if numbers.shape[1] != 1 or not ((numbers >= 0) & (numbers < size)).all():
                raise ValueError(f"actions: {actions!r} has a value that is not in 0..{size - 1}")
            self._actions[:, 1:2] = numbers
        self._actions[:, 0] = Deed.ACT

    def _rows(self, e: int) -> tuple[FloatArray, IntArray, IntArray]:
        return self._floats[e], self._ints[e], self._spans

    def _lay_out(self) -> None:
        """Allocate the arenas, the output and the pieces of a batch, once."""
        layout, n = self.layout, self.num_envs
        sizes = s.Sizes(layout.num_hosts, layout.num_vms, len(machines.WATTS))
        spans, num_floats, num_ints = arena.spans_of(sizes, desk.KINDS)
        rows = [*part_rows(layout.shapes, layout.arrays), (0, 0, 0), (0, 0, 0)]
        self._spans = np.vstack([spans, np.array(rows, np.int64)])
        self._floats, self._ints = np.zeros((n, num_floats)), np.zeros((n, num_ints), np.int64)
        self._output = np.zeros((n, layout.width), np.float32)
        self._actions: FloatArray = np.zeros((n, 4))
        self._pieces = pieces(layout.shown, n)
        self._num_shown = sum(int(np.prod(shape)) for shape in layout.shown.values())
        self._generators = [seeding.np_random()[0] for _ in range(n)]
        self._seeds = np.zeros(n, np.int64)
        self._has_ended = np.zeros(n, bool)
        self._results: list[Results | None] = [None] * n
        self._named = {
            "day": np.array([each.day for each in self.days]),
            "order": np.array([each.order for each in self.days]),
            "data_sha256": np.array([each.sha256 for each in self.days]),
        }
        everywhere = np.ones(n, bool)
        everywhere.flags.writeable = False
        self._empty_infos: Infos = dict.fromkeys(_NAMES) | {f"_{name}": everywhere for name in _NAMES}

    def _fresh(self, num_envs: int) -> tuple[NDArray[np.float32], FloatArray]:
        return np.empty(num_envs * self._num_shown, np.float32), np.empty(num_envs * NUM_TOLD)

    def _cross(self) -> tuple[Any, FloatArray]:
        """Make the native call, into fresh arrays: what is shown, and what is told as (NUM_TOLD, num_envs)."""
        shown, told = self._fresh(self.num_envs)
        step(self._floats, self._ints, self._spans, self._actions, self._output, shown, told)
        observation: Any = observation_of(shown, self._pieces)
        if self.layout.has_mask:
            observation["action_mask"] = self.action_masks()
        return observation, told.reshape(self.num_envs, NUM_TOLD).T.copy()

    def _infos(self, columns: FloatArray) -> Infos:
        infos = self._empty_infos.copy()
        infos.update(zip(_NUMBERS, columns[Told.ELAPSED_S :], strict=True))
        infos.update(self._named)
        infos["seed"] = self._seeds.copy()
        infos["refusal"] = infos["refusal"].astype(np.int64)
        return infos

    def _renew(self, ended: NDArray[np.bool_]) -> None:
        """Write the days that have ended anew, for the next crossing to begin."""
        for e in np.flatnonzero(ended).tolist():
            self._write(e, None)
            self._actions[e, 0] = Deed.BEGIN

    def _write(self, e: int, seed: int | None) -> None:
        rows = self._rows(e)
        self._seeds[e] = self._generators[e].integers(_LARGEST_SEED) if seed is None else seed
        machines.write(*rows, self.days[e].percent, self.policy, int(self._seeds[e]))
        table = desk.desk_of(*rows)
        table.control[0], table.picked[0] = self.layout.control, NOBODY
        bill.write_weights(desk.ledger_of(*rows), table, s.hosts_of(*rows), s.curves_of(*rows), self._weights)


def _listed(value: str | Sequence[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _require(is_met: bool, name: str, value: object, allowed: str) -> None:
    if not is_met:
        raise ValueError(f"{name}: {value!r} is not allowed; allowed: {allowed}")
