"""The bare kernel: one interval of ticks for every cluster of a batch, in one native call.

No commands, no observation, no mask, no reset: what is left is the physics, and that is what is compared with C and
with the prototype. Hence all hosts stay on unless one fails, and nothing migrates unless HA or an evacuation does it.
"""

import numpy as np

from vienv.core import arena, jit, tick
from vienv.core.enums import MigrationPhase, PowerState
from vienv.core.state import Clock, FloatArray, Hosts, IntArray, Ledger, Migrations
from vienv.scenario import Scenario
from vienv.scenario.generate import Worlds


@jit.crossing("void(float64[:,::1], int64[:,::1], int64[:,::1])")
def advance(floats: FloatArray, ints: IntArray, spans: IntArray) -> None:
    """Advance each cluster, in its rows of the two arenas, by one interval."""
    for e in range(floats.shape[0]):
        tick.advance(floats[e], ints[e], spans)


def census(hosts: Hosts, migrations: Migrations) -> dict[str, float]:
    """What surrounds a number, means over the clusters of a batch."""
    return {
        "hosts_on": float((hosts.power_state == PowerState.ON).sum(axis=1).mean()),
        "migrations_in_flight": float((migrations.phase != MigrationPhase.NONE).sum(axis=1).mean()),
        "crowded": float((hosts.demand_mhz > hosts.cpu_capacity_mhz).mean()),
    }


class Batch:
    """Clusters of one scenario in worlds 0, 1, ... of `test`; a cluster that has reached its end is put back."""

    def __init__(self, scenario: Scenario, num_envs: int) -> None:
        worlds = Worlds(scenario)
        self.spans, self.num_vms = worlds.spans, worlds.sizes.vms
        self.floats = np.zeros((num_envs, worlds.num_floats))
        self.ints = np.zeros((num_envs, worlds.num_ints), np.int64)
        for e in range(num_envs):
            worlds.write(self.floats[e], self.ints[e], "test", e)
        self._first = self.floats.copy(), self.ints.copy()
        self.clock = arena.batch_of(Clock, self.floats, self.ints, self.spans)
        self.hosts = arena.batch_of(Hosts, self.floats, self.ints, self.spans)
        self.migrations = arena.batch_of(Migrations, self.floats, self.ints, self.spans)
        self.ledger = arena.batch_of(Ledger, self.floats, self.ints, self.spans)
        self.intervals = int(self.clock.intervals_per_episode[0, 0])
        self.ticks = int(self.clock.ticks_per_interval[0, 0])

    def rewind(self) -> None:
        """Back to the beginning of the episode."""
        self.floats[:], self.ints[:] = self._first

    def episode(self) -> int:
        """Advance to the end of the episode; returns VM-ticks."""
        for _ in range(self.intervals):
            advance(self.floats, self.ints, self.spans)
        return self.intervals * self.ticks * self.num_vms * len(self.floats)

    def census(self) -> dict[str, float]:
        """Means over clusters, now: hosts_on, migrations_in_flight, and crowded, the share of hosts over capacity."""
        return census(self.hosts, self.migrations)

    @property
    def checksum(self) -> float:
        """What the clusters' bills have come to: a run that skips work has another."""
        return float(self.ledger.episode.sum())
