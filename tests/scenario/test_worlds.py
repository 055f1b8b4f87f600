"""What a written world holds: the same bytes for the same number, and a consistent opening."""

import hashlib
import json
import re
from typing import Any

import numpy as np
import pytest

from tests.scenario.worlds import written
from vienv.core.enums import HISTORY_INTERVALS, NO_HOST, IncidentKind, VmState
from vienv.scenario import ScenarioError, Worlds, load, preset_names
from vienv.scenario.keys import SPLITS, seed_of, split_key

TWO_HOSTS: dict[str, Any] = {
    "name": "two",
    "hosts": [{"count": 2, "server": "Dell 2950 III", "memory_gb": 16}],
    "ha": {"admission": "off"},
    "demand": {"imbalance_least": 0.0, "imbalance_most": 10.0},
}

QUIET = {"mean_load": 0.001, "imbalance_least": 0.0, "imbalance_most": 10.0}


def test_one_number_gives_the_same_bytes_whatever_stood_in_the_rows():
    worlds, again = Worlds(load("lab")), Worlds(load("lab"))
    written(again, "train", 9)
    first, second = written(worlds, "train", 3), written(again, "train", 3)
    assert first.floats.tobytes() == second.floats.tobytes()
    assert first.ints.tobytes() == second.ints.tobytes()
    assert not np.isnan(first.floats).any()


def test_no_two_worlds_share_a_vm_s_demand_whatever_their_split():
    worlds = Worlds(load("lab"))
    seen = set()
    for split in SPLITS:
        for world in range(20):
            rows = written(worlds, split, world).demand.T
            seen |= {hashlib.sha256(row.tobytes()).digest() for row in rows}
    assert len(seen) == len(SPLITS) * 20 * worlds.sizes.vms


def test_kernels_get_another_key_in_every_world():
    keys = {seed_of(split_key(split), world, 0) for split in SPLITS for world in range(100)}
    assert len(keys) == 300
    assert all(0 <= key < 2**62 for key in keys)


def test_a_vm_that_is_added_leaves_the_others_noise_as_it_was():
    """Levels so low that no demand is clipped: what differs is the factor that brings the cluster to its mean."""
    few, more = ({"vms": {"count": count}, "demand": QUIET} for count in (16, 17))
    rows = [written(Worlds(load(TWO_HOSTS | vms)), "train").demand for vms in (few, more)]
    ratio = rows[1][:, :16] / rows[0]
    assert ratio == pytest.approx(np.full(ratio.shape, ratio[0, 0]), rel=1e-9)


def test_many_worlds_written_at_once_are_each_written_alone():
    worlds = Worlds(load("lab"))
    floats, ints = np.full((4, worlds.num_floats), np.nan), np.full((4, worlds.num_ints), -99, np.int64)
    worlds.write_many(floats, ints, "tune", [3, 0, 2], [5, 11, 2**61])
    for row, number in ((3, 5), (0, 11), (2, 2**61)):
        alone = written(worlds, "tune", number)
        assert floats[row].tobytes() == alone.floats.tobytes()
        assert ints[row].tobytes() == alone.ints.tobytes()
    assert np.isnan(floats[1]).all()
    assert (ints[1] == -99).all()


def test_a_world_in_which_a_vm_fits_nowhere_in_any_draw_is_refused_by_name(monkeypatch: pytest.MonkeyPatch):
    """Hosts so full that one draw in seventy fits: all 64 draws of some worlds fail."""
    hosts = [{"count": 8, "server": "Dell 2950 III", "memory_gb": 14.5}]
    vms = {"count": 24, "memory_gb": [1.0, 7.0, 9.0], "memory_percent": [34.0, 33.0, 33.0]}
    monkeypatch.setattr(Worlds, "_refuse_what_fits_nowhere", lambda worlds: None)  # of the first draw
    worlds, refused = Worlds(load(TWO_HOSTS | {"hosts": hosts, "vms": vms})), []
    for number in range(60):
        try:
            c = written(worlds, "train", number)
            assert (c.vms.host != NO_HOST).all()
        except ScenarioError as error:
            refused.append(str(error))
    assert 0 < len(refused) < 60
    assert all(re.fullmatch(r"vm 'vm-\d+': no host has room for it \(.*\)", line) for line in refused)


