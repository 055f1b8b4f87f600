"""What a cluster's running costs, in physical units: every reward term, and the literature's SLA figures.

Imbalance is the population standard deviation of CPU demand / capacity over the hosts that are on or entering standby;
of several clusters the mean, weighted by those hosts.
Demand is clipped by a VM's own limit and not by delivery, so overload shows as more than 1. While a VM is down it is
not also unserved. SLATAH (share of a host's time on that it was full), PDM (share of its CPU that a VM lost to its
own migrations) and SLAV, their product, follow Beloglazov and Buyya, Concurrency and Computation 24(13), 2012.
Energy and power cycles are written by `power`, migrations and their downtime by `vmotion`. Prices are not known here.

What a tick charges holds until a tick is worked out anew (`stillness`): then, and when the interval or the hour closes,
it is booked with the ticks for which it held.
"""

import math

from vienv.core.clusters import is_in, span_of, weighted
from vienv.core.enums import ONE_CLUSTER, Metric, PowerState, Term, VmState
from vienv.core.jit import kernel
from vienv.core.rules import violations
from vienv.core.state import NEVER, Clock, Clusters, Hosts, Ledger, Metrics, Vms
from vienv.core.stillness import is_still
from vienv.core.timers import SECONDS_PER_HOUR

_MHZ_S_PER_GHZ_H = 1000.0 * SECONDS_PER_HOUR
_MB_S_PER_GB_H = 1024.0 * SECONDS_PER_HOUR


@kernel
def charge(ledger: Ledger, metrics: Metrics, hosts: Hosts, vms: Vms, clock: Clock) -> None:
    """Work out what a tick charges: imbalance, unserved CPU and memory, downtime; and what is only reported."""
    for h in range(hosts.power_state.size):
        if is_still(hosts, h):
            continue
        hosts.load[h] = hosts.demand_mhz[h] / hosts.cpu_capacity_mhz[h]
        hosts.memory_load[h] = hosts.consumed_mb[h] / hosts.memory_capacity_mb[h]
        _charge_guests(hosts, vms, clock.tick_s[0], h)
    _, imbalance, memory_imbalance = _deviations(hosts, ONE_CLUSTER)
    ledger.tick[Term.IMBALANCE] = imbalance / clock.ticks_per_interval[0]
    metrics.tick[Metric.MEMORY_IMBALANCE] = memory_imbalance
    on_s = unserved_mhz_s = unserved_mb_s = wanted_mhz_s = active_mb_s = 0.0
    down_s = _waited_s(hosts, vms, clock)
    for h in range(hosts.power_state.size):
        on_s += hosts.on_s[h]
        unserved_mhz_s += hosts.unserved_mhz_s[h]
        unserved_mb_s += hosts.unserved_mb_s[h]
        wanted_mhz_s += hosts.wanted_mhz_s[h]
        active_mb_s += hosts.active_mb_s[h]
        down_s += hosts.down_s[h]
    ledger.tick[Term.UNSERVED_CPU_GHZ_H] = unserved_mhz_s / _MHZ_S_PER_GHZ_H
    ledger.tick[Term.UNSERVED_MEMORY_GB_H] = unserved_mb_s / _MB_S_PER_GB_H
    ledger.tick[Term.VM_DOWN_S] = down_s
    metrics.tick[Metric.HOSTS_ON] = on_s
    metrics.tick[Metric.DEMAND_CPU_GHZ_H] = wanted_mhz_s / _MHZ_S_PER_GHZ_H
    metrics.tick[Metric.DEMAND_MEMORY_GB_H] = active_mb_s / _MB_S_PER_GB_H


@kernel
def charge_clusters(clusters: Clusters, ledger: Ledger, metrics: Metrics, hosts: Hosts, clock: Clock) -> None:
    """Where there are several clusters: book what each one's imbalance was, and charge the mean of what they are."""
    all_on, mean, memory_mean = 0, 0.0, 0.0
    for k in range(clusters.imbalance.size):
        clusters.imbalance_sum[k] += (clock.tick[0] - clusters.booked_ticks[k]) * clusters.imbalance[k]
        clusters.booked_ticks[k] = clock.tick[0]
        num_on, clusters.imbalance[k], memory_imbalance = _deviations(hosts, k)
        if num_on > 0:
            all_on += num_on
            mean = weighted(mean, clusters.imbalance[k], num_on, all_on)
            memory_mean = weighted(memory_mean, memory_imbalance, num_on, all_on)
    if clusters.imbalance.size > 0:
        ledger.tick[Term.IMBALANCE] = mean / clock.ticks_per_interval[0]
        metrics.tick[Metric.MEMORY_IMBALANCE] = memory_mean


@kernel
def book(ledger: Ledger, metrics: Metrics, hosts: Hosts, clock: Clock) -> None:
    """Charge the ticks since the last booking what the last of them that was worked out charges."""
    ticks = clock.tick[0] - clock.charged_ticks[0]
    if ticks == 0:
        return
    clock.charged_ticks[0] = clock.tick[0]
    for t in range(ledger.tick.size):
        ledger.interval[t] += ticks * ledger.tick[t]
    for m in range(metrics.tick.size):
        metrics.value[m] += ticks * metrics.tick[m]
    for h in range(hosts.power_state.size):
        hosts.on_total_s[h] += ticks * hosts.on_s[h]
        if not _counts(hosts, h):
            continue
        hosts.hour_load[h] += ticks * hosts.load[h]
        hosts.hour_ticks[h] += ticks
        if hosts.load[h] >= 1.0:
            hosts.full_total_s[h] += ticks * hosts.on_s[h]


