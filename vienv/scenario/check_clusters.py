"""What a scenario must say of its clusters: who belongs to which, and what each must be able to keep for itself."""

from vienv.scenario.complaint import Complaint
from vienv.scenario.inventory import cluster_names_of, host_names_of, hosts_in_clusters, hosts_in_groups
from vienv.scenario.profiles import PROFILES
from vienv.scenario.schema import Scenario


def clusters(scenario: Scenario, complaint: Complaint) -> None:
    """Refuse hosts without a cluster beside others, and what only a single cluster has."""
    named = [group.cluster is not None for group in scenario.hosts]
    if any(named) and not all(named):
        raise complaint(f"hosts.{named.index(False)}.cluster", None, "a cluster's name for every group, or for none")
    if cluster_names_of(scenario) and scenario.pools:
        raise complaint("pools", [pool.name for pool in scenario.pools], "none beside several clusters")


def reserves(scenario: Scenario, complaint: Complaint) -> None:
    """Refuse what a cluster's own HA, DPM or orders could not keep: each has the same settings, over its own hosts."""
    ha, power, names = scenario.ha, scenario.power, host_names_of(scenario)
    absent = {
        h for order in scenario.orders if order.kind == "add_host" for n in order.hosts for h in _hosts(scenario, n)
    }
    for name, members in hosts_in_clusters(scenario).items():
        hosts = f"the {len(members)} hosts{f' of cluster {name}' if name else ''}"
        if ha.enabled and ha.admission == "slots" and 1 < len(members) <= ha.failures_tolerated:
            raise complaint("ha.failures_tolerated", ha.failures_tolerated, f"fewer than {hosts}")
        if power.minimum_hosts_on is not None and power.minimum_hosts_on > len(members):
            raise complaint("power.minimum_hosts_on", power.minimum_hosts_on, f"at most {hosts}")
        kept = [names[h] for h in members if names[h] in ha.failover_hosts]
        if kept and len(kept) == len(members):
            raise complaint("ha.failover_hosts", kept, f"fewer than {hosts}")
        if name and absent.issuperset(members):
            raise complaint("orders", "add_host", f"a host of cluster {name} that is there from the start")


def maximums(scenario: Scenario, complaint: Complaint) -> None:
    """Refuse clusters that are larger than this version of VMware's supports."""
    most = PROFILES[scenario.profile].most_hosts
    for members in hosts_in_clusters(scenario).values():
        if scenario.limits != "none" and len(members) > most:
            free = f'in profile {scenario.profile} (limits = "none" lifts this)'
            raise complaint("hosts", len(members), f"at most {most} hosts a cluster {free}")


def _hosts(scenario: Scenario, name: str) -> list[int]:
    return hosts_in_groups(scenario)[name]
