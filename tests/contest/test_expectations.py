"""What the heuristics must do on the presets, if model and baselines are right: the figures that people quote."""

import numpy as np
import pytest

from vienv import baselines
from vienv.envs.vector_env import ClusterVectorEnv

NUM_WORLDS = 4


def means(name: str, scenario: str) -> dict[str, float]:
    policy = baselines.make(name)
    env = ClusterVectorEnv(
        NUM_WORLDS, scenario, face=policy.env_id, split="test", worlds=range(NUM_WORLDS), autoreset_mode="Disabled"
    )
    policy.reset(NUM_WORLDS)
    observation, _ = env.reset()
    is_over = np.zeros(NUM_WORLDS, bool)
    while not is_over.all():
        observation, _, terminated, truncated, _ = env.step(policy.act(observation, env.action_masks()))
        is_over |= terminated | truncated
    reports = env.report()
    return {key: float(np.mean([report[key] for report in reports])) for key in reports[0]}


@pytest.mark.parametrize("scenario", ["lab", "office", "rack", "datacenter", "rack-modern"])
def test_drs_3_has_less_than_half_of_statics_imbalance(scenario):
    assert means("drs-3", scenario)["imbalance"] < 0.5 * means("static", scenario)["imbalance"]


@pytest.mark.parametrize("scenario", ["rack", "datacenter"])
def test_drs_dpm_saves_a_quarter_of_the_energy_and_starves_nobody(scenario):
    static, managed = means("static", scenario), means("drs-dpm", scenario)
    assert managed["energy_kwh"] < 0.75 * static["energy_kwh"]
    assert managed["unserved_cpu_ghz_h"] < 0.005 * managed["demand_cpu_ghz_h"]


def test_drs_1_is_static_figure_for_figure():
    assert means("drs-1", "lab") == means("static", "lab")
