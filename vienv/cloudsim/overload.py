"""Whether a host of the plan is overloaded, by CloudSim's five tests.

A host's history is that of the VMs which it holds now: they bring theirs along. Where it is too short for an estimate,
a threshold of 0.7 decides. LR and LRR do not look at the load of now at all: a host above 100 % may pass.
"""

from vienv.cloudsim.enums import HISTORY, NOBODY, RING, Detector
from vienv.cloudsim.estimates import interquartile_range, median_absolute_deviation, num_leading, predicted
from vienv.cloudsim.state import Day, Histories, Hosts, Judgement, PlanHosts, PlanSeries, PlanVms, Room, Vms
from vienv.core.jit import kernel

FALLBACK_THRESHOLD = 0.7
ENOUGH_TO_SPREAD = 12
"""Samples that IQR and MAD need."""
ENOUGH_FOR_LINE = 10
"""Samples through which LR lays its line."""
INTERVALS_AHEAD = 1
"""LR looks one interval ahead, in which any migration ends."""


@kernel
def is_overloaded(
    plan: PlanHosts,
    series: PlanSeries,
    room: Room,
    plan_vms: PlanVms,
    hosts: Hosts,
    vms: Vms,
    histories: Histories,
    day: Day,
    judgement: Judgement,
    h: int,
    v: int,
) -> bool:
    """Whether host h is overloaded as planned, with VM v added unless it is NOBODY."""
    detector, parameter = judgement.detector[0], judgement.parameter[0]
    asked = plan.asked_mips[h]
    if v != NOBODY:
        asked += vms.asked_mips[v]
    load = asked / hosts.mips[h]
    if detector == Detector.THR:
        return load > parameter
    is_line = detector in (Detector.LR, Detector.LRR)
    if load > 1.0 and not is_line and parameter >= 0.0:  # no spread is negative
        return True
    if plan.has_series[h] == 0:
        lay_series(plan, series, plan_vms, hosts, vms, histories, day, h)
    n = day.num_samples[0]
    for k in range(n):
        room.values[k] = series.load[h * HISTORY + k]
    if v != NOBODY:
        first = v * RING + day.newest[0]
        for k in range(n):
            room.values[k] += histories.fraction[first + k] * vms.mips[v] / hosts.mips[h]
    n = num_leading(room.values, n)
    if n < (ENOUGH_FOR_LINE if is_line else ENOUGH_TO_SPREAD):
        return load > FALLBACK_THRESHOLD
    if is_line:
        return predicted(room.values, ENOUGH_FOR_LINE, INTERVALS_AHEAD) * parameter >= 1.0
    if detector == Detector.IQR:
        return load > 1.0 - parameter * interquartile_range(room.values, n)
    return load > 1.0 - parameter * median_absolute_deviation(room.values, n)


@kernel
def lay_series(
    plan: PlanHosts,
    series: PlanSeries,
    plan_vms: PlanVms,
    hosts: Hosts,
    vms: Vms,
    histories: Histories,
    day: Day,
    h: int,
) -> None:
    """Add up a host's history from its VMs', in the order of its list."""
    n = day.num_samples[0]
    for k in range(n):
        series.load[h * HISTORY + k] = 0.0
    v = plan.first[h]
    while v != NOBODY:
        add_to_series(series, hosts, vms, histories, day, h, v)
        v = plan_vms.next[v]
    plan.has_series[h] = 1


@kernel
def add_to_series(series: PlanSeries, hosts: Hosts, vms: Vms, histories: Histories, day: Day, h: int, v: int) -> None:
    """Add a VM's history to that of its new host."""
    first = v * RING + day.newest[0]
    for k in range(day.num_samples[0]):
        series.load[h * HISTORY + k] += histories.fraction[first + k] * vms.mips[v] / hosts.mips[h]
