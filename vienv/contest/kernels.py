"""Compile the kernels ahead of a run, so that nobody wonders why the first world takes so long."""

from rich.console import Console

from vienv import baselines
from vienv.core import invariants, jit, tick
from vienv.envs import step
from vienv.envs.vector_env import COMPILING
from vienv.scenario import world


def warm_up(console: Console) -> None:
    """Load every crossing from the cache, or compile it once and say so."""
    ours = (step.step, step.heuristics, tick.more, world.write, invariants.violation)
    jit.ready(*ours, tell=lambda: console.print(COMPILING))
    for name in baselines.names():
        baselines.make(name)  # readies its own
