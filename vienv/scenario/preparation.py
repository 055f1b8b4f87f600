"""A scenario's rules as recipe tuples: what a world's draw needs, worked out once."""

import math

from vienv.scenario.inventory import Inventory
from vienv.scenario.profiles import PROFILES
from vienv.scenario.recipe import DemandRules, VmRules
from vienv.scenario.schema import Scenario
from vienv.scenario.synthetic import SAMPLE_S

_MOST_BURSTS = 64
_ARRIVAL_PART = 0.5
"""Of the episode: VMs arrive in its first half."""
_S_PER_H = 3600.0
_S_PER_DAY = 86_400.0


def vm_rules_of(scenario: Scenario, inventory: Inventory) -> VmRules:
    """How the VMs without an entry are drawn."""
    g, memory = scenario.vms, scenario.memory
    return VmRules(
        num_entries=len(scenario.vm),
        departments=g.departments,
        reserved=round(g.count * g.reservation_percent / 100.0),
        high=round(g.count * g.high_shares_percent / 100.0),
        low=round(g.count * g.low_shares_percent / 100.0),
        arriving=round(g.count * g.arriving_percent / 100.0),
        largest_reservation_mhz=g.largest_reservation_mhz,
        largest_reservation_mb=g.largest_reservation_mb,
        arrives_before_s=_ARRIVAL_PART * scenario.duration_h * _S_PER_H,
        reference_mhz=inventory.reference_mhz,
        touched_fraction=memory.touched_fraction,
        sharing_fraction=PROFILES[scenario.profile].sharing_fraction,
        dirty_median_mb_s=memory.dirty_median_mb_s,
        dirty_sigma=memory.dirty_sigma,
        working_set_least=memory.working_set_least,
        working_set_most=memory.working_set_most,
        active_base=memory.active_base,
        active_per_cpu=memory.active_per_cpu,
    )


def demand_rules_of(scenario: Scenario, samples: int) -> DemandRules:
    """The synthetic demand over so many samples; a burst's slots are as many as are hardly ever all taken."""
    demand = scenario.demand
    sigma = math.sqrt(math.log1p(demand.noise_cv**2))
    expected = demand.bursts_a_day * samples * SAMPLE_S / _S_PER_DAY
    slots = min(_MOST_BURSTS, 2 + math.ceil(expected + 4.0 * math.sqrt(expected)))
    return DemandRules(
        vm_sigma=demand.vm_sigma,
        department_sigma=demand.department_sigma,
        daily_amplitude=demand.daily_amplitude,
        peak_hour=demand.peak_hour,
        phase_sd_h=demand.phase_sd_h,
        weekend_factor=demand.weekend_factor,
        own_sigma=sigma * math.sqrt(1.0 - demand.department_noise),
        department_noise_sigma=sigma * math.sqrt(demand.department_noise),
        correlation=demand.noise_correlation,
        burst_chance=expected / slots,
        burst_slots=slots,
        burst_samples=demand.burst_minutes * 60.0 / SAMPLE_S,
        burst_tail=demand.burst_tail,
        mean_load=demand.mean_load,
    )
