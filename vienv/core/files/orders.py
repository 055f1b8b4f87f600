"""Administrators' orders on VMs' files, by VirtualCenter's queue (`tasks`): clone, backup, Storage vMotion and others.

An order also waits for its VM's vMotion. What it copies moves by `copying`, hence at the rate of the slowest link,
shared with others; the next begins at the second at which a copy ends. A backup of a running VM copies the disks that a
snapshot keeps, and commits it at the end; without a snapshot the VM is powered off for as long. A restore brings the
disks of the last backup back: what was written since is lost. A linked clone shares its parent's disks, and only what
its guest writes is its own: it is there in seconds. Left out: other tasks' own seconds in VirtualCenter, incremental
backups, that linked clones read from one disk, and a vMotion that ends in the middle of a tick (what waited for it
begins with the next).
"""

from vienv.core import copying, tasks
from vienv.core.compatibility import refusal_of_power_on
from vienv.core.counters import add
from vienv.core.enums import NO_HOST, CopyPhase, Happening, MigrationPhase, OrderKind, OrderPhase, Refusal, VmState
from vienv.core.files import judges, limits, snapshots, storage_vmotion
from vienv.core.files.power import power_off, power_on, retire
from vienv.core.files.sizes import change_disks, clone_mb
from vienv.core.inventory import group
from vienv.core.jit import kernel
from vienv.core.params import FileParams, HaParams, VirtualCenterParams, VmotionParams
from vienv.core.state import (
    NEVER,
    Adapters,
    Clock,
    Copies,
    Counters,
    Datastores,
    Disks,
    Files,
    Hosts,
    Identities,
    Migrations,
    Orders,
    Paths,
    Vms,
    Volumes,
)


@kernel
def begin(
    orders: Orders,
    copies: Copies,
    files: Files,
    disks: Disks,
    vms: Vms,
    hosts: Hosts,
    volumes: Volumes,
    adapters: Adapters,
    datastores: Datastores,
    clock: Clock,
    counters: Counters,
    migrations: Migrations,
    paths: Paths,
    vmotion: VmotionParams,
    params: FileParams,
    virtualcenter: VirtualCenterParams,
    now_s: float,
) -> None:
    """Begin the orders whose turn comes in this tick, from that second on, in their order, each at its second."""
    num_copying = 0
    for k in range(orders.phase.size):
        num_copying += 1 if orders.phase[k] == OrderPhase.COPYING else 0
    for k in range(orders.phase.size):
        start_s = tasks.due_at_s(orders, clock, k, now_s)
        is_due = orders.phase[k] == OrderPhase.WAITING and start_s < clock.now_s[0] + clock.tick_s[0]
        if not is_due or tasks.is_on_host(orders.kind[k]) or migrations.phase[orders.vm[k]] != MigrationPhase.NONE:
            continue
        if judges.is_held_up(orders, vms, k):
            continue
        refusal = judges.refusal_of(orders, files, disks, vms, hosts, volumes, paths, params, k, start_s)
        if refusal != Refusal.ACCEPTED:
            tasks.end(orders, counters, k, refusal, start_s)
        elif not _copies(orders.kind[k]):
            _do_at_once(orders, files, disks, vms, hosts, volumes, clock, counters, params, k, start_s)
        elif num_copying < virtualcenter.tasks_at_a_time:
            h = judges.carrier_of(orders, files, vms, hosts, adapters, paths, params, k, start_s)
            is_move = orders.kind[k] == OrderKind.STORAGE_VMOTION
            if is_move and h != NO_HOST:
                is_begun = storage_vmotion.begin(
                    disks, vms, volumes, datastores, clock, vmotion, params, orders.vm[k], orders.datastore[k]
                )
                h = h if is_begun else NO_HOST
            if h != NO_HOST:
                limits.take_units(hosts, adapters, params, h, limits.host_units(params, orders.kind[k]))
                _copy(orders, copies, files, disks, vms, hosts, volumes, clock, counters, params, k, h, start_s)
                num_copying += 1


