"""Devices that VMs want and the drivers that hosts have for them, as all worlds of a scenario share them."""

import numpy as np

from vienv.core import state
from vienv.scenario.inventory import Inventory
from vienv.scenario.rows import Rows
from vienv.scenario.schema import Scenario


def has_devices(scenario: Scenario) -> bool:
    """Whether a VM wants a device."""
    return any(entry.device is not None for entry in scenario.vm)


def devices_of(scenario: Scenario) -> list[str]:
    """Names of the devices that VMs want, in order of appearance."""
    return list(dict.fromkeys(entry.device for entry in scenario.vm if entry.device is not None))


def write_devices(rows: Rows, scenario: Scenario, inventory: Inventory) -> None:
    """Write who wants what, a bit a device, and which hosts have a driver: ESX has all."""
    if not has_devices(scenario):
        return
    numbers = {name: k for k, name in enumerate(devices_of(scenario))}
    devices, drivers = rows.view(state.Devices), rows.view(state.Drivers)
    for v, entry in enumerate(scenario.vm):
        devices.part[v] = entry.device_part
        devices.needs[v] = 0 if entry.device is None else 1 << numbers[entry.device]
    known = [_known(group.drivers, numbers) if group.hypervisor == "hosted" else -1 for group in scenario.hosts]
    drivers.devices[:] = np.repeat(known, [group.count for group in scenario.hosts])


def _known(drivers: list[str], numbers: dict[str, int]) -> int:
    """Bits of the wanted devices that a host operating system has drivers for."""
    return sum(1 << numbers[name] for name in set(drivers) if name in numbers)
