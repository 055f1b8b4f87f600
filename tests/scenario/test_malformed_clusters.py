"""Wrong clusters: one line each that names field, value and what is allowed; and what good ones come to."""

import copy
from typing import Any

import numpy as np
import pytest

from tests.scenario.test_malformed import refusal, setting
from vienv.core import arena
from vienv.core.enums import ONE_CLUSTER
from vienv.scenario import Worlds, load

GOOD: dict[str, Any] = {
    "name": "two",
    "profile": "vs41",
    "hosts": [
        {"name": "a", "count": 3, "server": "Dell 2950 III", "memory_gb": 16, "cluster": "A"},
        {"name": "b", "count": 2, "server": "Dell 2950 III", "memory_gb": 16, "cluster": "B"},
    ],
    "vms": {"count": 4},
    "ha": {"heartbeats": True},
}
KEPT = {"admission": "failover-hosts", "failover_hosts": ["a-01", "b-01", "b-02"]}
CASES = [
    # (field path, value set, what the line must say)
    ("hosts.1.cluster", None, "a cluster's name for every group, or for none"),
    ("hosts.1.cluster", 2, "string"),
    ("hosts.1.cluster", "", "pattern"),
    ("hosts.1.clusters", "B", "did you mean 'cluster'"),
    ("pools", [{"name": "gold"}], "none beside several clusters"),
    ("power.minimum_hosts_on", 3, "at most the 2 hosts of cluster B"),
    ("ha", {"failures_tolerated": 2, "admission": "slots"}, "fewer than the 2 hosts of cluster B"),
    ("ha", KEPT, "fewer than the 2 hosts of cluster B"),
    ("orders", [{"kind": "add_host", "hosts": ["b"], "at_s": 60}], "a host of cluster B that is there from the start"),
    ("hosts.0.count", 33, "at most 32 hosts a cluster"),
]


@pytest.mark.parametrize(("path", "value", "allowed"), CASES, ids=[f"{p}={str(v)[:20]}" for p, v, _ in CASES])
def test_a_wrong_cluster_is_refused_in_one_line(path: str, value: object, allowed: str):
    data = copy.deepcopy(GOOD)
    setting(path, value)(data)
    line = refusal(data)
    assert "\n" not in line
    assert path.split(".", maxsplit=1)[0] in line, line
    assert allowed in line, line


def test_two_clusters_may_together_have_more_hosts_than_one():
    data = copy.deepcopy(GOOD)
    data["hosts"][0]["count"] = data["hosts"][1]["count"] = 20
    assert sum(group.count for group in load(data).hosts) == 40


def rows_of(data: dict[str, Any]) -> tuple[Worlds, Any, Any, Any]:
    worlds = Worlds(load(copy.deepcopy(data)))
    rows = np.zeros(worlds.num_floats), np.zeros(worlds.num_ints, np.int64), worlds.spans
    worlds.write(*rows[:2], "test", 0)
    return worlds, arena.hosts_of(*rows), arena.clusters_of(*rows), arena.protection_of(*rows)


def test_hosts_are_numbered_by_their_clusters_and_each_cluster_has_its_own_primaries():
    worlds, hosts, clusters, protection = rows_of(GOOD)
    assert worlds.cluster_names == ["A", "B"]
    assert hosts.cluster.tolist() == [0, 0, 0, 1, 1]
    assert clusters.imbalance.size == 2
    assert protection.is_primary.tolist() == [1] * 5
    assert len(set(protection.segment.tolist())) == 2


def test_each_cluster_elects_its_own_master():
    protection = rows_of(GOOD | {"profile": "vs5"})[3]
    assert np.flatnonzero(protection.leads_from_s == 0.0).tolist() == [2, 4]


def test_hosts_of_one_named_cluster_are_as_without_a_name():
    data = copy.deepcopy(GOOD)
    for group in data["hosts"]:
        group["cluster"] = "A"
    worlds, hosts, clusters, _ = rows_of(data)
    assert worlds.cluster_names == []
    assert set(hosts.cluster.tolist()) == {ONE_CLUSTER}
    assert clusters.imbalance.size == 0
