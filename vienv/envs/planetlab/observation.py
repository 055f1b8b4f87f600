"""The rows of the observation, written from the day and from the plan's copy of the placement.

`write_all` begins a plan from who is where; a command then renews the rows of the VM and the two hosts that it touches.
"""

import math

from vienv.cloudsim.demand import INTERVAL_S
from vienv.cloudsim.enums import HISTORY, NOBODY, RING
from vienv.cloudsim.overload import lay_series
from vienv.cloudsim.power import load_of, watts_at
from vienv.cloudsim.state import Curves, Day, Histories, Hosts, PlanHosts, PlanSeries, PlanVms, Vms
from vienv.core.jit import kernel
from vienv.core.timers import SECONDS_PER_HOUR
from vienv.envs.planetlab.columns import (
    LARGEST_CORE_MIPS,
    LARGEST_HOST_MIPS,
    LARGEST_RAM_MB,
    LARGEST_VM_MIPS,
    LARGEST_W,
    MANY_VMS,
    ClusterColumn,
    HostColumn,
    VmColumn,
)
from vienv.envs.planetlab.desk import Desk, Ledger, Orders, Term
from vienv.envs.planetlab.moves import MOST_SENT
from vienv.envs.show import Float32Array

INTERVAL_H = INTERVAL_S / SECONDS_PER_HOUR
VM_COLUMNS, NUM_OWN = len(VmColumn), len(ClusterColumn)
"""Columns of a VM's row, and of the cluster's before those of the VM that is picked up."""


@kernel
def write_host(
    row: Float32Array,
    plan: PlanHosts,
    series: PlanSeries,
    plan_vms: PlanVms,
    hosts: Hosts,
    vms: Vms,
    histories: Histories,
    curves: Curves,
    day: Day,
    h: int,
) -> None:
    """Write a host's row."""
    mean = deviation = 0.0
    if plan.first[h] != NOBODY:
        lay_series(plan, series, plan_vms, hosts, vms, histories, day, h)
        total = square = 0.0
        for k in range(h * HISTORY, h * HISTORY + day.num_samples[0]):
            total += series.load[k]
            square += series.load[k] * series.load[k]
        mean = total / day.num_samples[0]
        deviation = math.sqrt(max(0.0, square / day.num_samples[0] - mean * mean))
    load = load_of(hosts.used_mips[h], hosts.mips[h])
    row[HostColumn.LOAD] = load
    row[HostColumn.LAST_LOAD] = load_of(hosts.previous_mips[h], hosts.mips[h])
    row[HostColumn.HISTORY_MEAN], row[HostColumn.HISTORY_SD] = mean, deviation
    row[HostColumn.PLANNED_LOAD] = plan.asked_mips[h] / hosts.mips[h]
    row[HostColumn.PLANNED_FREE] = plan.free_mips[h] / hosts.mips[h]
    row[HostColumn.NUM_VMS] = plan.num_vms[h] / MANY_VMS
    row[HostColumn.CAPACITY] = hosts.mips[h] / LARGEST_HOST_MIPS
    row[HostColumn.CORE] = hosts.core_mips[h] / LARGEST_CORE_MIPS
    row[HostColumn.POWER] = watts_at(curves, hosts.curve[h], load) / LARGEST_W if load > 0.0 else 0.0
    row[HostColumn.IS_ON] = 1.0 if load > 0.0 else 0.0


@kernel
def write_vm(
    row: Float32Array,
    plan: PlanHosts,
    plan_vms: PlanVms,
    orders: Orders,
    desk: Desk,
    hosts: Hosts,
    vms: Vms,
    histories: Histories,
    day: Day,
    v: int,
) -> None:
    """Write a VM's row."""
    if vms.host[v] == NOBODY:
        for k in range(VM_COLUMNS):
            row[k] = 0.0
        return
    newest, n = v * RING + day.newest[0], day.num_samples[0]
    total = square = 0.0
    for k in range(newest, newest + n):
        total += histories.fraction[k]
        square += histories.fraction[k] * histories.fraction[k]
    mean = total / n
    row[VmColumn.FRACTION] = vms.fraction[v]
    row[VmColumn.LAST_FRACTION] = histories.fraction[newest + min(1, n - 1)]
    row[VmColumn.HISTORY_MEAN] = mean
    row[VmColumn.HISTORY_SD] = math.sqrt(max(0.0, square / n - mean * mean))
    row[VmColumn.ASKED] = vms.asked_mips[v] / LARGEST_VM_MIPS
    row[VmColumn.MIPS] = vms.mips[v] / LARGEST_VM_MIPS
    row[VmColumn.RAM] = vms.ram_mb[v] / LARGEST_RAM_MB
    h = plan_vms.host[v]
    row[VmColumn.HOST_LOAD] = plan.asked_mips[h] / hosts.mips[h]
    row[VmColumn.SENT] = orders.sent[v] / MOST_SENT
    row[VmColumn.IS_PICKED] = 1.0 if desk.picked[0] == v else 0.0
    row[VmColumn.IS_ALIVE] = 1.0


@kernel
def write_cluster(
    row: Float32Array, plan: PlanHosts, hosts: Hosts, vms: Vms, day: Day, ledger: Ledger, desk: Desk
) -> None:
    """Write the cluster's own columns."""
    num_hosts, num_vms = hosts.mips.size, vms.mips.size
    on = overloaded = alive = 0
    total = square = mips = asked = 0.0
    for h in range(num_hosts):
        load = load_of(hosts.used_mips[h], hosts.mips[h])
        mips += hosts.mips[h]
        on += 1 if load > 0.0 else 0
        overloaded += 1 if plan.asked_mips[h] > hosts.mips[h] else 0
        total += load
        square += load * load
    for v in range(num_vms):
        if vms.host[v] != NOBODY:
            alive += 1
            asked += vms.asked_mips[v]
    mean = total / max(on, 1)
    hours = ledger.step[Term.ACTIVE_HOST_H]
    row[ClusterColumn.HOSTS_ON] = on / num_hosts
    row[ClusterColumn.MEAN_LOAD] = mean
    row[ClusterColumn.SD_LOAD] = math.sqrt(max(0.0, square / max(on, 1) - mean * mean))
    row[ClusterColumn.DEMAND] = asked / mips
    row[ClusterColumn.OVERLOADED] = overloaded / num_hosts
    row[ClusterColumn.VMS_ALIVE] = alive / num_vms
    row[ClusterColumn.ENERGY] = ledger.step[Term.ENERGY_KWH] / desk.half_load_kwh[0]
    row[ClusterColumn.MIGRATIONS] = ledger.step[Term.MIGRATIONS] / max(alive, 1)
    row[ClusterColumn.UNSERVED] = ledger.step[Term.UNSERVED_MIPS_H] / INTERVAL_H / mips
    row[ClusterColumn.VIOLATED] = ledger.step[Term.VIOLATED_HOST_H] / hours if hours > 0.0 else 0.0
    row[ClusterColumn.SENT] = day.num_moves[0] / max(alive, 1)
