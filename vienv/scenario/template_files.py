"""The files' part of what all worlds share: templates, clones to come, and identities."""

import numpy as np

from vienv.core import state
from vienv.core.params import FileParams
from vienv.core.state import NEVER
from vienv.scenario.clones import clone_names
from vienv.scenario.inventory import MB_PER_GB, Inventory
from vienv.scenario.profiles import PROFILES
from vienv.scenario.rows import Rows
from vienv.scenario.schema import Scenario
from vienv.scenario.schema_orders import FileOrder
from vienv.scenario.space import used_mb_of


def has_files(scenario: Scenario) -> bool:
    """Whether there are orders on VMs' files, so that these are looked at one by one."""
    return any(isinstance(order, FileOrder) for order in scenario.orders)


def file_params_of(scenario: Scenario) -> FileParams:
    """Settings of the files' part."""
    files, profile = scenario.files, PROFILES[scenario.profile]
    return FileParams(
        customization_s=files.customization_s,
        linked_clone_s=files.linked_clone_s,
        create_stun_s=files.create_stun_s,
        commit_stun_least_s=files.commit_stun_least_s,
        commit_stun_most_s=files.commit_stun_most_s,
        commit_stun_s_per_mb=files.commit_stun_s_per_gb / MB_PER_GB,
        host_units=profile.host_units,
        copy_host_units=profile.copy_host_units,
        storage_vmotion_host_units=profile.storage_vmotion_host_units,
        storage_vmotion_datastore_units=profile.storage_vmotion_datastore_units,
        moves_by_snapshot=int(profile.storage_vmotion == "snapshot"),
    )


def write_files(rows: Rows, scenario: Scenario, inventory: Inventory) -> None:
    """Write files and identities; templates and clones to come are not there as VMs."""
    if not has_files(scenario) or scenario.storage is None:
        return
    files, identities, storage = rows.view(state.Files), rows.view(state.Identities), scenario.storage
    for field in (files.snapshot_at_s, files.lost_at_s, files.backed_up_at_s):
        field[:] = NEVER
    files.stunned_from_s[:] = files.stunned_until_s[:] = -NEVER
    files.small_mb[:] = scenario.files.small_mb
    rates = [storage.write_mb_s if e.write_mb_s is None else e.write_mb_s for e in scenario.vm]
    files.write_mb_s[:] = rates + [storage.write_mb_s] * scenario.vms.count
    identities.own[:] = identities.identity[:] = np.arange(len(inventory.vm_names))
    disks, volumes, to_come = rows.view(state.Disks), rows.view(state.Volumes), set(clone_names(scenario))
    for v, entry in enumerate(scenario.vm):
        if entry.is_template or entry.name in to_come:
            rows.vms.arrives_at_s[v] = NEVER
        if entry.name in to_come:
            disks.written_mb[v] = 0.0
    volumes.used_mb[:] = used_mb_of(rows.vms.datastore, disks.written_mb, volumes.used_mb.size)
