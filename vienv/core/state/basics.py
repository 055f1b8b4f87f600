"""What every tuple of the state is made of, and where the cluster is in time."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
NEVER = np.inf


class Clock(NamedTuple):
    """Where the cluster is in time, and counters of the running interval. One row: read and write `clock.tick[0]`."""

    now_s: FloatArray  # start of the current tick, s since the episode began
    tick_s: FloatArray  # static: length of a tick, s
    duration_s: FloatArray  # static: length of the episode, s
    week_starts_s: FloatArray  # static: the episode's beginning, s since Monday midnight
    vc_returns_at_s: FloatArray  # VirtualCenter is down until then; 0 or past: it is up
    next_event_s: FloatArray  # no timer of a host, a VM or an incident is due before; 0 or past: look at all (timers)
    sample_ends_s: FloatArray  # when the workload row ends that demand was last read from
    tick: IntArray  # ticks done
    interval: IntArray  # intervals done
    ticks_per_interval: IntArray  # static
    intervals_per_episode: IntArray  # static
    commands: IntArray  # commands accepted in this interval
    picked: IntArray  # vm picked up and not yet placed; NO_VM if none
    ticket: IntArray  # next number of the vMotion queue
    placement_changed: IntArray  # 1: `inventory.group` must run before anything reads hosts.first_vm
    copying: IntArray  # migrations queued or in flight; 0 lets vmotion return at once
    in_flight: IntArray  # migrations in flight
    transfers: IntArray  # copies of files asked for or under way; 0: vMotions have the lines to themselves
    still_ticks: IntArray  # the least of hosts.still_ticks, or less
    charged_ticks: IntArray  # ticks whose charges the ledger has booked
    is_shown: IntArray  # 1: the output shows this state, and a command need only write what it changes (envs.show)
    has_more: IntArray  # static: 1: the scenario uses a part whose kinds have rows only then
    is_terminated: IntArray  # 1: the cluster is lost for good
    world: IntArray  # static: number of this world in its split
