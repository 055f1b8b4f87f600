"""Wrong words about HA: each is refused in one line that names field, value and what is allowed."""

import copy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.scenario.test_malformed import refusal, setting
from vienv.scenario import Worlds, load

GOOD: dict[str, Any] = {
    "name": "small",
    "profile": "vs5",
    "hosts": [{"name": "esx", "count": 4, "server": "Dell 2950 III", "memory_gb": 16}],
    "vms": {"count": 4},
    "vm": [{"name": "db", "host": "esx-01", "isolation_response": "shut_down"}],
    "ha": {
        "heartbeats": True,
        "isolation_response": "power_off",
        "admission": "failover-hosts",
        "failover_hosts": ["esx-04"],
        "monitoring": "high",
        "wake_for_capacity": True,
    },
    "incidents": [
        {"kind": "maintenance", "at_s": 600, "duration_s": 600, "host": "esx-02"},
        {"kind": "guest_failure", "at_s": 900, "duration_s": 3600, "vm": "vm-002"},
    ],
}
CASES = [
    # (field path in the line, value set, what else the line must say)
    ("ha.heartbeats", "yes", "boolean"),
    ("ha.heartbeats", False, "none without heartbeats"),
    ("ha.heartbeat", True, "did you mean 'heartbeats'"),
    ("ha.isolation_response", "shutdown", "did you mean 'shut_down'"),
    ("ha.isolation_response", 1, "'leave_on'"),
    ("vm.0.isolation_response", "power off", "did you mean 'power_off'"),
    ("ha.guest_shutdown_s", -1, "greater than or equal to 0"),
    ("ha.guest_shutdown_s", float("nan"), "finite"),
    ("ha.power_on_s", "5", "number"),
    ("ha.power_on_s", 1e9, "less than or equal to 100000000"),
    ("ha.io_window_s", -0.5, "greater than or equal to 0"),
    ("ha.monitoring", "hgih", "did you mean 'high'"),
    ("ha.monitoring", True, "'off'"),
    ("ha.datastore_heartbeats", 2, "boolean"),
    ("ha.respect_anti_affinity", True, "false in profile vs5"),
    ("ha.wake_for_capacity", "no", "boolean"),
    ("ha.failover_hosts", "esx-04", "list"),
    ("ha.failover_hosts", ["esx-05"], "there is no host 'esx-05'"),
    ("ha.failover_hosts", ["esx-04", "esx-04"], "stands twice"),
    ("ha.failover_hosts", [], "with ha.admission"),
    ("ha.failover_hosts", ["esx-01", "esx-02", "esx-03", "esx-04"], "fewer than the 4 hosts"),
    ("ha.admission", "failover_hosts", "did you mean 'failover-hosts'"),
    ("ha.admission", "slots", "none without"),
    ("vm.0.host", "esx-04", "not a failover host"),
    ("incidents.0.host", "esx-04", "not a failover host"),
    ("incidents.1.vm", "vm-9", "there is no VM 'vm-9'"),
    ("incidents.1.vm", None, "a VM's name for a guest_failure"),
    ("incidents.0.vm", "db", "none else"),
    ("incidents.1.host", "esx-01", "none for a vc_outage, a partition or a guest_failure"),
    ("incidents.1.kind", "guest_fail", "did you mean 'guest_failure'"),
    ("incidents.1.duration_s", -1, "greater than or equal to 0"),
]


@pytest.mark.parametrize(("path", "value", "allowed"), CASES, ids=[f"{p}={str(v)[:20]}" for p, v, _ in CASES])
def test_a_wrong_value_is_refused_in_one_line_with_field_value_and_what_is_allowed(
    path: str, value: object, allowed: str
):
    data = copy.deepcopy(GOOD)
    setting(path, value)(data)
    line = refusal(data)
    field = "isolation_response" if path == "ha.heartbeats" and value is False else path
    field = "ha.failover_hosts" if (path, value) == ("ha.admission", "slots") else field
    assert field in line, line
    assert allowed in line, line


OF_VERSIONS = [
    ("vi3", {"heartbeats": True, "isolation_response": "shut_down"}, "leave_on or power_off in profile vi3"),
    ("vi3", {"wake_for_capacity": True}, "false in profile vi3"),
    ("vi3", {"admission": "failover-hosts", "failover_hosts": ["esx-04"]}, "off or slots in profile vi3"),
    ("vs5", {"enabled": False, "heartbeats": True}, "false without HA"),
    ("vs5", {"enabled": False, "monitoring": "low"}, "'off' without HA"),
    ("vs5", {"enabled": False, "wake_for_capacity": True}, "false without HA"),
]


@pytest.mark.parametrize(("profile", "ha", "allowed"), OF_VERSIONS)
def test_what_a_version_of_ha_does_not_have_is_refused(profile: str, ha: dict[str, Any], allowed: str):
    line = refusal({"name": "small", "profile": profile, "hosts": GOOD["hosts"], "vms": {"count": 4}, "ha": ha})
    assert allowed in line, line
    assert "ha." in line, line


def test_the_good_scenario_is_accepted_and_keeps_its_failover_host_empty():
    worlds = Worlds(load(copy.deepcopy(GOOD)))
    assert worlds.sizes.protected_hosts == 4
    assert worlds.sizes.guests == 5


def test_the_command_line_says_it_in_one_line_and_ends_with_2(tmp_path: Path):
    path = tmp_path / "ha.toml"
    path.write_text('name = "x"\n[[hosts]]\nmemory_gb = 16\nserver = "Dell 2950 III"\n[vms]\ncount = 1\n'
                    "[ha]\nwake_for_capacity = true\n")  # fmt: skip
    asked = [sys.executable, "-m", "vienv", "compete", "--scenario", str(path), "--out", str(tmp_path / "out")]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "ha.wake_for_capacity: True is not allowed: false in profile vi3" in done.stderr
