"""What CloudSim's consolidation experiments choose from, and the lengths that its model fixes."""

from enum import IntEnum


class Detector(IntEnum):
    """When a host is overloaded. NPA and DVFS never migrate; NPA runs all hosts at full power."""

    NPA = 0
    DVFS = 1
    THR = 2  # load above a threshold
    IQR = 3  # threshold 1 - parameter x interquartile range of the host's history
    MAD = 4  # threshold 1 - parameter x median absolute deviation
    LR = 5  # parameter x load predicted by local regression reaches 1
    LRR = 6  # LR made robust in name: CloudSim never applies the weights


class Selection(IntEnum):
    """Which VM leaves an overloaded host."""

    MMT = 0  # minimum migration time: least memory
    MU = 1  # minimum utilisation
    RS = 2  # random selection
    MC = 3  # maximum correlation


HISTORY = 30
"""Samples of its utilisation that a VM keeps."""
RING = 2 * HISTORY
"""Every sample is kept twice, so that the newest HISTORY always lie side by side."""
SAMPLES = 288
"""Of a trace; CloudSim repeats the last."""
INTERVALS = SAMPLES - 1
"""The day's last tick is never processed."""
CURVE_POINTS = 11
NOBODY = -1
"""No VM, no host, the end of a list."""
