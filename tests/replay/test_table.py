"""The table says of each host what an administrator asks first."""

import json

from tests.envs.play import QUIET, clusters
from tests.replay.snapshots import cluster
from vienv.envs.snapshot import snapshot
from vienv.replay import text


def line_of(name: str, shown: str) -> str:
    return next(line for line in shown.splitlines() if line.startswith(name))


def test_a_hosts_row_has_its_state_load_vms_memory_and_watts():
    row = line_of("esx-01", text(cluster()))
    assert row.split() == ["esx-01", "on", "#" * 19 + ".", "95%", "2", "4.0", "/", "8.0", "123"]


def test_states_stand_in_words_and_maintenance_before_on():
    shown = text(cluster())
    words = ("in maintenance", "standby", "booting", "failed", "entering standby")
    for k, word in enumerate(words, 2):
        assert word in line_of(f"esx-0{k}", shown)


def test_the_title_has_the_world_and_the_weekday_and_the_foot_the_bill():
    lines = text(cluster()).splitlines()
    assert lines[0] == "drawn  test world 7  Tue 14:35"
    assert lines[-1].startswith("bill 1.234 EUR")
    assert lines[-1].endswith("VMs down 1, waiting 1")


def test_vmotions_are_listed_with_their_phase():
    shown = text(cluster())
    assert "vMotion web: esx-01 -> esx-02  precopy, 512 MB sent" in shown
    assert "vMotion mail: esx-02 -> esx-01  queued, 0 MB sent" in shown


def test_a_live_cluster_is_shown_as_its_snapshot_says():
    env = clusters(1, QUIET)
    env.reset(seed=0)
    env.step([0])
    seen = snapshot(env, 0)
    shown = text(seen)
    assert len(shown.splitlines()) == 3 + len(seen["hosts"])
    assert "Mon 00:05" in shown
    for host in seen["hosts"]:
        load = sum(vm["cpu_demand_5min_mhz"] for vm in seen["vms"] if vm["host"] == host["name"])
        assert f"{load / host['cpu_capacity_mhz']:.0%}" in line_of(host["name"], shown)


def test_a_snapshot_holds_plain_numbers_and_survives_json():
    env = clusters(1, QUIET)
    env.reset(seed=0)
    env.step([0])
    seen = snapshot(env, 0)
    assert json.loads(json.dumps(seen)) == seen
    assert {type(value) for value in seen["report"].values()} == {float}
