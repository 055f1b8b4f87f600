"""Rows of the kinds that only some scenarios use: none where the part is not asked for, and then it costs nothing."""

from vienv.core.enums import Happening
from vienv.scenario.events import events_of, feeds_of, has_reboots
from vienv.scenario.inventory import cluster_names_of, datastore_names_of, host_names_of, vm_names_of
from vienv.scenario.schema import Scenario
from vienv.scenario.settings import may_wait_for_lines, ranks_by_score
from vienv.scenario.settings_ha import has_guests, has_roles, wakes_for_capacity
from vienv.scenario.template_files import has_files
from vienv.scenario.template_hosted import has_devices
from vienv.scenario.template_networks import befalls_many, has_networks, loses_clients
from vienv.scenario.template_orders import num_orders
from vienv.scenario.template_rules import has_preferences
from vienv.scenario.template_storage import has_io


def rows_of(scenario: Scenario) -> dict[str, int]:
    """The arena's sizes that depend on what the scenario uses, by name."""
    hosts, vms = len(host_names_of(scenario)), len(vm_names_of(scenario))
    counts = has_guests(scenario) or wakes_for_capacity(scenario) or bool(scenario.orders)
    orders, files = num_orders(scenario), has_files(scenario)
    return {
        "networked_hosts": hosts if has_networks(scenario) else 0,
        "direct_vms": vms if scenario.virtualcenter.direct_power_on else 0,
        "sessions": len(scenario.sessions),
        "parted": hosts * len(events_of(scenario)) if befalls_many(scenario) else 0,
        "scored_vms": vms if ranks_by_score(scenario) else 0,
        "waiting_vms": vms if may_wait_for_lines(scenario) else 0,
        "reached_vms": vms if loses_clients(scenario) else 0,
        "protected_hosts": hosts if has_roles(scenario) else 0,
        "guests": vms if has_guests(scenario) else 0,
        "feeds": len(feeds_of(scenario)),
        "clusters": len(cluster_names_of(scenario)),
        "preferring_vms": vms if has_preferences(scenario) else 0,
        "offers": int("automation" in scenario.drs.model_fields_set),
        "devices": vms if has_devices(scenario) else 0,
        "counters": len(Happening) if counts else 0,
        "volumes": len(datastore_names_of(scenario)) if scenario.storage is not None else 0,
        "disks": vms if scenario.storage is not None else 0,
        "copies": orders if files else 0,
        "orders": orders,
        "filed_vms": vms if files else 0,
        "io_vms": vms if has_io(scenario) else 0,
        "adapters": hosts if scenario.storage is not None else 0,
    }


def has_more(scenario: Scenario) -> int:
    """1 if a tick has more to look at than in every scenario."""
    return int(any(rows_of(scenario).values()) or has_reboots(scenario))
