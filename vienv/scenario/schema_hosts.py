"""What a scenario may say of its hosts, and of their power."""

from typing import Annotated, Literal

from pydantic import Field

from vienv.scenario.schema_basics import MOST_HOSTS, Address, Name, Percent, Seconds, Section


class HostGroup(Section):
    """Equal hosts, named `<name>-01` and so on; a server's name, or cores, core_mhz and power_w of its own."""

    name: Name = "esx"
    count: int = Field(default=1, ge=1, le=MOST_HOSTS)
    cluster: Name | None = None  # default: all hosts are one cluster
    server: str | None = None
    cores: int | None = Field(default=None, ge=1, le=1024)
    core_mhz: float | None = Field(default=None, ge=100, le=20_000)
    power_w: list[Annotated[float, Field(ge=0, le=100_000)]] | None = Field(default=None, min_length=11, max_length=11)
    cpu_class: Name | None = None
    memory_gb: float = Field(ge=1, le=65_536)
    management_address: Address | None = None  # of the first; the others' follow it
    hypervisor: Literal["esx", "esxi", "hosted"] | None = None  # default: esx where the profile has a console
    console_mb: float | None = Field(default=None, ge=192, le=800)  # of an ESX host; default: the profile's 272
    os_cpu_percent: float = Field(default=5, ge=0, lt=100)  # UNSOURCED; the host operating system's own work
    os_memory_mb: float = Field(default=512, ge=0, le=1e6)  # UNSOURCED
    overhead_percent: float = Field(default=15, ge=0, le=1000)  # UNSOURCED; CPU of a hosted VM beyond its guest's
    drivers: list[Name] = Field(default=[], max_length=62)  # devices that the host operating system knows
    vmkernel_mbps: float = Field(default=1000, ge=0, le=400_000)
    boot_s: float = Field(
        default=240, ge=1, le=86_400
    )  # UNSOURCED for ESX; 180-300 s plausible, 200-260 s in Gandhi's studies
    shutdown_s: float = Field(default=60, ge=0, le=86_400)  # UNSOURCED
    standby_w: float = Field(default=15, ge=0, le=10_000)  # UNSOURCED; S5 with its NIC powered, 5-20 W usually assumed


class Power(Section):
    """Standby and Wake-on-LAN."""

    curve: Literal["measured", "linear"] = "measured"  # linear: idle to peak, for ESX 3.5 managed no P-states
    wake_s: Seconds = 5.0  # UNSOURCED
    wake_failure_percent: Percent = 2.0  # UNSOURCED
    wake_repair_s: Seconds = 3600.0  # UNSOURCED
    minimum_hosts_on: int | None = Field(
        default=None, ge=1, le=MOST_HOSTS
    )  # default: 1, with HA the profile's 2 (DPM's rule)
