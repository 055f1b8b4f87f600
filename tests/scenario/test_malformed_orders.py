"""Wrong orders on VMs' files: one line each that names field, value and what is allowed."""

import copy
from typing import Any

import pytest

from tests.scenario.test_malformed import refusal, setting
from vienv.core import arena
from vienv.core.enums import NO_HOST, OrderKind
from vienv.core.state import NEVER
from vienv.scenario import Worlds, load

GOOD: dict[str, Any] = {
    "name": "small",
    "hosts": [{"name": "esx", "count": 2, "server": "Dell 2950 III", "memory_gb": 16}],
    "datastores": [{"name": "lun", "capacity_gb": 500}, {"name": "vault", "kind": "NFS"}],
    "storage": {"disk_gb": 10},
    "vms": {"count": 2},
    "vm": [{"name": "gold", "is_template": True, "datastore": "lun"}, {"name": "mail", "datastore": "lun"}],
    "virtualcenter": {"tasks_at_a_time": 4},
    "orders": [
        {"kind": "clone", "template": "gold", "name": "web", "count": 2, "customize": True, "at_s": 600},
        {"kind": "backup", "vm": "mail", "datastore": "vault", "snapshot": False, "at_s": 300},
        {"kind": "retire", "vm": "web-02", "at_s": 9000},
        {"kind": "snapshot", "vm": "vm-001", "at_s": 9000, "host": "esx-01"},
        {"kind": "storage_vmotion", "vm": "mail", "datastore": "vault", "at_s": 20000},
    ],
}

CASES = [
    # (field path, value set, what the line must say)
    ("orders.0.kind", "clon", "did you mean 'clone'"),
    ("orders", {"kind": "clone"}, "list"),
    ("orders.0", "clone", "dictionary"),
    ("orders.0.kind", 5, "known: add_host, backup, clone"),
    ("orders.0.template", None, "string"),
    ("orders.0.template", "golf", "did you mean 'gold'"),
    ("orders.0.template", "vm-001", "there is no VM with an entry"),
    ("orders.0.name", None, "string"),
    ("orders.0.name", "a/b", "pattern"),
    ("orders.0.count", 0, "greater than or equal to 1"),
    ("orders.0.count", 1001, "less than or equal to 1000"),
    ("orders.0.vm", "mail", "unknown key (known: at_s, count, customize, host, kind, name, template)"),
    ("orders.0.customize", "yes", "boolean"),
    ("orders.0.host", "esx-03", "there is no host"),
    ("orders.0.at_s", 86_400, "below the episode's 86400 s"),
    ("orders.0.at_s", -1, "greater than or equal to 0"),
    ("orders.0.snapshot", True, "unknown key"),
    ("orders.0.sysprep", True, "unknown key"),
    ("orders.1.datastore", None, "string"),
    ("orders.1.datastore", "valt", "did you mean 'vault'"),
    ("orders.1.vm", None, "string"),
    ("orders.1.vm", "mial", "did you mean 'mail'"),
    ("orders.1.vm", "gold", "a VM and not a template"),
    ("orders.1.count", 2, "unknown key"),
    ("orders.2.vm", "web-03", "did you mean 'web-0"),
    ("orders.2.datastore", "vault", "unknown key"),
    ("orders.3.customize", True, "unknown key"),
    ("orders.4.kind", "svmotion", "did you mean 'storage_vmotion'"),
    ("orders.4.datastore", "lum", "did you mean 'lun'"),
    ("orders.4.datastore", "lun", "another datastore than its own"),
    ("orders.4.datastore", 1, "string"),
    ("orders.4.vm", "maul", "did you mean 'mail'"),
    ("orders.4.vm", "gold", "a VM and not a template"),
    ("orders.4.host", "esx-01", "unknown key (known: at_s, datastore, kind, vm)"),
    ("orders.4.at_s", 86_400.0, "below the episode's 86400 s"),
    ("orders.4.snapshot", True, "unknown key"),
    ("virtualcenter.tasks_at_a_time", 0, "greater than or equal to 1"),
    ("files", {"commit_stun_most_s": 0.5}, "commit_stun_least_s or more"),
    ("files", {"small_mb": -1}, "greater than or equal to 0"),
    ("files", {"customisation_s": 1}, "did you mean 'customization_s'"),
    ("vm.0.host", "esx-01", "a template, which runs nowhere"),
    ("vm.0.is_template", 1, "boolean"),
]


@pytest.mark.parametrize(("path", "value", "allowed"), CASES, ids=[f"{p}={str(v)[:20]}" for p, v, _ in CASES])
def test_a_wrong_order_is_refused_in_one_line(path: str, value: object, allowed: str):
    data = copy.deepcopy(GOOD)
    setting(path, value)(data)
    line = refusal(data)
    assert path in line, line
    assert allowed in line, line


