"""The scenarios of a contest: loaded, checked, and told apart by their hashes."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table

from vienv.scenario import generate
from vienv.scenario.generate import Worlds
from vienv.scenario.load import load, preset_names
from vienv.scenario.profiles import PROFILES
from vienv.scenario.refusal import ScenarioError
from vienv.scenario.schema import Scenario

_GENERATOR = Path(generate.__file__).parent


@dataclass(frozen=True)
class Entry:
    """A scenario of the contest."""

    scenario: Scenario
    scenario_hash: str  # of what the scenario says, its price file included
    demand: str | None
    data_hash: str  # of the demand trace; "" if demand is synthetic

    @property
    def name(self) -> str:
        """The scenario's name."""
        return self.scenario.name

    @property
    def num_vms(self) -> int:
        """VMs, a measure of how much work a world is."""
        return self.scenario.vms.count + len(self.scenario.vm)


def entries(specs: Sequence[str], demand: str | None) -> list[Entry]:
    """Load scenarios from presets' names and paths, and see that worlds can be made of them.

    Raises:
        ScenarioError: one of them, or the trace, cannot be used; the message is one line.
    """
    found: dict[str, Entry] = {}
    for spec in specs:
        scenario = load(spec)
        if scenario.name in found:
            raise ScenarioError(f"--scenario {spec}: name {scenario.name!r} is taken by another one; names must differ")
        worlds = Worlds(scenario, demand)
        found[scenario.name] = Entry(scenario, worlds.scenario_hash, demand, worlds.data_hash)
    return list(found.values())


def table() -> Table:
    """The presets and their main numbers."""
    shown = Table(title="presets", title_justify="left", title_style="bold")
    shown.add_column("preset", no_wrap=True)
    for column in ("hosts", "VMs", "memory, GB", "failures"):
        shown.add_column(column, justify="right", no_wrap=True)
    shown.add_column("servers")
    shown.add_column("profile")
    for name in preset_names():
        scenario = load(name)
        hosts = scenario.hosts
        servers = ", ".join(f"{group.count} x {group.server or 'own'}" for group in hosts)
        shown.add_row(
            name,
            str(sum(group.count for group in hosts)),
            str(scenario.vms.count + len(scenario.vm)),
            f"{sum(group.count * group.memory_gb for group in hosts):,.0f}",
            f"x {scenario.failure_accel:.0f}",
            servers,
            scenario.profile,
        )
    profiles = "; ".join(f"{name}: {profile.title}" for name, profile in PROFILES.items())
    shown.caption = f"failures: how much faster hosts die than at 8 % a year. {profiles}."
    shown.caption_justify = "left"
    return shown


def generator_source() -> str:
    """Hash of the sources that make worlds from scenarios, 64 hex digits."""
    digest = hashlib.sha256()
    for path in sorted(_GENERATOR.rglob("*.py")):
        digest.update(path.relative_to(_GENERATOR).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()
