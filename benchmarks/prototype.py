"""The published prototype: a first numba kernel of a cluster, its figures, and the same algorithm in C.

The full model is set beside it at the same sizes and loads. The prototype had CPU only: no memory, no pre-copy by dirty
rates, demand from a formula; 15 ticks a step, 64 environments, float32, one thread, best block. It ran on a 2 vCPU AMD
EPYC of family 26 with numba 0.68.1 under Python 3.11, so ratios to it are ratios between two machines unless this
one is of the same family. Its kernel is not in this repository.
"""

from typing import NamedTuple

from benchmarks.clusters import CONTENDED, FREE, SIZES

SOURCE = "prototype, numba prange build on one thread; 2 vCPU AMD EPYC (family 26)"


class Published(NamedTuple):
    """ns per VM-tick."""

    numba: float
    c: float


FIGURES = {
    (SIZES[0], FREE): Published(2.19, 1.54),
    (SIZES[0], CONTENDED): Published(7.97, 5.72),
    (SIZES[1], FREE): Published(1.36, 1.10),
    (SIZES[1], CONTENDED): Published(7.17, 4.47),
    (SIZES[2], FREE): Published(1.42, 1.16),
    (SIZES[2], CONTENDED): Published(6.74, 4.55),
    (SIZES[3], FREE): Published(3.19, 2.50),
    (SIZES[3], CONTENDED): Published(8.81, 6.28),
}
