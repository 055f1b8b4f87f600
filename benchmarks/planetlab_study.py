"""What CloudSim's consolidation benchmark rests on, measured: the tables and the picture of docs/planetlab.md.

    python -m benchmarks.planetlab_study --data ../shared/data/planetlab --picture docs/planetlab.png

Deleted VMs, free boots, receiving hosts, the order of files, random seeds, and how policies rank with and without the
VMs that CloudSim deletes. Everything is printed in Markdown; what needs one day takes the first.
"""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks import planetlab_picture
from benchmarks.cloudsim_reference import References
from benchmarks.planetlab_runs import without_zeros
from benchmarks.planetlab_watch import RUN, advance, laid, watched
from benchmarks.report import machine
from vienv.cloudsim import Policy, simulate
from vienv.cloudsim import state as s
from vienv.cloudsim.simulation import results_of
from vienv.core import jit
from vienv.scenario.planetlab import days_of, read_day

DETECTORS, SELECTIONS = ("thr", "iqr", "mad", "lr"), ("mmt", "mu", "rs", "mc")
FAMILY = tuple(f"{detector}-{selection}" for selection in SELECTIONS for detector in DETECTORS)
WATCHED = ("dvfs", *(f"{detector}-mmt" for detector in DETECTORS))
SEED = 1
LESS = 1e-9
"""Percent instead of zero, a hundredth of what `--repaired` asks: how much a demand of nearly nothing decides."""


def table(title: str, head: str, lines: Sequence[Sequence[object]]) -> None:
    """Print a table in Markdown."""
    columns = head.split(" | ")
    print(f"\n{title}\n\n| {head} |\n|---|{'---:|' * (len(columns) - 1)}")
    for line in lines:
        print("| " + " | ".join(str(cell) for cell in line) + " |")


def beside(data: Path, name: str, percent: NDArray[np.float64]) -> None:
    """Our figures beside CloudSim's."""
    lines = []
    for row in References(data).rows:
        if row.day != name or row.order != "bytes" or row.seed not in (None, SEED) or row.policy.name.startswith("lrr"):
            continue
        spent = []
        for _ in range(3):
            began = time.process_time()
            r = simulate(percent, row.policy, row.seed or 0)
            spent.append(time.process_time() - began)
        pairs = [
            (f"{ours:.{n}f}", f"{float(theirs):.{n}f}")
            for ours, theirs, n in (
                (r.energy_kwh, row.figures["energy_kwh"], 5),
                (r.migrations, row.figures["migrations"], 0),
                (100 * r.slatah, 100 * row.figures["slatah"], 4),
                (100 * r.pdm, 100 * row.figures["pdm"], 5),
            )
        ]
        cpu_s = float(np.median(spent))
        lines.append([row.policy.name, *(c for pair in pairs for c in pair), r.host_shutdowns])
        lines[-1] += [f"{cpu_s:.3f}", f"{row.cpu_s:.1f}", f"{row.cpu_s / cpu_s:.0f}"]
    head = "policy | kWh | CloudSim | migrations | CloudSim | SLATAH % | CloudSim | PDM % | CloudSim"
    table(f"{name}, {len(percent)} VMs", f"{head} | shutdowns | CPU s | CloudSim | times", lines)


def rest(percent: NDArray[np.float64]) -> None:
    """What is not charged and what is counted oddly."""
    lines = []
    for name in WATCHED:
        w = watched(percent, Policy.parse(name), SEED)
        r = w.results
        lines.append([name, r.host_shutdowns, w.never_used, w.boots, f"{w.boot_kwh:.1f}"])
        lines[-1] += [f"{100 * w.boot_kwh / r.energy_kwh:.0f} %", f"{w.opening_kwh:.2f}", f"{w.closing_kwh:.2f}"]
        lines[-1] += [f"{100 * w.receiving:.1f} %", f"{r.migrations - r.distinct_vm_moves:,}"]
        lines[-1] += [f"{w.overfull:,}", f"{w.left_alone:,}"]
    head = "policy | shutdowns | of hosts never used | boots | boots' kWh | of the bill | first 300 s kWh | last s kWh"
    table("Not charged", f"{head} | SLATAH receiving | planned twice | host-ticks over 100 % | left alone", lines)


