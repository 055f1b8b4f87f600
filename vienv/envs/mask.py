"""Which actions VirtualCenter would accept now: the same judges that commands face, hence exact.

Where `core.headroom` proves what they would say, they are not asked.
"""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from vienv.core import admission, headroom
from vienv.core.clusters import are_together, is_in
from vienv.core.enums import NO_VM, MigrationPhase, PowerState, Refusal, VmState
from vienv.core.jit import kernel
from vienv.core.params import HaParams, PowerParams, VirtualCenterParams, VmotionParams
from vienv.core.state import (
    Clock,
    Hosts,
    HostStatistics,
    Largest,
    Migrations,
    Paths,
    Pools,
    Recommendations,
    Vms,
    VmStatistics,
)
from vienv.core.virtualcenter import commands
from vienv.core.virtualcenter.evacuation import plan

Float32Array = NDArray[np.float32]


class Toggle(IntEnum):
    """What a host's power may be told."""

    REFUSED = 0
    ALLOWED = 1
    IF_EMPTIED = 2
    """Standby, if an evacuation plan exists."""


@kernel
def write_picks(
    mask: Float32Array,
    pools: Pools,
    hosts: Hosts,
    vms: Vms,
    migrations: Migrations,
    paths: Paths,
    largest: Largest,
    vmotion: VmotionParams,
    ha: HaParams,
) -> None:
    """Fill mask (num_vms,): 1 for each VM that has at least one legal host to go to. Needs `headroom.survey`."""
    headroom.mark_sources(hosts, largest, vmotion)
    for v in range(vms.state.size):
        is_movable = vms.state[v] == VmState.RUNNING and migrations.phase[v] == MigrationPhase.NONE
        if is_movable and vms.commanded[v] == 0 and vms.is_plain[v] == 1 and hosts.lets_go[vms.host[v]] == 1:
            mask[v] = 1.0  # theorem 2 of `headroom`
            continue
        mask[v] = 0.0
        if is_movable or vms.state[v] == VmState.AWAITING_PLACEMENT:
            refusal = refusal_of_pick(pools, hosts, vms, migrations, paths, vmotion, ha, v)
            mask[v] = 1.0 if refusal == Refusal.ACCEPTED else 0.0


@kernel
def refusal_of_pick(
    pools: Pools,
    hosts: Hosts,
    vms: Vms,
    migrations: Migrations,
    paths: Paths,
    vmotion: VmotionParams,
    ha: HaParams,
    v: int,
) -> int:
    """What stands against VM v's going anywhere: nothing if one host may take it, else what the last host said."""
    refusal, full = refusal_to_go(pools, hosts, vms, migrations, paths, vmotion, ha, v, 0), 0
    for h in range(1, hosts.power_state.size):
        if refusal == Refusal.ACCEPTED or refusal == Refusal.POOL_RESERVATION:
            break
        if refusal == Refusal.ADMISSION_CONTROL and are_together(hosts, full, h):
            continue  # it said so for all of that cluster
        refusal, full = refusal_to_go(pools, hosts, vms, migrations, paths, vmotion, ha, v, h), h
    return refusal


@kernel
def write_destinations(
    mask: Float32Array,
    pools: Pools,
    hosts: Hosts,
    vms: Vms,
    migrations: Migrations,
    paths: Paths,
    vmotion: VmotionParams,
    ha: HaParams,
    picked: int,
) -> None:
    """Fill mask (num_hosts,): 1 for each host that the picked VM may go to."""
    for h in range(hosts.power_state.size):
        is_legal = refusal_to_go(pools, hosts, vms, migrations, paths, vmotion, ha, picked, h) == Refusal.ACCEPTED
        mask[h] = 1.0 if is_legal else 0.0


@kernel
def refusal_to_go(
    pools: Pools,
    hosts: Hosts,
    vms: Vms,
    migrations: Migrations,
    paths: Paths,
    vmotion: VmotionParams,
    ha: HaParams,
    v: int,
    h: int,
) -> int:
    """What stands against VM v going to host h, by placement if it has just arrived and by vMotion otherwise."""
    if vms.state[v] == VmState.AWAITING_PLACEMENT:
        return commands.refusal_of_placement(pools, hosts, vms, migrations, paths, ha, v, h)
    refusal = commands.refusal_of_migration(hosts, vms, migrations, paths, vmotion, v, h)
    return commands.refusal_to_enter(hosts, vms, migrations, ha, v, h) if refusal == Refusal.ACCEPTED else refusal


