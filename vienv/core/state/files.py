"""Encapsulation: the files that a VM is, and who its guest says it is."""

from typing import NamedTuple

from vienv.core.state.basics import FloatArray, IntArray


class Files(NamedTuple):
    """A VM's files beside its disks (Disks), one row a VM; no rows without orders."""

    small_mb: FloatArray  # static: configuration, NVRAM and logs, while its disks are there
    write_mb_s: FloatArray  # static: how fast its guest changes blocks of its disks that were as they are
    snapshot_at_s: FloatArray  # since when its writes go to a snapshot's delta; NEVER without a snapshot
    lost_at_s: FloatArray  # when its disks were lost; NEVER while they are there
    backed_up_at_s: FloatArray  # as of when its backup is; NEVER without one
    backup_mb: FloatArray  # size of its backup; 0 without one
    booked_mb: FloatArray  # what its datastore has booked for its files beside disks
    stunned_from_s: FloatArray  # its guest stands from then ...
    stunned_until_s: FloatArray  # ... until then; the past if it never did
    backup_datastore: IntArray  # where its backup lies; meaningless without one


class Identities(NamedTuple):
    """Who a guest says it is, one row a VM; no rows without orders. Host name, SID, address, licence go together."""

    own: IntArray  # static: the identity that sysprep gives it
    identity: IntArray  # what its disks hold: its own, or that of the template they were copied from
    to_customize: IntArray  # 1: sysprep runs when it first boots
    was_up: IntArray  # 1: its guest was up when the last tick ended
    is_refused: IntArray  # 1: it came up while another used its identity: it runs and serves nobody
