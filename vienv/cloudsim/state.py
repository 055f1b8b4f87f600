"""A day of CloudSim's consolidation experiment as views over two arenas, laid out like `core/state`.

Who is on a host is a linked list in the order of arrival, since CloudSim adds up in that order and breaks ties by it. A
VM in flight stands in the lists of its source and of its target: entries 0 .. V - 1 of `Places` are the VMs where they
live, entry V + k is what the k-th move of the interval brings. Each instant leaves one entry of a host's and of a VM's
history; a later one at the same instant replaces it, so the last is kept open until another instant comes.
"""

from typing import NamedTuple

from vienv.cloudsim.correlation import room_for
from vienv.cloudsim.enums import CURVE_POINTS, HISTORY, INTERVALS, RING, SAMPLES
from vienv.core.arena import Kinds, view_of
from vienv.core.state import FloatArray, IntArray


class Sizes(NamedTuple):
    """How many of each there are."""

    hosts: int
    vms: int
    curves: int  # kinds of servers


class Day(NamedTuple):
    """Where the day stands; one row."""

    now_s: FloatArray  # of the instant being worked out
    ticked_s: FloatArray  # of the last tick
    updated_s: FloatArray  # of the last update of all hosts
    joules: FloatArray
    interval: IntArray  # ticks done
    migrations: IntArray
    distinct_moves: IntArray  # VMs that moved, summed over intervals
    num_moves: IntArray  # of this interval
    num_candidates: IntArray
    num_samples: IntArray  # that every VM's history holds
    newest: IntArray  # where in the ring
    random_state: IntArray  # java.util.Random's


class Judgement(NamedTuple):
    """The heuristic; an agent may change it between intervals. One row."""

    detector: IntArray
    selection: IntArray
    parameter: FloatArray


class Hosts(NamedTuple):
    """Servers (H,)."""

    mips: FloatArray  # of all cores
    core_mips: FloatArray
    ram_mb: FloatArray
    curve: IntArray  # its kind
    buckets: IntArray  # of the hash table of its VMs' requests; it never shrinks
    used_mips: FloatArray  # at the last update
    previous_mips: FloatArray  # at the one before
    first: IntArray  # of its list in Places, or NOBODY
    last: IntArray
    entry_s: FloatArray  # the open entry's instant; below 0: there is none
    entry_used_mips: FloatArray
    entry_asked_mips: FloatArray
    was_active: IntArray  # in the entry before
    on_since_s: FloatArray
    active_s: FloatArray
    violated_s: FloatArray  # granted less than asked while active


class Vms(NamedTuple):
    """VMs (V,) with one vCPU each."""

    mips: FloatArray
    ram_mb: FloatArray
    hash: IntArray  # of its name, by which it lies in a host's hash table
    fraction: FloatArray  # of its MIPS that it wants now
    asked_mips: FloatArray
    asked_ram_mb: FloatArray  # all of it until it is placed, then nothing
    host: IntArray  # NOBODY: destroyed, or never placed
    is_moving: IntArray
    entry_s: FloatArray
    entry_granted_mips: FloatArray
    entry_asked_mips: FloatArray
    entry_moving: IntArray
    was_moving: IntArray  # in the entry before
    moving_since_s: FloatArray
    granted: FloatArray  # MIPS-seconds
    asked: FloatArray
    lost_moving: FloatArray  # asked and not granted while in flight


class Places(NamedTuple):
    """Entries of the hosts' lists (3 V,)."""

    next: IntArray
    previous: IntArray


class Moves(NamedTuple):
    """Moves of this interval in the order in which they start (2 V,): CloudSim plans a VM twice at most."""

    vm: IntArray
    target: IntArray
    end_s: FloatArray


class Curves(NamedTuple):
    """Watts at 0, 10 .. 100 % load, eleven rows a kind of server."""

    watts: FloatArray


class Demand(NamedTuple):
    """Fractions of a VM's MIPS, SAMPLES + 1 rows a VM."""

    fraction: FloatArray


class Histories(NamedTuple):
    """Fractions at past ticks, RING rows a VM, newest first from Day.newest on."""

    fraction: FloatArray


class PlanHosts(NamedTuple):
    """The plan's copy of the placement, by host (H,)."""

    first: IntArray
    last: IntArray
    num_vms: IntArray
    asked_mips: FloatArray  # by its VMs in the plan
    granted_mips: FloatArray
    free_mips: FloatArray
    free_ram_mb: FloatArray
    load: FloatArray  # at the last update
    watts: FloatArray  # at the last update
    is_barred: IntArray  # as a target
    is_tried: IntArray  # as a host to empty
    is_seen: IntArray  # by kind: an untouched sleeping host has been looked at
    candidate: IntArray  # hosts among which a target is looked for
    has_series: IntArray  # whether PlanSeries is worked out


class PlanVms(NamedTuple):
    """The plan's copy of the placement, by VM (V,); and VMs that look for a host."""

    next: IntArray
    previous: IntArray
    host: IntArray
    homeless: IntArray
    room: IntArray  # to sort in
    members: IntArray  # of one host


class PlanSeries(NamedTuple):
    """Each host's history of load in the plan, HISTORY rows a host, newest first."""

    load: FloatArray


class Room(NamedTuple):
    """Numbers to work in: a host's history, or what Maximum Correlation needs."""

    values: FloatArray


class Trace(NamedTuple):
    """The day after each step (INTERVALS,)."""

    active_hosts: FloatArray
    used_mips: FloatArray
    distinct_moves: FloatArray
    migrations: FloatArray
    kwh: FloatArray


class Shutdowns(NamedTuple):
    """Running mean and squares of what ends: a host's time on, a VM's flight. Two rows."""

    num: IntArray
    mean: FloatArray
    square: FloatArray


class Misses(NamedTuple):
    """Entries in which a VM got less than it asked; one row."""

    num: IntArray
    sum: FloatArray


KINDS: Kinds = {
    Day: lambda n: 1,
    Judgement: lambda n: 1,
    Hosts: lambda n: n.hosts,
    Vms: lambda n: n.vms,
    Places: lambda n: 3 * n.vms,
    Moves: lambda n: 2 * n.vms,
    Curves: lambda n: n.curves * CURVE_POINTS,
    Demand: lambda n: n.vms * (SAMPLES + 1),
    Histories: lambda n: n.vms * RING,
    PlanHosts: lambda n: n.hosts,
    PlanVms: lambda n: n.vms,
    PlanSeries: lambda n: n.hosts * HISTORY,
    Room: lambda n: room_for(HISTORY, HISTORY),
    Trace: lambda n: INTERVALS,
    Shutdowns: lambda n: 2,
    Misses: lambda n: 1,
}

day_of = view_of(Day, KINDS)
judgement_of = view_of(Judgement, KINDS)
hosts_of = view_of(Hosts, KINDS)
vms_of = view_of(Vms, KINDS)
places_of = view_of(Places, KINDS)
moves_of = view_of(Moves, KINDS)
curves_of = view_of(Curves, KINDS)
demand_of = view_of(Demand, KINDS)
histories_of = view_of(Histories, KINDS)
plan_hosts_of = view_of(PlanHosts, KINDS)
plan_vms_of = view_of(PlanVms, KINDS)
plan_series_of = view_of(PlanSeries, KINDS)
room_of = view_of(Room, KINDS)
trace_of = view_of(Trace, KINDS)
shutdowns_of = view_of(Shutdowns, KINDS)
misses_of = view_of(Misses, KINDS)
