"""The crossing: everything that one step or reset of PlanetLab-v0 does to a batch of days, in one native call.

`spans` has, behind the kinds of `desk.KINDS`, the parts that are shown (`envs/hand_out.py`) and two rows that are
free. `actions[e]` is (Deed, up to three numbers). One row of the output holds the observation and the action mask,
float32, in the order of `offsets_of`; it is renewed where something changed, and never handed out.
"""

from enum import IntEnum

from vienv.cloudsim import book, planning
from vienv.cloudsim import day as model
from vienv.cloudsim import state as s
from vienv.cloudsim.enums import INTERVALS, NOBODY, Detector
from vienv.core.jit import crossing, kernel
from vienv.core.state import FloatArray, IntArray
from vienv.envs.hand_out import hand_parts
from vienv.envs.planetlab import bill, desk, judgement, moves
from vienv.envs.planetlab import observation as shown_rows
from vienv.envs.planetlab.columns import ClusterColumn, HostColumn, VmColumn
from vienv.envs.planetlab.desk import Control, Refusal, Term
from vienv.envs.show import Float32Array

HOST_COLUMNS, VM_COLUMNS = len(HostColumn), len(VmColumn)
_CLUSTER_COLUMNS = len(ClusterColumn) + VM_COLUMNS


class Deed(IntEnum):
    """What a crossing does to a day before it shows it."""

    IDLE = 0
    BEGIN = 1
    ACT = 2
    PLAN = 3  # write the heuristic's moves, and do nothing with them


class Told(IntEnum):
    """What is told of a day; behind it the terms of the step and those of the episode, in the order of `Term`."""

    REWARD = 0
    TRUNCATED = 1
    ELAPSED_S = 2
    REFUSAL = 3


NUM_TOLD = len(Told) + 2 * len(Term)
_FIRST_TERM, _FIRST_TOTAL = len(Told), len(Told) + len(Term)


@kernel
def offsets_of(num_hosts: int, num_vms: int) -> tuple[int, int, int, int]:
    """Where vms, placement, cluster and mask begin in a row of the output; hosts begin at 0."""
    vms = num_hosts * HOST_COLUMNS
    placement = vms + num_vms * VM_COLUMNS
    return vms, placement, placement + num_vms, placement + num_vms + _CLUSTER_COLUMNS


@crossing(
    "void(float64[:,::1], int64[:,::1], int64[:,::1], float64[:,::1], float32[:,::1], float32[::1], float64[::1])"
)
def step(
    floats: FloatArray,
    ints: IntArray,
    spans: IntArray,
    actions: FloatArray,
    output: Float32Array,
    shown: Float32Array,
    told: FloatArray,
) -> None:
    """Do to each day of the batch what actions[e] says, and hand out."""
    for e in range(floats.shape[0]):
        f, i, deed = floats[e], ints[e], int(actions[e, 0])
        if deed == Deed.BEGIN:
            _begin(f, i, spans, output[e])
        elif deed == Deed.ACT:
            _act(f, i, spans, actions[e], output[e])
        elif deed == Deed.PLAN:
            model.plan(f, i, spans)
        hand_parts(shown, spans, output[e], e, floats.shape[0])
        _tell(told[e * NUM_TOLD : (e + 1) * NUM_TOLD], f, i, spans)


@kernel
def _begin(f: FloatArray, i: IntArray, spans: IntArray, output: Float32Array) -> None:
    """Place the VMs of a day that has just been written, and go on to its first tick."""
    model.begin(f, i, spans)
    model.tick(f, i, spans)
    bill.begin_step(desk.ledger_of(f, i, spans), desk.desk_of(f, i, spans))
    _show(f, i, spans, output)


@kernel
def _act(f: FloatArray, i: IntArray, spans: IntArray, action: FloatArray, output: Float32Array) -> None:
    """One action: an interval under the heuristic that it names, or one command."""
    ledger, table = desk.ledger_of(f, i, spans), desk.desk_of(f, i, spans)
    bill.begin_step(ledger, table)
    if table.is_over[0] == 1:
        table.refusal[0] = Refusal.DAY_IS_OVER
    elif table.control[0] == Control.PLACEMENT and action[1] > 0.0:
        _command(f, i, spans, int(action[1]) - 1, output)
        if table.is_shown[0] == 0:
            _show_all(f, i, spans, output)
    else:
        if table.control[0] == Control.HEURISTIC:
            judged = s.judgement_of(f, i, spans)
            if judged.detector[0] > Detector.DVFS:
                judgement.judge(judged, action[1], action[2], action[3])
            model.plan(f, i, spans)
        _pass_interval(f, i, spans)
        _show(f, i, spans, output)


