"""The heuristics by the names of the literature: `thr-mmt-0.8` is a detector, a selection and a parameter."""

import difflib
from typing import NamedTuple

from vienv.cloudsim.enums import Detector, Selection

PARAMETERS = {Detector.THR: 0.8, Detector.IQR: 1.5, Detector.MAD: 2.5, Detector.LR: 1.2, Detector.LRR: 1.2}
"""Of Beloglazov and Buyya's comparison."""
LARGEST_PARAMETER = 10.0


class PolicyError(ValueError):
    """A policy's name that means nothing, in one line."""


class Policy(NamedTuple):
    """A heuristic: which host is overloaded, which VM leaves it, how careful to be."""

    detector: Detector
    selection: Selection = Selection.MMT
    parameter: float = 0.0

    @property
    def name(self) -> str:
        """`npa`, `dvfs`, or detector-selection-parameter."""
        if self.detector <= Detector.DVFS:
            return self.detector.name.lower()
        return f"{self.detector.name.lower()}-{self.selection.name.lower()}-{self.parameter:g}"

    @staticmethod
    def parse(name: str) -> "Policy":
        """The policy of a name; without a parameter, the paper's.

        Raises:
            PolicyError: what is not known, and what is.
        """
        parts = name.lower().split("-", 2)
        detectors = {d.name.lower(): d for d in Detector}
        if parts[0] not in detectors:
            close = difflib.get_close_matches(parts[0], detectors, 1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            raise PolicyError(f"policy: {name!r}: detector {parts[0]!r} is not one of {' | '.join(detectors)}{hint}")
        detector = detectors[parts[0]]
        if detector <= Detector.DVFS:
            if len(parts) > 1:
                raise PolicyError(f"policy: {name!r}: {parts[0]} never migrates and takes nothing more")
            return Policy(detector)
        selections = {s.name.lower(): s for s in Selection}
        if len(parts) == 1 or parts[1] not in selections:
            given = repr(parts[1]) if len(parts) > 1 else "no selection"
            raise PolicyError(f"policy: {name!r}: {given}; a selection is one of {' | '.join(selections)}")
        parameter = PARAMETERS[detector]
        if len(parts) == 3:
            try:
                parameter = float(parts[2])
            except ValueError:
                parameter = -1.0
            if not 0.0 <= parameter <= LARGEST_PARAMETER:
                raise PolicyError(
                    f"policy: {name!r}: parameter {parts[2]!r} is not a number from 0 to {LARGEST_PARAMETER:g}"
                )
        return Policy(detector, selections[parts[1]], parameter)


STANDARD = tuple(
    Policy.parse(name)
    for name in (
        "npa",
        "dvfs",
        "thr-mmt",
        "iqr-mmt",
        "mad-mmt",
        "lr-mmt",
        "lrr-mmt",
        "thr-rs",
        "thr-mu",
        "thr-mc",
    )
)
"""What the literature compares."""
