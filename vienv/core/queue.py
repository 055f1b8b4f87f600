"""VirtualCenter's queue of vMotions: first come, first started, and who is promised room at a destination.

A task has its VM's slot from acceptance until the vMotion ends, fails or is dropped, and its destination promises the
VM's reservation plus overhead for as long (Denneman, frankdenneman.nl, 31 May 2010). `vmotion` starts what waits here
as soon as the limits of both hosts and of the datastore allow; a later task may pass one that must wait. Priorities of
tasks are left out.
"""

from vienv.core.enums import NO_HOST, MigrationPhase
from vienv.core.jit import kernel
from vienv.core.state import Clock, Hosts, Migrations, Vms


@kernel
def enqueue(
    migrations: Migrations, hosts: Hosts, vms: Vms, clock: Clock, v: int, destination: int, is_evacuation: int
) -> None:
    """Queue the vMotion of VM v, which `compatibility` has accepted, and promise it room at its destination."""
    migrations.phase[v] = MigrationPhase.QUEUED
    migrations.source[v] = vms.host[v]
    migrations.destination[v] = destination
    migrations.is_evacuation[v] = is_evacuation
    migrations.ticket[v] = clock.ticket[0]
    clock.ticket[0] += 1
    migrations.order[clock.copying[0]] = v
    clock.copying[0] += 1
    hosts.reserved_mhz[destination] += vms.cpu_reservation_mhz[v]
    hosts.reserved_mb[destination] += vms.memory_reservation_mb[v] + vms.overhead_mb[v]
    clock.placement_changed[0] = 1


@kernel
def release(migrations: Migrations, hosts: Hosts, vms: Vms, clock: Clock, v: int, vacated: int) -> None:
    """Free VM v's slot, and its reservation on the vacated host: the destination of a failure, the source of a success.

    A vMotion that is in flight has also to give back its share of the limits: `vmotion` does that.
    """
    migrations.phase[v] = MigrationPhase.NONE
    migrations.source[v] = NO_HOST
    migrations.destination[v] = NO_HOST
    hosts.reserved_mhz[vacated] -= vms.cpu_reservation_mhz[v]
    hosts.reserved_mb[vacated] -= vms.memory_reservation_mb[v] + vms.overhead_mb[v]
    clock.copying[0] -= 1
    is_behind = False
    for i in range(clock.copying[0]):
        is_behind = is_behind or migrations.order[i] == v
        if is_behind:
            migrations.order[i] = migrations.order[i + 1]
    clock.placement_changed[0] = 1
