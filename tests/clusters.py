"""Hand-made clusters for tests: everything ordinary, quiet and fault-free until a test says otherwise."""

from types import SimpleNamespace

import numpy as np

from vienv.core import arena, params
from vienv.core.enums import (
    NO_DATASTORE,
    NO_FEED,
    NO_GROUP,
    NO_HOST,
    NO_POOL,
    NO_VM,
    ONE_CLUSTER,
    AdmissionPolicy,
    Automation,
    StorageKind,
    VmState,
)
from vienv.core.state import NEVER

MB_PER_GB = 1024.0


def cluster(
    hosts: int = 2,
    vms: int = 2,
    datastores: int = 1,
    pools: int = 0,
    samples: int = 301,
    incidents: int = 0,
    **rows: int,
) -> SimpleNamespace:
    """A cluster of equal hosts (10,000 MHz, 16 GB) with idle 1-GB VMs, VM v on host v % hosts, one shared datastore.

    Returns views by name: clock, hosts, vms, pools, ... and floats, ints, spans (one row each). Settings are written by
    `settings`; vMotion runs at 117 MB/s over 1 GbE with setup 0; no failures; prices and tariff are the defaults.
    Parts that only some scenarios use are there if their `rows` are named: `networked_hosts=8`.
    """
    sizes = arena.Sizes(hosts, vms, datastores, pools, samples, 48, incidents, 16, **rows)
    spans, num_floats, num_ints = arena.spans_of(sizes)
    c = SimpleNamespace(floats=np.zeros(num_floats), ints=np.zeros(num_ints, np.int64), spans=spans, sizes=sizes)
    for kind in arena.KINDS:
        name = snake(kind.__name__)
        if hasattr(arena, f"{name}_of") and not name.endswith("params"):
            setattr(c, name, getattr(arena, f"{name}_of")(c.floats, c.ints, spans))
    _clock(c)
    _hosts(c)
    _vms(c)
    _networks(c)
    _failover(c)
    _storage(c)
    _files(c)
    settings(c)
    return c


def settings(c: SimpleNamespace, **changes: object) -> None:
    """Write all settings; `vmotion_setup_s=2.0` changes VmotionParams.setup_s, and so on. Views follow as c.<kind>."""
    for kind in (k for k in arena.KINDS if k.__module__ == params.__name__):
        name = snake(kind.__name__)
        short = name.removesuffix("_params")
        mine = {k.removeprefix(f"{short}_"): v for k, v in changes.items() if k.startswith(f"{short}_")}
        arena.write_params(c.floats, c.ints, c.spans, kind(**(_DEFAULTS[short] | mine)))
        setattr(c, short, getattr(arena, f"{name}_of")(c.floats, c.ints, c.spans))


