"""The day as a table of contents: place, then 287 times tick, plan and fly.

CloudSim 3.0.3's order (Calheiros et al., Software: Practice and Experience 41(1), 2011; package `power`): at a tick all
hosts share their CPU and a slice of energy is added; VMs that ask exactly nothing are destroyed for good; moves are
planned and start at once; at each of their landings all hosts are worked out before and after. The tick at 86,400 s is
not processed, and the first 300 s, before which no host has load, cost nothing.
"""

import math

from vienv.cloudsim import book, demand, migration, placement, planning
from vienv.cloudsim import state as s
from vienv.cloudsim.enums import NOBODY, Detector
from vienv.cloudsim.places import remove
from vienv.cloudsim.power import full_joules, joules_of
from vienv.cloudsim.sharing import share
from vienv.core.jit import kernel
from vienv.core.state import FloatArray, IntArray

JOULES_PER_KWH = 3.6e6


@kernel
def begin(f: FloatArray, i: IntArray, spans: IntArray) -> None:
    """Place the VMs; the first tick is still to come."""
    placement.place(
        s.hosts_of(f, i, spans),
        s.vms_of(f, i, spans),
        s.places_of(f, i, spans),
        s.plan_hosts_of(f, i, spans),
        s.plan_vms_of(f, i, spans),
        s.plan_series_of(f, i, spans),
        s.room_of(f, i, spans),
        s.day_of(f, i, spans),
        s.histories_of(f, i, spans),
        s.curves_of(f, i, spans),
        s.judgement_of(f, i, spans),
    )
    s.day_of(f, i, spans).now_s[0] = demand.LATE_S


@kernel
def tick(f: FloatArray, i: IntArray, spans: IntArray) -> None:
    """Go on to the next tick: new demand, energy since the last update, VMs without demand destroyed."""
    day = s.day_of(f, i, spans)
    ticked_s = day.ticked_s[0] if day.interval[0] > 0 else day.now_s[0]
    day.now_s[0] = day.ticked_s[0] = ticked_s + demand.INTERVAL_S
    day.interval[0] += 1
    day.num_moves[0] = 0
    _update(f, i, spans)
    if (day.now_s[0] - demand.LATE_S) % demand.INTERVAL_S == 0.0:
        demand.remember(s.histories_of(f, i, spans), day, s.vms_of(f, i, spans))


@kernel
def plan(f: FloatArray, i: IntArray, spans: IntArray) -> None:
    """Write the moves that the heuristic judges right."""
    judgement = s.judgement_of(f, i, spans)
    if judgement.detector[0] <= Detector.DVFS:
        return
    planning.make(
        s.moves_of(f, i, spans),
        s.plan_hosts_of(f, i, spans),
        s.plan_vms_of(f, i, spans),
        s.plan_series_of(f, i, spans),
        s.room_of(f, i, spans),
        s.day_of(f, i, spans),
        s.places_of(f, i, spans),
        s.hosts_of(f, i, spans),
        s.vms_of(f, i, spans),
        s.histories_of(f, i, spans),
        s.curves_of(f, i, spans),
        judgement,
    )


@kernel
def fly(f: FloatArray, i: IntArray, spans: IntArray) -> None:
    """Start the interval's moves, enter it into the trace, and see them landed."""
    hosts, vms, day = s.hosts_of(f, i, spans), s.vms_of(f, i, spans), s.day_of(f, i, spans)
    places, moves = s.places_of(f, i, spans), s.moves_of(f, i, spans)
    migration.start(hosts, vms, s.shutdowns_of(f, i, spans), s.misses_of(f, i, spans), places, moves, day)
    _trace(s.trace_of(f, i, spans), hosts, day)
    while True:
        landing_s = migration.next_landing_s(moves, day)
        if landing_s == math.inf:
            return
        day.now_s[0] = landing_s
        _update(f, i, spans)
        migration.land(hosts, vms, places, moves, day)
        _update(f, i, spans)


@kernel
def _update(f: FloatArray, i: IntArray, spans: IntArray) -> None:
    """Work out all hosts at this instant, and charge the energy since the last time."""
    hosts, vms, day = s.hosts_of(f, i, spans), s.vms_of(f, i, spans), s.day_of(f, i, spans)
    places, moves, curves = s.places_of(f, i, spans), s.moves_of(f, i, spans), s.curves_of(f, i, spans)
    ends, misses = s.shutdowns_of(f, i, spans), s.misses_of(f, i, spans)
    demand.want(vms, s.demand_of(f, i, spans), day.now_s[0])
    seconds = day.now_s[0] - day.updated_s[0]
    joules = 0.0
    for h in range(hosts.mips.size):
        is_idle = hosts.first[h] == NOBODY and hosts.used_mips[h] == 0.0 and hosts.previous_mips[h] == 0.0
        if is_idle and hosts.entry_s[h] >= 0.0 and hosts.entry_used_mips[h] == 0.0:
            continue  # another entry like the open one
        share(hosts, vms, ends, misses, places, moves, day, h)
        if hosts.previous_mips[h] != 0.0:
            joules += joules_of(hosts, curves, h, seconds)
    if s.judgement_of(f, i, spans).detector[0] == Detector.NPA:
        joules = full_joules(hosts, curves, seconds)
    day.joules[0] += joules
    day.updated_s[0] = day.now_s[0]
    _destroy_idle_vms(hosts, vms, places)


@kernel
def _destroy_idle_vms(hosts: s.Hosts, vms: s.Vms, places: s.Places) -> None:
    """CloudSim takes a VM that asks nothing and does not move for one that has finished."""
    for v in range(vms.host.size):
        if vms.host[v] != NOBODY and vms.asked_mips[v] == 0.0 and vms.is_moving[v] == 0:
            remove(hosts, places, vms.host[v], v)
            vms.host[v] = NOBODY


@kernel
def _trace(trace: s.Trace, hosts: s.Hosts, day: s.Day) -> None:
    k, active, used = day.interval[0] - 1, 0, 0.0
    for h in range(hosts.mips.size):
        if hosts.used_mips[h] > 0.0:
            active += 1
            used += hosts.used_mips[h]
    trace.active_hosts[k], trace.used_mips[k] = active, used
    trace.distinct_moves[k] = day.distinct_moves[0]
    trace.migrations[k], trace.kwh[k] = day.migrations[0], day.joules[0] / JOULES_PER_KWH


@kernel
def run(f: FloatArray, i: IntArray, spans: IntArray) -> None:
    """The whole day under its heuristic."""
    begin(f, i, spans)
    for _ in range(s.trace_of(f, i, spans).kwh.size):
        tick(f, i, spans)
        plan(f, i, spans)
        fly(f, i, spans)
    book.close_day(s.hosts_of(f, i, spans), s.vms_of(f, i, spans), s.shutdowns_of(f, i, spans))
