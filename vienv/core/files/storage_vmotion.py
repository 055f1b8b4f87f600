"""Storage vMotion: a running VM's files move to another datastore, and its guest does not notice.

Its host copies the disks from volume to volume, hence at the rate of the slowest link, and must reach both; nobody
moves the VM meanwhile. From vSphere 5 on a mirror driver writes what the guest writes to both sides (Denneman,
frankdenneman.nl, 7 September 2012). ESX 3.5's works by command line only, with a snapshot, and moves the VM onto its
own host at the end, which must have its memory free once more (VMware, "Virtual Infrastructure Client", "Storage
VMotion requirements": resources for two instances of the VM). Once over, the old space is free, and who may run the VM
is asked of the new datastore. Left out: a disk that turns from thick to thin, disks of one VM on several datastores, a
VM that is powered off, and vSphere 4's way of copying changed blocks again.
"""

from vienv.core import copying
from vienv.core.enums import BUSY, CopyPhase
from vienv.core.files.limits import has_datastore_units
from vienv.core.jit import kernel
from vienv.core.params import FileParams, VmotionParams
from vienv.core.state import Clock, Copies, Datastores, Disks, Files, Hosts, Vms, Volumes
from vienv.core.stillness import stir


@kernel
def begin(
    disks: Disks,
    vms: Vms,
    volumes: Volumes,
    datastores: Datastores,
    clock: Clock,
    vmotion: VmotionParams,
    params: FileParams,
    v: int,
    target: int,
) -> bool:
    """Hold VM v and the datastores' limits, and take its disks' space on the target; False if the limits forbid it."""
    for d in (vms.datastore[v], target):
        if not has_datastore_units(datastores, vmotion, params, d):
            return False
    vms.commanded[v] = BUSY
    copying.occupy(volumes, clock, target, disks.written_mb[v])
    for d in (vms.datastore[v], target):
        datastores.migrations[d] += params.storage_vmotion_datastore_units
    return True


@kernel
def end(
    copies: Copies,
    files: Files,
    disks: Disks,
    vms: Vms,
    hosts: Hosts,
    volumes: Volumes,
    datastores: Datastores,
    clock: Clock,
    params: FileParams,
    k: int,
    v: int,
) -> bool:
    """Let VM v's files be where copy k went, or stay where they were; nothing is held any more. Returns which."""
    source, target = vms.datastore[v], copies.target[k]
    is_whole = copies.phase[k] == CopyPhase.DONE and vms.host[v] == copies.host[k]  # else it was restarted elsewhere
    for d in (source, target):
        datastores.migrations[d] -= params.storage_vmotion_datastore_units
    vms.commanded[v] = 0
    copying.occupy(volumes, clock, target, -copies.size_mb[k])
    if not is_whole:
        return False
    moved_mb = disks.written_mb[v] + files.booked_mb[v]
    copying.occupy(volumes, clock, source, -moved_mb)
    copying.occupy(volumes, clock, target, moved_mb)
    vms.datastore[v] = target
    clock.is_shown[0] = 0  # who reaches what stands in sums and rows that are else worked out once
    stir(hosts, clock, vms.host[v])
    return True
