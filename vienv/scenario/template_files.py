"""The files' part of what all worlds share: templates, clones to come, identities, and administrators' orders."""

import numpy as np

from vienv.core import state
from vienv.core.enums import NO_HOST, OrderKind
from vienv.core.params import FileParams
from vienv.core.state import NEVER
from vienv.scenario.clones import clone_names, names_of
from vienv.scenario.inventory import MB_PER_GB, Inventory
from vienv.scenario.rows import Rows
from vienv.scenario.schema import Scenario
from vienv.scenario.space import used_mb_of


def num_orders(scenario: Scenario) -> int:
    """Rows of orders: one a clone, one a VM else."""
    return sum(max(1, len(names_of(order))) for order in scenario.file_orders)


def file_params_of(scenario: Scenario) -> FileParams:
    """Settings of the files' part."""
    files = scenario.files
    return FileParams(
        tasks_at_a_time=files.tasks_at_a_time,
        customization_s=files.customization_s,
        create_stun_s=files.create_stun_s,
        commit_stun_least_s=files.commit_stun_least_s,
        commit_stun_most_s=files.commit_stun_most_s,
        commit_stun_s_per_mb=files.commit_stun_s_per_gb / MB_PER_GB,
    )


def write_files(rows: Rows, scenario: Scenario, inventory: Inventory) -> None:
    """Write files, identities and orders; templates and clones to come are not there as VMs."""
    if not scenario.file_orders or scenario.storage is None:
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
    _write_orders(rows, scenario, inventory)


def _write_orders(rows: Rows, scenario: Scenario, inventory: Inventory) -> None:
    """Write orders by time, clones of one order by number."""
    orders, copies, k = rows.view(state.Orders), rows.view(state.Copies), 0
    orders.began_at_s[:] = orders.ended_at_s[:] = NEVER
    orders.host[:] = NO_HOST
    for field in (copies.requested_at_s, copies.started_at_s, copies.ended_at_s, copies.ends_at_s):
        field[:] = NEVER
    for order in sorted(scenario.file_orders, key=lambda one: one.at_s):
        for name in names_of(order) or [order.vm or ""]:
            orders.kind[k], orders.at_s[k] = OrderKind[order.kind.upper()], order.at_s
            orders.vm[k] = inventory.vm_names.index(name)
            if order.template is not None:
                orders.source[k] = inventory.vm_names.index(order.template)
            if order.host is not None:
                orders.host[k] = inventory.host_names.index(order.host)
            if order.datastore is not None:
                orders.datastore[k] = inventory.datastore_names.index(order.datastore)
            is_chosen = order.customize if order.kind == "clone" else order.snapshot is not False
            orders.option[k] = int(is_chosen or False)
            k += 1
