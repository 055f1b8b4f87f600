"""What a scenario's orders on files must say of its VMs, hosts and datastores."""

from vienv.scenario.clones import clone_names
from vienv.scenario.complaint import Complaint
from vienv.scenario.inventory import datastore_names_of, host_names_of, vm_names_of
from vienv.scenario.schema import Scenario
from vienv.scenario.schema_basics import MOST_VMS
from vienv.scenario.schema_orders import FileOrder

_S_PER_H = 3600.0
_OF_CLONES = ("template", "name", "count", "customize")


def orders(scenario: Scenario, complaint: Complaint) -> None:
    """Refuse orders on VMs, hosts and datastores that do not exist, after the end, or with words of others."""
    hosts, datastores, duration_s = (
        host_names_of(scenario),
        datastore_names_of(scenario),
        scenario.duration_h * _S_PER_H,
    )
    if scenario.files.commit_stun_most_s < scenario.files.commit_stun_least_s:
        raise complaint("files.commit_stun_most_s", scenario.files.commit_stun_most_s, "commit_stun_least_s or more")
    for k, order in enumerate(scenario.file_orders):
        place = f"file_orders.{k}"
        if scenario.storage is None:
            raise complaint(f"{place}.kind", order.kind, "nothing without a [storage] section")
        if order.at_s >= duration_s:
            raise complaint(f"{place}.at_s", order.at_s, f"below the episode's {duration_s:g} s")
        if order.host is not None:
            complaint.reference(f"{place}.host", order.host, "host", hosts)
        if order.datastore is not None:
            complaint.reference(f"{place}.datastore", order.datastore, "datastore", datastores)
        if (order.kind == "backup") != (order.datastore is not None):
            raise complaint(f"{place}.datastore", order.datastore, "a datastore for a backup, and for no other")
        if order.snapshot is not None and order.kind != "backup":
            raise complaint(f"{place}.snapshot", order.snapshot, "a word of backups only")
        _subject(scenario, complaint, place, order)
    _clones(scenario, complaint)


def _subject(scenario: Scenario, complaint: Complaint, place: str, order: FileOrder) -> None:
    """Refuse an order that does not say what it is about."""
    if order.kind == "clone":
        for field in ("template", "name"):
            if getattr(order, field) is None:
                raise complaint(f"{place}.{field}", None, f"a {field} for a clone")
        entries = [entry.name for entry in scenario.vm]
        complaint.reference(f"{place}.template", order.template or "", "VM with an entry", entries)
        if order.vm is not None:
            raise complaint(f"{place}.vm", order.vm, "nothing for a clone, which names its template")
        return
    for field in _OF_CLONES:
        if getattr(order, field) is not None:
            raise complaint(f"{place}.{field}", getattr(order, field), "a word of clones only")
    if order.vm is None:
        raise complaint(f"{place}.vm", order.vm, "a VM's name")
    complaint.reference(f"{place}.vm", order.vm, "VM", vm_names_of(scenario) + clone_names(scenario))
    if order.vm in {entry.name for entry in scenario.vm if entry.is_template}:
        raise complaint(f"{place}.vm", order.vm, "a VM and not a template")


def _clones(scenario: Scenario, complaint: Complaint) -> None:
    """Refuse clones whose names are taken, too many, and templates that would run."""
    names = vm_names_of(scenario) + clone_names(scenario)
    complaint.unique("file_orders", names, "VM")
    if len(names) > MOST_VMS:
        raise complaint("file_orders", len(names), f"at most {MOST_VMS} VMs in all, clones included")
    for k, entry in enumerate(scenario.vm):
        if entry.is_template and not scenario.file_orders:
            raise complaint(f"vm.{k}.is_template", True, "a template for orders, and there are none")
        if entry.is_template and entry.host is not None:
            raise complaint(f"vm.{k}.host", entry.host, "nothing for a template, which runs nowhere")
