"""Imbalance as planned: the deviation of the loads that hosts will have, in the whole or cluster by cluster."""

from typing import NamedTuple

from vienv.core.clusters import is_in, span_of, weighted
from vienv.core.enums import ONE_CLUSTER, PowerState
from vienv.core.jit import kernel
from vienv.core.ledger import deviation
from vienv.core.state import Clusters, Hosts, HostStatistics


class Sums(NamedTuple):
    """Planned load of a cluster's hosts that are ON."""

    num_on: int
    total: float
    square: float
    deviation: float


@kernel
def planned_imbalance(hosts: Hosts, host_statistics: HostStatistics) -> tuple[int, float]:
    """Hosts that are ON, and the deviation of their planned loads; of several clusters the mean, weighted by them."""
    (first, end), all_on, mean = span_of(hosts), 0, 0.0
    for cluster in range(first, end):
        sums = sums_of(hosts, host_statistics, cluster)
        if sums.num_on > 0:
            all_on += sums.num_on
            mean = weighted(mean, sums.deviation, sums.num_on, all_on)
    return all_on, mean


@kernel
def sums_of(hosts: Hosts, host_statistics: HostStatistics, cluster: int) -> Sums:
    """A cluster's planned loads, over its hosts that are ON."""
    num_on, total, square = 0, 0.0, 0.0
    for h in range(hosts.power_state.size):
        if hosts.power_state[h] == PowerState.ON and is_in(hosts, h, cluster):
            load = host_statistics.planned_5min_mhz[h] / hosts.cpu_capacity_mhz[h]
            num_on += 1
            total += load
            square += load * load
    return Sums(num_on, total, square, deviation(total, square, num_on) if num_on > 0 else 0.0)


@kernel
def keep_sums(clusters: Clusters, hosts: Hosts, host_statistics: HostStatistics) -> None:
    """Note each cluster's sums, where there are several."""
    for k in range(clusters.num_on.size):
        sums = sums_of(hosts, host_statistics, k)
        clusters.num_on[k], clusters.planned_total[k] = sums.num_on, sums.total
        clusters.planned_square[k], clusters.planned_deviation[k] = sums.square, sums.deviation


@kernel
def own_sums(clusters: Clusters, sums: Sums, cluster: int) -> Sums:
    """A cluster's sums; those of all hosts where there is one only."""
    if cluster == ONE_CLUSTER:
        return sums
    return Sums(
        clusters.num_on[cluster],
        clusters.planned_total[cluster],
        clusters.planned_square[cluster],
        clusters.planned_deviation[cluster],
    )
