"""Wrong pools, VM-host rules, EVC baselines and orders: one line each that names field, value and what is allowed."""

import copy
from typing import Any

import pytest

from tests.scenario.test_malformed import refusal, setting
from vienv.core import arena
from vienv.core.enums import NO_POOL, OrderKind, PowerState
from vienv.scenario import Worlds, load

GOOD: dict[str, Any] = {
    "name": "ruled",
    "profile": "vs41",
    "evc": "Intel Core 65 nm",
    "hosts": [
        {"name": "esx", "count": 3, "server": "Dell 2950 III", "memory_gb": 16},
        {"name": "old", "server": "Supermicro 6025B", "memory_gb": 16},
    ],
    "pools": [
        {"name": "test", "parent": "company", "limit_mhz": 5000},
        {
            "name": "company",
            "reservation_mhz": 6000,
            "memory_reservation_mb": 1024,
            "memory_limit_mb": 8192,
            "expandable": False,
        },
        {
            "name": "production",
            "parent": "company",
            "reservation_mhz": 4000,
            "memory_reservation_mb": 1024,
            "memory_shares": "high",
            "expandable": False,
        },
    ],
    "rules": [
        {"name": "licences", "kind": "must_run_on", "vms": ["db", "vm-001"], "hosts": ["esx-01", "old"]},
        {"name": "quiet", "kind": "must_not_run_on", "vms": ["db"], "hosts": ["old"]},
        {"name": "near", "kind": "should_run_on", "vms": ["db"], "hosts": ["old"]},
    ],
    "vms": {"count": 3},
    "vm": [
        {
            "name": "db",
            "host": "esx-01",
            "pool": "production",
            "cpu_reservation_mhz": 3000,
            "memory_reservation_mb": 512,
        }
    ],
    "orders": [
        {"kind": "patch", "hosts": ["esx"], "at_s": 3600, "patch_s": 600, "at_once": 2},
        {"kind": "add_host", "hosts": ["esx-03"], "at_s": 1800},
        {"kind": "remove_host", "hosts": ["old-01"], "at_s": 7200},
    ],
}

CASES = [
    # (field path, value set, what the line must say)
    ("profile", "vs8", "did you mean 'vs"),
    ("profile", "vi3", "none in profile vi3"),
    ("evc", "Intel Core 65", "did you mean 'Intel Core 65 nm'"),
    ("evc", 65, "string"),
    ("hosts.1.server", "HP ML110 G3", "that or newer"),
    ("hosts.1.cpu_class", "AMD K8", "a CPU that EVC can present as 'Intel Core 65 nm'"),
    ("pools.0.parent", "companny", "did you mean 'company'"),
    ("pools.0.parent", 1, "string"),
    ("pools.1.parent", "test", "not, in the end, inside this one"),
    ("pools.1.parent", "company", "not, in the end, inside this one"),
    ("pools.1.name", "test", "pool 'test' stands twice"),
    ("pools.0.limit_mhz", -1, "greater than or equal to 0"),
    ("pools.0.reservation_mhz", 6000, "reservation_mhz, 6000, or more"),
    ("pools.1.reservation_mhz", 3000, "the 4000 MHz that its VMs and pools reserve"),
    ("pools.2.reservation_mhz", 2000, "the 3000 MHz that its VMs and pools reserve"),
    ("pools.2.limit_mhz", 3999, "reservation_mhz, 4000, or more"),
    ("pools.0.memory_limit_mb", -1, "greater than or equal to 0"),
    ("pools.0.memory_reservation_mb", "1 GB", "number"),
    ("pools.1.memory_limit_mb", 1023, "memory_reservation_mb, 1024, or more"),
    ("pools.1.memory_reservation_mb", 1000, "the 1024 MB that its VMs and pools reserve"),
    ("pools.2.memory_reservation_mb", 511, "the 512 MB that its VMs and pools reserve"),
    ("pools.2.memory_shares", 0, "'low', 'normal' or 'high'"),
    ("pools.2.memory_share", "high", "did you mean 'memory_shares'"),
    ("pools.2.expandable", 1, "boolean"),
    ("pools.2.expandible", True, "did you mean 'expandable'"),
    ("rules", {}, "list"),
    ("rules.0.kind", "must_run", "did you mean 'must_run_on'"),
    ("rules.0.vms", [], "at least 1"),
    ("rules.0.vms.0", "db1", "did you mean 'db'"),
    ("rules.0.vms.1", "vm-004", "there is no VM 'vm-004'"),
    ("rules.0.hosts.1", "older", "did you mean 'old'"),
    ("rules.0.hosts", None, "list"),
    ("rules.0.hosts", ["esx-02"], "a host on which the VM-host rules let it run"),
    ("rules.0.hosts", ["old-01"], "a VM to which the rules leave a host"),
    ("rules.2.kind", "should_run", "did you mean 'should_run_on'"),
    ("rules.2.kind", "vm-host", "'must_run_on', 'must_not_run_on', 'should_run_on' or 'should_not_run_on'"),
    ("rules.2.is_must", False, "unknown key"),
    ("rules.2.vms.0", "db2", "did you mean 'db'"),
    ("rules.2.hosts.0", "esx-09", "there is no host 'esx-09'"),
    ("rules.2.name", "quiet", "rule 'quiet' stands twice"),
    ("rules.1.name", "licences", "rule 'licences' stands twice"),
    ("rules", [{"name": f"r{k}", "vms": ["db"], "hosts": ["esx"]} for k in range(63)], "at most 62"),
    ("orders.0.kind", "pach", "did you mean 'patch'"),
    ("orders.0.hosts", [], "at least 1"),
    ("orders.0.hosts", ["esx", "esx-02"], "named once"),
    ("orders.0.hosts.0", "esx-04", "there is no host 'esx-04'"),
    ("orders.0.at_s", 86_400, "below the episode's 86400 s"),
    ("orders.0.at_once", 0, "greater than or equal to 1"),
    ("orders.0.patch_s", -1, "greater than or equal to 0"),
    ("orders.1.patch_s", 60, "unknown key"),
    ("orders.1.hosts", ["esx-01"], "a host that is there from the start"),
    ("orders.1.hosts", ["esx", "old"], "a host that is there from the start"),
    ("orders.1.host", "esx-03", "did you mean 'hosts'"),
    ("orders.2.hosts", ["old-01", "old"], "named once"),
]


