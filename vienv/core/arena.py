"""Storage: each cluster is one row of two arenas; every tuple of state or settings is a view laid over it.

`spans[kind] = (rows, first float, first int)`; the kinds, in order, are KINDS. The views follow from the tuples'
annotations, so a field is named in `state/` or `params.py` and nowhere else; what they are inside a kernel is told in
`view.py`. A snapshot of a cluster is a copy of two rows.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import numpy as np

from vienv.core import params, state
from vienv.core.enums import CURVE_POINTS, HISTORY_INTERVALS, Metric, Term
from vienv.core.state import FloatArray, IntArray
from vienv.core.view import compile_as_view, fields_of, stride_of, whole_lines

T = TypeVar("T", bound=tuple[Any, ...])


class Sizes(NamedTuple):
    """How many of each there are in a cluster; equal for all clusters of a batch."""

    hosts: int
    vms: int
    datastores: int
    pools: int
    samples: int
    tariff_hours: int
    incidents: int
    recommendations: int
    networked_hosts: int = 0
    parted: int = 0
    protected_hosts: int = 0
    guests: int = 0
    counters: int = 0
    direct_vms: int = 0
    sessions: int = 0
    devices: int = 0
    volumes: int = 0
    disks: int = 0
    adapters: int = 0
    copies: int = 0
    filed_vms: int = 0
    orders: int = 0
    feeds: int = 0
    clusters: int = 0
    reached_vms: int = 0
    waiting_vms: int = 0
    scored_vms: int = 0
    io_vms: int = 0
    preferring_vms: int = 0
    offers: int = 0


Kinds = dict[type, Callable[[Any], int]]
"""Kinds of tuples, in the order in which they lie, and how many rows each has for given sizes."""
KINDS: Kinds = {
    state.Clock: lambda n: 1,
    state.Hosts: lambda n: n.hosts,
    state.Vms: lambda n: n.vms,
    state.Pools: lambda n: n.pools,
    state.Datastores: lambda n: n.datastores,
    state.Paths: lambda n: n.hosts * n.datastores,
    state.PowerCurves: lambda n: n.hosts * CURVE_POINTS,
    state.Migrations: lambda n: n.vms,
    state.Workload: lambda n: n.samples * n.vms,
    state.Tariff: lambda n: n.tariff_hours,
    state.Incidents: lambda n: n.incidents,
    state.VmStatistics: lambda n: n.vms,
    state.VmHistory: lambda n: HISTORY_INTERVALS * n.vms,
    state.HostStatistics: lambda n: n.hosts,
    state.Largest: lambda n: 1,
    state.Recommendations: lambda n: n.recommendations,
    state.Reward: lambda n: len(Term),
    state.Outcome: lambda n: 1,
    state.Ledger: lambda n: len(Term),
    state.Metrics: lambda n: len(Metric),
    params.DemandParams: lambda n: 1,
    params.CpuParams: lambda n: 1,
    params.MemoryParams: lambda n: 1,
    params.VmotionParams: lambda n: 1,
    params.PowerParams: lambda n: 1,
    params.HaParams: lambda n: 1,
    params.VirtualCenterParams: lambda n: 1,
    params.Prices: lambda n: 1,
    params.Randomness: lambda n: 1,
    state.HostNetworks: lambda n: n.networked_hosts,
    state.Parted: lambda n: n.parted,
    state.HostKnowledge: lambda n: n.networked_hosts,
    state.Protection: lambda n: n.protected_hosts,
    state.Guests: lambda n: n.guests,
    state.Counters: lambda n: n.counters,
    state.DirectPowerOns: lambda n: n.direct_vms,
    state.Sessions: lambda n: n.sessions,
    state.Drivers: lambda n: n.hosts if n.devices > 0 else 0,
    state.Devices: lambda n: n.devices,
    state.Volumes: lambda n: n.volumes,
    state.Disks: lambda n: n.disks,
    state.Lines: lambda n: 3 * n.adapters + n.volumes,
    state.Adapters: lambda n: n.adapters,
    state.Fabric: lambda n: n.adapters * n.volumes,
    state.Copies: lambda n: n.copies,
    state.Files: lambda n: n.filed_vms,
    state.Identities: lambda n: n.filed_vms,
    state.Orders: lambda n: n.orders,
    params.FileParams: lambda n: 1,
    state.Feeds: lambda n: n.feeds,
    state.Feeding: lambda n: n.hosts if n.feeds > 0 else 0,
    state.Clusters: lambda n: n.clusters,
    state.Entitlements: lambda n: n.vms if n.pools > 0 else 0,
    state.Reach: lambda n: n.reached_vms,
    state.Waits: lambda n: n.waiting_vms,
    state.Scores: lambda n: n.scored_vms,
    state.ClusterScore: lambda n: min(1, n.scored_vms),
    state.GuestIo: lambda n: n.io_vms,
    state.Latency: lambda n: n.volumes if n.io_vms > 0 else 0,
    params.StorageParams: lambda n: 1,
    state.Preferences: lambda n: n.preferring_vms,
    state.Offers: lambda n: n.offers,
}


def spans_of(sizes: tuple[int, ...], kinds: Kinds = KINDS) -> tuple[IntArray, int, int]:
    """Lay out the arenas: spans (num_kinds, 3) int64, and the widths of the float and of the int arena."""
    spans = np.zeros((len(kinds), 3), np.int64)
    floats = ints = 0
    for k, (kind, rows_of) in enumerate(kinds.items()):
        rows = rows_of(sizes)
        spans[k] = rows, floats, ints
        is_float = [field.is_float for field in fields_of(kind).values()]
        floats += whole_lines(stride_of(rows) * sum(is_float))
        ints += whole_lines(stride_of(rows) * (len(is_float) - sum(is_float)))
    return spans, floats, ints


def view_of(kind: type[T], kinds: Kinds = KINDS) -> Callable[[FloatArray, IntArray, IntArray], T]:
    """The function `(floats, ints, spans) -> kind` that lays the tuple over one cluster's two rows."""
    k, fields = list(kinds).index(kind), list(fields_of(kind).values())

    def view(f: FloatArray, i: IntArray, spans: IntArray) -> T:
        n, a, b = spans[k].tolist()
        stride, rows = stride_of(n), []
        for is_float, place, is_scalar in fields:
            cluster, first = (f, a + place * stride) if is_float else (i, b + place * stride)
            rows.append(cluster[first] if is_scalar else cluster[first : first + n])
        return kind(*rows)

    compile_as_view(view, kind, k)
    return view


