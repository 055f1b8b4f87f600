"""How large a scenario may be and how long: ours to compute, and VMware's configuration maximums."""

import math

from vienv.core.enums import HISTORY_INTERVALS
from vienv.scenario.complaint import Complaint
from vienv.scenario.hardware import SERVERS
from vienv.scenario.inventory import host_names_of
from vienv.scenario.profiles import PROFILES
from vienv.scenario.schema import Scenario
from vienv.scenario.schema_basics import MOST_HOSTS, MOST_VMS
from vienv.scenario.synthetic import SAMPLE_S

MOST_CELLS = 2**26
"""Demand samples of one world, VMs x samples: half a GB."""
MOST_PATHS = 2**22
"""Hosts x datastores."""
_TOLERANCE = 1e-6
_S_PER_H = 3600.0


def sizes(scenario: Scenario, complaint: Complaint) -> None:
    """Refuse what would not fit into memory."""
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


def times(scenario: Scenario, complaint: Complaint) -> None:
    """Refuse ticks, intervals and an episode that do not divide one another."""
    if scenario.interval_s % scenario.tick_s > _TOLERANCE:
        raise complaint("interval_s", scenario.interval_s, f"a multiple of tick_s, {scenario.tick_s:g}")
    intervals = scenario.duration_h * _S_PER_H / scenario.interval_s
    if intervals < 1 - _TOLERANCE or abs(intervals - round(intervals)) > _TOLERANCE:
        raise complaint("duration_h", scenario.duration_h, f"a multiple of interval_s, {scenario.interval_s:g} s")


def maximums(scenario: Scenario, complaint: Complaint) -> None:
    """Refuse what is larger than this version of VMware's supports."""
    if scenario.limits == "none":
        return
    most, free = PROFILES[scenario.profile], f'in profile {scenario.profile} (limits = "none" lifts this)'
    hosts = len(host_names_of(scenario))
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
