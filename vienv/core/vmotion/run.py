"""vMotion: moves a running VM to another host; a queue, set-up, pre-copy, switch-over, each at its exact second.

A task waits in the queue until it `starts`. After a set-up time `precopy` sends the memory at the rate that `network`
gives now; then the guest stops, the residue is sent, and it resumes at the destination: downtime = residue / rate + a
fixed time (Clark et al., "Live migration of virtual machines", NSDI 2005; Nelson, Lim and Hutchins, "Fast transparent
migration for virtual machines", USENIX 2005). Until then the VM lives at the source, so a failure of either side leaves
it there, dead or alive, and what was sent was sent in vain.

A guest that is copied loses a tenth of its CPU (Beloglazov and Buyya, 2012), its hosts what `flight` says. What has
been copied is booked when a rate changes, a round ends or the tick does. Page sharing starts anew at the destination,
where ballooned and swapped pages count as backed again. Storage vMotion is `files`'.
"""

from vienv.core import queue
from vienv.core.enums import Metric, MigrationPhase, Term
from vienv.core.jit import kernel
from vienv.core.params import CpuParams, VmotionParams
from vienv.core.state import NEVER, Clock, Datastores, Hosts, Ledger, Metrics, Migrations, Paths, Vms, Waits
from vienv.core.stillness import stir
from vienv.core.vmotion import flight, precopy
from vienv.core.vmotion.network import is_copying, share_links
from vienv.core.vmotion.starts import give_up, next_deadline_s, start_queued


@kernel
def run(
    migrations: Migrations,
    hosts: Hosts,
    vms: Vms,
    datastores: Datastores,
    ledger: Ledger,
    metrics: Metrics,
    clock: Clock,
    paths: Paths,
    waits: Waits,
    vmotion: VmotionParams,
    cpu: CpuParams,
) -> None:
    """Advance every migration by one tick, from event to event: starts, ends of phases, deaths of hosts.

    Writes the migrations, vms.host and what a switch-over resets, vms.slowdown, hosts.vmotion_mhz, and what is billed.
    """
    if clock.copying[0] == 0:
        return
    now_s = clock.now_s[0]
    end_s = now_s + clock.tick_s[0]
    death_s, deadline_s = next_death_s(hosts, -NEVER), NEVER
    may_start = True
    while True:
        if death_s <= now_s:
            may_start |= drop_the_dead(migrations, hosts, vms, datastores, ledger, metrics, clock, vmotion, cpu, now_s)
            death_s = next_death_s(hosts, now_s)
        may_start |= end_phases(migrations, hosts, vms, datastores, ledger, metrics, clock, vmotion, cpu, now_s)
        if may_start or now_s in (clock.vc_returns_at_s[0], deadline_s):
            start_queued(migrations, hosts, vms, datastores, metrics, clock, paths, waits, vmotion, now_s)
            may_start = False
        if now_s >= end_s:
            break
        deadline_s = next_deadline_s(waits, migrations, clock, vmotion, now_s)
        now_s = max(now_s, next_event_s(migrations, clock, now_s, min(end_s, death_s, deadline_s)))
    close_tick(migrations, hosts, vms, clock, vmotion, cpu, end_s)


@kernel
def next_death_s(hosts: Hosts, after_s: float) -> float:
    """When the next host dies in this tick, or loses its VMkernel network; NEVER if none does."""
    death_s = NEVER
    for h in range(hosts.fails_at_s.size):
        lost_at_s = _lost_at_s(hosts, h)
        if lost_at_s > after_s:
            death_s = min(death_s, lost_at_s)
    return death_s


@kernel
def _lost_at_s(hosts: Hosts, h: int) -> float:
    """When host h is lost to vMotion in this tick, dead or severed; NEVER if it is not."""
    return min(hosts.fails_at_s[h], hosts.severed_at_s[h])


