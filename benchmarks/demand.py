"""Set the synthetic demand beside a real trace: mean, peak, rhythm and how VMs move together.

    python -m benchmarks.demand --data ../shared/data/bitbrains/bitbrains_50vm_20d.npz

Both are fractions of configured CPU at 300 s over a week; each figure is the median over VMs (cross-correlation: mean
over pairs).
"""

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vienv.core.state import Workload
from vienv.scenario import Worlds, load
from vienv.scenario.rows import Rows
from vienv.scenario.traces import read_trace

SAMPLES_AN_HOUR = 12
HOURS_A_DAY = 24
DAYS = 7
LAGS = {"5 min": 1, "1 h": SAMPLES_AN_HOUR, "24 h": HOURS_A_DAY * SAMPLES_AN_HOUR}


def figures(rows: NDArray[np.float64]) -> dict[str, float]:
    """The table's column for demand rows (vms, samples) without gaps."""
    rows = rows[rows.std(axis=1) > 0.0]
    mean, spread = rows.mean(axis=1), rows.std(axis=1)
    standard = (rows - mean[:, None]) / spread[:, None]
    hours = (
        rows[:, : rows.shape[1] // SAMPLES_AN_HOUR * SAMPLES_AN_HOUR]
        .reshape(len(rows), -1, SAMPLES_AN_HOUR)
        .mean(axis=2)
    )
    total = rows.sum(axis=0)
    found = {
        "mean, % of configured (of all)": 100.0 * float(mean.mean()),
        "mean, % (median VM)": 100.0 * float(np.median(mean)),
        "share of the busiest tenth of VMs, %": 100.0
        * float(np.sort(mean)[-max(1, len(mean) // 10) :].sum() / mean.sum()),
        "coefficient of variation": float(np.median(spread / mean)),
        "peak / mean": float(np.median(rows.max(axis=1) / mean)),
        "peak / mean, 99.9 %": float(np.median(np.quantile(rows, 0.999, axis=1) / mean)),
        "peak / mean of hourly means": float(np.median(hours.max(axis=1) / mean)),
        "peak / mean of the sum": float(total.max() / total.mean()),
    }
    for name, lag in LAGS.items():
        found[f"autocorrelation, {name}"] = float(np.median((standard[:, lag:] * standard[:, :-lag]).mean(axis=1)))
    correlation = standard @ standard.T / standard.shape[1]
    found["cross-correlation"] = float(correlation[np.triu_indices(len(rows), 1)].mean())
    return found


def synthetic(preset: str, world: int) -> NDArray[np.float64]:
    """Demand rows (vms, samples) of a preset's world, a week long."""
    scenario = load(preset).model_copy(update={"duration_h": float(HOURS_A_DAY * DAYS)})
    worlds = Worlds(scenario)
    floats, ints = np.zeros(worlds.num_floats), np.zeros(worlds.num_ints, np.int64)
    worlds.write(floats, ints, "tune", world)
    demand = Rows(floats, ints, worlds.spans).view(Workload).demand.reshape(-1, worlds.sizes.vms)
    return demand[SAMPLES_AN_HOUR:-1].T


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--preset", default="rack")
    arguments = parser.parse_args()
    trace = read_trace(arguments.data).fractions
    trace = trace[:, : DAYS * HOURS_A_DAY * SAMPLES_AN_HOUR]
    whole = trace[~np.isnan(trace).any(axis=1)].astype(np.float64)
    columns = {
        f"{arguments.preset}, a week": figures(synthetic(arguments.preset, 0)),
        f"{arguments.data.stem}": figures(whole),
    }
    busy = whole[whole.mean(axis=1) > np.median(whole.mean(axis=1))]
    columns["its busier half"] = figures(busy)
    print("| figure | " + " | ".join(columns) + " |")
    print("|---|" + "---|" * len(columns))
    for name in next(iter(columns.values())):
        print(f"| {name} | " + " | ".join(f"{column[name]:.2f}" for column in columns.values()) + " |")


if __name__ == "__main__":
    main()
