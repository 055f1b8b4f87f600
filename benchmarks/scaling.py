"""What the physics costs as a cluster grows, free and contended, and what a cluster takes of memory.

    python -m benchmarks.scaling [--seconds 60] [--json]

The bare kernel (`physics.py`) plays whole episodes of every size in turns, one thread. Cost is CPU ns for one VM and
one tick of 20 s. Demand of a real trace is new each 300 s, hence most ticks repeat what the last one worked out; rows
named "new demand each tick" have ticks of 300 s, where nothing can be repeated. Memory is what the two arenas take of
one cluster, and of one with twice the hosts and VMs.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from benchmarks import clusters, physics, prototype
from benchmarks.blocks import Cost, cpu_ns_a_unit, interleaved
from benchmarks.clusters import CONTENDED, FREE
from benchmarks.report import NS_PER_S, Figure, Report, Row, show_measured
from vienv.core import jit
from vienv.scenario import Scenario
from vienv.scenario.generate import Worlds

LARGE, SMALL = (1000, 10000), (32, 512)
NEW_DEMAND = {"tick_s": 300.0, "interval_s": 3600.0, "duration_h": 12.0}
"""Ticks as long as a trace's sample."""
MEMORY_SIZES = ((8, 64), (16, 64), (32, 512), (100, 1000), (100, 2000), (400, 526), (500, 5000))
"""Twice these are made too."""
_MOST_BYTES = 64 * 2**20
"""Of one batch's arenas, so that large clusters run in smaller batches."""
_MOST_ENVS = 64
_BYTES = 8
Case = tuple[str, str]  # scenario, load


def scenarios(sizes: Sequence[tuple[int, int]], presets: Iterable[str]) -> dict[Case, Scenario]:
    """All that is played, by name and load."""
    found = {(name, load): clusters.preset(name, load) for name in presets for load in clusters.LOADS}
    found |= {(f"{h}x{v}", load): clusters.made(h, v, load) for h, v in sizes for load in clusters.LOADS}
    h, v = sizes[0] if SMALL not in sizes else SMALL
    for load in clusters.LOADS:
        found[f"{h}x{v}, new demand each tick", load] = clusters.made(h, v, load, **NEW_DEMAND)
    return found


def measure(
    seconds: float = 60.0,
    sizes: Sequence[tuple[int, int]] = (*clusters.SIZES, LARGE),
    presets: Iterable[str] = clusters.PRESETS,
) -> Report:
    """Time every size at both loads, in turns."""
    jit.ready(physics.advance)
    batches = {case: _batch(scenario) for case, scenario in scenarios(sizes, presets).items()}
    costs = interleaved({", ".join(case): _block(batch) for case, batch in batches.items()}, seconds)
    report = Report("scaling")
    for case, batch in batches.items():
        report.rows.append(_row(case, batch, costs[", ".join(case)]))
    _judge_loads(report, costs, [case for case in batches if case[1] == FREE])
    for size, load in [(size, load) for size in sizes for load in clusters.LOADS]:
        cost = costs[f"{size[0]}x{size[1]}, {load}"]
        if (size, load) in prototype.FIGURES:
            published = prototype.FIGURES[size, load].numba
            case = f"{size[0]}x{size[1]}, {load}"
            report.figures.append(
                Figure("to_prototype", case, cost.best / published, cost.median / published, prototype.SOURCE)
            )
        if size == LARGE and SMALL in sizes:
            ratio = cost.over(costs[f"{SMALL[0]}x{SMALL[1]}, {load}"])
            report.figures.append(Figure("large_to_small", load, ratio.best, ratio.median))
    report.figures.append(memory_growth())
    return report


def memory_growth() -> Figure:
    """Bytes of a cluster with twice the hosts and VMs, over twice the bytes: at most 1 if they grow in a line."""
    doublings = {size: _bytes_of(2 * size[0], 2 * size[1]) / (2.0 * _bytes_of(*size)) for size in MEMORY_SIZES}
    worst = max(doublings, key=doublings.__getitem__)
    took = np.array([_bytes_of(*size) for size in MEMORY_SIZES], np.float64)
    columns = np.column_stack([np.ones(len(took)), np.array(MEMORY_SIZES, np.float64)])
    (fixed, a_host, a_vm), *_ = np.linalg.lstsq(columns / took[:, np.newaxis], np.ones(len(took)))
    note = f"about {fixed:,.0f} + {a_host:,.0f} a host + {a_vm:,.0f} a VM, bytes, episodes of 2 h"
    return Figure("memory_growth", f"from {worst[0]}x{worst[1]}", doublings[worst], note=note)


def _bytes_of(hosts: int, vms: int) -> int:
    worlds = Worlds(clusters.made(hosts, vms))
    return _BYTES * (worlds.num_floats + worlds.num_ints)


def _batch(scenario: Scenario) -> physics.Batch:
    worlds = Worlds(scenario)
    bytes_each = _BYTES * (worlds.num_floats + worlds.num_ints)
    return physics.Batch(scenario, max(1, min(_MOST_ENVS, _MOST_BYTES // bytes_each)))


def _block(batch: physics.Batch):
    def run() -> float:
        batch.rewind()
        return cpu_ns_a_unit(batch.episode)

    return run


def _row(case: Case, batch: physics.Batch, cost: Cost) -> Row:
    vm_ticks_a_step = batch.num_vms * batch.ticks
    return Row(
        "bare kernel",
        case[0],
        num_envs=len(batch.floats),
        load=case[1],
        vm_ticks_per_s=NS_PER_S / cost.best,
        env_steps_per_s=NS_PER_S / cost.best / vm_ticks_a_step,
        ns_per_vm_tick=cost.best,
        median_over_best=cost.median / cost.best,
        episodes_ended=len(cost.blocks) * len(batch.floats),
        checksum=batch.checksum,
        **batch.census(),
    )


def _judge_loads(report: Report, costs: dict[str, Cost], free: list[Case]) -> None:
    for name, _ in free:
        ratio = costs[f"{name}, {CONTENDED}"].over(costs[f"{name}, {FREE}"])
        report.figures.append(Figure("contended_to_free", name, ratio.best, ratio.median))


if __name__ == "__main__":
    show_measured(measure, __doc__, 60.0)
