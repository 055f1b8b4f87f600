"""The state of one cluster, as tuples of arrays: every field's meaning, unit, shape and sentinel stands here, once.

A field is `FloatArray` or `IntArray`, one entry a row of its kind. `arena.py` reads these annotations and lays the
views over two flat arenas, so a field is named nowhere else. "static" fields are written when a world is generated,
"tick" fields are worked out anew each tick, all others are what evolves. Times `*_at_s` are seconds since the episode
began; NEVER (infinity) means not foreseen. The files of this folder have a subject each; this one is their table of
contents, and everybody else imports from it.
"""

from vienv.core.state.accounts import Ledger, Metrics, Outcome, Reward
from vienv.core.state.basics import NEVER, Clock, FloatArray, IntArray
from vienv.core.state.failover import Counters, Feeding, Feeds, Guests, Protection
from vienv.core.state.files import Files, Identities
from vienv.core.state.hosts import Hosts
from vienv.core.state.knowledge import (
    Clusters,
    ClusterScore,
    HostStatistics,
    Largest,
    Recommendations,
    Scores,
    VmHistory,
    VmStatistics,
)
from vienv.core.state.moves import Migrations, Waits
from vienv.core.state.networks import DirectPowerOns, HostKnowledge, HostNetworks, Parted, Reach, Sessions
from vienv.core.state.orders import Orders
from vienv.core.state.resources import Datastores, Devices, Drivers, Entitlements, Paths, Pools, PowerCurves
from vienv.core.state.rules import Offers, Preferences
from vienv.core.state.storage import Adapters, Copies, Disks, Fabric, GuestIo, Latency, Lines, Volumes
from vienv.core.state.vms import Vms
from vienv.core.state.world import Incidents, Tariff, Workload

__all__ = [
    "NEVER",
    "Adapters",
    "Clock",
    "ClusterScore",
    "Clusters",
    "Copies",
    "Counters",
    "Datastores",
    "Devices",
    "DirectPowerOns",
    "Disks",
    "Drivers",
    "Entitlements",
    "Fabric",
    "Feeding",
    "Feeds",
    "Files",
    "FloatArray",
    "GuestIo",
    "Guests",
    "HostKnowledge",
    "HostNetworks",
    "HostStatistics",
    "Hosts",
    "Identities",
    "Incidents",
    "IntArray",
    "Largest",
    "Latency",
    "Ledger",
    "Lines",
    "Metrics",
    "Migrations",
    "Offers",
    "Orders",
    "Outcome",
    "Parted",
    "Paths",
    "Pools",
    "PowerCurves",
    "Preferences",
    "Protection",
    "Reach",
    "Recommendations",
    "Reward",
    "Scores",
    "Sessions",
    "Tariff",
    "VmHistory",
    "VmStatistics",
    "Vms",
    "Volumes",
    "Waits",
    "Workload",
]
