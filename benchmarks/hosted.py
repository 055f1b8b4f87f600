"""The same guests under a hosted hypervisor and under ESX: the preset `hosted-to-esx` and its twin, policy by policy.

`python -m benchmarks.hosted --worlds 8 --picture docs/presets/hosted-to-esx.png` plays test worlds of both. The twin is
the same scenario with ESX on the two servers and every VM on the SAN; its demand is the same in MHz, and the patch,
which ESX needs too, is a maintenance that lasts as long as the update and its boot.
"""

import argparse
import tomllib
from pathlib import Path
from typing import Any

from benchmarks.shows import draw, play, totals
from vienv.scenario import load
from vienv.scenario.inventory import inventory_of

PRESET = Path(__file__).parent.parent / "vienv/scenario/presets/hosted-to-esx.toml"
_OF_A_HOSTED_HOST = ("hypervisor", "drivers")
_OF_A_HOSTED_VM = ("datastore", "device")
_BOOT_S = 240.0


def main() -> None:
    """Print one table, and draw world 0 under static and drs-3 of both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--policies", default="static,drs-3,drs-dpm")
    parser.add_argument("--worlds", type=int, default=8)
    parser.add_argument("--picture", type=Path, default=None)
    arguments = parser.parse_args()
    scenarios = {"hosted": hosted(), "ESX": twin(hosted())}
    played = {
        f"{kind}, {name}": play(name, scenario, arguments.worlds)
        for kind, scenario in scenarios.items()
        for name in arguments.policies.split(",")
    }
    print("\n".join(totals({name: reports for name, (reports, _) in played.items()})))
    if arguments.picture is not None:
        days = {name: day for name, (_, day) in played.items()}
        draw(days, load(hosted()).interval_s, arguments.picture)


def hosted() -> dict[str, Any]:
    """The preset as it stands."""
    return tomllib.loads(PRESET.read_text())


def twin(scenario: dict[str, Any]) -> dict[str, Any]:
    """The same guests, wanting the same MHz, with ESX everywhere and every VM's files on the SAN."""
    made = {
        **scenario,
        "hosts": [_without(host, _OF_A_HOSTED_HOST) for host in scenario["hosts"]],
        "datastores": [{"name": "lun", "count": 2}],
        "vm": [_without(vm, _OF_A_HOSTED_VM) for vm in scenario["vm"]],
        "incidents": [
            one | {"kind": "maintenance", "duration_s": one["duration_s"] + _BOOT_S} for one in scenario["incidents"]
        ],
    }
    ratio = _capacity_mhz(scenario) / _capacity_mhz(made)
    return made | {"demand": scenario["demand"] | {"mean_load": scenario["demand"]["mean_load"] * ratio}}


def _without(table: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: value for key, value in table.items() if key not in keys}


def _capacity_mhz(scenario: dict[str, Any]) -> float:
    return float(inventory_of(load(scenario)).cpu_capacity_mhz.sum())


if __name__ == "__main__":
    main()
