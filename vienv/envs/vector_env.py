"""The native vector environment: a batch of clusters, one crossing a step. The single environment is a batch of one."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from gymnasium.utils import seeding
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from vienv.core import arena, invariants, jit
from vienv.core.enums import Metric
from vienv.core.state import Clock, FloatArray, Ledger, Metrics, Outcome
from vienv.envs import reward, step
from vienv.envs.action import FACES
from vienv.envs.spaces import Layout, Observation
from vienv.scenario import Scenario, load
from vienv.scenario.generate import Worlds
from vienv.scenario.keys import SPLITS
from vienv.scenario.world import write as write_worlds

_LARGEST_WORLD = 2**31
COMPILING = "compiling kernels, once"
"""Said on stderr to whoever makes an environment and has to wait for it."""
Infos = dict[str, Any]


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
        autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
        foresight_samples: int = 0,
        debug: bool = False,
        max_episode_steps: int | None = None,
        render_mode: str | None = None,
    ) -> None:
        _require(num_envs >= 1, "num_envs", num_envs, "an integer of at least 1")
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
        self._lay_out(decision_intervals)
        jit.ready(step.step, write_worlds, tell=lambda: print(COMPILING, file=sys.stderr))

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
        for e in np.flatnonzero(chosen).tolist():
            own_seed = seeds[e]
            if own_seed is not None:
                self._generators[e], _ = seeding.np_random(int(own_seed))
            self._start(e, own_seed if named[e] is None else named[e])
        self._show_first(chosen)
        return self.layout.observations(self._output), self._infos()

    def step(
        self, actions: Any
    ) -> tuple[Observation, NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_], Infos]:
        """Take one action in each cluster; only a commit (0) takes simulated time and earns reward."""
        self._actions[:, 1 : 1 + self._actions_taken] = self._as_numbers(actions)
        self._actions[:, 0] = step.Deed.ACT
        resets = self._is_over() & (self.autoreset_mode == AutoresetMode.NEXT_STEP)
        for e in np.flatnonzero(resets).tolist():
            self._start(e, self._next_world(e))
            self._actions[e, 0] = step.Deed.BEGIN
        step.step(self._floats, self._ints, self._spans, self._actions, self._output)
        self._check()
        rewards = self._outcome.reward[:, 0].copy()
        terminations = self._clock.is_terminated[:, 0] == 1
        truncations = self._is_over() & ~terminations
        infos = self._infos()
        ended = terminations | truncations
        if self.autoreset_mode == AutoresetMode.SAME_STEP and ended.any():
            final = self.layout.observations(self._output)
            for e in np.flatnonzero(ended).tolist():
                self._start(e, self._next_world(e))
            self._show_first(ended)
            infos = {
                **self._infos(),
                "final_obs": final,
                "_final_obs": ended,
                "final_info": infos,
                "_final_info": ended,
            }
        return self.layout.observations(self._output), rewards, terminations, truncations, infos

    def action_masks(self) -> NDArray[np.int8]:
        """Which actions VirtualCenter would accept now, (num_envs, actions) int8; exact."""
        return self.layout.masks(self._output)

    def report(self) -> list[dict[str, float]]:
        """Each cluster's episode so far: terms and metrics of `enums` in physical units, and its bill in EUR."""
        return [self._report(e) for e in range(self.num_envs)]

    def world_of(self, e: int) -> int:
        """World that cluster e is in."""
        return int(self._clock.world[e, 0])

    def rows(self, e: int) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
        """Cluster e's two arena rows and the spans: what `vienv.core` works on, live.

        They may be written until the next step, which writes the whole observation anew: to write again, ask again.
        """
        self._clock.is_shown[e, 0] = 0
        return self._floats[e], self._ints[e], self._spans

    def _lay_out(self, decision_intervals: int) -> None:
        """Allocate the arenas, the output and the views of a batch, once."""
        sizes, n = self.worlds.sizes, self.num_envs
        spans, num_floats, num_ints = arena.spans_of(sizes)
        extra = [
            (self.layout.num_hosts, self.layout.num_vms, self.layout.num_recommendations),
            (self.layout.face, decision_intervals, self.layout.has_levels),
        ]
        self._spans = np.vstack([spans, np.array(extra, np.int64)])
        self._floats, self._ints = np.zeros((n, num_floats)), np.zeros((n, num_ints), np.int64)
        self._output = np.zeros((n, self.layout.width), np.float32)
        self._actions: FloatArray = np.zeros((n, 3))
        self._actions_taken = (
            2 if isinstance(self.single_action_space.shape, tuple) and self.single_action_space.shape else 1
        )
        batch = (self._floats, self._ints, self._spans)
        self._clock, self._outcome = arena.batch_of(Clock, *batch), arena.batch_of(Outcome, *batch)
        self._ledger, self._metrics = arena.batch_of(Ledger, *batch), arena.batch_of(Metrics, *batch)
        self._generators = [seeding.np_random()[0] for _ in range(n)]

    def _start(self, e: int, world: int | None) -> None:
        """Write a world into cluster e: the one named, or the next of its own sequence."""
        if world is None:
            world = int(self._generators[e].integers(_LARGEST_WORLD))
        f, i = self._floats[e], self._ints[e]
        self.worlds.write(f, i, self.split, int(world))
        prices, clock = arena.prices_of(f, i, self._spans), arena.clock_of(f, i, self._spans)
        interval_s = clock.tick_s[0] * clock.ticks_per_interval[0]
        bill = reward.bill_weights(prices, self.worlds.sizes.hosts, interval_s)
        weights, constant = self._weights, 0.0
        if weights is None:
            weights = {name: -eur / prices.interval_scale for name, eur in bill.items()}
            constant = 1.0
        reward.write_weights(arena.reward_of(f, i, self._spans), arena.outcome_of(f, i, self._spans), weights, constant)
        if self._foresight_samples:
            settings = arena.demand_params_of(f, i, self._spans)
            arena.write_params(f, i, self._spans, settings._replace(foresight_samples=self._foresight_samples))

    def _next_world(self, e: int) -> int | None:
        return None if self._named_worlds is None else self._named_worlds[e]

    def _show_first(self, started: NDArray[np.bool_]) -> None:
        self._actions[:, 0] = np.where(started, step.Deed.BEGIN, step.Deed.IDLE)
        step.step(self._floats, self._ints, self._spans, self._actions, self._output)

    def _is_over(self) -> NDArray[np.bool_]:
        clock = self._clock
        return (clock.is_terminated[:, 0] == 1) | (clock.interval[:, 0] >= clock.intervals_per_episode[:, 0])

    def _as_numbers(self, actions: Any) -> NDArray[np.float64]:
        """Actions (num_envs, numbers of one); ValueError for what is not in the action space."""
        numbers = np.asarray(actions, np.float64).reshape(self.num_envs, -1)
        if self._actions_taken == 1:
            size = int(self.single_action_space.n)  # type: ignore[attr-defined]
            if numbers.shape[1] != 1 or not ((numbers >= 0) & (numbers < size)).all():
                raise ValueError(f"actions: {actions!r} has a value that is not in 0..{size - 1}")
            return numbers
        if numbers.shape[1] != 2 or not np.isfinite(numbers).all():
            raise ValueError(f"actions: {actions!r} is not {self.num_envs} pairs of finite numbers")
        return np.clip(numbers, -1.0, 1.0)

    def _check(self) -> None:
        if not self.debug:
            return
        for e in range(self.num_envs):
            invariants.require(self._floats[e], self._ints[e], self._spans)

    def _infos(self) -> Infos:
        """Always the same keys: world, elapsed_s, refusal, the step's terms, and the episode's under `episode_`."""
        everywhere = np.ones(self.num_envs, bool)
        infos: Infos = {
            "world": self._clock.world[:, 0].copy(),
            "elapsed_s": self._outcome.elapsed_s[:, 0].copy(),
            "refusal": self._outcome.refusal[:, 0].copy(),
        }
        terms, totals = self._ledger.step.copy(), self._ledger.episode.copy()
        for t, name in enumerate(reward.TERMS):
            infos[name], infos[f"episode_{name}"] = terms[:, t], totals[:, t]
        return infos | {f"_{name}": everywhere for name in infos}

    def _report(self, e: int) -> dict[str, float]:
        totals = dict(zip(reward.TERMS, self._ledger.episode[e].tolist(), strict=True))
        figures = {m.name.lower(): float(self._metrics.value[e, m]) for m in Metric}
        rows = self._floats[e], self._ints[e], self._spans
        clock = arena.clock_of(*rows)
        interval_s = clock.tick_s[0] * clock.ticks_per_interval[0]
        bill = reward.bill_weights(arena.prices_of(*rows), self.worlds.sizes.hosts, interval_s)
        eur = sum(price * totals[name] for name, price in bill.items())
        intervals, ticks = max(1, int(clock.interval[0])), max(1, int(clock.tick[0]))
        totals["imbalance"] /= intervals
        figures["memory_imbalance"] /= ticks
        figures["imbalance_hourly"] /= max(1.0, clock.now_s[0] // 3600.0)
        figures["hosts_on"] /= ticks * clock.tick_s[0]
        figures |= totals | {"bill": eur, "intervals": intervals, "hosts": self.worlds.sizes.hosts}
        return {name: float(value) for name, value in figures.items()}


def _require(is_met: bool, name: str, value: object, allowed: str) -> None:
    if not is_met:
        raise ValueError(f"{name}: {value!r} is not allowed; allowed: {allowed}")
