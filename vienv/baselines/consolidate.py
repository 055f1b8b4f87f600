"""consolidate: CloudSim's planner with THR-MMT, the classic of the consolidation literature, on this cluster.

Beloglazov and Buyya, Concurrency and Computation 24(13), 2012; `vienv/cloudsim/planning.py`. Once an interval it plans
from what is shown: hosts above the threshold give up VMs, least migration time first, to where power rises least, and
every host whose VMs all fit elsewhere is emptied. The plan's moves are then commanded in their order, what is illegal
left out. A target that sleeps is woken; its moves wait until it is on, and are then commanded before another plan is
made. Hosts without VMs are sent to standby: to CloudSim switching costs nothing, so it sees neither boots nor what a
migration takes, and no balance. Arrivals are placed likewise.

pack-once does this in the first interval only: what one good packing is worth without ever looking again.
"""

import numpy as np
from numpy.typing import NDArray

from vienv.baselines import as_cloudsim
from vienv.baselines.policy import CLUSTER, COMMIT, Observation, block
from vienv.baselines.reading import Mask, Placement, Rows, num_clusters, value
from vienv.cloudsim import state as s
from vienv.cloudsim.day import plan
from vienv.cloudsim.enums import NOBODY, Detector, Selection
from vienv.core.arena import spans_of
from vienv.core.columns import ClusterColumn, HostColumn, VmColumn
from vienv.core.jit import crossing, kernel, ready
from vienv.core.state import FloatArray, IntArray

THRESHOLD = 0.8
"""THR's utilisation threshold in the paper's comparison."""
IS_PACKING, IS_PLANNED, NEXT, END, PICKED, TARGET, WAITING = range(7)
"""Of a cluster's stage: whether it is packed now; its plan's next move and end; the VM picked and where it shall go,
plus one each, 0 if nobody, or nowhere yet. From WAITING on: for each VM the waking host that it waits for, plus one."""


@kernel
def choose(
    f: FloatArray,
    i: IntArray,
    spans: IntArray,
    moves: IntArray,
    stage: IntArray,
    hosts: Rows,
    vms: Rows,
    placement: Placement,
    cluster: Rows,
    mask: Mask,
) -> int:
    """The next action on Cluster-v0 in one cluster; only arrivals are placed unless it is packing."""
    first: int = 1 + vms.shape[0]
    if cluster[ClusterColumn.IS_PICKED] > 0:
        return first + _destination_of_picked(f, i, spans, stage, hosts, vms, placement, mask, first)
    for v in range(vms.shape[0]):
        if value(vms, v, VmColumn.WAITING) > 0.0 and mask[1 + v] != 0:
            return _pick(stage, v, NOBODY)
    if stage[IS_PACKING] == 1:
        if stage[IS_PLANNED] == 0:
            v = _vm_whose_host_is_on(stage, hosts, vms, mask)
            if v != NOBODY:
                return _pick(stage, v, _end_wait(stage, v))
            _plan(f, i, spans, moves, stage, hosts, vms, placement)
        action = _next_of_plan(moves, stage, hosts, mask, first)
        if action != COMMIT:
            return action
        for h in range(hosts.shape[0]):
            is_empty = value(hosts, h, HostColumn.ON) > 0.0 and value(hosts, h, HostColumn.NUM_VMS) == 0.0
            if is_empty and mask[first + h] != 0:
                return first + h
    stage[IS_PLANNED] = stage[NEXT] = stage[END] = 0
    return COMMIT


@kernel
def _next_of_plan(moves: IntArray, stage: IntArray, hosts: Rows, mask: Mask, first: int) -> int:
    """Pick the VM of the plan's next legal move, or wake its target; COMMIT when the plan is done."""
    while stage[NEXT] < stage[END]:
        v, h = moves[2 * stage[NEXT]], moves[2 * stage[NEXT] + 1]
        stage[NEXT] += 1
        if value(hosts, h, HostColumn.STANDBY) > 0.0 and mask[first + h] != 0:
            stage[WAITING + v] = 1 + h
            return first + h
        if value(hosts, h, HostColumn.COMING) > 0.0:
            stage[WAITING + v] = 1 + h
        elif value(hosts, h, HostColumn.ON) > 0.0 and mask[1 + v] != 0:
            return _pick(stage, v, h)
    return COMMIT


@kernel
def _pick(stage: IntArray, v: int, target: int) -> int:
    stage[PICKED], stage[TARGET] = 1 + v, 1 + target
    return 1 + v


@kernel
def _vm_whose_host_is_on(stage: IntArray, hosts: Rows, vms: Rows, mask: Mask) -> int:
    """The first VM that may go to the host it waited for; a host that did not wake is waited for no longer."""
    for v in range(vms.shape[0]):
        h = stage[WAITING + v] - 1
        if h == NOBODY or value(hosts, h, HostColumn.COMING) > 0.0:
            continue
        if value(hosts, h, HostColumn.ON) > 0.0 and mask[1 + v] != 0:
            return v
        _end_wait(stage, v)
    return NOBODY


