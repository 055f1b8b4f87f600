"""What one field of a scenario must say about another.

Names that exist, sums, sizes, and VMware's configuration maximums: a guard a function, in the scenario's order; each
raises with file, field path, value and what is allowed. Whether all VMs find a host is known only when a world is
drawn (`placement.py`).
"""

import math
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

from vienv.core.enums import HISTORY_INTERVALS
from vienv.scenario.hardware import SERVERS
from vienv.scenario.inventory import datastore_names_of, host_names_of, vm_names_of
from vienv.scenario.profiles import PROFILES
from vienv.scenario.refusal import ScenarioError, nearest, shown
from vienv.scenario.schema import MOST_HOSTS, MOST_VMS, Scenario
from vienv.scenario.synthetic import SAMPLE_S
from vienv.scenario.tariff import TariffMaker

MOST_CELLS = 2**26
"""Demand samples of one world, VMs x samples: half a GB."""
MOST_PATHS = 2**22
"""Hosts x datastores."""
_HUNDRED = 100.0
_TOLERANCE = 1e-6
_S_PER_H = 3600.0


class Complaint:
    """Raises errors of one scenario file."""

    def __init__(self, label: str):
        self._label = label

    def __call__(self, place: str, value: object, allowed: str) -> ScenarioError:
        """The error for a value that is not allowed."""
        return ScenarioError(f"{self._label}: {place}: {shown(value)} is not allowed: {allowed}")

    def reference(self, place: str, name: str, what: str, names: Iterable[str]) -> None:
        """Refuse a name that does not exist."""
        known = list(names)
        if name not in known:
            raise ScenarioError(f"{self._label}: {place}: there is no {what} {shown(name)}{nearest(name, known)}")

    def unique(self, place: str, names: list[str], what: str) -> None:
        """Refuse a name that stands twice."""
        seen: set[str] = set()
        for name in names:
            if name in seen:
                raise ScenarioError(f"{self._label}: {place}: {what} {shown(name)} stands twice; names are unique")
            seen.add(name)


def check(scenario: Scenario, label: str) -> None:
    """Refuse what the schema alone cannot see."""
    complaint = Complaint(label)
    _check_sizes(scenario, complaint)
    _check_times(scenario, complaint)
    _check_hosts(scenario, complaint)
    _check_datastores(scenario, complaint)
    _check_generator(scenario, complaint)
    _check_vms(scenario, complaint)
    _check_mechanisms(scenario, complaint)
    _check_incidents(scenario, complaint)
    _check_maximums(scenario, complaint)
    _check_tariff(scenario, complaint)


def _check_sizes(scenario: Scenario, complaint: Complaint) -> None:
    hosts = sum(group.count for group in scenario.hosts)
    vms = scenario.vms.count + len(scenario.vm)
    datastores = sum(group.count for group in scenario.datastores)
    if hosts > MOST_HOSTS:
        raise complaint("hosts", hosts, f"at most {MOST_HOSTS} hosts in all")
    if not 1 <= vms <= MOST_VMS:
        raise complaint("vms.count", vms, f"1 to {MOST_VMS} VMs in all, entries [[vm]] included")
    if hosts * datastores > MOST_PATHS:
        raise complaint("datastores", datastores, f"hosts x datastores at most {MOST_PATHS}")
    history_s = HISTORY_INTERVALS * scenario.interval_s
    cells = vms * math.ceil((scenario.duration_h * _S_PER_H + history_s) / SAMPLE_S)
    if cells > MOST_CELLS:
        raise complaint("duration_h", scenario.duration_h, f"{vms} VMs x samples of 300 s at most {MOST_CELLS}")


def _check_times(scenario: Scenario, complaint: Complaint) -> None:
    if scenario.interval_s % scenario.tick_s > _TOLERANCE:
        raise complaint("interval_s", scenario.interval_s, f"a multiple of tick_s, {scenario.tick_s:g}")
    intervals = scenario.duration_h * _S_PER_H / scenario.interval_s
    if intervals < 1 - _TOLERANCE or abs(intervals - round(intervals)) > _TOLERANCE:
        raise complaint("duration_h", scenario.duration_h, f"a multiple of interval_s, {scenario.interval_s:g} s")


def _check_hosts(scenario: Scenario, complaint: Complaint) -> None:
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


def _check_datastores(scenario: Scenario, complaint: Complaint) -> None:
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


def _check_generator(scenario: Scenario, complaint: Complaint) -> None:
    g, pools = scenario.vms, [pool.name for pool in scenario.pools]
    complaint.unique("pools", pools, "pool")
    for k, pool in enumerate(scenario.pools):
        if pool.limit_mhz is not None and pool.limit_mhz < pool.reservation_mhz:
            raise complaint(
                f"pools.{k}.limit_mhz", pool.limit_mhz, f"reservation_mhz, {pool.reservation_mhz:g}, or more"
            )
    for k, name in enumerate(g.pools):
        complaint.reference(f"vms.pools.{k}", name, "pool", pools)
    mixes = (("vcpus", g.vcpus, g.vcpus_percent), ("memory", g.memory_gb, g.memory_percent))
    for name, values, percents in mixes:
        if len(values) != len(percents):
            raise complaint(f"vms.{name}_percent", percents, f"as many percentages as sizes, {len(values)}")
        if abs(sum(percents) - _HUNDRED) > _TOLERANCE:
            raise complaint(f"vms.{name}_percent", percents, "percentages that add up to 100")
    if g.high_shares_percent + g.low_shares_percent > _HUNDRED:
        raise complaint("vms.low_shares_percent", g.low_shares_percent, "at most 100 together with high_shares_percent")