def test_a_clone_whose_name_is_taken_is_refused():
    data = copy.deepcopy(GOOD)
    data["vm"][1]["name"] = data["orders"][1]["vm"] = data["orders"][4]["vm"] = "web-01"
    assert "'web-01' stands twice" in refusal(data)


def test_orders_without_storage_are_refused():
    data = copy.deepcopy(GOOD)
    del data["storage"], data["datastores"][0]["capacity_gb"]
    assert "orders.0.kind: 'clone' is not allowed: nothing without a [storage] section" in refusal(data)


def test_a_word_of_another_kind_of_order_is_refused_with_the_words_of_its_own():
    data = copy.deepcopy(GOOD)
    data["orders"][0]["kind"] = "patch"
    assert "orders.0.template: unknown key (known: at_once, at_s, hosts, kind, patch_s)" in refusal(data)


def test_an_order_without_a_kind_or_a_required_word_is_refused():
    for word, line in (("kind", "orders.0.kind: missing"), ("template", "orders.0.template: missing")):
        data = copy.deepcopy(GOOD)
        del data["orders"][0][word]
        assert line in refusal(data)


@pytest.mark.parametrize(
    ("order", "line"),
    [
        (
            {"kind": "backup", "vm": "web-01", "datastore": "vault"},
            "orders.5.vm: 'web-01' is not allowed: a VM with disks",
        ),
        ({"kind": "restore", "vm": "web-01"}, "orders.5.vm: 'web-01' is not allowed: a VM with disks"),
        (
            {"kind": "retire", "vm": "mail"},
            "orders.5.vm: 'mail' is not allowed: a VM whose disks no linked clone shares",
        ),
    ],
)
def test_a_linked_clone_has_no_whole_disks_and_keeps_its_parent(order: dict[str, Any], line: str):
    data = copy.deepcopy(GOOD)
    data["orders"][0] |= {"kind": "linked_clone", "template": "mail"}
    del data["orders"][4]
    data["orders"].append({"kind": "commit", "vm": "vm-001", "at_s": 9100})
    load(copy.deepcopy(data))
    assert line in refusal(data | {"orders": [*data["orders"], order | {"at_s": 30000}]})


def test_a_hosted_hypervisor_moves_no_files_of_a_running_vm():
    data = copy.deepcopy(GOOD)
    data["hosts"] = [{"name": "server", "count": 2, "server": "Dell 2950 III", "memory_gb": 16, "hypervisor": "hosted"}]
    data["ha"] = {"enabled": False}
    del data["orders"][3]["host"]
    assert "orders.4.kind: 'storage_vmotion' is not allowed: a host under ESX to move files" in refusal(data)


def test_a_list_of_its_own_for_orders_on_files_is_refused():
    data = copy.deepcopy(GOOD)
    data["file_orders"] = data.pop("orders")
    assert "file_orders: unknown key; did you mean 'orders'?" in refusal(data)


def test_a_template_without_orders_is_refused():
    data = copy.deepcopy(GOOD)
    data["orders"] = []
    assert "vm.0.is_template: True is not allowed: a template for orders on files" in refusal(data)


def test_clones_are_rows_from_the_start_that_nobody_misses_and_orders_stand_by_time():
    worlds = Worlds(load(copy.deepcopy(GOOD)))
    assert worlds.vm_names == ("gold", "mail", "web-01", "web-02", "vm-001", "vm-002")
    rows = worlds._common.floats, worlds._common.ints, worlds.spans
    orders, vms, disks = arena.orders_of(*rows), arena.vms_of(*rows), arena.disks_of(*rows)
    kinds = [OrderKind.BACKUP, OrderKind.CLONE, OrderKind.CLONE, OrderKind.RETIRE, OrderKind.SNAPSHOT]
    assert orders.kind.tolist() == [*kinds, OrderKind.STORAGE_VMOTION]
    assert orders.vm.tolist() == [1, 2, 3, 3, 4, 1]
    assert orders.option.tolist() == [0, 1, 1, 0, 0, 0]
    assert orders.host.tolist() == [NO_HOST] * 4 + [0, NO_HOST]
    assert orders.datastore.tolist() == [1, 0, 0, 0, 0, 1]
    assert vms.arrives_at_s[[0, 2, 3]].tolist() == [NEVER] * 3
    assert disks.written_mb.tolist() == [10_240.0, 10_240.0, 0.0, 0.0, 10_240.0, 10_240.0]
    assert arena.volumes_of(*rows).used_mb.sum() == 4 * 10_240.0


def test_a_scenario_without_orders_pays_for_none():
    data = copy.deepcopy(GOOD)
    data["orders"], data["vm"] = [], data["vm"][1:]
    sizes = Worlds(load(data)).sizes
    assert (sizes.orders, sizes.filed_vms, sizes.copies) == (0, 0, 0)
