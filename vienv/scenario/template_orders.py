"""Administrators' orders as all worlds of a scenario share them: one task a clone, a VM or a host."""

from vienv.core import state
from vienv.core.enums import NO_HOST, NO_VM, OrderKind, PowerState
from vienv.core.state import NEVER
from vienv.scenario.inventory import Inventory, hosts_in_groups, numbered
from vienv.scenario.rows import Rows
from vienv.scenario.schema import Scenario
from vienv.scenario.schema_orders import (
    AddHost,
    Backup,
    CarriedOrder,
    Clone,
    FileOrder,
    HostOrder,
    Order,
    Patch,
    RemoveHost,
    StorageVmotion,
)


def num_orders(scenario: Scenario) -> int:
    """Tasks of all orders."""
    index = hosts_in_groups(scenario)
    return sum(len(_subjects(order, index)) for order in scenario.orders)


def write_orders(rows: Rows, scenario: Scenario, inventory: Inventory) -> None:
    """Write tasks by time, those of one order in its order; hosts that join are absent at first and draw nothing."""
    orders, copies, index, k = rows.view(state.Orders), rows.view(state.Copies), hosts_in_groups(scenario), 0
    orders.began_at_s[:] = orders.ended_at_s[:] = NEVER
    orders.host[:], orders.vm[:] = NO_HOST, NO_VM
    for field in (copies.requested_at_s, copies.started_at_s, copies.ended_at_s, copies.ends_at_s):
        field[:] = NEVER
    for n, order in enumerate(sorted(scenario.orders, key=lambda one: one.at_s)):
        for subject in _subjects(order, index):
            orders.kind[k], orders.at_s[k], orders.order[k] = OrderKind[order.kind.upper()], order.at_s, n
            if isinstance(order, HostOrder):
                _write_work(rows, order, int(subject), k)
            else:
                orders.vm[k] = inventory.vm_names.index(str(subject))
                _write_file_order(orders, order, inventory, k)
            k += 1


def _subjects(order: Order, index: dict[str, list[int]]) -> list[str] | list[int]:
    """Hosts' numbers, or VMs' names, that an order is about."""
    if isinstance(order, HostOrder):
        return [h for name in order.hosts for h in index[name]]
    return numbered(order.name, order.count) if isinstance(order, Clone) else [order.vm]


def _write_work(rows: Rows, order: HostOrder, h: int, k: int) -> None:
    orders, hosts = rows.view(state.Orders), rows.hosts
    orders.host[k] = h
    if isinstance(order, Patch):
        orders.lasts_s[k] = order.patch_s
    if isinstance(order, AddHost):
        orders.standby_w[k], hosts.standby_w[h] = hosts.standby_w[h], 0.0
        hosts.power_state[h] = PowerState.ABSENT
    if isinstance(order, Patch | RemoveHost):
        orders.at_once[k] = order.at_once


def _write_file_order(orders: state.Orders, order: FileOrder, inventory: Inventory, k: int) -> None:
    if isinstance(order, CarriedOrder) and order.host is not None:
        orders.host[k] = inventory.host_names.index(order.host)
    if isinstance(order, Clone):
        orders.source[k], orders.option[k] = inventory.vm_names.index(order.template), order.customize
    elif isinstance(order, Backup):
        orders.option[k] = order.snapshot
    if isinstance(order, Backup | StorageVmotion):
        orders.datastore[k] = inventory.datastore_names.index(order.datastore)