def _check_vms(scenario: Scenario, complaint: Complaint) -> None:
    hosts, datastores = host_names_of(scenario), datastore_names_of(scenario)
    pools = [pool.name for pool in scenario.pools]
    complaint.unique("vm", vm_names_of(scenario), "VM")
    for k, vm in enumerate(scenario.vm):
        for field, name, what, names in (
            ("host", vm.host, "host", hosts),
            ("datastore", vm.datastore, "datastore", datastores),
            ("pool", vm.pool, "pool", pools),
        ):
            if name is not None:
                complaint.reference(f"vm.{k}.{field}", name, what, names)
        if vm.memory_reservation_mb > vm.memory_gb * 1024.0:
            raise complaint(f"vm.{k}.memory_reservation_mb", vm.memory_reservation_mb, "at most its memory_gb")
        if vm.cpu_limit_mhz is not None and vm.cpu_limit_mhz < vm.cpu_reservation_mhz:
            raise complaint(f"vm.{k}.cpu_limit_mhz", vm.cpu_limit_mhz, "its reservation or more")
        if vm.memory_limit_mb is not None and vm.memory_limit_mb < vm.memory_reservation_mb:
            raise complaint(f"vm.{k}.memory_limit_mb", vm.memory_limit_mb, "its reservation or more")


def _check_mechanisms(scenario: Scenario, complaint: Complaint) -> None:
    ha, power, demand, memory = scenario.ha, scenario.power, scenario.demand, scenario.memory
    hosts, profile = len(host_names_of(scenario)), PROFILES[scenario.profile]
    if ha.admission not in profile.admissions:
        allowed = f"{' or '.join(profile.admissions)} in profile {scenario.profile}"
        raise complaint("ha.admission", ha.admission, allowed)
    if ha.enabled and ha.admission == "slots" and hosts > 1 and ha.failures_tolerated >= hosts:
        raise complaint("ha.failures_tolerated", ha.failures_tolerated, f"fewer than the {hosts} hosts")
    if ha.repair_mean_h < ha.repair_median_h:
        raise complaint("ha.repair_mean_h", ha.repair_mean_h, f"repair_median_h, {ha.repair_median_h:g}, or more")
    if power.minimum_hosts_on is not None and power.minimum_hosts_on > hosts:
        raise complaint("power.minimum_hosts_on", power.minimum_hosts_on, f"at most the {hosts} hosts")
    if demand.imbalance_most < demand.imbalance_least:
        raise complaint("demand.imbalance_most", demand.imbalance_most, "imbalance_least or more")
    if memory.working_set_most < memory.working_set_least:
        raise complaint("memory.working_set_most", memory.working_set_most, "working_set_least or more")


def _check_incidents(scenario: Scenario, complaint: Complaint) -> None:
    hosts, duration_s = host_names_of(scenario), scenario.duration_h * _S_PER_H
    for k, incident in enumerate(scenario.incidents):
        place = f"incidents.{k}"
        if (incident.kind == "vc_outage") != (incident.host is None):
            raise complaint(f"{place}.host", incident.host, "a host's name, and none for a vc_outage")
        if incident.host is not None:
            complaint.reference(f"{place}.host", incident.host, "host", hosts)
        if incident.at_s >= duration_s:
            raise complaint(f"{place}.at_s", incident.at_s, f"below the episode's {duration_s:g} s")


def _check_maximums(scenario: Scenario, complaint: Complaint) -> None:
    if scenario.limits == "none":
        return
    most, free = PROFILES[scenario.profile], f'in profile {scenario.profile} (limits = "none" lifts this)'
    hosts = len(host_names_of(scenario))
    if hosts > most.most_hosts:
        raise complaint("hosts", hosts, f"at most {most.most_hosts} hosts a cluster {free}")
    for k, group in enumerate(scenario.hosts):
        cores = group.cores or (SERVERS[group.server].cores if group.server else 0)
        if cores > most.most_cores_a_host:
            raise complaint(f"hosts.{k}.cores", cores, f"at most {most.most_cores_a_host} a host {free}")
        if group.memory_gb > most.most_host_memory_gb:
            raise complaint(
                f"hosts.{k}.memory_gb", group.memory_gb, f"at most {most.most_host_memory_gb:g} a host {free}"
            )
    vms = scenario.vms.count + len(scenario.vm)
    if vms > most.most_vms_a_host * hosts:
        raise complaint("vms.count", vms, f"at most {most.most_vms_a_host} a host {free}")
    generated = [
        (f"vms.{name}.{k}", size)
        for name in ("vcpus", "memory_gb")
        for k, size in enumerate(getattr(scenario.vms, name))
    ]
    entered = [
        (f"vm.{k}.{name}", getattr(vm, name)) for k, vm in enumerate(scenario.vm) for name in ("vcpus", "memory_gb")
    ]
    for place, size in generated + entered:
        limit = most.most_vcpus_a_vm if "vcpus" in place else most.most_vm_memory_gb
        if size > limit:
            raise complaint(place, size, f"at most {limit:g} a VM {free}")


def _check_tariff(scenario: Scenario, complaint: Complaint) -> None:
    tariff = scenario.tariff
    if (tariff.kind == "file") != (tariff.file is not None):
        raise complaint("tariff.file", tariff.file, 'a path with kind = "file", and none without')
    if tariff.file is not None and Path(tariff.file).suffix != ".csv":
        raise complaint("tariff.file", tariff.file, "a .csv of hourly prices")
    TariffMaker(scenario)
