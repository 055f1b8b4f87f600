"""Clusters under one VirtualCenter: each has a DRS, a DPM and an HA of its own, over its own hosts.

A host belongs to one cluster, a VM to that of the host it runs or is registered on. An administrator may move a VM from
one cluster to another; recommendations, evacuations and restarts never cross (VMware, vSphere Resource Management,
"Creating a DRS Cluster"). Where there is one cluster only, hosts bear ONE_CLUSTER and nobody is asked for more. Left
out: settings of each cluster's own, and hosts that stand outside any cluster.
"""

from vienv.core.enums import ONE_CLUSTER
from vienv.core.jit import kernel
from vienv.core.state import Hosts


@kernel
def is_in(hosts: Hosts, h: int, cluster: int) -> bool:
    """Whether host h belongs to the cluster, which may be the only one."""
    return cluster == ONE_CLUSTER or hosts.cluster[h] == cluster


@kernel
def are_together(hosts: Hosts, h: int, t: int) -> bool:
    """Whether hosts h and t belong to one cluster."""
    return bool(hosts.cluster[h] == hosts.cluster[t])


@kernel
def span_of(hosts: Hosts) -> tuple[int, int]:
    """First cluster's number and the one behind the last's: ONE_CLUSTER and 0 where there is one only."""
    if hosts.cluster[0] == ONE_CLUSTER:
        return ONE_CLUSTER, 0
    last = 0
    for h in range(hosts.cluster.size):
        last = max(last, hosts.cluster[h])
    return 0, last + 1


@kernel
def weighted(mean: float, value: float, weight: int, total: int) -> float:
    """A mean over clusters with one more taken in, whose weight `total` holds already; the first exactly as it is."""
    return mean + (value - mean) * (weight / total)
