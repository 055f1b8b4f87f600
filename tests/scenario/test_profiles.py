"""The constants of versions and servers, against their sources' tables."""

from itertools import pairwise

import numpy as np
import pytest

from vienv.core import arena
from vienv.scenario import Worlds, load
from vienv.scenario.hardware import SERVERS
from vienv.scenario.inventory import inventory_of
from vienv.scenario.machines import overhead
from vienv.scenario.profiles import PROFILES, minimum_free

# vSphere 4.0 Resource Management Guide, table 3-2: memory MB, then overhead MB with 1, 2 and 4 vCPUs.
OVERHEAD_TABLE = [
    (256, 113.17, 159.43, 241.62),
    (512, 116.68, 164.96, 247.17),
    (1024, 123.73, 176.05, 258.30),
    (2048, 137.81, 198.20, 280.53),
    (4096, 165.98, 242.51, 324.99),
]


@pytest.mark.parametrize("row", OVERHEAD_TABLE, ids=[f"{row[0]} MB" for row in OVERHEAD_TABLE])
def test_overhead_is_within_1_mb_of_vmware_s_table(row: tuple[float, ...]):
    memory_mb, *expected = row
    found = [overhead(vcpus, float(memory_mb)) for vcpus in (1, 2, 4)]
    assert found == pytest.approx(expected, abs=1.0)


def test_overhead_of_large_vms_with_one_vcpu_follows_the_table():
    found = [overhead(1, memory_mb) for memory_mb in (8192.0, 16384.0, 65536.0)]
    assert found == pytest.approx([222.30, 334.96, 1011.21], abs=1.0)


def test_every_server_has_eleven_watts_that_never_fall():
    for name, server in SERVERS.items():
        assert len(server.watts) == 11, name
        assert all(low <= high for low, high in zip(server.watts, server.watts[1:], strict=False)), name


@pytest.mark.parametrize(
    ("name", "idle", "half", "peak"),
    [("Dell 2950 III", 157, 230, 276), ("HP DL160 G5", 160, 227, 269), ("Fujitsu RX300 S4", 166, 224, 265),
     ("Dell R740", 52.3, 224, 457), ("HP ML110 G5", 93.7, 116, 135)],
)  # fmt: skip
def test_watts_are_specpower_s(name: str, idle: float, half: float, peak: float):
    watts = SERVERS[name].watts
    assert (watts[0], watts[5], watts[10]) == (idle, half, peak)


def test_vi3_s_memory_states_are_6_4_2_and_1_percent():
    vi3 = PROFILES["vi3"]
    high = minimum_free(vi3, 32_496.0)
    assert [high, high * vi3.soft_ratio, high * vi3.hard_ratio, high * vi3.low_ratio] == pytest.approx(
        [0.06, 0.04, 0.02, 0.01]
    )


def test_vs5_s_minimum_free_slides():
    """899 MB for the first 28 GB and 1 % of the rest."""
    assert minimum_free(PROFILES["vs5"], 100 * 1024.0) * 100 * 1024.0 == pytest.approx(899.0 + 0.01 * 72 * 1024.0)


def test_vmotions_at_a_time_follow_version_and_line_speed():
    def limit(profile: str, mbps: float) -> int:
        host = {"server": "Dell 2950 III", "memory_gb": 16, "vmkernel_mbps": mbps}
        data = {"name": "x", "profile": profile, "hosts": [host], "vms": {"count": 1}, "ha": {"enabled": False}}
        return int(inventory_of(load(data)).vmotion_limit[0])

    assert [limit("vi3", 1000), limit("vi3", 10_000)] == [2, 2]
    assert [limit("vs5", 1000), limit("vs5", 10_000)] == [4, 8]


def test_a_linear_curve_is_straight_between_idle_and_peak():
    data = {"name": "x", "hosts": [{"server": "Dell 2950 III", "memory_gb": 16}], "vms": {"count": 1}}
    data |= {"ha": {"enabled": False}, "power": {"curve": "linear"}}
    watts = inventory_of(load(data)).watts[0]
    assert watts == pytest.approx(np.linspace(157.0, 276.0, 11))


def test_esx_keeps_a_console_and_esxi_does_not():
    assert Worlds(load("lab")).inventory.memory_managed_mb[0] == 8192.0 - 272.0
    assert Worlds(load("rack-modern")).inventory.memory_managed_mb[0] == 768 * 1024.0


# What differs between versions: Resource Management and Availability guides, configuration maximums.

VERSIONS = {
    # DRS period, must rules, vMotions a host on 1 and 10 GbE, a datastore, SDPS, declared, slot MHz and MB, console
    "vi3": (300.0, False, 2, 2, 4, False, 15.0, 256.0, 256.0, 272.0),
    "vs41": (300.0, True, 4, 8, 128, False, 15.0, 256.0, 0.0, 272.0),
    "vs5": (300.0, True, 4, 8, 128, True, 18.0, 32.0, 0.0, 0.0),
    "vs6": (300.0, True, 4, 8, 128, True, 18.0, 32.0, 0.0, 0.0),
    "vs7": (60.0, True, 4, 8, 65_536, True, 18.0, 32.0, 0.0, 0.0),
}


@pytest.mark.parametrize("name", VERSIONS)
def test_each_version_has_its_own_constants(name: str):
    p = PROFILES[name]
    assert VERSIONS[name] == (
        p.interval_s, p.has_host_rules, p.vmotion_limit, p.vmotion_limit_10g, p.datastore_limit, p.has_sdps,
        p.declared_after_s, p.slot_mhz, p.slot_mb, p.console_mb,
    )  # fmt: skip


def test_vs41_s_memory_states_are_64_32_and_16_percent_of_6():
    vs41 = PROFILES["vs41"]
    assert minimum_free(vs41, 32_496.0) == pytest.approx(0.06)
    assert [vs41.soft_ratio, vs41.hard_ratio, vs41.low_ratio] == [0.64, 0.32, 0.16]


@pytest.mark.parametrize(
    ("profile", "said", "interval_s"), [("vi3", {}, 300), ("vs7", {}, 60), ("vs7", {"interval_s": 300}, 300)]
)
def test_drs_looks_every_five_minutes_and_from_vsphere_7_on_every_minute_unless_told_otherwise(
    profile: str, said: dict[str, float], interval_s: float
):
    hosts = [{"name": "esx", "count": 2, "server": "Dell R740", "memory_gb": 64}]
    limits = {"limits": "none", "vms": {"count": 2}, "duration_h": 1}
    scenario = load({"name": "x", "profile": profile, "hosts": hosts, **limits, **said})
    worlds = Worlds(scenario)
    clock = arena.clock_of(worlds._common.floats, worlds._common.ints, worlds.spans)
    assert clock.ticks_per_interval[0] * clock.tick_s[0] == interval_s
    assert clock.intervals_per_episode[0] == 3600 / interval_s


def test_every_version_s_maximums_are_at_least_those_of_the_one_before():
    most = ("most_hosts", "most_vms_a_host", "most_vcpus_a_vm", "most_vm_memory_gb", "most_cores_a_host")
    for before, after in pairwise(PROFILES.values()):
        for name in most:
            assert getattr(before, name) <= getattr(after, name), (after.title, name)
