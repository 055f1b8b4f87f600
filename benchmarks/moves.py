"""Legal vMotions by script, so that a bare kernel has something in flight: the same ones from the same state.

Two VMs of different hosts change places, so that hosts keep their number of VMs and, more or less, their load. Which
two follows from the interval's number; only what VirtualCenter accepts is queued.
"""

from vienv.core import arena, jit
from vienv.core.enums import NO_VM, Refusal, VmState
from vienv.core.jit import kernel
from vienv.core.params import VirtualCenterParams, VmotionParams
from vienv.core.state import Clock, FloatArray, Hosts, IntArray, Migrations, Paths, Vms
from vienv.core.virtualcenter import commands

_STRIDE = 7919
"""From one pair to the next, in VMs; a prime, so that every VM has its turn."""


@jit.crossing("void(float64[:,::1], int64[:,::1], int64[:,::1], int64)")
def queue_exchanges(floats: FloatArray, ints: IntArray, spans: IntArray, most: int) -> None:
    """Queue up to `most` exchanges, of two vMotions each, in each cluster."""
    for e in range(floats.shape[0]):
        f, i = floats[e], ints[e]
        clock, hosts, vms = arena.clock_of(f, i, spans), arena.hosts_of(f, i, spans), arena.vms_of(f, i, spans)
        migrations, paths = arena.migrations_of(f, i, spans), arena.paths_of(f, i, spans)
        vmotion, vc_params = arena.vmotion_params_of(f, i, spans), arena.virtual_center_params_of(f, i, spans)
        for k in range(most):
            v = (clock.interval[0] + k) * _STRIDE % vms.state.size
            u = _partner(clock, hosts, vms, migrations, paths, vmotion, vc_params, v)
            if u != NO_VM:
                source, destination = vms.host[v], vms.host[u]
                commands.migrate(hosts, vms, migrations, clock, v, destination)
                commands.migrate(hosts, vms, migrations, clock, u, source)


@kernel
def _partner(
    clock: Clock,
    hosts: Hosts,
    vms: Vms,
    migrations: Migrations,
    paths: Paths,
    vmotion: VmotionParams,
    virtual_center: VirtualCenterParams,
    v: int,
) -> int:
    """The next VM with which v may change places; NO_VM if VirtualCenter would refuse every one."""
    if commands.refusal_of_any(clock, hosts, virtual_center) != Refusal.ACCEPTED:
        return NO_VM
    for k in range(1, vms.state.size):
        u = (v + k) % vms.state.size
        if vms.state[u] != VmState.RUNNING:
            continue
        there = commands.refusal_of_migration(hosts, vms, migrations, paths, vmotion, v, vms.host[u])
        if there != Refusal.ACCEPTED:
            continue
        back = commands.refusal_of_migration(hosts, vms, migrations, paths, vmotion, u, vms.host[v])
        if back == Refusal.ACCEPTED:
            return u
    return NO_VM