@kernel
def _pass_interval(f: FloatArray, i: IntArray, spans: IntArray) -> None:
    """See the moves landed, and go on to the next tick, if the day has one."""
    day, hosts, vms = s.day_of(f, i, spans), s.hosts_of(f, i, spans), s.vms_of(f, i, spans)
    table, orders = desk.desk_of(f, i, spans), desk.orders_of(f, i, spans)
    table.picked[0] = NOBODY
    table.is_shown[0] = 0
    for v in range(orders.sent.size):
        orders.sent[v] = 0
    model.fly(f, i, spans)
    if day.interval[0] < INTERVALS:
        model.tick(f, i, spans)
    else:
        day.num_moves[0] = 0
        table.is_over[0] = 1
        book.close_day(hosts, vms, s.shutdowns_of(f, i, spans))
    bill.book(desk.ledger_of(f, i, spans), table, day, hosts, vms)


@kernel
def _command(f: FloatArray, i: IntArray, spans: IntArray, number: int, output: Float32Array) -> None:
    """Pick up VM `number`, or send what is picked up to host `number` - V; if refused, only say why."""
    table, plan, plan_vms = desk.desk_of(f, i, spans), s.plan_hosts_of(f, i, spans), s.plan_vms_of(f, i, spans)
    hosts, vms, orders = s.hosts_of(f, i, spans), s.vms_of(f, i, spans), desk.orders_of(f, i, spans)
    num_vms, v = vms.mips.size, table.picked[0]
    if number < num_vms:
        if v != NOBODY:
            table.refusal[0] = Refusal.ALREADY_PICKED
            return
        roomiest = desk.roomiest_of(f, i, spans)
        refusal = moves.refusal_of_pick(plan, plan_vms, orders, roomiest, hosts, vms, number)
        table.refusal[0] = refusal
        if refusal == Refusal.ACCEPTED:
            table.picked[0] = number
            _show_command(f, i, spans, number, NOBODY, NOBODY, output)
        return
    if v == NOBODY:
        table.refusal[0] = Refusal.NOTHING_PICKED
        return
    h = number - num_vms
    table.refusal[0] = moves.refusal_of_destination(plan, plan_vms, hosts, vms, v, h)
    if table.refusal[0] != Refusal.ACCEPTED:
        return
    source = moves.send(
        s.moves_of(f, i, spans),
        plan,
        plan_vms,
        s.plan_series_of(f, i, spans),
        s.day_of(f, i, spans),
        orders,
        table,
        hosts,
        vms,
        s.histories_of(f, i, spans),
        h,
    )
    _show_command(f, i, spans, v, source, h, output)


@kernel
def _show(f: FloatArray, i: IntArray, spans: IntArray, output: Float32Array) -> None:
    """Begin a plan from who is where, and write everything."""
    hosts, vms, curves = s.hosts_of(f, i, spans), s.vms_of(f, i, spans), s.curves_of(f, i, spans)
    plan, plan_vms = s.plan_hosts_of(f, i, spans), s.plan_vms_of(f, i, spans)
    planning.copy_placement(plan, plan_vms, s.places_of(f, i, spans), hosts, vms, curves)
    _show_all(f, i, spans, output)


@kernel
def _show_all(f: FloatArray, i: IntArray, spans: IntArray, output: Float32Array) -> None:
    hosts, vms = s.hosts_of(f, i, spans), s.vms_of(f, i, spans)
    for h in range(hosts.mips.size):
        _show_host(f, i, spans, output, h)
    for v in range(vms.mips.size):
        _show_vm(f, i, spans, output, v)
    _show_cluster(f, i, spans, output)
    desk.desk_of(f, i, spans).is_shown[0] = 1


@kernel
def _show_command(
    f: FloatArray, i: IntArray, spans: IntArray, v: int, source: int, target: int, output: Float32Array
) -> None:
    """Write what a command has changed: a VM's row, and its two hosts' if it was sent."""
    if source != NOBODY:
        vms, plan_vms = s.vms_of(f, i, spans), s.plan_vms_of(f, i, spans)
        _show_host(f, i, spans, output, source)
        _show_host(f, i, spans, output, target)
        for other in range(vms.mips.size):
            if vms.host[other] != NOBODY and (plan_vms.host[other] == source or plan_vms.host[other] == target):
                _show_vm(f, i, spans, output, other)
    else:
        _show_vm(f, i, spans, output, v)
    _show_cluster(f, i, spans, output)


