"""CloudSim's power-aware consolidation experiments, as kernels: numba and numpy only, on top of the core.

What CloudSim 3.0.3 computes is computed here in the same order of operations, so that the figures of a day are its
figures to the last bit wherever Java's doubles decide. Its public source settled what that order is; none is copied.
"""

from vienv.cloudsim.policy import STANDARD, Policy, PolicyError
from vienv.cloudsim.simulation import Results, ready, simulate

__all__ = ["STANDARD", "Policy", "PolicyError", "Results", "ready", "simulate"]
