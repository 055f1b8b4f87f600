"""What a scenario and its profile say of HA, as the core's settings."""

import math

from vienv.core import params
from vienv.core.enums import AdmissionPolicy
from vienv.core.state import NEVER
from vienv.scenario.profiles import Profile
from vienv.scenario.profiles_ha import HA_PROFILES
from vienv.scenario.schema import Scenario
from vienv.scenario.schema_ha import Ha

STARTS_AT_A_TIME = 32
"""das.perHostConcurrentFailoversLimit."""
SHUTDOWN_FORCED_S = 300.0
"""das.isolationShutdownTimeout."""
MOST_RESETS = 3
"""Of one VM by VM monitoring, within the sensitivity's window."""
_SENSITIVITIES = {"low": (120.0, 7 * 86400.0), "medium": (60.0, 86400.0), "high": (30.0, 3600.0)}
"""Failure interval and window of resets, s (HA Deepdive)."""
_ADMISSIONS = {
    "off": AdmissionPolicy.OFF,
    "slots": AdmissionPolicy.SLOTS,
    "percentage": AdmissionPolicy.PERCENTAGE,
    "failover-hosts": AdmissionPolicy.FAILOVER_HOSTS,
}
_S_PER_H = 3600.0
_S_PER_DAY = 86400.0


def ha_params_of(scenario: Scenario, profile: Profile) -> params.HaParams:
    """HA's constants and the tape of random failures."""
    ha, roles = scenario.ha, HA_PROFILES[scenario.profile]
    monitoring_s, window_s = _monitoring(ha)
    return params.HaParams(
        is_enabled=int(ha.enabled),
        declared_after_s=profile.declared_after_s,
        placement_s=ha.placement_s,
        guest_boot_s=ha.guest_boot_s,
        restart_gap_s=ha.restart_gap_s,
        restart_gap_maximum_s=ha.restart_gap_maximum_s,
        restart_attempts=profile.restart_attempts,
        has_pending_retry=int(profile.has_pending_retry),
        admission_policy=_ADMISSIONS[ha.admission] if ha.enabled else AdmissionPolicy.OFF,
        failures_tolerated=ha.failures_tolerated,
        failover_fraction=ha.failover_percent / 100.0,
        slot_mhz=profile.slot_mhz,
        slot_mb=profile.slot_mb,
        failure_shape=ha.failure_shape,
        failure_scale_s=failure_scale_s(scenario),
        repair_mu=math.log(ha.repair_median_h * _S_PER_H),
        repair_sigma=math.sqrt(2.0 * math.log(ha.repair_mean_h / ha.repair_median_h)),
        has_master=int(roles.has_master),
        leads_after_s=roles.leads_after_s,
        isolated_after_s=roles.isolated_after_s,
        master_isolated_after_s=roles.master_isolated_after_s,
        isolation_delay_s=roles.isolation_delay_s,
        guest_shutdown_s=min(ha.guest_shutdown_s, SHUTDOWN_FORCED_S),
        starts_at_a_time=STARTS_AT_A_TIME,
        power_on_s=ha.power_on_s,
        wakes_for_capacity=int(wakes_for_capacity(scenario)),
        respects_apart=int(ha.respect_anti_affinity),
        monitoring_s=monitoring_s,
        most_resets=MOST_RESETS,
        reset_window_s=window_s,
        unreachable_after_s=_unreachable_after_s(scenario),
    )


def _unreachable_after_s(scenario: Scenario) -> float:
    storage = scenario.storage
    return storage.unreachable_s if storage is not None and storage.restarts_unreachable else math.inf


def failure_scale_s(scenario: Scenario) -> float:
    """Weibull scale that gives the accelerated mean time between failures; 0: no random failures."""
    if scenario.ha.host_mtbf_days is None:
        return 0.0
    return scenario.ha.host_mtbf_days * _S_PER_DAY / math.gamma(1.0 + 1.0 / scenario.ha.failure_shape)


def wakes_for_capacity(scenario: Scenario) -> bool:
    """Whether HA asks DPM for a host when a restart finds none."""
    ha = scenario.ha
    default = ha.heartbeats and HA_PROFILES[scenario.profile].wakes_for_capacity
    return ha.enabled and (default if ha.wake_for_capacity is None else ha.wake_for_capacity)


def has_roles(scenario: Scenario) -> bool:
    """Whether hosts have HA's roles."""
    return scenario.ha.enabled and scenario.ha.heartbeats


def has_guests(scenario: Scenario) -> bool:
    """Whether guests may hang, or be powered off by an isolated host."""
    hangs = any(incident.kind == "guest_failure" for incident in scenario.incidents)
    return has_roles(scenario) or scenario.ha.monitoring != "off" or hangs


def _monitoring(ha: Ha) -> tuple[float, float]:
    """Seconds from a guest's last heartbeat to its reset, and the window in which three are allowed."""
    if ha.monitoring == "off" or not ha.enabled:
        return NEVER, 0.0
    interval_s, window_s = _SENSITIVITIES[ha.monitoring]
    return interval_s + ha.io_window_s, window_s