_DEFAULTS: dict[str, dict[str, object]] = {
    "demand": {"sample_s": 300.0, "foresight_samples": 0},
    "cpu": {"swap_stall": 0.9, "vmotion_guest_slowdown": 0.1},
    "file": {
        "customization_s": 300.0,
        "linked_clone_s": 5.0,
        "create_stun_s": 0.5,
        "commit_stun_least_s": 1.0,
        "commit_stun_most_s": 7.0,
        "commit_stun_s_per_mb": 6.0 / (10 * MB_PER_GB),
        "host_units": 2,
        "copy_host_units": 0,
        "storage_vmotion_host_units": 1,
        "storage_vmotion_datastore_units": 1,
        "moves_by_snapshot": 0,
    },
    "storage": {"io_mb_s_per_ghz": 0.0, "io_stall": 0.9, "base_ms": 5.0},
    "memory": {
        "high_fraction": 0.06,
        "soft_fraction": 0.04,
        "hard_fraction": 0.02,
        "low_fraction": 0.01,
        "idle_tax": 0.75,
        "balloon_fraction": 0.65,
        "balloon_mb_s": 50.0,
        "swap_in_mb_s": 20.0,
        "share_scan_s": 3600.0,
    },
    "vmotion": {
        "payload_fraction": 0.936,
        "minimum_mbps": 1000.0,
        "setup_s": 0.0,
        "fixed_downtime_s": 0.06,
        "stop_mb": 0.2,
        "stop_s": 0.0,
        "maximum_rounds": 30,
        "datastore_limit": 4,
        "has_sdps": 0,
        "sdps_ratio": 0.5,
        "cpu_core_fraction": 0.3,
        "cpu_core_fraction_10g": 1.0,
        "session_mbps_minimum": 0.0,
        "session_mb_s_most": NEVER,
        "queue_timeout_s": 900.0,
    },
    "power": {"wake_s": 5.0, "wake_failure_probability": 0.0, "wake_repair_s": 3600.0, "minimum_hosts_on": 1},
    "ha": {
        "is_enabled": 1,
        "declared_after_s": 15.0,
        "placement_s": 0.0,
        "guest_boot_s": 90.0,
        "restart_gap_s": 120.0,
        "restart_gap_maximum_s": 960.0,
        "restart_attempts": 5,
        "has_pending_retry": 0,
        "admission_policy": AdmissionPolicy.OFF,
        "failures_tolerated": 1,
        "failover_fraction": 0.25,
        "slot_mhz": 256.0,
        "slot_mb": 256.0,
        "failure_shape": 0.75,
        "failure_scale_s": 0.0,
        "repair_mu": 8.188689,
        "repair_sigma": 1.89,
        "has_master": 0,
        "leads_after_s": 35.0,
        "isolated_after_s": 13.0,
        "master_isolated_after_s": 13.0,
        "isolation_delay_s": 0.0,
        "guest_shutdown_s": 60.0,
        "starts_at_a_time": 32,
        "power_on_s": 0.0,
        "unreachable_after_s": NEVER,
        "wakes_for_capacity": 0,
        "respects_apart": 0,
        "monitoring_s": NEVER,
        "most_resets": 3,
        "reset_window_s": 3600.0,
    },
    "virtual_center": {
        "commands_per_host": 8,
        "receiver_limit": 0.95,
        "memory_idle_fraction": 0.25,
        "ranks_by_score": 0,
        "score_knee": 0.5,
        "score_loss": 0.1,
        "automation": Automation.MANUAL,
        "has_direct_power_on": 0,
        "tasks_at_a_time": 20,
    },
    "prices": {
        "imbalance_host_h": 0.10,
        "migration": 0.005,
        "unserved_cpu_ghz_h": 0.10,
        "unserved_memory_gb_h": 0.05,
        "vm_down_h": 1.0,
        "power_cycle": 0.02,
        "licence_host_day": 0.0,
        "interval_scale": 0.01,
    },
    "randomness": {"seed": 7},
}


def stir(c: SimpleNamespace) -> None:
    """Have the next tick work everything out anew, as after a change by hand."""
    c.hosts.still_ticks[:] = c.clock.still_ticks[:] = 0
    c.clock.next_event_s[0] = 0.0


def snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


def _clock(c: SimpleNamespace) -> None:
    clock = c.clock
    clock.tick_s[0], clock.duration_s[0] = 20.0, 86400.0
    clock.ticks_per_interval[0], clock.intervals_per_episode[0] = 15, 288
    clock.picked[0], clock.placement_changed[0] = NO_VM, 1
    clock.has_more[0] = int(any(getattr(c.sizes, part) for part in arena.Sizes._field_defaults))


def _hosts(c: SimpleNamespace) -> None:
    hosts = c.hosts
    hosts.cpu_capacity_mhz[:], hosts.core_mhz[:] = 10_000.0, 2_500.0
    hosts.memory_managed_mb[:] = 16 * MB_PER_GB
    hosts.memory_capacity_mb[:] = 0.94 * 16 * MB_PER_GB
    hosts.vmkernel_mbps[:], hosts.vmotion_limit[:] = 1000.0, 2
    hosts.cluster[:] = ONE_CLUSTER
    hosts.standby_w[:], hosts.boot_s[:], hosts.shutdown_s[:] = 15.0, 240.0, 60.0
    for name in ("ready_at_s", "repair_at_s", "next_failure_s", "fails_at_s", "severed_at_s"):
        getattr(hosts, name)[:] = NEVER
    hosts.maintenance_ends_s[:] = hosts.restores_at_s[:] = NEVER
    c.paths.is_reachable[:] = 1
    curve = np.linspace(200.0, 300.0, 11)  # idle 200 W, peak 300 W, straight
    c.power_curves.watts[:] = np.tile(curve, c.sizes.hosts)
    c.tariff.eur_per_kwh[:] = 0.20
    if c.sizes.pools:
        c.pools.shares[:], c.pools.limit_mhz[:] = 4000.0, NEVER
        c.pools.memory_shares[:], c.pools.memory_limit_mb[:] = 163_840.0, NEVER
        c.pools.parent[:] = NO_POOL


