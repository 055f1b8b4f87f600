"""Whose turn a cluster is, where several threads step one batch: entries of an array that change without a lock.

One entry holds the job, a step of the whole batch, and the next cluster of it that nobody has taken; another, a cache
line away, counts the clusters that are done. In plain Python (NUMBA_DISABLE_JIT=1) a lock stands in for the processor's
atomic operations. Left out: an order of turns; clusters of a batch never touch one another, so none is needed.
"""

import threading
from typing import Any

import numpy as np
from numba import types
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import lower_builtin
from numba.np.arrayobj import make_array

from vienv.core.jit import kernel
from vienv.core.state import IntArray

NONE_LEFT, NOT_YET, LATER = -1, -2, -3
"""Instead of a cluster: all are taken; the job has not been opened; another one has been."""
_TICKET, _DONE, _SIZE = 0, 8, 16
_CLUSTER_BITS = 24
"""Of the ticket; the others number the job."""
_CLUSTERS = (1 << _CLUSTER_BITS) - 1
_BYTES = 8
_one_at_a_time = threading.Lock()


def new() -> IntArray:
    """The turns of one batch."""
    return np.zeros(_SIZE, np.int64)


@kernel
def open_job(turns: IntArray, job: int) -> None:
    """Let everybody take turns at a job, numbered from 1."""
    _store(turns, _DONE, 0)
    _store(turns, _TICKET, job << _CLUSTER_BITS)


@kernel
def take(turns: IntArray, job: int, size: int, slice_size: int) -> int:
    """First of the next slice_size of a job's `size` clusters, now the caller's; or NONE_LEFT, NOT_YET, LATER."""
    while True:
        ticket = _load(turns, _TICKET)
        opened, first = ticket >> _CLUSTER_BITS, ticket & _CLUSTERS
        if opened != job:
            return LATER if opened > job else NOT_YET
        if first >= size:
            return NONE_LEFT
        if _swap(turns, _TICKET, ticket, ticket + slice_size) == 1:
            return first


@kernel
def report_done(turns: IntArray, number: int) -> None:
    """Count clusters that are done."""
    _add(turns, _DONE, number)


@kernel
def num_done(turns: IntArray) -> int:
    """Clusters that are done of the last job."""
    return _load(turns, _DONE)


def _load(turns: IntArray, k: int) -> int:
    return int(turns[k])


def _store(turns: IntArray, k: int, value: int) -> None:
    turns[k] = value


def _add(turns: IntArray, k: int, value: int) -> None:
    with _one_at_a_time:
        turns[k] += value


def _swap(turns: IntArray, k: int, old: int, new: int) -> int:
    """Write new and say 1 if the entry still is old, else 0."""
    with _one_at_a_time:
        if turns[k] != old:
            return 0
        turns[k] = new
        return 1


def _compile_as(function: Any, returns: Any, num_values: int, emit: Any) -> None:
    values = (types.int64,) * num_values

    @infer_global(function, typing_key=function)
    class _Typing(AbstractTemplate):
        def generic(self, args: Any, kws: Any) -> Any:
            return signature(returns, args[0], types.intp, *values)

    @lower_builtin(function, types.Array, types.intp, *values)
    def _code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        place = builder.gep(make_array(sig.args[0])(context, builder, args[0]).data, [args[1]])
        made = emit(builder, place, *args[2:])
        return context.get_dummy_value() if returns is types.none else made


def _emit_swap(builder: Any, place: Any, old: Any, new: Any) -> Any:
    made = builder.cmpxchg(place, old, new, "seq_cst")
    return builder.zext(builder.extract_value(made, 1), old.type)


_compile_as(_load, types.int64, 0, lambda b, place: b.load_atomic(place, "seq_cst", _BYTES))
_compile_as(_store, types.none, 1, lambda b, place, value: b.store_atomic(value, place, "seq_cst", _BYTES))
_compile_as(_add, types.none, 1, lambda b, place, value: b.atomic_rmw("add", place, value, "seq_cst"))
_compile_as(_swap, types.int64, 2, _emit_swap)