clock_of = view_of(state.Clock)
hosts_of = view_of(state.Hosts)
vms_of = view_of(state.Vms)
pools_of = view_of(state.Pools)
datastores_of = view_of(state.Datastores)
paths_of = view_of(state.Paths)
power_curves_of = view_of(state.PowerCurves)
migrations_of = view_of(state.Migrations)
workload_of = view_of(state.Workload)
tariff_of = view_of(state.Tariff)
incidents_of = view_of(state.Incidents)
vm_statistics_of = view_of(state.VmStatistics)
vm_history_of = view_of(state.VmHistory)
host_statistics_of = view_of(state.HostStatistics)
largest_of = view_of(state.Largest)
recommendations_of = view_of(state.Recommendations)
reward_of = view_of(state.Reward)
outcome_of = view_of(state.Outcome)
ledger_of = view_of(state.Ledger)
metrics_of = view_of(state.Metrics)
demand_params_of = view_of(params.DemandParams)
cpu_params_of = view_of(params.CpuParams)
memory_params_of = view_of(params.MemoryParams)
vmotion_params_of = view_of(params.VmotionParams)
power_params_of = view_of(params.PowerParams)
ha_params_of = view_of(params.HaParams)
virtual_center_params_of = view_of(params.VirtualCenterParams)
prices_of = view_of(params.Prices)
randomness_of = view_of(params.Randomness)
host_networks_of = view_of(state.HostNetworks)
parted_of = view_of(state.Parted)
host_knowledge_of = view_of(state.HostKnowledge)
protection_of = view_of(state.Protection)
guests_of = view_of(state.Guests)
counters_of = view_of(state.Counters)
direct_power_ons_of = view_of(state.DirectPowerOns)
sessions_of = view_of(state.Sessions)
drivers_of = view_of(state.Drivers)
devices_of = view_of(state.Devices)
volumes_of = view_of(state.Volumes)
disks_of = view_of(state.Disks)
lines_of = view_of(state.Lines)
adapters_of = view_of(state.Adapters)
fabric_of = view_of(state.Fabric)
copies_of = view_of(state.Copies)
files_of = view_of(state.Files)
identities_of = view_of(state.Identities)
orders_of = view_of(state.Orders)
file_params_of = view_of(params.FileParams)
feeds_of = view_of(state.Feeds)
feeding_of = view_of(state.Feeding)
clusters_of = view_of(state.Clusters)
entitlements_of = view_of(state.Entitlements)
reach_of = view_of(state.Reach)
waits_of = view_of(state.Waits)
scores_of = view_of(state.Scores)
cluster_score_of = view_of(state.ClusterScore)
guest_io_of = view_of(state.GuestIo)
latency_of = view_of(state.Latency)
storage_params_of = view_of(params.StorageParams)
preferences_of = view_of(state.Preferences)
offers_of = view_of(state.Offers)


def write_params(
    floats: FloatArray, ints: IntArray, spans: IntArray, values: tuple[Any, ...], kinds: Kinds = KINDS
) -> None:
    """Write one settings tuple into a cluster's two rows."""
    kind = type(values)
    _, a, b = spans[list(kinds).index(kind)]
    for field, value in zip(fields_of(kind).values(), values, strict=True):
        if field.is_float:
            floats[a] = value
            a += 1
        else:
            ints[b] = value
            b += 1


def batch_of(kind: type[T], floats: FloatArray, ints: IntArray, spans: IntArray, kinds: Kinds = KINDS) -> T:
    """A state tuple of views over a whole batch: every field (num_envs, rows) instead of (rows,)."""
    n, a, b = (int(x) for x in spans[list(kinds).index(kind)])
    stride, rows = stride_of(n), []
    for field in fields_of(kind).values():
        batch, first = (floats, a + field.place * stride) if field.is_float else (ints, b + field.place * stride)
        rows.append(batch[:, first : first + n])
    return kind(*rows)
