"""A whole day under a heuristic, in one native call, and its figures as CloudSim prints them."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vienv.cloudsim import day, machines
from vienv.cloudsim import state as s
from vienv.cloudsim.book import FLIGHT, TIME_ON
from vienv.cloudsim.enums import NOBODY, Detector
from vienv.cloudsim.policy import Policy
from vienv.core import jit
from vienv.core.jit import crossing
from vienv.core.state import FloatArray, IntArray

DAY_S = 86_400.0


class Results(NamedTuple):
    """The figures of a day; NaN or None where CloudSim has none. Columns of `cloudsim_reference.csv`."""

    vms_left_at_end: int
    sim_time_s: float
    energy_kwh: float
    migrations: int
    distinct_vm_moves: int
    slav: float
    slatah: float
    pdm: float
    sla_overall: float
    sla_average: float
    host_shutdowns: int
    mean_time_before_shutdown_s: float
    sd_time_before_shutdown_s: float
    mean_time_before_vm_migration_s: float
    sd_time_before_vm_migration_s: float
    mean_active_hosts: float
    intervals: NDArray[np.float64]
    """(287, 5): active hosts, MIPS in use, distinct VMs moving, migrations so far, kWh so far."""


@crossing("void(float64[::1], int64[::1], int64[:,::1])")
def _run(floats: FloatArray, ints: IntArray, spans: IntArray) -> None:
    day.run(floats, ints, spans)


def ready() -> None:
    """Compile, or load what was compiled before."""
    jit.ready(_run)


def simulate(percent: NDArray[np.float64], policy: Policy, seed: int = 0) -> Results:
    """Run one day.

    Args:
        percent: Demand (vms, 288) in percent of each VM's MIPS, VMs in CloudSim's order.
        policy: The heuristic.
        seed: Of the one java.util.Random that random selection draws from.
    """
    ready()
    rows = machines.lay_out(len(percent))
    machines.write(*rows, percent, policy, seed)
    _run(*rows)
    return results_of(*rows)


def results_of(floats: FloatArray, ints: IntArray, spans: IntArray) -> Results:
    """The figures of a day that has ended."""
    rows = floats, ints, spans
    hosts, vms, today, ends = s.hosts_of(*rows), s.vms_of(*rows), s.day_of(*rows), s.shutdowns_of(*rows)
    misses, trace = s.misses_of(*rows), s.trace_of(*rows)
    asked, granted = _sum(vms.asked), _sum(vms.granted)
    slatah = _ratio(_sum(hosts.violated_s), _sum(hosts.active_s))
    pdm = _ratio(_sum(vms.lost_moving), asked)
    moving = np.diff(trace.distinct_moves, prepend=0.0)
    intervals = np.stack([trace.active_hosts, trace.used_mips, moving, trace.migrations, trace.kwh], axis=1)
    is_npa = s.judgement_of(*rows).detector[0] == Detector.NPA
    return Results(
        vms_left_at_end=int((vms.host != NOBODY).sum()),
        sim_time_s=DAY_S,
        energy_kwh=float(today.joules[0]) / day.JOULES_PER_KWH,
        migrations=int(today.migrations[0]),
        distinct_vm_moves=int(today.distinct_moves[0]),
        slav=slatah * pdm,
        slatah=slatah,
        pdm=pdm,
        sla_overall=_ratio(asked - granted, asked),
        sla_average=_ratio(float(misses.sum[0]), int(misses.num[0])),
        host_shutdowns=int(ends.num[TIME_ON]),
        mean_time_before_shutdown_s=_mean(ends, TIME_ON),
        sd_time_before_shutdown_s=_deviation(ends, TIME_ON),
        mean_time_before_vm_migration_s=_mean(ends, FLIGHT),
        sd_time_before_vm_migration_s=_deviation(ends, FLIGHT),
        mean_active_hosts=math.nan if is_npa else float(trace.active_hosts.mean()),
        intervals=intervals,
    )


def _sum(row: FloatArray) -> float:
    total = 0.0
    for value in row.tolist():
        total += value
    return total


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _mean(ends: s.Shutdowns, row: int) -> float:
    return float(ends.mean[row]) if ends.num[row] else math.nan


def _deviation(ends: s.Shutdowns, row: int) -> float:
    """Of the sample."""
    return math.sqrt(ends.square[row] / (ends.num[row] - 1)) if ends.num[row] > 1 else math.nan
