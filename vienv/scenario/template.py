"""What all worlds of a scenario share of a cluster's two rows, written once: inventory, entries, settings."""

from vienv.core import state
from vienv.core.enums import NO_HOST, NO_VM, IncidentKind
from vienv.core.score import PERFECT
from vienv.core.state import NEVER
from vienv.scenario.entries import write_entries
from vienv.scenario.events import events_of, write_feeds
from vienv.scenario.inventory import Inventory
from vienv.scenario.rows import Rows
from vienv.scenario.schema import Scenario
from vienv.scenario.settings import prices_of, settings_of
from vienv.scenario.sizes import has_more
from vienv.scenario.template_files import write_files
from vienv.scenario.template_ha import write_ha
from vienv.scenario.template_hosted import write_devices
from vienv.scenario.template_networks import write_networks
from vienv.scenario.template_orders import write_orders
from vienv.scenario.template_rules import write_pools, write_rules
from vienv.scenario.template_storage import write_storage

_INCIDENTS = {
    "host_failure": IncidentKind.HOST_FAILURE,
    "os_reboot": IncidentKind.OS_REBOOT,
    "maintenance": IncidentKind.MAINTENANCE,
    "vc_outage": IncidentKind.VC_OUTAGE,
    "link_failure": IncidentKind.LINK_FAILURE,
    "partition": IncidentKind.PARTITION,
    "path_failure": IncidentKind.PATH_FAILURE,
    "guest_failure": IncidentKind.GUEST_FAILURE,
    "isolation_address_loss": IncidentKind.ISOLATION_ADDRESS_LOSS,
}
_S_PER_H = 3600.0


def write_common(rows: Rows, scenario: Scenario, inventory: Inventory) -> None:
    """Write what all worlds of a scenario share."""
    for settings in settings_of(scenario, inventory):
        rows.write(settings)
    rows.write(prices_of(scenario))
    clock, vms = rows.clock, rows.vms
    clock.tick_s[0], clock.duration_s[0] = scenario.tick_s, scenario.duration_h * _S_PER_H
    clock.ticks_per_interval[0] = round(scenario.interval_s / scenario.tick_s)
    clock.intervals_per_episode[0] = round(scenario.duration_h * _S_PER_H / scenario.interval_s)
    clock.picked[0], clock.placement_changed[0] = NO_VM, 1
    clock.has_more[0] = has_more(scenario)
    _write_hosts(rows, inventory)
    write_pools(rows, scenario)
    _write_incidents(rows, scenario, inventory)
    write_entries(rows, scenario, inventory)
    write_ha(rows, scenario, inventory)
    write_rules(rows, scenario, inventory)
    write_storage(rows, scenario, inventory)
    write_files(rows, scenario, inventory)
    write_orders(rows, scenario, inventory)
    write_devices(rows, scenario, inventory)
    write_feeds(rows, scenario)
    vms.up_at_s[:] = vms.restart_at_s[:] = NEVER
    vms.scanned_since_s[:] = -NEVER  # long ago
    vms.plan_host[:] = NO_HOST
    migrations = rows.view(state.Migrations)
    migrations.source[:] = migrations.destination[:] = NO_HOST
    migrations.ended_at_s[:] = migrations.failed_at_s[:] = -NEVER
    rows.view(state.ClusterScore).score[:] = PERFECT
    rows.view(state.Waits).since_s[:] = NEVER
    recommendations = rows.view(state.Recommendations)
    recommendations.vm[:], recommendations.destination[:] = NO_VM, NO_HOST


def _write_hosts(rows: Rows, inventory: Inventory) -> None:
    hosts = rows.hosts
    for name in ("cpu_capacity_mhz", "core_mhz", "memory_managed_mb", "memory_capacity_mb", "vmkernel_mbps"):
        getattr(hosts, name)[:] = getattr(inventory, name)
    for name in ("standby_w", "boot_s", "shutdown_s", "cpu_class", "hypervisor", "cluster", "vmotion_limit"):
        getattr(hosts, name)[:] = getattr(inventory, name)
    for name in ("ready_at_s", "repair_at_s", "fails_at_s", "severed_at_s", "maintenance_ends_s", "restores_at_s"):
        getattr(hosts, name)[:] = NEVER
    rows.view(state.Paths).is_reachable[:] = inventory.is_reachable.ravel()
    rows.view(state.PowerCurves).watts[:] = inventory.watts.ravel()


def _write_incidents(rows: Rows, scenario: Scenario, inventory: Inventory) -> None:
    incidents, by_time = rows.view(state.Incidents), sorted(events_of(scenario), key=lambda one: one.at_s)
    write_networks(rows, scenario, inventory, by_time)
    for k, incident in enumerate(by_time):
        incidents.at_s[k], incidents.duration_s[k] = incident.at_s, incident.duration_s
        incidents.kind[k] = _INCIDENTS[incident.kind]
        incidents.host[k] = NO_HOST if incident.host is None else inventory.host_names.index(incident.host)
        incidents.vm[k] = NO_VM if incident.vm is None else inventory.vm_names.index(incident.vm)
