"""One command in one cluster: VirtualCenter is asked, and does it or says why not."""

from vienv.core import admission, arena
from vienv.core.enums import NO_VM, CommandKind, Refusal, Term
from vienv.core.jit import kernel
from vienv.core.state import Clock, FloatArray, Hosts, IntArray, Migrations, Paths, Vms
from vienv.core.virtualcenter import commands, works
from vienv.envs import mask


@kernel
def is_over(f: FloatArray, i: IntArray, spans: IntArray) -> bool:
    """Whether the episode has ended: its last interval is done, or the cluster is lost."""
    clock = arena.clock_of(f, i, spans)
    return clock.is_terminated[0] == 1 or clock.interval[0] >= clock.intervals_per_episode[0]


@kernel
def carry_out(f: FloatArray, i: IntArray, spans: IntArray, kind: int, v: int, h: int) -> None:
    """Ask VirtualCenter; a refusal changes nothing but its counter."""
    clock, hosts, vms = arena.clock_of(f, i, spans), arena.hosts_of(f, i, spans), arena.vms_of(f, i, spans)
    outcome = arena.outcome_of(f, i, spans)
    refusal = refusal_of(f, i, spans, kind, v, h)
    outcome.refusal[0] = refusal
    if refusal != Refusal.ACCEPTED:
        book = arena.ledger_of(f, i, spans)
        book.step[Term.REFUSED_COMMANDS] += 1.0
        book.episode[Term.REFUSED_COMMANDS] += 1.0
        return
    if kind == CommandKind.PICK:
        clock.picked[0] = v
        return
    volumes, ha = arena.volumes_of(f, i, spans), arena.ha_params_of(f, i, spans)
    if kind == CommandKind.MIGRATE:
        commands.migrate(hosts, vms, arena.migrations_of(f, i, spans), clock, v, h)
    elif kind == CommandKind.PLACE and clock.now_s[0] < clock.vc_returns_at_s[0]:
        direct = arena.direct_power_ons_of(f, i, spans)
        commands.place_directly(direct, hosts, vms, volumes, clock, ha, v, h)
    elif kind == CommandKind.PLACE:
        commands.place(hosts, vms, volumes, clock, ha, v, h)
    elif kind == CommandKind.STANDBY:
        commands.order_standby(hosts, clock, h)
    else:
        commands.wake(hosts, clock, arena.power_params_of(f, i, spans), h)
    clock.picked[0] = NO_VM


@kernel
def refusal_of(f: FloatArray, i: IntArray, spans: IntArray, kind: int, v: int, h: int) -> int:
    """What stands against a command: the judges of `commands` and `mask`, and no other."""
    clock, hosts, vms = arena.clock_of(f, i, spans), arena.hosts_of(f, i, spans), arena.vms_of(f, i, spans)
    migrations, paths = arena.migrations_of(f, i, spans), arena.paths_of(f, i, spans)
    vmotion, ha = arena.vmotion_params_of(f, i, spans), arena.ha_params_of(f, i, spans)
    vc_params, pools = arena.virtual_center_params_of(f, i, spans), arena.pools_of(f, i, spans)
    needs_vm = kind == CommandKind.PICK or kind == CommandKind.MIGRATE or kind == CommandKind.PLACE
    if (needs_vm and not 0 <= v < vms.state.size) or (kind != CommandKind.PICK and not 0 <= h < hosts.power_state.size):
        return Refusal.NO_SUCH_ACTION
    if is_over(f, i, spans):
        return Refusal.EPISODE_OVER
    if needs_vm and commands.takes_direct_orders(clock, vc_params):
        return _refusal_at_hosts(clock, hosts, vms, migrations, paths, kind, v, h)
    refusal = commands.refusal_of_any(clock, hosts, vc_params)
    if refusal != Refusal.ACCEPTED:
        return refusal
    if kind == CommandKind.PICK:
        if clock.picked[0] != NO_VM:
            return Refusal.NO_SUCH_ACTION
        return mask.refusal_of_pick(pools, hosts, vms, migrations, paths, vmotion, ha, v)
    if needs_vm:
        return mask.refusal_to_go(pools, hosts, vms, migrations, paths, vmotion, ha, v, h)
    if kind == CommandKind.WAKE:
        return commands.refusal_of_wake(hosts, h)
    return commands.refusal_of_standby(
        hosts,
        vms,
        migrations,
        paths,
        arena.vm_statistics_of(f, i, spans),
        arena.host_statistics_of(f, i, spans),
        clock,
        vmotion,
        arena.power_params_of(f, i, spans),
        ha,
        vc_params,
        admission.failover(hosts, vms, migrations, ha, hosts.cluster[h]),
        works.keep_awake(arena.orders_of(f, i, spans), hosts, clock, hosts.cluster[h]),
        h,
    )


@kernel
def _refusal_at_hosts(
    clock: Clock, hosts: Hosts, vms: Vms, migrations: Migrations, paths: Paths, kind: int, v: int, h: int
) -> int:
    """What stands against a command about VM v while VirtualCenter is down and an administrator works at the hosts."""
    if kind == CommandKind.PICK:
        is_free = clock.picked[0] == NO_VM
        return mask.refusal_of_direct_pick(hosts, vms, migrations, paths, v) if is_free else Refusal.NO_SUCH_ACTION
    if kind == CommandKind.PLACE:
        return commands.refusal_of_direct_power_on(hosts, vms, migrations, paths, v, h)
    return Refusal.VC_DOWN
