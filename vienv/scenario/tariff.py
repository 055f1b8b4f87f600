"""What a kWh costs in each hour: flat, day and night, or the hours of a price file.

A file's prices are wholesale, EUR/MWh, and each world takes days of its own split; billed is
max(0, price / 1000 + surcharge), so that a negative hour never rewards burning power. Days of 23 or 25 hours (summer
time) are taken as the file gives them: rows are hours. Grid fees that follow peak demand are left out.
"""

import csv
import hashlib
import math
from pathlib import Path

import numpy as np

from vienv.core.state import FloatArray, IntArray
from vienv.scenario.refusal import ScenarioError, read_regular
from vienv.scenario.schema import Scenario
from vienv.scenario.splits import members

LOOKAHEAD_H = 8
"""Hours of the published tariff beyond the episode: the observation looks six hours ahead."""
_HOURS_A_DAY = 24
_MOST_BYTES = 64 * 1024 * 1024
_KW_PER_MW = 1000.0


class TariffMaker:
    """The hours from which a world's tariff is taken.

    Attributes:
        num_hours: of a world's tariff: the episode's, and those that the observation looks ahead.
        eur_per_kwh: as many, or all of a price file's.
        sha256: of the price file; empty without one.
    """

    def __init__(self, scenario: Scenario):
        self.num_hours = math.ceil(scenario.duration_h) + LOOKAHEAD_H
        self._block_h = math.ceil(scenario.duration_h / _HOURS_A_DAY) * _HOURS_A_DAY
        self._is_file, self.sha256 = scenario.tariff.kind == "file", ""
        tariff, hour = scenario.tariff, np.arange(self.num_hours)
        if self._is_file:
            wholesale, self.sha256 = read_prices(scenario.folder / (tariff.file or ""), self._block_h)
            self.eur_per_kwh = np.maximum(0.0, wholesale / _KW_PER_MW + tariff.surcharge_eur_per_kwh)
        elif tariff.kind == "two-rate":
            since_night = (hour - tariff.night_begins_h) % _HOURS_A_DAY
            is_night = since_night < (tariff.night_ends_h - tariff.night_begins_h) % _HOURS_A_DAY
            self.eur_per_kwh = np.where(is_night, tariff.night_eur_per_kwh, tariff.eur_per_kwh)
        else:
            self.eur_per_kwh = np.full(self.num_hours, tariff.eur_per_kwh)

    def first_hours(self, split: str) -> IntArray:
        """Where the worlds of a split may begin."""
        if not self._is_file:
            return np.zeros(1, np.int64)
        return members(self.eur_per_kwh.size // self._block_h, split) * self._block_h


def read_prices(path: Path, block_h: int = _HOURS_A_DAY) -> tuple[FloatArray, str]:
    """Hourly prices, EUR/MWh, of a CSV (first line a heading, last column the price), and its SHA-256."""
    raw = read_regular(path, str(path), _MOST_BYTES)
    prices = []
    try:
        lines = list(csv.reader(raw.decode("utf-8").splitlines()))
    except (ValueError, csv.Error) as error:
        raise ScenarioError(f"{path}: not a CSV file in UTF-8: {error}") from None
    for number, line in enumerate(lines[1:], start=2):
        try:
            price = float(line[-1])
        except (ValueError, IndexError):
            raise ScenarioError(f"{path}: line {number}: no price in the last column; EUR/MWh is expected") from None
        if not math.isfinite(price):
            raise ScenarioError(f"{path}: line {number}: the price is not finite")
        prices.append(price)
    needed = 3 * block_h
    if len(prices) < needed:
        raise ScenarioError(f"{path}: {len(prices)} hourly prices; at least {needed} are needed (a block a split)")
    return np.array(prices), hashlib.sha256(raw).hexdigest()
