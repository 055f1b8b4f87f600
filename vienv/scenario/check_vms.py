"""What a scenario's VMs must say of pools, of hosts and of datastores."""

from vienv.scenario.complaint import Complaint
from vienv.scenario.inventory import datastore_names_of, host_names_of, vm_names_of
from vienv.scenario.schema import Scenario

_HUNDRED = 100.0
_TOLERANCE = 1e-6


def generator(scenario: Scenario, complaint: Complaint) -> None:
    """Refuse pools that do not exist and mixes that do not add up."""
    g, pools = scenario.vms, [pool.name for pool in scenario.pools]
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


def entries(scenario: Scenario, complaint: Complaint) -> None:
    """Refuse VMs on hosts, datastores or pools that do not exist, and limits below reservations."""
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
