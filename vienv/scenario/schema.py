"""What a scenario may say: the inventory, its load, its prices and its misfortunes.

Every number has its unit in its name, its bounds, and the source of its default beside it; an unknown key is an
error. UNSOURCED marks a default for which no publication gives a figure. Left out: storage throughput, VM networks
and anything that a policy cannot influence through vMotion and host power.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

from vienv.scenario.profiles import Admission, ProfileName

MOST_HOSTS = 4096
MOST_VMS = 65536
MOST_DATASTORES = 1024
MOST_POOLS = 128
MOST_INCIDENTS = 4096
NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9 ._-]{0,62}$"

Name = Annotated[str, Field(pattern=NAME_PATTERN)]
Percent = Annotated[float, Field(ge=0, le=100)]
Fraction = Annotated[float, Field(ge=0, le=1)]
Seconds = Annotated[float, Field(ge=0, le=1e8)]
Mhz = Annotated[float, Field(ge=0, le=1e7)]
Mb = Annotated[float, Field(ge=0, le=1e8)]
Price = Annotated[float, Field(ge=0, le=1e6)]
Shares = Literal["low", "normal", "high"] | Annotated[int, Field(ge=1, le=1_000_000)]


class Section(BaseModel):
    """Strict types, finite numbers, no unknown keys, frozen."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, strict=True, frozen=True)


class HostGroup(Section):
    """Equal hosts, named `<name>-01` and so on; a server's name, or cores, core_mhz and power_w of its own."""

    name: Name = "esx"
    count: int = Field(default=1, ge=1, le=MOST_HOSTS)
    server: str | None = None
    cores: int | None = Field(default=None, ge=1, le=1024)
    core_mhz: float | None = Field(default=None, ge=100, le=20_000)
    power_w: list[Annotated[float, Field(ge=0, le=100_000)]] | None = Field(default=None, min_length=11, max_length=11)
    cpu_class: Name | None = None
    memory_gb: float = Field(ge=1, le=65_536)
    vmkernel_mbps: float = Field(default=1000, ge=0, le=400_000)
    boot_s: float = Field(
        default=240, ge=1, le=86_400
    )  # UNSOURCED for ESX; 180-300 s plausible, 200-260 s in Gandhi's studies
    shutdown_s: float = Field(default=60, ge=0, le=86_400)  # UNSOURCED
    standby_w: float = Field(default=15, ge=0, le=10_000)  # UNSOURCED; S5 with its NIC powered, 5-20 W usually assumed


class DatastoreGroup(Section):
    """Shared by all hosts or by those in `reached_by` (hosts' or groups' names); kind "local" belongs to one `host`."""

    name: Name = "lun"
    count: int = Field(default=1, ge=1, le=MOST_DATASTORES)
    kind: Literal["FC SAN", "iSCSI SAN", "NFS", "local"] = "FC SAN"
    host: str | None = None
    reached_by: list[str] | None = Field(default=None, min_length=1, max_length=MOST_HOSTS)


class PoolEntry(Section):
    """A resource pool, child of the cluster's root; CPU only."""

    name: Name
    shares: Shares = "normal"  # 2000 / 4000 / 8000 (vSphere Resource Management Guide)
    reservation_mhz: Mhz = 0
    limit_mhz: Mhz | None = None


class VmGenerator(Section):
    """VMs named `vm-001` on, drawn anew in each world: exact shares of the mix, shuffled."""

    count: int = Field(default=0, ge=0, le=MOST_VMS)
    vcpus: list[Annotated[int, Field(ge=1, le=256)]] = Field(default=[1], min_length=1, max_length=16)
    vcpus_percent: list[Percent] = Field(default=[100.0], min_length=1, max_length=16)
    memory_gb: list[Annotated[float, Field(gt=0, le=65_536)]] = Field(default=[1.0], min_length=1, max_length=16)
    memory_percent: list[Percent] = Field(default=[100.0], min_length=1, max_length=16)
    reservation_percent: Percent = 0.0
    largest_reservation_mhz: Mhz = 0.0
    largest_reservation_mb: Mb = 0.0
    high_shares_percent: Percent = 10.0
    low_shares_percent: Percent = 10.0
    arriving_percent: Percent = 0.0  # of the VMs, at a random time of the episode's first half
    departments: int = Field(default=4, ge=1, le=MOST_VMS)
    pools: list[str] = Field(default=[], max_length=MOST_POOLS)  # departments take them in turn


