"""Guests that run and serve nobody, as a hung one does: they hold CPU and memory, and their users see nothing.

Whoever silences a guest says from which second; a tick's seconds up are then cut to those before it. The guest's CPU
and memory stay as they are, and what it wants meanwhile is not also counted as unserved. Left out: a guest that hangs
in a loop and wants all the CPU it can get.
"""

from vienv.core.enums import VmState
from vienv.core.jit import kernel
from vienv.core.state import NEVER, Clock, Guests, Hosts, Vms
from vienv.core.stillness import is_still, stir


@kernel
def hush(guests: Guests, hosts: Hosts, vms: Vms, clock: Clock, v: int, from_s: float) -> None:
    """Let VM v's guest serve nobody from that second of this tick on."""
    guests.silent_from_s[v] = from_s
    stir(hosts, clock, vms.host[v])


@kernel
def withhold(vms: Vms, hosts: Hosts, guests: Guests, clock: Clock) -> None:
    """Cut vms.up_s of silent guests to their seconds before; hosts that are still hold what was cut."""
    for v in range(guests.silent_from_s.size):
        if guests.silent_from_s[v] < NEVER and vms.state[v] == VmState.RUNNING and not is_still(hosts, vms.host[v]):
            vms.up_s[v] = min(vms.up_s[v], served_s(guests, clock, v))


@kernel
def served_s(guests: Guests, clock: Clock, v: int) -> float:
    """Seconds of this tick before VM v's guest fell silent."""
    return max(0.0, min(clock.tick_s[0], guests.silent_from_s[v] - clock.now_s[0]))
