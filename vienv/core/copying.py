"""What whoever works with files asks of storage: a copy, space on a datastore, a moment of a LUN for its metadata.

A copy is asked for here and carried by `traffic`, together with vMotions. Power-ons, new files and snapshots change a
VMFS volume's metadata; before VAAI each takes the LUN by a SCSI reservation, so that they come one after another
(VMware, "SAN Configuration Guide", ESX Server 3, "Metadata updates"). Without rows of storage all this does nothing
and costs nothing. Left out: reservations for each 16-MB chunk by which a thin disk grows, and for locks' heartbeats.
"""

from vienv.core.enums import CopyPhase
from vienv.core.jit import kernel
from vienv.core.state import NEVER, Clock, Copies, Volumes
from vienv.core.stillness import disturb
from vienv.core.timers import expect


@kernel
def request(
    copies: Copies, clock: Clock, k: int, host: int, source: int, target: int, size_mb: float, at_s: float
) -> None:
    """Have a host copy that many MB from one datastore to another, from that second on, in slot k.

    copies.phase[k] says how it went, copies.ended_at_s[k] when: DONE, or FAILED if host or paths were lost.
    """
    if not is_over(copies, k):
        return
    clock.transfers[0] += 1
    disturb(clock)
    copies.phase[k] = CopyPhase.REQUESTED
    copies.host[k], copies.source[k], copies.target[k] = host, source, target
    copies.requested_at_s[k] = at_s
    copies.size_mb[k] = copies.remaining_mb[k] = size_mb
    copies.rate_mb_s[k] = 0.0
    copies.started_at_s[k] = copies.ended_at_s[k] = copies.ends_at_s[k] = NEVER


@kernel
def is_over(copies: Copies, k: int) -> bool:
    """Whether slot k copies nothing, so that a new copy may be asked for."""
    phase = copies.phase[k]
    return phase != CopyPhase.REQUESTED and phase != CopyPhase.COPYING


@kernel
def occupy(volumes: Volumes, clock: Clock, d: int, size_mb: float) -> None:
    """Take space of datastore d, or give it back if negative; whoever waits for space goes on when there is some."""
    if volumes.used_mb.size > 0:
        volumes.used_mb[d] += size_mb
        expect(clock)


@kernel
def free_mb(volumes: Volumes, d: int) -> float:
    """Space left on datastore d, as booked; infinity without rows."""
    return volumes.capacity_mb[d] - volumes.used_mb[d] if volumes.used_mb.size > 0 else NEVER


@kernel
def reserve(volumes: Volumes, d: int, at_s: float) -> float:
    """Take datastore d's LUN for a change of its metadata; returns when that begins, at_s at the earliest."""
    if volumes.used_mb.size == 0 or volumes.reservation_s[d] == 0.0:
        return at_s
    begins_s = max(at_s, volumes.reserved_until_s[d])
    volumes.reserved_until_s[d] = begins_s + volumes.reservation_s[d]
    return float(begins_s)
