"""A VM goes down: what it loses, and when HA first tries it again."""

from vienv.core.enums import VmState
from vienv.core.jit import kernel
from vienv.core.params import HaParams
from vienv.core.silence import served_s
from vienv.core.state import NEVER, Clock, Guests, Vms


@kernel
def take_down(vms: Vms, guests: Guests, clock: Clock, ha: HaParams, v: int, at_s: float, missed_s: float) -> None:
    """Take VM v down at that second of this tick; it is missed from `missed_s` on, if HA restarts it at all."""
    end_s = clock.now_s[0] + clock.tick_s[0]
    if vms.state[v] == VmState.STARTING:
        vms.up_s[v] = max(0.0, at_s - vms.up_at_s[v])  # its guest may have come up earlier in this tick
    else:
        vms.up_s[v] = max(0.0, vms.up_s[v] - (end_s - at_s))
    if guests.silent_from_s.size > 0:
        vms.up_s[v] = min(vms.up_s[v], served_s(guests, clock, v))
        guests.silent_from_s[v] = guests.reset_at_s[v] = NEVER
    vms.state[v] = VmState.DOWN
    vms.up_at_s[v] = NEVER
    vms.restart_attempts[v] = 0
    is_restarted = ha.is_enabled == 1 and vms.restart_priority[v] > 0
    vms.restart_at_s[v] = missed_s + ha.placement_s if is_restarted else NEVER
    vms.demand_mhz[v] = vms.delivered_mhz[v] = vms.active_mb[v] = 0.0
    vms.shared_mb[v] = vms.ballooned_mb[v] = vms.swapped_mb[v] = vms.unserved_mb[v] = 0.0


@kernel
def gap_after(ha: HaParams, attempts: int) -> float:
    """Seconds from that many attempts in vain to the next: gaps double up to a limit."""
    gap_s = ha.restart_gap_s
    for _ in range(attempts - 1):
        if gap_s >= ha.restart_gap_maximum_s:
            break
        gap_s *= 2.0
    return min(gap_s, ha.restart_gap_maximum_s)
