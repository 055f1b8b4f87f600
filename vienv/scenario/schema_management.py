"""What a scenario may say of vMotion, and what it schedules."""

from typing import Literal

from pydantic import Field

from vienv.scenario.profiles import DrsMetric
from vienv.scenario.schema_basics import MOST_HOSTS, Address, Fraction, Name, Seconds, Section
from vienv.scenario.schema_networks import MOST_UPLINKS
from vienv.scenario.schema_storage import MOST_PATHS_A_LUN


class Vmotion(Section):
    """Pre-copy's settings that no version fixes."""

    payload_fraction: float = Field(default=0.936, gt=0, le=1)  # 117 MB/s of 125 on 1 GbE after headers
    minimum_mbps: float = Field(default=1000, ge=1, le=400_000)  # Gigabit since VI3 (Denneman, 2013-01-14)
    session_mbps_minimum: float | None = Field(
        default=None, ge=0, le=400_000
    )  # default: the profile's, 250 in vSphere 6
    session_mb_s_most: float | None = Field(default=None, gt=0, le=50_000)  # of guest memory; default: no bound
    queue_timeout_s: Seconds = 900.0  # UNSOURCED; a vMotion that has waited for a line for so long fails
    setup_s: Seconds = 1.0  # UNSOURCED
    fixed_downtime_s: Seconds = 0.06  # Xen's floor in Clark, NSDI 2005
    stop_mb: float = Field(default=0.2, gt=0, le=1e6)  # 50 pages, Clark
    stop_s: Seconds = 0.0
    guest_slowdown: Fraction = 0.10  # Beloglazov and Buyya 2012
    sdps_ratio: float = Field(default=0.5, gt=0, lt=1)  # UNSOURCED


class VirtualCenter(Section):
    """VirtualCenter beside the constants of its version."""

    address: Address | None = None
    direct_power_on: bool = False  # while it is down, at a host itself
    tasks_at_a_time: int = Field(default=8, ge=1, le=640)  # that copy; UNSOURCED


class Drs(Section):
    """What VirtualCenter's recommendations look for, and which it applies itself; once said, they are counted."""

    automation: Literal["manual", "partial", "full"] = "manual"  # full: priority 1 alone; the policy balances
    metric: DrsMetric | None = None  # default: the profile's; VMs' scores in vSphere 7
    score_knee_percent: float = Field(default=50, ge=0, le=80)  # Denneman, 2020-05-08; 30 at thresholds 4 and 5
    score_loss_percent: float = Field(default=10, ge=0, le=15)  # UNSOURCED; what a full host does not give


class Incident(Section):
    """Something that a scenario schedules."""

    kind: Literal[
        "host_failure",
        "rack_failure",
        "os_reboot",
        "maintenance",
        "vc_outage",
        "link_failure",
        "partition",
        "guest_failure",
        "path_failure",
        "isolation_address_loss",
    ]
    at_s: Seconds
    # of a guest_failure: until its owner resets it, if VM monitoring has not; of an os_reboot: before it boots again
    duration_s: Seconds
    host: str | None = None
    network: Literal["management", "vmkernel", "vm"] | None = None  # of a link_failure
    uplinks: int | None = Field(default=None, ge=1, le=MOST_UPLINKS)  # of a link_failure; default: all
    # of a partition: those cut off; of an isolation_address_loss: those that it does not answer, default: all
    hosts: list[str] | None = Field(default=None, max_length=MOST_HOSTS)
    vm: str | None = None
    datastore: str | None = None  # of a path_failure
    paths: int | None = Field(default=None, ge=1, le=MOST_PATHS_A_LUN)  # of a path_failure; default: all
    rack: str | None = None  # of a rack_failure: its hosts die at one second


class Rack(Section):
    """Hosts that share a rack or a power feed; hosts' or groups' names."""

    name: Name
    hosts: list[str] = Field(min_length=1, max_length=MOST_HOSTS)
    mtbf_days: float | None = Field(default=None, ge=0.01, le=36_500)  # UNSOURCED; default: only as scheduled
    repair_h: float = Field(default=6, ge=0, le=24 * 366)  # a PDU: about 6 h, racks 1-6 h (R: Dean, LADIS 2009)
