"""What a cluster's running costs, in physical units: every reward term, and the literature's SLA figures.

Imbalance is the population standard deviation of CPU demand / capacity over the hosts that are on or entering standby.
Demand is clipped by a VM's own limit and not by delivery, so overload shows as more than 1. While a VM is down it is
not also unserved. SLATAH (share of a host's time on that it was full), PDM (share of its CPU that a VM lost to its
own migrations) and SLAV, their product, follow Beloglazov and Buyya, Concurrency and Computation 24(13), 2012.
Energy and power cycles are written by `power`, migrations and their downtime by `vmotion`. Prices are not known here.
"""

import math

from vienv.core.enums import Metric, PowerState, Term, VmState
from vienv.core.jit import kernel
from vienv.core.rules import violations
from vienv.core.state import Clock, Hosts, Ledger, Metrics, Vms

SECONDS_PER_HOUR = 3600.0
_MHZ_S_PER_GHZ_H = 1000.0 * SECONDS_PER_HOUR
_MB_S_PER_GB_H = 1024.0 * SECONDS_PER_HOUR


@kernel
def charge(ledger: Ledger, metrics: Metrics, hosts: Hosts, vms: Vms, clock: Clock) -> None:
    """Charge one tick to the interval: imbalance, unserved CPU and memory, downtime; and note what is only reported."""
    _charge_hosts(ledger, metrics, hosts, clock)
    _charge_vms(ledger, metrics, vms, clock)
    if (clock.now_s[0] + clock.tick_s[0]) % SECONDS_PER_HOUR < clock.tick_s[0]:
        _close_hour(metrics, hosts, clock)


@kernel
def close_interval(ledger: Ledger, metrics: Metrics, hosts: Hosts, vms: Vms) -> None:
    """Count rule violations, move the interval's terms to the step's and the episode's, and renew the SLA figures."""
    ledger.interval[Term.RULE_VIOLATIONS] += violations(vms)
    for t in range(ledger.interval.size):
        ledger.step[t] += ledger.interval[t]
        ledger.episode[t] += ledger.interval[t]
        ledger.last[t] = ledger.interval[t]
        ledger.interval[t] = 0.0
    slatah = pdm = 0.0
    num_hosts, num_vms = hosts.on_total_s.size, vms.state.size
    for h in range(num_hosts):
        if hosts.on_total_s[h] > 0.0:
            slatah += hosts.full_total_s[h] / hosts.on_total_s[h] / num_hosts
    for v in range(num_vms):
        if vms.requested_mhz_s[v] > 0.0:
            pdm += vms.degraded_mhz_s[v] / vms.requested_mhz_s[v] / num_vms
    metrics.value[Metric.SLATAH] = slatah
    metrics.value[Metric.PDM] = pdm
    metrics.value[Metric.SLAV] = slatah * pdm


@kernel
def charge_lost_cluster(ledger: Ledger, vms: Vms, clock: Clock) -> None:
    """Charge the rest of the episode as if every VM were down: what termination costs."""
    rest_s = max(0.0, clock.duration_s[0] - clock.now_s[0])
    down_s = rest_s * vms.state.size
    ledger.step[Term.VM_DOWN_S] += down_s
    ledger.episode[Term.VM_DOWN_S] += down_s


@kernel
def _charge_hosts(ledger: Ledger, metrics: Metrics, hosts: Hosts, clock: Clock) -> None:
    num_on = 0
    load_sum = load_square = memory_sum = memory_square = 0.0
    for h in range(hosts.power_state.size):
        hosts.on_total_s[h] += hosts.on_s[h]
        metrics.value[Metric.HOSTS_ON] += hosts.on_s[h]
        if hosts.power_state[h] != PowerState.ON and hosts.power_state[h] != PowerState.ENTERING_STANDBY:
            continue
        load = hosts.demand_mhz[h] / hosts.cpu_capacity_mhz[h]
        memory = hosts.consumed_mb[h] / hosts.memory_capacity_mb[h]
        num_on += 1
        load_sum += load
        load_square += load * load
        memory_sum += memory
        memory_square += memory * memory
        hosts.hour_load[h] += load
        hosts.hour_ticks[h] += 1.0
        if load >= 1.0:
            hosts.full_total_s[h] += hosts.on_s[h]
    if num_on == 0:
        return
    ledger.interval[Term.IMBALANCE] += deviation(load_sum, load_square, num_on) / clock.ticks_per_interval[0]
    metrics.value[Metric.MEMORY_IMBALANCE] += deviation(memory_sum, memory_square, num_on)


@kernel
def deviation(total: float, square: float, n: int) -> float:
    """Population standard deviation of n numbers from their sum and their sum of squares."""
    mean = total / n
    return math.sqrt(max(0.0, square / n - mean * mean))


@kernel
def _charge_vms(ledger: Ledger, metrics: Metrics, vms: Vms, clock: Clock) -> None:
    tick_s, end_s = clock.tick_s[0], clock.now_s[0] + clock.tick_s[0]
    unserved_mhz_s = unserved_mb_s = down_s = demand_mhz_s = active_mb_s = 0.0
    for v in range(vms.state.size):
        if vms.state[v] == VmState.NOT_ARRIVED:
            continue
        up_s = vms.up_s[v]
        unserved_mhz_s += max(0.0, vms.demand_mhz[v] - vms.delivered_mhz[v]) * up_s
        unserved_mb_s += vms.unserved_mb[v] * up_s
        demand_mhz_s += vms.demand_mhz[v] * up_s
        active_mb_s += vms.active_mb[v] * up_s
        down_s += min(tick_s, end_s - vms.arrives_at_s[v]) - up_s
    ledger.interval[Term.UNSERVED_CPU_GHZ_H] += unserved_mhz_s / _MHZ_S_PER_GHZ_H
    ledger.interval[Term.UNSERVED_MEMORY_GB_H] += unserved_mb_s / _MB_S_PER_GB_H
    ledger.interval[Term.VM_DOWN_S] += down_s
    metrics.value[Metric.DEMAND_CPU_GHZ_H] += demand_mhz_s / _MHZ_S_PER_GHZ_H
    metrics.value[Metric.DEMAND_MEMORY_GB_H] += active_mb_s / _MB_S_PER_GB_H


@kernel
def _close_hour(metrics: Metrics, hosts: Hosts, clock: Clock) -> None:
    """Add the deviation of the hour's mean loads over the hosts that were on for at least half of it."""
    half = 0.5 * SECONDS_PER_HOUR / clock.tick_s[0]
    num_on = 0
    load_sum = load_square = 0.0
    for h in range(hosts.power_state.size):
        if hosts.hour_ticks[h] >= half:
            load = hosts.hour_load[h] / hosts.hour_ticks[h]
            num_on += 1
            load_sum += load
            load_square += load * load
        hosts.hour_load[h] = 0.0
        hosts.hour_ticks[h] = 0.0
    if num_on > 0:
        metrics.value[Metric.IMBALANCE_HOURLY] += deviation(load_sum, load_square, num_on)
