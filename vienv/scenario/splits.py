"""Who belongs to which split where data are finite: days and VMs of a trace, days of a price file.

Splits share nothing.
"""

import numpy as np

from vienv.core.state import IntArray
from vienv.scenario.keys import SPLITS

_TURN_OF_MANY = ("train", "train", "train", "tune", "test")
_FEW = len(_TURN_OF_MANY)


def members(count: int, split: str) -> IntArray:
    """Indices below `count` that belong to `split`: of five three train, one tunes, one tests; of fewer one by one."""
    turn = SPLITS if count < _FEW else _TURN_OF_MANY
    return np.array([k for k in range(count) if turn[k % len(turn)] == split], np.int64)