def orders(data: Path, name: str, percent: NDArray[np.float64]) -> None:
    """Twenty shuffles of the files; thirty seeds of random selection; Java's hash order; nearly nothing."""
    draws = [np.random.default_rng(k).permutation(len(percent)) for k in range(20)]
    upper = read_day(data, name, "uppercase").percent
    lines, found = [], {}
    for policy in (Policy.parse(each) for each in WATCHED):
        runs = found[policy.name] = [simulate(percent[rows], policy) for rows in draws]
        kwh, moves = np.array([r.energy_kwh for r in runs]), np.array([r.migrations for r in runs])
        sorted_ones = [simulate(percent, policy), simulate(upper, policy)]
        lines.append([policy.name, f"{kwh.mean():.1f}", f"{kwh.std(ddof=1):.1f}", f"{kwh.min():.1f}-{kwh.max():.1f}"])
        lines[-1] += [f"{moves.mean():,.0f}", f"{moves.std(ddof=1):,.0f}"]
        lines[-1] += [f"{r.energy_kwh:.2f}" for r in sorted_ones] + [f"{r.migrations:,}" for r in sorted_ones]
    head = (
        "policy | kWh mean | sd | range | migrations | sd | kWh bytes | kWh upper | migrations bytes | migrations upper"
    )
    table(f"Order of the files, {len(draws)} shuffles", head, lines)
    print()
    for figure, of in (("kWh", lambda r: r.energy_kwh), ("kWh x SLAV", lambda r: r.energy_kwh * r.slav)):
        winners = [min(list(found)[1:], key=lambda p, k=k: of(found[p][k])) for k in range(len(draws))]
        print(f"best by {figure}: {', '.join(f'{p} {winners.count(p)}' for p in sorted(set(winners)))}")
    rs = [simulate(percent, Policy.parse("thr-rs"), seed) for seed in range(1, 31)]
    for label, values in (
        ("kWh", [r.energy_kwh for r in rs]),
        ("migrations", [r.migrations for r in rs]),
        ("SLATAH %", [100 * r.slatah for r in rs]),
        ("PDM %", [100 * r.pdm for r in rs]),
    ):
        spread = f"mean {np.mean(values):.4f}, sd {np.std(values, ddof=1):.4f}"
        print(f"thr-rs, seeds 1 to 30, {label}: {spread}, {min(values):.4f} to {max(values):.4f}")
    rows = laid(percent, Policy.parse("iqr-mmt"), SEED)
    java = simulate(percent, Policy.parse("iqr-mmt"))
    s.vms_of(*rows).hash[:] = 0  # one bucket: added up in order of arrival
    advance(*rows, RUN)
    print(f"iqr-mmt, PDM: {java.pdm:.12f}, without Java's order {results_of(*rows).pdm:.12f}")
    for policy in (Policy.parse(each) for each in ("thr-mmt", "lr-mmt")):
        for less in (without_zeros(percent), np.where(percent == 0.0, LESS, percent)):
            r = simulate(less, policy)
            print(
                f"{policy.name}, least demand {less.min() / 100:g}: {r.energy_kwh:.2f} kWh, {r.migrations} migrations"
            )


def ranking(percents: dict[str, NDArray[np.float64]]) -> list[planetlab_picture.Point]:
    """Every detector and selection, stock and repaired: by energy, and by energy x SLAV."""
    points = []
    for name, percent in percents.items():
        lines, both = [], []
        for policy in (Policy.parse(each) for each in ("dvfs", *FAMILY)):
            pair = [simulate(each, policy, SEED) for each in (percent, without_zeros(percent))]
            both.append(pair)
            cells = [(f"{r.energy_kwh:.1f}", f"{r.migrations:,}", f"{1e5 * r.slav:.2f}") for r in pair]
            lines.append([policy.name, *(cell for each in zip(*cells, strict=True) for cell in each)])
            points += [planetlab_picture.Point(name, policy, k == 1, r) for k, r in enumerate(pair)]
        for figure in (lambda r: r.energy_kwh, lambda r: r.energy_kwh * r.slav):
            places = [np.argsort(np.argsort([figure(pair[k]) for pair in both[1:]])) + 1 for k in (0, 1)]
            for line, a, b in zip(lines[1:], *places, strict=True):
                line += [a, b]
        lines[0] += ["-"] * 4
        head = "policy | kWh | repaired | migrations | repaired | SLAV 1e-5 | repaired"
        table(f"{name}: stock and repaired, places", f"{head} | by kWh | rep. | by kWh x SLAV | rep.", lines)
    return points


def main() -> None:
    """Print the tables; draw the picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--picture", type=Path, help="where to draw energy against SLAV")
    arguments = parser.parse_args()
    jit.ready(advance)
    percents = {name: read_day(arguments.data, name).percent for name in days_of(arguments.data)}
    first, percent = next(iter(percents.items()))
    print(", ".join(machine().values()))
    for name, each in percents.items():
        beside(arguments.data, name, each)
    rest(percent)
    orders(arguments.data, first, percent)
    points = ranking(percents)
    if arguments.picture:
        planetlab_picture.draw(points, arguments.picture)


if __name__ == "__main__":
    main()
