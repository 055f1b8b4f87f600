"""What a scenario's hosts, and the work that is planned on them, must say together."""

from itertools import pairwise

from vienv.scenario.complaint import Complaint
from vienv.scenario.hardware import GENERATIONS, SERVERS
from vienv.scenario.inventory import cpu_class_of, host_names_of, hosts_in_groups
from vienv.scenario.schema import Scenario

_S_PER_H = 3600.0


def hosts(scenario: Scenario, complaint: Complaint) -> None:
    """Refuse names that stand twice, unknown servers, and hosts of one's own without figures."""
    complaint.unique("hosts", [group.name for group in scenario.hosts], "group")
    complaint.unique("hosts", [g.name for g in scenario.hosts] + host_names_of(scenario), "host")
    for k, group in enumerate(scenario.hosts):
        own = {"cores": group.cores, "core_mhz": group.core_mhz, "power_w": group.power_w}
        if group.server is not None:
            complaint.reference(f"hosts.{k}.server", group.server, "server", SERVERS)
        else:
            for name, value in own.items():
                if value is None:
                    raise complaint(f"hosts.{k}.{name}", value, "a value is required without a `server`")
        watts = group.power_w or []
        if any(high < low for low, high in pairwise(watts)):
            raise complaint(f"hosts.{k}.power_w", watts, "watts that never fall from 0 to 100 % load")


def evc(scenario: Scenario, complaint: Complaint) -> None:
    """Refuse a baseline that does not exist, and hosts that are older or of no known generation."""
    if scenario.evc is None:
        return
    complaint.reference("evc", scenario.evc, "EVC baseline", GENERATIONS)
    baseline = GENERATIONS.index(scenario.evc)
    for k, group in enumerate(scenario.hosts):
        if group.hypervisor == "hosted":  # no vMotion, hence no EVC
            continue
        own = cpu_class_of(group)
        if own not in GENERATIONS[baseline:]:
            place = f"hosts.{k}.{'server' if group.cpu_class is None and group.server else 'cpu_class'}"
            raise complaint(place, own or None, f"a CPU that EVC can present as {scenario.evc!r}: that or newer")


def orders(scenario: Scenario, complaint: Complaint) -> None:
    """Refuse work on hosts that do not exist, after the end, or that contradicts itself."""
    index, absent, duration_s = hosts_in_groups(scenario), set[int](), scenario.duration_h * _S_PER_H
    removed: set[int] = set()
    for k, order in enumerate(scenario.orders):
        place = f"orders.{k}"
        if order.at_s >= duration_s:
            raise complaint(f"{place}.at_s", order.at_s, f"below the episode's {duration_s:g} s")
        if order.patch_s is not None and order.kind != "patch":
            raise complaint(f"{place}.patch_s", order.patch_s, "nothing but for a patch")
        for i, name in enumerate(order.hosts):
            complaint.reference(f"{place}.hosts.{i}", name, "host", index)
        hosts = [h for name in order.hosts for h in index[name]]
        twice = len(set(hosts)) < len(hosts)
        twice |= bool(absent & set(hosts)) and order.kind == "add_host"
        twice |= bool(removed & set(hosts)) and order.kind == "remove_host"
        if twice:
            raise complaint(f"{place}.hosts", order.hosts, "hosts that are named once, and join or leave once")
        absent |= set(hosts) if order.kind == "add_host" else set()
        removed |= set(hosts) if order.kind == "remove_host" else set()
    if len(absent) == len(host_names_of(scenario)):
        raise complaint("orders", [order.kind for order in scenario.orders], "a host that is there from the start")
    for k, vm in enumerate(scenario.vm):
        if vm.host is not None and vm.arrives_s <= 0.0 and index[vm.host][0] in absent:
            raise complaint(f"vm.{k}.host", vm.host, "a host that is there from the start")
