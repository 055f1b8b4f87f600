"""The list of VirtualCenter's recommendations, kept sorted: priority 1 first, then rules on where VMs should run."""

from vienv.core.enums import NO_HOST, NO_VM
from vienv.core.jit import kernel
from vienv.core.state import Recommendations

MANDATORY_FIRST = 1.0e6
"""Added to the rank of priority 1; no gain comes near it."""
_PREFERRED_NEXT = 1.0e4
"""Added for each rule on where a VM should run that is mended; 62 of them stay below priority 1."""


@kernel
def clear(recommendations: Recommendations) -> None:
    """Empty the list."""
    for r in range(recommendations.vm.size):
        recommendations.vm[r] = NO_VM
        recommendations.destination[r] = NO_HOST
        recommendations.gain[r] = recommendations.overload_gain[r] = 0.0
        recommendations.is_mandatory[r] = recommendations.mended[r] = 0


@kernel
def insert(
    recommendations: Recommendations, v: int, h: int, gain: float, overload_gain: float, is_mandatory: bool, mended: int
) -> None:
    """Keep the rows sorted, best first; on a tie the row that came first stays first."""
    key = gain + overload_gain + (MANDATORY_FIRST if is_mandatory else 0.0) + _PREFERRED_NEXT * mended
    r = recommendations.vm.size
    while r > 0 and (recommendations.vm[r - 1] == NO_VM or rank(recommendations, r - 1) < key):
        r -= 1
        if r + 1 < recommendations.vm.size:
            recommendations.vm[r + 1] = recommendations.vm[r]
            recommendations.destination[r + 1] = recommendations.destination[r]
            recommendations.gain[r + 1] = recommendations.gain[r]
            recommendations.overload_gain[r + 1] = recommendations.overload_gain[r]
            recommendations.is_mandatory[r + 1] = recommendations.is_mandatory[r]
            recommendations.mended[r + 1] = recommendations.mended[r]
    if r == recommendations.vm.size:
        return
    recommendations.vm[r] = v
    recommendations.destination[r] = h
    recommendations.gain[r] = gain
    recommendations.overload_gain[r] = overload_gain
    recommendations.is_mandatory[r] = 1 if is_mandatory else 0
    recommendations.mended[r] = mended


@kernel
def rank(recommendations: Recommendations, r: int) -> float:
    """What row r is sorted by."""
    first = MANDATORY_FIRST if recommendations.is_mandatory[r] == 1 else 0.0
    return (
        recommendations.gain[r] + recommendations.overload_gain[r] + first + _PREFERRED_NEXT * recommendations.mended[r]
    )
