"""Small days of CloudSim's model, made by hand."""

from typing import NamedTuple

import numpy as np

from vienv.cloudsim import Policy, day, machines, places
from vienv.cloudsim import state as s
from vienv.cloudsim.enums import NOBODY, SAMPLES
from vienv.core.state import FloatArray, IntArray


class Small(NamedTuple):
    """A day's rows, and the tuples that tests look at."""

    rows: tuple[FloatArray, IntArray, IntArray]
    day: s.Day
    hosts: s.Hosts
    vms: s.Vms
    places: s.Places
    moves: s.Moves

    def list_of(self, h: int) -> list[int]:
        """Entries of a host's list, in order."""
        entries, entry = [], int(self.hosts.first[h])
        while entry != NOBODY:
            entries.append(entry)
            entry = int(self.places.next[entry])
        return entries

    def planned(self) -> list[tuple[int, int]]:
        """The interval's moves: (vm, target)."""
        n = int(self.day.num_moves[0])
        return list(zip(self.moves.vm[:n].tolist(), self.moves.target[:n].tolist(), strict=True))


def small(percent: object, policy: str = "thr-mmt-0.8", num_hosts: int = 4, seed: int = 0) -> Small:
    """A day of few hosts; percent is (vms,) for constant demand, or (vms, samples)."""
    demand = np.asarray(percent, float)
    if demand.ndim == 1:
        demand = np.repeat(demand[:, np.newaxis], SAMPLES, axis=1)
    rows = machines.lay_out(len(demand), num_hosts)
    machines.write(*rows, demand, Policy.parse(policy), seed)
    return Small(rows, s.day_of(*rows), s.hosts_of(*rows), s.vms_of(*rows), s.places_of(*rows), s.moves_of(*rows))


def put(c: Small, homes: list[int]) -> None:
    """Place VM v on homes[v] instead of where CloudSim would, and go on to the first tick."""
    for v, h in enumerate(homes):
        c.vms.host[v] = h
        places.append(c.hosts, c.places, h, v)
    c.day.now_s[0] = 0.1
    day.tick(*c.rows)
