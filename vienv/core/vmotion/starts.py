"""Which vMotions leave VirtualCenter's queue, and when: as soon as the limits allow and nothing stands against them.

A task waits until both hosts and the datastore are below their limits of vMotions at a time (both hosts are charged:
VMware vSphere blog, February 2021), is judged again, and may then fail. While VirtualCenter is down its queue waits.

From vSphere 6 on every vMotion of a host has to find 250 Mbit/s of its line (VMware, vCenter Server and Host Management
6.0, "vSphere vMotion Networking Requirements"): a task whose start would leave less to anyone waits, and fails when it
has waited too long for that. Later tasks may pass it.
"""

from vienv.core import queue
from vienv.core.compatibility import refusal_of_start
from vienv.core.enums import Metric, MigrationPhase, Refusal
from vienv.core.jit import kernel
from vienv.core.params import VmotionParams
from vienv.core.state import NEVER, Clock, Datastores, Hosts, Metrics, Migrations, Paths, Vms, Waits
from vienv.core.vmotion import flight


@kernel
def start_queued(
    migrations: Migrations,
    hosts: Hosts,
    vms: Vms,
    datastores: Datastores,
    metrics: Metrics,
    clock: Clock,
    paths: Paths,
    waits: Waits,
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
            give_up(migrations, hosts, vms, metrics, clock, v, now_s)
            i -= 1
            continue
        if waits.since_s.size > 0 and _must_wait(waits, migrations, hosts, vmotion, v, now_s):
            if now_s >= deadline_s(waits, migrations, vmotion, v):
                waits.timed_out[v] += 1
                give_up(migrations, hosts, vms, metrics, clock, v, now_s)
                i -= 1
            continue
        flight.take_off(migrations, hosts, clock, v, now_s)
        datastores.migrations[vms.datastore[v]] += 1
        migrations.phase[v] = MigrationPhase.SETUP
        migrations.started_at_s[v] = migrations.copied_until_s[v] = now_s
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
def _must_wait(
    waits: Waits, migrations: Migrations, hosts: Hosts, vmotion: VmotionParams, v: int, now_s: float
) -> bool:
    """Whether VM v's start would leave a vMotion of either host less of its line than the minimum; notes since when."""
    source, destination = migrations.source[v], migrations.destination[v]
    out_mbps = hosts.vmkernel_mbps[source] / (hosts.vmotions[source] + 1)
    in_mbps = hosts.vmkernel_mbps[destination] / (hosts.vmotions[destination] + 1)
    if min(out_mbps, in_mbps) >= vmotion.session_mbps_minimum:
        waits.since_s[v] = NEVER
        return False
    if waits.ticket[v] != migrations.ticket[v] or waits.since_s[v] == NEVER:
        waits.ticket[v], waits.since_s[v] = migrations.ticket[v], now_s
    return True


@kernel
def deadline_s(waits: Waits, migrations: Migrations, vmotion: VmotionParams, v: int) -> float:
    """When VM v's vMotion, which waits for a line, has waited for too long; NEVER if it does not wait for one."""
    is_waiting = migrations.phase[v] == MigrationPhase.QUEUED and waits.ticket[v] == migrations.ticket[v]
    return waits.since_s[v] + vmotion.queue_timeout_s if is_waiting else NEVER


@kernel
def next_deadline_s(
    waits: Waits, migrations: Migrations, clock: Clock, vmotion: VmotionParams, after_s: float
) -> float:
    """When a vMotion has next waited for a line for too long, after that second; NEVER if none has."""
    next_s = NEVER
    for i in range(clock.copying[0] if waits.since_s.size > 0 else 0):
        at_s = deadline_s(waits, migrations, vmotion, migrations.order[i])
        next_s = min(next_s, at_s if at_s > after_s else NEVER)
    return next_s


@kernel
def give_up(
    migrations: Migrations, hosts: Hosts, vms: Vms, metrics: Metrics, clock: Clock, v: int, now_s: float
) -> None:
    """The task is over: the VM stays where it is, and the destination owes it nothing more."""
    migrations.failed_at_s[v] = now_s
    metrics.value[Metric.MIGRATIONS_FAILED] += 1.0
    queue.release(migrations, hosts, vms, clock, v, migrations.destination[v])
