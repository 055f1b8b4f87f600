"""What a scenario's orders must say of its VMs, hosts and datastores."""

from vienv.scenario.clones import clone_names, clones_of
from vienv.scenario.complaint import Complaint
from vienv.scenario.inventory import datastore_names_of, host_names_of, hosts_in_groups, vm_names_of
from vienv.scenario.schema import Scenario
from vienv.scenario.schema_basics import MOST_VMS
from vienv.scenario.schema_orders import (
    AddHost,
    Backup,
    CarriedOrder,
    Clone,
    FileOrder,
    HostOrder,
    RemoveHost,
    StorageVmotion,
    VmOrder,
)
from vienv.scenario.template_files import has_files

_S_PER_H = 3600.0


def times(scenario: Scenario, complaint: Complaint) -> None:
    """Refuse orders after the end."""
    duration_s = scenario.duration_h * _S_PER_H
    for k, order in enumerate(scenario.orders):
        if order.at_s >= duration_s:
            raise complaint(f"orders.{k}.at_s", order.at_s, f"below the episode's {duration_s:g} s")


def on_hosts(scenario: Scenario, complaint: Complaint) -> None:
    """Refuse work on hosts that do not exist, or that contradicts itself."""
    index, absent, removed = hosts_in_groups(scenario), set[int](), set[int]()
    for k, order in enumerate(scenario.orders):
        if not isinstance(order, HostOrder):
            continue
        place = f"orders.{k}"
        for i, name in enumerate(order.hosts):
            complaint.reference(f"{place}.hosts.{i}", name, "host", index)
        hosts = [h for name in order.hosts for h in index[name]]
        twice = len(set(hosts)) < len(hosts)
        twice |= bool(absent & set(hosts)) and isinstance(order, AddHost)
        twice |= bool(removed & set(hosts)) and isinstance(order, RemoveHost)
        if twice:
            raise complaint(f"{place}.hosts", order.hosts, "hosts that are named once, and join or leave once")
        absent |= set(hosts) if isinstance(order, AddHost) else set()
        removed |= set(hosts) if isinstance(order, RemoveHost) else set()
    if len(absent) == len(host_names_of(scenario)):
        raise complaint("orders", [order.kind for order in scenario.orders], "a host that is there from the start")
    for k, vm in enumerate(scenario.vm):
        if vm.host is not None and vm.arrives_s <= 0.0 and index[vm.host][0] in absent:
            raise complaint(f"vm.{k}.host", vm.host, "a host that is there from the start")


def on_files(scenario: Scenario, complaint: Complaint) -> None:
    """Refuse orders on VMs, hosts and datastores that do not exist, and on files without storage."""
    hosts, datastores = host_names_of(scenario), datastore_names_of(scenario)
    if scenario.files.commit_stun_most_s < scenario.files.commit_stun_least_s:
        raise complaint("files.commit_stun_most_s", scenario.files.commit_stun_most_s, "commit_stun_least_s or more")
    for k, order in enumerate(scenario.orders):
        if not isinstance(order, FileOrder):
            continue
        place = f"orders.{k}"
        if scenario.storage is None:
            raise complaint(f"{place}.kind", order.kind, "nothing without a [storage] section")
        if isinstance(order, CarriedOrder) and order.host is not None:
            complaint.reference(f"{place}.host", order.host, "host", hosts)
        if isinstance(order, Backup | StorageVmotion):
            complaint.reference(f"{place}.datastore", order.datastore, "datastore", datastores)
        if isinstance(order, StorageVmotion):
            _move(scenario, complaint, place, order)
        if isinstance(order, Clone):
            entries = [entry.name for entry in scenario.vm]
            complaint.reference(f"{place}.template", order.template, "VM with an entry", entries)
        else:
            _vm(scenario, complaint, f"{place}.vm", order.vm)
    _clones(scenario, complaint)
    _shared_disks(scenario, complaint)


def _vm(scenario: Scenario, complaint: Complaint, place: str, name: str) -> None:
    """Refuse a VM that does not exist or never runs."""
    complaint.reference(place, name, "VM", vm_names_of(scenario) + clone_names(scenario))
    if name in {entry.name for entry in scenario.vm if entry.is_template}:
        raise complaint(place, name, "a VM and not a template")


def _move(scenario: Scenario, complaint: Complaint, place: str, order: StorageVmotion) -> None:
    """Refuse a Storage vMotion to where the VM is by its entry, and one that no host could carry."""
    if all(group.hypervisor == "hosted" for group in scenario.hosts):
        raise complaint(f"{place}.kind", order.kind, "a host under ESX to move files of a running VM")
    is_first = all(one is order or one.at_s >= order.at_s for one in _moves_of(scenario, order.vm))
    own = [entry.datastore for entry in scenario.vm if entry.name == order.vm]
    if is_first and own == [order.datastore]:
        raise complaint(f"{place}.datastore", order.datastore, "another datastore than its own")


def _moves_of(scenario: Scenario, name: str) -> list[StorageVmotion]:
    return [order for order in scenario.orders if isinstance(order, StorageVmotion) and order.vm == name]


def _shared_disks(scenario: Scenario, complaint: Complaint) -> None:
    """Refuse what would take a linked clone's parent from it, or its disks for whole ones."""
    linked = [(order, names) for order, names in clones_of(scenario) if order.kind == "linked_clone"]
    parents = {order.template for order, _ in linked}
    children = {name for _, names in linked for name in names}
    for k, order in enumerate(scenario.orders):
        if not isinstance(order, Backup | StorageVmotion | VmOrder):
            continue
        takes_away = isinstance(order, StorageVmotion) or order.kind in ("delete_disk", "restore", "retire")
        if order.vm in parents and takes_away:
            raise complaint(f"orders.{k}.vm", order.vm, "a VM whose disks no linked clone shares")
        is_whole = isinstance(order, Backup | StorageVmotion) or order.kind in ("delete_disk", "restore")
        if order.vm in children and is_whole:
            raise complaint(f"orders.{k}.vm", order.vm, "a VM with disks of its own, not a linked clone")


def _clones(scenario: Scenario, complaint: Complaint) -> None:
    """Refuse clones whose names are taken, too many, and templates that would run."""
    names = vm_names_of(scenario) + clone_names(scenario)
    complaint.unique("orders", names, "VM")
    if len(names) > MOST_VMS:
        raise complaint("orders", len(names), f"at most {MOST_VMS} VMs in all, clones included")
    for k, entry in enumerate(scenario.vm):
        if entry.is_template and not has_files(scenario):
            raise complaint(f"vm.{k}.is_template", True, "a template for orders on files, and there are none")
        if entry.is_template and entry.host is not None:
            raise complaint(f"vm.{k}.host", entry.host, "nothing for a template, which runs nowhere")
