"""Random inventories of all kinds, as scenarios that the real loader takes, and the worlds that it writes of them.

Small and eventful: two to five hosts, up to ten VMs, and within twenty minutes whatever the scenario's sections can
say. All is drawn from a seed; what the loader refuses, or has no room for, is drawn again.
"""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from tests.clusters import snake
from vienv.core import arena
from vienv.scenario import Scenario, ScenarioError, load
from vienv.scenario.generate import Worlds
from vienv.scenario.profiles import PROFILES
from vienv.scenario.profiles_ha import HA_PROFILES

TELLING_S = 1200.0
"""Incidents and orders fall before."""
MOST_DRAWS = 200
ANCHORED: dict[str, Any] = {"name": "inventory", "duration_h": 1, "interval_s": 100.0}
FILE_ORDERS = ["snapshot", "commit", "backup", "backup", "storage_vmotion", "delete_disk", "restore", "retire"]
WATTS = [100.0, 105.0, 112.0, 118.0, 126.0, 133.0, 141.0, 150.0, 160.0, 171.0, 183.0]


class Drawn(NamedTuple):
    """An inventory: what was said, its scenario, and what makes its worlds."""

    said: dict[str, Any]
    scenario: Scenario
    worlds: Worlds


def inventory(seed: int, kinds: Sequence[str] | None = None) -> Drawn:
    """The seed's inventory; with `kinds` only such incidents befall it, and neither random failures nor orders."""
    for attempt in range(MOST_DRAWS):
        rng = np.random.default_rng([seed, attempt])
        said = _said(rng)
        if kinds is not None:
            said = _spared(rng, said, kinds)
        try:
            scenario = load(said)
            return Drawn(said, scenario, Worlds(scenario))
        except ScenarioError as error:
            last = error
    raise AssertionError(f"no scenario in {MOST_DRAWS} draws: {last}")


def world(drawn: Drawn, number: int = 0) -> SimpleNamespace:
    """World `number` as views by name, as `tests.clusters.cluster` gives them, and its rows."""
    worlds = drawn.worlds
    c = SimpleNamespace(floats=np.zeros(worlds.num_floats), ints=np.zeros(worlds.num_ints, np.int64))
    c.spans, c.sizes, c.drawn = worlds.spans, worlds.sizes, drawn
    worlds.write(c.floats, c.ints, "test", number)
    for kind in arena.KINDS:
        name = snake(kind.__name__)
        setattr(c, name.removesuffix("_params"), getattr(arena, f"{name}_of")(c.floats, c.ints, c.spans))
    return c


def _said(rng: np.random.Generator) -> dict[str, Any]:
    """A scenario as its file would say it, perhaps one that the loader refuses."""
    profile = str(rng.choice(list(PROFILES)))
    said: dict[str, Any] = {**ANCHORED, "profile": profile, "limits": "none"}
    said["demand"] = {"mean_load": float(rng.uniform(0.2, 0.9)), "imbalance_least": 0.0, "imbalance_most": 10.0}
    said["memory"] = {"dirty_median_mb_s": float(rng.choice([2.0, 40.0])), "balloon_mb_s": 5.0, "swap_in_mb_s": 2.0}
    said["vmotion"] = {"setup_s": float(rng.uniform(0.0, 60.0))}
    said["power"] = {"wake_failure_percent": 20, "wake_repair_s": 200.0}
    said["hosts"] = _hosts(rng, profile)
    hosts = host_names(said)
    if rng.random() < 0.7:
        said["storage"] = _storage(rng)
    said["datastores"] = _datastores(rng, hosts, "storage" in said)
    said["networks"] = {"management_uplinks": int(rng.integers(1, 3)), "vm_failover_s": 7.0}
    said["ha"] = _ha(rng, profile, hosts)
    said["pools"] = _pools(rng) if rng.random() < 0.5 else []
    if not said["pools"] and rng.random() < 0.4:
        for group in said["hosts"]:
            group["cluster"] = "old" if group["name"] == "old" else "new"
    said["vm"] = _vms(rng, said, hosts)
    said["vms"] = {"count": int(rng.integers(1, 4)), "memory_gb": [0.5], "arriving_percent": float(rng.choice([0, 40]))}
    said["rules"] = _rules(rng, profile, said["vm"], hosts)
    said["sessions"] = [{"vm": "vm-001", "count": 9, "timeout_s": 2.0}] if rng.random() < 0.3 else []
    said["virtualcenter"] = {"direct_power_on": bool(rng.random() < 0.3), "tasks_at_a_time": int(rng.integers(1, 4))}
    said["drs"] = {"automation": str(rng.choice(["manual", "partial", "full"]))} if rng.random() < 0.5 else {}
    said["racks"] = [{"name": "left", "hosts": hosts[:2]}]
    if rng.random() < 0.3:
        said["racks"][0] |= {"mtbf_days": 0.02, "repair_h": 0.05}
    said["incidents"] = _incidents(rng, said, hosts)
    said["orders"] = _host_orders(rng, hosts) + _file_orders(rng, said, hosts)
    said["files"] = {"customization_s": 60.0}
    return said


