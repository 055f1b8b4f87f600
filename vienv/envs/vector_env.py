"""The native vector environment: a batch of clusters, one crossing a step. The single environment is a batch of one."""

import sys
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from gymnasium.spaces import Discrete
from gymnasium.utils import seeding
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from vienv.core import arena, invariants, jit, tick
from vienv.core.params import DemandParams, Prices
from vienv.core.state import Clock, FloatArray, IntArray, Outcome, Reward
from vienv.envs import reward, step
from vienv.envs.action import FACES, Face
from vienv.envs.hand_out import NUM_TOLD, Told
from vienv.envs.infos import Infos, columns_of, empty_infos, infos_of
from vienv.envs.report import report
from vienv.envs.show import Float32Array
from vienv.envs.spaces import Layout, Observation, observation_of
from vienv.envs.threads import Crew
from vienv.scenario import Scenario, load
from vienv.scenario.generate import Worlds
from vienv.scenario.keys import SPLITS
from vienv.scenario.sizes import has_more
from vienv.scenario.world import write as write_worlds

_LARGEST_WORLD = 2**31
COMPILING = "compiling kernels, once"
"""Said on stderr to whoever makes an environment and has to wait for it."""


class ClusterVectorEnv(VectorEnv[Any, Any, Any]):
    """A batch of clusters of one scenario, each in a world of its own.

    Args:
        num_envs: Clusters in the batch.
        scenario: A preset's name, the path of a TOML or JSON file, a dict of the same keys, or a loaded `Scenario`.
        face: Which action space: one of `vienv.envs.action.FACES`.
        demand: Path of a trace to run under the scenario: Bitbrains or PlanetLab npz, CloudSim's folder, or CSV.
        split: "train", "tune" or "test": which worlds; the three are disjoint.
        worlds: World of each cluster at a reset without seed; by default each draws its own.
        decision_intervals: Intervals of 300 s that a commit lets pass.
        reward_weights: Weights over the terms of `enums.Term`; by default 1 - bill / scale.
        obs: "dict", or "flat" for one Box.
        mask_in_obs: Whether the dict has `action_mask`, for libraries that look there.
        levels: DrsTuning-v0 only: Discrete(25) instead of a Box.
        max_hosts: Pad hosts to this number, so that one network trains on several scenarios; None for no padding.
        max_vms: Likewise for VMs.
        num_threads: Threads that share the clusters; the numbers are the same for any. One cluster takes one thread.
        autoreset_mode: An `AutoresetMode` or its value.
        foresight_samples: 0. Above 0 the statistics show the true means of that many 300 s samples to come: for the
            clairvoyant reference only.
        debug: Check the invariants of `core.invariants` after every step.
        max_episode_steps: Passed by gymnasium.make_vec; must be None, since an episode ends by simulated time.
        render_mode: None; a batch has no picture.

    Raises:
        ValueError: For an argument outside what is listed (a ScenarioError for a scenario or trace).
    """

    metadata: dict[str, Any] = {"render_modes": [], "autoreset_mode": AutoresetMode.NEXT_STEP}  # noqa: RUF012

    def __init__(
        self,
        num_envs: int = 1,
        scenario: str | Path | dict[str, Any] | Scenario = "office",
        *,
        face: str = "vienv/Cluster-v0",
        demand: str | Path | None = None,
        split: str = "train",
        worlds: Sequence[int] | None = None,
        decision_intervals: int = 1,
        reward_weights: Mapping[str, float] | None = None,
        obs: str = "dict",
        mask_in_obs: bool = False,
        levels: bool = False,
        max_hosts: int | None = None,
        max_vms: int | None = None,
        num_threads: int = 1,
        autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
        foresight_samples: int = 0,
        debug: bool = False,
        max_episode_steps: int | None = None,
        render_mode: str | None = None,
    ) -> None:
        _require(num_envs >= 1, "num_envs", num_envs, "an integer of at least 1")
        _require(num_threads >= 1, "num_threads", num_threads, "an integer of at least 1")
        _require(split in SPLITS, "split", split, " | ".join(SPLITS))
        _require(decision_intervals >= 1, "decision_intervals", decision_intervals, "an integer of at least 1")
        _require(obs in ("dict", "flat"), "obs", obs, "dict | flat")
        _require(not (mask_in_obs and obs == "flat"), "mask_in_obs", mask_in_obs, 'False with obs="flat"')
        _require(worlds is None or len(worlds) == num_envs, "worlds", worlds, f"{num_envs} numbers")
        _require(
            max_episode_steps is None, "max_episode_steps", max_episode_steps, "None: the scenario's duration ends it"
        )
        _require(render_mode is None, "render_mode", render_mode, "None")
        self.scenario = scenario if isinstance(scenario, Scenario) else load(scenario)
        self.worlds = Worlds(self.scenario, demand)
        sizes = self.worlds.sizes
        for name, given, least in (("max_hosts", max_hosts, sizes.hosts), ("max_vms", max_vms, sizes.vms)):
            _require(given is None or given >= least, name, given, f"at least the scenario's {least}")
        self.layout = Layout(
            FACES[face],
            max_hosts or sizes.hosts,
            max_vms or sizes.vms,
            sizes.recommendations,
            obs == "flat",
            levels,
            mask_in_obs,
        )
        self.num_envs, self.split, self.debug = num_envs, split, debug
        self.autoreset_mode = AutoresetMode(autoreset_mode)
        self.metadata = {**self.metadata, "autoreset_mode": self.autoreset_mode}
        self.single_observation_space = self.layout.observation_space()
        self.single_action_space = self.layout.action_space()
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        self._named_worlds = None if worlds is None else [int(w) for w in worlds]
        self._weights = None if reward_weights is None else reward.checked_weights(reward_weights)
        self._foresight_samples = foresight_samples
        self._has_ended = False
        self._lay_out(decision_intervals)
        self._crew = Crew(min(num_threads, num_envs))
        weakref.finalize(self, self._crew.close)
        annexes = [tick.more] * has_more(self.scenario) + [step.heuristics] * (FACES[face] == Face.DRS_TUNING)
        jit.ready(step.step, write_worlds, *annexes, tell=lambda: print(COMPILING, file=sys.stderr))

    def reset(
        self, *, seed: int | Sequence[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, Infos]:
        """Start episodes: seed n is world n of the split (cluster e gets n + e); `options`: world, reset_mask.

        Without a seed a cluster goes on to the next world of its own sequence, or to the one named at construction.
        """
        options = options or {}
        chosen = np.asarray(options.get("reset_mask", np.ones(self.num_envs, bool)), bool)
        seeds = [None] * self.num_envs if seed is None else seed
        if isinstance(seeds, int | np.integer):
            seeds = [int(seeds) + e for e in range(self.num_envs)]
        named = options.get("world", self._named_worlds if seed is None else None)
        named = [named] * self.num_envs if named is None or isinstance(named, int | np.integer) else named
        rows = np.flatnonzero(chosen).tolist()
        for e in rows:
            seed_of_row = seeds[e]
            if seed_of_row is not None:
                self._generators[e], _ = seeding.np_random(int(seed_of_row))
        self._start(rows, [seeds[e] if named[e] is None else named[e] for e in rows])
        self._actions[:, 0] = np.where(chosen, step.Deed.BEGIN, step.Deed.IDLE)
        shown, columns = self._cross()
        return shown, self._infos(columns)

    def step(
        self, actions: Any
    ) -> tuple[Observation, NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_], Infos]:
        """Take one action in each cluster; only a commit (0) takes simulated time and earns reward."""
        self.take_note(actions)
        if self._has_ended and self.autoreset_mode == AutoresetMode.NEXT_STEP:
            self._renew(self._is_over())
        shown, columns = self._cross()
        self.check()
        rewards = columns[Told.REWARD]
        terminations, truncations = ends = columns[Told.TERMINATED : Told.TRUNCATED + 1] != 0.0
        self._has_ended = bool(np.count_nonzero(ends))
        infos = self._infos(columns)
        if self._has_ended and self.autoreset_mode == AutoresetMode.SAME_STEP:
            ended = terminations | truncations
            final = {"final_obs": shown, "_final_obs": ended, "final_info": infos, "_final_info": ended}
            self._actions[:, 0] = step.Deed.IDLE
            self._renew(ended)
            shown, columns = self._cross()
            infos = {**self._infos(columns), **final}
        return shown, rewards, terminations, truncations, infos

    def action_masks(self) -> NDArray[np.int8]:
        """Which actions VirtualCenter would accept now, (num_envs, actions) int8; exact."""
        return self.layout.masks(self._output)

    def report(self) -> list[dict[str, float]]:
        """Each cluster's episode so far: terms and metrics of `enums` in physical units, and its bill in EUR."""
        worlds, rows = self.worlds, zip(self._floats, self._ints, strict=True)
        return [report(f, i, self._spans, worlds.sizes.hosts, worlds.cluster_names) for f, i in rows]

    def close_extras(self, **_: Any) -> None:
        """Let the threads end."""
        self._crew.close()

    def world_of(self, e: int) -> int:
        """World that cluster e is in."""
        return int(self._clock.world[e, 0])

    def rows(self, e: int) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
        """Cluster e's two arena rows and the spans: what `vienv.core` works on, live.

        They may be written until the next step, which writes the whole observation anew: to write again, ask again.
        """
        self._clock.is_shown[e, 0] = 0
        return self._floats[e], self._ints[e], self._spans

    @property
    def native(self) -> tuple[FloatArray, IntArray, IntArray, FloatArray, Float32Array]:
        """What `envs.step.step` works on: both arenas, the spans, the actions and the output, live."""
        return self._floats, self._ints, self._spans, self._actions, self._output

    def take_note(self, actions: Any) -> None:
        """Write down one action a cluster for the next crossing; ValueError for what is not in the action space."""
        numbers = np.asarray(actions, np.float64).reshape(self.num_envs, -1)
        if isinstance(self.single_action_space, Discrete):
            size = int(self.single_action_space.n)
            is_inside = (numbers >= 0) & (numbers < size)
            if numbers.shape[1] != 1 or np.count_nonzero(is_inside) != self.num_envs:
                raise ValueError(f"actions: {actions!r} has a value that is not in 0..{size - 1}")
            self._actions[:, 1:2] = numbers
        else:
            if numbers.shape[1] != 2 or not np.isfinite(numbers).all():
                raise ValueError(f"actions: {actions!r} is not {self.num_envs} pairs of finite numbers")
            self._actions[:, 1:] = np.clip(numbers, -1.0, 1.0)
        self._actions[:, 0] = step.Deed.ACT

    def check(self) -> None:
        """With `debug`, hold the invariants of every cluster."""
        for e in range(self.num_envs if self.debug else 0):
            invariants.require(self._floats[e], self._ints[e], self._spans)

    def _lay_out(self, decision_intervals: int) -> None:
        """Allocate the arenas, the output and the views of a batch, once."""
        layout, n = self.layout, self.num_envs
        spans, num_floats, num_ints = arena.spans_of(self.worlds.sizes)
        extra = [
            *layout.part_rows(),
            (layout.num_hosts, layout.num_vms, layout.num_recommendations),
            (layout.face, decision_intervals, layout.has_levels),
        ]
        self._spans = np.vstack([spans, np.array(extra, np.int64)])
        self._floats, self._ints = np.zeros((n, num_floats)), np.zeros((n, num_ints), np.int64)
        self._output = np.zeros((n, layout.width), np.float32)
        self._pieces, self._num_shown = layout.pieces(n), n * layout.num_shown
        self._empty_infos = empty_infos(n)
        self._actions: FloatArray = np.zeros((n, 3))
        batch = (self._floats, self._ints, self._spans)
        self._clock, self._outcome = arena.batch_of(Clock, *batch), arena.batch_of(Outcome, *batch)
        self._weight = arena.batch_of(Reward, *batch).weight
        self._scale: Any = arena.batch_of(Prices, *batch).interval_scale
        self._foresight: Any = arena.batch_of(DemandParams, *batch).foresight_samples
        self._generators = [seeding.np_random()[0] for _ in range(n)]

    def _cross(self) -> tuple[Observation, FloatArray]:
        """Make the native call, into fresh arrays: what is shown, and what is told as (NUM_TOLD, num_envs)."""
        shown = np.empty(self._num_shown, np.float32)
        told = np.empty(self.num_envs * NUM_TOLD)
        self._crew.step((*self.native, shown, told))
        observation = observation_of(shown, self._pieces)
        if self.layout.has_mask:
            observation["action_mask"] = self.action_masks()  # type: ignore[call-overload]  # it is a dict then
        return observation, columns_of(told, self.num_envs)

    def _infos(self, columns: FloatArray) -> Infos:
        return infos_of(self._empty_infos, self._clock.world[:, 0].copy(), columns)

    def _renew(self, ended: NDArray[np.bool_]) -> None:
        """Put the next worlds where episodes have ended, for the next crossing to begin."""
        rows = np.flatnonzero(ended).tolist()
        self._start(rows, [None if self._named_worlds is None else self._named_worlds[e] for e in rows])
        self._actions[rows, 0] = step.Deed.BEGIN

    def _start(self, rows: list[int], worlds: Sequence[int | None]) -> None:
        """Write a world into each of the clusters `rows`: the one named, or the next of the cluster's own sequence."""
        if not rows:
            return
        numbers = [
            int(self._generators[e].integers(_LARGEST_WORLD)) if named is None else int(named)
            for e, named in zip(rows, worlds, strict=True)
        ]
        self.worlds.write_many(self._floats, self._ints, self.split, rows, numbers)
        clock = arena.clock_of(*self.rows(rows[0]))
        interval_s = clock.tick_s[0] * clock.ticks_per_interval[0]
        prices, num_hosts = arena.prices_of(*self.rows(rows[0])), self.worlds.sizes.hosts
        bill = reward.bill_weights(prices, num_hosts, interval_s)
        if self._weights is None:
            self._weight[rows] = 0.0 - reward.in_order(bill) / self._scale[rows]
            self._outcome.constant[rows] = 1.0 - reward.licence_eur(prices, num_hosts, interval_s) / self._scale[rows]
        else:
            self._weight[rows] = reward.in_order(self._weights)
        if self._foresight_samples:
            self._foresight[rows] = self._foresight_samples

    def _is_over(self) -> NDArray[np.bool_]:
        clock = self._clock
        return (clock.is_terminated[:, 0] == 1) | (clock.interval[:, 0] >= clock.intervals_per_episode[:, 0])


def _require(is_met: bool, name: str, value: object, allowed: str) -> None:
    if not is_met:
        raise ValueError(f"{name}: {value!r} is not allowed; allowed: {allowed}")
