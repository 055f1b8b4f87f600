"""What a scenario may say of its VMs: pools, the mix or each by name, their demand and their memory."""

from typing import Annotated, Literal

from pydantic import Field

from vienv.scenario.profiles_ha import IsolationAnswer
from vienv.scenario.schema_basics import (
    MOST_HOSTS,
    MOST_POOLS,
    MOST_VMS,
    Fraction,
    Mb,
    Mhz,
    Name,
    Percent,
    Seconds,
    Section,
    Shares,
)

Growth = Annotated[float, Field(ge=-99, le=1000)]
"""Percent a day."""


class PoolEntry(Section):
    """A resource pool, child of another or of the cluster's root."""

    name: Name
    parent: str | None = None
    shares: Shares = "normal"  # 2000 / 4000 / 8000 (vSphere Resource Management Guide)
    reservation_mhz: Mhz = 0
    limit_mhz: Mhz | None = None
    memory_shares: Shares = "normal"  # 81,920 / 163,840 / 327,680 (Denneman, "Scalable shares", 2020)
    memory_reservation_mb: Mb = 0
    memory_limit_mb: Mb | None = None
    expandable: bool = True  # borrows unreserved CPU and memory from its parent (same)


class HostRule(Section):
    """A VM-host rule: the VMs run only on these hosts, or on none of them; must, or should (vSphere 4.1)."""

    name: Name
    kind: Literal["must_run_on", "must_not_run_on", "should_run_on", "should_not_run_on"] = "must_run_on"
    vms: list[str] = Field(min_length=1, max_length=MOST_VMS)
    hosts: list[str] = Field(min_length=1, max_length=MOST_HOSTS)  # hosts' or groups' names


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
    disk_gb: float | None = Field(default=None, gt=0, le=65_536)  # default: [storage]'s, as are the next two
    thin: bool | None = None
    write_mb_s: float | None = Field(default=None, ge=0, le=1e4)
    is_template: bool = False  # its files lie there to be cloned; it is never powered on
    pool: str | None = None
    cpu_reservation_mhz: Mhz = 0.0
    cpu_limit_mhz: Mhz | None = None
    shares: Literal["low", "normal", "high"] = "normal"  # 500 / 1000 / 2000 a vCPU, 5 / 10 / 20 a MB
    memory_reservation_mb: Mb = 0.0
    memory_limit_mb: Mb | None = None
    restart_priority: Literal["disabled", "low", "medium", "high"] = "medium"
    isolation_response: IsolationAnswer | None = None  # default: [ha]'s
    arrives_s: Seconds = 0.0
    together: Name | None = None
    apart: Name | None = None
    device: Name | None = None  # must have a driver on a hosted host; ESX does not care
    device_part: Fraction = 0.5  # UNSOURCED; of its demand, what waits for a device that is not there
    load: Fraction | None = None  # a constant demand, as a fraction of configured CPU, instead of the generator's
    grows_percent_a_day: Growth | None = None  # default: [demand]'s


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
    grows_percent_a_day: Growth = 0.0  # compound, from t = 0, recorded and constant demand too; up to the VM's vCPUs
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