@kernel
def _show_host(f: FloatArray, i: IntArray, spans: IntArray, output: Float32Array, h: int) -> None:
    shown_rows.write_host(
        output[h * HOST_COLUMNS : (h + 1) * HOST_COLUMNS],
        s.plan_hosts_of(f, i, spans),
        s.plan_series_of(f, i, spans),
        s.plan_vms_of(f, i, spans),
        s.hosts_of(f, i, spans),
        s.vms_of(f, i, spans),
        s.histories_of(f, i, spans),
        s.curves_of(f, i, spans),
        s.day_of(f, i, spans),
        h,
    )


@kernel
def _show_vm(f: FloatArray, i: IntArray, spans: IntArray, output: Float32Array, v: int) -> None:
    hosts, vms, plan_vms = s.hosts_of(f, i, spans), s.vms_of(f, i, spans), s.plan_vms_of(f, i, spans)
    first, placement, _, _ = offsets_of(hosts.mips.size, vms.mips.size)
    shown_rows.write_vm(
        output[first + v * VM_COLUMNS : first + (v + 1) * VM_COLUMNS],
        s.plan_hosts_of(f, i, spans),
        plan_vms,
        desk.orders_of(f, i, spans),
        desk.desk_of(f, i, spans),
        hosts,
        vms,
        s.histories_of(f, i, spans),
        s.day_of(f, i, spans),
        v,
    )
    output[placement + v] = plan_vms.host[v] if vms.host[v] != NOBODY else NOBODY


@kernel
def _show_cluster(f: FloatArray, i: IntArray, spans: IntArray, output: Float32Array) -> None:
    """Write the cluster's row, with that of the VM that is picked up behind it, and the mask."""
    hosts, vms, plan = s.hosts_of(f, i, spans), s.vms_of(f, i, spans), s.plan_hosts_of(f, i, spans)
    table, ledger = desk.desk_of(f, i, spans), desk.ledger_of(f, i, spans)
    first, _, cluster, mask = offsets_of(hosts.mips.size, vms.mips.size)
    row = output[cluster:mask]
    shown_rows.write_cluster(row, plan, hosts, vms, s.day_of(f, i, spans), ledger, table)
    v = table.picked[0]
    row[ClusterColumn.HAS_PICKED] = 0.0 if v == NOBODY else 1.0
    for k in range(VM_COLUMNS):
        row[shown_rows.NUM_OWN + k] = 0.0 if v == NOBODY else output[first + v * VM_COLUMNS + k]
    if table.control[0] == Control.PLACEMENT:
        _show_mask(f, i, spans, output[mask:])


@kernel
def _show_mask(f: FloatArray, i: IntArray, spans: IntArray, legal: Float32Array) -> None:
    """Write which commands would be accepted."""
    table, plan, plan_vms = desk.desk_of(f, i, spans), s.plan_hosts_of(f, i, spans), s.plan_vms_of(f, i, spans)
    hosts, vms, orders = s.hosts_of(f, i, spans), s.vms_of(f, i, spans), desk.orders_of(f, i, spans)
    roomiest, picked, num_vms = desk.roomiest_of(f, i, spans), table.picked[0], vms.mips.size
    legal[:] = 0.0
    legal[0] = 1.0
    if table.is_over[0] == 1:
        return
    moves.find_roomiest(roomiest, plan, hosts)
    if picked == NOBODY:
        for v in range(num_vms):
            if moves.refusal_of_pick(plan, plan_vms, orders, roomiest, hosts, vms, v) == Refusal.ACCEPTED:
                legal[1 + v] = 1.0
        return
    for h in range(hosts.mips.size):
        if moves.refusal_of_destination(plan, plan_vms, hosts, vms, picked, h) == Refusal.ACCEPTED:
            legal[1 + num_vms + h] = 1.0


@kernel
def _tell(row: FloatArray, f: FloatArray, i: IntArray, spans: IntArray) -> None:
    table, ledger = desk.desk_of(f, i, spans), desk.ledger_of(f, i, spans)
    row[Told.REWARD] = table.reward[0]
    row[Told.TRUNCATED] = table.is_over[0]
    row[Told.ELAPSED_S] = table.elapsed_s[0]
    row[Told.REFUSAL] = table.refusal[0]
    for t in range(ledger.step.size):
        row[_FIRST_TERM + t] = ledger.step[t]
        row[_FIRST_TOTAL + t] = ledger.episode[t]
