"""Clusters to play in tests: a mixed scenario with everything that can refuse a command, and random legal play."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from vienv.core import arena
from vienv.core.enums import Term
from vienv.envs.vector_env import ClusterVectorEnv

QUIET: dict[str, Any] = {
    "name": "quiet",
    "duration_h": 3,
    "hosts": [{"count": 3, "server": "HP ML110 G5", "memory_gb": 8}],
    "vm": [{"name": f"web-{k}", "vcpus": 1, "memory_gb": 1, "load": 0.2 + 0.1 * k} for k in range(6)],
    "ha": {"admission": "off"},
    "demand": {"imbalance_least": 0.0, "imbalance_most": 10.0},
}
"""Constant demand, no failures: what happens is what the test does."""

MIXED: dict[str, Any] = {
    "name": "mixed",
    "duration_h": 6,
    "hosts": [
        {"name": "core", "count": 3, "server": "HP ML110 G5", "memory_gb": 8, "boot_s": 180},
        {"name": "burst", "count": 2, "server": "HP ML110 G3", "memory_gb": 4},
        {"name": "slow", "count": 1, "server": "HP ML110 G4", "memory_gb": 4, "vmkernel_mbps": 100},
    ],
    "datastores": [{"name": "lun"}, {"name": "disk", "kind": "local", "host": "core-01"}],
    "pools": [{"name": "gold", "shares": "high"}, {"name": "iron", "shares": "low", "limit_mhz": 3000}],
    "vm": [
        {"name": "local", "host": "core-01", "datastore": "disk", "memory_gb": 1},
        {"name": "pair-a", "host": "core-01", "apart": "pair", "memory_gb": 1},
        {"name": "pair-b", "host": "core-02", "apart": "pair", "memory_gb": 1},
        {"name": "twin-a", "host": "core-02", "together": "twin", "pool": "gold"},
        {"name": "twin-b", "host": "core-02", "together": "twin", "pool": "gold"},
        {"name": "large", "host": "core-03", "vcpus": 2, "memory_gb": 2, "memory_reservation_mb": 512},
        {"name": "batch", "host": "core-03", "pool": "iron", "restart_priority": "disabled"},
        {"name": "old", "host": "burst-01", "memory_gb": 1, "cpu_limit_mhz": 1000},
        {"name": "lone", "host": "slow-01", "memory_gb": 0.5},
        {"name": "late", "arrives_s": 1800, "memory_gb": 1},
    ],
    "incidents": [
        {"kind": "vc_outage", "at_s": 5400, "duration_s": 700},
        {"kind": "maintenance", "at_s": 7200, "duration_s": 3600, "host": "core-02"},
        {"kind": "host_failure", "at_s": 11000, "duration_s": 1800, "host": "core-01"},
    ],
    "ha": {"failures_tolerated": 1},
    "demand": {"imbalance_least": 0.0, "imbalance_most": 10.0, "mean_load": 0.3},
}
"""Two CPU classes, a host without a Gigabit VMkernel network, a local disk, rules, pools, an arrival, incidents."""

MOVED: dict[str, Any] = QUIET | {
    "name": "moved",
    "datastores": [{"name": "lun"}, {"name": "disk", "kind": "local", "host": "esx-01"}],
    "storage": {"disk_gb": 20, "io_mb_s_per_ghz": 20},
    "vm": [
        {"name": "web-0", "host": "esx-01", "datastore": "disk", "load": 0.5},
        *[
            {"name": f"web-{k}", "host": f"esx-0{k % 3 + 1}", "datastore": "lun", "load": 0.2 + 0.1 * k}
            for k in (1, 2, 3)
        ],
    ],
    "orders": [
        {"kind": "storage_vmotion", "vm": "web-0", "datastore": "lun", "at_s": 900},
        {"kind": "storage_vmotion", "vm": "web-1", "datastore": "disk", "at_s": 2100},
        {"kind": "backup", "vm": "web-2", "datastore": "lun", "at_s": 1200},
        {"kind": "patch", "hosts": ["esx-03"], "at_s": 6000},
    ],
}
"""Files that move off a local disk and back onto it, a backup, a patch, and guests that do I/O."""

LINKED: dict[str, Any] = {
    "name": "linked",
    "duration_h": 4,
    "hosts": [{"name": "esx", "count": 5, "server": "HP ML110 G5", "memory_gb": 8, "boot_s": 180}],
    "vms": {"count": 10},
    "vm": [{"name": f"late-{k}", "arrives_s": 3300.0 + 300.0 * k} for k in range(3)],
    "incidents": [
        {"kind": "link_failure", "host": "esx-02", "network": "management", "at_s": 250, "duration_s": 2000},
        {"kind": "link_failure", "host": "esx-03", "network": "vmkernel", "at_s": 610, "duration_s": 1500},
        {"kind": "vc_outage", "at_s": 3000, "duration_s": 1500},
        {"kind": "partition", "hosts": ["esx-04", "esx-05"], "at_s": 4000, "duration_s": 2500},
        {"kind": "host_failure", "at_s": 4200, "duration_s": 1800, "host": "esx-01"},
    ],
    "virtualcenter": {"direct_power_on": True},
    "demand": {"imbalance_least": 0.0, "imbalance_most": 10.0},
}
"""Links that fail, a partition, and an outage in which VMs are powered on at the hosts themselves."""

KEPT: dict[str, Any] = {
    "name": "kept",
    "profile": "vs5",
    "duration_h": 4,
    "hosts": [{"name": "esx", "count": 5, "server": "HP ML110 G5", "memory_gb": 8, "boot_s": 180}],
    "vms": {"count": 9},
    "vm": [{"name": "late", "arrives_s": 1500.0}],
    "ha": {"heartbeats": True, "admission": "failover-hosts", "failover_hosts": ["esx-05"], "monitoring": "high"},
    "incidents": [
        {"kind": "host_failure", "at_s": 900, "duration_s": 1800, "host": "esx-01"},
        {"kind": "guest_failure", "at_s": 2400, "duration_s": 600, "vm": "vm-003"},
        {"kind": "host_failure", "at_s": 4200, "duration_s": 1800, "host": "esx-05"},
    ],
    "demand": {"imbalance_least": 0.0, "imbalance_most": 10.0},
}
"""A host that is kept for HA's restarts, takes some, and dies itself."""


