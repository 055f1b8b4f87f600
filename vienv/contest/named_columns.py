"""Columns by name: what an agent's card says that its network reads, and where today's observation has it.

New columns are appended to the observation (`core/columns.py`), so a network must be fed those that it was trained on,
whichever else there are by now. The cluster's array ends with the picked VM's row: its columns are called PICKED_ and
the VM's column.
"""

import numpy as np
from numpy.typing import NDArray

from vienv.core.columns import ClusterColumn, HostColumn, RecommendationColumn, VmColumn

OBSERVED: dict[str, tuple[str, ...]] = {
    "hosts": tuple(column.name for column in HostColumn),
    "vms": tuple(column.name for column in VmColumn),
    "cluster": (
        *(column.name for column in ClusterColumn),
        *(f"PICKED_{column.name}" for column in VmColumn),
    ),
    "recommendations": tuple(column.name for column in RecommendationColumn),
}
"""The columns of each array of the observation that has any, in their order."""


def places_of(array: str, names: tuple[str, ...]) -> NDArray[np.intp]:
    """Where these columns, all of which must be observed, stand in an array."""
    places = {name: k for k, name in enumerate(OBSERVED[array])}
    return np.array([places[name] for name in names], np.intp)
