"""What one field of a scenario must say about another.

Names that exist, sums, sizes, and VMware's configuration maximums: a guard a function, in the scenario's order; each
raises with file, field path, value and what is allowed. Whether all VMs find a host is known only when a world is
drawn (`placement.py`).
"""

from vienv.scenario import (
    check_clusters,
    check_ha,
    check_hosted,
    check_hosts,
    check_management,
    check_money,
    check_networks,
    check_orders,
    check_rules,
    check_sizes,
    check_storage,
    check_vms,
)
from vienv.scenario.complaint import Complaint
from vienv.scenario.schema import Scenario

_CHECKS = (
    check_sizes.sizes,
    check_sizes.times,
    check_hosts.hosts,
    check_clusters.clusters,
    check_hosts.evc,
    check_hosted.hypervisors,
    check_hosted.racks,
    check_storage.datastores,
    check_rules.pools,
    check_storage.described,
    check_vms.generator,
    check_vms.entries,
    check_hosted.devices,
    check_rules.reservations,
    check_rules.rules,
    check_orders.times,
    check_orders.on_hosts,
    check_management.mechanisms,
    check_clusters.reserves,
    check_management.drs,
    check_management.incidents,
    check_networks.addresses,
    check_networks.links,
    check_networks.partitions,
    check_storage.path_failures,
    check_networks.sessions,
    check_ha.ha,
    check_ha.isolation_addresses,
    check_ha.failover_hosts,
    check_orders.on_files,
    check_hosted.hosted_hosts,
    check_clusters.maximums,
    check_sizes.maximums,
    check_money.tariff,
)


def check(scenario: Scenario, label: str) -> None:
    """Refuse what the schema alone cannot see."""
    complaint = Complaint(label)
    for check_one in _CHECKS:
        check_one(scenario, complaint)
