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

from vienv.core.state import FloatArray
from vienv.scenario.keys import Keys, Stream
from vienv.scenario.refusal import ScenarioError, read_regular
from vienv.scenario.schema import Scenario
from vienv.scenario.splits import members

LOOKAHEAD_H = 8
"""Hours of the published tariff beyond the episode: the observation looks six hours ahead."""
_HOURS_A_DAY = 24
_MOST_BYTES = 64 * 1024 * 1024
_KW_PER_MW = 1000.0


class TariffMaker:
    """The hourly tariff of any world; `sha256` of the price file, empty without one."""

    def __init__(self, scenario: Scenario):
        self._tariff = scenario.tariff
        self._block_h = math.ceil(scenario.duration_h / _HOURS_A_DAY) * _HOURS_A_DAY
        self._prices = np.zeros(0)
        self.sha256 = ""
        if scenario.tariff.kind == "file":
            path = scenario.folder / (scenario.tariff.file or "")
            self._prices, self.sha256 = read_prices(path, self._block_h)

    def hours(self, split: str, keys: Keys, count: int) -> FloatArray:
        """EUR/kWh of `count` hours from the episode's midnight on."""
        tariff, hour = self._tariff, np.arange(count)
        if tariff.kind == "flat":
            return np.full(count, tariff.eur_per_kwh)
        if tariff.kind == "two-rate":
            since_night = (hour - tariff.night_begins_h) % _HOURS_A_DAY
            is_night = since_night < (tariff.night_ends_h - tariff.night_begins_h) % _HOURS_A_DAY
            return np.where(is_night, tariff.night_eur_per_kwh, tariff.eur_per_kwh)
        blocks = members(self._prices.size // self._block_h, split)
        first = int(keys.generator(Stream.PRICE).choice(blocks)) * self._block_h
        wholesale = self._prices[(first + hour) % self._prices.size] / _KW_PER_MW
        return np.maximum(0.0, wholesale + tariff.surcharge_eur_per_kwh)


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