@pytest.mark.parametrize(("path", "value", "allowed"), CASES, ids=[f"{p}={str(v)[:20]}" for p, v, _ in CASES])
def test_a_wrong_pool_rule_baseline_or_order_is_refused_in_one_line(path: str, value: object, allowed: str):
    data = copy.deepcopy(GOOD)
    setting(path, value)(data)
    line = refusal(data)
    assert "\n" not in line
    assert path.split(".", maxsplit=1)[0] in line or "vm.0.host" in line, line
    assert allowed in line, line


def test_a_host_joins_once():
    data = copy.deepcopy(GOOD)
    data["orders"].append(data["orders"][1])
    assert "join or leave once" in refusal(data)


def written():
    worlds = Worlds(load(copy.deepcopy(GOOD)))
    rows = worlds._common.floats, worlds._common.ints, worlds.spans
    return SimpleView(*rows)


class SimpleView:
    """The tuples of what all worlds of GOOD begin as."""

    def __init__(self, *rows: Any):
        self.hosts, self.vms, self.pools, self.orders = (
            view(*rows) for view in (arena.hosts_of, arena.vms_of, arena.pools_of, arena.orders_of)
        )


def test_pools_lie_with_parents_first_and_vms_find_theirs():
    c = written()
    assert c.pools.parent.tolist() == [NO_POOL, 0, 0]
    assert c.pools.reservation_mhz.tolist() == [6000.0, 0.0, 4000.0]
    assert c.pools.is_expandable.tolist() == [0, 1, 0]
    assert c.vms.pool[0] == 2


def test_a_rule_leaves_its_bit_to_its_hosts_or_to_all_others():
    c = written()
    assert c.hosts.rule_groups.tolist() == [0b011, 0b010, 0b010, 0b101]
    assert c.vms.must_groups.tolist() == [0b11, 0b01, 0, 0]


def test_orders_are_written_host_by_host_and_who_joins_later_is_absent_and_draws_nothing():
    c = written()
    assert c.orders.host.tolist() == [2, 0, 1, 2, 3]
    assert c.orders.kind.tolist() == [OrderKind.ADD_HOST, *[OrderKind.PATCH] * 3, OrderKind.REMOVE_HOST]
    assert c.orders.order.tolist() == [0, 1, 1, 1, 2]
    assert c.orders.lasts_s[1:4].tolist() == [600.0] * 3
    assert c.hosts.power_state.tolist() == [PowerState.ON, PowerState.ON, PowerState.ABSENT, PowerState.ON]
    assert (c.hosts.standby_w[2], c.orders.standby_w[0]) == (0.0, 15.0)


def test_worlds_begin_within_the_rules_and_with_nobody_on_a_host_that_joins_later():
    data = copy.deepcopy(GOOD)
    data["vms"]["count"] = 12
    data["rules"][0]["vms"] = ["db", *[f"vm-0{k:02d}" for k in range(1, 9)]]
    worlds = Worlds(load(data))
    floats, ints = worlds._common.floats.copy(), worlds._common.ints.copy()
    for world in range(8):
        worlds.write(floats, ints, "train", world)
        vms = arena.vms_of(floats, ints, worlds.spans)
        assert set(vms.host[:9].tolist()) <= {0, 3}
        assert vms.host[0] == 0
        assert 2 not in vms.host
        assert arena.hosts_of(floats, ints, worlds.spans).power_w[2] == 0.0


def test_a_scenario_without_orders_has_no_work_to_look_at():
    worlds = Worlds(load("lab"))
    assert worlds.sizes.orders == 0
    assert arena.clock_of(worlds._common.floats, worlds._common.ints, worlds.spans).has_more[0] == 0


def test_a_rule_that_only_says_should_binds_nobody_and_keeps_its_bit():
    c = written()
    worlds = Worlds(load(copy.deepcopy(GOOD)))
    preferences = arena.preferences_of(worlds._common.floats, worlds._common.ints, worlds.spans)
    assert preferences.groups.tolist() == [1 << 2, 0, 0, 0]
    assert c.vms.must_groups.tolist() == [0b11, 0b01, 0, 0]
    assert [int(groups) >> 2 & 1 for groups in c.hosts.rule_groups] == [0, 0, 0, 1]


def test_rules_that_say_should_are_refused_before_vsphere_4_1_as_well():
    data = copy.deepcopy(GOOD) | {"profile": "vi3", "rules": [GOOD["rules"][2]]}
    assert "none in profile vi3" in refusal(data)
