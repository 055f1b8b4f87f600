"""What a scenario must say of its hypervisors, of devices and of racks: what no such hypervisor has, nobody may ask."""

from vienv.scenario.complaint import Complaint
from vienv.scenario.events import events_of
from vienv.scenario.inventory import hosts_in_groups, hypervisor_of
from vienv.scenario.profiles import PROFILES
from vienv.scenario.schema import Scenario
from vienv.scenario.schema_basics import MOST_INCIDENTS
from vienv.scenario.schema_orders import Patch, RemoveHost
from vienv.scenario.template_hosted import devices_of

_MOST_DEVICES = 62
_OF_A_HOSTED_HOST = ("os_cpu_percent", "os_memory_mb", "overhead_percent", "drivers")


def hypervisors(scenario: Scenario, complaint: Complaint) -> None:
    """Refuse settings that belong to another kind of hypervisor than the host's, and hosts without memory for VMs."""
    has_console = PROFILES[scenario.profile].console_mb > 0.0
    for k, group in enumerate(scenario.hosts):
        kind, place = hypervisor_of(group, scenario), f"hosts.{k}"
        if kind == "esx" and not has_console:
            raise complaint(f"{place}.hypervisor", kind, f"'esxi' or 'hosted' in profile {scenario.profile}")
        if group.console_mb is not None and kind != "esx":
            raise complaint(f"{place}.console_mb", group.console_mb, f"nothing for {kind}: it has no service console")
        if kind == "hosted" and "vmkernel_mbps" in group.model_fields_set:
            allowed = "nothing for a hosted hypervisor: it has no VMkernel"
            raise complaint(f"{place}.vmkernel_mbps", group.vmkernel_mbps, allowed)
        for name in _OF_A_HOSTED_HOST:
            if kind != "hosted" and name in group.model_fields_set:
                raise complaint(f"{place}.{name}", getattr(group, name), f"nothing for {kind}: hosted hypervisors only")
        if kind == "hosted" and group.os_memory_mb >= group.memory_gb * 1024.0:
            raise complaint(f"{place}.os_memory_mb", group.os_memory_mb, "less than the host's memory")
    if scenario.ha.enabled and all(group.hypervisor == "hosted" for group in scenario.hosts):
        raise complaint("ha.enabled", True, "false where every hypervisor is hosted: HA has no host")


def devices(scenario: Scenario, complaint: Complaint) -> None:
    """Refuse devices that could be missing nowhere, parts without a device, and too many."""
    has_hosted = any(group.hypervisor == "hosted" for group in scenario.hosts)
    for k, vm in enumerate(scenario.vm):
        if vm.device is not None and not has_hosted:
            raise complaint(f"vm.{k}.device", vm.device, "nothing without a hosted hypervisor: ESX does not care")
        if vm.device is None and "device_part" in vm.model_fields_set:
            raise complaint(f"vm.{k}.device_part", vm.device_part, "nothing without a device")
    if len(devices_of(scenario)) > _MOST_DEVICES:
        raise complaint("vm", len(devices_of(scenario)), f"at most {_MOST_DEVICES} different devices")


def hosted_hosts(scenario: Scenario, complaint: Complaint) -> None:
    """Refuse what is asked of a hosted hypervisor and needs ESX, and reboots of an ESX host's operating system."""
    hosts, hosted = hosts_in_groups(scenario), set[int]()
    for group in scenario.hosts:
        hosted |= set(hosts[group.name]) if group.hypervisor == "hosted" else set()
    if hosted and scenario.ha.heartbeats:
        raise complaint("ha.heartbeats", True, "false beside hosted hypervisors, which are no members of HA")
    for k, name in enumerate(scenario.ha.failover_hosts):
        if set(hosts[name]) & hosted:
            raise complaint(f"ha.failover_hosts.{k}", name, "a host under ESX")
    for k, order in enumerate(scenario.orders):
        for i, name in enumerate(order.hosts if isinstance(order, Patch | RemoveHost) else ()):
            if set(hosts[name]) & hosted:
                raise complaint(f"orders.{k}.hosts.{i}", name, "hosts under ESX: VMs of a hosted one cannot leave")
    for k, incident in enumerate(scenario.incidents):
        is_hosted = incident.host is not None and bool(set(hosts[incident.host]) & hosted)
        if incident.kind == "os_reboot" and not is_hosted:
            raise complaint(f"incidents.{k}.host", incident.host, "a hosted hypervisor, for an os_reboot")
        if incident.kind == "maintenance" and is_hosted:
            allowed = "a host under ESX (VMs of a hosted one cannot leave: os_reboot)"
            raise complaint(f"incidents.{k}.host", incident.host, allowed)
        if incident.network == "vmkernel" and is_hosted:
            raise complaint(f"incidents.{k}.network", incident.network, "'management': a hosted host has no VMkernel")


def racks(scenario: Scenario, complaint: Complaint) -> None:
    """Refuse racks of unknown hosts or of one host twice, and failures of racks that are not there."""
    hosts, taken = hosts_in_groups(scenario), dict[int, str]()
    complaint.unique("racks", [rack.name for rack in scenario.racks], "rack")
    for k, rack in enumerate(scenario.racks):
        if rack.mtbf_days is None and "repair_h" in rack.model_fields_set:
            raise complaint(f"racks.{k}.repair_h", rack.repair_h, "nothing without mtbf_days (an incident has its own)")
        for i, name in enumerate(rack.hosts):
            complaint.reference(f"racks.{k}.hosts.{i}", name, "host", hosts)
            for h in hosts[name]:
                if h in taken:
                    raise complaint(f"racks.{k}.hosts.{i}", name, f"hosts that stand in no other rack ({taken[h]})")
                taken[h] = rack.name
    for k, incident in enumerate(scenario.incidents):
        if (incident.kind == "rack_failure") != (incident.rack is not None):
            raise complaint(f"incidents.{k}.rack", incident.rack, "a rack's name for a rack_failure, and none else")
        if incident.rack is not None:
            complaint.reference(f"incidents.{k}.rack", incident.rack, "rack", [rack.name for rack in scenario.racks])
    if len(events_of(scenario)) > MOST_INCIDENTS:
        raise complaint("incidents", len(events_of(scenario)), f"at most {MOST_INCIDENTS}, one a host of a rack")
