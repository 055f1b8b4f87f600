"""vMotion: moves a running VM to another host; a queue, set-up, pre-copy, switch-over, each at its exact second.

A task waits until both hosts and the datastore are below their limits of vMotions at a time (both hosts are charged:
VMware vSphere blog, February 2021), is judged again, and may then fail. After a set-up time `precopy` sends the memory
at the rate that `network` gives now; then the guest stops, the residue is sent, and it resumes at the destination:
downtime = residue / rate + a fixed time (Clark et al., "Live migration of virtual machines", NSDI 2005; Nelson, Lim and
Hutchins, "Fast transparent migration for virtual machines", USENIX 2005). Until then the VM lives at the source, so a
failure of either side leaves it there, dead or alive, and what was sent was sent in vain.

While a host has vMotions in flight they share a fraction of one of its cores (Denneman, frankdenneman.nl,
4 December 2012); a guest that is copied loses a tenth of its CPU (Beloglazov and Buyya, 2012). Page sharing starts anew
at the destination, where ballooned and swapped pages count as backed again. Storage vMotion is left out.
"""

from vienv.core import precopy, queue
from vienv.core.compatibility import refusal_of_start
from vienv.core.enums import Metric, MigrationPhase, Refusal, Term
from vienv.core.jit import kernel
from vienv.core.network import is_copying, share_links
from vienv.core.params import CpuParams, VmotionParams
from vienv.core.state import Clock, Datastores, Hosts, Ledger, Metrics, Migrations, Paths, Vms
from vienv.core.stillness import stir

TEN_GIGABIT_MBPS = 10_000.0


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
    vmotion: VmotionParams,
    cpu: CpuParams,
) -> None:
    """Advance every migration by one tick, from event to event: starts, ends of phases, deaths of hosts.

    Writes the migrations, vms.host and what a switch-over resets, vms.slowdown, hosts.vmotion_mhz, and what is billed.
    """
    now_s = clock.now_s[0]
    end_s = now_s + clock.tick_s[0]
    while clock.copying[0] > 0:
        _drop_the_dead(migrations, hosts, vms, datastores, ledger, metrics, clock, now_s)
        _end_phases(migrations, hosts, vms, datastores, ledger, metrics, clock, vmotion, now_s)
        _start_queued(migrations, hosts, vms, datastores, ledger, metrics, clock, paths, vmotion, now_s)
        if now_s >= end_s:
            return
        share_links(migrations, hosts, clock, vmotion)
        event_s = _next_event_s(migrations, hosts, clock, now_s, end_s)
        _copy(migrations, hosts, vms, clock, vmotion, cpu, event_s - now_s)
        now_s = event_s


@kernel
def _drop_the_dead(
    migrations: Migrations,
    hosts: Hosts,
    vms: Vms,
    datastores: Datastores,
    ledger: Ledger,
    metrics: Metrics,
    clock: Clock,
    now_s: float,
) -> None:
    """End the migrations of hosts that have died: the VM stays with its source, dead or alive."""
    i = 0
    while i < clock.copying[0]:
        v = migrations.order[i]
        if min(hosts.fails_at_s[migrations.source[v]], hosts.fails_at_s[migrations.destination[v]]) <= now_s:
            _fail(migrations, hosts, vms, datastores, ledger, metrics, clock, v, now_s)
        else:
            i += 1