@kernel
def drop_the_dead(
    migrations: Migrations,
    hosts: Hosts,
    vms: Vms,
    datastores: Datastores,
    ledger: Ledger,
    metrics: Metrics,
    clock: Clock,
    vmotion: VmotionParams,
    cpu: CpuParams,
    now_s: float,
) -> bool:
    """End the migrations of hosts that are lost: the VM stays with its source. Returns whether any was in flight."""
    before = clock.in_flight[0]
    i = 0
    while i < clock.copying[0]:
        v = migrations.order[i]
        source, destination, copied = migrations.source[v], migrations.destination[v], is_copying(migrations, v)
        if min(_lost_at_s(hosts, source), _lost_at_s(hosts, destination)) > now_s:
            i += 1
            continue
        _fail(migrations, hosts, vms, datastores, ledger, metrics, clock, vmotion, cpu, v, now_s)
        if copied:
            _share(migrations, hosts, vms, clock, vmotion, cpu, source, destination, now_s)
    return clock.in_flight[0] < before


@kernel
def end_phases(
    migrations: Migrations,
    hosts: Hosts,
    vms: Vms,
    datastores: Datastores,
    ledger: Ledger,
    metrics: Metrics,
    clock: Clock,
    vmotion: VmotionParams,
    cpu: CpuParams,
    now_s: float,
) -> bool:
    """Do what is due; returns whether a flight ended, so that others may start."""
    before = clock.in_flight[0]
    i = 0
    while i < clock.in_flight[0]:
        v = migrations.flight[i]
        if migrations.phase_ends_s[v] > now_s:
            i += 1
            continue
        source, destination, copied = migrations.source[v], migrations.destination[v], is_copying(migrations, v)
        book_copy(migrations, vms, clock, cpu, v, now_s)
        if migrations.phase[v] == MigrationPhase.SETUP:
            ledger.interval[Term.MIGRATIONS] += 1.0
            precopy.begin(migrations, vms, v, now_s)
        elif migrations.phase[v] == MigrationPhase.PRECOPY:
            if not precopy.end_round(migrations, vms, vmotion, v, now_s):
                _fail(migrations, hosts, vms, datastores, ledger, metrics, clock, vmotion, cpu, v, now_s)
        elif migrations.round_mb[v] > 0.0:
            precopy.end_residue(migrations, vmotion, v, now_s)
        else:
            _arrive(migrations, hosts, vms, datastores, ledger, metrics, clock, vmotion, v, now_s)
        if is_copying(migrations, v) != copied:
            _share(migrations, hosts, vms, clock, vmotion, cpu, source, destination, now_s)
        elif copied:
            migrations.phase_ends_s[v] = now_s + migrations.remaining_mb[v] / migrations.rate_mb_s[v]
        if migrations.phase[v] != MigrationPhase.NONE:
            i += 1
    return clock.in_flight[0] < before


@kernel
def _share(
    migrations: Migrations,
    hosts: Hosts,
    vms: Vms,
    clock: Clock,
    vmotion: VmotionParams,
    cpu: CpuParams,
    source: int,
    destination: int,
    now_s: float,
) -> None:
    """Give everybody whose rate has changed, because somebody began or ended to copy between two hosts, the new one."""
    for k in range(share_links(migrations, hosts, vmotion, source, destination)):
        v = migrations.sharing[k]
        if migrations.rate_mb_s[v] == migrations.fair_mb_s[v]:
            continue
        book_copy(migrations, vms, clock, cpu, v, now_s)
        migrations.rate_mb_s[v] = migrations.fair_mb_s[v]
        migrations.phase_ends_s[v] = now_s + migrations.remaining_mb[v] / migrations.rate_mb_s[v]


@kernel
def book_copy(migrations: Migrations, vms: Vms, clock: Clock, cpu: CpuParams, v: int, now_s: float) -> None:
    """Book what VM v's migration has sent since it was last asked, and what that took of the guest's CPU."""
    elapsed_s = now_s - migrations.copied_until_s[v]
    migrations.copied_until_s[v] = now_s
    if not is_copying(migrations, v):
        return
    migrations.remaining_mb[v] = max(0.0, migrations.remaining_mb[v] - migrations.rate_mb_s[v] * elapsed_s)
    if migrations.phase[v] == MigrationPhase.PRECOPY:
        lost = cpu.vmotion_guest_slowdown + precopy.held_back(migrations, vms, v)
        vms.slowdown[v] += min(1.0, lost) * (elapsed_s / clock.tick_s[0])


