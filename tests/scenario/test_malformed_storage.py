"""Wrong storage: one line each that names field, value and what is allowed; and what a right one writes."""

import copy
from typing import Any

import pytest

from tests.scenario.test_malformed import refusal, setting
from vienv.core import arena
from vienv.core.enums import IncidentKind, StorageKind
from vienv.scenario import Worlds, load

GOOD: dict[str, Any] = {
    "name": "small",
    "hosts": [{"name": "esx", "count": 3, "server": "Dell 2950 III", "memory_gb": 16}],
    "datastores": [
        {"name": "san", "kind": "FC SAN", "gbps": 2, "capacity_gb": 100, "vaai": False, "paths": 4},
        {"name": "ip", "kind": "iSCSI SAN", "gbps": 1, "capacity_gb": 100, "initiator": "hardware"},
        {"name": "nas", "kind": "NFS", "gbps": 10},
        {"name": "disk", "kind": "local", "host": "esx-01", "capacity_gb": 100},
    ],
    "storage": {"disk_gb": 10, "thin": True},
    "vms": {"count": 3},
    "vm": [{"name": "a", "datastore": "san", "disk_gb": 60, "thin": False, "write_mb_s": 0.1}],
    "incidents": [
        {"kind": "path_failure", "host": "esx-02", "datastore": "san", "paths": 2, "at_s": 600, "duration_s": 600},
        {"kind": "vc_outage", "at_s": 600, "duration_s": 600},
    ],
}

CASES = [
    # (field path, value set, what the line must say)
    ("storage", 3, "dictionary"),
    ("storage.disk_gb", 0, "greater than 0"),
    ("storage.ip_payload", 1.5, "less than or equal to 1"),
    ("storage.hba_gbps", 3, "2, 4 or 8"),
    ("storage.nic_gbps", 2, "1 or 10"),
    ("storage.written_percent", 101, "less than or equal to 100"),
    ("storage.failover_s", -1, "greater than or equal to 0"),
    ("storage.share_nic", True, "unknown key"),
    ("storage.io_mb_s_per_ghz", -0.1, "greater than or equal to 0"),
    ("storage.io_mb_s_per_ghz", "much", "number"),
    ("storage.io_stall", 1.1, "less than or equal to 1"),
    ("storage.base_ms", 0, "greater than 0"),
    ("storage.base_ms", float("nan"), "finite"),
    ("storage.io_mb_s_per_gh", 1, "did you mean 'io_mb_s_per_ghz'?"),
    ("datastores.0.gbps", 10, "2 or 4 or 8 for FC SAN"),
    ("datastores.1.gbps", 4, "1 or 10 for iSCSI SAN"),
    ("datastores.3.gbps", 1, "nothing for local"),
    ("datastores.2.initiator", "software", "an iSCSI SAN only"),
    ("datastores.2.vaai", True, "FC SAN and iSCSI SAN only"),
    ("datastores.1.initiator", "softwar", "did you mean 'software'"),
    ("datastores.0.capacity_gb", 0, "greater than 0"),
    ("datastores.0.paths", 33, "less than or equal to 32"),
    ("vm.0.disk_gb", -1, "greater than 0"),
    ("vm.0.write_mb_s", -1, "greater than or equal to 0"),
    ("incidents.0.datastore", None, "a datastore for a path_failure"),
    ("incidents.0.datastore", "sna", "did you mean 'san'"),
    ("incidents.0.datastore", "disk", "a datastore that 'esx-02' reaches"),
    ("incidents.0.paths", 5, "at most the 4 paths"),
    ("incidents.0.duration_s", 0, "more than 0"),
    ("incidents.0.host", None, "a host's name"),
    ("incidents.1.datastore", "san", "for no other"),
    ("incidents.1.paths", 1, "of a path_failure only"),
]


@pytest.mark.parametrize(("path", "value", "allowed"), CASES, ids=[f"{p}={str(v)[:20]}" for p, v, _ in CASES])
def test_wrong_storage_is_refused_in_one_line(path: str, value: object, allowed: str):
    data = copy.deepcopy(GOOD)
    setting(path, value)(data)
    line = refusal(data)
    assert path in line, line
    assert allowed in line, line


def test_more_nfs_mounts_than_a_host_may_have_are_refused():
    data = copy.deepcopy(GOOD)
    data["datastores"][2]["count"] = 33
    assert "at most 32 NFS mounts a host" in refusal(data)


def test_words_about_storage_are_refused_where_nobody_reads_them():
    data = copy.deepcopy(GOOD)
    del data["storage"]
    assert "datastores.0.capacity_gb" in refusal(data)
    for group in data["datastores"]:
        for name in ("capacity_gb", "gbps", "initiator", "paths", "vaai"):
            group.pop(name, None)
    assert "vm.0.disk_gb" in refusal(data)
    data["vm"] = []
    assert "[storage]" in refusal(data)  # the path failure


