"""A VM's life apart from failures: it arrives, waits for somebody to place it, boots, and serves.

A VM that is cloned arrives when its files are there, and one that is retired is as if it had not arrived (`files`); of
others, deployment is part of the arrival time. Left out: suspend and resume, VMs that their owners power off.
"""

from vienv.core.enums import VmState
from vienv.core.jit import kernel
from vienv.core.state import NEVER, Clock, Hosts, Vms
from vienv.core.stillness import disturb, stir


@kernel
def advance(hosts: Hosts, vms: Vms, clock: Clock) -> None:
    """Let arrivals ask for placement and guests that have booted serve, each from its exact second.

    Writes vms.state, up_s (the seconds of this tick after the boot), up_at_s and restart_attempts.
    """
    now_s = clock.now_s[0]
    end_s = now_s + clock.tick_s[0]
    for v in range(vms.state.size):
        if vms.state[v] == VmState.NOT_ARRIVED and vms.arrives_at_s[v] <= end_s:
            vms.state[v] = VmState.AWAITING_PLACEMENT
            clock.placement_changed[0] = 1
            disturb(clock)
        elif vms.state[v] == VmState.STARTING and vms.up_at_s[v] <= end_s:
            vms.state[v] = VmState.RUNNING
            vms.up_s[v] = end_s - max(now_s, vms.up_at_s[v])
            vms.up_at_s[v] = NEVER
            vms.restart_attempts[v] = 0
            stir(hosts, clock, vms.host[v])
            clock.placement_changed[0] = 1
