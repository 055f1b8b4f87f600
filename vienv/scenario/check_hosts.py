"""What a scenario's hosts must say together."""

from itertools import pairwise

from vienv.scenario.complaint import Complaint
from vienv.scenario.hardware import GENERATIONS, SERVERS
from vienv.scenario.inventory import cpu_class_of, host_names_of
from vienv.scenario.schema import Scenario


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