@kernel
def end(
    orders: Orders,
    copies: Copies,
    files: Files,
    disks: Disks,
    identities: Identities,
    vms: Vms,
    hosts: Hosts,
    volumes: Volumes,
    adapters: Adapters,
    datastores: Datastores,
    clock: Clock,
    counters: Counters,
    migrations: Migrations,
    paths: Paths,
    ha: HaParams,
    params: FileParams,
) -> None:
    """End the orders whose copy is over, each at its second. Follows what moves the copies."""
    for k in range(orders.phase.size):
        if orders.phase[k] != OrderPhase.COPYING or not copying.is_over(copies, k):
            continue
        v, ended_s = orders.vm[k], copies.ended_at_s[k]
        is_whole = copies.phase[k] == CopyPhase.DONE
        limits.take_units(hosts, adapters, params, copies.host[k], -limits.host_units(params, orders.kind[k]))
        if orders.kind[k] == OrderKind.STORAGE_VMOTION:
            is_whole = storage_vmotion.end(copies, files, disks, vms, hosts, volumes, datastores, clock, params, k, v)
            if params.moves_by_snapshot == 1:
                snapshots.commit(files, disks, vms, hosts, volumes, clock, counters, params, v, ended_s)
        elif orders.kind[k] == OrderKind.BACKUP:
            if is_whole:
                _keep_backup(orders, files, volumes, clock, k, copies.size_mb[k])
            if files.snapshot_at_s[v] < NEVER:
                snapshots.commit(files, disks, vms, hosts, volumes, clock, counters, params, v, ended_s)
            power_on(vms, hosts, volumes, clock, migrations, paths, ha, v, ended_s)
        elif orders.kind[k] == OrderKind.RESTORE and is_whole:
            files.lost_at_s[v] = NEVER
            power_on(vms, hosts, volumes, clock, migrations, paths, ha, v, ended_s)
        elif tasks.is_clone(orders.kind[k]) and is_whole:
            _hand_over(orders, identities, vms, hosts, volumes, clock, migrations, paths, ha, k, ended_s)
        elif not is_whole:
            change_disks(disks, vms, volumes, clock, v, 0.0)
        tasks.end(orders, counters, k, Refusal.ACCEPTED if is_whole else Refusal.COPY_BROKEN_OFF, ended_s)


@kernel
def next_event_s(orders: Orders, clock: Clock) -> float:
    """When the next order may begin or end, after this tick."""
    end_s, next_s = clock.now_s[0] + clock.tick_s[0], NEVER
    for k in range(orders.phase.size):
        if orders.phase[k] == OrderPhase.WAITING and not tasks.is_on_host(orders.kind[k]):
            next_s = min(next_s, tasks.due_at_s(orders, clock, k, end_s))
        elif orders.phase[k] == OrderPhase.COPYING:
            next_s = end_s
    return next_s


@kernel
def _copies(kind: int) -> bool:
    is_copied = tasks.is_clone(kind) or kind == OrderKind.BACKUP or kind == OrderKind.RESTORE
    return bool(is_copied or kind == OrderKind.STORAGE_VMOTION)


@kernel
def _do_at_once(
    orders: Orders,
    files: Files,
    disks: Disks,
    vms: Vms,
    hosts: Hosts,
    volumes: Volumes,
    clock: Clock,
    counters: Counters,
    params: FileParams,
    k: int,
    at_s: float,
) -> None:
    """Do what needs no copy: take or commit a snapshot, lose the disks, retire the VM."""
    kind, v = orders.kind[k], orders.vm[k]
    tasks.begin(orders, counters, k, OrderPhase.WAITING, at_s)
    if kind == OrderKind.SNAPSHOT:
        snapshots.take(files, vms, hosts, volumes, clock, counters, params, v, at_s)
    elif kind == OrderKind.COMMIT:
        snapshots.commit(files, disks, vms, hosts, volumes, clock, counters, params, v, at_s)
    else:
        change_disks(disks, vms, volumes, clock, v, 0.0)
        files.snapshot_at_s[v] = NEVER
        if kind == OrderKind.RETIRE:
            retire(vms, hosts, clock, v)
        else:
            files.lost_at_s[v] = at_s
            power_off(vms, hosts, clock, v, at_s)
    tasks.end(orders, counters, k, Refusal.ACCEPTED, at_s)


