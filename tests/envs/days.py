"""Small PlanetLab days to play in tests: noisy VMs, bursts, and some that fall silent and are destroyed."""

from pathlib import Path

import numpy as np

from vienv.envs.planetlab.vector_env import PlanetLabVectorEnv

DAY = "20110303"
NUM_VMS = 24


def percent_of(num_vms: int = NUM_VMS, seed: int = 0) -> np.ndarray:
    """Whole percentages (num_vms, 288); every fifth VM asks nothing now and then."""
    draws = np.random.default_rng(seed)
    level = draws.integers(5, 70, (num_vms, 1)) + 25 * np.sin(np.arange(288) / draws.integers(5, 40, (num_vms, 1)))
    percent = np.clip(level + draws.normal(0.0, 12.0, (num_vms, 288)), 1, 100).astype(np.uint8)
    percent[::5, 200:203] = 0
    return percent


def write_day(folder: Path, num_vms: int = NUM_VMS, seed: int = 0, day: str = DAY) -> str:
    """Write an archive of a day; returns the folder, as an environment takes it."""
    names = np.array([f"{'VvWw'[v % 4]}{v:03d}" for v in range(num_vms)], "S")
    np.savez(folder / f"planetlab_{day}.npz", cpu_percent=percent_of(num_vms, seed), names=names)
    return str(folder)


def days(data: str, num_envs: int = 1, mode: str = "Disabled", **settings) -> PlanetLabVectorEnv:
    """A batch that never resets by itself."""
    return PlanetLabVectorEnv(num_envs, data, autoreset_mode=mode, **settings)
