"""DrsTuning-v0's action: DRS's migration threshold and DPM's target, as two numbers or as one of 25 levels."""

import math

from vienv.baselines.dpm import DpmSettings
from vienv.baselines.drs import MANDATORY_PRIORITY, DrsSettings
from vienv.core.jit import kernel
from vienv.envs.action import BANDS

MIDDLE_THRESHOLD, THRESHOLD_REACH = 3.0, 2.0
"""A Box's first number, -1 .. 1, is threshold 1 .. 5."""
MIDDLE_TARGET, TARGET_REACH = 0.65, 0.25
"""Its second, DemandCapacityRatioTarget 0.40 .. 0.90, the range that VMware allows."""
FIRST_TARGET, TARGET_STEP = 0.45, 0.09
"""A level's target: 0.45, 0.54, 0.63 (the default), 0.72, 0.81."""

_DRS, _DPM = DrsSettings(), DpmSettings()


@kernel
def settings_of(first: float, second: float, has_levels: bool) -> tuple[DrsSettings, DpmSettings]:
    """Settings of an action: level = 5 x (threshold - 1) + target step, or the Box's two numbers."""
    if has_levels:
        threshold = 1.0 + int(first) // BANDS
        target = FIRST_TARGET + TARGET_STEP * (int(first) % BANDS)
    else:
        threshold = MIDDLE_THRESHOLD + THRESHOLD_REACH * first
        target = MIDDLE_TARGET + TARGET_REACH * second
    relief_load = _DRS.relief_load if threshold > MANDATORY_PRIORITY else math.inf
    drs_settings = DrsSettings(
        threshold,
        _DRS.target_coefficient,
        _DRS.minimum_gain,
        _DRS.strong_gain,
        relief_load,
        _DRS.vmotion_cpu,
        _DRS.guest_slowdown,
        _DRS.stable_intervals,
    )
    dpm_settings = DpmSettings(
        target,
        _DPM.tolerance,
        _DPM.deviations,
        _DPM.minimum_uptime_h,
        _DPM.power_performance_ratio,
        _DPM.stable_intervals,
        _DPM.return_intervals,
        _DPM.power_cycle_intervals,
        _DPM.standby_fraction,
        _DPM.vmotion_cpu,
        _DPM.guest_slowdown,
    )
    return drs_settings, dpm_settings
