"""What a scenario's tariff must say."""

from pathlib import Path

from vienv.scenario.complaint import Complaint
from vienv.scenario.schema import Scenario
from vienv.scenario.tariff import TariffMaker


def tariff(scenario: Scenario, complaint: Complaint) -> None:
    """Refuse a tariff whose file is not there or cannot be read."""
    tariff = scenario.tariff
    if (tariff.kind == "file") != (tariff.file is not None):
        raise complaint("tariff.file", tariff.file, 'a path with kind = "file", and none without')
    if tariff.file is not None and Path(tariff.file).suffix != ".csv":
        raise complaint("tariff.file", tariff.file, "a .csv of hourly prices")
    TariffMaker(scenario)
