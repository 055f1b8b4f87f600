"""Hand-made clusters whose VMs have files and orders, run tick by tick with everything else."""

from types import SimpleNamespace

from tests.clusters import stir
from tests.managed import managed, plain
from tests.stored import make_ip
from vienv.core import tick as ticks
from vienv.core.enums import Happening, OrderKind
from vienv.core.files import sizes

NFS_MB_S = 115.0
"""1 GbE."""


def filed(vms: int = 2, num_orders: int = 1, hosts: int = 2, **changes: object) -> SimpleNamespace:
    """`managed`, with two NFS datastores, files, orders and counters; all VMs' files lie on datastore 0.

    c.down_s adds up the seconds for which each guest that has a host is not up.
    """
    rows = {"datastores": 2, "volumes": 2, "disks": vms, "adapters": hosts, "copies": num_orders}
    rows |= {"orders": num_orders, "filed_vms": vms, "counters": len(Happening)}
    c = managed(hosts, vms, rows=rows, **changes)
    make_ip(c, 0)
    make_ip(c, 1)
    c.down_s = [0.0] * vms
    plain(sizes.keep)(c.files, c.disks, c.vms, c.volumes, c.clock)
    return c


def order(c: SimpleNamespace, k: int, kind: OrderKind, vm: int, at_s: float, **more: int) -> None:
    """Give order k; `source`, `host`, `datastore` and `option` as in Orders."""
    c.orders.kind[k], c.orders.vm[k], c.orders.at_s[k] = kind, vm, at_s
    for name, value in more.items():
        getattr(c.orders, name)[k] = value


def run(c: SimpleNamespace, until_s: float) -> None:
    """Run whole ticks up to that second."""
    while c.clock.now_s[0] < until_s:
        plain(ticks.tick)(c.floats, c.ints, c.spans)
        for v in range(c.sizes.vms):
            if c.vms.host[v] >= 0:
                c.down_s[v] += c.clock.tick_s[0] - c.vms.up_s[v]


def change(c: SimpleNamespace) -> None:
    """Say that rows were written by hand."""
    c.clock.placement_changed[0] = 1
    c.clock.next_event_s[0] = 0.0
    stir(c)
