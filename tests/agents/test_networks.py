"""The networks: rows are sets, padding is nothing, any size can be played."""

import pytest
import torch

from agents.networks import NETWORKS, RecommendNetwork, TunerNetwork, pool
from vienv.core.columns import ClusterColumn, HostColumn, RecommendationColumn, VmColumn
from vienv.envs.action import LEVELS

BATCH, RECOMMENDATIONS = 5, 16


def rows(number, columns, valid):
    """Random rows of which the first `valid` are valid and the others all zeros."""
    drawn = torch.rand(BATCH, number, columns)
    drawn[:, :, 0] = 1.0
    drawn[:, valid:] = 0.0
    return drawn


def observed(num_hosts, valid_hosts=None):
    """Hosts, cluster and recommendations of a cluster of num_hosts."""
    hosts = rows(num_hosts, len(HostColumn), num_hosts if valid_hosts is None else valid_hosts)
    cluster = torch.rand(BATCH, len(ClusterColumn) + len(VmColumn))
    return hosts, cluster, rows(RECOMMENDATIONS, len(RecommendationColumn), 9)


@pytest.fixture
def awake():
    """Networks whose last layers are not nearly 0, so that what enters shows in the logits."""
    torch.manual_seed(0)
    networks = {name: network() for name, network in NETWORKS.items()}
    for network in networks.values():
        for parameter in network.parameters():
            torch.nn.init.normal_(parameter, std=0.2)
    return networks


@pytest.mark.parametrize("num_hosts", [2, 4, 16, 32])
def test_one_network_plays_any_number_of_hosts(num_hosts):
    hosts, cluster, recommendations = observed(num_hosts)
    assert TunerNetwork().logits(hosts, cluster).shape == (BATCH, LEVELS)
    logits = RecommendNetwork().logits(hosts, cluster, recommendations)
    assert logits.shape == (BATCH, 1 + RECOMMENDATIONS + num_hosts)


def test_padding_changes_nothing(awake):
    hosts, cluster, recommendations = observed(4)
    padded = torch.cat([hosts, torch.zeros(BATCH, 4, hosts.shape[2])], 1)
    tuner, recommender = awake["tuner"], awake["recommend"]
    assert torch.allclose(tuner.logits(hosts, cluster), tuner.logits(padded, cluster), atol=1e-5)
    assert torch.allclose(tuner.values(hosts, cluster), tuner.values(padded, cluster), atol=1e-5)
    short, long = (recommender.logits(h, cluster, recommendations) for h in (hosts, padded))
    assert torch.allclose(short, long[:, : short.shape[1]], atol=1e-5)


def test_hosts_are_a_set_and_each_keeps_its_own_score(awake):
    hosts, cluster, recommendations = observed(6)
    order = torch.tensor([3, 0, 5, 1, 4, 2])
    recommender = awake["recommend"]
    scores = recommender.logits(hosts, cluster, recommendations)[:, 1 + RECOMMENDATIONS :]
    shuffled = recommender.logits(hosts[:, order], cluster, recommendations)[:, 1 + RECOMMENDATIONS :]
    assert torch.allclose(scores[:, order], shuffled, atol=1e-5)
    assert not torch.allclose(scores, shuffled, atol=1e-3)


def test_one_loaded_host_changes_what_is_done_elsewhere(awake):
    hosts, cluster, recommendations = observed(6)
    loaded = hosts.clone()
    loaded[:, 0, HostColumn.LOAD_5] += 2.0
    recommender = awake["recommend"]
    before, after = (recommender.logits(h, cluster, recommendations) for h in (hosts, loaded))
    assert (before[:, 0] - after[:, 0]).abs().min() > 1e-4
    assert (before[:, -1] - after[:, -1]).abs().min() > 1e-4


def test_a_pool_is_mean_largest_least_and_deviation_over_valid_rows():
    given = torch.tensor([[[1.0, 2.0], [1.0, 6.0], [0.0, 0.0]]])
    pooled = pool(given, given[:, :, :1])[0]
    assert torch.allclose(pooled, torch.tensor([1.0, 4.0, 1.0, 6.0, 1.0, 2.0, 0.0, 2.0]), atol=2e-4)


def test_a_pool_of_nothing_is_zero():
    nothing = torch.zeros(2, 3, 4)
    assert torch.equal(pool(nothing, nothing[:, :, :1]), torch.zeros(2, 16))


def test_a_fresh_recommender_mostly_commits_and_a_fresh_tuner_is_even():
    torch.manual_seed(0)
    hosts, cluster, recommendations = observed(4)
    commit = RecommendNetwork(commit_bias=3.0).logits(hosts, cluster, recommendations)
    assert (commit[:, 0] - commit[:, 1:].amax(1)).min() > 2.5
    levels = torch.softmax(TunerNetwork().logits(hosts, cluster), 1)
    assert (levels.amax(1) / levels.amin(1)).max() < 1.2


def test_columns_are_measured_over_valid_rows_and_constant_ones_are_left_alone():
    torch.manual_seed(1)
    hosts, cluster, recommendations = observed(8, valid_hosts=5)
    cluster[:, 3] = 0.7
    network = RecommendNetwork()
    network.senses.fit({"hosts": hosts, "cluster": cluster, "recommendations": recommendations})
    rows, _ = network.senses.rows("hosts", hosts)
    valid = rows[:, :5].flatten(0, 1)
    assert torch.allclose(valid[:, 1:].mean(0), torch.zeros(len(HostColumn) - 1), atol=1e-5)
    assert torch.allclose(valid[:, 1:].std(0, correction=0), torch.ones(len(HostColumn) - 1), atol=1e-4)
    assert torch.equal(rows[:, 5:], torch.zeros_like(rows[:, 5:]))
    assert torch.allclose(network.senses.cluster(cluster)[:, 3], cluster[:, 3])


def test_a_value_far_from_all_that_was_seen_is_bounded(awake):
    hosts, cluster, recommendations = observed(4)
    network = awake["recommend"]
    network.senses.fit({"hosts": hosts, "cluster": cluster, "recommendations": recommendations})
    far, farther = hosts.clone(), hosts.clone()
    far[:, 0, HostColumn.NUM_VMS], farther[:, 0, HostColumn.NUM_VMS] = 1.0e3, 1.0e6
    assert torch.equal(*(network.logits(given, cluster, recommendations) for given in (far, farther)))
