"""What is given to a cluster from outside: its demand, the price of power, and what is scheduled to happen."""

from typing import NamedTuple

from vienv.core.state.basics import FloatArray, IntArray


class Workload(NamedTuple):
    """Row sample * num_vms + vm: the world's CPU demand, as a fraction of each VM's configured CPU.

    Sample 0 begins HISTORY_INTERVALS intervals before the episode, so that statistics exist at reset.
    """

    demand: FloatArray  # static


class Tariff(NamedTuple):
    """One row an hour of the episode and the hours that the observation looks ahead."""

    eur_per_kwh: FloatArray  # static, never negative


class Incidents(NamedTuple):
    """What the scenario schedules, by time."""

    at_s: FloatArray  # static
    duration_s: FloatArray  # static: repair, maintenance or outage time; until its owner resets a hung guest
    ends_at_s: FloatArray  # of links, partitions and paths that have struck: when they end; NEVER before and after
    kind: IntArray  # static: IncidentKind
    host: IntArray  # static; NO_HOST for VC_OUTAGE, PARTITION and GUEST_FAILURE
    vm: IntArray  # static; NO_VM but for GUEST_FAILURE
    datastore: IntArray  # static; NO_DATASTORE but for PATH_FAILURE
    network: IntArray  # static: Network of a LINK_FAILURE
    number: IntArray  # static: uplinks of a LINK_FAILURE, paths of a PATH_FAILURE
    is_done: IntArray  # 1: has struck
