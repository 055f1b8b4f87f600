"""What differs between VMware's versions in HA, as data: roles, isolation, and what it may ask of others.

VI3 and vSphere 4 run Legato's AAM with five primaries, vSphere 5 and later FDM with one master. Sources: VMware's
Availability guides of each version and Epping's vSphere HA Deepdive; what neither gives says UNSOURCED.
"""

from dataclasses import dataclass, replace
from typing import Literal

IsolationAnswer = Literal["leave_on", "power_off", "shut_down"]


@dataclass(frozen=True)
class HaProfile:
    """HA's constants of one version."""

    has_master: bool  # one master and slaves, or five primaries
    declared_after_s: float  # host without heartbeats through a datastore
    declared_with_datastores_s: float
    leads_after_s: float  # from a master's loss until the next orders restarts: 10 + 15 + 10 s
    isolated_after_s: float  # from the last heartbeat heard, pings of the isolation address included
    master_isolated_after_s: float
    isolation_delay_s: float  # fdm.isolationPolicyDelaySec
    isolation_response: IsolationAnswer  # default
    isolation_responses: tuple[IsolationAnswer, ...]
    wakes_for_capacity: bool  # asks DPM
    respects_apart: bool  # das.respectVmVmAntiAffinityRules exists


_AAM = HaProfile(
    has_master=False,
    declared_after_s=15.0,  # das.failuredetectiontime
    declared_with_datastores_s=15.0,
    leads_after_s=0.0,
    isolated_after_s=13.0,  # more than 12 s without heartbeats, and a ping of 1 s, UNSOURCED
    master_isolated_after_s=13.0,
    isolation_delay_s=0.0,
    isolation_response="power_off",  # das.poweroffonisolation
    isolation_responses=("leave_on", "power_off"),
    wakes_for_capacity=False,
    respects_apart=False,
)
_FDM = HaProfile(
    has_master=True,
    declared_after_s=15.0,
    declared_with_datastores_s=18.0,
    leads_after_s=35.0,
    isolated_after_s=30.0,
    master_isolated_after_s=5.0,
    isolation_delay_s=0.0,
    isolation_response="leave_on",
    isolation_responses=("leave_on", "power_off", "shut_down"),
    wakes_for_capacity=True,
    respects_apart=False,
)
_FDM_6 = replace(_FDM, isolation_delay_s=30.0, respects_apart=True)
HA_PROFILES: dict[str, HaProfile] = {
    "vi3": _AAM,
    "vs41": replace(
        _AAM, isolation_response="leave_on", isolation_responses=_FDM.isolation_responses, wakes_for_capacity=True
    ),
    "vs5": _FDM,
    "vs6": _FDM_6,
    "vs7": _FDM_6,
}
