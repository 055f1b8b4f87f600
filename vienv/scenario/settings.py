"""A scenario's and its profile's constants as the core's settings tuples, in physical units."""

import math
from typing import Any

from vienv.core import params
from vienv.core.enums import Automation
from vienv.scenario.inventory import Inventory, hosts_in_clusters, vmotion_limit
from vienv.scenario.profiles import PROFILES, Profile, minimum_free
from vienv.scenario.schema import Scenario
from vienv.scenario.settings_ha import ha_params_of
from vienv.scenario.synthetic import SAMPLE_S
from vienv.scenario.template_files import file_params_of
from vienv.scenario.template_storage import storage_params_of

IDLE_FRACTION = 0.25
"""PercentIdleMBInMemDemand, 25 by default (vSphere 4.1 on; Denneman, 2012-08-10)."""
RECEIVER_LIMIT = 0.95
"""No receiver of an evacuation above this share of its measured CPU."""
IDLE_TAX = 0.75
"""Mem.IdleTax (Waldspurger, OSDI 2002)."""
BALLOON_FRACTION = 0.65
"""Mem.CtlMaxPercent."""
VMOTION_CORES = 0.3
"""Of one core, each side, on 1 GbE; a whole core on 10 GbE (Denneman, 2012-12-04)."""
VMOTION_CORES_10G = 1.0


def settings_of(scenario: Scenario, inventory: Inventory) -> list[tuple[Any, ...]]:
    """All settings that are equal in all worlds; Prices and Randomness belong to a world."""
    profile = PROFILES[scenario.profile]
    return [
        params.DemandParams(sample_s=SAMPLE_S, foresight_samples=0),
        params.CpuParams(swap_stall=scenario.memory.swap_stall, vmotion_guest_slowdown=scenario.vmotion.guest_slowdown),
        _memory(scenario, profile, inventory),
        _vmotion(scenario, profile),
        _power(scenario, profile),
        ha_params_of(scenario, profile),
        file_params_of(scenario),
        storage_params_of(scenario),
        params.VirtualCenterParams(
            commands_per_host=profile.commands_per_host,
            receiver_limit=RECEIVER_LIMIT,
            memory_idle_fraction=IDLE_FRACTION,
            ranks_by_score=int(ranks_by_score(scenario)),
            score_knee=scenario.drs.score_knee_percent / 100.0,
            score_loss=scenario.drs.score_loss_percent / 100.0,
            automation=Automation[scenario.drs.automation.upper()],
            has_direct_power_on=int(scenario.virtualcenter.direct_power_on),
            tasks_at_a_time=scenario.virtualcenter.tasks_at_a_time,
        ),
    ]


def prices_of(scenario: Scenario) -> params.Prices:
    """The bill's prices; their scale is a world's own (`money.interval_scale`)."""
    prices = scenario.prices
    return params.Prices(
        imbalance_host_h=prices.imbalance_eur_per_host_h,
        migration=prices.migration_eur,
        unserved_cpu_ghz_h=prices.unserved_cpu_eur_per_ghz_h,
        unserved_memory_gb_h=prices.unserved_memory_eur_per_gb_h,
        vm_down_h=prices.vm_down_eur_per_h,
        power_cycle=prices.power_cycle_eur,
        licence_host_day=prices.vc_licence_eur_per_host_day,
        interval_scale=0.0,
    )


def _memory(scenario: Scenario, profile: Profile, inventory: Inventory) -> params.MemoryParams:
    """The free-memory states are fractions for the whole cluster: those of its largest host."""
    high = minimum_free(profile, float(inventory.memory_managed_mb.max()))
    return params.MemoryParams(
        high_fraction=high,
        soft_fraction=high * profile.soft_ratio,
        hard_fraction=high * profile.hard_ratio,
        low_fraction=high * profile.low_ratio,
        idle_tax=IDLE_TAX,
        balloon_fraction=BALLOON_FRACTION,
        balloon_mb_s=scenario.memory.balloon_mb_s,
        swap_in_mb_s=scenario.memory.swap_in_mb_s,
        share_scan_s=scenario.memory.share_scan_s,
    )


def _vmotion(scenario: Scenario, profile: Profile) -> params.VmotionParams:
    vmotion, session_mbps = scenario.vmotion, session_mbps_minimum(scenario)
    return params.VmotionParams(
        payload_fraction=vmotion.payload_fraction,
        minimum_mbps=max(vmotion.minimum_mbps, session_mbps),
        setup_s=vmotion.setup_s,
        fixed_downtime_s=vmotion.fixed_downtime_s,
        stop_mb=vmotion.stop_mb,
        stop_s=vmotion.stop_s,
        maximum_rounds=profile.maximum_rounds,
        datastore_limit=profile.datastore_limit,
        has_sdps=int(profile.has_sdps),
        sdps_ratio=vmotion.sdps_ratio,
        cpu_core_fraction=VMOTION_CORES,
        cpu_core_fraction_10g=VMOTION_CORES_10G,
        session_mbps_minimum=session_mbps,
        session_mb_s_most=math.inf if vmotion.session_mb_s_most is None else vmotion.session_mb_s_most,
        queue_timeout_s=vmotion.queue_timeout_s,
    )


def ranks_by_score(scenario: Scenario) -> bool:
    """Whether VirtualCenter's recommendations look for the better VM scores."""
    return (scenario.drs.metric or PROFILES[scenario.profile].drs_metric) == "score"


def session_mbps_minimum(scenario: Scenario) -> float:
    """Line speed that every concurrent vMotion has to find: the scenario's, or its version's."""
    said = scenario.vmotion.session_mbps_minimum
    return PROFILES[scenario.profile].session_mbps_minimum if said is None else said


def may_wait_for_lines(scenario: Scenario) -> bool:
    """Whether a host may have more vMotions at a time than find their minimum of its line."""
    asked_mbps, profile = session_mbps_minimum(scenario), PROFILES[scenario.profile]
    return any(
        asked_mbps * vmotion_limit(profile, group.vmkernel_mbps) > group.vmkernel_mbps > 0.0 for group in scenario.hosts
    )


def _power(scenario: Scenario, profile: Profile) -> params.PowerParams:
    power = scenario.power
    default = profile.minimum_hosts_on_with_ha if scenario.ha.enabled else 1
    num_hosts = min(len(members) for members in hosts_in_clusters(scenario).values())
    return params.PowerParams(
        wake_s=power.wake_s,
        wake_failure_probability=power.wake_failure_percent / 100.0,
        wake_repair_s=power.wake_repair_s,
        minimum_hosts_on=power.minimum_hosts_on or min(default, num_hosts),
    )
