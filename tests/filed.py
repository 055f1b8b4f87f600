"""Hand-made clusters whose VMs have files and orders, run tick by tick, with one line that all copies share."""

from types import SimpleNamespace

from tests.clusters import cluster
from vienv.core import inventory, lifecycle, stillness
from vienv.core.enums import CopyPhase, OrderKind
from vienv.core.files import identity, orders, sizes, snapshots

NFS_MB_S = 115.0


def filed(vms: int = 2, num_orders: int = 1, hosts: int = 2, datastores: int = 2) -> SimpleNamespace:
    """A cluster with files, orders and counters; VM v on host v % hosts and datastore 0."""
    c = cluster(
        hosts=hosts,
        vms=vms,
        datastores=datastores,
        volumes=datastores,
        disks=vms,
        adapters=hosts,
        copies=num_orders,
        orders=num_orders,
        filed_vms=vms,
        counters=12,
    )
    c.down_s = [0.0] * vms
    sizes.keep(c.files, c.disks, c.vms, c.volumes, c.clock)
    return c


def order(c: SimpleNamespace, k: int, kind: OrderKind, vm: int, at_s: float, **more: int) -> None:
    """Give order k; `source`, `host`, `datastore` and `option` as in Orders."""
    c.orders.kind[k], c.orders.vm[k], c.orders.at_s[k] = kind, vm, at_s
    for name, value in more.items():
        getattr(c.orders, name)[k] = value


def run(c: SimpleNamespace, until_s: float, mb_s: float = NFS_MB_S) -> None:
    """Run whole ticks up to that second; c.down_s adds up the seconds for which each guest with a host is not up."""
    while c.clock.now_s[0] < until_s:
        tick(c, mb_s)


def tick(c: SimpleNamespace, mb_s: float = NFS_MB_S) -> None:
    """One tick of what concerns files, as `tick.tick` orders it."""
    inventory.begin_tick(c.hosts, c.vms, c.migrations, c.clock)
    orders.begin(
        c.orders,
        c.copies,
        c.files,
        c.disks,
        c.vms,
        c.hosts,
        c.volumes,
        c.clock,
        c.counters,
        c.migrations,
        c.paths,
        c.file,
    )
    _carry(c, mb_s)
    orders.end(
        c.orders, c.copies, c.files, c.disks, c.identities, c.vms, c.hosts, c.volumes, c.clock, c.counters, c.ha, c.file
    )
    identity.customize(c.identities, c.vms, c.clock, c.ha, c.file)
    lifecycle.advance(c.hosts, c.vms, c.clock)
    identity.clash(c.identities, c.vms, c.hosts, c.clock, c.counters)
    sizes.keep(c.files, c.disks, c.vms, c.volumes, c.clock)
    snapshots.withhold(c.files, c.vms, c.hosts, c.clock)
    identity.withhold(c.identities, c.vms, c.hosts)
    for v in range(c.sizes.vms):
        if c.vms.host[v] >= 0:
            c.down_s[v] += c.clock.tick_s[0] - c.vms.up_s[v]
    stillness.end_tick(c.hosts, c.clock)
    c.clock.tick[0] += 1
    c.clock.now_s[0] = c.clock.tick[0] * c.clock.tick_s[0]


def _carry(c: SimpleNamespace, mb_s: float) -> None:
    """Move the copies of a tick over one line, in equal parts, from event to event."""
    copies, now_s = c.copies, float(c.clock.now_s[0])
    end_s = now_s + float(c.clock.tick_s[0])
    while now_s < end_s:
        for k in range(c.sizes.copies):
            if copies.phase[k] == CopyPhase.REQUESTED and copies.requested_at_s[k] <= now_s:
                copies.phase[k] = CopyPhase.COPYING
        moving = [k for k in range(c.sizes.copies) if copies.phase[k] == CopyPhase.COPYING]
        starts = [
            copies.requested_at_s[k]
            for k in range(c.sizes.copies)
            if copies.phase[k] == CopyPhase.REQUESTED and copies.requested_at_s[k] > now_s
        ]
        rate = mb_s / max(1, len(moving))
        ends = [now_s + copies.remaining_mb[k] / rate for k in moving]
        next_s = min([end_s, *starts, *ends])
        for k, ends_at_s in zip(moving, ends, strict=True):
            copies.remaining_mb[k] -= rate * (next_s - now_s)
            if ends_at_s <= next_s:
                copies.phase[k], copies.ended_at_s[k], copies.remaining_mb[k] = CopyPhase.DONE, next_s, 0.0
                c.clock.transfers[0] -= 1
        now_s = next_s
