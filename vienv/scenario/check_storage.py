"""What a scenario's datastores must say of its hosts."""

from vienv.scenario.complaint import Complaint
from vienv.scenario.inventory import datastore_names_of, host_names_of, reach_of
from vienv.scenario.schema import Scenario
from vienv.scenario.template_storage import paths_of


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


_MOST_NFS_MOUNTS = 32
"""A host's (VI3, configuration maximums)."""
_GBPS = {"FC SAN": (2, 4, 8), "iSCSI SAN": (1, 10), "NFS": (1, 10), "local": ()}
_WITHOUT_STORAGE = "nothing without a [storage] section"


def described(scenario: Scenario, complaint: Complaint) -> None:
    """Refuse lines, initiators and paths that the kind of a datastore does not have, or that nobody would read."""
    for k, group in enumerate(scenario.datastores):
        place = f"datastores.{k}"
        for name in ("capacity_gb", "gbps", "initiator", "paths", "vaai"):
            if scenario.storage is None and getattr(group, name) is not None:
                raise complaint(f"{place}.{name}", getattr(group, name), _WITHOUT_STORAGE)
        if group.gbps is not None and group.gbps not in _GBPS[group.kind]:
            allowed = " or ".join(str(gbps) for gbps in _GBPS[group.kind]) or "nothing"
            raise complaint(f"{place}.gbps", group.gbps, f"{allowed} for {group.kind}")
        if group.initiator is not None and group.kind != "iSCSI SAN":
            raise complaint(f"{place}.initiator", group.initiator, "an initiator of an iSCSI SAN only")
        if group.vaai is not None and group.kind in ("NFS", "local"):
            raise complaint(f"{place}.vaai", group.vaai, "a word of FC SAN and iSCSI SAN only")
    mounts = sum(group.count for group in scenario.datastores if group.kind == "NFS")
    if scenario.storage is not None and mounts > _MOST_NFS_MOUNTS:
        raise complaint("datastores", mounts, f"at most {_MOST_NFS_MOUNTS} NFS mounts a host")
    for k, entry in enumerate(scenario.vm):
        for name in ("disk_gb", "thin", "write_mb_s"):
            if scenario.storage is None and getattr(entry, name) is not None:
                raise complaint(f"vm.{k}.{name}", getattr(entry, name), _WITHOUT_STORAGE)


def path_failures(scenario: Scenario, complaint: Complaint) -> None:
    """Refuse failures of paths that are not there, and fields that belong to other incidents."""
    datastores, reach = datastore_names_of(scenario), reach_of(scenario)
    groups = [group for group in scenario.datastores for _ in range(group.count)]
    for k, incident in enumerate(scenario.incidents):
        place, is_path = f"incidents.{k}", incident.kind == "path_failure"
        if is_path != (incident.datastore is not None):
            raise complaint(
                f"{place}.datastore", incident.datastore, "a datastore for a path_failure, and for no other"
            )
        if incident.paths is not None and not is_path:
            raise complaint(f"{place}.paths", incident.paths, "paths of a path_failure only")
        if incident.datastore is None:
            continue
        if scenario.storage is None:
            raise complaint(f"{place}.kind", incident.kind, _WITHOUT_STORAGE)
        complaint.reference(f"{place}.datastore", incident.datastore, "datastore", datastores)
        d = datastores.index(incident.datastore)
        if incident.host is not None and not reach[host_names_of(scenario).index(incident.host), d]:
            raise complaint(f"{place}.datastore", incident.datastore, f"a datastore that {incident.host!r} reaches")
        if incident.paths is not None and incident.paths > paths_of(groups[d]):
            raise complaint(f"{place}.paths", incident.paths, f"at most the {paths_of(groups[d])} paths to it")
        if incident.duration_s == 0:
            raise complaint(f"{place}.duration_s", incident.duration_s, "more than 0 for a path_failure")
