"""What tests of vMotion share: order one, run ticks, and look at the time."""

from types import SimpleNamespace

from tests.clusters import cluster, settings
from vienv.core import inventory, queue
from vienv.core.enums import MigrationPhase, VmState
from vienv.core.vmotion.run import run

GB = 1024.0
RATE = 117.0
"""MB/s of guest memory on 1 GbE."""


def pair(vms: int = 1, hosts: int = 2, **changes: object) -> SimpleNamespace:
    """All VMs on host 0, grouped; no fixed downtime unless asked for, so that times are pre-copy's closed form."""
    c = cluster(hosts=hosts, vms=vms, waiting_vms=vms)
    c.vms.host[:] = 0
    settings(c, **{"vmotion_fixed_downtime_s": 0.0, **changes})
    inventory.group(c.hosts, c.vms, c.migrations, c.clock)
    return c


def one(touched_mb: float = GB, dirty_mb_s: float = 5.0, vms: int = 1, **changes: object) -> SimpleNamespace:
    """VMs of one size on host 0, whose whole memory is their working set."""
    c = pair(vms, **changes)
    c.vms.touched_mb[:] = c.vms.working_set_mb[:] = touched_mb
    c.vms.dirty_mb_s[:] = dirty_mb_s
    return c


def moved(c: SimpleNamespace) -> SimpleNamespace:
    """Move VM 0 to host 1 and wait for the end, whatever it is."""
    order(c, 0, 1)
    run_until_idle(c)
    return c


def ten_gigabit(c: SimpleNamespace) -> SimpleNamespace:
    c.hosts.vmkernel_mbps[:] = 10_000.0
    return c


def order(c: SimpleNamespace, v: int, h: int, is_evacuation: int = 0) -> None:
    queue.enqueue(c.migrations, c.hosts, c.vms, c.clock, v, h, is_evacuation)


def run_tick(c: SimpleNamespace, dies: dict[int, float] | None = None) -> None:
    """One tick of vMotion alone; hosts in `dies` are foreseen to die at that second. The clock goes on."""
    inventory.begin_tick(c.hosts, c.vms, c.migrations, c.clock)
    for h, at_s in (dies or {}).items():
        c.hosts.fails_at_s[h] = at_s
    run(c.migrations, c.hosts, c.vms, c.datastores, c.ledger, c.metrics, c.clock, c.paths, c.waits, c.vmotion, c.cpu)
    c.clock.now_s[0] += c.clock.tick_s[0]


def run_until_idle(c: SimpleNamespace, most_ticks: int = 1000) -> None:
    for _ in range(most_ticks):
        if c.clock.copying[0] == 0:
            return
        run_tick(c)
    raise AssertionError(f"still {c.clock.copying[0]} migrations after {most_ticks} ticks")


def promised_mb(c: SimpleNamespace, h: int) -> float:
    """What host h ought to have promised: reservations plus overhead of those that run there or are on their way."""
    lives_here = (c.vms.state == VmState.RUNNING) & (c.vms.host == h)
    is_coming = (c.migrations.phase != MigrationPhase.NONE) & (c.migrations.destination == h)
    return float((c.vms.memory_reservation_mb + c.vms.overhead_mb)[lives_here | is_coming].sum())
