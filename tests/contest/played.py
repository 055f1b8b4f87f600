"""A contest whose cells are made up: policies with known figures, for tests of what is said about them."""

from pathlib import Path

import numpy as np

from vienv.contest import cells
from vienv.contest.competitors import Competitor
from vienv.contest.entries import Entry
from vienv.contest.run import Contest
from vienv.scenario import load

FIGURES = {  # energy saved, imbalance, migrations, power cycles
    "static": (0.0, 0.160, 0, 0), "random": (-0.02, 0.210, 250, 12), "drs-1": (0.0, 0.160, 0, 0),
    "drs-2": (0.0, 0.120, 30, 0), "drs-3": (0.0, 0.070, 80, 0), "drs-4": (0.0, 0.064, 120, 0),
    "drs-5": (0.0, 0.060, 190, 0), "dpm": (0.25, 0.190, 60, 9), "drs-dpm": (0.26, 0.080, 150, 10),
    "drs-dpm-tuned": (0.28, 0.082, 140, 8), "consolidate": (0.31, 0.24, 190, 14), "pack-once": (0.22, 0.20, 20, 5),
    "open-loop": (0.17, 0.19, 130, 10), "clairvoyant": (0.29, 0.07, 150, 10), "ppo-tuner": (0.275, 0.079, 140, 9),
    "ppo-recommend": (0.27, 0.086, 110, 7),
}  # fmt: skip


def played(folder: Path, scenarios=("lab", "office"), num_worlds: int = 12, seeds: int = 1) -> Contest:
    """Write the cells and return the contest; `ppo-` agents come with `seeds` training seeds, trained on lab alone."""
    entries = tuple(Entry(load(name), "5" * 64, None, "") for name in scenarios)
    competitors = tuple(
        Competitor(name, name, "", (), "9" * 64, seed, ("lab",) if "ppo" in name else None, name != "clairvoyant", 0)
        for name in FIGURES
        for seed in range(seeds if "ppo" in name else 1)
    )
    contest = Contest(entries, competitors, 0, num_worlds, folder, "7" * 64, "6" * 64)
    for entry in entries:
        for competitor in competitors:
            for world in contest.worlds():
                totals = _totals(entry, competitor, world)
                cells.write(folder, contest.identity(entry, competitor, world), totals)
    return contest


def _totals(entry: Entry, competitor: Competitor, world: int) -> dict[str, float]:
    hosts = sum(group.count for group in entry.scenario.hosts)
    saved, imbalance, migrations, cycles = FIGURES[competitor.name]
    common = np.random.default_rng((world, len(entry.name))).normal(0.0, 1.0, 3)
    own = np.random.default_rng([world, competitor.training_seed, *competitor.name.encode()]).normal(0.0, 0.02, 3)
    if competitor.name == "drs-1":  # static's twin
        own = np.random.default_rng([world, 0, *b"static"]).normal(0.0, 0.02, 3)
    kwh = hosts * 5.0 * (1.0 - saved) * (1.0 + 0.05 * common[0] + 0.2 * own[0])
    return {
        "energy_kwh": kwh, "energy_cost": 0.2 * kwh, "imbalance": imbalance * (1.0 + 0.15 * common[1] + own[1]),
        "imbalance_hourly": 0.8 * imbalance, "unserved_cpu_ghz_h": abs(own[2]), "unserved_memory_gb_h": 0.0,
        "demand_cpu_ghz_h": hosts * 100.0, "demand_memory_gb_h": hosts * 200.0, "migrations": float(migrations),
        "vmotion_downtime_s": 0.1 * migrations, "vm_down_s": 0.0, "power_cycles": float(cycles),
        "hosts": float(hosts), "hours": 24.0,
    }  # fmt: skip