@kernel
def _end_phases(
    migrations: Migrations,
    hosts: Hosts,
    vms: Vms,
    datastores: Datastores,
    ledger: Ledger,
    metrics: Metrics,
    clock: Clock,
    vmotion: VmotionParams,
    now_s: float,
) -> None:
    """Do what is due: set-up ends in round 0, a round in the next or in the switch-over, the switch-over in arrival."""
    i = 0
    while i < clock.copying[0]:
        v, count = migrations.order[i], clock.copying[0]
        phase = migrations.phase[v]
        is_due = phase != MigrationPhase.QUEUED and migrations.phase_ends_s[v] <= now_s
        if is_due and phase == MigrationPhase.SETUP:
            ledger.interval[Term.MIGRATIONS] += 1.0
            precopy.begin(migrations, vms, v, now_s)
        elif is_due and phase == MigrationPhase.PRECOPY:
            if not precopy.end_round(migrations, vms, vmotion, v, now_s):
                _fail(migrations, hosts, vms, datastores, ledger, metrics, clock, v, now_s)
        elif is_due and migrations.round_mb[v] > 0.0:
            precopy.end_residue(migrations, vmotion, v, now_s)
        elif is_due:
            _arrive(migrations, hosts, vms, datastores, ledger, metrics, clock, v, now_s)
        if clock.copying[0] == count:
            i += 1


@kernel
def _arrive(
    migrations: Migrations,
    hosts: Hosts,
    vms: Vms,
    datastores: Datastores,
    ledger: Ledger,
    metrics: Metrics,
    clock: Clock,
    v: int,
    now_s: float,
) -> None:
    """The guest resumes at the destination, which keeps what it promised; the source is free of the VM."""
    source = migrations.source[v]
    vms.host[v] = migrations.destination[v]
    vms.shared_mb[v] = vms.ballooned_mb[v] = vms.swapped_mb[v] = 0.0
    vms.scanned_since_s[v] = now_s
    migrations.ended_at_s[v] = now_s
    _leave_flight(migrations, hosts, vms, datastores, ledger, metrics, clock, v, now_s)
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
    v: int,
    now_s: float,
) -> None:
    """The VM stays where it is, the destination owes it nothing more, and what was sent was sent in vain."""
    if migrations.phase[v] != MigrationPhase.QUEUED:
        if is_copying(migrations, v):
            migrations.sent_mb[v] += migrations.round_mb[v] - migrations.remaining_mb[v]
        _leave_flight(migrations, hosts, vms, datastores, ledger, metrics, clock, v, now_s)
    migrations.failed_at_s[v] = now_s
    metrics.value[Metric.MIGRATIONS_FAILED] += 1.0
    queue.release(migrations, hosts, vms, clock, v, migrations.destination[v])


@kernel
def _leave_flight(
    migrations: Migrations,
    hosts: Hosts,
    vms: Vms,
    datastores: Datastores,
    ledger: Ledger,
    metrics: Metrics,
    clock: Clock,
    v: int,
    now_s: float,
) -> None:
    """Give back its share of the limits, and bill the seconds for which the guest was stopped."""
    stir(hosts, clock, migrations.source[v])
    stir(hosts, clock, migrations.destination[v])
    hosts.vmotions[migrations.source[v]] -= 1
    hosts.vmotions[migrations.destination[v]] -= 1
    datastores.migrations[vms.datastore[v]] -= 1
    metrics.value[Metric.MIGRATION_S] += now_s - migrations.started_at_s[v]
    if migrations.phase[v] == MigrationPhase.SWITCH_OVER:
        migrations.downtime_s[v] = now_s - migrations.round_began_s[v]
        ledger.interval[Term.VMOTION_DOWNTIME_S] += migrations.downtime_s[v]


