"""Storage's part of what all worlds share: what datastores hold and carry, who reaches them by how many paths."""

import numpy as np

from vienv.core import state
from vienv.core.enums import NO_DATASTORE, StorageKind
from vienv.core.params import StorageParams
from vienv.core.state import NEVER
from vienv.scenario.inventory import Inventory
from vienv.scenario.profiles import PROFILES
from vienv.scenario.rows import Rows
from vienv.scenario.schema import Scenario
from vienv.scenario.schema_storage import DatastoreGroup, Storage
from vienv.scenario.space import capacity_mb_of, disks_mb_of, used_mb_of

MB_S_PER_GBPS = 125.0
"""Line speed of Ethernet."""
FC_MB_S_PER_GBPS = 100.0
"""File data of Fibre Channel: 200 MB/s on 2 Gb/s, 400 on 4."""
_KINDS = {
    "local": StorageKind.LOCAL,
    "FC SAN": StorageKind.FC,
    "iSCSI SAN": StorageKind.ISCSI,
    "NFS": StorageKind.NFS,
}
_FC_GBPS, _IP_GBPS, _PATHS = 4, 1, 2


def has_io(scenario: Scenario) -> bool:
    """Whether guests do I/O of their own."""
    return scenario.storage is not None and scenario.storage.io_mb_s_per_ghz > 0.0


def storage_params_of(scenario: Scenario) -> StorageParams:
    """Settings of guests' I/O."""
    storage = scenario.storage or Storage()
    return StorageParams(io_mb_s_per_ghz=storage.io_mb_s_per_ghz, io_stall=storage.io_stall, base_ms=storage.base_ms)


def paths_of(group: DatastoreGroup) -> int:
    """Paths from each host to a datastore of that group."""
    return group.paths or (1 if group.kind == "local" else _PATHS)


def write_storage(rows: Rows, scenario: Scenario, inventory: Inventory) -> None:
    """Write datastores, disks, lines and paths, and what incidents do to them."""
    scheduled = rows.view(state.Incidents)
    scheduled.datastore[:] = NO_DATASTORE
    if scenario.storage is None:
        return
    groups = [group for group in scenario.datastores for _ in range(group.count)]
    _write_volumes(rows, scenario, scenario.storage, groups)
    _write_disks(rows, scenario, scenario.storage)
    lines, adapters, fabric = rows.view(state.Lines), rows.view(state.Adapters), rows.view(state.Fabric)
    num_hosts = len(inventory.host_names)
    lines.line_mb_s[num_hosts : 2 * num_hosts] = scenario.storage.nic_gbps * MB_S_PER_GBPS
    lines.line_mb_s[2 * num_hosts : 3 * num_hosts] = scenario.storage.hba_gbps * FC_MB_S_PER_GBPS
    lines.line_mb_s[3 * num_hosts :] = [_line_mb_s(group, scenario.storage) for group in groups]
    adapters.failover_s[:], adapters.shares_nic[:] = scenario.storage.failover_s, scenario.storage.shares_nic
    adapters.vmotion_limit[:] = inventory.vmotion_limit
    adapters.paused_from_s[:] = adapters.paused_until_s[:] = -NEVER
    fabric.lost_at_s[:] = fabric.returned_at_s[:] = NEVER
    fabric.paths_left[:] = (inventory.is_reachable * [paths_of(group) for group in groups]).ravel()
    for k, incident in enumerate(sorted(scenario.incidents, key=lambda one: one.at_s)):
        if incident.kind == "path_failure" and incident.datastore is not None:
            scheduled.datastore[k] = d = inventory.datastore_names.index(incident.datastore)
            scheduled.number[k] = incident.paths or paths_of(groups[d])


def _write_volumes(rows: Rows, scenario: Scenario, storage: Storage, groups: list[DatastoreGroup]) -> None:
    volumes = rows.view(state.Volumes)
    volumes.capacity_mb[:], volumes.fills_at_s[:] = capacity_mb_of(scenario), NEVER
    for d, group in enumerate(groups):
        is_ip = group.kind in ("iSCSI SAN", "NFS")
        has_vaai = PROFILES[scenario.profile].has_vaai if group.vaai is None else group.vaai
        volumes.kind[d] = _KINDS[group.kind]
        volumes.payload[d] = storage.ip_payload if is_ip else 1.0
        volumes.reservation_s[d] = (
            storage.reservation_s if group.kind in ("FC SAN", "iSCSI SAN") and not has_vaai else 0
        )
        volumes.mhz_per_mb_s[d] = _mhz_per_mb_s(group, storage)


def _write_disks(rows: Rows, scenario: Scenario, storage: Storage) -> None:
    disks, volumes, datastore = rows.view(state.Disks), rows.view(state.Volumes), rows.vms.datastore
    disks.configured_mb[:], disks.written_mb[:], is_thin = disks_mb_of(scenario, storage)
    rates = [storage.write_mb_s if e.write_mb_s is None else e.write_mb_s for e in scenario.vm]
    disks.write_mb_s[:] = np.array(rates + [storage.write_mb_s] * scenario.vms.count) * is_thin
    disks.stopped_at_s[:] = NEVER
    volumes.used_mb[:] = used_mb_of(datastore, disks.written_mb, volumes.used_mb.size)


def _line_mb_s(group: DatastoreGroup, storage: Storage) -> float:
    """What a datastore of that group carries of file data, MB/s."""
    if group.kind == "local":
        return storage.local_mb_s
    if group.kind == "FC SAN":
        return (group.gbps or _FC_GBPS) * FC_MB_S_PER_GBPS
    return (group.gbps or _IP_GBPS) * MB_S_PER_GBPS * storage.ip_payload


def _mhz_per_mb_s(group: DatastoreGroup, storage: Storage) -> float:
    if group.kind == "local" or group.kind == "FC SAN":
        return storage.fc_mhz_per_mb_s
    return storage.hardware_mhz_per_mb_s if group.initiator == "hardware" else storage.software_mhz_per_mb_s
