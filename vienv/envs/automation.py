"""DRS's automation level: what VirtualCenter does of its own recommendations before a policy sees them.

In manual mode nothing. Partially automated it powers on VMs that wait (initial placement); fully automated it makes
moves of priority 1 as well (vSphere Resource Management Guide, "DRS Cluster Automation Level"). Moves for balance stay
the policy's, which is DRS here. A pass is at an interval's end, and when an episode begins; its commands count against
the cap of commands. Recommendations are made anew by every pass: what was listed when it was over has expired. Under
Cluster-v0, which lists none, only those that VirtualCenter applies are counted. Left out: automation of single VMs.
"""

from vienv.core import arena, inventory
from vienv.core.enums import NO_VM, Automation, CommandKind, Refusal, VmState
from vienv.core.jit import kernel
from vienv.core.state import FloatArray, IntArray, Offers
from vienv.core.virtualcenter import commands, statistics
from vienv.envs.action import Face
from vienv.envs.command import is_over
from vienv.envs.recommendation import recommend


@kernel
def begin_pass(f: FloatArray, i: IntArray, spans: IntArray) -> None:
    """Apply what the level leaves to VirtualCenter, one after another, each as the last one has left the cluster."""
    vc_params, clock = arena.virtual_center_params_of(f, i, spans), arena.clock_of(f, i, spans)
    if vc_params.automation == Automation.MANUAL or is_over(f, i, spans):
        return
    hosts, vms, migrations = arena.hosts_of(f, i, spans), arena.vms_of(f, i, spans), arena.migrations_of(f, i, spans)
    vm_statistics, host_statistics = arena.vm_statistics_of(f, i, spans), arena.host_statistics_of(f, i, spans)
    recommendations, ha = arena.recommendations_of(f, i, spans), arena.ha_params_of(f, i, spans)
    while True:
        inventory.group(hosts, vms, migrations, clock)
        statistics.plan_loads(host_statistics, vm_statistics, vms, migrations)
        recommend(
            recommendations,
            arena.clusters_of(f, i, spans),
            arena.pools_of(f, i, spans),
            hosts,
            vms,
            migrations,
            arena.paths_of(f, i, spans),
            vm_statistics,
            host_statistics,
            arena.vmotion_params_of(f, i, spans),
            ha,
            vc_params,
            arena.preferences_of(f, i, spans),
            commands.refusal_of_any(clock, hosts, vc_params) == Refusal.ACCEPTED,
            vc_params.automation == Automation.PARTIAL,
        )
        v, h = recommendations.vm[0], recommendations.destination[0]
        if v == NO_VM or recommendations.is_mandatory[0] == 0:
            return
        if vms.state[v] == VmState.AWAITING_PLACEMENT:
            commands.place(hosts, vms, arena.volumes_of(f, i, spans), clock, ha, v, h)
        else:
            commands.migrate(hosts, vms, migrations, clock, v, h)
        take(arena.offers_of(f, i, spans))


@kernel
def take(offers: Offers) -> None:
    """Count a recommendation that is applied."""
    if offers.taken.size > 0:
        offers.offered[0] += 1
        offers.taken[0] += 1


@kernel
def note_command(f: FloatArray, i: IntArray, spans: IntArray, kind: int) -> None:
    """Count a policy's command, if it was accepted and took a recommendation."""
    is_move = kind == CommandKind.MIGRATE or kind == CommandKind.PLACE
    if is_move and spans[-1, 0] != Face.CLUSTER and arena.outcome_of(f, i, spans).refusal[0] == Refusal.ACCEPTED:
        take(arena.offers_of(f, i, spans))


@kernel
def end_pass(f: FloatArray, i: IntArray, spans: IntArray) -> None:
    """Count the recommendations that are still listed as expired."""
    offers, recommendations = arena.offers_of(f, i, spans), arena.recommendations_of(f, i, spans)
    if offers.expired.size == 0 or spans[-1, 0] == Face.CLUSTER:
        return
    for r in range(recommendations.vm.size):
        if recommendations.vm[r] != NO_VM:
            offers.offered[0] += 1
            offers.expired[0] += 1
