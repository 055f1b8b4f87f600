"""DRS: VirtualCenter's own balancing, as a greedy choice among its recommendations.

Hard fixes come first (priority 1: rules, placements; hosts entering standby or maintenance are emptied by
VirtualCenter itself), then rules on where a VM should run, if that fills no host. Then, while the standard deviation of
host load is above the target of the migration threshold, the recommendation of greatest gain is applied that does not
overfill its destination and whose benefit outweighs its cost and risk (Gulati et al., "VMware Distributed Resource
Management", VMware Technical Journal 1(1), 2012; US patent 8,095,929). Threshold and priority: VMware KB 1007485. The
weights of VMware's own cost model are not published: the form below is ours, every number a setting. Left out: memory
in the imbalance, pairwise balancing.

Where the cluster shows a score, as under vSphere 7, recommendations gain score and no deviation is asked for: a move is
taken whose rise of the cluster's score, times the hosts on, is above a least one that falls with the threshold. That
rule, and its number, are UNSOURCED; cost, benefit and risk are as before (Denneman, frankdenneman.nl, 8 May 2020).
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vienv.baselines.policy import COMMIT, RECOMMENDATIONS, Observation, block
from vienv.baselines.reading import Mask, Rows, value
from vienv.core.columns import ClusterColumn, RecommendationColumn
from vienv.core.jit import crossing, kernel, ready

MANDATORY_PRIORITY, LOWEST_PRIORITY = 1, 5
_LEAST_RISE = 0.002
"""Of the score times the hosts on, at threshold 5; three times that at threshold 3, so that each slider step counts."""
DIVERGES = 0.75
"""Dirty rate / copy rate from which 30 rounds no longer shrink 1 GB to the 0.2 MB of a switch-over: it would fail."""


class DrsSettings(NamedTuple):
    """What an administrator, or a tuner, may set. Loads and CPU are shares of a host, times are intervals of 300 s."""

    threshold: float = (
        3.0  # migration threshold, 1 (hard fixes only) .. 5 (balance anything); 3 is VirtualCenter's default
    )
    target_coefficient: float = 0.1  # KB 1007485
    minimum_gain: float = (
        0.02  # MinGoodness: least fall of imbalance x hosts on; one VM counts for less the more hosts there are
    )
    strong_gain: float = 0.5  # fall of imbalance x hosts on from which cost and risk are not asked
    relief_load: float = 1.0  # moves off hosts above this planned load are worth it whatever the imbalance
    vmotion_cpu: float = (
        0.04  # of a host, on either side: 30 % of one of eight cores (vSphere 5.1's reservation on 1 GbE)
    )
    guest_slowdown: float = 0.1  # of its CPU, that a VM loses while it moves; Beloglazov and Buyya, CCPE 24(13), 2012
    stable_intervals: float = 12.0  # how long the demand of now is trusted to last: one hour


@kernel
def target_imbalance(threshold: float, root_hosts: float, coefficient: float) -> float:
    """Imbalance that the threshold tolerates: 0.1 (5 - threshold) / sqrt(hosts on); root_hosts = 1 / sqrt(hosts on)."""
    if threshold <= MANDATORY_PRIORITY:
        return math.inf
    return coefficient * (LOWEST_PRIORITY - threshold) * root_hosts


@kernel
def least_rise(threshold: float) -> float:
    """Rise of the score, times the hosts on, that the threshold asks of a move; infinite for hard fixes only."""
    return math.inf if threshold <= MANDATORY_PRIORITY else _LEAST_RISE * (LOWEST_PRIORITY + 1 - threshold)


@kernel
def priority(imbalance: float, num_hosts: int, coefficient: float) -> int:
    """Priority of a balancing move, 2 (most urgent) .. 5: 6 - ceil(imbalance / 0.1 x sqrt(hosts)); 1 is a hard fix."""
    steps = math.ceil(imbalance / coefficient * math.sqrt(num_hosts))
    return max(MANDATORY_PRIORITY + 1, min(LOWEST_PRIORITY, LOWEST_PRIORITY + 1 - steps))


@kernel
def choose(cluster: Rows, recommendations: Rows, mask: Mask, settings: DrsSettings) -> int:
    """DRS's next action on Recommendations-v0: 1 + the row to take, or 0 if no move is worth it.

    cluster (ClusterColumn ..,), recommendations (K, RecommendationColumn), mask (1 + K + H,). Each row is judged by the
    imbalance of the cluster that it is of.
    """
    for r in range(recommendations.shape[0]):
        if mask[1 + r] == 0:
            continue
        if value(recommendations, r, RecommendationColumn.MANDATORY) > 0.0:
            return 1 + r
        if value(recommendations, r, RecommendationColumn.MENDS_SHOULD) > 0.0 and _is_sound(recommendations, r):
            return 1 + r
    if settings.threshold <= MANDATORY_PRIORITY and settings.relief_load == math.inf:
        return COMMIT
    by_score = np.float64(cluster[ClusterColumn.SCORE]) > 0.0
    least_gain = least_rise(settings.threshold) if by_score else settings.minimum_gain
    for r in range(recommendations.shape[0]):
        if mask[1 + r] == 0 or not _fits(recommendations, r):
            continue
        if value(recommendations, r, RecommendationColumn.SOURCE_LOAD) > settings.relief_load:
            return 1 + r
        root_hosts = value(recommendations, r, RecommendationColumn.CLUSTER_ROOT_HOSTS)
        target = target_imbalance(settings.threshold, root_hosts, settings.target_coefficient)
        is_unbalanced = by_score or value(recommendations, r, RecommendationColumn.CLUSTER_IMBALANCE) > target
        if is_unbalanced and _is_worth_it(recommendations, r, root_hosts, least_gain, settings):
            return 1 + r
    return COMMIT


@kernel
def _fits(recommendations: Rows, r: int) -> bool:
    """A move for balance is sound, and goes to a host less full than its own."""
    load = value(recommendations, r, RecommendationColumn.DESTINATION_LOAD_AFTER)
    return _is_sound(recommendations, r) and load < value(recommendations, r, RecommendationColumn.SOURCE_LOAD)


@kernel
def _is_sound(recommendations: Rows, r: int) -> bool:
    """A move that is not mandatory converges, and never fills its destination (100 %)."""
    if value(recommendations, r, RecommendationColumn.DIRTY) >= DIVERGES:
        return False
    load = value(recommendations, r, RecommendationColumn.DESTINATION_LOAD_AFTER)
    return load < 1.0 and value(recommendations, r, RecommendationColumn.DESTINATION_MEMORY_AFTER) < 1.0


@kernel
def _is_worth_it(recommendations: Rows, r: int, root_hosts: float, least_gain: float, settings: DrsSettings) -> bool:
    """Goodness first; then cost, benefit and risk unless the gain is strongly positive."""
    gain = value(recommendations, r, RecommendationColumn.GAIN)
    per_host = root_hosts * root_hosts
    if gain < least_gain * per_host:
        return False
    return gain >= settings.strong_gain * per_host or net_benefit(recommendations, r, settings) >= 0.0


@kernel
def net_benefit(recommendations: Rows, r: int, settings: DrsSettings) -> float:
    """Benefit less risk less cost of row r, in host-intervals of CPU.

    Benefit: the VM's demand times the crowding that it leaves (its host without it, less its destination without it),
    over the stable time. Risk: the part of that which goes if its demand falls back by its difference to the hour's
    mean and its deviation. Cost: CPU of the vMotion on both hosts and the guest's slowdown, for a copy that lasts the
    longer the faster it is dirtied.
    """
    demand = value(recommendations, r, RecommendationColumn.DEMAND_5)
    crowding = value(recommendations, r, RecommendationColumn.SOURCE_LOAD_AFTER) - value(
        recommendations, r, RecommendationColumn.DESTINATION_LOAD
    )
    shift = abs(value(recommendations, r, RecommendationColumn.DEMAND_60) - demand) + value(
        recommendations, r, RecommendationColumn.DEVIATION_60
    )
    dirty = value(recommendations, r, RecommendationColumn.DIRTY)
    if demand <= 0.0 or dirty >= DIVERGES:
        return -1.0
    benefit = demand * crowding * settings.stable_intervals * (demand / (demand + shift))
    copy = value(recommendations, r, RecommendationColumn.MIGRATION_TIME) / (1.0 - dirty)
    return benefit - copy * (2.0 * settings.vmotion_cpu + settings.guest_slowdown * demand)


@crossing("void(int64[::1], float32[:,::1], float32[:,:,::1], int8[:,::1], float64[::1])")
def _play(
    actions: NDArray[np.int64], cluster: Rows, recommendations: Rows, mask: Mask, packed: NDArray[np.float64]
) -> None:
    """Choose in every cluster of the batch."""
    settings = unpack(packed)
    for e in range(actions.size):
        actions[e] = choose(cluster[e], recommendations[e], mask[e], settings)


@kernel
def unpack(packed: NDArray[np.float64]) -> DrsSettings:
    """The settings from the head of an array, as they cross from Python."""
    return DrsSettings(packed[0], packed[1], packed[2], packed[3], packed[4], packed[5], packed[6], packed[7])


def of_threshold(threshold: int) -> DrsSettings:
    """VirtualCenter's slider, 1 .. 5, all else at its default; conservative (1) makes no move for load at all."""
    return DrsSettings(threshold=float(threshold), relief_load=math.inf if threshold == MANDATORY_PRIORITY else 1.0)


class Drs:
    """DRS alone, fully automated: drs-1 (conservative) to drs-5 (aggressive)."""

    env_id = RECOMMENDATIONS

    def __init__(self, threshold: int) -> None:
        """DRS at one of VirtualCenter's five thresholds."""
        self.name = f"drs-{threshold}"
        self.settings = of_threshold(threshold)
        ready(_play)

    def reset(self, num_envs: int, seed: int = 0) -> None:
        """Nothing is remembered."""

    def act(self, observation: Observation, action_mask: NDArray[np.int8]) -> NDArray[np.int64]:
        """DRS's next move in each cluster, else commit."""
        actions = np.zeros(len(action_mask), dtype=np.int64)
        cluster, rows = block(observation, "cluster"), block(observation, "recommendations")
        mask = np.ascontiguousarray(action_mask, dtype=np.int8)
        _play(actions, cluster, rows, mask, np.array(self.settings, dtype=np.float64))
        return actions