@kernel
def close_hour(ledger: Ledger, metrics: Metrics, hosts: Hosts, clock: Clock) -> None:
    """At an hour's end add the deviation of its mean loads over the hosts that were on for half of it or more."""
    if clock.now_s[0] % SECONDS_PER_HOUR >= clock.tick_s[0]:
        return
    book(ledger, metrics, hosts, clock)
    half = 0.5 * SECONDS_PER_HOUR / clock.tick_s[0]
    (first, end), all_on, mean = span_of(hosts), 0, 0.0
    for cluster in range(first, end):
        num_on = 0
        load_sum = load_square = 0.0
        for h in range(hosts.power_state.size):
            if hosts.hour_ticks[h] >= half and is_in(hosts, h, cluster):
                load = hosts.hour_load[h] / hosts.hour_ticks[h]
                num_on += 1
                load_sum += load
                load_square += load * load
        if num_on > 0:
            all_on += num_on
            mean = weighted(mean, deviation(load_sum, load_square, num_on), num_on, all_on)
    metrics.value[Metric.IMBALANCE_HOURLY] += mean
    for h in range(hosts.power_state.size):
        hosts.hour_load[h] = 0.0
        hosts.hour_ticks[h] = 0.0


@kernel
def close_interval(ledger: Ledger, metrics: Metrics, hosts: Hosts, vms: Vms, clock: Clock) -> None:
    """Count rule violations, move the interval's terms to the step's and the episode's, and renew the SLA figures."""
    book(ledger, metrics, hosts, clock)
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
        if vms.degraded_mhz_s[v] > 0.0 and vms.requested_mhz_s[v] > 0.0:
            pdm += vms.degraded_mhz_s[v] / vms.requested_mhz_s[v] / num_vms
    metrics.value[Metric.SLATAH] = slatah
    metrics.value[Metric.PDM] = pdm
    metrics.value[Metric.SLAV] = slatah * pdm


@kernel
def charge_lost_cluster(ledger: Ledger, vms: Vms, clock: Clock) -> None:
    """Charge the rest of the episode as if every VM were down: what termination costs.

    Templates, clones that have not come and VMs that were retired are nobody's loss.
    """
    rest_s = max(0.0, clock.duration_s[0] - clock.now_s[0])
    num_missed = 0
    for v in range(vms.state.size):
        is_gone = vms.state[v] == VmState.NOT_ARRIVED and vms.arrives_at_s[v] == NEVER
        num_missed += 0 if is_gone else 1
    down_s = rest_s * num_missed
    ledger.step[Term.VM_DOWN_S] += down_s
    ledger.episode[Term.VM_DOWN_S] += down_s


@kernel
def deviation(total: float, square: float, n: int) -> float:
    """Population standard deviation of n numbers from their sum and their sum of squares."""
    mean = total / n
    return math.sqrt(max(0.0, square / n - mean * mean))


@kernel
def _counts(hosts: Hosts, h: int) -> bool:
    """Whether host h takes part in balance: on, or still on its way out."""
    return hosts.power_state[h] == PowerState.ON or hosts.power_state[h] == PowerState.ENTERING_STANDBY


@kernel
def _deviations(hosts: Hosts, cluster: int) -> tuple[int, float, float]:
    """A cluster's hosts that take part in balance, and the deviations of their loads and memory loads; 0 of none."""
    num_on = 0
    load_sum = load_square = memory_sum = memory_square = 0.0
    for h in range(hosts.power_state.size):
        if not _counts(hosts, h) or not is_in(hosts, h, cluster):
            continue
        num_on += 1
        load_sum += hosts.load[h]
        load_square += hosts.load[h] * hosts.load[h]
        memory_sum += hosts.memory_load[h]
        memory_square += hosts.memory_load[h] * hosts.memory_load[h]
    if num_on == 0:
        return 0, 0.0, 0.0
    return num_on, deviation(load_sum, load_square, num_on), deviation(memory_sum, memory_square, num_on)


@kernel
def _charge_guests(hosts: Hosts, vms: Vms, tick_s: float, h: int) -> None:
    """Add up what the VMs that live on host h want, miss, and are down."""
    unserved_mhz_s = unserved_mb_s = wanted_mhz_s = active_mb_s = down_s = 0.0
    for r in range(hosts.first_vm[h], hosts.first_vm[h] + hosts.num_vms[h]):
        v = vms.by_host[r]
        up_s = vms.up_s[v]
        unserved_mhz_s += max(0.0, vms.demand_mhz[v] - vms.delivered_mhz[v]) * up_s
        unserved_mb_s += vms.unserved_mb[v] * up_s
        wanted_mhz_s += vms.demand_mhz[v] * up_s
        active_mb_s += vms.active_mb[v] * up_s
        down_s += tick_s - up_s
    hosts.unserved_mhz_s[h], hosts.unserved_mb_s[h] = unserved_mhz_s, unserved_mb_s
    hosts.wanted_mhz_s[h], hosts.active_mb_s[h], hosts.down_s[h] = wanted_mhz_s, active_mb_s, down_s


@kernel
def _waited_s(hosts: Hosts, vms: Vms, clock: Clock) -> float:
    """Seconds of this tick that arrived VMs waited for a host: they are down. VMs without a host stand last."""
    end_s, last = clock.now_s[0] + clock.tick_s[0], hosts.power_state.size - 1
    waited_s = 0.0
    for r in range(hosts.first_vm[last] + hosts.num_vms[last], vms.by_host.size):
        v = vms.by_host[r]
        if vms.state[v] == VmState.AWAITING_PLACEMENT:
            waited_s += min(clock.tick_s[0], end_s - vms.arrives_at_s[v])
    return waited_s
