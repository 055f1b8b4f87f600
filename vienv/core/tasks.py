"""VirtualCenter's task queue: what administrators have ordered, of VMs' files (`files`) and of hosts (`virtualcenter`).

A task waits for its second, while VirtualCenter is down, and for its turn: copies for fewer than so many of them at a
time, hosts of one order for those before them. What has begun goes on when VirtualCenter goes down, and what has come
due meanwhile begins together when it is back. Left out: priorities, cancelling, and retries of what failed.
"""

from vienv.core.counters import add
from vienv.core.enums import Happening, OrderKind, OrderPhase, Refusal
from vienv.core.jit import kernel
from vienv.core.state import NEVER, Clock, Counters, Orders


@kernel
def is_on_host(kind: int) -> bool:
    """Whether that kind of task is work on a host, not on a VM's files."""
    return kind >= OrderKind.PATCH


@kernel
def is_clone(kind: int) -> bool:
    """Whether that kind of task makes a VM of another one's disks."""
    return bool(kind == OrderKind.CLONE or kind == OrderKind.LINKED_CLONE)


@kernel
def due_at_s(orders: Orders, clock: Clock, k: int, now_s: float) -> float:
    """When task k may begin, from now on, for all that VirtualCenter knows: its second, and an outage's end."""
    return float(max(orders.at_s[k], now_s, clock.vc_returns_at_s[0]))


@kernel
def begin(orders: Orders, counters: Counters, k: int, phase: int, at_s: float) -> None:
    """Begin task k at that second; how long it waited is counted once, though it may begin again."""
    if orders.began_at_s[k] == NEVER:
        add(counters, Happening.TASK_WAIT_S, at_s - orders.at_s[k])
    orders.phase[k], orders.began_at_s[k] = phase, at_s


@kernel
def end(orders: Orders, counters: Counters, k: int, refusal: int, at_s: float) -> None:
    """End task k at that second: done if nothing stood against it."""
    is_done = refusal == Refusal.ACCEPTED
    orders.phase[k] = OrderPhase.DONE if is_done else OrderPhase.FAILED
    orders.refusal[k], orders.ended_at_s[k] = refusal, at_s
    add(counters, Happening.TASKS_DONE if is_done else Happening.TASKS_FAILED, 1.0)


@kernel
def num_open(orders: Orders, clock: Clock) -> int:
    """Tasks that are due and not over: those that wait in the queue, and those that run."""
    count = 0
    for k in range(orders.phase.size):
        is_over = orders.phase[k] == OrderPhase.DONE or orders.phase[k] == OrderPhase.FAILED
        count += 1 if orders.at_s[k] <= clock.now_s[0] and not is_over else 0
    return count
