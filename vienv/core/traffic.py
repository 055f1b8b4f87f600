"""vMotions and copies of files in one, from event to event: both move data over the same NICs.

A tick without copies is `vmotion.run` alone; this here does the same and carries the copies as well. At every event,
of either, rates are shared anew over all lines (`lines`), and whoever has a new one ends at another second. When a copy
ends, VirtualCenter has its turn at that second: what waited for it begins, and the rest of the tick follows.
"""

from vienv.core import lines
from vienv.core.jit import kernel
from vienv.core.params import CpuParams, VmotionParams
from vienv.core.state import (
    NEVER,
    Adapters,
    Clock,
    Copies,
    Datastores,
    Fabric,
    Hosts,
    Ledger,
    Lines,
    Metrics,
    Migrations,
    Paths,
    Vms,
    Volumes,
    Waits,
)
from vienv.core.stillness import disturb
from vienv.core.storage import copies as files
from vienv.core.vmotion import run as moves
from vienv.core.vmotion.network import is_copying
from vienv.core.vmotion.starts import next_deadline_s, start_queued


@kernel
def run(
    migrations: Migrations,
    copies: Copies,
    hosts: Hosts,
    vms: Vms,
    datastores: Datastores,
    ledger: Ledger,
    metrics: Metrics,
    clock: Clock,
    rows: Lines,
    volumes: Volumes,
    adapters: Adapters,
    fabric: Fabric,
    paths: Paths,
    waits: Waits,
    vmotion: VmotionParams,
    cpu: CpuParams,
    now_s: float,
) -> float:
    """Advance every vMotion and copy from a second of this tick on; returns that at which copies ended, or its end."""
    end_s = clock.now_s[0] + clock.tick_s[0]
    death_s, deadline_s = moves.next_death_s(hosts, -NEVER), NEVER
    may_start = True
    while True:
        if death_s <= now_s:
            may_start |= moves.drop_the_dead(
                migrations, hosts, vms, datastores, ledger, metrics, clock, vmotion, cpu, now_s
            )
            death_s = moves.next_death_s(hosts, now_s)
        may_start |= moves.end_phases(migrations, hosts, vms, datastores, ledger, metrics, clock, vmotion, cpu, now_s)
        if may_start or now_s in (clock.vc_returns_at_s[0], deadline_s):
            start_queued(migrations, hosts, vms, datastores, metrics, clock, paths, waits, vmotion, now_s)
            may_start = False
        if _begin_and_end(copies, hosts, volumes, fabric, paths, clock, now_s) and now_s < end_s:
            return now_s
        lines.share(rows, copies, migrations, hosts, clock, volumes, adapters, vmotion, now_s)
        files.take_rates(copies, hosts, volumes, clock, now_s)
        _take_rates(migrations, vms, clock, cpu, now_s)
        if now_s >= end_s:
            break
        deadline_s = next_deadline_s(waits, migrations, clock, vmotion, now_s)
        event_s = files.next_event_s(copies, adapters, fabric, hosts, now_s, min(end_s, death_s, deadline_s))
        now_s = max(now_s, moves.next_event_s(migrations, clock, now_s, event_s))
    moves.close_tick(migrations, hosts, vms, clock, vmotion, cpu, end_s)
    files.close_tick(copies, hosts, volumes, clock, end_s)
    disturb(clock)  # a copy that is asked for and has not begun needs the coming ticks too
    return end_s


@kernel
def _begin_and_end(
    copies: Copies, hosts: Hosts, volumes: Volumes, fabric: Fabric, paths: Paths, clock: Clock, now_s: float
) -> bool:
    """Let copies end, begin and break off that do at that second; returns whether any is over."""
    num_carried = clock.transfers[0]
    files.end_due(copies, hosts, volumes, clock, now_s)
    files.start_due(copies, clock, now_s)
    files.break_off(copies, hosts, volumes, fabric, paths, clock, now_s)
    return bool(clock.transfers[0] < num_carried)


@kernel
def _take_rates(migrations: Migrations, vms: Vms, clock: Clock, cpu: CpuParams, now_s: float) -> None:
    """Give every vMotion that copies, and whose fair rate has changed, the new one."""
    for i in range(clock.in_flight[0]):
        v = migrations.flight[i]
        if not is_copying(migrations, v) or migrations.rate_mb_s[v] == migrations.fair_mb_s[v]:
            continue
        moves.book_copy(migrations, vms, clock, cpu, v, now_s)
        migrations.rate_mb_s[v] = migrations.fair_mb_s[v]
        migrations.phase_ends_s[v] = NEVER
        if migrations.rate_mb_s[v] > 0.0:
            migrations.phase_ends_s[v] = now_s + migrations.remaining_mb[v] / migrations.rate_mb_s[v]
