"""What a scenario's incidents come to: a rack's failure is that of each of its hosts, at one second.

Racks with a mean time between failures fail by themselves as well, and are the rows of `state.Feeds`.
"""

from vienv.core import state
from vienv.core.enums import NO_FEED
from vienv.scenario.inventory import host_names_of, hosts_in_groups
from vienv.scenario.rows import Rows
from vienv.scenario.schema import Scenario
from vienv.scenario.schema_management import Incident, Rack

_S_PER_DAY, _S_PER_H = 86_400.0, 3600.0


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


def feeds_of(scenario: Scenario) -> list[Rack]:
    """The racks that fail by themselves."""
    return [rack for rack in scenario.racks if rack.mtbf_days is not None]


def write_feeds(rows: Rows, scenario: Scenario) -> None:
    """Write them and who stands in which; a world draws their first failures."""
    feeds, feeding, index = rows.view(state.Feeds), rows.view(state.Feeding), hosts_in_groups(scenario)
    feeding.feed[:] = NO_FEED
    for k, rack in enumerate(feeds_of(scenario)):
        feeds.mtbf_s[k], feeds.repair_s[k] = (rack.mtbf_days or 0.0) * _S_PER_DAY, rack.repair_h * _S_PER_H
        for name in rack.hosts:
            feeding.feed[index[name]] = k