def _vms(c: SimpleNamespace) -> None:
    vms = c.vms
    vms.num_vcpus[:], vms.cpu_configured_mhz[:], vms.cpu_shares[:] = 1, 2_500.0, 1000.0
    vms.cpu_limit_mhz[:] = vms.memory_limit_mb[:] = NEVER
    vms.memory_mb[:] = vms.touched_mb[:] = MB_PER_GB
    vms.memory_shares[:], vms.overhead_mb[:] = 10 * MB_PER_GB, 124.0
    vms.active_base[:], vms.dirty_mb_s[:], vms.working_set_mb[:] = 0.2, 5.0, MB_PER_GB
    vms.up_at_s[:] = vms.restart_at_s[:] = NEVER
    vms.scanned_since_s[:] = -NEVER
    vms.pool[:], vms.restart_priority[:] = NO_POOL, 2
    vms.together_group[:] = vms.apart_group[:] = NO_GROUP
    vms.state[:] = VmState.RUNNING
    vms.host[:] = np.arange(c.sizes.vms) % c.sizes.hosts
    vms.by_host[:] = np.argsort(vms.host, kind="stable")
    c.migrations.source[:] = c.migrations.destination[:] = NO_HOST
    c.migrations.ended_at_s[:] = c.migrations.failed_at_s[:] = -NEVER
    c.waits.since_s[:] = NEVER
    c.recommendations.vm[:] = c.incidents.vm[:] = NO_VM
    c.incidents.datastore[:] = NO_DATASTORE


def _networks(c: SimpleNamespace) -> None:
    """Two management uplinks, one Gigabit VMkernel uplink and two of the VM network a host, all up."""
    c.incidents.ends_at_s[:] = NEVER
    networks = c.host_networks
    networks.management_up[:], networks.vmkernel_line_mbps[:] = 2, 1000.0
    networks.vmkernel_up[:] = networks.vmkernel_uplinks[:] = 1
    networks.vm_up[:] = networks.vm_uplinks[:] = 2
    networks.vm_failover_s[:] = 1.0
    networks.vm_lost_at_s[:] = c.reach.since_s[:] = NEVER
    c.reach.host[:] = NO_HOST
    networks.management_lost_at_s[:] = networks.parted_at_s[:] = c.host_knowledge.silent_since_s[:] = NEVER


def _failover(c: SimpleNamespace) -> None:
    """HA's agents hear one another; host 0 to 4 are primaries, none is master; all hosts reach all datastores."""
    protection, guests = c.protection, c.guests
    protection.declared_after_s[:], protection.most_datastores[:] = 15.0, c.sizes.datastores
    protection.leads_from_s[:] = protection.leads_until_s[:] = protection.responds_at_s[:] = NEVER
    protection.is_primary[:5] = 1
    c.feeds.next_failure_s[:], c.feeding.feed[:] = NEVER, NO_FEED
    for name in ("off_at_s", "contested_at_s", "silent_from_s", "reset_at_s"):
        getattr(guests, name)[:] = NEVER


def _storage(c: SimpleNamespace) -> None:
    """Fibre Channel of 2 Gb/s, unlimited, with VAAI; storage NICs of 1 GbE; one path each; thick disks of 10 GB."""
    volumes, disks, fabric = c.volumes, c.disks, c.fabric
    volumes.payload[:], volumes.capacity_mb[:], volumes.kind[:] = 1.0, NEVER, StorageKind.FC
    c.lines.line_mb_s[: 2 * c.sizes.adapters], c.lines.line_mb_s[2 * c.sizes.adapters :] = 125.0, 200.0
    fabric.lost_at_s[:] = fabric.returned_at_s[:] = volumes.fills_at_s[:] = NEVER
    fabric.paths_left[:], c.adapters.vmotion_limit[:] = 1, 2
    disks.configured_mb[:], disks.stopped_at_s[:] = 10 * MB_PER_GB, NEVER


def _files(c: SimpleNamespace) -> None:
    """Disks of 10 GB, each VM with its own identity, no snapshot, no backup; orders wait for nobody and no time."""
    c.orders.at_s[:] = c.orders.began_at_s[:] = c.orders.ended_at_s[:] = NEVER
    c.orders.host[:], c.orders.vm[:], c.orders.at_once[:] = NO_HOST, NO_VM, 1
    if c.sizes.filed_vms == 0:
        return
    files, identities = c.files, c.identities
    files.small_mb[:], c.disks.written_mb[:] = 10.0, 10 * MB_PER_GB
    c.volumes.used_mb[:1] = c.disks.written_mb.sum()
    for name in ("snapshot_at_s", "lost_at_s", "backed_up_at_s"):
        getattr(files, name)[:] = NEVER
    files.stunned_from_s[:] = files.stunned_until_s[:] = -NEVER
    identities.own[:] = identities.identity[:] = np.arange(c.sizes.filed_vms)
    identities.was_up[:] = 1
