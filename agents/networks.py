"""The agents' networks: rows are scored one by one against a summary of all, so one network plays any size.

Hosts and recommendations are sets: a pool (mean, largest, least, deviation over valid rows) joins the cluster's row
into a summary of fixed size, and what is to be scored row by row is read together with that summary. The critic is a
network of its own on the same summary. Left out: attention over VMs, which the hosts' rows already add up.
"""

import math

import torch
from torch import Tensor, nn

from vienv.core.columns import ClusterColumn, HostColumn, RecommendationColumn
from vienv.envs.action import BANDS, THRESHOLDS

WIDTH = 64
POOLS = 4
_FAR = 1.0e9
"""Below any value of a row: invalid rows never are the largest."""
_HOSTS, _CLUSTER, _RECOMMENDATIONS = len(HostColumn), len(ClusterColumn), len(RecommendationColumn)
_BODY_GAIN, _POLICY_GAIN, _VALUE_GAIN = math.sqrt(2.0), 0.01, 1.0
"""Orthogonal initialisation as Stable-Baselines3's: a nearly uniform first policy."""


def pool(rows: Tensor, valid: Tensor) -> Tensor:
    """Mean, largest, least and standard deviation over valid rows: rows (N, R, F), valid (N, R, 1) -> (N, 4 F).

    All are 0 where no row is valid.
    """
    count = valid.sum(1).clamp(min=1.0)
    is_any = valid.amax(1)
    mean = (rows * valid).sum(1) / count
    largest = (rows * valid - _FAR * (1.0 - valid)).amax(1) * is_any
    least = (rows * valid + _FAR * (1.0 - valid)).amin(1) * is_any
    deviation = torch.sqrt((((rows - mean.unsqueeze(1)) * valid) ** 2).sum(1) / count + 1.0e-8) * is_any
    return torch.cat([mean, largest, least, deviation], 1)


class Summary(nn.Module):
    """The cluster's row and the pools of its rows, through two layers: (N, WIDTH)."""

    def __init__(self, pooled: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(_linear(_CLUSTER + pooled, WIDTH), nn.Tanh(), _linear(WIDTH, WIDTH), nn.Tanh())

    def forward(self, cluster: Tensor, *pools: Tensor) -> Tensor:
        """Of the cluster's row only its own columns: without a picked VM the others are 0."""
        return self.layers(torch.cat([cluster[:, :_CLUSTER], *pools], 1))


class RowScorer(nn.Module):
    """One number a row, from the row and the summary: rows (N, R, F), summary (N, WIDTH) -> (N, R)."""

    def __init__(self, columns: int) -> None:
        super().__init__()
        self.of_row = _linear(columns, WIDTH)
        self.of_summary = _linear(WIDTH, WIDTH)
        self.hidden = _linear(WIDTH, WIDTH)
        self.score = _linear(WIDTH, 1, _POLICY_GAIN)

    def forward(self, rows: Tensor, summary: Tensor) -> Tensor:
        """A sum of two layers is one layer over both, without a copy of the summary for each row."""
        first = torch.tanh(self.of_row(rows) + self.of_summary(summary).unsqueeze(1))
        return self.score(torch.tanh(self.hidden(first))).squeeze(-1)


class TunerNetwork(nn.Module):
    """Logits of DrsTuning's 25 levels from hosts and cluster: one for DRS's threshold plus one for DPM's target.

    As sums they are two choices of five, so that what is learnt of a target holds at every threshold.
    """

    inputs = ("hosts", "cluster")

    def __init__(self, commit_bias: float = 0.0) -> None:
        """commit_bias is the recommender's; a level is no commit."""
        super().__init__()
        self.actor, self.critic = Summary(POOLS * _HOSTS), Summary(POOLS * _HOSTS)
        self.threshold = _linear(WIDTH, THRESHOLDS, _POLICY_GAIN)
        self.target = _linear(WIDTH, BANDS, _POLICY_GAIN)
        self.value = _linear(WIDTH, 1, _VALUE_GAIN)

    def logits(self, hosts: Tensor, cluster: Tensor) -> Tensor:
        """Of hosts (N, H, HostColumn) and cluster (N, ClusterColumn ..): (N, 25)."""
        summary = self.actor(cluster, _pool_hosts(hosts))
        return (self.threshold(summary).unsqueeze(2) + self.target(summary).unsqueeze(1)).flatten(1)

    def values(self, hosts: Tensor, cluster: Tensor) -> Tensor:
        """Expected return, (N, 1)."""
        return self.value(self.critic(cluster, _pool_hosts(hosts)))


class RecommendNetwork(nn.Module):
    """Logits of commit, of every recommendation and of every host's toggle."""

    inputs = ("hosts", "cluster", "recommendations")

    def __init__(self, commit_bias: float = 0.0) -> None:
        """commit_bias is the first logit of commit: at 0 a fresh policy would command without end."""
        super().__init__()
        pooled = POOLS * (_HOSTS + _RECOMMENDATIONS)
        self.actor, self.critic = Summary(pooled), Summary(pooled)
        self.commit = _linear(WIDTH, 1, _POLICY_GAIN)
        self.recommendation = RowScorer(_RECOMMENDATIONS)
        self.toggle = RowScorer(_HOSTS)
        self.value = _linear(WIDTH, 1, _VALUE_GAIN)
        nn.init.constant_(self.commit.bias, commit_bias)

    def logits(self, hosts: Tensor, cluster: Tensor, recommendations: Tensor) -> Tensor:
        """Of hosts (N, H, F), cluster (N, C) and recommendations (N, K, R): (N, 1 + K + H)."""
        summary = self.actor(cluster, _pool_hosts(hosts), _pool_recommendations(recommendations))
        scores = [self.commit(summary), self.recommendation(recommendations, summary), self.toggle(hosts, summary)]
        return torch.cat(scores, 1)

    def values(self, hosts: Tensor, cluster: Tensor, recommendations: Tensor) -> Tensor:
        """Expected return, (N, 1)."""
        return self.value(self.critic(cluster, _pool_hosts(hosts), _pool_recommendations(recommendations)))


NETWORKS: dict[str, type[TunerNetwork] | type[RecommendNetwork]] = {
    "tuner": TunerNetwork,
    "recommend": RecommendNetwork,
}


def _pool_hosts(hosts: Tensor) -> Tensor:
    return pool(hosts, hosts[:, :, HostColumn.VALID : HostColumn.VALID + 1])


def _pool_recommendations(recommendations: Tensor) -> Tensor:
    valid = recommendations[:, :, RecommendationColumn.VALID : RecommendationColumn.VALID + 1]
    return pool(recommendations, valid)


def _linear(columns: int, width: int, gain: float = _BODY_GAIN) -> nn.Linear:
    layer = nn.Linear(columns, width)
    nn.init.orthogonal_(layer.weight, gain)
    nn.init.zeros_(layer.bias)
    return layer
