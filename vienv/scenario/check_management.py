"""What a scenario's mechanisms and incidents must say of its hosts and of its profile."""

from vienv.scenario.complaint import Complaint
from vienv.scenario.inventory import host_names_of, vm_names_of
from vienv.scenario.profiles import PROFILES
from vienv.scenario.schema import Scenario

_S_PER_H = 3600.0
_WITHOUT_HOST = ("vc_outage", "partition", "guest_failure", "rack_failure", "isolation_address_loss")
_WANTED_HOST = (
    "a host's name, and none for a vc_outage, a partition or a guest_failure, "
    "nor for a rack_failure or an isolation_address_loss"
)


def mechanisms(scenario: Scenario, complaint: Complaint) -> None:
    """Refuse what the profile does not allow, and ranges that end before they begin."""
    ha, demand, memory, profile = scenario.ha, scenario.demand, scenario.memory, PROFILES[scenario.profile]
    if ha.admission not in profile.admissions:
        allowed = f"{' or '.join(profile.admissions)} in profile {scenario.profile}"
        raise complaint("ha.admission", ha.admission, allowed)
    if ha.repair_mean_h < ha.repair_median_h:
        raise complaint("ha.repair_mean_h", ha.repair_mean_h, f"repair_median_h, {ha.repair_median_h:g}, or more")
    if demand.imbalance_most < demand.imbalance_least:
        raise complaint("demand.imbalance_most", demand.imbalance_most, "imbalance_least or more")
    if memory.working_set_most < memory.working_set_least:
        raise complaint("memory.working_set_most", memory.working_set_most, "working_set_least or more")


def drs(scenario: Scenario, complaint: Complaint) -> None:
    """Refuse a metric that this version of DRS does not know."""
    if scenario.drs.metric == "score" and PROFILES[scenario.profile].drs_metric != "score":
        raise complaint("drs.metric", "score", f"'load' in profile {scenario.profile}")


def incidents(scenario: Scenario, complaint: Complaint) -> None:
    """Refuse incidents of no host or after the end."""
    hosts, duration_s = host_names_of(scenario), scenario.duration_h * _S_PER_H
    for k, incident in enumerate(scenario.incidents):
        place = f"incidents.{k}"
        if (incident.kind in _WITHOUT_HOST) != (incident.host is None):
            raise complaint(f"{place}.host", incident.host, _WANTED_HOST)
        if (incident.kind == "guest_failure") != (incident.vm is not None):
            raise complaint(f"{place}.vm", incident.vm, "a VM's name for a guest_failure, and none else")
        if incident.vm is not None:
            complaint.reference(f"{place}.vm", incident.vm, "VM", vm_names_of(scenario))
        if incident.host is not None:
            complaint.reference(f"{place}.host", incident.host, "host", hosts)
        if incident.at_s >= duration_s:
            raise complaint(f"{place}.at_s", incident.at_s, f"below the episode's {duration_s:g} s")
