"""Where VMs run at first: departments together, hosts filled by configured memory.

As by an administrator with a spreadsheet: that is where a static cluster's imbalance comes from. A VM goes only where
it may run: a host that reaches its datastore, has room for what it consumes and has reserved, and keeps its rules. An
entry that names its host is put there without question. Left out: placement by measured load, which DRS would do.
"""

import numpy as np

from vienv.core.enums import NO_GROUP, NO_HOST
from vienv.core.state import IntArray
from vienv.scenario.inventory import Inventory
from vienv.scenario.machines import Machines
from vienv.scenario.refusal import ScenarioError


def place(machines: Machines, inventory: Inventory) -> IntArray:
    """The host of each VM (V,); NO_HOST for VMs that have not arrived. ScenarioError if one fits nowhere."""
    filler = _Filler(machines, inventory)
    for v in np.flatnonzero((machines.host != NO_HOST) & (machines.arrives_at_s <= 0.0)).tolist():
        filler.pin(v, int(machines.host[v]), inventory)
    order = np.lexsort((machines.department, machines.arrives_at_s > 0.0))
    present = order[(machines.host[order] == NO_HOST) & (machines.arrives_at_s[order] <= 0.0)]
    filler.fill(present.tolist())
    return np.array(filler.host, np.int64)


class _Filler:
    """Fills hosts in order, each up to its share of all configured memory."""

    def __init__(self, m: Machines, inventory: Inventory):
        self.host = [NO_HOST] * m.host.size
        self._names = inventory.vm_names
        self._consumed = (m.touched_mb - m.shareable_mb + m.overhead_mb).tolist()
        self._granted = (m.memory_mb + m.overhead_mb).tolist()
        self._reserved_mb = (m.memory_reservation_mb + m.overhead_mb).tolist()
        self._reserved_mhz = m.cpu_reservation_mhz.tolist()
        self._together, self._apart = m.together_group.tolist(), m.apart_group.tolist()
        self._datastore = m.datastore.tolist()
        self._reach = inventory.is_reachable.tolist()
        self._room_mb = inventory.memory_capacity_mb.tolist()
        self._room_reserved_mb = inventory.memory_capacity_mb.tolist()
        self._room_reserved_mhz = inventory.cpu_capacity_mhz.tolist()
        self._filled = [0.0] * len(self._room_mb)
        present = m.arrives_at_s <= 0.0
        share = float((m.memory_mb + m.overhead_mb)[present].sum()) / sum(self._room_mb)
        self._quota = [share * room for room in self._room_mb]
        self._apart_on: set[tuple[int, int]] = set()
        self._together_on: dict[int, int] = {}

    def fill(self, vms: list[int]) -> None:
        """Place VMs in order."""
        h, last = 0, len(self._quota) - 1
        for v in vms:
            while h < last and self._filled[h] + 0.5 * self._granted[v] > self._quota[h]:
                h += 1
            self.put(v, h if self._may_run(v, h) else self._emptiest(v))

    def pin(self, v: int, h: int, inventory: Inventory) -> None:
        """Put VM v on the host that its entry names, room or not, if that host reaches its files."""
        if not self._reach[h][self._datastore[v]]:
            names = f"{inventory.host_names[h]!r} does not reach its datastore"
            raise ScenarioError(
                f"vm {self._names[v]!r}: host {names} {inventory.datastore_names[self._datastore[v]]!r}"
            )
        self.put(v, h)

    def put(self, v: int, h: int) -> None:
        """Book VM v on host h."""
        self.host[v] = h
        self._filled[h] += self._granted[v]
        self._room_mb[h] -= self._consumed[v]
        self._room_reserved_mb[h] -= self._reserved_mb[v]
        self._room_reserved_mhz[h] -= self._reserved_mhz[v]
        if self._apart[v] != NO_GROUP:
            self._apart_on.add((self._apart[v], h))
        if self._together[v] != NO_GROUP:
            self._together_on.setdefault(self._together[v], h)

    def _may_run(self, v: int, h: int) -> bool:
        if not self._reach[h][self._datastore[v]]:
            return False
        if self._consumed[v] > self._room_mb[h] or self._reserved_mb[v] > self._room_reserved_mb[h]:
            return False
        if self._reserved_mhz[v] > self._room_reserved_mhz[h]:
            return False
        if self._apart[v] != NO_GROUP and (self._apart[v], h) in self._apart_on:
            return False
        return self._together[v] == NO_GROUP or self._together_on.get(self._together[v], h) == h

    def _emptiest(self, v: int) -> int:
        """The host with most room in proportion to its quota on which VM v may run."""
        able = [h for h in range(len(self._quota)) if self._may_run(v, h)]
        if not able:
            wanted = f"datastore, {self._consumed[v]:.0f} MB of memory, its reservations and its rules"
            raise ScenarioError(f"vm {self._names[v]!r}: no host has room for it (needs its {wanted})")
        return min(able, key=lambda h: (self._filled[h] / self._quota[h], h))