def needing(disk_gb: float, datastores: list[dict[str, Any]], others: dict[str, float]) -> dict[str, Any]:
    """A scenario with a VM of that disk that names no datastore, beside others on the datastores that they name."""
    return {
        "name": "holes",
        "hosts": [{"name": "esx", "count": 4, "server": "Dell 2950 III", "memory_gb": 16}],
        "datastores": datastores,
        "storage": {},
        "vms": {"count": 0},
        "vm": [{"name": f"on-{name}", "datastore": name, "disk_gb": gb} for name, gb in others.items()]
        + [{"name": "new", "disk_gb": disk_gb}],
    }


LOCAL = [{"name": f"disk-{k}", "kind": "local", "host": f"esx-0{k}", "capacity_gb": 500} for k in range(1, 5)]
ON_LOCAL = {"disk-1": 300.0, "disk-2": 350.0, "disk-3": 400.0, "disk-4": 450.0}
"""60, 70, 80 and 90 % of 500 GB."""


def test_300_gb_find_no_hole_in_four_local_disks_with_500_gb_left_in_all_and_shared_storage_takes_them():
    with pytest.raises(ValueError, match="'new': needs 300 GB of disk, and the largest hole has 200 GB"):
        Worlds(load(needing(300.0, LOCAL, ON_LOCAL)))
    worlds = Worlds(load(needing(200.0, LOCAL, ON_LOCAL)))
    assert worlds._common.vms.datastore[4] == 0
    shared = needing(300.0, [{"name": "san", "capacity_gb": 2000}], {"san": 1500.0})
    volumes = arena.volumes_of(*_rows(Worlds(load(shared))))
    assert (volumes.capacity_mb - volumes.used_mb).tolist() == [200.0 * 1024]


def test_disks_that_do_not_fit_on_the_datastore_that_they_name_are_refused():
    with pytest.raises(ValueError, match="'on-disk-1': needs 600 GB of disk, and datastore 'disk-1' has 500 GB left"):
        Worlds(load(needing(10.0, LOCAL, {"disk-1": 600.0})))


def test_vms_that_name_no_datastore_go_where_most_space_is_left():
    worlds = Worlds(load(copy.deepcopy(GOOD)))
    assert worlds._common.vms.datastore.tolist() == [0, 2, 2, 2]  # the NFS share is not limited


def _rows(worlds: Worlds) -> tuple[Any, ...]:
    return worlds._common.floats, worlds._common.ints, worlds.spans


def test_storage_is_written_as_the_scenario_says():
    worlds = Worlds(load(copy.deepcopy(GOOD)))
    volumes, lines = arena.volumes_of(*_rows(worlds)), arena.lines_of(*_rows(worlds))
    incidents, fabric = arena.incidents_of(*_rows(worlds)), arena.fabric_of(*_rows(worlds))
    assert volumes.kind.tolist() == [StorageKind.FC, StorageKind.ISCSI, StorageKind.NFS, StorageKind.LOCAL]
    assert lines.line_mb_s.tolist() == [0.0] * 3 + [125.0] * 3 + [400.0] * 3 + [200.0, 115.0, 1150.0, 80.0]
    assert volumes.mhz_per_mb_s.tolist() == [0.9, 1.7, 8.7, 0.9]
    assert volumes.used_mb.tolist() == [60 * 1024, 0.0, 15 * 1024, 0.0]
    assert fabric.paths_left.reshape(3, 4)[:2].tolist() == [[4, 2, 2, 1], [4, 2, 2, 0]]
    assert (incidents.kind[0], incidents.datastore[0], incidents.number[0]) == (IncidentKind.PATH_FAILURE, 0, 2)
    assert volumes.reservation_s.tolist() == [0.5, 0.5 if worlds.scenario.profile == "vi3" else 0.0, 0.0, 0.0]


def test_a_scenario_without_storage_pays_for_none():
    worlds = Worlds(load({"name": "bare", "hosts": GOOD["hosts"], "vms": {"count": 3}}))
    sizes = worlds.sizes
    assert (sizes.volumes, sizes.disks, sizes.adapters, sizes.copies) == (0, 0, 0, 0)
    assert arena.clock_of(*_rows(worlds)).has_more[0] == 0


def test_guests_io_has_rows_where_a_scenario_asks_for_it_and_none_else():
    for io_mb_s_per_ghz in (0.0, 0.5):
        data = copy.deepcopy(GOOD)
        data["storage"]["io_mb_s_per_ghz"] = io_mb_s_per_ghz
        worlds = Worlds(load(data))
        num_vms = len(worlds.vm_names)
        assert worlds.sizes.io_vms == (num_vms if io_mb_s_per_ghz else 0)
        params = arena.storage_params_of(worlds._common.floats, worlds._common.ints, worlds.spans)
        assert (params.io_mb_s_per_ghz, params.base_ms) == (io_mb_s_per_ghz, 5.0)
