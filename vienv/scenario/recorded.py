"""Demand from a trace: each VM shows the row of a recorded VM, on a day that all of them have on record.

VMs repeat only if the trace has too few for that day. What came before the episode repeats its first sample.
"""

import numpy as np
from numpy.typing import NDArray

from vienv.core.jit import kernel
from vienv.core.random import integer, shuffle
from vienv.core.state import Workload
from vienv.scenario.keys import Stream
from vienv.scenario.recipe import DeckDraft, TraceDays, TraceVms, VmDraft, WorldRules


@kernel
def draw(
    workload: Workload,
    draft: VmDraft,
    deck: DeckDraft,
    fractions: NDArray[np.float32],
    days: TraceDays,
    trace_vms: TraceVms,
    world: WorldRules,
    seed: int,
) -> int:
    """Write demand (samples, V) from fractions (trace VMs, samples); returns the day's weekday, 0 Monday."""
    day = integer(seed, Stream.TRACE_DAY, 0, 0, days.weekday.size)
    able, num_vms = days.num_vms[day], draft.source.size
    for v in range(num_vms):
        if v % able == 0:
            shuffle(deck.card, able, seed, Stream.TRACE_VM, v // able)
        draft.source[v] = trace_vms.vm[days.first_vm[day] + deck.card[v % able]]
    for t in range(workload.demand.size // num_vms):
        at = days.first_sample[day] + min(max(t - world.history_samples, 0), world.trace_samples - 1)
        for v in range(num_vms):
            workload.demand[t * num_vms + v] = fractions[draft.source[v], at]
    return days.weekday[day]