@kernel
def _end_wait(stage: IntArray, v: int) -> int:
    """The host that the VM waited for."""
    h = stage[WAITING + v] - 1
    stage[WAITING + v] = 0
    return h


@kernel
def _plan(
    f: FloatArray,
    i: IntArray,
    spans: IntArray,
    moves: IntArray,
    stage: IntArray,
    hosts: Rows,
    vms: Rows,
    placement: Placement,
) -> None:
    """Keep the interval's plan, cluster by cluster: (vm, target) after (vm, target)."""
    n = 0
    for cluster in range(num_clusters(hosts)):
        as_cloudsim.write(f, i, spans, hosts, vms, placement, cluster)
        plan(f, i, spans)
        planned = s.moves_of(f, i, spans)
        for k in range(s.day_of(f, i, spans).num_moves[0]):
            moves[2 * n], moves[2 * n + 1] = planned.vm[k], planned.target[k]
            n += 1
    stage[IS_PLANNED], stage[NEXT], stage[END] = 1, 0, n


@kernel
def _destination_of_picked(
    f: FloatArray,
    i: IntArray,
    spans: IntArray,
    stage: IntArray,
    hosts: Rows,
    vms: Rows,
    placement: Placement,
    mask: Mask,
    first: int,
) -> int:
    """The plan's target, or CloudSim's choice for an arrival; failing that, the legal host least loaded after it."""
    v, target = stage[PICKED] - 1, stage[TARGET] - 1
    if target == NOBODY and v != NOBODY:
        as_cloudsim.write(f, i, spans, hosts, vms, placement, as_cloudsim.EVERYWHERE)
        target = as_cloudsim.host_for(f, i, spans, v, mask, first)
    stage[PICKED] = stage[TARGET] = 0
    if target != NOBODY and mask[first + target] != 0:
        return target
    spare = NOBODY
    for h in range(hosts.shape[0]):
        if mask[first + h] != 0 and (
            spare == NOBODY or value(hosts, h, HostColumn.LOAD_AFTER) < value(hosts, spare, HostColumn.LOAD_AFTER)
        ):
            spare = h
    return spare


@crossing(
    "void(int64[::1], float64[::1], int64[::1], int64[:,::1], int64[:,::1], int64[:,::1], float32[:,:,::1],"
    " float32[:,:,::1], int32[:,::1], float32[:,::1], int8[:,::1])"
)
def _play(
    actions: NDArray[np.int64],
    f: FloatArray,
    i: IntArray,
    spans: IntArray,
    moves: IntArray,
    stages: IntArray,
    hosts: Rows,
    vms: Rows,
    placement: Placement,
    cluster: Rows,
    mask: Mask,
) -> None:
    """Choose in every cluster of the batch; the day's rows are room to plan in."""
    for e in range(actions.size):
        actions[e] = choose(f, i, spans, moves[e], stages[e], hosts[e], vms[e], placement[e], cluster[e], mask[e])


class Consolidate:
    """THR-MMT in every interval, or in the first one only. It keeps an interval's plan between commands."""

    env_id = CLUSTER

    def __init__(self, name: str = "consolidate", packs_once: bool = False) -> None:
        """packs_once: after its first commit a cluster is never packed again."""
        self.name = name
        self.settings = (THRESHOLD, packs_once)
        ready(_play)

    def reset(self, num_envs: int, seed: int = 0) -> None:
        """Every cluster may be packed again."""
        self._num_envs = num_envs
        self._stages = np.zeros((num_envs, 0), np.int64)

    def act(self, observation: Observation, action_mask: NDArray[np.int8]) -> NDArray[np.int64]:
        """The next pick, destination or toggle in each cluster, else commit."""
        actions = np.zeros(len(action_mask), dtype=np.int64)
        hosts, vms, placement, cluster = (block(observation, name) for name in ("hosts", "vms", "placement", "cluster"))
        if self._stages.size == 0:
            self._make_room(hosts.shape[1], vms.shape[1])
        mask = np.ascontiguousarray(action_mask, dtype=np.int8)
        _play(actions, *self._day, self._moves, self._stages, hosts, vms, placement, cluster, mask)
        if self.settings[1]:
            self._stages[actions == COMMIT, IS_PACKING] = 0
        return actions

    def _make_room(self, num_hosts: int, num_vms: int) -> None:
        spans, num_floats, num_ints = spans_of(s.Sizes(num_hosts, num_vms, num_hosts), s.KINDS)
        self._day = np.zeros(num_floats), np.zeros(num_ints, np.int64), spans
        judgement = s.judgement_of(*self._day)
        judgement.detector[:], judgement.selection[:], judgement.parameter[:] = Detector.THR, Selection.MMT, THRESHOLD
        self._moves = np.zeros((self._num_envs, 4 * num_vms), np.int64)
        self._stages = np.zeros((self._num_envs, WAITING + num_vms), np.int64)
        self._stages[:, IS_PACKING] = 1


def pack_once() -> Consolidate:
    """Consolidates in the first interval, then places arrivals and commits for ever."""
    return Consolidate("pack-once", packs_once=True)
