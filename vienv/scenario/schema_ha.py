"""What a scenario may say of HA: admission control, restarts, roles, isolation, VM monitoring; and of random failures.

Left out: several isolation addresses, application monitoring, orchestrated restarts.
"""

from typing import Literal

from pydantic import Field

from vienv.scenario.profiles import Admission
from vienv.scenario.profiles_ha import IsolationAnswer
from vienv.scenario.schema_basics import MOST_HOSTS, Address, Percent, Seconds, Section

Sensitivity = Literal["off", "low", "medium", "high"]


class Ha(Section):
    """High availability and random host failures."""

    enabled: bool = True
    admission: Admission = "slots"
    failures_tolerated: int = Field(default=1, ge=1, le=MOST_HOSTS)
    failover_percent: Percent = 25.0
    failover_hosts: list[str] = Field(default=[], max_length=MOST_HOSTS)  # for admission = "failover-hosts"
    guest_boot_s: Seconds = 90.0  # UNSOURCED
    placement_s: Seconds = 0.0  # UNSOURCED
    power_on_s: Seconds = 0.0  # UNSOURCED; 32 VMs at a time a host
    restart_gap_s: Seconds = 120.0  # gaps 2, 4, 8, 16 min (HA Deepdive)
    restart_gap_maximum_s: Seconds = 960.0
    heartbeats: bool = False  # primaries or a master, isolation; without, a dead host is declared by a constant
    datastore_heartbeats: bool = True  # vSphere 5 on; 2 datastores a host by default (HA Deepdive)
    isolation_response: IsolationAnswer | None = None  # default: the profile's
    isolation_address: Address | None = None  # das.isolationaddress; answers unless an isolation_address_loss takes it
    guest_shutdown_s: Seconds = 60.0  # UNSOURCED; forced off after das.isolationShutdownTimeout, 300 s
    respect_anti_affinity: bool = False  # das.respectVmVmAntiAffinityRules, vSphere 5.5 on
    wake_for_capacity: bool | None = None  # asks DPM; default: with heartbeats, from vSphere 4.1 on
    monitoring: Sensitivity = "off"  # VM monitoring
    io_window_s: Seconds = 60.0  # UNSOURCED; after the failure interval: 81-119 s were measured at high (HA Deepdive)
    host_mtbf_days: float | None = Field(default=None, ge=0.01, le=1e6)  # accelerated; none: no random failures
    failure_shape: float = Field(default=0.75, ge=0.1, le=10)  # Weibull; Schroeder and Gibson, DSN 2006
    repair_median_h: float = Field(default=1.0, gt=0, le=10_000)  # lognormal; same
    repair_mean_h: float = Field(default=6.0, gt=0, le=10_000)