@kernel
def refusal_of_direct_pick(hosts: Hosts, vms: Vms, migrations: Migrations, paths: Paths, v: int) -> int:
    """What stands against powering VM v on at any host itself; what the last host said, if all refuse."""
    refusal = commands.refusal_of_direct_power_on(hosts, vms, migrations, paths, v, 0)
    for h in range(1, hosts.power_state.size):
        if refusal == Refusal.ACCEPTED or refusal == Refusal.VC_DOWN:
            break
        refusal = commands.refusal_of_direct_power_on(hosts, vms, migrations, paths, v, h)
    return refusal


@kernel
def write_direct(
    mask: Float32Array, hosts: Hosts, vms: Vms, migrations: Migrations, paths: Paths, padded_vms: int, picked: int
) -> None:
    """Fill Cluster-v0's mask (1 + padded_vms + num_hosts,) behind its commit while work is done at the hosts."""
    if picked == NO_VM:
        for v in range(vms.state.size):
            is_legal = refusal_of_direct_pick(hosts, vms, migrations, paths, v) == Refusal.ACCEPTED
            mask[1 + v] = 1.0 if is_legal else 0.0
        return
    for h in range(hosts.power_state.size):
        refusal = commands.refusal_of_direct_power_on(hosts, vms, migrations, paths, picked, h)
        mask[1 + padded_vms + h] = 1.0 if refusal == Refusal.ACCEPTED else 0.0


@kernel
def judge_toggles(
    hosts: Hosts, power: PowerParams, ha: HaParams, failover: admission.Failover, is_dpm_off: bool
) -> None:
    """Note in hosts.may_toggle what stands against toggling each host of a cluster, evacuation aside.

    No vMotion changes it but one that leaves the cluster.
    """
    for h in range(hosts.power_state.size):
        if not is_in(hosts, h, failover.cluster):
            continue
        if hosts.power_state[h] == PowerState.STANDBY:
            is_woken = commands.refusal_of_wake(hosts, h) == Refusal.ACCEPTED
            hosts.may_toggle[h] = Toggle.ALLOWED if is_woken else Toggle.REFUSED
            continue
        may_leave = commands.refusal_to_leave(hosts, power, ha, failover, is_dpm_off, h) == Refusal.ACCEPTED
        hosts.may_toggle[h] = Toggle.IF_EMPTIED if may_leave else Toggle.REFUSED


@kernel
def write_toggles(
    mask: Float32Array,
    hosts: Hosts,
    vms: Vms,
    migrations: Migrations,
    paths: Paths,
    largest: Largest,
    vm_statistics: VmStatistics,
    host_statistics: HostStatistics,
    clock: Clock,
    vmotion: VmotionParams,
    vc_params: VirtualCenterParams,
) -> None:
    """Fill mask (num_hosts,): 1 for each host that may be woken, or ordered to standby.

    Needs `plan_loads`, `headroom.measure` and `judge_toggles`.
    """
    s, num_receivers = host_statistics, headroom.count_receivers(hosts, largest, host_statistics, vmotion, vc_params)
    for h in range(hosts.power_state.size):
        mask[h] = 1.0 if hosts.may_toggle[h] == Toggle.ALLOWED else 0.0
        if hosts.may_toggle[h] != Toggle.IF_EMPTIED:
            continue
        is_certain = headroom.has_certain_plan(
            hosts, vms, migrations, largest, vm_statistics, s, clock, vmotion, vc_params, num_receivers, h
        )
        if is_certain or plan(hosts, vms, migrations, paths, vm_statistics, s, clock, vmotion, vc_params, h):
            mask[h] = 1.0


@kernel
def write_recommendations(mask: Float32Array, recommendations: Recommendations) -> None:
    """Fill mask (num_recommendations,): 1 for each row that holds a recommendation; all of them are legal."""
    for r in range(recommendations.vm.size):
        mask[r] = 0.0 if recommendations.vm[r] == NO_VM else 1.0
