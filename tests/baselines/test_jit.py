"""The compiled baselines do what their Python source does, action by action."""

import os
import subprocess
import sys

import numpy as np

from tests.baselines.observations import batch, cluster, put, recommend
from vienv.baselines import make
from vienv.core.columns import HostColumn, VmColumn

POLICIES = ("drs-3", "dpm", "drs-dpm", "consolidate")
CLUSTERS = 60


def actions() -> list[list[int]]:
    """What the jitted policies do on clusters of every kind, drawn once and for all."""
    return [make_and_play(name).tolist() for name in POLICIES]


def make_and_play(name: str) -> np.ndarray:
    draw = np.random.default_rng(11)
    policy = make(name)
    policy.reset(CLUSTERS)
    face = "cluster" if name == "consolidate" else "recommendations"
    return policy.act(*batch(*[_drawn(draw, face) for _ in range(CLUSTERS)]))


def _drawn(draw: np.random.Generator, face: str):
    level = draw.uniform(0.02, 0.1)
    cpu = [list(draw.uniform(0.0, 2.0 * level, 10)) for _ in range(4)]
    c = cluster(cpu, [list(draw.uniform(0.0, level, 10)) for _ in range(4)], draw.uniform(0.8, 1.2), face)
    c.vms[:, VmColumn.MIGRATION_TIME] = draw.uniform(0.01, 0.1, len(c.vms))
    c.hosts[:, HostColumn.DEVIATION_40] = draw.uniform(0.0, 0.03)
    if draw.random() < 0.5:
        c.placement[c.placement == 3] = 0
        put(c, 3, HostColumn.STANDBY)
    if face == "recommendations" and draw.random() < 0.3:
        recommend(
            c, 0, gain=draw.uniform(0.0, 0.05), migration_time=draw.uniform(0.0, 0.5), demand_5=draw.uniform(0.0, 0.1)
        )
    return c


def test_compiled_and_interpreted_baselines_agree():
    script = "from tests.baselines.test_jit import actions; print(actions())"
    played = {
        subprocess.run(
            [sys.executable, "-c", script],
            env=os.environ | {"NUMBA_DISABLE_JIT": flag},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for flag in ("0", "1")
    }
    assert len(played) == 1
    drs, dpm, both, packing = (np.array(a) for a in eval(played.pop()))
    assert 0 < (drs > 0).mean() < 1
    assert len(set(dpm)) > 2 and len(set(both)) > 2 and len(set(packing)) > 2
