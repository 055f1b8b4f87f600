"""VMs that orders will make: entries from the start, like their template's, with nothing behind them yet."""

from vienv.scenario.inventory import numbered
from vienv.scenario.schema import Scenario
from vienv.scenario.schema_orders import FileOrder
from vienv.scenario.schema_vms import VmEntry


def names_of(order: FileOrder) -> list[str]:
    """Names of the VMs that an order makes."""
    return [] if order.name is None else numbered(order.name, order.count or 1)


def with_clones(scenario: Scenario) -> Scenario:
    """A checked scenario with an entry more for each clone that its orders make."""
    entries = {entry.name: entry for entry in scenario.vm}
    made: list[VmEntry] = []
    for order in scenario.file_orders:
        if order.template is not None:
            like = {"is_template": False, "host": None}
            made += [entries[order.template].model_copy(update={**like, "name": name}) for name in names_of(order)]
    return scenario.model_copy(update={"vm": [*scenario.vm, *made]}) if made else scenario


def clone_names(scenario: Scenario) -> list[str]:
    """Names of all VMs that orders make."""
    return [name for order in scenario.file_orders for name in names_of(order)]
