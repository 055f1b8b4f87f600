"""Storage where a scenario describes it: what datastores hold and carry, adapters, paths, and files being copied."""

from typing import NamedTuple

from vienv.core.state.basics import FloatArray, IntArray


class Volumes(NamedTuple):
    """What a datastore is made of, one row each; no rows without a [storage] section."""

    payload: FloatArray  # static: file data in a byte of line speed; 1 where `Lines` are rated in file data (FC, local)
    capacity_mb: FloatArray  # static; infinity if unlimited
    used_mb: FloatArray  # by files, at used_until_s
    used_until_s: FloatArray  # up to when the growth of thin disks is booked
    fills_at_s: FloatArray  # when it is full if its thin disks go on growing; NEVER if none grows
    growth_mb_s: FloatArray  # of its thin disks together, since used_until_s
    reservation_s: FloatArray  # static: how long a change of metadata keeps the LUN; 0 with VAAI, NFS and local disks
    reserved_until_s: FloatArray  # up to when SCSI reservations are promised
    mhz_per_mb_s: FloatArray  # static: CPU that the initiator takes of a host
    copied_mb: FloatArray  # by copies from it and to it, since the episode began
    kind: IntArray  # static: StorageKind


class Disks(NamedTuple):
    """A VM's disk as its datastore sees it, one row a VM; no rows without a [storage] section."""

    configured_mb: FloatArray  # static
    written_mb: FloatArray  # of a thin disk, at volumes.used_until_s of its datastore
    write_mb_s: FloatArray  # static: growth of a thin disk while its guest runs; 0: thick
    stopped_at_s: FloatArray  # since when its guest waits for space; NEVER if it does not
    is_growing: IntArray  # 1: grows since volumes.used_until_s


class Lines(NamedTuple):
    """What carries files, in rows of hosts: VMkernel NICs, storage NICs, HBAs; then datastores. None without copies."""

    line_mb_s: FloatArray  # static: line speed; a VMkernel NIC's is hosts.vmkernel_mbps
    guests_mb_s: FloatArray  # of it that guests' own I/O takes before anybody else (load)
    left_mb_s: FloatArray  # scratch of lines.share
    weight: FloatArray  # scratch of lines.share: of those on it that have no rate yet


class GuestIo(NamedTuple):
    """A guest's own input and output, one row a VM; no rows where guests do none."""

    wanted_mb_s: FloatArray  # tick: of file data; then what its host's adapter carries of it
    served_mb_s: FloatArray


class Latency(NamedTuple):
    """How long a datastore takes to answer, one row each; no rows where guests do no I/O."""

    ms: FloatArray  # since since_s
    since_s: FloatArray
    ms_s: FloatArray  # summed over time, up to since_s
    most_ms: FloatArray
    copied_mb: FloatArray  # volumes.copied_mb as of when ms was worked out


class Adapters(NamedTuple):
    """A host's way to storage, one row a host; no rows without a [storage] section."""

    paused_from_s: FloatArray  # from then on its I/O fails over to another path
    paused_until_s: FloatArray  # until then
    failover_s: FloatArray  # static: from the loss of a path until I/O goes over another
    shares_nic: IntArray  # static: 1: iSCSI and NFS go over the VMkernel's NIC
    vmotion_limit: IntArray  # static: hosts.vmotion_limit while no task takes of it
    units: IntArray  # that tasks take of what a host may do at a time (files.limits)


class Fabric(NamedTuple):
    """Paths, row host * num_datastores + datastore; no rows without a [storage] section."""

    lost_at_s: FloatArray  # when the last path went down; NEVER while one is up
    returned_at_s: FloatArray  # when the first path came back after that; NEVER while none has
    paths_left: IntArray


class Copies(NamedTuple):
    """Files that are copied from datastore to datastore by a host, one slot an order (copying)."""

    requested_at_s: FloatArray  # starts then
    started_at_s: FloatArray
    ended_at_s: FloatArray  # of the last copy in this slot, whole or broken off
    ends_at_s: FloatArray  # at the present rate
    size_mb: FloatArray
    remaining_mb: FloatArray  # at copied_until_s
    copied_until_s: FloatArray
    rate_mb_s: FloatArray  # of file data, now
    fair_mb_s: FloatArray  # scratch of lines.share
    phase: IntArray  # CopyPhase
    host: IntArray
    source: IntArray  # datastore
    target: IntArray  # datastore, may be the source