@kernel
def _arrive(
    migrations: Migrations,
    hosts: Hosts,
    vms: Vms,
    datastores: Datastores,
    ledger: Ledger,
    metrics: Metrics,
    clock: Clock,
    vmotion: VmotionParams,
    v: int,
    now_s: float,
) -> None:
    """The guest resumes at the destination, which keeps what it promised; the source is free of the VM."""
    source = migrations.source[v]
    vms.host[v] = migrations.destination[v]
    vms.shared_mb[v] = vms.ballooned_mb[v] = vms.swapped_mb[v] = 0.0
    vms.scanned_since_s[v] = now_s
    migrations.ended_at_s[v] = now_s
    _leave_flight(migrations, hosts, vms, datastores, ledger, metrics, clock, vmotion, v, now_s)
    queue.release(migrations, hosts, vms, clock, v, source)


@kernel
def _fail(
    migrations: Migrations,
    hosts: Hosts,
    vms: Vms,
    datastores: Datastores,
    ledger: Ledger,
    metrics: Metrics,
    clock: Clock,
    vmotion: VmotionParams,
    cpu: CpuParams,
    v: int,
    now_s: float,
) -> None:
    """The VM stays where it is, the destination owes it nothing more, and what was sent was sent in vain."""
    if migrations.phase[v] != MigrationPhase.QUEUED:
        book_copy(migrations, vms, clock, cpu, v, now_s)
        if is_copying(migrations, v):
            migrations.sent_mb[v] += migrations.round_mb[v] - migrations.remaining_mb[v]
        _leave_flight(migrations, hosts, vms, datastores, ledger, metrics, clock, vmotion, v, now_s)
    give_up(migrations, hosts, vms, metrics, clock, v, now_s)


@kernel
def _leave_flight(
    migrations: Migrations,
    hosts: Hosts,
    vms: Vms,
    datastores: Datastores,
    ledger: Ledger,
    metrics: Metrics,
    clock: Clock,
    vmotion: VmotionParams,
    v: int,
    now_s: float,
) -> None:
    """Give back its share of the limits, and bill the seconds for which the guest was stopped."""
    migrations.rate_mb_s[v] = 0.0
    flight.land(migrations, hosts, clock, vmotion, v, now_s)
    datastores.migrations[vms.datastore[v]] -= 1
    metrics.value[Metric.MIGRATION_S] += now_s - migrations.started_at_s[v]
    if migrations.phase[v] == MigrationPhase.SWITCH_OVER:
        migrations.downtime_s[v] = now_s - migrations.round_began_s[v]
        ledger.interval[Term.VMOTION_DOWNTIME_S] += migrations.downtime_s[v]


@kernel
def next_event_s(migrations: Migrations, clock: Clock, now_s: float, latest_s: float) -> float:
    """When something happens next, at the present rates; latest_s if nothing does before."""
    event_s = latest_s
    if clock.vc_returns_at_s[0] > now_s:
        event_s = min(event_s, clock.vc_returns_at_s[0])
    for i in range(clock.in_flight[0]):
        event_s = min(event_s, migrations.phase_ends_s[migrations.flight[i]])
    return event_s


@kernel
def close_tick(
    migrations: Migrations,
    hosts: Hosts,
    vms: Vms,
    clock: Clock,
    vmotion: VmotionParams,
    cpu: CpuParams,
    end_s: float,
) -> None:
    """Book up to the tick's end what is in flight."""
    for i in range(clock.in_flight[0]):
        v = migrations.flight[i]
        book_copy(migrations, vms, clock, cpu, v, end_s)
        for h in (migrations.source[v], migrations.destination[v]):
            flight.book_cpu(hosts, clock, vmotion, h, end_s)
            stir(hosts, clock, h)
