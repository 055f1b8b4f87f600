"""What a scenario may say of its hosts' networks."""

from pydantic import Field

from vienv.scenario.schema_basics import Name, Seconds, Section

MOST_UPLINKS = 32
"""NICs a host: VI3's configuration maximum for Gigabit ones (e1000)."""


class Networks(Section):
    """Uplinks of each host's networks. An incident takes some of them down."""

    management_uplinks: int = Field(default=2, ge=1, le=MOST_UPLINKS)  # HA warns of a console without redundancy
    vmkernel_uplinks: int = Field(default=1, ge=1, le=MOST_UPLINKS)
    vm_uplinks: int = Field(default=2, ge=1, le=MOST_UPLINKS)
    vm_failover_s: Seconds = 1.0  # UNSOURCED; guests cannot be reached until another uplink has taken over


class SessionGroup(Section):
    """Clients of one VM that live through a stop of `timeout_s`, and lose their session in a longer one."""

    vm: Name
    count: int = Field(default=1, ge=1, le=1_000_000)
    timeout_s: float = Field(gt=0, le=86_400)
