"""What a scenario may say of its bill."""

from typing import Literal

from pydantic import Field

from vienv.scenario.schema_basics import Price, Section


class TariffSection(Section):
    """What a kWh costs."""

    kind: Literal["flat", "two-rate", "file"] = "flat"
    eur_per_kwh: Price = 0.20
    night_eur_per_kwh: Price = 0.14
    night_begins_h: int = Field(default=22, ge=0, le=23)
    night_ends_h: int = Field(default=6, ge=0, le=23)
    file: str | None = Field(
        default=None, min_length=1, max_length=1024
    )  # hourly, EUR/MWh; relative to the scenario's folder
    surcharge_eur_per_kwh: Price = 0.10  # billed: max(0, price + surcharge): negative hours never reward burning power


class PricesSection(Section):
    """The bill (DESIGN.md); energy's price is the tariff."""

    imbalance_eur_per_host_h: Price = 0.10
    migration_eur: Price = 0.005
    unserved_cpu_eur_per_ghz_h: Price = 0.10
    unserved_memory_eur_per_gb_h: Price = 0.05
    vm_down_eur_per_h: Price = 1.00
    power_cycle_eur: Price = 0.02
    vc_licence_eur_per_host_day: Price = 0.0  # VirtualCenter's, the same whatever a policy does
