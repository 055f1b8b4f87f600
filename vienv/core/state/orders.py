"""What administrators have ordered, of VMs' files and of hosts: VirtualCenter's task queue."""

from typing import NamedTuple

from vienv.core.state.basics import FloatArray, IntArray


class Orders(NamedTuple):
    """One task a row, by time: a clone, one VM or one host of an order each; no rows without orders."""

    at_s: FloatArray  # static: not before
    began_at_s: FloatArray  # NEVER: not yet
    ended_at_s: FloatArray  # NEVER: not yet
    lasts_s: FloatArray  # static: PATCH: from when the host is empty until it begins to boot
    standby_w: FloatArray  # static: ADD_HOST: of the host, whose own is 0 until it joins
    kind: IntArray  # static: OrderKind
    phase: IntArray  # OrderPhase
    refusal: IntArray  # Refusal: of a failed task, why
    vm: IntArray  # static: of a clone its own row; NO_VM for work on hosts
    source: IntArray  # static: of a clone: the VM or template whose disks are copied or shared
    host: IntArray  # static: that is worked on; or which copies, and where a clone is powered on: NO_HOST = any
    datastore: IntArray  # static: BACKUP, STORAGE_VMOTION: where the copy goes
    option: IntArray  # static: of a clone: 1 = sysprep; BACKUP: 1 = with a snapshot, 0 = the VM is powered off for it
    order: IntArray  # static: number of the scenario's order that a host's work is part of
    at_once: IntArray  # static: hosts of that order that may be out of service together
