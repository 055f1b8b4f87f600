"""The two rows of a cluster or of a recipe while Python prepares them, as the tuples that are laid over them."""

from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from vienv.core import arena, state
from vienv.core.state import FloatArray, IntArray

T = TypeVar("T", bound=tuple[Any, ...])


class Rows:
    """One cluster's floats (F,) and ints (I,), or a recipe's, whose kinds are others."""

    def __init__(self, floats: FloatArray, ints: IntArray, spans: IntArray, kinds: arena.Kinds = arena.KINDS):
        self.floats, self.ints, self.spans, self._kinds = floats, ints, spans, kinds

    def view(self, kind: type[T]) -> T:
        """The arrays of one kind, laid over the rows."""
        batch = arena.batch_of(kind, self.floats[np.newaxis], self.ints[np.newaxis], self.spans, self._kinds)
        return kind(*(field[0] for field in batch))

    def write(self, settings: tuple[Any, ...]) -> None:
        """Write one tuple of settings."""
        arena.write_params(self.floats, self.ints, self.spans, settings, self._kinds)

    @cached_property
    def clock(self) -> state.Clock:
        """View of state.Clock."""
        return self.view(state.Clock)

    @cached_property
    def hosts(self) -> state.Hosts:
        """View of state.Hosts."""
        return self.view(state.Hosts)

    @cached_property
    def vms(self) -> state.Vms:
        """View of state.Vms."""
        return self.view(state.Vms)