class VmEntry(Section):
    """One VM by name."""

    name: Name
    vcpus: int = Field(default=1, ge=1, le=256)
    memory_gb: float = Field(default=1.0, gt=0, le=65_536)
    host: str | None = None
    datastore: str | None = None
    pool: str | None = None
    cpu_reservation_mhz: Mhz = 0.0
    cpu_limit_mhz: Mhz | None = None
    shares: Literal["low", "normal", "high"] = "normal"  # 500 / 1000 / 2000 a vCPU, 5 / 10 / 20 a MB
    memory_reservation_mb: Mb = 0.0
    memory_limit_mb: Mb | None = None
    restart_priority: Literal["disabled", "low", "medium", "high"] = "medium"
    arrives_s: Seconds = 0.0
    together: Name | None = None
    apart: Name | None = None
    load: Fraction | None = None  # a constant demand, as a fraction of configured CPU, instead of the generator's


class Demand(Section):
    """The synthetic demand (synthetic.py says what each does); figures beside Bitbrains' in DESIGN.md."""

    mean_load: float = Field(default=0.27, gt=0, le=2)  # mean demand / the cluster's CPU capacity, over the episode
    vm_sigma: float = Field(default=0.8, ge=0, le=3)
    department_sigma: float = Field(default=0.6, ge=0, le=3)
    daily_amplitude: float = Field(default=0.48, ge=0, le=1)
    peak_hour: float = Field(default=14.0, ge=0, lt=24)
    phase_sd_h: float = Field(default=1.0, ge=0, le=12)
    weekend_factor: float = Field(default=0.7, ge=0, le=1)
    noise_cv: float = Field(default=0.3, ge=0, le=3)
    noise_correlation: float = Field(default=0.9, ge=0, lt=1)  # from one 300-s sample to the next
    department_noise: Fraction = 0.2  # of the noise's variance, common to a department
    bursts_a_day: float = Field(default=0.7, ge=0, le=48)
    burst_minutes: float = Field(default=25.0, gt=0, le=1440)
    burst_tail: float = Field(default=2.0, gt=1, le=10)  # Pareto index of a burst's height; the mean level is its scale
    imbalance_least: Fraction = 0.10  # worlds whose static imbalance lies outside are drawn again
    imbalance_most: float = Field(default=0.25, ge=0, le=10)


class Memory(Section):
    """How guests use memory. UNSOURCED, except where noted."""

    touched_fraction: Fraction = 0.90
    active_base: Fraction = 0.12
    active_per_cpu: Fraction = 0.30
    dirty_median_mb_s: float = Field(default=3.0, ge=0, le=10_000)
    dirty_sigma: float = Field(default=0.9, ge=0, le=3)
    working_set_least: Fraction = 0.10
    working_set_most: Fraction = 0.25
    balloon_mb_s: float = Field(default=50.0, gt=0, le=1e6)
    swap_in_mb_s: float = Field(default=20.0, gt=0, le=1e6)
    share_scan_s: float = Field(default=3600.0, gt=0, le=1e8)  # Mem.ShareScanTime, 60 min
    swap_stall: Fraction = 0.9


class Vmotion(Section):
    """Pre-copy's settings that no version fixes."""

    payload_fraction: float = Field(default=0.936, gt=0, le=1)  # 117 MB/s of 125 on 1 GbE after headers
    setup_s: Seconds = 1.0  # UNSOURCED
    fixed_downtime_s: Seconds = 0.06  # Xen's floor in Clark, NSDI 2005
    stop_mb: float = Field(default=0.2, gt=0, le=1e6)  # 50 pages, Clark
    stop_s: Seconds = 0.0
    guest_slowdown: Fraction = 0.10  # Beloglazov and Buyya 2012
    sdps_ratio: float = Field(default=0.5, gt=0, lt=1)  # UNSOURCED