RULED: dict[str, Any] = {
    "name": "ruled",
    "profile": "vs41",
    "duration_h": 6,
    "hosts": [{"name": "esx", "count": 4, "server": "HP ML110 G5", "memory_gb": 8, "boot_s": 180}],
    "pools": [
        {"name": "guests", "parent": "all", "reservation_mhz": 500, "expandable": False},
        {"name": "all", "reservation_mhz": 2000},
        {"name": "staff", "parent": "all"},
    ],
    "rules": [
        {"name": "licences", "vms": ["db-a", "db-b"], "hosts": ["esx-01", "esx-02"]},
        {"name": "quiet", "kind": "must_not_run_on", "vms": ["build"], "hosts": ["esx-01"]},
    ],
    "vm": [
        {"name": "db-a", "apart": "db", "pool": "staff"},
        {"name": "db-b", "apart": "db", "pool": "staff", "cpu_reservation_mhz": 400},
        {"name": "build", "vcpus": 2},
        {"name": "plain"},
        {"name": "visitor-a", "pool": "guests", "cpu_reservation_mhz": 300, "arrives_s": 600},
        {"name": "visitor-b", "pool": "guests", "cpu_reservation_mhz": 300, "arrives_s": 600},
    ],
    "orders": [
        {"kind": "add_host", "hosts": ["esx-04"], "at_s": 3600},
        {"kind": "patch", "hosts": ["esx-03", "esx-04"], "at_s": 5400, "patch_s": 300},
        {"kind": "remove_host", "hosts": ["esx-03"], "at_s": 14_400},
    ],
    "ha": {"failures_tolerated": 1},
    "demand": {"imbalance_least": 0.0, "imbalance_most": 10.0, "mean_load": 0.2},
}
"""VM-host rules, pools in a pool of which one may not borrow, a host that joins, patches, and a host that leaves."""