def test_another_split_or_a_negative_world_is_refused():
    worlds = Worlds(load("lab"))
    with pytest.raises(ScenarioError, match="did you mean 'train'"):
        written(worlds, "trian")
    with pytest.raises(ScenarioError, match="0 or more"):
        written(worlds, "train", -1)


def test_the_ring_holds_the_hour_before_in_order_and_the_windows_follow_from_it():
    c = written(Worlds(load("office")))
    num_vms = c.vms.host.size
    ring = c.history.mean_mhz.reshape(HISTORY_INTERVALS, num_vms)
    before = c.workload.demand.reshape(-1, num_vms)[:HISTORY_INTERVALS] * c.vms.cpu_configured_mhz
    assert ring == pytest.approx(before)
    assert c.statistics.demand_5min_mhz == pytest.approx(before[-1])
    assert c.statistics.demand_40min_mhz == pytest.approx(before[-8:].mean(axis=0))
    assert c.statistics.deviation_60min_mhz == pytest.approx(before.std(axis=0), abs=1e-3)
    assert c.statistics.peak_60min_mhz == pytest.approx(before.max(axis=0))


def test_memory_demand_is_active_and_a_quarter_of_what_is_idle_and_overhead():
    c = written(Worlds(load("rack")))
    consumed = 0.75 * c.vms.memory_mb
    expected = c.vms.active_mb + 0.25 * (consumed - c.vms.active_mb) + c.vms.overhead_mb
    assert c.statistics.memory_demand_mb == pytest.approx(expected)


def test_hosts_show_the_load_and_the_watts_of_their_vms():
    c = written(Worlds(load("lab")))
    for h in range(4):
        mhz = c.vms.demand_mhz[c.vms.host == h].sum()
        assert c.hosts.demand_mhz[h] == pytest.approx(mhz)
        load_percent = min(mhz / c.hosts.cpu_capacity_mhz[h], 1.0) * 100.0
        watts = np.interp(load_percent, np.arange(0, 101, 10), c.curves.watts[h * 11 : h * 11 + 11])
        assert c.hosts.power_w[h] == pytest.approx(watts)


def test_vms_are_sorted_by_host_with_the_homeless_last():
    data = TWO_HOSTS | {"vms": {"count": 12, "arriving_percent": 50.0}}
    c = written(Worlds(load(data)))
    hosts = c.vms.host[c.vms.by_host]
    assert (np.diff(hosts[hosts != NO_HOST]) >= 0).all()
    assert (hosts[-6:] == NO_HOST).all()
    assert sorted(c.vms.by_host) == list(range(12))


def test_arrivals_have_no_host_and_no_past():
    data = TWO_HOSTS | {"vms": {"count": 10, "arriving_percent": 30.0}}
    c = written(Worlds(load(data)))
    late = c.vms.arrives_at_s > 0.0
    assert late.sum() == 3
    assert (c.vms.state[late] == VmState.NOT_ARRIVED).all()
    assert (c.statistics.demand_60min_mhz[late] == 0.0).all()
    assert (c.vms.arrives_at_s <= 43_200.0).all()


def test_entries_keep_what_they_say():
    entry = {
        "name": "db", "vcpus": 2, "memory_gb": 4, "host": "esx-02", "datastore": "lun", "pool": "gold",
        "shares": "high", "cpu_reservation_mhz": 500, "cpu_limit_mhz": 4000, "memory_reservation_mb": 1024,
        "restart_priority": "high",
        "load": 0.5,
    }  # fmt: skip
    c = written(Worlds(load(TWO_HOSTS | {"vm": [entry], "pools": [{"name": "gold", "shares": "high"}]})))
    assert c.vms.host[0] == 1
    assert c.vms.cpu_shares[0] == 2 * 2000.0
    assert c.vms.memory_shares[0] == 20 * 4096.0
    assert (c.vms.cpu_reservation_mhz[0], c.vms.memory_reservation_mb[0]) == (500.0, 1024.0)
    assert c.vms.restart_priority[0] == 3
    assert c.pools.shares[0] == 8000.0
    assert (c.workload.demand == 0.5).all()
    assert c.statistics.demand_5min_mhz[0] == pytest.approx(0.5 * 2 * 2830.0)