class Power(Section):
    """Standby and Wake-on-LAN."""

    curve: Literal["measured", "linear"] = "measured"  # linear: idle to peak, for ESX 3.5 managed no P-states
    wake_s: Seconds = 5.0  # UNSOURCED
    wake_failure_percent: Percent = 2.0  # UNSOURCED
    wake_repair_s: Seconds = 3600.0  # UNSOURCED
    minimum_hosts_on: int | None = Field(
        default=None, ge=1, le=MOST_HOSTS
    )  # default: 1, with HA the profile's 2 (DPM's rule)


class Ha(Section):
    """High availability and random host failures."""

    enabled: bool = True
    admission: Admission = "slots"
    failures_tolerated: int = Field(default=1, ge=1, le=MOST_HOSTS)
    failover_percent: Percent = 25.0
    guest_boot_s: Seconds = 90.0  # UNSOURCED
    placement_s: Seconds = 0.0  # UNSOURCED
    restart_gap_s: Seconds = 120.0  # gaps 2, 4, 8, 16 min (HA Deepdive)
    restart_gap_maximum_s: Seconds = 960.0
    host_mtbf_days: float | None = Field(default=None, ge=0.01, le=1e6)  # accelerated; none: no random failures
    failure_shape: float = Field(default=0.75, ge=0.1, le=10)  # Weibull; Schroeder and Gibson, DSN 2006
    repair_median_h: float = Field(default=1.0, gt=0, le=10_000)  # lognormal; same
    repair_mean_h: float = Field(default=6.0, gt=0, le=10_000)


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


class Incident(Section):
    """Something that a scenario schedules."""

    kind: Literal["host_failure", "maintenance", "vc_outage"]
    at_s: Seconds
    duration_s: Seconds
    host: str | None = None


class Scenario(Section):
    """A cluster, its load and its bill; `generate.Worlds` makes worlds of it."""

    name: Name
    description: str = Field(default="", max_length=2000)
    profile: ProfileName = "vi3"
    limits: Literal["vmware", "none"] = "vmware"
    duration_h: float = Field(default=24.0, gt=0, le=24 * 366)
    tick_s: float = Field(default=20.0, ge=1, le=300)  # VirtualCenter's real-time sample
    interval_s: float = Field(default=300.0, ge=60, le=3600)  # DRS's PollPeriodSec, its documented range
    recommendations: int = Field(default=16, ge=1, le=64)
    hosts: list[HostGroup] = Field(min_length=1, max_length=MOST_HOSTS)
    datastores: list[DatastoreGroup] = Field(default=[DatastoreGroup()], min_length=1, max_length=MOST_DATASTORES)
    pools: list[PoolEntry] = Field(default=[], max_length=MOST_POOLS)
    vms: VmGenerator = VmGenerator()
    vm: list[VmEntry] = Field(default=[], max_length=MOST_VMS)
    demand: Demand = Demand()
    memory: Memory = Memory()
    vmotion: Vmotion = Vmotion()
    power: Power = Power()
    ha: Ha = Ha()
    tariff: TariffSection = TariffSection()
    prices: PricesSection = PricesSection()
    incidents: list[Incident] = Field(default=[], max_length=MOST_INCIDENTS)
    _folder: Path = PrivateAttr(default_factory=Path)

    @property
    def folder(self) -> Path:
        """Where relative paths begin: the scenario file's folder, or the current one."""
        return self._folder

    @property
    def failure_accel(self) -> float:
        """How much faster hosts fail than at 8 % a year (Vishwanath and Nagappan, SoCC 2010); 0: they never fail."""
        return 0.0 if self.ha.host_mtbf_days is None else 365.25 / 0.08 / self.ha.host_mtbf_days
