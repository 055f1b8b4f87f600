"""The scenarios of a contest: loaded, checked, and hashed with all that their worlds are made from."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table

from vienv import scenario as scenario_package
from vienv.scenario.load import ScenarioError, load, preset_names
from vienv.scenario.schema import Scenario

_MODULES = Path(scenario_package.__file__).parent


@dataclass(frozen=True)
class Entry:
    """A scenario of the contest."""

    scenario: Scenario
    scenario_hash: str  # of the scenario, of the files it names, and of the generator's source
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
    """Load scenarios from presets' names and paths.

    Raises:
        ScenarioError: one of them, or the trace, cannot be used; the message is one line.
    """
    data_hash = _hash_of_data(Path(demand)) if demand else ""
    found: dict[str, Entry] = {}
    for spec in specs:
        scenario = load(spec)
        if scenario.name in found:
            raise ScenarioError(
                f"--scenario {spec}: a scenario named {scenario.name!r} is there already; names must differ"
            )
        found[scenario.name] = Entry(scenario, _hash_of(scenario), demand, data_hash)
    return list(found.values())


def table() -> Table:
    """The presets and their main numbers."""
    shown = Table("preset", title="presets", title_justify="left", title_style="bold")
    for column in ("hosts", "VMs", "memory, GB", "vMotion, Mbit/s", "hours"):
        shown.add_column(column, justify="right")
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
            "/".join(sorted({f"{group.vmkernel_mbps:.0f}" for group in hosts})),
            f"{scenario.duration_h:g}",
            servers,
            scenario.profile,
        )
    return shown


def _hash_of(scenario: Scenario) -> str:
    digest = hashlib.sha256(scenario.model_dump_json().encode())
    for module in sorted(_MODULES.glob("*.py")):
        digest.update(module.name.encode() + module.read_bytes())
    if scenario.tariff.file:
        digest.update((scenario.folder / scenario.tariff.file).read_bytes())
    return digest.hexdigest()


def _hash_of_data(path: Path) -> str:
    """SHA-256 of a trace file, or of the names and contents of a folder's files."""
    files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    digest = hashlib.sha256()
    for file in files:
        if path.is_dir():
            digest.update(str(file.relative_to(path)).encode())
        with file.open("rb") as handle:
            digest.update(hashlib.file_digest(handle, "sha256").digest())
    return digest.hexdigest()
