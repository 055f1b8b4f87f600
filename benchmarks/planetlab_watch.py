"""A day of CloudSim's consolidation experiment, watched: what its figures leave out or count oddly."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vienv.cloudsim import Policy, Results, book, day, machines
from vienv.cloudsim import state as s
from vienv.cloudsim.enums import CURVE_POINTS, INTERVALS, NOBODY
from vienv.cloudsim.simulation import DAY_S, results_of
from vienv.core import jit
from vienv.core.state import FloatArray, IntArray

BOOT_S = 240.0
"""A server's boot as the presets `office` and `rack` have it; it draws peak power meanwhile."""
RUN, BEGIN, DECIDE, FLY, CLOSE = range(5)


class Watch(NamedTuple):
    """What a day's figures do not say; kWh."""

    results: Results
    never_used: int  # hosts
    boots: int  # moves to hosts that sleep
    boot_kwh: float
    opening_kwh: float  # of the first 300.1 s, at the load of the first tick
    slope_kwh: float  # that the mean of a slice's two ends adds to the watts at its beginning
    closing_kwh: float  # from the last update to midnight, at its load
    receiving: float  # share of SLATAH's violations
    overfull: int  # (host, tick): more is asked of it than it has
    left_alone: int  # of those: no VM leaves


@jit.crossing("void(float64[::1], int64[::1], int64[:,::1], int64)")
def advance(floats: FloatArray, ints: IntArray, spans: IntArray, what: int) -> None:
    """The whole day, or a part of one step."""
    if what == BEGIN:
        day.begin(floats, ints, spans)
    elif what == DECIDE:
        day.tick(floats, ints, spans)
        day.plan(floats, ints, spans)
    elif what == FLY:
        day.fly(floats, ints, spans)
    elif what == CLOSE:
        book.close_day(
            s.hosts_of(floats, ints, spans), s.vms_of(floats, ints, spans), s.shutdowns_of(floats, ints, spans)
        )
    else:
        day.run(floats, ints, spans)


def laid(percent: NDArray[np.float64], policy: Policy, seed: int) -> tuple[FloatArray, IntArray, IntArray]:
    """A day before its first placement."""
    rows = machines.lay_out(len(percent))
    machines.write(*rows, percent, policy, seed)
    return rows


def watched(percent: NDArray[np.float64], policy: Policy, seed: int) -> Watch:
    """Play a day step by step."""
    rows = laid(percent, policy, seed)
    hosts, vms, moves, today = (of(*rows) for of in (s.hosts_of, s.vms_of, s.moves_of, s.day_of))
    peak_w = np.array(machines.WATTS)[hosts.curve, -1]
    boots = np.zeros(len(hosts.mips), np.int64)
    opening_kwh, slope_kwh, receiving_s, overfull, left_alone = 0.0, 0.0, 0.0, 0, 0
    advance(*rows, BEGIN)
    for k in range(INTERVALS):
        held_w, since_s, joules = _watts(hosts).sum(), today.updated_s[0], today.joules[0]
        advance(*rows, DECIDE)
        held_joules = held_w * (today.updated_s[0] - since_s)
        slope_kwh += (today.joules[0] - joules - held_joules) / day.JOULES_PER_KWH
        opening_kwh = opening_kwh if k else _watts(hosts).sum() * today.now_s[0] / day.JOULES_PER_KWH
        n = today.num_moves[0]
        vm, target, lives = moves.vm[:n], moves.target[:n], vms.host != NOBODY
        asked = np.bincount(vms.host[lives], vms.asked_mips[lives], len(hosts.mips))
        overfull += int((asked > hosts.mips).sum())
        left_alone += int((np.delete(asked > hosts.mips, np.unique(vms.host[vm]))).sum())
        boots[np.unique(target)] += hosts.used_mips[np.unique(target)] == 0.0
        advance(*rows, FLY)
        landed_s = np.zeros(len(hosts.mips))
        np.maximum.at(landed_s, target, moves.end_s[:n] - today.ticked_s[0])
        receiving_s += landed_s.sum()
    advance(*rows, CLOSE)
    closing_kwh = _watts(hosts).sum() * (DAY_S - today.updated_s[0]) / day.JOULES_PER_KWH
    violated_s = hosts.violated_s.sum()
    return Watch(
        results_of(*rows),
        int((hosts.active_s == 0.0).sum()),
        int(boots.sum()),
        float((boots * peak_w).sum() * BOOT_S / day.JOULES_PER_KWH),
        float(opening_kwh),
        float(slope_kwh),
        float(closing_kwh),
        float(receiving_s / violated_s) if violated_s else 0.0,
        overfull,
        left_alone,
    )


def _watts(hosts: s.Hosts) -> NDArray[np.float64]:
    """Of every host at its load of now; nothing for one that sleeps."""
    loads, steps = hosts.used_mips / hosts.mips, np.linspace(0.0, 1.0, CURVE_POINTS)
    watts = [np.interp(load, steps, machines.WATTS[kind]) for load, kind in zip(loads, hosts.curve, strict=True)]
    return np.where(loads > 0.0, watts, 0.0)
