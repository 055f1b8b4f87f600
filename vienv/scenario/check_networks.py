"""What a scenario's management addresses, link failures and partitions must say of its hosts and of one another."""

from ipaddress import IPv4Address
from itertools import pairwise

from vienv.scenario.complaint import Complaint
from vienv.scenario.inventory import host_names_of, vm_names_of
from vienv.scenario.schema import Scenario
from vienv.scenario.template_networks import uplinks_of

_END_OF_ADDRESSES = 2**32
_LEAST_SIDE = 2
"""Hosts on either side of a partition."""
_OF_SOME = "isolation_address_loss"


def management_addresses(scenario: Scenario) -> list[tuple[str, str]]:
    """(place, address) of every console, ESXi's management network included, and of VirtualCenter, as far as given."""
    found = [
        (f"hosts.{k}.management_address", str(IPv4Address(int(IPv4Address(group.management_address)) + i)))
        for k, group in enumerate(scenario.hosts)
        if group.management_address is not None
        for i in range(group.count)
    ]
    others = [
        ("virtualcenter.address", scenario.virtualcenter.address),
        ("ha.isolation_address", scenario.ha.isolation_address),
    ]
    return found + [(place, address) for place, address in others if address is not None]


def addresses(scenario: Scenario, complaint: Complaint) -> None:
    """Refuse an address of the management network that two would have, or that does not exist."""
    for k, group in enumerate(scenario.hosts):
        first = group.management_address
        if first is not None and int(IPv4Address(first)) + group.count > _END_OF_ADDRESSES:
            raise complaint(f"hosts.{k}.management_address", first, f"an address that {group.count - 1} others follow")
    taken: dict[str, str] = {}
    for place, address in management_addresses(scenario):
        if address in taken:
            raise complaint(place, address, f"an address of its own; {taken[address]} has it")
        taken[address] = place


def links(scenario: Scenario, complaint: Complaint) -> None:
    """Refuse failures of links that are not there, and fields that belong to other incidents."""
    for k, incident in enumerate(scenario.incidents):
        place, is_link = f"incidents.{k}", incident.kind == "link_failure"
        if is_link != (incident.network is not None):
            raise complaint(f"{place}.network", incident.network, "a network for a link_failure, and for no other")
        if incident.uplinks is not None and not is_link:
            raise complaint(f"{place}.uplinks", incident.uplinks, "uplinks of a link_failure only")
        most = uplinks_of(scenario, incident.network)
        if incident.uplinks is not None and incident.uplinks > most:
            raise complaint(f"{place}.uplinks", incident.uplinks, f"at most the {most} uplinks of that network")
        if is_link and incident.duration_s == 0:
            raise complaint(f"{place}.duration_s", incident.duration_s, "more than 0 for a link_failure")


def partitions(scenario: Scenario, complaint: Complaint) -> None:
    """Refuse partitions of unknown, too few or too many hosts, and those that overlap."""
    known = host_names_of(scenario)
    for k, incident in enumerate(scenario.incidents):
        place, is_partition = f"incidents.{k}", incident.kind == "partition"
        if incident.hosts is None if is_partition else incident.hosts is not None and incident.kind != _OF_SOME:
            raise complaint(f"{place}.hosts", incident.hosts, "the hosts that a partition cuts off, and for no other")
        if incident.hosts is None:
            continue
        for i, name in enumerate(incident.hosts):
            complaint.reference(f"{place}.hosts.{i}", name, "host", known)
        complaint.unique(f"{place}.hosts", incident.hosts, "host")
        if is_partition:
            _divides(scenario, complaint, place, incident.hosts)
        if is_partition and incident.duration_s == 0:
            raise complaint(f"{place}.duration_s", incident.duration_s, "more than 0 for a partition")
    numbered = [
        (one.at_s, one.at_s + one.duration_s, k) for k, one in enumerate(scenario.incidents) if one.kind == "partition"
    ]
    for (_, ends_s, _), (at_s, _, k) in pairwise(sorted(numbered)):
        if at_s < ends_s:
            raise complaint(f"incidents.{k}.at_s", at_s, f"{ends_s:g} or later: partitions do not overlap")


def _divides(scenario: Scenario, complaint: Complaint, place: str, hosts: list[str]) -> None:
    """Refuse a side that is empty, and one of a single host if nothing says whether it pings its isolation address."""
    known, least = len(host_names_of(scenario)), _LEAST_SIDE if scenario.ha.isolation_address is None else 1
    if len(hosts) < least:
        allowed = "two hosts or more, or one with ha.isolation_address (else it is a link_failure of its management)"
        raise complaint(f"{place}.hosts", hosts, allowed)
    if known - len(hosts) < least:
        rest = "two" if least == _LEAST_SIDE else "one"
        raise complaint(f"{place}.hosts", hosts, f"at most all but {rest} of the {known} hosts")


def sessions(scenario: Scenario, complaint: Complaint) -> None:
    """Refuse sessions with a VM that does not exist."""
    known = vm_names_of(scenario)
    for k, group in enumerate(scenario.sessions):
        complaint.reference(f"sessions.{k}.vm", group.vm, "VM", known)
