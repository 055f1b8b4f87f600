"""What stands against an order on VMs' files, what it waits for, and which host copies for it.

An order that cannot be done when its turn comes fails, and says why by the `Refusal` of its task; one that only others
stand before waits. Left out: trying again what has failed.
"""

from vienv.core import copying
from vienv.core.compatibility import is_hosted
from vienv.core.enums import BUSY, NO_HOST, OrderKind, OrderPhase, PowerState, Refusal, VmState
from vienv.core.files.limits import has_units, host_units
from vienv.core.files.sizes import all_mb, clone_mb
from vienv.core.jit import kernel
from vienv.core.params import FileParams
from vienv.core.state import NEVER, Adapters, Disks, Files, Hosts, Orders, Paths, Vms, Volumes
from vienv.core.tasks import is_clone


@kernel
def refusal_of(
    orders: Orders,
    files: Files,
    disks: Disks,
    vms: Vms,
    hosts: Hosts,
    volumes: Volumes,
    paths: Paths,
    params: FileParams,
    k: int,
    at_s: float,
) -> int:
    """What stands against order k at that second: its VM's state, its files, the target's room."""
    kind, v = orders.kind[k], orders.vm[k]
    has_disk, has_snapshot = disks.written_mb[v] > 0.0, files.snapshot_at_s[v] < NEVER
    if kind == OrderKind.STORAGE_VMOTION:
        return _refusal_of_move(orders, files, disks, vms, hosts, volumes, paths, params, k, at_s)
    if is_clone(kind):
        if has_disk or disks.written_mb[orders.source[k]] == 0.0:
            return Refusal.NO_FILES
        size_mb = clone_mb(disks, kind, orders.source[k])
        return Refusal.ACCEPTED if size_mb <= copying.free_mb(volumes, vms.datastore[v]) else Refusal.NO_SPACE
    if kind == OrderKind.RESTORE:
        return Refusal.ACCEPTED if files.backup_mb[v] > 0.0 else Refusal.NO_FILES
    if kind == OrderKind.COMMIT:
        return Refusal.ACCEPTED if has_snapshot else Refusal.NO_FILES
    if not has_disk:
        return Refusal.NO_FILES
    if kind != OrderKind.BACKUP and kind != OrderKind.SNAPSHOT:
        return Refusal.ACCEPTED
    if has_snapshot:
        return Refusal.HAS_SNAPSHOT
    if vms.state[v] != VmState.RUNNING:
        return Refusal.VM_NOT_RUNNING
    has_room = kind == OrderKind.SNAPSHOT or disks.written_mb[v] <= copying.free_mb(volumes, orders.datastore[k])
    return Refusal.ACCEPTED if has_room else Refusal.NO_SPACE


@kernel
def _refusal_of_move(
    orders: Orders,
    files: Files,
    disks: Disks,
    vms: Vms,
    hosts: Hosts,
    volumes: Volumes,
    paths: Paths,
    params: FileParams,
    k: int,
    at_s: float,
) -> int:
    """What stands against a Storage vMotion."""
    v, d = orders.vm[k], orders.datastore[k]
    h = vms.host[v]
    if disks.written_mb[v] == 0.0:
        return Refusal.NO_FILES
    if vms.state[v] != VmState.RUNNING or hosts.fails_at_s[h] <= at_s:
        return Refusal.VM_NOT_RUNNING
    if is_hosted(hosts, h):
        return Refusal.HOSTED
    first = h * volumes.kind.size
    if paths.is_reachable[first + d] == 0 or paths.is_reachable[first + vms.datastore[v]] == 0:
        return Refusal.NO_SHARED_DATASTORE
    if all_mb(files, disks, vms, v, at_s) > copying.free_mb(volumes, d):
        return Refusal.NO_SPACE
    if params.moves_by_snapshot == 0:
        return Refusal.ACCEPTED
    if files.snapshot_at_s[v] < NEVER:
        return Refusal.HAS_SNAPSHOT
    is_free = hosts.consumed_mb[h] + vms.memory_mb[v] + vms.overhead_mb[v] <= hosts.memory_managed_mb[h]
    return Refusal.ACCEPTED if is_free else Refusal.NO_ROOM


@kernel
def is_held_up(orders: Orders, vms: Vms, k: int) -> bool:
    """Whether a task that runs stands before order k: another on its VM, or, if it moves files, one that reads them."""
    v = orders.vm[k]
    if vms.commanded[v] == BUSY or (is_clone(orders.kind[k]) and vms.commanded[orders.source[k]] == BUSY):
        return True
    is_move = orders.kind[k] == OrderKind.STORAGE_VMOTION
    for n in range(orders.phase.size):
        is_reading = orders.vm[n] == v or (is_move and is_clone(orders.kind[n]) and orders.source[n] == v)
        if orders.phase[n] == OrderPhase.COPYING and is_reading:
            return True
    return False


@kernel
def carrier_of(
    orders: Orders,
    files: Files,
    vms: Vms,
    hosts: Hosts,
    adapters: Adapters,
    paths: Paths,
    params: FileParams,
    k: int,
    at_s: float,
) -> int:
    """The host that copies for order k: its own, that of the VM, or the next that is on, reaches both and has units."""
    kind, v = orders.kind[k], orders.vm[k]
    source, target = vms.datastore[v], vms.datastore[v]
    if is_clone(kind):
        source = vms.datastore[orders.source[k]]
    elif kind == OrderKind.RESTORE:
        source = files.backup_datastore[v]
    else:
        target = orders.datastore[k]
    wished = orders.host[k] if orders.host[k] != NO_HOST else vms.host[v]
    num_hosts = hosts.power_state.size
    num_datastores = paths.is_reachable.size // num_hosts
    for i in range(1 if kind == OrderKind.STORAGE_VMOTION else num_hosts):
        h = (max(0, wished) + i) % num_hosts
        reaches = paths.is_reachable[h * num_datastores + source] * paths.is_reachable[h * num_datastores + target]
        is_on = hosts.power_state[h] == PowerState.ON and hosts.fails_at_s[h] > at_s
        if is_on and reaches == 1 and has_units(hosts, adapters, params, h, host_units(params, kind)):
            return h
    return NO_HOST
