"""What a scenario's HA must say of its hosts, its VMs and its profile."""

from vienv.scenario.complaint import Complaint
from vienv.scenario.inventory import host_names_of
from vienv.scenario.profiles_ha import HA_PROFILES
from vienv.scenario.schema import Scenario


def ha(scenario: Scenario, complaint: Complaint) -> None:
    """Refuse what this version of HA does not have, and what needs another setting."""
    ha, roles, version = scenario.ha, HA_PROFILES[scenario.profile], f"in profile {scenario.profile}"
    if not ha.enabled:
        for name in ("heartbeats", "wake_for_capacity"):
            if getattr(ha, name):
                raise complaint(f"ha.{name}", True, "false without HA (ha.enabled)")
        if ha.monitoring != "off":
            raise complaint("ha.monitoring", ha.monitoring, "'off' without HA (ha.enabled)")
    if ha.respect_anti_affinity and not roles.respects_apart:
        raise complaint("ha.respect_anti_affinity", True, f"false {version}")
    if ha.wake_for_capacity and not roles.wakes_for_capacity:
        raise complaint("ha.wake_for_capacity", True, f"false {version}")
    if ha.isolation_address is not None and not ha.heartbeats:
        raise complaint("ha.isolation_address", ha.isolation_address, "none without heartbeats (ha.heartbeats)")
    responses = [("ha.isolation_response", ha.isolation_response)]
    responses += [(f"vm.{k}.isolation_response", vm.isolation_response) for k, vm in enumerate(scenario.vm)]
    for place, response in responses:
        if response is not None and not ha.heartbeats:
            raise complaint(place, response, "none without heartbeats (ha.heartbeats)")
        if response is not None and response not in roles.isolation_responses:
            raise complaint(place, response, f"{' or '.join(roles.isolation_responses)} {version}")


def isolation_addresses(scenario: Scenario, complaint: Complaint) -> None:
    """Refuse the loss of an isolation address that is not there, or that no host would notice."""
    for k, incident in enumerate(scenario.incidents):
        if incident.kind != "isolation_address_loss":
            continue
        if scenario.ha.isolation_address is None:
            raise complaint(f"incidents.{k}.kind", incident.kind, "a kind that needs ha.isolation_address")
        if incident.hosts == []:
            raise complaint(f"incidents.{k}.hosts", incident.hosts, "one host or more, or nothing: all")
        if incident.duration_s == 0:
            raise complaint(f"incidents.{k}.duration_s", incident.duration_s, "more than 0 for a loss of the address")


def failover_hosts(scenario: Scenario, complaint: Complaint) -> None:
    """Refuse failover hosts that are not there, or that something else counts on."""
    named, hosts = scenario.ha.failover_hosts, host_names_of(scenario)
    is_asked = scenario.ha.admission == "failover-hosts"
    complaint.unique("ha.failover_hosts", named, "host")
    for k, name in enumerate(named):
        complaint.reference(f"ha.failover_hosts.{k}", name, "host", hosts)
    if is_asked != bool(named):
        raise complaint("ha.failover_hosts", named, 'hosts with ha.admission = "failover-hosts", and none without')
    for k, vm in enumerate(scenario.vm):
        if vm.host in named:
            raise complaint(f"vm.{k}.host", vm.host, "a host that is not a failover host")
    for k, incident in enumerate(scenario.incidents):
        if incident.kind == "maintenance" and incident.host in named:
            raise complaint(f"incidents.{k}.host", incident.host, "a host that is not a failover host")
