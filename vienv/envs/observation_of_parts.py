"""What VirtualCenter shows of parts that only some scenarios use: networks, storage, administrators' orders.

Columns of hosts, VMs and the cluster beside those of `observation` and `observation_of_cluster`, which write what they
are where a scenario has no such part; every column's meaning stands in `core/columns.py`. Left out: what a guest's own
input and output waits for, and whatever VirtualCenter does not hear of, such as a hung guest.
"""

import numpy as np
from numpy.typing import NDArray

from vienv.core import lines, tasks
from vienv.core.columns import ClusterColumn, HostColumn, VmColumn
from vienv.core.compatibility import is_grey
from vienv.core.enums import OrderPhase
from vienv.core.jit import kernel
from vienv.core.score import PERFECT
from vienv.core.state import (
    NEVER,
    Adapters,
    Clock,
    ClusterScore,
    Disks,
    HostNetworks,
    Hosts,
    Lines,
    Orders,
    Scores,
    Vms,
    Volumes,
)
from vienv.core.storage.volumes import free_share
from vienv.core.tasks import is_clone

Float32Array = NDArray[np.float32]

TYPICAL_TASKS = 8.0


@kernel
def write_hosts(
    rows: Float32Array, hosts: Hosts, host_networks: HostNetworks, adapters: Adapters, line_rows: Lines, clock: Clock
) -> None:
    """Fill each host's uplinks and load of storage lines, where it has such rows. Follows `observation.write_hosts`."""
    for h in range(host_networks.vmkernel_up.size):
        has_network = rows[h, HostColumn.VALID] == 1.0 and host_networks.vmkernel_line_mbps[h] > 0.0
        share_up = max(0, host_networks.vmkernel_up[h]) / host_networks.vmkernel_uplinks[h]
        rows[h, HostColumn.UPLINKS] = share_up if has_network else 0.0
        if rows[h, HostColumn.VALID] == 1.0:
            rows[h, HostColumn.VM_UPLINKS] = max(0, host_networks.vm_up[h]) / host_networks.vm_uplinks[h]
    for h in range(adapters.shares_nic.size):
        if rows[h, HostColumn.VALID] == 1.0:
            rows[h, HostColumn.STORAGE_LOAD] = lines.load_of(line_rows, hosts, adapters, clock, h)


@kernel
def write_vms(
    rows: Float32Array, vms: Vms, volumes: Volumes, disks: Disks, orders: Orders, scores: Scores, clock: Clock
) -> None:
    """Fill who waits for space, whose disks are copied, free space and scores. Follows `observation`."""
    for v in range(scores.score.size):
        is_on = rows[v, VmColumn.RUNNING] == 1.0
        rows[v, VmColumn.SCORE] = scores.score[v] / PERFECT if is_on else 0.0
    for v in range(disks.stopped_at_s.size):
        is_there = rows[v, VmColumn.VALID] == 1.0
        free = free_share(volumes, vms.datastore[v], clock.now_s[0])
        rows[v, VmColumn.SPACE_FREE] = free if is_there else 0.0
        rows[v, VmColumn.SUSPENDED] = is_there and disks.stopped_at_s[v] < NEVER
        rows[v, VmColumn.BUSY] = 0.0
    for k in range(orders.phase.size):
        v = orders.source[k] if is_clone(orders.kind[k]) else orders.vm[k]
        if orders.phase[k] == OrderPhase.COPYING:
            rows[v, VmColumn.BUSY] = rows[v, VmColumn.VALID]


@kernel
def write_cluster(
    row: Float32Array,
    hosts: Hosts,
    host_networks: HostNetworks,
    volumes: Volumes,
    orders: Orders,
    cluster_score: ClusterScore,
    clock: Clock,
) -> None:
    """Fill the cluster's orders, its fullest datastore, whether a partition keeps hosts from it, and its score."""
    least, is_parted = 1.0, False
    for d in range(volumes.kind.size):
        least = min(least, free_share(volumes, d, clock.now_s[0]))
    for h in range(host_networks.segment.size):
        is_parted = is_parted or (is_grey(hosts, h) and host_networks.segment[h] > 0)
    row[ClusterColumn.TASKS] = tasks.num_open(orders, clock) / TYPICAL_TASKS
    row[ClusterColumn.SPACE_LEAST] = least
    row[ClusterColumn.PARTITIONED] = is_parted
    row[ClusterColumn.SCORE] = cluster_score.score[0] / PERFECT if cluster_score.score.size > 0 else 0.0
