"""Synthetic demand: departments, days and weeks, noise, bursts and heavy tails.

A VM's level, a fraction of its configured CPU, is lognormal times its department's lognormal; its day is a cosine
around the department's own peak hour, quieter at the weekend; on it ride an AR(1) noise (lognormal, partly common to
the department) and rare bursts with Pareto heights. Rows are clipped at the VM's vCPUs and scaled until the cluster's
mean is the scenario's. Draws are keyed by VM, so a VM that is added at the end leaves the others' noise as it was. The
figures stand beside the Bitbrains trace in DESIGN.md (`benchmarks/demand.py`). Batch jobs at fixed hours and holidays
are left out.
"""

import math

from vienv.core import normals
from vienv.core.jit import kernel
from vienv.core.normals import NUMBERS, Normals
from vienv.core.random import four_uniforms, normal
from vienv.core.state import NEVER, Hosts, Vms, Workload
from vienv.scenario.keys import Stream
from vienv.scenario.recipe import (
    DemandRules,
    DepartmentDraft,
    FactorDraft,
    VmDraft,
    VmRecipe,
    WorldRules,
)

SAMPLE_S = 300.0
_S_PER_H = 3600.0
_HOURS_A_DAY = 24.0
_DAYS_A_WEEK = 7
_FIRST_DAY_OF_WEEKEND = 5
_SCALINGS = 4
_HALVINGS = 1024.0
"""2 to the number of squarings in `_exp`."""


@kernel
def draw(
    workload: Workload,
    draft: VmDraft,
    departments: DepartmentDraft,
    factors: FactorDraft,
    numbers: Normals,
    world: WorldRules,
    rules: DemandRules,
    seed: int,
) -> None:
    """Write demand (samples, V), unscaled; sample 0 begins `history_s` before t = 0."""
    _draw_departments(departments, rules, seed)
    _draw_levels(draft, departments, rules, seed)
    num_vms, num_departments = draft.level.size, departments.level.size
    samples = workload.demand.size // num_vms
    for first in range(0, samples, NUMBERS):
        block = 1 + first // NUMBERS  # 0 was where the noise stood before
        normals.draw(numbers, num_departments, seed, Stream.DEPARTMENT_NOISE, block)
        _advance_departments(factors, departments, numbers, rules, first, world.history_s)
        normals.draw(numbers, num_vms, seed, Stream.NOISE, block)
        _advance_vms(workload, draft, factors, numbers, rules, first, min(NUMBERS, samples - first))
    _add_bursts(workload, draft, rules, samples, seed)


@kernel
def _draw_departments(departments: DepartmentDraft, rules: DemandRules, seed: int) -> None:
    """Draw each department's level and peak hour, and where its noise stood before the first sample."""
    for d in range(departments.level.size):
        departments.level[d] = normal(seed, Stream.DEPARTMENT_LEVEL, d, 0)
        hour = rules.peak_hour + rules.phase_sd_h * normal(seed, Stream.PHASE, d, 0)
        departments.peak_cos[d] = math.cos(2.0 * math.pi / _HOURS_A_DAY * hour)
        departments.peak_sin[d] = math.sin(2.0 * math.pi / _HOURS_A_DAY * hour)
        departments.noise[d] = normal(seed, Stream.DEPARTMENT_NOISE, d, 0)


@kernel
def _draw_levels(draft: VmDraft, departments: DepartmentDraft, rules: DemandRules, seed: int) -> None:
    for v in range(draft.level.size):
        common = departments.level[draft.department[v]]
        own = normal(seed, Stream.LEVEL, v, 0)
        draft.level[v] = math.exp(rules.vm_sigma * own + rules.department_sigma * common)
        draft.noise[v] = normal(seed, Stream.NOISE, v, 0)


@kernel
def _advance_departments(
    factors: FactorDraft,
    departments: DepartmentDraft,
    numbers: Normals,
    rules: DemandRules,
    first: int,
    history_s: float,
) -> None:
    """Write what a department's VMs have in common in four samples: its day and week, mean 1, and its noise.

    Half the noise's variance is taken off, so that the lognormal factor of both noises has mean 1.
    """
    sigma, num_departments = rules.department_noise_sigma, departments.level.size
    innovation = math.sqrt(1.0 - rules.correlation * rules.correlation)
    half_variance = 0.5 * (sigma * sigma + rules.own_sigma * rules.own_sigma)
    for k in range(NUMBERS):
        hour = (SAMPLE_S * (first + k + 0.5) - history_s) / _S_PER_H
        angle = 2.0 * math.pi / _HOURS_A_DAY * hour
        cosine, sine = rules.daily_amplitude * math.cos(angle), rules.daily_amplitude * math.sin(angle)
        day = int(max(hour, 0.0) / _HOURS_A_DAY) % _DAYS_A_WEEK  # the hour before is Monday's too
        week = rules.weekend_factor if day >= _FIRST_DAY_OF_WEEKEND else 1.0
        for d in range(num_departments):
            fresh = innovation * numbers.number[k * num_departments + d]
            departments.noise[d] = rules.correlation * departments.noise[d] + fresh
            curve = week * (1.0 + cosine * departments.peak_cos[d] + sine * departments.peak_sin[d])
            noise = _exp(sigma * departments.noise[d] - half_variance)
            factors.factor[k * num_departments + d] = curve * noise


