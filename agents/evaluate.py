"""How a policy stands on worlds of the `tune` split: its bill against static's, never its reward.

The contest does the same on `test` worlds; nothing here touches those.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vienv.baselines.policy import Policy
from vienv.baselines.static import Static
from vienv.envs.vector_env import ClusterVectorEnv
from vienv.scenario import load
from vienv.scenario.schema import Scenario

SPLIT = "tune"
HOURS_A_DAY = 24.0


@dataclass(frozen=True)
class Standing:
    """What a policy did on the tune worlds. cost_index: 100 is static, lower is better."""

    overall: float  # geometric mean of the scenarios' indices
    cost_index: dict[str, float]  # by scenario
    migrations_a_day: dict[str, float]
    power_cycles_a_day: dict[str, float]


class TuneWorlds:
    """The worlds 0 .. worlds - 1 of some scenarios, and what static costs in them."""

    def __init__(self, scenarios: Sequence[str], worlds: int) -> None:
        self.worlds = worlds
        self._scenarios: dict[str, Scenario] = {name: load(name) for name in scenarios}
        static = Static()
        self._static = {name: bills(reports) for name, reports in self._play_all(static).items()}

    def measure(self, policy: Policy) -> Standing:
        """Play a policy in all of them."""
        played = self._play_all(policy)
        indices = {name: 100.0 * bills(played[name]).sum() / self._static[name].sum() for name in played}
        return Standing(
            overall=math.exp(sum(map(math.log, indices.values())) / len(indices)),
            cost_index=indices,
            migrations_a_day=self._a_day(played, "migrations"),
            power_cycles_a_day=self._a_day(played, "power_cycles"),
        )

    def _play_all(self, policy: Policy) -> dict[str, list[dict[str, float]]]:
        return {name: play(policy, scenario, range(self.worlds)) for name, scenario in self._scenarios.items()}

    def _a_day(self, played: Mapping[str, list[dict[str, float]]], term: str) -> dict[str, float]:
        days = {name: scenario.duration_h / HOURS_A_DAY for name, scenario in self._scenarios.items()}
        return {name: float(np.mean([r[term] for r in reports])) / days[name] for name, reports in played.items()}


def play(policy: Policy, scenario: Scenario, worlds: Sequence[int]) -> list[dict[str, float]]:
    """Play worlds of the tune split to their end; one report a world."""
    settings: dict[str, Any] = getattr(policy, "env_settings", {})
    env = ClusterVectorEnv(
        len(worlds),
        scenario,
        face=policy.env_id,
        split=SPLIT,
        worlds=list(worlds),
        autoreset_mode="Disabled",
        **settings,
    )
    policy.reset(env.num_envs, worlds[0])
    observation, _ = env.reset()
    is_over = np.zeros(env.num_envs, bool)
    while not is_over.all():
        actions = policy.act(observation, env.action_masks())  # type: ignore[arg-type]
        observation, _, terminated, truncated, _ = env.step(actions)
        is_over |= terminated | truncated
    reports = env.report()
    env.close()
    return reports


def bills(reports: Sequence[Mapping[str, float]]) -> NDArray[np.float64]:
    """Bill of each world, EUR."""
    return np.array([report["bill"] for report in reports])