HOSTED: dict[str, Any] = {
    "name": "hosted",
    "duration_h": 6,
    "hosts": [
        {"name": "server", "count": 2, "server": "HP ML110 G5", "memory_gb": 4, "hypervisor": "hosted", "boot_s": 180},
        {"name": "esx", "count": 3, "server": "HP ML110 G5", "memory_gb": 8, "boot_s": 180},
    ],
    "datastores": [{"name": "lun"}, {"name": "disk", "kind": "local", "host": "server-01"}],
    "vm": [
        {"name": "fax", "host": "server-01", "datastore": "disk", "device": "fax-card"},
        {"name": "shop", "host": "server-02", "device": "dongle", "arrives_s": 600},
        *({"name": f"web-{k}", "host": f"esx-0{k % 3 + 1}"} for k in range(5)),
    ],
    "racks": [{"name": "left", "hosts": ["esx-01", "server-02"]}],
    "incidents": [
        {"kind": "os_reboot", "host": "server-01", "at_s": 3610, "duration_s": 300},
        {"kind": "rack_failure", "rack": "left", "at_s": 9000, "duration_s": 1200},
    ],
    "ha": {"failures_tolerated": 1},
    "demand": {"imbalance_least": 0.0, "imbalance_most": 10.0, "mean_load": 0.2},
}
"""Two hosted hypervisors beside three ESX hosts; one's operating system is rebooted, and a rack of both kinds fails."""

CLUSTERED: dict[str, Any] = {
    "name": "clustered",
    "profile": "vs5",
    "duration_h": 6,
    "hosts": [
        {"name": "shop", "count": 3, "server": "HP ML110 G5", "memory_gb": 8, "boot_s": 180, "cluster": "A"},
        {"name": "office", "count": 2, "server": "HP ML110 G5", "memory_gb": 8, "boot_s": 180, "cluster": "B"},
        {"name": "new", "count": 1, "server": "HP ML110 G5", "memory_gb": 4, "boot_s": 180, "cluster": "B"},
    ],
    "vms": {"count": 6},
    "vm": [
        {"name": "pair-a", "host": "shop-01", "apart": "pair"},
        {"name": "pair-b", "host": "shop-02", "apart": "pair"},
        {"name": "large", "host": "office-01", "memory_gb": 4, "memory_reservation_mb": 3500},
        *({"name": f"late-{k}", "arrives_s": 1800.0, "memory_reservation_mb": 900} for k in range(3)),
    ],
    "incidents": [
        {"kind": "maintenance", "at_s": 3600, "duration_s": 3600, "host": "shop-02"},
        {"kind": "host_failure", "at_s": 9000, "duration_s": 1800, "host": "office-02"},
    ],
    "ha": {"admission": "slots", "failures_tolerated": 1, "heartbeats": True},
    "demand": {"imbalance_least": 0.0, "imbalance_most": 10.0, "mean_load": 0.3},
}
"""Two clusters of three hosts, B with large slots: admission control, arrivals that either may take, incidents."""

