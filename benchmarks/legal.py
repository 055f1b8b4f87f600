"""A random policy that does only what the mask allows, cheap enough to time an environment with.

A cluster commits with the probability that is asked for; otherwise it takes one of its legal actions, all equally
likely: an action is drawn again until it is legal, and after many misses the legal ones are counted.
"""

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

_MISSES = 64
_TWO_53 = 9007199254740992.0


@numba.njit(inline="always")
def _next(state: Any) -> Any:
    """Splitmix64 (Steele, Lea and Flood, OOPSLA 2014): 64 bits."""
    state[0] += np.uint64(0x9E3779B97F4A7C15)
    z = state[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@numba.njit(nogil=True)
def draw(masks: NDArray[np.int8], state: NDArray[np.uint64], commits: float, actions: NDArray[np.int64]) -> None:
    """Write a legal action of each cluster: masks (num_envs, n), state (1,), actions (num_envs,)."""
    n = np.uint64(masks.shape[1])
    for e in range(masks.shape[0]):
        actions[e] = 0
        if float(_next(state) >> np.uint64(11)) < commits * _TWO_53:
            continue
        found = False
        for _ in range(_MISSES):
            action = np.int64(_next(state) % n)
            if masks[e, action] != 0:
                actions[e] = action
                found = True
                break
        if found:
            continue
        count = 0
        for action in range(masks.shape[1]):
            count += masks[e, action] != 0
        left = np.int64(_next(state) % np.uint64(max(1, count)))
        for action in range(masks.shape[1]):
            if masks[e, action] == 0:
                continue
            if left == 0:
                actions[e] = action
                break
            left -= 1