def _spared(rng: np.random.Generator, said: dict[str, Any], kinds: Sequence[str]) -> dict[str, Any]:
    """The same scenario where nothing is planned and only incidents of these kinds happen."""
    vms = [vm for vm in said["vm"] if vm["name"] != "gold"]
    spared = said | {"vm": vms, "orders": [], "incidents": []}
    spared["power"] = {"wake_failure_percent": 0}
    spared["racks"] = [{"name": "left", "hosts": host_names(said)[:2]}]
    spared["ha"] = {name: value for name, value in said["ha"].items() if name != "host_mtbf_days"}
    hosts = host_names(said)
    spared["incidents"] = [_incident(rng, said, hosts, kind) for kind in kinds for _ in range(2)]
    return spared


def host_names(said: dict[str, Any]) -> list[str]:
    """Names of the hosts of all groups."""
    return [f"{group['name']}-{k + 1:02d}" for group in said["hosts"] for k in range(group["count"])]


def _hosts(rng: np.random.Generator, profile: str) -> list[dict[str, Any]]:
    """One or two groups of small hosts, some of another CPU class, without a fast VMkernel network, or hosted."""
    groups = [_group(rng, name) for name in ("esx", "old")[: int(rng.integers(1, 3))]]
    if PROFILES[profile].console_mb and rng.random() < 0.3:
        groups[0]["console_mb"] = 300.0
    if rng.random() < 0.25:
        hosted = {
            **groups[0],
            "name": "server",
            "count": 1,
            "hypervisor": "hosted",
            "drivers": ["fax"][: rng.integers(2)],
        }
        hosted.pop("vmkernel_mbps")
        hosted.pop("console_mb", None)
        groups.append(hosted)
    return groups


def _group(rng: np.random.Generator, name: str) -> dict[str, Any]:
    return {
        "name": name,
        "count": int(rng.integers(2, 4)),
        "cores": 2,
        "core_mhz": 2500.0,
        "power_w": WATTS,
        "memory_gb": float(rng.choice([3.0, 4.0, 6.0])),
        "cpu_class": str(rng.choice(["a", "a", "a", "b"])),
        "vmkernel_mbps": float(rng.choice([1000.0, 1000.0, 1000.0, 10_000.0, 100.0])),
        "boot_s": float(rng.integers(20, 240)),
        "shutdown_s": float(rng.integers(20, 100)),
    }


def _storage(rng: np.random.Generator) -> dict[str, Any]:
    return {
        "disk_gb": 2.0,
        "thin": bool(rng.random() < 0.6),
        "write_mb_s": float(rng.choice([0.05, 0.5])),
        "shares_nic": bool(rng.random() < 0.5),
        "failover_s": 30.0,
        "restarts_unreachable": bool(rng.random() < 0.5),
        "unreachable_s": 120.0,
        "local_mb_s": 20.0,
        "io_mb_s_per_ghz": float(rng.choice([0.0, 20.0])),
    }


def _datastores(rng: np.random.Generator, hosts: list[str], has_space: bool) -> list[dict[str, Any]]:
    """One that all reach, perhaps one that some reach, perhaps a local disk."""
    stores: list[dict[str, Any]] = [{"name": "lun", "kind": str(rng.choice(["FC SAN", "iSCSI SAN", "NFS"]))}]
    if rng.random() < 0.5:
        few = [str(name) for name in rng.permutation(hosts)[: max(1, len(hosts) - 1)]]
        stores.append({"name": "part", "kind": str(rng.choice(["FC SAN", "NFS"])), "reached_by": few})
    if rng.random() < 0.5:
        stores.append({"name": "disk", "kind": "local", "host": str(rng.choice(hosts))})
    if has_space:
        for store in stores:
            store["capacity_gb"] = float(rng.choice([10.0, 20.0, 100.0]))
    return stores


