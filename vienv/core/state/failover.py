"""HA's own state where a scenario asks for heartbeats or VM monitoring: roles of hosts, guests, and counts."""

from typing import NamedTuple

from vienv.core.state.basics import FloatArray, IntArray


class Protection(NamedTuple):
    """HA's agents, one row a host; no rows without heartbeats, and then a dead host is declared by a constant."""

    declared_after_s: FloatArray  # static: from this host's death until others may restart its VMs
    leads_from_s: FloatArray  # vSphere 5: from when this host, as master, orders restarts; NEVER if it never was one
    leads_until_s: FloatArray  # when it stopped; NEVER while it is master
    segment_since_s: FloatArray  # since when it has heard those whom it hears now; 0 from the start
    responds_at_s: FloatArray  # isolated: when its isolation response falls due; NEVER if it is not isolated
    segment: IntArray  # hosts of one number hear one another's heartbeats (roles); ISOLATED if it hears nobody
    is_primary: IntArray  # VI3 and vSphere 4: 1 = knows all VMs and may order restarts
    has_datastores: IntArray  # static: 1 = also beats through a datastore that another host reaches (vSphere 5)
    most_datastores: IntArray  # static: datastores within reach, which decide an election


class Feeds(NamedTuple):
    """Racks or power feeds that fail by themselves, all their hosts at one second; no rows without one."""

    next_failure_s: FloatArray  # on its own tape
    mtbf_s: FloatArray  # static: mean time from a repair to the next failure
    repair_s: FloatArray  # static: from a failure until its hosts begin to boot
    failures: IntArray  # so far: the counter of its tape


class Feeding(NamedTuple):
    """What each host stands in, one row a host; no rows without Feeds."""

    feed: IntArray  # static; NO_FEED if it is none that fails by itself


class Guests(NamedTuple):
    """What HA keeps of a VM beside its restarts, one row a VM; no rows without heartbeats or VM monitoring."""

    off_at_s: FloatArray  # when the isolation response has powered it off; NEVER if none is under way
    contested_at_s: FloatArray  # next attempt of others to start it while its isolated host holds its lock; NEVER
    silent_from_s: FloatArray  # from when its guest runs and serves nobody (silence); NEVER if it serves
    reset_at_s: FloatArray  # when its hung guest is reset; NEVER if it is not hung
    window_began_s: FloatArray  # the first of the resets that are counted
    response: IntArray  # static: IsolationResponse
    contests: IntArray  # starts in vain while its isolated host held its lock
    resets: IntArray  # resets by VM monitoring since window_began_s


class Counters(NamedTuple):
    """What happened and is neither billed nor a metric, row Happening; no rows where none of it can happen."""

    number: FloatArray