def test_a_demand_above_its_limit_is_shown_at_the_limit():
    entry = {"name": "db", "vcpus": 4, "cpu_limit_mhz": 1000, "load": 1.0}
    c = written(Worlds(load(TWO_HOSTS | {"vm": [entry]})))
    assert c.statistics.demand_5min_mhz[0] == 1000.0


def test_demand_grows_by_the_day_from_the_beginning_up_to_all_vcpus():
    vms = [
        {"name": "steady", "load": 0.25, "grows_percent_a_day": 0},
        {"name": "shop", "load": 0.25, "grows_percent_a_day": 100},
        {"name": "old", "load": 0.25},
    ]
    demand = TWO_HOSTS["demand"] | {"grows_percent_a_day": -50}
    c = written(Worlds(load(TWO_HOSTS | {"duration_h": 72, "demand": demand, "vm": vms})))
    day = 288
    assert (c.demand[:, 0] == 0.25).all()
    assert (c.demand[: HISTORY_INTERVALS + 1] == 0.25).all()
    assert c.demand[HISTORY_INTERVALS + day].tolist() == [0.25, 0.5, 0.125]
    assert c.demand[HISTORY_INTERVALS + 2 * day].tolist() == [0.25, 1.0, 0.0625]
    assert c.demand[-1, 1] == 1.0


def test_growth_changes_nothing_before_the_episode_and_every_sample_after_its_first():
    steady, growing = (
        written(Worlds(load(TWO_HOSTS | {"vms": {"count": 6}, "demand": QUIET | {"grows_percent_a_day": percent}})))
        for percent in (0, 1)
    )
    assert (steady.demand[: HISTORY_INTERVALS + 1] == growing.demand[: HISTORY_INTERVALS + 1]).all()
    assert (steady.demand[HISTORY_INTERVALS + 1 :] < growing.demand[HISTORY_INTERVALS + 1 :]).all()


def test_rules_hold_at_the_beginning():
    vms = [{"name": f"web-{k}", "apart": "web"} for k in range(2)] + [
        {"name": f"app-{k}", "together": "app"} for k in range(3)
    ]
    c = written(Worlds(load(TWO_HOSTS | {"vm": vms})))
    assert c.vms.host[0] != c.vms.host[1]
    assert len(set(c.vms.host[2:5])) == 1


def test_a_vm_on_a_local_disk_begins_on_that_disk_s_host():
    stores = [{"name": "san"}, {"name": "disk", "kind": "local", "host": "esx-02"}]
    data = TWO_HOSTS | {"datastores": stores, "vm": [{"name": "pinned", "datastore": "disk"}], "vms": {"count": 5}}
    worlds = Worlds(load(data))
    c = written(worlds)
    assert c.vms.host[0] == 1
    assert c.paths.is_reachable.tolist() == [1, 0, 1, 1]
    assert (c.vms.datastore[1:] == 0).all()


def test_a_vm_cannot_begin_on_a_host_that_does_not_reach_its_datastore():
    stores = [{"name": "san"}, {"name": "disk", "kind": "local", "host": "esx-02"}]
    vm = [{"name": "pinned", "datastore": "disk", "host": "esx-01"}]
    with pytest.raises(ScenarioError, match="host 'esx-01' does not reach its datastore 'disk'"):
        Worlds(load(TWO_HOSTS | {"datastores": stores, "vm": vm}))


def test_a_vm_takes_a_datastore_that_its_host_reaches():
    hosts = [{"name": name, "count": 2, "server": "Dell 2950 III", "memory_gb": 16} for name in ("left", "right")]
    stores = [{"name": "west", "reached_by": ["left"]}, {"name": "east", "reached_by": ["right"]}]
    vm = [{"name": f"vm{k}", "host": "right-01"} for k in range(3)]
    c = written(Worlds(load(TWO_HOSTS | {"hosts": hosts, "datastores": stores, "vm": vm})))
    assert c.vms.datastore.tolist() == [1, 1, 1]


def test_incidents_are_sorted_by_time():
    incidents = [
        {"kind": "vc_outage", "at_s": 900, "duration_s": 60},
        {"kind": "host_failure", "at_s": 300, "duration_s": 60, "host": "esx-02"},
    ]
    c = written(Worlds(load(TWO_HOSTS | {"vms": {"count": 2}, "incidents": incidents})))
    assert c.incidents.kind.tolist() == [IncidentKind.HOST_FAILURE, IncidentKind.VC_OUTAGE]
    assert c.incidents.host.tolist() == [1, NO_HOST]


