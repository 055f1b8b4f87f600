"""Which actions VirtualCenter would accept now: the same `refusal_of_*` judges that commands face, hence exact."""

import numpy as np
from numpy.typing import NDArray

from vienv.core import admission, virtualcenter
from vienv.core.enums import NO_VM, MigrationPhase, PowerState, Refusal, VmState
from vienv.core.jit import kernel
from vienv.core.params import HaParams, PowerParams, VirtualCenterParams, VmotionParams
from vienv.core.state import (
    Clock,
    Hosts,
    HostStatistics,
    Migrations,
    Paths,
    Recommendations,
    Vms,
    VmStatistics,
)

Float32Array = NDArray[np.float32]


@kernel
def write_picks(
    mask: Float32Array,
    hosts: Hosts,
    vms: Vms,
    migrations: Migrations,
    paths: Paths,
    vmotion: VmotionParams,
    ha: HaParams,
) -> None:
    """Fill mask (num_vms,): 1 for each VM that has at least one legal host to go to."""
    for v in range(vms.state.size):
        mask[v] = 0.0
        is_arrival = vms.state[v] == VmState.AWAITING_PLACEMENT
        is_movable = vms.state[v] == VmState.RUNNING and migrations.phase[v] == MigrationPhase.NONE
        if not (is_arrival or is_movable):
            continue
        for h in range(hosts.power_state.size):
            if refusal_to_go(hosts, vms, migrations, paths, vmotion, ha, v, h) == Refusal.ACCEPTED:
                mask[v] = 1.0
                break


@kernel
def write_destinations(
    mask: Float32Array,
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
        is_legal = refusal_to_go(hosts, vms, migrations, paths, vmotion, ha, picked, h) == Refusal.ACCEPTED
        mask[h] = 1.0 if is_legal else 0.0


@kernel
def refusal_to_go(
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
        return virtualcenter.refusal_of_placement(hosts, vms, migrations, paths, ha, v, h)
    return virtualcenter.refusal_of_migration(hosts, vms, migrations, paths, vmotion, v, h)


@kernel
def write_toggles(
    mask: Float32Array,
    hosts: Hosts,
    vms: Vms,
    migrations: Migrations,
    paths: Paths,
    vm_statistics: VmStatistics,
    host_statistics: HostStatistics,
    clock: Clock,
    vmotion: VmotionParams,
    power: PowerParams,
    ha: HaParams,
    virtualcenter_params: VirtualCenterParams,
) -> None:
    """Fill mask (num_hosts,): 1 for each host that may be woken, or ordered to standby. Needs `plan_loads`."""
    failover = admission.failover(hosts, vms, ha)
    for h in range(hosts.power_state.size):
        if hosts.power_state[h] == PowerState.STANDBY:
            refusal = virtualcenter.refusal_of_wake(hosts, h)
        else:
            refusal = virtualcenter.refusal_of_standby(
                hosts,
                vms,
                migrations,
                paths,
                vm_statistics,
                host_statistics,
                clock,
                vmotion,
                power,
                ha,
                virtualcenter_params,
                failover,
                h,
            )
        mask[h] = 1.0 if refusal == Refusal.ACCEPTED else 0.0


@kernel
def write_recommendations(mask: Float32Array, recommendations: Recommendations) -> None:
    """Fill mask (num_recommendations,): 1 for each row that holds a recommendation; all of them are legal."""
    for r in range(recommendations.vm.size):
        mask[r] = 0.0 if recommendations.vm[r] == NO_VM else 1.0