STORED: dict[str, Any] = {
    "name": "stored",
    "profile": "vs6",
    "duration_h": 4,
    "evc": "Intel Core 65 nm",
    "hosts": [
        {"name": "old", "count": 2, "server": "HP ML110 G5", "memory_gb": 8, "boot_s": 180},
        {"name": "new", "count": 2, "server": "Dell 2950 III", "memory_gb": 8, "boot_s": 180},
    ],
    "datastores": [
        {"name": "san", "capacity_gb": 120},
        {"name": "nfs", "kind": "NFS", "capacity_gb": 60},
        {"name": "disk", "kind": "local", "host": "new-01", "capacity_gb": 60},
    ],
    "storage": {"disk_gb": 4, "thin": True, "write_mb_s": 0.5, "restarts_unreachable": True, "shares_nic": True},
    "vm": [
        {"name": "gold", "is_template": True, "disk_gb": 4, "datastore": "nfs"},
        *({"name": f"san-{k}", "datastore": "san", "disk_gb": 20, "host": "old-01"} for k in range(5)),
        *({"name": f"nfs-{k}", "datastore": "nfs", "disk_gb": 20, "memory_gb": 0.5} for k in range(3)),
        {"name": "local", "host": "new-01", "datastore": "disk"},
    ],
    "orders": [
        {"kind": "clone", "template": "gold", "name": "copy", "count": 2, "customize": True, "at_s": 400},
        {"kind": "backup", "vm": "san-0", "datastore": "nfs", "at_s": 900, "snapshot": False},
        {"kind": "backup", "vm": "san-1", "datastore": "nfs", "at_s": 900},
        {"kind": "delete_disk", "vm": "san-1", "at_s": 4000},
        {"kind": "restore", "vm": "san-1", "at_s": 4500},
        {"kind": "retire", "vm": "nfs-0", "at_s": 5000},
    ],
    "incidents": [
        {"kind": "path_failure", "host": "old-01", "datastore": "san", "at_s": 310, "duration_s": 1500},
        {"kind": "path_failure", "host": "old-02", "datastore": "nfs", "paths": 1, "at_s": 610, "duration_s": 1000},
        {"kind": "host_failure", "host": "new-02", "at_s": 6000, "duration_s": 900},
    ],
    "ha": {"failures_tolerated": 1},
    "demand": {"imbalance_least": 0.0, "imbalance_most": 10.0, "mean_load": 0.2},
}
"""Three kinds of datastore, thin disks that fill one, paths that fail, files that are copied, lost and brought back,
clones that wait for a host, and two generations of servers under EVC."""


def clusters(num_envs: int = 1, scenario: Any = "lab", mode: str = "Disabled", **settings: Any) -> ClusterVectorEnv:
    """A batch that never resets by itself, on lab unless told otherwise."""
    return ClusterVectorEnv(num_envs, scenario, autoreset_mode=mode, **settings)


def legal_action(mask: np.ndarray, draws: np.random.Generator, commit: float = 0.4) -> int:
    """0 with probability commit, else any of the legal commands."""
    commands = 1 + np.flatnonzero(mask[1:])
    return 0 if commands.size == 0 or draws.random() < commit else int(draws.choice(commands))


def actions(env: ClusterVectorEnv, draws: list[np.random.Generator], commit: float = 0.4) -> np.ndarray:
    """One random legal action for each cluster, each from a stream of its own."""
    return np.array([legal_action(mask, draw, commit) for mask, draw in zip(env.action_masks(), draws, strict=True)])


def visited(env: ClusterVectorEnv, steps: int, seed: int = 0) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Copies of the two rows of a batch of one, along random legal play."""
    env.reset(seed=seed)
    draws = [np.random.default_rng(seed)]
    for _ in range(steps):
        yield copy_of(env)
        _, _, terminations, truncations, _ = env.step(actions(env, draws))
        if terminations[0] or truncations[0]:
            return


def copy_of(env: ClusterVectorEnv, e: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """A snapshot: copies of one cluster's two rows."""
    floats, ints, _ = env.rows(e)
    return floats.copy(), ints.copy()


def put_back(env: ClusterVectorEnv, rows: tuple[np.ndarray, np.ndarray], e: int = 0) -> None:
    """Continue from a snapshot."""
    floats, ints, _ = env.rows(e)
    floats[:], ints[:] = rows


def bytes_without_counters(rows: tuple[np.ndarray, np.ndarray], spans: np.ndarray) -> bytes:
    """The rows less what a refused command may write: its counter and the last step's outcome."""
    floats, ints = rows[0].copy(), rows[1].copy()
    ledger, outcome = arena.ledger_of(floats, ints, spans), arena.outcome_of(floats, ints, spans)
    ledger.step[:] = 0.0
    ledger.episode[Term.REFUSED_COMMANDS] = 0.0
    outcome.refusal[0] = 0
    outcome.reward[0] = outcome.elapsed_s[0] = 0.0
    return floats.tobytes() + ints.tobytes()


def digest_parts(observation: Any) -> bytes:
    """An observation's bytes, dict or flat."""
    if isinstance(observation, dict):
        return b"".join(observation[name].tobytes() for name in observation)
    return observation.tobytes()
