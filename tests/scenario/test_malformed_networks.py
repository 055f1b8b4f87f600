"""Wrong link failures and partitions: one line each that names field, value and what is allowed."""

import copy
from typing import Any

import pytest

from tests.scenario.test_malformed import refusal, setting
from vienv.core import arena
from vienv.core.enums import IncidentKind, Network
from vienv.scenario import Worlds, load

GOOD: dict[str, Any] = {
    "name": "small",
    "hosts": [
        {"name": "esx", "count": 5, "server": "Dell 2950 III", "memory_gb": 16, "management_address": "10.0.0.11"},
        {"name": "spare", "server": "Dell 2950 III", "memory_gb": 16, "management_address": "10.0.0.21"},
    ],
    "vms": {"count": 6},
    "virtualcenter": {"address": "10.0.0.5", "direct_power_on": True},
    "sessions": [{"vm": "vm-001", "count": 50, "timeout_s": 3.0}],
    "networks": {"management_uplinks": 2, "vmkernel_uplinks": 1, "vm_uplinks": 2, "vm_failover_s": 1.5},
    "incidents": [
        {"kind": "link_failure", "host": "esx-02", "network": "management", "at_s": 600, "duration_s": 600},
        {"kind": "partition", "hosts": ["esx-03", "esx-04"], "at_s": 1800, "duration_s": 600},
        {"kind": "partition", "hosts": ["esx-05", "spare-01"], "at_s": 2400, "duration_s": 600},
        {"kind": "vc_outage", "at_s": 600, "duration_s": 600},
        {"kind": "link_failure", "host": "spare-01", "network": "vm", "uplinks": 1, "at_s": 3000, "duration_s": 600},
    ],
}

CASES = [
    # (field path, value set, what the line must say)
    ("hosts.0.management_address", "10.0.0", "pattern"),
    ("hosts.0.management_address", "10.0.0.256", "pattern"),
    ("hosts.0.management_address", "10.0.0.01", "pattern"),
    ("hosts.0.management_address", 10, "string"),
    ("hosts.0.management_address", "255.255.255.253", "that 4 others follow"),
    ("hosts.1.management_address", "10.0.0.11", "hosts.0.management_address has it"),
    ("hosts.1.management_address", "10.0.0.15", "hosts.0.management_address has it"),
    ("virtualcenter.address", "10.0.0.21", "hosts.1.management_address has it"),
    ("virtualcenter.addres", "10.0.0.21", "did you mean 'address'"),
    ("virtualcenter.direct_power_on", 1, "boolean"),
    ("prices.vc_licence_eur_per_host_day", -1, "greater than or equal to 0"),
    ("vmotion.minimum_mbps", 0, "greater than or equal to 1"),
    ("sessions.0.vm", "vm-01", "did you mean 'vm-001'"),
    ("sessions.0.count", 0, "greater than or equal to 1"),
    ("sessions.0.timeout_s", 0, "greater than 0"),
    ("sessions.0.timeout", 3, "did you mean 'timeout_s'"),
    ("networks", 3, "dictionary"),
    ("networks.management_uplinks", 0, "greater than or equal to 1"),
    ("networks.vmkernel_uplinks", 33, "less than or equal to 32"),
    ("networks.vmkernel_uplinks", 1.5, "integer"),
    ("networks.vm_uplink", 1, "did you mean 'vm_uplinks'"),
    ("networks.vm_uplinks", 0, "greater than or equal to 1"),
    ("networks.vm_uplinks", True, "integer"),
    ("networks.vm_failover_s", -1, "greater than or equal to 0"),
    ("networks.vm_failover_s", float("inf"), "finite"),
    ("incidents.0.kind", "link_failur", "did you mean 'link_failure'"),
    ("incidents.0.network", None, "a network for a link_failure"),
    ("incidents.0.network", "managment", "did you mean 'management'"),
    ("incidents.0.host", None, "a host's name"),
    ("incidents.0.host", "esx-20", "there is no host 'esx-20'"),
    ("incidents.0.uplinks", 0, "greater than or equal to 1"),
    ("incidents.0.uplinks", 3, "at most the 2 uplinks"),
    ("incidents.0.duration_s", 0, "more than 0"),
    ("incidents.0.hosts", ["esx-01", "esx-02"], "for no other"),
    ("incidents.1.host", "esx-01", "none for a vc_outage, a partition or a guest_failure"),
    ("incidents.1.hosts", None, "the hosts that a partition cuts off"),
    ("incidents.1.hosts", [], "two hosts or more"),
    ("incidents.1.hosts", ["esx-03"], "two hosts or more"),
    ("incidents.1.hosts", ["esx-03", "esx-03"], "stands twice"),
    ("incidents.1.hosts.1", "exs-04", "did you mean 'esx-04'"),
    ("incidents.1.hosts", [f"esx-0{k}" for k in range(1, 6)], "at most all but two of the 6 hosts"),
    ("incidents.1.duration_s", 0, "more than 0"),
    ("incidents.1.network", "vmkernel", "for no other"),
    ("incidents.1.uplinks", 1, "of a link_failure only"),
    ("incidents.2.at_s", 2399, "do not overlap"),
    ("incidents.3.network", "vmkernel", "for no other"),
    ("incidents.4.network", "vms", "did you mean 'vm'"),
    ("incidents.4.uplinks", 3, "at most the 2 uplinks"),
    ("incidents.4.duration_s", 0, "more than 0"),
    ("incidents.4.vm", "vm-001", "none else"),
]


