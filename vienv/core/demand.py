"""What every guest wants now: CPU from its row of the workload, and the memory that it touches with it.

A workload row is a fraction of the VM's configured CPU (vCPUs x reference clock), constant for one sample (300 s in the
usual traces). Demand is never above the VM's own limit, so what a limit takes is not unserved. Active memory is a fixed
part of configured memory and a part that rises with CPU, never more than the guest has ever touched. VMs that are
starting have demand too: their guest may come up within the tick. Left out: demand that answers to how it was served (a
starved guest does not catch up), and a guest that goes down and is up again within one tick: it asks from the next on.
"""

from vienv.core.enums import HISTORY_INTERVALS, VmState
from vienv.core.jit import kernel
from vienv.core.params import DemandParams
from vienv.core.state import Clock, Vms, Workload


@kernel
def update(vms: Vms, workload: Workload, clock: Clock, demand: DemandParams) -> None:
    """Read the current sample. Writes vms.demand_mhz and vms.active_mb; 0 for VMs that neither run nor start."""
    num_vms = vms.state.size
    row = sample_now(workload, clock, demand, num_vms) * num_vms
    for v in range(num_vms):
        if vms.state[v] != VmState.RUNNING and vms.state[v] != VmState.STARTING:
            vms.demand_mhz[v] = 0.0
            vms.active_mb[v] = 0.0
            continue
        fraction = workload.demand[row + v]
        vms.demand_mhz[v] = min(fraction * vms.cpu_configured_mhz[v], vms.cpu_limit_mhz[v])
        active = min(1.0, vms.active_base[v] + vms.active_per_cpu[v] * fraction)
        vms.active_mb[v] = min(active * vms.memory_mb[v], vms.touched_mb[v])


@kernel
def sample_now(workload: Workload, clock: Clock, demand: DemandParams, num_vms: int) -> int:
    """Index of the sample that holds now; sample 0 begins HISTORY_INTERVALS before the episode, the last one lasts."""
    history_s = HISTORY_INTERVALS * clock.ticks_per_interval[0] * clock.tick_s[0]
    sample = int((clock.now_s[0] + history_s) // demand.sample_s)
    return min(sample, workload.demand.size // num_vms - 1)
