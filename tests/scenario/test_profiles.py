"""The constants of versions and servers, against their sources' tables."""

import numpy as np
import pytest

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
