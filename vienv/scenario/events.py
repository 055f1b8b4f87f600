"""What a scenario's incidents come to: a rack's failure is that of each of its hosts, at one second."""

from vienv.scenario.inventory import host_names_of, hosts_in_groups
from vienv.scenario.schema import Scenario
from vienv.scenario.schema_management import Incident


def hosts_of_rack(scenario: Scenario, name: str) -> list[str]:
    """Names of the hosts in that rack."""
    names, index = host_names_of(scenario), hosts_in_groups(scenario)
    return [names[h] for rack in scenario.racks if rack.name == name for host in rack.hosts for h in index[host]]


def events_of(scenario: Scenario) -> list[Incident]:
    """The incidents, one for each host that a rack's failure takes down; in the scenario's order."""
    events: list[Incident] = []
    for incident in scenario.incidents:
        if incident.rack is None:
            events.append(incident)
            continue
        hosts = hosts_of_rack(scenario, incident.rack)
        events += [incident.model_copy(update={"kind": "host_failure", "rack": None, "host": h}) for h in hosts]
    return events


def has_reboots(scenario: Scenario) -> bool:
    """Whether a host operating system is rebooted."""
    return any(incident.kind == "os_reboot" for incident in scenario.incidents)
