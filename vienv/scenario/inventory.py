"""The inventory that all worlds of a scenario share: hosts with their watts, datastores and who reaches them, names.

Host capacity is 94 % of the nominal one: VMkernel and console take 6 % (ITPro Today on VI3's DRS). Under a hosted
hypervisor the host operating system's own work comes first and every VM costs overhead; both are UNSOURCED. Left out:
NUMA, hyper-threading, the fans' share of the watts, what a host operating system draws while its VMs are idle.
"""

from typing import NamedTuple

import numpy as np

from vienv.core.enums import CURVE_POINTS, ONE_CLUSTER, HypervisorKind
from vienv.core.state import FloatArray, IntArray
from vienv.scenario.hardware import SERVERS
from vienv.scenario.profiles import PROFILES, Profile
from vienv.scenario.schema import Scenario
from vienv.scenario.schema_hosts import HostGroup

CAPACITY_FRACTION = 0.94
MB_PER_GB = 1024.0
HYPERVISORS = {"esx": HypervisorKind.ESX, "esxi": HypervisorKind.ESXI, "hosted": HypervisorKind.HOSTED}
_HUNDRED = 100.0
_FAST_MBPS = 10_000.0
"""From this line speed on a profile's 10 GbE limits hold."""
_CPU_CLASS = 7
"""Column of a host row that holds a name and is numbered afterwards."""


class Inventory(NamedTuple):
    """Arrays of hosts (H,), `watts` (H, 11), `is_reachable` (H, D); names in index order."""

    host_names: tuple[str, ...]
    vm_names: tuple[str, ...]
    datastore_names: tuple[str, ...]
    cpu_capacity_mhz: FloatArray
    core_mhz: FloatArray
    memory_managed_mb: FloatArray
    vmkernel_mbps: FloatArray
    standby_w: FloatArray
    boot_s: FloatArray
    shutdown_s: FloatArray
    cpu_class: IntArray
    hypervisor: IntArray
    cluster: IntArray
    vmotion_limit: IntArray
    watts: FloatArray
    is_reachable: IntArray

    @property
    def memory_capacity_mb(self) -> FloatArray:
        """What placement and admission count with."""
        return CAPACITY_FRACTION * self.memory_managed_mb

    @property
    def reference_mhz(self) -> float:
        """Clock of the slowest core: a vCPU's configured MHz, so that every host can run it."""
        return float(self.core_mhz.min())


def numbered(name: str, count: int) -> list[str]:
    """Names of a group's members: `esx-01`, `esx-02` ..."""
    width = max(2, len(str(count)))
    return [f"{name}-{i:0{width}d}" for i in range(1, count + 1)]


def host_names_of(scenario: Scenario) -> list[str]:
    """Names of all hosts."""
    return [name for group in scenario.hosts for name in numbered(group.name, group.count)]


def datastore_names_of(scenario: Scenario) -> list[str]:
    """Names of all datastores; a group of one bears its own name."""
    return [
        name
        for group in scenario.datastores
        for name in ([group.name] if group.count == 1 else numbered(group.name, group.count))
    ]


def vm_names_of(scenario: Scenario) -> list[str]:
    """Names of all VMs: those with an entry, then the generator's."""
    width = max(3, len(str(scenario.vms.count)))
    return [entry.name for entry in scenario.vm] + [f"vm-{i:0{width}d}" for i in range(1, scenario.vms.count + 1)]


def inventory_of(scenario: Scenario) -> Inventory:
    """Lay out a checked scenario's inventory."""
    profile = PROFILES[scenario.profile]
    rows = [_host_row(group, profile, scenario) for group in scenario.hosts for _ in range(group.count)]
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    classes = {name: k for k, name in enumerate(sorted(set(columns[_CPU_CLASS].tolist())))}
    columns[_CPU_CLASS] = np.array([classes[name] for name in columns[_CPU_CLASS].tolist()])
    names = (tuple(host_names_of(scenario)), tuple(vm_names_of(scenario)), tuple(datastore_names_of(scenario)))
    return Inventory._make((*names, *columns, reach_of(scenario)))


def cpu_class_of(group: HostGroup) -> str:
    """The CPU class that a group says it has, or its server's."""
    server = SERVERS.get(group.server or "")
    return group.cpu_class or (server.cpu_class if server else "")


