"""A VM is a handful of files, and their sizes add up to what its datastore has used.

Disks (.vmdk) take their whole size, thin ones what is written (`storage`); a VM that is powered on has a swap file
(.vswp) of its configured memory less its reservation; configuration, NVRAM and logs are small (VMware, "Introduction to
VMware Infrastructure", "Virtual machine files"). While a VM has a snapshot, what its guest writes goes to a delta file,
which grows up to the size of the disks. A backup is a copy of the disks elsewhere. Left out: suspended memory, logs
that grow, that a thin disk does not grow while it has a snapshot, deltas of more than one snapshot, and blocks written
twice, which a delta holds once.
"""

from vienv.core.copying import occupy
from vienv.core.enums import OrderKind, VmState
from vienv.core.jit import kernel
from vienv.core.state import NEVER, Clock, Disks, Files, Vms, Volumes
from vienv.core.timers import expect

FIRST_DELTA_MB = 16.0
"""What the disk of a linked clone takes before its guest has written. UNSOURCED; deltas are said to grow by so much."""


@kernel
def clone_mb(disks: Disks, kind: int, source: int) -> float:
    """What is written for a clone of that VM or template: all that its disks hold, or a delta's beginning."""
    return FIRST_DELTA_MB if kind == OrderKind.LINKED_CLONE else disks.written_mb[source]


@kernel
def swap_mb(vms: Vms, v: int) -> float:
    """VM v's swap file; 0 while it is powered off."""
    is_on = vms.state[v] == VmState.RUNNING or vms.state[v] == VmState.STARTING
    return vms.memory_mb[v] - vms.memory_reservation_mb[v] if is_on else 0.0


@kernel
def delta_mb(files: Files, disks: Disks, v: int, at_s: float) -> float:
    """VM v's snapshot delta at that second; 0 without a snapshot."""
    if files.snapshot_at_s[v] == NEVER:
        return 0.0
    written_mb = files.write_mb_s[v] * max(0.0, at_s - files.snapshot_at_s[v])
    return min(disks.configured_mb[v], written_mb)


@kernel
def all_mb(files: Files, disks: Disks, vms: Vms, v: int, at_s: float) -> float:
    """All of VM v's files on its own datastore at that second."""
    return disks.written_mb[v] + beside_mb(files, disks, vms, v, at_s)


@kernel
def beside_mb(files: Files, disks: Disks, vms: Vms, v: int, at_s: float) -> float:
    """What VM v has beside its disks: small files, swap, delta; nothing while its disks are not there."""
    if disks.written_mb[v] == 0.0:
        return 0.0
    return files.small_mb[v] + swap_mb(vms, v) + delta_mb(files, disks, v, at_s)


@kernel
def change_disks(disks: Disks, vms: Vms, volumes: Volumes, clock: Clock, v: int, size_mb: float) -> None:
    """Let VM v's disks have that size, 0 if they go; their datastore takes or gives the difference."""
    occupy(volumes, clock, vms.datastore[v], size_mb - disks.written_mb[v])
    disks.written_mb[v] = size_mb


@kernel
def keep(files: Files, disks: Disks, vms: Vms, volumes: Volumes, clock: Clock) -> None:
    """Book on the datastores what lies beside disks at the tick's end. Writes volumes.used_mb."""
    end_s = clock.now_s[0] + clock.tick_s[0]
    for v in range(files.booked_mb.size):
        now_mb = beside_mb(files, disks, vms, v, end_s)
        if now_mb != files.booked_mb[v]:
            _book(volumes, clock, vms.datastore[v], now_mb - files.booked_mb[v])
            files.booked_mb[v] = now_mb


@kernel
def _book(volumes: Volumes, clock: Clock, d: int, more_mb: float) -> None:
    volumes.used_mb[d] += more_mb
    if more_mb < 0.0:
        expect(clock)  # whoever waits for space may go on
