"""Floor 0: the physics of one cluster, jitted. numba and numpy only; no gymnasium, no strings, no I/O."""
