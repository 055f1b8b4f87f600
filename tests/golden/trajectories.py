"""Fixed plays of fixed worlds, as a hash of every byte shown and as figures.

`python -m tests.golden.trajectories --write` renews golden.json. Do so only in a commit that changes trajectories on
purpose; CHANGELOG then says so under "Changes trajectories".
"""

import hashlib
import json
import math
import platform
import sys
from pathlib import Path
from typing import Any

import numba
import numpy as np

from tests.envs.play import MIXED, actions, clusters, copy_of, digest_parts

GOLDEN = Path(__file__).with_name("golden.json")
DIGITS = 12
PLAYS: dict[str, tuple[Any, str, int]] = {
    "lab": ("lab", "vienv/Cluster-v0", 120),
    "lab-recommendations": ("lab", "vienv/Recommendations-v0", 120),
    "lab-tuning": ("lab", "vienv/DrsTuning-v0", 60),
    "office": ("office", "vienv/Cluster-v0", 120),
    "rack": ("rack", "vienv/Recommendations-v0", 40),
    "mixed": (MIXED, "vienv/Cluster-v0", 150),
}
"""Name: scenario, face, steps."""


def play(name: str, steps: int | None = None) -> dict[str, Any]:
    """The hash and the figures of a play, or of its first steps."""
    scenario, face, all_steps = PLAYS[name]
    env = clusters(1, scenario, face=face, levels=face == "vienv/DrsTuning-v0", split="test")
    seen = hashlib.sha256(digest_parts(env.reset(seed=42)[0]))
    draws = [np.random.default_rng(42)]
    for _ in range(steps or all_steps):
        observation, rewards, terminations, truncations, _ = env.step(actions(env, draws, commit=0.5))
        for part in (digest_parts(observation), rewards, terminations, truncations, env.action_masks(), *copy_of(env)):
            seen.update(part)
    return {"sha256": seen.hexdigest(), "figures": {k: _rounded(v) for k, v in env.report()[0].items()}}


def machine() -> dict[str, Any]:
    """What bytes may depend on: NumPy's vector code differs by processor, the rest by version."""
    features = np.show_config(mode="dicts")["SIMD Extensions"]
    return {
        "machine": platform.machine(),
        "python": ".".join(platform.python_version_tuple()[:2]),
        "numpy": np.__version__,
        "numba": numba.__version__,
        "simd": sorted(features["found"]),
    }


def _rounded(value: float) -> float:
    return 0.0 if value == 0.0 else round(value, DIGITS - 1 - math.floor(math.log10(abs(value))))


if __name__ == "__main__":
    if "--write" in sys.argv:
        golden = {"machine": machine(), "plays": {name: play(name) for name in PLAYS}}
        GOLDEN.write_text(json.dumps(golden, indent=1) + "\n")
    else:
        print(play(sys.argv[1], int(sys.argv[2]))["sha256"])