@kernel
def _copy(
    orders: Orders,
    copies: Copies,
    files: Files,
    disks: Disks,
    vms: Vms,
    hosts: Hosts,
    volumes: Volumes,
    clock: Clock,
    counters: Counters,
    params: FileParams,
    k: int,
    h: int,
    at_s: float,
) -> None:
    """Have host h copy order k's disks from that second on; a target takes its space at once."""
    kind, v = orders.kind[k], orders.vm[k]
    source, target, size_mb = vms.datastore[v], vms.datastore[v], disks.written_mb[v]
    tasks.begin(orders, counters, k, OrderPhase.COPYING, at_s)
    if tasks.is_clone(kind):
        source, size_mb = vms.datastore[orders.source[k]], clone_mb(disks, kind, orders.source[k])
        at_s += params.linked_clone_s if kind == OrderKind.LINKED_CLONE else 0.0
        change_disks(disks, vms, volumes, clock, v, size_mb)
    elif kind == OrderKind.STORAGE_VMOTION:
        target = orders.datastore[k]
        if params.moves_by_snapshot == 1:
            at_s = snapshots.take(files, vms, hosts, volumes, clock, counters, params, v, at_s)
    elif kind == OrderKind.BACKUP:
        target = orders.datastore[k]
        if orders.option[k] == 1:
            at_s = snapshots.take(files, vms, hosts, volumes, clock, counters, params, v, at_s)
        else:
            power_off(vms, hosts, clock, v, at_s)
    else:
        source, size_mb = files.backup_datastore[v], files.backup_mb[v]
        lost_from_s = min(at_s, files.lost_at_s[v])
        add(counters, Happening.DATA_LOST_MB, files.write_mb_s[v] * (lost_from_s - files.backed_up_at_s[v]))
        power_off(vms, hosts, clock, v, at_s)
        change_disks(disks, vms, volumes, clock, v, size_mb)
        files.snapshot_at_s[v] = NEVER
    orders.began_at_s[k] = at_s
    copying.request(copies, clock, k, h, source, target, size_mb, copying.reserve(volumes, target, at_s))


@kernel
def _keep_backup(orders: Orders, files: Files, volumes: Volumes, clock: Clock, k: int, size_mb: float) -> None:
    """Let the copy of order k be its VM's backup; the one before goes."""
    v, datastore = orders.vm[k], orders.datastore[k]
    if files.backup_mb[v] > 0.0:
        copying.occupy(volumes, clock, files.backup_datastore[v], -files.backup_mb[v])
    copying.occupy(volumes, clock, datastore, size_mb)
    files.backup_mb[v], files.backup_datastore[v] = size_mb, datastore
    files.backed_up_at_s[v] = orders.began_at_s[k]


@kernel
def _hand_over(
    orders: Orders,
    identities: Identities,
    vms: Vms,
    hosts: Hosts,
    volumes: Volumes,
    clock: Clock,
    migrations: Migrations,
    paths: Paths,
    ha: HaParams,
    k: int,
    at_s: float,
) -> None:
    """Let the clone of order k live: powered on at the host that the order names, if it may be, else it waits for one.

    Admission control is not asked.
    """
    v = orders.vm[k]
    identities.identity[v] = identities.identity[orders.source[k]]
    identities.to_customize[v] = orders.option[k]
    vms.arrives_at_s[v] = at_s
    if orders.host[k] == NO_HOST:
        return
    group(hosts, vms, migrations, clock)
    if refusal_of_power_on(hosts, vms, migrations, paths, v, orders.host[k], True) == Refusal.ACCEPTED:
        vms.host[v], vms.state[v] = orders.host[k], VmState.WITHOUT_FILES
        power_on(vms, hosts, volumes, clock, migrations, paths, ha, v, at_s)
