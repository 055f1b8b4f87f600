"""Snapshots: a disk as it was, kept while the guest goes on to write to a delta file; commit merges the delta back.

Both stop the guest for a moment. Taking one needs half a second or so; committing stops it for 1 to 7 s, longer with a
larger delta (VMware KB 1002836 for the stop; seconds from a laboratory test, the straight line between is UNSOURCED),
so nobody leaves a snapshot for long. Taking and committing change the volume's metadata (`copying.reserve`). Left out:
chains of snapshots, memory images, going back to a snapshot, and the copying of a delta's blocks, which takes the
array's time and not the guest's.
"""

from vienv.core.copying import reserve
from vienv.core.counters import add
from vienv.core.enums import Happening, VmState
from vienv.core.files.sizes import delta_mb
from vienv.core.jit import kernel
from vienv.core.params import FileParams
from vienv.core.state import NEVER, Clock, Counters, Disks, Files, Hosts, Vms, Volumes
from vienv.core.stillness import stir


@kernel
def take(
    files: Files,
    vms: Vms,
    hosts: Hosts,
    volumes: Volumes,
    clock: Clock,
    counters: Counters,
    params: FileParams,
    v: int,
    at_s: float,
) -> float:
    """Take a snapshot of VM v from that second on; returns as of when its disks are kept."""
    begins_s = reserve(volumes, vms.datastore[v], at_s)
    files.snapshot_at_s[v] = begins_s
    _stun(files, vms, hosts, clock, counters, v, begins_s, params.create_stun_s)
    return float(begins_s)


@kernel
def commit(
    files: Files,
    disks: Disks,
    vms: Vms,
    hosts: Hosts,
    volumes: Volumes,
    clock: Clock,
    counters: Counters,
    params: FileParams,
    v: int,
    at_s: float,
) -> None:
    """Merge VM v's delta into its disks at that second."""
    begins_s = reserve(volumes, vms.datastore[v], at_s)
    grown_s = params.commit_stun_s_per_mb * delta_mb(files, disks, v, begins_s)
    stun_s = min(params.commit_stun_most_s, params.commit_stun_least_s + grown_s)
    files.snapshot_at_s[v] = NEVER
    _stun(files, vms, hosts, clock, counters, v, begins_s, stun_s)


@kernel
def withhold(files: Files, vms: Vms, hosts: Hosts, clock: Clock) -> None:
    """Cut the seconds for which a guest stands out of vms.up_s, in the ticks in which they fall."""
    now_s = clock.now_s[0]
    end_s = now_s + clock.tick_s[0]
    for v in range(files.stunned_until_s.size):
        stands_s = min(end_s, files.stunned_until_s[v]) - max(now_s, files.stunned_from_s[v])
        if stands_s > 0.0 and vms.state[v] == VmState.RUNNING:
            vms.up_s[v] = max(0.0, vms.up_s[v] - stands_s)
            stir(hosts, clock, vms.host[v])


@kernel
def next_event_s(files: Files, clock: Clock) -> float:
    """When the next guest stands, after this tick; a delta that grows is booked in every tick."""
    end_s, next_s = clock.now_s[0] + clock.tick_s[0], NEVER
    for v in range(files.stunned_until_s.size):
        if files.snapshot_at_s[v] < NEVER and files.write_mb_s[v] > 0.0:
            next_s = end_s
        if files.stunned_until_s[v] > end_s:
            next_s = min(next_s, max(end_s, files.stunned_from_s[v]))
    return next_s


@kernel
def _stun(
    files: Files, vms: Vms, hosts: Hosts, clock: Clock, counters: Counters, v: int, from_s: float, stun_s: float
) -> None:
    if vms.state[v] != VmState.RUNNING:
        return
    files.stunned_from_s[v], files.stunned_until_s[v] = from_s, from_s + stun_s
    add(counters, Happening.SNAPSHOT_STUN_S, stun_s)
    stir(hosts, clock, vms.host[v])
