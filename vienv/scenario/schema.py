"""What a scenario may say: the inventory, its load, its prices and its misfortunes.

Every number has its unit in its name, its bounds, and the source of its default beside it; an unknown key is an
error. UNSOURCED marks a default for which no publication gives a figure. The sections stand here, what each may hold in
the `schema_*` files. Left out: storage throughput, VM networks and anything that a policy cannot influence through
vMotion and host power.
"""

from pathlib import Path
from typing import Literal

from pydantic import Field, PrivateAttr

from vienv.scenario.profiles import PROFILES, ProfileName
from vienv.scenario.schema_basics import (
    MOST_DATASTORES,
    MOST_HOSTS,
    MOST_INCIDENTS,
    MOST_ORDERS,
    MOST_POOLS,
    MOST_RULES,
    MOST_SESSIONS,
    MOST_VMS,
    Name,
    Section,
)
from vienv.scenario.schema_ha import Ha
from vienv.scenario.schema_hosts import HostGroup, Power
from vienv.scenario.schema_management import Drs, Incident, Rack, VirtualCenter, Vmotion
from vienv.scenario.schema_money import PricesSection, TariffSection
from vienv.scenario.schema_networks import Networks, SessionGroup
from vienv.scenario.schema_orders import FileSettings, Order
from vienv.scenario.schema_storage import DatastoreGroup, Storage
from vienv.scenario.schema_vms import Demand, HostRule, Memory, PoolEntry, VmEntry, VmGenerator


class Scenario(Section):
    """A cluster, its load and its bill; `generate.Worlds` makes worlds of it."""

    name: Name
    description: str = Field(default="", max_length=2000)
    profile: ProfileName = "vi3"
    limits: Literal["vmware", "none"] = "vmware"
    duration_h: float = Field(default=24.0, gt=0, le=24 * 366)
    tick_s: float = Field(default=20.0, ge=1, le=300)  # VirtualCenter's real-time sample
    interval_s: float = Field(
        default_factory=lambda said: PROFILES[said.get("profile", "vi3")].interval_s, ge=60, le=3600
    )  # DRS's PollPeriodSec, its documented range; default: the profile's
    evc: Name | None = None  # baseline: an Intel generation that newer hosts present themselves as (`hardware`)
    recommendations: int = Field(default=16, ge=1, le=64)
    hosts: list[HostGroup] = Field(min_length=1, max_length=MOST_HOSTS)
    datastores: list[DatastoreGroup] = Field(default=[DatastoreGroup()], min_length=1, max_length=MOST_DATASTORES)
    pools: list[PoolEntry] = Field(default=[], max_length=MOST_POOLS)
    rules: list[HostRule] = Field(default=[], max_length=MOST_RULES)
    storage: Storage | None = None
    vms: VmGenerator = VmGenerator()
    vm: list[VmEntry] = Field(default=[], max_length=MOST_VMS)
    demand: Demand = Demand()
    memory: Memory = Memory()
    networks: Networks = Networks()
    sessions: list[SessionGroup] = Field(default=[], max_length=MOST_SESSIONS)
    vmotion: Vmotion = Vmotion()
    drs: Drs = Drs()
    power: Power = Power()
    ha: Ha = Ha()
    virtualcenter: VirtualCenter = VirtualCenter()
    tariff: TariffSection = TariffSection()
    prices: PricesSection = PricesSection()
    racks: list[Rack] = Field(default=[], max_length=MOST_HOSTS)
    incidents: list[Incident] = Field(default=[], max_length=MOST_INCIDENTS)
    orders: list[Order] = Field(default=[], max_length=MOST_ORDERS)
    files: FileSettings = FileSettings()
    _folder: Path = PrivateAttr(default_factory=Path)

    @property
    def folder(self) -> Path:
        """Where relative paths begin: the scenario file's folder, or the current one."""
        return self._folder

    @property
    def failure_accel(self) -> float:
        """How much faster hosts fail than at 8 % a year (Vishwanath and Nagappan, SoCC 2010); 0: they never fail."""
        return 0.0 if self.ha.host_mtbf_days is None else 365.25 / 0.08 / self.ha.host_mtbf_days
