"""control="heuristic": three numbers from -1 to 1 that name a heuristic, and the heuristic that they name.

The first is a detector (five bands of equal width: THR, IQR, MAD, LR, LRR), the second its parameter ((1 + x) times
that of Beloglazov and Buyya's comparison, to the nearest thousandth, so that 0 is theirs and 0.8 survives float32), the
third a selection (four bands: MMT, MU, RS, MC). Ranges of one width, centred, are what learners of continuous actions
begin with. Left out: parameters above twice the comparison's; NPA and DVFS, which never plan (the setting `policy`).
"""

import numpy as np
from numpy.typing import NDArray

from vienv.cloudsim import Policy
from vienv.cloudsim.enums import Detector, Selection
from vienv.cloudsim.policy import PARAMETERS
from vienv.cloudsim.state import Judgement
from vienv.core.jit import kernel
from vienv.core.state import FloatArray

SIZE = 3
DETECTORS = len(PARAMETERS)
SELECTIONS = len(Selection)
STEPS = 1000.0
"""A parameter is a whole number of thousandths."""
_FIRST = int(Detector.THR)
_THR, _IQR, _MAD, _LR = (PARAMETERS[d] for d in (Detector.THR, Detector.IQR, Detector.MAD, Detector.LR))


def action_of(policy: Policy) -> NDArray[np.float32]:
    """The action (3,) that plans an interval as the heuristic does.

    Raises:
        ValueError: It never plans, or its parameter is no action's.
    """
    if policy.detector <= Detector.DVFS:
        raise ValueError(f"policy: {policy.name} never plans; name it at construction: policy={policy.name!r}")
    usual = PARAMETERS[policy.detector]
    if not 0.0 <= policy.parameter <= 2.0 * usual or round(policy.parameter * STEPS) / STEPS != policy.parameter:
        raise ValueError(f"policy: {policy.name}: an action's parameter is 0 to {2.0 * usual:g} in thousandths")
    detector = (2 * (policy.detector - Detector.THR) + 1) / DETECTORS - 1.0
    selection = (2 * policy.selection + 1) / SELECTIONS - 1.0
    return np.array([detector, policy.parameter / usual - 1.0, selection], np.float32)


@kernel
def judge(judgement: Judgement, detector: float, parameter: float, selection: float) -> None:
    """Write the heuristic that three numbers name."""
    chosen = _FIRST + min(int((1.0 + detector) / 2.0 * DETECTORS), DETECTORS - 1)
    usual = _LR
    if chosen == Detector.THR:
        usual = _THR
    elif chosen == Detector.IQR:
        usual = _IQR
    elif chosen == Detector.MAD:
        usual = _MAD
    judgement.detector[0] = chosen
    judgement.parameter[0] = int((1.0 + parameter) * usual * STEPS + 0.5) / STEPS
    judgement.selection[0] = min(int((1.0 + selection) / 2.0 * SELECTIONS), SELECTIONS - 1)


def read(action: FloatArray) -> Policy:
    """The heuristic that an action names."""
    judgement = Judgement(np.zeros(1, np.int64), np.zeros(1, np.int64), np.zeros(1))
    judge(judgement, *np.clip(np.asarray(action, np.float64), -1.0, 1.0).tolist())
    detector, selection = Detector(int(judgement.detector[0])), Selection(int(judgement.selection[0]))
    return Policy(detector, selection, float(judgement.parameter[0]))
