"""Wrong isolation addresses and what befalls them: one line each; and what the right ones come to."""

import copy
from typing import Any

import pytest

from tests.scenario.test_malformed import refusal, setting
from vienv.core import arena
from vienv.core.enums import IncidentKind
from vienv.scenario import Worlds, load

GOOD: dict[str, Any] = {
    "name": "small",
    "profile": "vs6",
    "hosts": [
        {"name": "esx", "count": 4, "server": "Dell 2950 III", "memory_gb": 16, "management_address": "10.0.0.11"}
    ],
    "vms": {"count": 4},
    "virtualcenter": {"address": "10.0.0.5"},
    "ha": {"heartbeats": True, "isolation_address": "10.0.0.1"},
    "incidents": [
        {"kind": "isolation_address_loss", "at_s": 600, "duration_s": 600},
        {"kind": "isolation_address_loss", "at_s": 900, "duration_s": 600, "hosts": ["esx-02"]},
        {"kind": "partition", "at_s": 900, "duration_s": 600, "hosts": ["esx-02"]},
    ],
}
CASES = [
    # (field path in the line, value set, what else the line must say)
    ("ha.isolation_address", "10.0.0", "pattern"),
    ("ha.isolation_address", 10, "string"),
    ("ha.isolation_address", "10.0.0.13", "hosts.0.management_address has it"),
    ("ha.isolation_address", "10.0.0.5", "virtualcenter.address has it"),
    ("ha.isolation_adress", "10.0.0.1", "did you mean 'isolation_address'"),
    ("incidents.0.kind", "isolation_address_lost", "did you mean 'isolation_address_loss'"),
    ("incidents.0.host", "esx-01", "nor for a rack_failure or an isolation_address_loss"),
    ("incidents.0.hosts", [], "one host or more, or nothing: all"),
    ("incidents.0.hosts", ["esx-05"], "there is no host 'esx-05'"),
    ("incidents.0.hosts", ["esx-01", "esx-01"], "stands twice"),
    ("incidents.0.hosts", "esx-01", "list"),
    ("incidents.0.duration_s", 0, "more than 0"),
    ("incidents.0.network", "management", "for no other"),
    ("incidents.0.uplinks", 1, "of a link_failure only"),
    ("incidents.2.hosts", [], "or one with ha.isolation_address"),
    ("incidents.2.hosts", [f"esx-0{k}" for k in range(1, 5)], "at most all but one of the 4 hosts"),
]


@pytest.mark.parametrize(("path", "value", "allowed"), CASES, ids=[f"{p}={str(v)[:20]}" for p, v, _ in CASES])
def test_a_wrong_isolation_address_is_refused_in_one_line(path: str, value: object, allowed: str):
    data = copy.deepcopy(GOOD)
    setting(path, value)(data)
    line = refusal(data)
    assert path in line, line
    assert allowed in line, line


def test_an_address_needs_heartbeats_and_its_loss_needs_an_address():
    data = copy.deepcopy(GOOD)
    del data["ha"]["heartbeats"]
    assert "ha.isolation_address: '10.0.0.1' is not allowed: none without heartbeats" in refusal(data)
    data = copy.deepcopy(GOOD)
    del data["ha"]["isolation_address"], data["incidents"][2]
    assert "incidents.0.kind: 'isolation_address_loss' is not allowed" in refusal(data)
    data["incidents"] = [GOOD["incidents"][2]]
    assert "incidents.0.hosts" in refusal(data)


def test_a_loss_befalls_all_hosts_or_those_that_it_names():
    worlds = Worlds(load(copy.deepcopy(GOOD)))
    floats, ints = worlds._common.floats, worlds._common.ints
    kinds = arena.incidents_of(floats, ints, worlds.spans).kind.tolist()
    assert kinds == [IncidentKind.ISOLATION_ADDRESS_LOSS] * 2 + [IncidentKind.PARTITION]
    members = arena.parted_of(floats, ints, worlds.spans).is_member.reshape(3, 4)
    assert members.tolist() == [[1, 1, 1, 1], [0, 1, 0, 0], [0, 1, 0, 0]]
