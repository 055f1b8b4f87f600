"""Reading a number off the observation."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vienv.core.columns import HostColumn
from vienv.core.jit import kernel

Rows = NDArray[np.float32]
"""One kind's rows of one cluster: (rows, columns)."""
Mask = NDArray[Any]
"""The face's whole action mask of one cluster, (A,): nonzero where legal, of any dtype."""
Placement = NDArray[Any]
"""The planned host of each VM of one cluster, (V,), of any dtype; -1 if none."""


@kernel
def value(rows: Rows, row: int, column: int) -> float:
    """One number as float64: the sums that follow are then the same with and without JIT."""
    return np.float64(rows[row, column])


@kernel
def is_closed(hosts: Rows, h: int) -> bool:
    """Whether host h takes part in no balance though it may be on.

    In maintenance, not responding, kept for HA's restarts, or a hosted hypervisor, which no cluster has.
    """
    closed = value(hosts, h, HostColumn.MAINTENANCE) + value(hosts, h, HostColumn.NOT_RESPONDING)
    return closed + value(hosts, h, HostColumn.FAILOVER) + value(hosts, h, HostColumn.HOSTED) > 0.0


@kernel
def num_clusters(hosts: Rows) -> int:
    """Clusters under the VirtualCenter."""
    last = 0
    for h in range(hosts.shape[0]):
        last = max(last, cluster_of(hosts, h))
    return last + 1


@kernel
def cluster_of(hosts: Rows, h: int) -> int:
    """The number of host h's cluster."""
    return int(value(hosts, h, HostColumn.CLUSTER))
