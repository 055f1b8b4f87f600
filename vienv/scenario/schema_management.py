"""What a scenario may say of vMotion and HA, and what it schedules."""

from typing import Literal

from pydantic import Field

from vienv.scenario.profiles import Admission
from vienv.scenario.schema_basics import MOST_HOSTS, Fraction, Percent, Seconds, Section
from vienv.scenario.schema_networks import MOST_UPLINKS


class Vmotion(Section):
    """Pre-copy's settings that no version fixes."""

    payload_fraction: float = Field(default=0.936, gt=0, le=1)  # 117 MB/s of 125 on 1 GbE after headers
    setup_s: Seconds = 1.0  # UNSOURCED
    fixed_downtime_s: Seconds = 0.06  # Xen's floor in Clark, NSDI 2005
    stop_mb: float = Field(default=0.2, gt=0, le=1e6)  # 50 pages, Clark
    stop_s: Seconds = 0.0
    guest_slowdown: Fraction = 0.10  # Beloglazov and Buyya 2012
    sdps_ratio: float = Field(default=0.5, gt=0, lt=1)  # UNSOURCED


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


class Incident(Section):
    """Something that a scenario schedules."""

    kind: Literal["host_failure", "maintenance", "vc_outage", "link_failure", "partition"]
    at_s: Seconds
    duration_s: Seconds
    host: str | None = None
    network: Literal["management", "vmkernel"] | None = None  # of a link_failure
    uplinks: int | None = Field(default=None, ge=1, le=MOST_UPLINKS)  # of a link_failure; default: all
    hosts: list[str] | None = Field(default=None, max_length=MOST_HOSTS)  # of a partition: those cut off