def hosts_in_groups(scenario: Scenario) -> dict[str, list[int]]:
    """Indices of the hosts that a name means: a host's own, or its group's."""
    index = {name: [h] for h, name in enumerate(host_names_of(scenario))}
    first = 0
    for group in scenario.hosts:
        index[group.name] = list(range(first, first + group.count))
        first += group.count
    return index


def cluster_names_of(scenario: Scenario) -> list[str]:
    """Names of the clusters, by their numbers; none if there is one only."""
    names = list(dict.fromkeys(group.cluster for group in scenario.hosts if group.cluster is not None))
    return names if len(names) > 1 else []


def number_of_cluster(group: HostGroup, scenario: Scenario) -> int:
    """The number of a group's cluster, ONE_CLUSTER if there is one only."""
    names = cluster_names_of(scenario)
    return names.index(group.cluster) if group.cluster in names else ONE_CLUSTER


def hosts_in_clusters(scenario: Scenario) -> dict[str, list[int]]:
    """Indices of each cluster's hosts, by its name; all hosts under no name if there is one only."""
    numbers = [number_of_cluster(group, scenario) for group in scenario.hosts for _ in range(group.count)]
    names = cluster_names_of(scenario)
    if not names:
        return {"": list(range(len(numbers)))}
    return {name: [h for h, number in enumerate(numbers) if number == k] for k, name in enumerate(names)}


def hypervisor_of(group: HostGroup, scenario: Scenario) -> str:
    """What a group's hosts run: as it says, or ESX where the profile has a service console and ESXi where not."""
    return group.hypervisor or ("esx" if PROFILES[scenario.profile].console_mb > 0.0 else "esxi")


def _cpu_mhz(group: HostGroup, nominal_mhz: float) -> float:
    """What VMs can get of a host's nominal MHz."""
    if group.hypervisor == "hosted":
        return nominal_mhz * (1.0 - group.os_cpu_percent / _HUNDRED) / (1.0 + group.overhead_percent / _HUNDRED)
    return CAPACITY_FRACTION * nominal_mhz


def _kept_mb(group: HostGroup, scenario: Scenario) -> float:
    """Memory that no VM gets: the service console's, or the host operating system's."""
    kind = hypervisor_of(group, scenario)
    if kind == "hosted":
        return group.os_memory_mb
    console_mb = PROFILES[scenario.profile].console_mb if group.console_mb is None else group.console_mb
    return console_mb if kind == "esx" else 0.0


def _host_row(group: HostGroup, profile: Profile, scenario: Scenario) -> tuple[object, ...]:
    server = SERVERS.get(group.server or "")
    cores = group.cores or (server.cores if server else 0)
    core_mhz = group.core_mhz or (server.core_mhz if server else 0.0)
    watts = np.array(group.power_w or (server.watts if server else ()), np.float64)
    if scenario.power.curve == "linear":
        watts = np.linspace(watts[0], watts[-1], CURVE_POINTS)
    return (
        _cpu_mhz(group, cores * core_mhz),
        float(core_mhz),
        group.memory_gb * MB_PER_GB - _kept_mb(group, scenario),
        0.0 if group.hypervisor == "hosted" else group.vmkernel_mbps,
        group.standby_w,
        group.boot_s,
        group.shutdown_s,
        scenario.evc or cpu_class_of(group),  # a host older than EVC's baseline is refused at load
        HYPERVISORS[hypervisor_of(group, scenario)],
        number_of_cluster(group, scenario),
        vmotion_limit(profile, group.vmkernel_mbps),
        watts,
    )


def vmotion_limit(profile: Profile, vmkernel_mbps: float) -> int:
    """How many vMotions a host with such a line may have at a time."""
    return profile.vmotion_limit_10g if vmkernel_mbps >= _FAST_MBPS else profile.vmotion_limit


def reach_of(scenario: Scenario) -> IntArray:
    """Who reaches which datastore, (H, D)."""
    hosts = host_names_of(scenario)
    index = hosts_in_groups(scenario)
    columns = []
    for datastores in scenario.datastores:
        names = [datastores.host] if datastores.host else datastores.reached_by
        column = np.zeros(len(hosts), np.int64)
        for name in hosts if names is None else names:
            column[index[name]] = 1
        columns += [column] * datastores.count
    return np.stack(columns, axis=1)
