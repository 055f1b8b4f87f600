"""The presets' figures over 32 worlds each: what makes balance and power a real question."""

import math
from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest

from tests.scenario.worlds import host_loads, written
from vienv.core.enums import VmState
from vienv.scenario import Worlds, league_names, load
from vienv.scenario.profiles import PROFILES

WORLDS = 32
SAMPLES_AN_HOUR = 12
TABLE = {
    # hosts, VMs, granted / fleet, hosts by consumed memory, slot floor, hosts on at night and by day, failures a day
    "lab": SimpleNamespace(hosts=4, vms=16, granted=0.49, by_memory=3, by_slots=2, night=2, day=3, failures=4 / 20),
    "office": SimpleNamespace(hosts=8, vms=48, granted=0.45, by_memory=4, by_slots=4, night=4, day=5, failures=8 / 20),
    "rack": SimpleNamespace(
        hosts=16, vms=160, granted=0.62, by_memory=9, by_slots=9, night=9, day=10, failures=16 / 40
    ),
    "datacenter": SimpleNamespace(
        hosts=32, vms=400, granted=0.69, by_memory=19, by_slots=16, night=18, day=19, failures=32 / 60
    ),
    "rack-modern": SimpleNamespace(
        hosts=16, vms=160, granted=0.45, by_memory=8, by_slots=6, night=8, day=10, failures=16 / 40
    ),
}


@cache
def measured(name: str) -> SimpleNamespace:
    """Figures of the preset's first 32 test worlds, arrays (32,)."""
    worlds = Worlds(load(name))
    capacity = worlds.inventory.cpu_capacity_mhz
    figures = []
    for world in range(WORLDS):
        c = written(worlds, "test", world)
        loads = host_loads(c)
        fleet = (loads @ capacity / capacity.sum()).reshape(-1, SAMPLES_AN_HOUR).mean(axis=1)
        figures.append(
            (
                loads.std(axis=1).mean(),
                fleet.mean(),
                fleet.max() / fleet.min(),
                (c.hosts.next_failure_s < c.clock.duration_s[0]).sum(),
                (c.vms.memory_mb + c.vms.overhead_mb).sum() / c.hosts.memory_capacity_mb.sum(),
                hosts_by_memory(c),
                hosts_by_slots(c, name),
            )
        )
    names = ("imbalance", "mean", "peak_to_night", "failures", "granted", "by_memory", "by_slots")
    return SimpleNamespace(worlds=worlds, **dict(zip(names, np.array(figures).T, strict=True)))


def hosts_by_memory(c: SimpleNamespace) -> int:
    """Hosts, the largest first, whose memory holds what all VMs consume, and one more."""
    consumed = (c.vms.touched_mb - c.vms.shareable_mb + c.vms.overhead_mb).sum()
    room = np.cumsum(np.sort(c.hosts.memory_capacity_mb)[::-1])
    return int(np.searchsorted(room, consumed)) + 2


def hosts_by_slots(c: SimpleNamespace, name: str) -> int:
    """Fewest hosts on, the largest first, that keep a slot for every VM when the largest of them fails."""
    profile = PROFILES[load(name).profile]
    slot_mhz = max(profile.slot_mhz, c.vms.cpu_reservation_mhz.max())
    slot_mb = max(profile.slot_mb, (c.vms.memory_reservation_mb + c.vms.overhead_mb).max())
    slots = np.minimum(c.hosts.cpu_capacity_mhz // slot_mhz, c.hosts.memory_capacity_mb // slot_mb)
    left = np.cumsum(np.sort(slots)[::-1]) - slots.max()
    return int(np.searchsorted(left, c.vms.num_vcpus.size)) + 1


@pytest.mark.parametrize("name", league_names())
def test_a_preset_has_the_inventory_of_its_table(name: str):
    sizes = measured(name).worlds.sizes
    assert (sizes.hosts, sizes.vms) == (TABLE[name].hosts, TABLE[name].vms)


@pytest.mark.parametrize("name", league_names())
def test_static_imbalance_lies_between_a_tenth_and_a_quarter_in_every_world(name: str):
    found = measured(name).imbalance
    assert found.min() >= 0.10
    assert found.max() <= 0.25


@pytest.mark.parametrize("name", league_names())
def test_mean_cpu_lies_between_25_and_35_percent(name: str):
    found = measured(name).mean
    assert found.min() >= 0.25
    assert found.max() <= 0.35


@pytest.mark.parametrize("name", league_names())
def test_the_busiest_hour_is_at_least_twice_the_quietest(name: str):
    assert measured(name).peak_to_night.min() >= 2.0


@pytest.mark.parametrize("name", league_names())
def test_hosts_fail_as_often_as_their_accelerated_mtbf_says(name: str):
    """Four standard errors of a Poisson count over the 32 worlds."""
    expected = WORLDS * TABLE[name].failures
    assert abs(measured(name).failures.sum() - expected) <= 4.0 * math.sqrt(expected)


def test_a_rack_loses_about_three_tenths_of_a_host_a_day():
    assert 0.15 <= measured("rack").failures.mean() <= 0.55


@pytest.mark.parametrize("name", league_names())
def test_memory_granted_is_the_table_s_share_of_the_fleet(name: str):
    assert measured(name).granted == pytest.approx(TABLE[name].granted, abs=0.03)


@pytest.mark.parametrize("name", league_names())
def test_memory_and_slots_leave_room_for_the_hosts_on_of_the_table(name: str):
    """By memory without a spare host, and by slots with one, as many hosts are enough as the table has on at night."""
    found, table = measured(name), TABLE[name]
    assert found.by_memory.max() <= table.by_memory <= table.day
    assert found.by_memory.max() - 1 <= table.night
    assert found.by_slots.max() <= table.by_slots <= table.night


@pytest.mark.parametrize("name", league_names())
def test_all_vms_run_where_they_may(name: str):
    worlds = measured(name).worlds
    c = written(worlds)
    assert (c.vms.state == VmState.RUNNING).all()
    consumed = c.vms.touched_mb - c.vms.shared_mb + c.vms.overhead_mb
    on_host = np.bincount(c.vms.host, consumed, worlds.sizes.hosts)
    assert (on_host <= c.hosts.memory_capacity_mb).all()
    reserved = np.bincount(c.vms.host, c.vms.memory_reservation_mb + c.vms.overhead_mb, worlds.sizes.hosts)
    assert (reserved <= c.hosts.memory_capacity_mb).all()
