"""What a scenario's datastores must say of its hosts."""

from vienv.scenario.complaint import Complaint
from vienv.scenario.inventory import datastore_names_of, host_names_of
from vienv.scenario.schema import Scenario


def datastores(scenario: Scenario, complaint: Complaint) -> None:
    """Refuse a datastore that nobody, or a host that does not exist, would reach."""
    hosts = host_names_of(scenario)
    complaint.unique("datastores", datastore_names_of(scenario), "datastore")
    for k, group in enumerate(scenario.datastores):
        place = f"datastores.{k}"
        if (group.kind == "local") != (group.host is not None):
            raise complaint(f"{place}.host", group.host, "a local datastore names its host, no other does")
        if group.host is not None:
            complaint.reference(f"{place}.host", group.host, "host", hosts)
        if group.host is not None and group.reached_by is not None:
            raise complaint(f"{place}.reached_by", group.reached_by, "nothing beside `host`")
        for i, name in enumerate(group.reached_by or []):
            complaint.reference(f"{place}.reached_by.{i}", name, "host", hosts + [g.name for g in scenario.hosts])
