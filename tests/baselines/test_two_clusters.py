"""DRS, DPM and the consolidator beside several clusters: each cluster is judged and served for itself."""

import numpy as np
import pytest

from tests.baselines.observations import batch, cluster, put, recommend
from tests.envs.play import CLUSTERED, clusters
from vienv import baselines
from vienv.baselines import dpm, drs
from vienv.baselines.dpm import DpmSettings
from vienv.baselines.policy import COMMIT
from vienv.core import arena
from vienv.core.columns import HostColumn
from vienv.core.enums import MigrationPhase

MEMBER = np.array([0, 0, 0, 1, 1, 1])
INTERVALS = 12


def two_clusters(cpu: list[list[float]], **more):
    """Hosts in two halves, the first of cluster 0, the second of cluster 1."""
    c = cluster(cpu, **more)
    c.hosts[len(cpu) // 2 :, HostColumn.CLUSTER] = 1.0
    return c


def dpm_of(c) -> int:
    chosen = dpm.choose(c.hosts, c.vms, c.placement, c.cluster, c.recommendations, c.mask, DpmSettings())
    return chosen if chosen == COMMIT else chosen - c.first


def test_drs_judges_a_move_by_its_own_cluster_s_imbalance_and_hosts():
    c = two_clusters([[0.5]] * 4)
    recommend(c, 0, cluster_imbalance=0.13, cluster_root_hosts=2.0**-0.5)  # target of two hosts: 0.141
    recommend(c, 1, cluster_imbalance=0.13, cluster_root_hosts=4.0**-0.5)  # of four: 0.1
    assert drs.choose(c.cluster, c.recommendations, c.mask, drs.of_threshold(3)) == 1 + 1


def test_dpm_wakes_a_host_of_the_cluster_that_is_full_and_no_other():
    c = two_clusters([[0.5, 0.45], [], [0.2, 0.4], []])
    for h in (1, 3):
        put(c, h, HostColumn.STANDBY)
    assert dpm_of(c) == 1
    c = two_clusters([[0.2, 0.4], [], [0.5, 0.45], []])
    for h in (1, 3):
        put(c, h, HostColumn.STANDBY)
    assert dpm_of(c) == 3


def test_dpm_does_not_count_on_another_cluster_s_room_to_empty_a_host():
    loads = [[0.2], [0.7], [0.7], [0.55]]
    assert dpm_of(cluster(loads)) == 0  # its VM fits the fourth host
    assert dpm_of(two_clusters(loads)) == COMMIT  # in its own cluster it would make 0.9


def test_dpm_of_one_cluster_sleeps_while_the_other_waits_for_its_host():
    c = two_clusters([[0.5, 0.45], [], [0.1], [0.1]])
    put(c, 1, HostColumn.COMING)
    assert dpm_of(c) in (2, 3)


def test_a_consolidator_plans_within_each_cluster():
    c = two_clusters([[0.1], [0.1], [0.1], [0.1]], face="cluster")
    policy = baselines.make("consolidate")
    policy.reset(1)
    policy.act(*batch(c))
    moved = [(int(v), int(h)) for v, h in policy._moves[0].reshape(-1, 2)[: policy._stages[0][3]]]
    assert moved
    assert {(v // 2, h // 2) for v, h in moved} == {(0, 0), (1, 1)}


@pytest.mark.parametrize("name", ["consolidate", "drs-5", "drs-dpm"])
def test_no_baseline_moves_a_vm_between_clusters(name: str):
    policy = baselines.make(name)
    env = clusters(1, CLUSTERED, face=policy.env_id)
    observation, _ = env.reset(seed=2)
    policy.reset(1)
    spans, passed, moved = env.rows(0)[2], 0, 0
    while passed < INTERVALS:
        action = policy.act(observation, env.action_masks())
        observation, *_ = env.step(action)
        passed += action[0] == COMMIT
        moves = arena.migrations_of(env._floats[0], env._ints[0], spans)
        under_way = moves.phase != MigrationPhase.NONE
        moved += int(under_way.any())
        assert (MEMBER[moves.source[under_way]] == MEMBER[moves.destination[under_way]]).all()
    assert moved > 0
