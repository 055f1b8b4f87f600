"""Wrong hypervisors, devices and racks: one line each that names field, value and what is allowed."""

import copy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.scenario.test_malformed import refusal, setting
from vienv.scenario import load

GOOD: dict[str, Any] = {
    "name": "mixed",
    "hosts": [
        {"name": "server", "count": 2, "server": "Dell 2950 III", "memory_gb": 16, "hypervisor": "hosted"},
        {"name": "esx", "count": 3, "server": "Dell 2950 III", "memory_gb": 16, "console_mb": 400},
        {"name": "esxi", "server": "Dell 2950 III", "memory_gb": 16, "hypervisor": "esxi"},
    ],
    "vms": {"count": 3},
    "vm": [{"name": "fax", "device": "fax-card", "device_part": 0.5}, {"name": "web"}],
    "racks": [{"name": "left", "hosts": ["esx-01", "esx-02"]}, {"name": "right", "hosts": ["server", "esxi"]}],
    "incidents": [
        {"kind": "os_reboot", "host": "server-01", "at_s": 600, "duration_s": 0},
        {"kind": "rack_failure", "rack": "left", "at_s": 1200, "duration_s": 600},
        {"kind": "maintenance", "host": "esx-03", "at_s": 7200, "duration_s": 600},
    ],
}
LINK = {"kind": "link_failure", "host": "server-01", "network": "vmkernel", "at_s": 60, "duration_s": 60}

CASES = [
    # (field path, value set, what the line must say)
    ("hosts.0.hypervisor", "host", "did you mean 'hosted'"),
    ("hosts.0.hypervisor", 2, "not allowed"),
    ("hosts.0.vmkernel_mbps", 1000.0, "it has no VMkernel"),
    ("hosts.0.console_mb", 272, "nothing for hosted: it has no service console"),
    ("hosts.0.os_cpu_percent", 100, "less than 100"),
    ("hosts.0.os_cpu_percent", -1, "greater than or equal to 0"),
    ("hosts.0.os_memory_mb", 16 * 1024, "less than the host's memory"),
    ("hosts.0.overhead_percent", "15", "number"),
    ("hosts.0.drivers", "fax-card", "list"),
    ("hosts.0.drivers", [f"d{k}" for k in range(63)], "at most 62"),
    ("hosts.0.driver", [], "did you mean 'drivers'"),
    ("hosts.1.console_mb", 191, "greater than or equal to 192"),
    ("hosts.1.console_mb", 801, "less than or equal to 800"),
    ("hosts.1.os_cpu_percent", 5, "nothing for esx: hosted hypervisors only"),
    ("hosts.1.drivers", ["fax-card"], "nothing for esx: hosted hypervisors only"),
    ("hosts.2.console_mb", 272, "nothing for esxi: it has no service console"),
    ("hosts.2.os_memory_mb", 512, "nothing for esxi: hosted hypervisors only"),
    ("vm.0.device", "", "pattern"),
    ("vm.0.device_part", 1.5, "less than or equal to 1"),
    ("vm.1.device_part", 0.5, "nothing without a device"),
    ("racks.1.name", "left", "rack 'left' stands twice"),
    ("racks.0.hosts.0", "esx-1", "did you mean 'esx-01'"),
    ("racks.0.hosts", [], "at least 1"),
    ("racks.0.mtbf_days", 0, "greater than or equal to 0.01"),
    ("racks.0.mtbf_days", "30", "number"),
    ("racks.0.repair_h", 2.0, "nothing without mtbf_days"),
    ("racks.0.mtbf", 30.0, "did you mean 'mtbf_days'"),
    ("racks.1.hosts.1", "esx", "hosts that stand in no other rack (left)"),
    ("incidents.0.host", "esx-01", "a hosted hypervisor, for an os_reboot"),
    ("incidents.0.host", None, "a host's name"),
    ("incidents.0.rack", "left", "a rack's name for a rack_failure, and none else"),
    ("incidents.1.rack", "lefd", "did you mean 'left'"),
    ("incidents.1.rack", None, "a rack's name for a rack_failure"),
    ("incidents.1.host", "esx-01", "none for a vc_outage"),
    ("incidents.2.host", "server-02", "VMs of a hosted one cannot leave: os_reboot"),
    ("incidents.2", LINK, "a hosted host has no VMkernel"),
    ("ha.heartbeats", True, "no members of HA"),
    ("ha", {"admission": "failover-hosts", "failover_hosts": ["server-01"]}, "failover_hosts"),
    ("orders", [{"kind": "patch", "hosts": ["server"], "at_s": 60}], "hosts under ESX"),
    ("profile", "vs5", "'esxi' or 'hosted' in profile vs5"),
]


@pytest.mark.parametrize(("path", "value", "allowed"), CASES, ids=[f"{p}={str(v)[:20]}" for p, v, _ in CASES])
def test_a_wrong_hypervisor_device_or_rack_is_refused_in_one_line(path: str, value: object, allowed: str):
    data = copy.deepcopy(GOOD)
    if path == "ha":
        data["profile"] = "vs41"
    if path == "profile":
        data["hosts"][1].pop("console_mb")
        data["hosts"][1]["hypervisor"] = "esx"
    setting(path, value)(data)
    line = refusal(data)
    assert "\n" not in line
    assert path.split(".", maxsplit=1)[0] in line or path == "profile", line
    assert allowed in line, line


def test_the_good_one_is_good():
    assert load(copy.deepcopy(GOOD)).hosts[0].hypervisor == "hosted"


def test_a_device_is_refused_where_no_hypervisor_is_hosted():
    data = copy.deepcopy(GOOD)
    data["hosts"], data["racks"], data["incidents"] = data["hosts"][1:], [], []
    assert "ESX does not care" in refusal(data)


def test_hosted_hypervisors_alone_have_no_ha():
    data = copy.deepcopy(GOOD)
    data["hosts"], data["racks"], data["incidents"] = data["hosts"][:1], [], []
    assert "ha.enabled" in refusal(data)
    data["ha"] = {"enabled": False}
    assert load(data).ha.enabled is False


def test_the_command_line_says_it_in_one_line_with_exit_status_2(tmp_path: Path):
    path = tmp_path / "wrong.toml"
    path.write_text('name = "x"\n[[hosts]]\nserver = "Dell 2950 III"\nmemory_gb = 16\nhypervisor = "gsx"\n')
    command = [sys.executable, "-m", "vienv", "compete", "--scenario", str(path), "--policies", "static"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.strip().count("\n") == 0
    assert "hosts.0.hypervisor" in done.stderr
