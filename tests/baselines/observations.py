"""Hand-made observations: a few equal hosts with VMs, and every column that a baseline reads worked out from them."""

from types import SimpleNamespace

import numpy as np

from vienv.core.columns import ClusterColumn, HostColumn, RecommendationColumn, VmColumn

ROWS = 4
"""Recommendations shown."""
LONG_UP_H = 4.0


def cluster(
    cpu: list[list[float]], memory: list[list[float]] | None = None, cpu_40: float = 1.0, face: str = "recommendations"
) -> SimpleNamespace:
    """Hosts that are on, host h with VMs of demand cpu[h] (of a host) and memory[h] (default 0.01).

    cpu_40: demand of the 40 and 60 minutes' windows, relative to the last 5. Everything is legal but toggles of
    hosts that are off; there are no recommendations. One row of a batch: `batch` makes the policy's arguments.
    """
    num_hosts, num_vms = len(cpu), sum(map(len, cpu))
    c = SimpleNamespace(
        hosts=np.zeros((num_hosts, len(HostColumn)), np.float32),
        vms=np.zeros((num_vms, len(VmColumn)), np.float32),
        placement=np.repeat(np.arange(num_hosts), [len(x) for x in cpu]).astype(np.int32),
        cluster=np.zeros(len(ClusterColumn) + len(VmColumn), np.float32),
        recommendations=np.zeros((ROWS, len(RecommendationColumn)), np.float32),
    )
    c.first = 1 + (num_vms if face == "cluster" else ROWS)
    c.mask = np.ones(c.first + num_hosts, np.int8)
    if face == "recommendations":
        c.mask[1 : c.first] = 0
    c.vms[:, [VmColumn.VALID, VmColumn.RUNNING]] = 1.0
    c.vms[:, VmColumn.DEMAND_5] = [x for row in cpu for x in row]
    c.vms[:, VmColumn.MEMORY_DEMAND] = [x for row in memory for x in row] if memory else 0.01
    c.vms[:, VmColumn.MIGRATION_TIME] = 0.03
    for column in (VmColumn.DEMAND_40, VmColumn.DEMAND_60):
        c.vms[:, column] = c.vms[:, VmColumn.DEMAND_5] * cpu_40
    for column in (HostColumn.VALID, HostColumn.ON, HostColumn.CPU_CAPACITY, HostColumn.MEMORY_CAPACITY):
        c.hosts[:, column] = 1.0
    c.hosts[:, HostColumn.IDLE_POWER], c.hosts[:, HostColumn.PEAK_POWER] = 0.65, 1.0
    c.hosts[:, HostColumn.TIME_IN_STATE_H] = LONG_UP_H
    refresh(c)
    return c


def refresh(c: SimpleNamespace) -> None:
    """Work out the hosts' and the cluster's loads from the VMs."""
    pairs = (
        (HostColumn.LOAD_5, VmColumn.DEMAND_5),
        (HostColumn.LOAD_40, VmColumn.DEMAND_40),
        (HostColumn.LOAD_60, VmColumn.DEMAND_60),
        (HostColumn.MEMORY_DEMAND, VmColumn.MEMORY_DEMAND),
    )
    for of_host, of_vm in pairs:
        sums = np.bincount(c.placement, c.vms[:, of_vm], len(c.hosts))
        c.hosts[:, of_host] = sums / c.hosts[:, HostColumn.CPU_CAPACITY]
    c.hosts[:, HostColumn.NUM_VMS] = np.bincount(c.placement, minlength=len(c.hosts)) / 32
    c.hosts[:, HostColumn.LOAD_AFTER] = c.hosts[:, HostColumn.LOAD_5]
    on = c.hosts[:, HostColumn.ON] > 0
    c.cluster[ClusterColumn.IMBALANCE_PLANNED] = c.hosts[on, HostColumn.LOAD_5].std()
    c.cluster[ClusterColumn.ROOT_HOSTS] = on.sum() ** -0.5


def put(c: SimpleNamespace, h: int, column: HostColumn) -> None:
    """Change the power state of host h: STANDBY, COMING, ENTERING_STANDBY or FAILED."""
    c.hosts[h, HostColumn.ON : HostColumn.FAILED + 1] = 0.0
    c.hosts[h, column] = 1.0
    c.mask[c.first + h] = column == HostColumn.STANDBY
    refresh(c)


def recommend(c: SimpleNamespace, r: int, **columns: float) -> None:
    """Fill recommendation r and make it legal; by default a good balancing move that is quick to copy."""
    ordinary = {
        "valid": 1.0, "gain": 0.05, "migration_time": 0.03, "dirty": 0.05, "demand_5": 0.1, "demand_60": 0.1,
        "source_load": 0.7, "source_load_after": 0.6, "destination_load": 0.3, "destination_load_after": 0.4,
        "destination_memory_after": 0.5,
    }  # fmt: skip
    ordinary["cluster_imbalance"] = float(c.cluster[ClusterColumn.IMBALANCE_PLANNED])
    ordinary["cluster_root_hosts"] = float(c.cluster[ClusterColumn.ROOT_HOSTS])
    for name, number in (ordinary | columns).items():
        c.recommendations[r, RecommendationColumn[name.upper()]] = number
    c.mask[1 + r] = 1


def batch(*clusters: SimpleNamespace) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Observation and mask of these clusters, as an environment of so many gives them."""
    names = ("hosts", "vms", "placement", "cluster", "recommendations")
    return {n: np.stack([getattr(c, n) for c in clusters]) for n in names}, np.stack([c.mask for c in clusters])