@kernel
def _start_queued(
    migrations: Migrations,
    hosts: Hosts,
    vms: Vms,
    datastores: Datastores,
    ledger: Ledger,
    metrics: Metrics,
    clock: Clock,
    paths: Paths,
    vmotion: VmotionParams,
    now_s: float,
) -> None:
    """Start, in order, what the limits allow and is still possible. While VirtualCenter is down its queue waits."""
    if clock.vc_returns_at_s[0] > now_s:
        return
    i = 0
    while i < clock.copying[0]:
        v = migrations.order[i]
        i += 1
        if migrations.phase[v] != MigrationPhase.QUEUED or not _is_within_limits(
            migrations, hosts, vms, datastores, vmotion, v
        ):
            continue
        if refusal_of_start(hosts, vms, migrations, paths, vmotion, v) != Refusal.ACCEPTED:
            _fail(migrations, hosts, vms, datastores, ledger, metrics, clock, v, now_s)
            i -= 1
            continue
        hosts.vmotions[migrations.source[v]] += 1
        hosts.vmotions[migrations.destination[v]] += 1
        datastores.migrations[vms.datastore[v]] += 1
        migrations.phase[v] = MigrationPhase.SETUP
        migrations.started_at_s[v] = now_s
        migrations.phase_ends_s[v] = now_s + vmotion.setup_s
        migrations.dirty_mb_s[v] = vms.dirty_mb_s[v]
        migrations.rounds[v] = 0
        migrations.round_mb[v] = migrations.remaining_mb[v] = migrations.sent_mb[v] = 0.0


@kernel
def _is_within_limits(
    migrations: Migrations, hosts: Hosts, vms: Vms, datastores: Datastores, vmotion: VmotionParams, v: int
) -> bool:
    source, destination = migrations.source[v], migrations.destination[v]
    return (
        hosts.vmotions[source] < hosts.vmotion_limit[source]
        and hosts.vmotions[destination] < hosts.vmotion_limit[destination]
        and datastores.migrations[vms.datastore[v]] < vmotion.datastore_limit
    )


@kernel
def _next_event_s(migrations: Migrations, hosts: Hosts, clock: Clock, now_s: float, end_s: float) -> float:
    """When something happens next, at the present rates; the tick's end if nothing does before."""
    event_s = end_s
    if clock.vc_returns_at_s[0] > now_s:
        event_s = min(event_s, clock.vc_returns_at_s[0])
    for i in range(clock.copying[0]):
        v = migrations.order[i]
        event_s = min(event_s, hosts.fails_at_s[migrations.source[v]], hosts.fails_at_s[migrations.destination[v]])
        if is_copying(migrations, v):
            migrations.phase_ends_s[v] = now_s + migrations.remaining_mb[v] / migrations.rate_mb_s[v]
        if migrations.phase[v] != MigrationPhase.QUEUED:
            event_s = min(event_s, migrations.phase_ends_s[v])
    return max(event_s, now_s)


@kernel
def _copy(
    migrations: Migrations,
    hosts: Hosts,
    vms: Vms,
    clock: Clock,
    vmotion: VmotionParams,
    cpu: CpuParams,
    elapsed_s: float,
) -> None:
    """Send for elapsed_s at the present rates; note what it costs both hosts and the guest, averaged over the tick."""
    of_tick = elapsed_s / clock.tick_s[0]
    for i in range(clock.copying[0]):
        v = migrations.order[i]
        if migrations.phase[v] == MigrationPhase.QUEUED:
            continue
        for h in (migrations.source[v], migrations.destination[v]):
            stir(hosts, clock, h)
            hosts.vmotion_mhz[h] += _reserved_mhz(hosts, vmotion, h) * of_tick / hosts.vmotions[h]
        if not is_copying(migrations, v):
            continue
        sent_mb = migrations.rate_mb_s[v] * elapsed_s
        migrations.remaining_mb[v] = max(0.0, migrations.remaining_mb[v] - sent_mb)
        if migrations.phase[v] == MigrationPhase.PRECOPY:
            lost = cpu.vmotion_guest_slowdown + precopy.held_back(migrations, vms, v)
            vms.slowdown[v] += min(1.0, lost) * of_tick


@kernel
def _reserved_mhz(hosts: Hosts, vmotion: VmotionParams, h: int) -> float:
    """CPU that the vMotions of host h share: a fraction of one core, more on 10 GbE."""
    is_10g = hosts.vmkernel_mbps[h] >= TEN_GIGABIT_MBPS
    return hosts.core_mhz[h] * (vmotion.cpu_core_fraction_10g if is_10g else vmotion.cpu_core_fraction)
