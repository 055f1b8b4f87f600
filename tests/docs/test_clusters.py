"""The page of two clusters says what a run says."""

import tomllib
from typing import Any

import numpy as np
import pytest

from tests.docs.parts import ROOT
from vienv.envs.vector_env import ClusterVectorEnv
from vienv.scenario import load

PAGE, SCENARIO = ROOT / "docs" / "clusters.md", ROOT / "docs" / "clusters.toml"


def line_of(scenario: dict[str, Any], clusters: str) -> str:
    """The page's line of doing nothing in world 0."""
    env = ClusterVectorEnv(1, load(scenario), split="test", worlds=[0], autoreset_mode="Disabled")
    env.reset()
    is_over = False
    while not is_over:
        is_over = bool(env.step(np.zeros(1, np.int64))[3][0])
    r = env.report()[0]
    own = ", ".join(f"{r[f'imbalance_of_{name}']:.3f}" for name in env.worlds.cluster_names)
    imbalance = f"{r['imbalance']:.3f}" + (f" ({own})" if own else "")
    return (
        f"| static | {clusters} | {r['bill']:.2f} | {r['energy_kwh']:.2f} | {imbalance} | {r['migrations']:.0f} |"
        f" {r['restarts']:.0f} | {r['vm_down_s']:.0f} | {r['unserved_cpu_ghz_h']:.2f} |"
    )


@pytest.mark.parametrize("clusters", ["two", "one"])
def test_the_lines_of_static_are_what_a_run_gives_today(clusters: str):
    scenario = tomllib.loads(SCENARIO.read_text())
    if clusters == "one":
        for group in scenario["hosts"]:
            del group["cluster"]
    assert line_of(scenario, clusters) in PAGE.read_text()