def test_first_failures_follow_the_stationary_residual_life():
    """The chance of a first failure within t is the integral of the survival, over the mean."""
    data = TWO_HOSTS | {"vms": {"count": 1}, "ha": {"admission": "off", "host_mtbf_days": 4.0}}
    data = data | {"hosts": [{"count": 32, "server": "Dell 2950 III", "memory_gb": 16}]}
    worlds = Worlds(load(data))
    first = np.concatenate([written(worlds, "test", world).hosts.next_failure_s for world in range(100)]) / 86_400.0
    scale = 4.0 / 1.190639  # gamma(1 + 1 / 0.75)
    for days in (0.5, 2.0, 6.0):
        grid = np.linspace(0.0, days, 20_001)
        survival = np.exp(-((grid / scale) ** 0.75))
        expected = ((survival[1:] + survival[:-1]) / 2.0).sum() * (grid[1] - grid[0]) / 4.0
        assert (first < days).mean() == pytest.approx(expected, abs=0.03)


def test_the_acceleration_of_failures_is_told():
    assert load("rack").failure_accel == pytest.approx(114.1, abs=0.1)
    assert load(TWO_HOSTS | {"vms": {"count": 1}}).failure_accel == 0.0


def test_eight_hundred_hosts_are_legal_without_limits_and_refused_with_them():
    hosts = [{"count": 800, "server": "Dell 2950 III", "memory_gb": 32}]
    data = {"name": "farm", "vms": {"count": 8000}, "hosts": hosts}
    with pytest.raises(ScenarioError, match="at most 32 hosts a cluster"):
        load(data)
    worlds = Worlds(load(data | {"limits": "none", "duration_h": 1.0}))
    assert (written(worlds).vms.host != NO_HOST).all()


def test_the_reward_s_scale_is_what_all_hosts_on_at_half_load_cost_for_an_interval():
    c = written(Worlds(load("rack")))
    watts = c.curves.watts.reshape(-1, 11)[:, 5].sum()
    cost = watts / 1000.0 * 300.0 / 3600.0 * 0.20
    assert c.prices.interval_scale == pytest.approx(cost)


def test_a_two_rate_tariff_is_cheap_at_night():
    data = TWO_HOSTS | {"vms": {"count": 1}, "tariff": {"kind": "two-rate"}}
    tariff = written(Worlds(load(data))).tariff.eur_per_kwh
    assert tariff[[0, 5, 22, 23]] == pytest.approx(0.14)
    assert tariff[[6, 12, 21, 30]] == pytest.approx(0.20)


def test_negative_prices_are_billed_at_nothing_and_splits_see_other_days(tmp_path):
    lines = [f"{day},{hour},{day - 150}" for day in range(10) for hour in range(24)]
    (tmp_path / "prices.csv").write_text("day,hour,EUR/MWh\n" + "\n".join(lines))
    tariff = {"kind": "file", "file": "prices.csv", "surcharge_eur_per_kwh": 0.145}
    path = tmp_path / "two.json"
    path.write_text(json.dumps(TWO_HOSTS | {"vms": {"count": 1}, "tariff": tariff}))
    worlds = Worlds(load(path))
    seen = {s: {float(written(worlds, s, w).tariff.eur_per_kwh[0]) for w in range(30)} for s in SPLITS}
    assert min(min(found) for found in seen.values()) == 0.0
    assert sorted(seen["test"]) == pytest.approx([0.0, 0.004])  # days 4 and 9
    assert sorted(seen["tune"]) == pytest.approx([0.0, 0.003])  # days 3 and 8


def test_the_scenario_hash_follows_what_is_said_and_not_how():
    plain = Worlds(load(TWO_HOSTS | {"vms": {"count": 1}})).scenario_hash
    spelt_out = Worlds(load(TWO_HOSTS | {"vms": {"count": 1}, "duration_h": 24.0})).scenario_hash
    other = Worlds(load(TWO_HOSTS | {"vms": {"count": 2}})).scenario_hash
    assert plain == spelt_out
    assert plain != other


@pytest.mark.parametrize("name", preset_names())
def test_a_preset_s_name_is_its_file_s(name: str):
    assert load(name).name == name