def _ha(rng: np.random.Generator, profile: str, hosts: list[str]) -> dict[str, Any]:
    roles = HA_PROFILES[profile]
    ha: dict[str, Any] = {
        "enabled": bool(rng.random() < 0.9),
        "admission": str(rng.choice(PROFILES[profile].admissions)),
        "failover_percent": 10.0,
        "guest_boot_s": float(rng.integers(25, 90)),
        "placement_s": float(rng.choice([0.0, 10.0])),
        "power_on_s": float(rng.choice([0.0, 3.0])),
        "heartbeats": bool(rng.random() < 0.5),
        "host_mtbf_days": float(rng.choice([0.02, 0.1])),
        "repair_median_h": 0.05,
        "repair_mean_h": 0.06,
    }
    if ha["admission"] == "failover-hosts":
        ha["failover_hosts"] = hosts[:1]
    if not ha["enabled"]:
        return ha | {"heartbeats": False}
    ha["monitoring"] = str(rng.choice(["off", "high"]))
    ha["io_window_s"] = 10.0
    if ha["heartbeats"]:
        ha["isolation_address"] = "10.0.0.1"
        ha["isolation_response"] = str(rng.choice(roles.isolation_responses))
    if roles.respects_apart:
        ha["respect_anti_affinity"] = bool(rng.random() < 0.5)
    return ha


def _pools(rng: np.random.Generator) -> list[dict[str, Any]]:
    """A tree of two levels, of CPU and of memory."""
    company = {"reservation_mhz": 3000.0, "memory_reservation_mb": float(rng.choice([0.0, 3000.0]))}
    guests = {"limit_mhz": 3000.0, "reservation_mhz": 500.0, "expandable": False, "memory_reservation_mb": 600.0}
    return [
        {"name": "company", **company},
        {"name": "staff", "parent": "company", "shares": "high", "reservation_mhz": 500.0, "memory_shares": "high"},
        {"name": "guests", "parent": "company", "memory_limit_mb": float(rng.choice([1500.0, 4000.0])), **guests},
    ]


def _vms(rng: np.random.Generator, said: dict[str, Any], hosts: list[str]) -> list[dict[str, Any]]:
    """Three to seven by name: with reservations, rules and pools, on every datastore, the last of them to arrive."""
    pools, stores = [pool["name"] for pool in said["pools"]], [store["name"] for store in said["datastores"]]
    vms: list[dict[str, Any]] = []
    num_vms = int(rng.integers(3, 8))
    for k in range(num_vms):
        vm: dict[str, Any] = {
            "name": f"app-{k}",
            "vcpus": int(rng.integers(1, 3)),
            "memory_gb": float(rng.choice([0.5, 1.0, 2.0])),
            "datastore": str(rng.choice(stores)),
            "cpu_reservation_mhz": float(rng.choice([0.0, 0.0, 400.0, 1500.0])),
            "restart_priority": str(rng.choice(["high", "medium", "low", "disabled"], p=[0.3, 0.4, 0.2, 0.1])),
        }
        vm["memory_reservation_mb"] = vm["memory_gb"] * float(rng.choice([0.0, 0.0, 512.0, 1024.0]))
        if pools and rng.random() < 0.7:
            vm["pool"] = str(rng.choice(pools[1:]))
        vms.append(vm)
    for vm in vms[:2]:
        vm["apart"] = "pair"
    if rng.random() < 0.5:
        vms[-2]["together"] = vms[-1]["together"] = "twins"
    vms[-1]["arrives_s"] = float(rng.uniform(50.0, 700.0))
    if said["hosts"][-1]["name"] == "server":
        vms[2] |= {"host": hosts[-1], "datastore": "lun", "device": "fax"}
    return vms


def _rules(rng: np.random.Generator, profile: str, vms: list[dict[str, Any]], hosts: list[str]) -> list[dict[str, Any]]:
    if not PROFILES[profile].has_host_rules or rng.random() < 0.5:
        return []
    rules = [{"name": "licence", "vms": [vms[0]["name"]], "hosts": hosts[:2]}]
    rules.append({"name": "near", "kind": "should_run_on", "vms": [vms[2]["name"]], "hosts": hosts[:1]})
    return [*rules, {"name": "never", "kind": "must_not_run_on", "vms": [vms[1]["name"]], "hosts": hosts[-1:]}]