@kernel
def _advance_vms(
    workload: Workload,
    draft: VmDraft,
    factors: FactorDraft,
    numbers: Normals,
    rules: DemandRules,
    first: int,
    count: int,
) -> None:
    """Write the VMs' demand in `count` samples from `first` on: level x department x own AR(1) noise."""
    innovation = math.sqrt(1.0 - rules.correlation * rules.correlation)
    num_vms, num_departments = draft.level.size, factors.factor.size // NUMBERS
    for k in range(count):
        row, common = (first + k) * num_vms, k * num_departments
        for v in range(num_vms):
            draft.noise[v] = rules.correlation * draft.noise[v] + innovation * numbers.number[k * num_vms + v]
            factor = draft.level[v] * factors.factor[common + draft.department[v]]
            workload.demand[row + v] = factor * _exp(rules.own_sigma * draft.noise[v])


@kernel
def _exp(x: float) -> float:
    """The exponential to ten digits for |x| below 16: a polynomial of x / 1024, squared ten times.

    Straight arithmetic, of which LLVM does eight numbers at a time: the C library's takes six times as long.
    """
    r = x / _HALVINGS
    y = 1.0 + r * (1.0 + r * (1.0 / 2.0 + r * (1.0 / 6.0 + r * (1.0 / 24.0 + r / 120.0))))
    y *= y
    y *= y
    y *= y
    y *= y
    y *= y
    y *= y
    y *= y
    y *= y
    y *= y
    return y * y


@kernel
def _add_bursts(workload: Workload, draft: VmDraft, rules: DemandRules, samples: int, seed: int) -> None:
    """Add bursts that begin at any time, last exponentially long and reach Pareto heights."""
    num_vms = draft.level.size
    for v in range(num_vms):
        for slot in range(rules.burst_slots):
            occurs, begins, lasts, reaches = four_uniforms(seed, Stream.BURST, v, slot)
            if occurs >= rules.burst_chance:
                continue
            first = int(begins * samples)
            end = min(samples, first + 1 + int(-math.log(lasts) * rules.burst_samples))
            height = draft.level[v] * math.pow(reaches, -1.0 / rules.burst_tail)
            for t in range(first, end):
                workload.demand[t * num_vms + v] += height


@kernel
def scale(workload: Workload, draft: VmDraft, vms: Vms, hosts: Hosts, recipe: VmRecipe, rules: DemandRules) -> None:
    """Scale to the scenario's mean, clipped at 1; what clipping takes is given to the rest in a few rounds."""
    target_mhz = 0.0
    for h in range(hosts.power_state.size):
        target_mhz += rules.mean_load * hosts.cpu_capacity_mhz[h]
    for v in range(draft.mean.size):
        if recipe.load[v] >= 0.0:
            target_mhz -= recipe.load[v] * vms.cpu_configured_mhz[v]
    unscaled_mhz = _mean_mhz(draft, workload, vms, recipe, 1.0, NEVER)
    factor = 0.0  # nothing is left for the generator beside constant demands
    if target_mhz > 0.0 and unscaled_mhz > 0.0:
        factor = target_mhz / unscaled_mhz
        for _ in range(_SCALINGS):
            factor *= target_mhz / _mean_mhz(draft, workload, vms, recipe, factor, 1.0)
    for k in range(workload.demand.size):
        scaled = workload.demand[k] * factor
        workload.demand[k] = scaled if scaled < 1.0 else 1.0


@kernel
def _mean_mhz(draft: VmDraft, workload: Workload, vms: Vms, recipe: VmRecipe, factor: float, most: float) -> float:
    """The mean demand of the VMs without a constant one, each at most `most` of its size, MHz."""
    num_vms = draft.mean.size
    samples = workload.demand.size // num_vms
    for v in range(num_vms):
        draft.mean[v] = 0.0
    for t in range(samples):
        row = t * num_vms
        for v in range(num_vms):
            scaled = workload.demand[row + v] * factor
            draft.mean[v] += scaled if scaled < most else most
    total_mhz = 0.0
    for v in range(num_vms):
        if recipe.load[v] < 0.0:
            total_mhz += vms.cpu_configured_mhz[v] * draft.mean[v] / samples
    return total_mhz
