"""What every guest wants now: CPU from its row of the workload, and the memory that it touches with it.

A workload row is a fraction of the VM's configured CPU (vCPUs x reference clock), constant for one sample (300 s in the
usual traces). Demand is never above the VM's own limit, so what a limit takes is not unserved. Active memory is a fixed
part of configured memory and a part that rises with CPU, never more than the guest has ever touched. Left out: demand
that answers to how it was served (a starved guest does not catch up).
"""

from vienv.core.enums import HISTORY_INTERVALS, VmState
from vienv.core.jit import kernel
from vienv.core.params import DemandParams
from vienv.core.state import Clock, Hosts, Vms, Workload
from vienv.core.stillness import is_still, look_once


@kernel
def has_news(clock: Clock) -> bool:
    """Whether a sample or an interval begins."""
    return clock.now_s[0] >= clock.sample_ends_s[0] or clock.tick[0] % clock.ticks_per_interval[0] == 0


@kernel
def announce(hosts: Hosts, clock: Clock, demand: DemandParams) -> None:
    """Look at every host that has VMs."""
    if clock.now_s[0] >= clock.sample_ends_s[0]:
        history_s = _history_s(clock)
        clock.sample_ends_s[0] = (_samples_since(clock, demand) + 1) * demand.sample_s - history_s
    for h in range(hosts.num_vms.size):
        if hosts.num_vms[h] > 0:
            look_once(hosts, clock, h)


@kernel
def update(hosts: Hosts, vms: Vms, workload: Workload, clock: Clock, demand: DemandParams) -> None:
    """Read the current sample for the VMs of hosts that are not still.

    Writes vms.demand_mhz and vms.active_mb; 0 for VMs that neither run nor start, and no CPU for those that start.
    """
    num_vms = vms.state.size
    row = sample_now(workload, clock, demand, num_vms) * num_vms
    if clock.tick[0] % clock.ticks_per_interval[0] == 0:  # every VM that has a host is asked: in order it is quicker
        for v in range(num_vms):
            _ask(vms, workload, row, v)
        return
    for h in range(hosts.num_vms.size):
        if is_still(hosts, h):
            continue
        for r in range(hosts.first_vm[h], hosts.first_vm[h] + hosts.num_vms[h]):
            _ask(vms, workload, row, vms.by_host[r])


@kernel
def _ask(vms: Vms, workload: Workload, row: int, v: int) -> None:
    """Read VM v's sample, without branches."""
    runs, starts = vms.state[v] == VmState.RUNNING, vms.state[v] == VmState.STARTING
    fraction = workload.demand[row + v]
    mhz = min(fraction * vms.cpu_configured_mhz[v], vms.cpu_limit_mhz[v])
    active = min(1.0, vms.active_base[v] + vms.active_per_cpu[v] * fraction)
    active_mb = min(active * vms.memory_mb[v], vms.touched_mb[v])
    vms.demand_mhz[v] = mhz if runs else 0.0
    vms.active_mb[v] = active_mb if runs or starts else 0.0


@kernel
def sample_now(workload: Workload, clock: Clock, demand: DemandParams, num_vms: int) -> int:
    """Index of the sample that holds now; sample 0 begins HISTORY_INTERVALS before the episode, the last one lasts."""
    return min(_samples_since(clock, demand), workload.demand.size // num_vms - 1)


@kernel
def _samples_since(clock: Clock, demand: DemandParams) -> int:
    return int((clock.now_s[0] + _history_s(clock)) / demand.sample_s)  # `//` would call fmod


@kernel
def _history_s(clock: Clock) -> float:
    return HISTORY_INTERVALS * clock.ticks_per_interval[0] * clock.tick_s[0]