@pytest.mark.parametrize(("path", "value", "allowed"), CASES, ids=[f"{p}={str(v)[:20]}" for p, v, _ in CASES])
def test_a_wrong_link_failure_or_partition_is_refused_in_one_line(path: str, value: object, allowed: str):
    data = copy.deepcopy(GOOD)
    setting(path, value)(data)
    line = refusal(data)
    assert path in line, line
    assert allowed in line, line


def test_what_befalls_links_is_written_by_time():
    worlds = Worlds(load(copy.deepcopy(GOOD)))
    floats, ints = worlds._common.floats, worlds._common.ints
    incidents = arena.incidents_of(floats, ints, worlds.spans)
    assert incidents.kind.tolist() == [
        IncidentKind.LINK_FAILURE,
        IncidentKind.VC_OUTAGE,
        IncidentKind.PARTITION,
        IncidentKind.PARTITION,
        IncidentKind.LINK_FAILURE,
    ]
    assert (incidents.network[0], incidents.number[0]) == (Network.MANAGEMENT, 2)
    members = arena.parted_of(floats, ints, worlds.spans).is_member.reshape(5, 6)
    assert members[2].nonzero()[0].tolist() == [2, 3]
    assert members[3].nonzero()[0].tolist() == [4, 5]
    networks = arena.host_networks_of(floats, ints, worlds.spans)
    assert networks.vmkernel_line_mbps.tolist() == [1000.0] * 6
    assert (incidents.network[4], incidents.number[4]) == (Network.VM, 1)
    assert networks.vm_up.tolist() == [2] * 6
    assert networks.vm_failover_s.tolist() == [1.5] * 6
    assert worlds.sizes.reached_vms == 6


def test_a_scenario_in_which_no_link_fails_pays_for_no_network():
    data = copy.deepcopy(GOOD)
    data["incidents"] = data["incidents"][3:4]
    del data["virtualcenter"], data["sessions"]
    worlds = Worlds(load(data))
    assert worlds.sizes.networked_hosts == worlds.sizes.parted == 0
    assert arena.clock_of(worlds._common.floats, worlds._common.ints, worlds.spans).has_more[0] == 0


def test_a_duplicate_management_address_is_refused_at_load():
    data = copy.deepcopy(GOOD)
    data["hosts"][1]["management_address"] = "10.0.0.13"
    assert refusal(data) == (
        "scenario: hosts.1.management_address: '10.0.0.13' is not allowed: an address of its own; "
        "hosts.0.management_address has it"
    )
