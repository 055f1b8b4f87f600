"""A day for people: how many hosts are on, how loaded they are, and what the day has cost so far."""

import numpy as np

from vienv.cloudsim import state as s
from vienv.cloudsim.day import JOULES_PER_KWH
from vienv.cloudsim.enums import NOBODY
from vienv.core.state import FloatArray, IntArray
from vienv.core.timers import SECONDS_PER_HOUR

_BAR = 40
_TENTHS = 10


def text(floats: FloatArray, ints: IntArray, spans: IntArray) -> str:
    """A short table: time, hosts by tenths of their load, energy and migrations."""
    rows = floats, ints, spans
    day, hosts, vms = s.day_of(*rows), s.hosts_of(*rows), s.vms_of(*rows)
    is_on = hosts.used_mips > 0.0
    load = hosts.used_mips[is_on] / hosts.mips[is_on]
    counts = np.bincount(np.minimum((load * _TENTHS).astype(int), _TENTHS - 1), minlength=_TENTHS)
    hours, minutes = divmod(int(day.now_s[0]) // 60, 60)
    lines = [
        f"{hours:02d}:{minutes:02d}  hosts on {int(is_on.sum())} of {len(is_on)}  VMs {int((vms.host != NOBODY).sum())}"
        f"  {day.joules[0] / JOULES_PER_KWH:.2f} kWh  {int(day.migrations[0])} migrations"
        f"  {hosts.violated_s.sum() / SECONDS_PER_HOUR:.1f} host-hours in violation",
        "load %    hosts",
    ]
    for k, count in enumerate(counts.tolist()):
        bar = "#" * -(-count * _BAR // max(1, int(counts.max())))
        lines.append(f"{10 * k:3d}-{10 * k + 10:<3d} {count:6d}  {bar}".rstrip())
    return "\n".join(lines)
