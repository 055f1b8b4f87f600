"""The bill of a world, in EUR: what its energy, imbalance, moves, starving, downtime and power cycles cost.

A cell keeps physical units; prices stand in the scenario. So the bill is worked out here, from both, and can be
worked out again at other prices: the table of how the ranking moves when each price is halved and doubled needs no
new run. (The policies' behaviour does not change with it: a learner trained at other prices would act otherwise.)

Each price's reason stands in DESIGN.md, "The bill".
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vienv.scenario.schema_money import PricesSection

FloatArray = NDArray[np.float64]
SECONDS_PER_HOUR = 3600.0
HOURS_PER_DAY = 24.0
FACTORS = (0.5, 2.0)
"""Of every price, in the table of how the ranking moves."""


class Bill(NamedTuple):
    """What a world costs, by price, EUR; each a number or an array of them."""

    energy: FloatArray
    imbalance: FloatArray
    migration: FloatArray
    unserved_cpu: FloatArray
    unserved_memory: FloatArray
    vm_down: FloatArray
    power_cycle: FloatArray
    licence: FloatArray

    def total(self, **factors: float) -> FloatArray:
        """The whole bill; `imbalance=0.5` halves that price."""
        terms = self._asdict()
        return sum((factors.get(name, 1.0) * terms[name] for name in self._fields), np.zeros_like(self.energy))


def bill_of(totals: Mapping[str, FloatArray], prices: PricesSection) -> Bill:
    """The bill of worlds from their totals in physical units, arrays of one shape.

    Reads `energy_cost, imbalance` (mean over the episode), `hosts, hours, migrations, unserved_cpu_ghz_h,
    unserved_memory_gb_h, vm_down_s, vmotion_downtime_s, power_cycles`.
    """
    down_s = totals["vm_down_s"] + totals["vmotion_downtime_s"]
    return Bill(
        energy=totals["energy_cost"],
        imbalance=totals["imbalance"] * totals["hosts"] * totals["hours"] * prices.imbalance_eur_per_host_h,
        migration=totals["migrations"] * prices.migration_eur,
        unserved_cpu=totals["unserved_cpu_ghz_h"] * prices.unserved_cpu_eur_per_ghz_h,
        unserved_memory=totals["unserved_memory_gb_h"] * prices.unserved_memory_eur_per_gb_h,
        vm_down=down_s / SECONDS_PER_HOUR * prices.vm_down_eur_per_h,
        power_cycle=totals["power_cycles"] * prices.power_cycle_eur,
        licence=totals["hosts"] * totals["hours"] / HOURS_PER_DAY * prices.vc_licence_eur_per_host_day,
    )
