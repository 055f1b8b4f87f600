"""Files on their way: copies that start, end, break off, and the CPU that they take of their host.

A copy moves its bytes at the rate that `lines` gives it, so alone it lasts size / slowest line. It breaks off when its
host dies or loses the last path to source or target; while a host fails over to another path its copies stand. What a
megabyte a second costs of the host's CPU depends on the initiator: most in software, little in an HBA (VMware and
NetApp, "Performance Report: Multiprotocol Performance Test of VMware ESX 3.5", TR-3697, for the order; the megahertz
are UNSOURCED). Left out: verification, compression, retries after a break.
"""

from vienv.core.enums import CopyPhase, PowerState
from vienv.core.jit import kernel
from vienv.core.state import NEVER, Adapters, Clock, Copies, Fabric, Hosts, Paths, Volumes
from vienv.core.stillness import stir


@kernel
def start_due(copies: Copies, clock: Clock, now_s: float) -> None:
    """Start the copies that were asked for by that second."""
    for k in range(copies.phase.size):
        if copies.phase[k] == CopyPhase.REQUESTED and copies.requested_at_s[k] <= now_s:
            copies.phase[k] = CopyPhase.COPYING
            copies.started_at_s[k] = copies.copied_until_s[k] = now_s


@kernel
def break_off(
    copies: Copies, hosts: Hosts, volumes: Volumes, fabric: Fabric, paths: Paths, clock: Clock, now_s: float
) -> None:
    """Break off the copies whose host is dead at that second, or does not reach source or target."""
    for k in range(copies.phase.size):
        if copies.phase[k] != CopyPhase.COPYING or _is_carried(copies, hosts, fabric, paths, volumes, k, now_s):
            continue
        book(copies, hosts, volumes, clock, k, now_s)
        copies.phase[k] = CopyPhase.FAILED
        _end(copies, clock, k, now_s)


@kernel
def end_due(copies: Copies, hosts: Hosts, volumes: Volumes, clock: Clock, now_s: float) -> None:
    """End the copies whose last byte has been written by that second."""
    for k in range(copies.phase.size):
        if copies.phase[k] == CopyPhase.COPYING and copies.ends_at_s[k] <= now_s:
            book(copies, hosts, volumes, clock, k, now_s)
            copies.remaining_mb[k] = 0.0
            copies.phase[k] = CopyPhase.DONE
            _end(copies, clock, k, now_s)


@kernel
def take_rates(copies: Copies, hosts: Hosts, volumes: Volumes, clock: Clock, now_s: float) -> None:
    """Give every copy whose fair rate has changed the new one."""
    for k in range(copies.phase.size):
        if copies.phase[k] != CopyPhase.COPYING or copies.rate_mb_s[k] == copies.fair_mb_s[k]:
            continue
        book(copies, hosts, volumes, clock, k, now_s)
        copies.rate_mb_s[k] = copies.fair_mb_s[k]
        copies.ends_at_s[k] = NEVER
        if copies.rate_mb_s[k] > 0.0:
            copies.ends_at_s[k] = now_s + copies.remaining_mb[k] / copies.rate_mb_s[k]


@kernel
def next_event_s(copies: Copies, adapters: Adapters, fabric: Fabric, hosts: Hosts, now_s: float, end_s: float) -> float:
    """When the next copy starts, ends, stands or may go on after that second; end_s if none does before."""
    event_s = end_s
    for k in range(copies.phase.size):
        if copies.phase[k] == CopyPhase.REQUESTED and copies.requested_at_s[k] > now_s:
            event_s = min(event_s, copies.requested_at_s[k])
        elif copies.phase[k] == CopyPhase.COPYING:
            event_s = min(event_s, copies.ends_at_s[k])
            for other_s in (
                adapters.paused_from_s[copies.host[k]],
                adapters.paused_until_s[copies.host[k]],
                _lost_at_s(copies, fabric, hosts, k),
            ):
                if other_s > now_s:
                    event_s = min(event_s, other_s)
    return event_s


@kernel
def close_tick(copies: Copies, hosts: Hosts, volumes: Volumes, clock: Clock, end_s: float) -> None:
    """Book up to the tick's end what is under way."""
    for k in range(copies.phase.size):
        if copies.phase[k] == CopyPhase.COPYING:
            book(copies, hosts, volumes, clock, k, end_s)


@kernel
def book(copies: Copies, hosts: Hosts, volumes: Volumes, clock: Clock, k: int, now_s: float) -> None:
    """Book what copy k has moved since it was last asked, and what that took of its host's CPU."""
    h = copies.host[k]
    moved_mb = min(copies.remaining_mb[k], copies.rate_mb_s[k] * (now_s - copies.copied_until_s[k]))
    copies.copied_until_s[k] = now_s
    copies.remaining_mb[k] -= moved_mb
    mhz_s = volumes.mhz_per_mb_s[copies.source[k]]
    volumes.copied_mb[copies.source[k]] += moved_mb
    if copies.target[k] != copies.source[k]:
        mhz_s += volumes.mhz_per_mb_s[copies.target[k]]
        volumes.copied_mb[copies.target[k]] += moved_mb
    hosts.vmotion_mhz[h] += mhz_s * moved_mb / clock.tick_s[0]
    stir(hosts, clock, h)


@kernel
def _end(copies: Copies, clock: Clock, k: int, now_s: float) -> None:
    copies.ended_at_s[k] = now_s
    copies.ends_at_s[k] = NEVER
    copies.rate_mb_s[k] = 0.0
    clock.transfers[0] -= 1


@kernel
def _lost_at_s(copies: Copies, fabric: Fabric, hosts: Hosts, k: int) -> float:
    """When copy k's host dies in this tick, or lost its last path to source or target; NEVER if neither."""
    h = copies.host[k]
    first = h * (fabric.lost_at_s.size // hosts.power_state.size)
    lost_s = min(fabric.lost_at_s[first + copies.source[k]], fabric.lost_at_s[first + copies.target[k]])
    return min(lost_s, hosts.fails_at_s[h])


@kernel
def _is_carried(
    copies: Copies, hosts: Hosts, fabric: Fabric, paths: Paths, volumes: Volumes, k: int, now_s: float
) -> bool:
    h, num_datastores = copies.host[k], volumes.kind.size
    state = hosts.power_state[h]
    is_on = state == PowerState.ON or state == PowerState.ENTERING_STANDBY
    is_reached = paths.is_reachable[h * num_datastores + copies.source[k]] == 1
    is_reached = is_reached and paths.is_reachable[h * num_datastores + copies.target[k]] == 1
    return is_on and is_reached and _lost_at_s(copies, fabric, hosts, k) > now_s
