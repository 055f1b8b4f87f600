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
_CONSTANT, _FARTHEST = 1.0e-4, 5.0
_HOSTS, _CLUSTER, _RECOMMENDATIONS = len(HostColumn), len(ClusterColumn), len(RecommendationColumn)
_COLUMNS = {"hosts": _HOSTS, "cluster": _CLUSTER, "recommendations": _RECOMMENDATIONS}
"""Every row's first column says whether it is valid."""
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


class Standardised(nn.Module):
    """Columns less their mean, over their deviation, as found once before training and kept with the weights.

    A recommendation's gain is a few hundredths where a load is one half: side by side, only the load would be heard.
    """

    def __init__(self, columns: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(columns))
        self.register_buffer("deviation", torch.ones(columns))

    def fit(self, rows: Tensor) -> None:
        """Take the measure of rows (R, columns); a column that never changes is left as it is."""
        deviation, mean = torch.std_mean(rows, 0, correction=0)
        is_constant = deviation < _CONSTANT
        self.mean.copy_(torch.where(is_constant, torch.zeros_like(mean), mean))
        self.deviation.copy_(torch.where(is_constant, torch.ones_like(mean), deviation))

    def forward(self, rows: Tensor) -> Tensor:
        """Bounded, so that a cluster unlike those of the training stays within what was learnt."""
        return ((rows - self.mean) / self.deviation).clamp(-_FARTHEST, _FARTHEST)


class Summary(nn.Module):
    """The cluster's row and the pools of its rows, through two layers: (N, WIDTH)."""

    def __init__(self, pooled: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(_linear(_CLUSTER + pooled, WIDTH), nn.Tanh(), _linear(WIDTH, WIDTH), nn.Tanh())

    def forward(self, cluster: Tensor, *pools: Tensor) -> Tensor:
        """Of cluster (N, ClusterColumn) and pools (N, ..)."""
        return self.layers(torch.cat([cluster, *pools], 1))


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


class Senses(nn.Module):
    """What a network reads, standardised: rows with their validity, and the cluster's own columns.

    Without a picked VM the rest of the cluster's row is 0, so it is left out.
    """

    def __init__(self, *names: str) -> None:
        super().__init__()
        self.of = nn.ModuleDict({name: Standardised(_COLUMNS[name]) for name in names})

    def fit(self, observed: dict[str, Tensor]) -> None:
        """Take the measure of observations, each (N, ..)."""
        for name, sense in self.of.items():
            rows = observed[name].flatten(0, -2)
            sense.fit(rows[:, :_CLUSTER] if name == "cluster" else rows[rows[:, 0] > 0])

    def cluster(self, cluster: Tensor) -> Tensor:
        """The cluster's own columns, (N, ClusterColumn)."""
        return self.of["cluster"](cluster[:, :_CLUSTER])

    def rows(self, name: str, given: Tensor) -> tuple[Tensor, Tensor]:
        """Rows, and their pool; what is not valid is 0."""
        valid = given[:, :, :1]
        rows = self.of[name](given) * valid
        return rows, pool(rows, valid)


class TunerNetwork(nn.Module):
    """Logits of DrsTuning's 25 levels from hosts and cluster: one for DRS's threshold plus one for DPM's target.

    As sums they are two choices of five, so that what is learnt of a target holds at every threshold.
    """

    inputs = ("hosts", "cluster")

    def __init__(self, commit_bias: float = 0.0) -> None:
        """commit_bias is the recommender's; a level is no commit."""
        super().__init__()
        self.senses = Senses(*self.inputs)
        self.actor, self.critic = Summary(POOLS * _HOSTS), Summary(POOLS * _HOSTS)
        self.threshold = _linear(WIDTH, THRESHOLDS, _POLICY_GAIN)
        self.target = _linear(WIDTH, BANDS, _POLICY_GAIN)
        self.value = _linear(WIDTH, 1, _VALUE_GAIN)

    def logits(self, hosts: Tensor, cluster: Tensor) -> Tensor:
        """Of hosts (N, H, HostColumn) and cluster (N, ClusterColumn ..): (N, 25)."""
        summary = self.actor(self.senses.cluster(cluster), self.senses.rows("hosts", hosts)[1])
        return (self.threshold(summary).unsqueeze(2) + self.target(summary).unsqueeze(1)).flatten(1)

    def values(self, hosts: Tensor, cluster: Tensor) -> Tensor:
        """Expected return, (N, 1)."""
        return self.value(self.critic(self.senses.cluster(cluster), self.senses.rows("hosts", hosts)[1]))


class RecommendNetwork(nn.Module):
    """Logits of commit, of every recommendation and of every host's toggle."""

    inputs = ("hosts", "cluster", "recommendations")

    def __init__(self, commit_bias: float = 0.0) -> None:
        """commit_bias is the first logit of commit: at 0 a fresh policy would command without end."""
        super().__init__()
        pooled = POOLS * (_HOSTS + _RECOMMENDATIONS)
        self.senses = Senses(*self.inputs)
        self.actor, self.critic = Summary(pooled), Summary(pooled)
        self.commit = _linear(WIDTH, 1, _POLICY_GAIN)
        self.recommendation = RowScorer(_RECOMMENDATIONS)
        self.toggle = RowScorer(_HOSTS)
        self.value = _linear(WIDTH, 1, _VALUE_GAIN)
        nn.init.constant_(self.commit.bias, commit_bias)

    def logits(self, hosts: Tensor, cluster: Tensor, recommendations: Tensor) -> Tensor:
        """Of hosts (N, H, F), cluster (N, C) and recommendations (N, K, R): (N, 1 + K + H)."""
        host_rows, hosts_pooled = self.senses.rows("hosts", hosts)
        moves, moves_pooled = self.senses.rows("recommendations", recommendations)
        summary = self.actor(self.senses.cluster(cluster), hosts_pooled, moves_pooled)
        scores = [self.commit(summary), self.recommendation(moves, summary), self.toggle(host_rows, summary)]
        return torch.cat(scores, 1)

    def values(self, hosts: Tensor, cluster: Tensor, recommendations: Tensor) -> Tensor:
        """Expected return, (N, 1)."""
        pools = self.senses.rows("hosts", hosts)[1], self.senses.rows("recommendations", recommendations)[1]
        return self.value(self.critic(self.senses.cluster(cluster), *pools))


NETWORKS: dict[str, type[TunerNetwork] | type[RecommendNetwork]] = {
    "tuner": TunerNetwork,
    "recommend": RecommendNetwork,
}


def _linear(columns: int, width: int, gain: float = _BODY_GAIN) -> nn.Linear:
    layer = nn.Linear(columns, width)
    nn.init.orthogonal_(layer.weight, gain)
    nn.init.zeros_(layer.bias)
    return layer
