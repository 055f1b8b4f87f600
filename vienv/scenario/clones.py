"""VMs that orders will make: entries from the start, like their template's, with nothing behind them yet."""

from vienv.scenario.inventory import numbered
from vienv.scenario.schema import Scenario
from vienv.scenario.schema_orders import Clone
from vienv.scenario.schema_vms import VmEntry


def clones_of(scenario: Scenario) -> list[tuple[Clone, list[str]]]:
    """Orders that make VMs, and the names of those that each makes."""
    orders = [order for order in scenario.orders if isinstance(order, Clone)]
    return [(order, numbered(order.name, order.count)) for order in orders]


def with_clones(scenario: Scenario) -> Scenario:
    """A checked scenario with an entry more for each clone that its orders make."""
    entries = {entry.name: entry for entry in scenario.vm}
    made: list[VmEntry] = []
    for order, names in clones_of(scenario):
        like = {"is_template": False, "host": None} | ({"thin": True} if order.kind == "linked_clone" else {})
        made += [entries[order.template].model_copy(update={**like, "name": name}) for name in names]
    return scenario.model_copy(update={"vm": [*scenario.vm, *made]}) if made else scenario


def clone_names(scenario: Scenario) -> list[str]:
    """Names of all VMs that orders make."""
    return [name for _, names in clones_of(scenario) for name in names]
