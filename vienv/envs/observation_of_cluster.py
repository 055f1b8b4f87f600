"""What VirtualCenter shows of the cluster: one float32 row, and behind it the picked VM's.

Every column's meaning and unit stands in `core/columns.py`. The published tariff is the one thing of the future shown.
"""

import math

import numpy as np
from numpy.typing import NDArray

from vienv.core.columns import ClusterColumn, VmColumn
from vienv.core.enums import NO_VM, PowerState, Term, VmState
from vienv.core.jit import kernel
from vienv.core.params import VirtualCenterParams
from vienv.core.state import NEVER, Clock, Hosts, HostStatistics, Ledger, Tariff, Vms
from vienv.core.timers import SECONDS_PER_HOUR
from vienv.core.virtualcenter import commands
from vienv.envs.planned import planned_imbalance

Float32Array = NDArray[np.float32]

TYPICAL_EUR_PER_KWH = 0.20
SECONDS_PER_DAY = 24 * SECONDS_PER_HOUR
LOOK_AHEAD_H = (1, 2, 3, 6)
"""Hours ahead that the tariff columns show, after the current one."""

_LOOK_AHEADS = len(LOOK_AHEAD_H)
_VM_COLUMNS, _CLUSTER_COLUMNS = len(VmColumn), len(ClusterColumn)


@kernel
def write_cluster(
    row: Float32Array,
    vm_rows: Float32Array,
    hosts: Hosts,
    vms: Vms,
    host_statistics: HostStatistics,
    tariff: Tariff,
    ledger: Ledger,
    clock: Clock,
    virtualcenter_params: VirtualCenterParams,
) -> None:
    """Fill row (len(ClusterColumn) + len(VmColumn),), all but what `write_slack` writes."""
    _write_time(row, tariff, clock)
    row[ClusterColumn.IMBALANCE] = ledger.last[Term.IMBALANCE]
    num_waiting = num_pending = 0
    for v in range(vms.state.size):
        num_waiting += 1 if vms.state[v] == VmState.AWAITING_PLACEMENT else 0
        num_pending += 1 if vms.state[v] == VmState.DOWN and vms.restart_at_s[v] < NEVER else 0
    row[ClusterColumn.WAITING] = num_waiting / vms.state.size
    row[ClusterColumn.RESTARTS_PENDING] = num_pending / vms.state.size
    row[ClusterColumn.VC_DOWN] = clock.now_s[0] < clock.vc_returns_at_s[0]
    if clock.has_more[0] == 0:
        row[ClusterColumn.SPACE_LEAST] = 1.0
    write_plan(row, hosts, host_statistics, clock, virtualcenter_params)
    write_picked(row, vm_rows, clock.picked[0])


@kernel
def write_plan(
    row: Float32Array,
    hosts: Hosts,
    host_statistics: HostStatistics,
    clock: Clock,
    virtualcenter_params: VirtualCenterParams,
) -> None:
    """Fill what every command may change: planned loads, hosts on and coming, commands left."""
    s = host_statistics
    num_hosts = hosts.power_state.size
    num_on, imbalance = planned_imbalance(hosts, s)
    mhz = mb = demand_5 = demand_60 = memory = unserved = 0.0
    num_coming = 0
    for h in range(num_hosts):
        state = hosts.power_state[h]
        num_coming += 1 if state == PowerState.WAKING or state == PowerState.BOOTING else 0
        mhz += hosts.cpu_capacity_mhz[h] if state == PowerState.ON else 0.0
        mb += hosts.memory_capacity_mb[h] if state == PowerState.ON else 0.0
        demand_5 += s.planned_5min_mhz[h]
        demand_60 += s.planned_60min_mhz[h]
        memory += s.planned_memory_mb[h]
        unserved += s.unserved_5min_mhz[h]
    row[ClusterColumn.IMBALANCE_PLANNED] = imbalance
    row[ClusterColumn.MEAN_LOAD_5] = demand_5 / mhz if mhz > 0.0 else 0.0
    row[ClusterColumn.MEAN_LOAD_60] = demand_60 / mhz if mhz > 0.0 else 0.0
    row[ClusterColumn.MEMORY_LOAD] = memory / mb if mb > 0.0 else 0.0
    row[ClusterColumn.HOSTS_ON] = num_on / num_hosts
    row[ClusterColumn.HOSTS_COMING] = num_coming / num_hosts
    row[ClusterColumn.ROOT_HOSTS] = 1.0 / math.sqrt(num_on) if num_on > 0 else 0.0
    cap = commands.command_cap(hosts, virtualcenter_params)
    row[ClusterColumn.COMMANDS_LEFT] = (cap - clock.commands[0]) / cap if cap > 0 else 0.0
    row[ClusterColumn.UNSERVED_5] = unserved / mhz if mhz > 0.0 else 0.0
    row[ClusterColumn.MIGRATING] = clock.copying[0] / num_hosts


@kernel
def write_slack(row: Float32Array, hosts: Hosts, slack: int) -> None:
    """Fill how many hosts admission control lets leave, which no vMotion within a cluster changes."""
    row[ClusterColumn.FAILOVER_SLACK] = slack / hosts.power_state.size


@kernel
def write_picked(row: Float32Array, vm_rows: Float32Array, picked: int) -> None:
    """Fill the picked VM's row, zeros with none picked."""
    row[ClusterColumn.IS_PICKED] = picked != NO_VM
    for g in range(_VM_COLUMNS):
        row[_CLUSTER_COLUMNS + g] = vm_rows[picked, g] if picked != NO_VM else 0.0


@kernel
def _write_time(row: Float32Array, tariff: Tariff, clock: Clock) -> None:
    now_s = clock.week_starts_s[0] + clock.now_s[0]
    day = 2.0 * math.pi * now_s / SECONDS_PER_DAY
    row[ClusterColumn.DAY_SIN], row[ClusterColumn.DAY_COS] = math.sin(day), math.cos(day)
    row[ClusterColumn.WEEK_SIN], row[ClusterColumn.WEEK_COS] = math.sin(day / 7.0), math.cos(day / 7.0)
    hour, last = int(clock.now_s[0] // SECONDS_PER_HOUR), tariff.eur_per_kwh.size - 1
    row[ClusterColumn.TARIFF_NOW] = tariff.eur_per_kwh[min(hour, last)] / TYPICAL_EUR_PER_KWH
    for k in range(_LOOK_AHEADS):
        row[ClusterColumn.TARIFF_1H + k] = tariff.eur_per_kwh[min(hour + LOOK_AHEAD_H[k], last)] / TYPICAL_EUR_PER_KWH