def _incidents(rng: np.random.Generator, said: dict[str, Any], hosts: list[str]) -> list[dict[str, Any]]:
    """Up to six of any kind; two partitions never overlap."""
    kinds = ["host_failure", "rack_failure", "maintenance", "vc_outage", "link_failure", "link_failure"]
    kinds += ["guest_failure", "guest_failure"]
    kinds += ["path_failure", "path_failure"] if "storage" in said else []
    kinds += ["isolation_address_loss"] if said["ha"]["heartbeats"] else []
    kinds += ["os_reboot"] if said["hosts"][-1]["name"] == "server" else []
    incidents = [_incident(rng, said, hosts, str(kind)) for kind in rng.choice(kinds, int(rng.integers(1, 7)))]
    if len(hosts) >= 4 and rng.random() < 0.4:
        cut_off = [str(name) for name in rng.permutation(hosts)[:2]]
        incidents.append({**_when(rng), "kind": "partition", "hosts": cut_off})
    return incidents


def _incident(rng: np.random.Generator, said: dict[str, Any], hosts: list[str], kind: str) -> dict[str, Any]:
    incident: dict[str, Any] = {**_when(rng), "kind": kind}
    if kind == "rack_failure":
        return incident | {"rack": "left"}
    if kind == "guest_failure":
        return incident | {"vm": str(rng.choice([vm["name"] for vm in said["vm"]]))}
    if kind in ("vc_outage", "isolation_address_loss"):
        return incident
    incident["host"] = hosts[-1] if kind == "os_reboot" else str(rng.choice(hosts))
    if kind == "link_failure":
        incident["network"] = str(rng.choice(["management", "vmkernel", "vm"]))
    if kind == "management_failure":
        incident |= {"kind": "link_failure", "network": "management"}
    if kind == "path_failure":
        incident["datastore"] = "lun"
        incident |= {"paths": 1} if rng.random() < 0.3 else {}
    return incident


def _when(rng: np.random.Generator) -> dict[str, float]:
    return {"at_s": float(rng.uniform(30.0, TELLING_S)), "duration_s": float(rng.uniform(20.0, 500.0))}


def _host_orders(rng: np.random.Generator, hosts: list[str]) -> list[dict[str, Any]]:
    """Perhaps a patch of one host, and a host that joins or leaves."""
    orders: list[dict[str, Any]] = []
    if rng.random() < 0.3:
        patched = {"kind": "patch", "hosts": hosts[:2], "at_s": float(rng.uniform(0.0, 600.0)), "patch_s": 100.0}
        orders.append(patched)
    if rng.random() < 0.3:
        kind = str(rng.choice(["add_host", "remove_host"]))
        orders.append({"kind": kind, "hosts": [hosts[1]], "at_s": float(rng.uniform(0.0, 600.0))})
    return orders


def _file_orders(rng: np.random.Generator, said: dict[str, Any], hosts: list[str]) -> list[dict[str, Any]]:
    """Clones of a template, and work of every kind on the files of VMs by name."""
    if "storage" not in said or rng.random() < 0.4:
        return []
    gold = {"name": "gold", "is_template": True, "memory_gb": 1.0, "memory_reservation_mb": 1024.0, "disk_gb": 4.0}
    said["vm"].append({**gold, "datastore": "lun"})
    clones = {
        "kind": str(rng.choice(["clone", "clone", "linked_clone"])),
        "template": "gold",
        "name": "copy",
        "at_s": float(rng.uniform(0.0, 400.0)),
    }
    clones |= {"count": int(rng.integers(1, 4)), "customize": bool(rng.random() < 0.5)}
    clones |= {"host": str(rng.choice(hosts))} if rng.random() < 0.5 else {}
    orders = [clones]
    for _ in range(int(rng.integers(1, 6))):
        kind = str(rng.choice(FILE_ORDERS))
        subject = str(rng.choice(["app-0", "app-1", "app-2", "copy-01"]))
        order: dict[str, Any] = {"kind": kind, "vm": subject, "at_s": float(rng.uniform(0.0, 1000.0))}
        if kind in ("backup", "storage_vmotion"):
            order["datastore"] = str(rng.choice([store["name"] for store in said["datastores"]]))
        if kind == "backup":
            order["snapshot"] = bool(rng.random() < 0.5)
        orders.append(order)
    return orders
