"""When something happens next by itself: the timers of hosts, VMs, incidents and of the tariff's hour.

A tick before the next event asks no host and no VM for its timers. Whoever sets a timer between ticks says so by
`expect`. vMotions in flight and demand keep their own time.
"""

import math

from vienv.core.enums import ConnectionState, IncidentKind, PowerState, VmState
from vienv.core.jit import kernel
from vienv.core.params import HaParams
from vienv.core.state import NEVER, Clock, Hosts, Incidents, Vms

SECONDS_PER_HOUR = 3600.0


@kernel
def expect(clock: Clock) -> None:
    """Have the coming tick look at every timer."""
    clock.next_event_s[0] = clock.now_s[0]


@kernel
def is_due(clock: Clock) -> bool:
    """Whether a timer may run out in this tick."""
    return clock.now_s[0] + clock.tick_s[0] >= clock.next_event_s[0]


@kernel
def look_ahead(hosts: Hosts, vms: Vms, incidents: Incidents, clock: Clock, ha: HaParams) -> None:
    """Find the next event after this tick; what waits for others to change something is asked in every tick."""
    end_s = clock.now_s[0] + clock.tick_s[0]
    hour_ends_s = (math.floor(clock.now_s[0] / SECONDS_PER_HOUR) + 1.0) * SECONDS_PER_HOUR
    next_s = max(hour_ends_s, end_s)  # the hour's last tick closes it, and the next one has another tariff
    for h in range(hosts.power_state.size):
        next_s = min(next_s, _host_event_s(hosts, h, end_s))
    for n in range(incidents.at_s.size):
        if incidents.is_done[n] == 0 and incidents.kind[n] != IncidentKind.MAINTENANCE:
            next_s = min(next_s, incidents.at_s[n])
        elif incidents.is_done[n] == 0:
            next_s = min(next_s, max(incidents.at_s[n], end_s))
    for v in range(vms.state.size):
        next_s = min(next_s, _vm_event_s(vms, ha, v, end_s))
    clock.next_event_s[0] = next_s


@kernel
def no_later(clock: Clock, event_s: float) -> None:
    """Have the timers looked at by that second."""
    clock.next_event_s[0] = min(clock.next_event_s[0], event_s)


@kernel
def due_at_s(hosts: Hosts, h: int) -> float:
    """When host h's power state changes by itself; NEVER if it does not."""
    state = hosts.power_state[h]
    if state == PowerState.ON or state == PowerState.STANDBY:
        return NEVER
    return hosts.repair_at_s[h] if state == PowerState.FAILED else hosts.ready_at_s[h]


@kernel
def _host_event_s(hosts: Hosts, h: int, end_s: float) -> float:
    """The next moment at which host h's power or connection may change, or at which its tape has a failure."""
    is_leaving = hosts.power_state[h] == PowerState.ENTERING_STANDBY and hosts.ready_at_s[h] == NEVER
    if is_leaving or hosts.connection[h] == ConnectionState.ENTERING_MAINTENANCE:
        return end_s
    event_s = min(due_at_s(hosts, h), hosts.next_failure_s[h])
    is_away = hosts.connection[h] == ConnectionState.IN_MAINTENANCE
    return min(event_s, hosts.maintenance_ends_s[h]) if is_away else event_s


@kernel
def _vm_event_s(vms: Vms, ha: HaParams, v: int, end_s: float) -> float:
    """The next moment at which VM v arrives, has booted or is tried again."""
    state = vms.state[v]
    if state == VmState.RUNNING or state == VmState.AWAITING_PLACEMENT:
        return NEVER
    if state == VmState.NOT_ARRIVED:
        return vms.arrives_at_s[v]
    if state == VmState.STARTING:
        return vms.up_at_s[v]
    return end_s if ha.has_pending_retry == 1 and vms.restart_attempts[v] > 0 else vms.restart_at_s[v]
