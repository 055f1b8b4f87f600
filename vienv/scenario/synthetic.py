"""Synthetic demand: departments, days and weeks, noise, bursts and heavy tails.

A VM's level, a fraction of its configured CPU, is lognormal times its department's lognormal; its day is a cosine
around the department's own peak hour, quieter at the weekend; on it ride an AR(1) noise (lognormal, partly common to
the department) and rare bursts with Pareto heights. Rows are clipped at the VM's vCPUs and scaled until the cluster's
mean is the scenario's. Draws lie VM by VM in each stream, so a VM that is added at the end leaves the others' noise
as it was. The figures stand beside the Bitbrains trace in DESIGN.md (`benchmarks/demand.py`). Batch jobs at fixed
hours and holidays are left out.
"""

import math

import numpy as np

from vienv.core.state import FloatArray, IntArray
from vienv.scenario.keys import Keys, Stream
from vienv.scenario.schema import Demand

SAMPLE_S = 300.0
_HOURS_A_DAY = 24.0
_DAYS_A_WEEK = 7
_FIRST_DAY_OF_WEEKEND = 5
_SCALINGS = 4
_MOST_BURSTS = 64


def draw_rows(
    demand: Demand,
    keys: Keys,
    departments: IntArray,
    configured_mhz: FloatArray,
    target_mhz: float,
    starts_s: float,
    samples: int,
) -> FloatArray:
    """Demand (samples, vms), fractions of configured CPU; sample 0 begins at `starts_s`, negative: before t = 0."""
    level = _levels(demand, keys, departments)
    hours = (starts_s + SAMPLE_S * (np.arange(samples, dtype=np.float64) + 0.5)) / 3600.0
    rows = _days(demand, keys, departments, hours)
    rows *= _noise(demand, keys, departments, samples)
    rows *= level
    _add_bursts(rows, demand, keys, level)
    return _scale(rows, configured_mhz, target_mhz)


def _levels(demand: Demand, keys: Keys, departments: IntArray) -> FloatArray:
    own = keys.generator(Stream.LEVEL).standard_normal(departments.size)
    common = keys.generator(Stream.DEPARTMENT_LEVEL).standard_normal(int(departments.max()) + 1)
    return np.exp(demand.vm_sigma * own + demand.department_sigma * common[departments])


def _days(demand: Demand, keys: Keys, departments: IntArray, hours: FloatArray) -> FloatArray:
    """The curve of the day and week, (samples, vms), mean 1 over a weekday."""
    phases = keys.generator(Stream.PHASE).standard_normal(int(departments.max()) + 1)
    peaks = demand.peak_hour + demand.phase_sd_h * phases
    angle = (2.0 * math.pi / _HOURS_A_DAY) * (hours[:, None] - peaks)
    curve = 1.0 + demand.daily_amplitude * np.cos(angle)
    weekday = np.floor(np.maximum(hours, 0.0) / _HOURS_A_DAY) % _DAYS_A_WEEK  # the hour before is Monday's too
    curve[weekday >= _FIRST_DAY_OF_WEEKEND] *= demand.weekend_factor
    return curve[:, departments]


def _noise(demand: Demand, keys: Keys, departments: IntArray, samples: int) -> FloatArray:
    """Lognormal AR(1) factors (samples, vms), mean 1, coefficient of variation noise_cv."""
    sigma = math.sqrt(math.log1p(demand.noise_cv**2))
    own = _autoregress(keys.generator(Stream.NOISE), departments.size, samples, demand.noise_correlation)
    common = _autoregress(
        keys.generator(Stream.DEPARTMENT_NOISE), int(departments.max()) + 1, samples, demand.noise_correlation
    )
    own *= sigma * math.sqrt(1.0 - demand.department_noise)
    own += (sigma * math.sqrt(demand.department_noise)) * common[:, departments]
    own -= 0.5 * sigma * sigma
    return np.exp(own, out=own)


def _autoregress(generator: np.random.Generator, entities: int, samples: int, correlation: float) -> FloatArray:
    """Stationary AR(1) with unit variance, (samples, entities); drawn entity by entity."""
    series = np.ascontiguousarray(generator.standard_normal((entities, samples)).T)
    series[1:] *= math.sqrt(1.0 - correlation * correlation)
    for t in range(1, samples):
        series[t] += correlation * series[t - 1]
    return series


def _add_bursts(rows: FloatArray, demand: Demand, keys: Keys, level: FloatArray) -> None:
    """Add bursts that begin at any time, last exponentially long and reach Pareto heights."""
    samples, num_vms = rows.shape
    days = samples * SAMPLE_S / 86400.0
    expected = demand.bursts_a_day * days
    slots = min(_MOST_BURSTS, 2 + math.ceil(expected + 4.0 * math.sqrt(expected)))
    draws = keys.generator(Stream.BURST).random((num_vms, slots, 4))
    vms, chosen = np.nonzero(draws[:, :, 0] < expected / slots)
    begins = (draws[vms, chosen, 1] * samples).astype(np.int64)
    length = np.ceil(-np.log1p(-draws[vms, chosen, 2]) * demand.burst_minutes * 60.0 / SAMPLE_S).astype(np.int64)
    height = level[vms] * (1.0 - draws[vms, chosen, 3]) ** (-1.0 / demand.burst_tail)
    for v, first, count, mhz in zip(vms.tolist(), begins.tolist(), length.tolist(), height.tolist(), strict=True):
        rows[first : first + count, v] += mhz


def _scale(rows: FloatArray, configured_mhz: FloatArray, target_mhz: float) -> FloatArray:
    """Scale to a mean of target_mhz, clipped at 1; what clipping takes is given to the rest in a few rounds."""
    unscaled_mhz = float((configured_mhz * rows.mean(axis=0)).sum())
    if target_mhz <= 0.0 or unscaled_mhz <= 0.0:  # nothing is left for the generator beside constant demands
        return np.zeros_like(rows)
    factor = target_mhz / unscaled_mhz
    for _ in range(_SCALINGS):
        clipped = np.minimum(rows * factor, 1.0)
        factor *= target_mhz / float((configured_mhz * clipped.mean(axis=0)).sum())
    return np.minimum(rows * factor, 1.0)
