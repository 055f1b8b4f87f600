"""What is billed and reported: reward, outcome of a step, ledger and metrics."""

from typing import NamedTuple

from vienv.core.state.basics import FloatArray, IntArray


class Reward(NamedTuple):
    """The scalar reward: constant an interval + weights over the terms, row Term."""

    weight: FloatArray  # static


class Outcome(NamedTuple):
    """What the last step gave. One row."""

    constant: FloatArray  # static: reward of an interval before the weighted terms
    reward: FloatArray
    elapsed_s: FloatArray  # simulated time of the step
    refusal: IntArray  # Refusal of the step's command


class Ledger(NamedTuple):
    """The reward terms, row Term. IMBALANCE is the mean over an interval's ticks, summed over intervals."""

    tick: FloatArray  # what the last tick that was worked out charges, and every still one after it
    interval: FloatArray  # running interval
    last: FloatArray  # the last finished interval
    step: FloatArray  # the intervals (and refused commands) of the last step
    episode: FloatArray  # since the episode began


class Metrics(NamedTuple):
    """Figures reported and not billed, row Metric; accumulators that `ledger.report` turns into figures."""

    value: FloatArray
    tick: FloatArray  # what the last tick that was worked out adds, and every still one after it
