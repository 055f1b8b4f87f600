"""Hosts die and are repaired: who dies in a tick and when, and what a death takes down.

Failures are a tape of the world: Weibull times from repair to failure and lognormal repairs (Schroeder and Gibson,
DSN 2006), drawn by host and count, never by what anybody did. A rack or power feed may have a tape of its own, of
exponential times (UNSOURCED), and takes all its hosts down at one second. Others are incidents of the scenario.
Heartbeats pass every second; a host without them is declared dead after a fixed time (15 s in VI3, 18 s with heartbeat
datastores from vSphere 5), and its VMs' restarts may begin; who orders them is told in `roles`. A hosted hypervisor is
no member of HA's cluster: nobody misses it, and its VMs come back with it.
"""

import math

from vienv.core.compatibility import is_hosted, is_in_maintenance
from vienv.core.enums import ConnectionState, IncidentKind, Metric, PowerState, VmState
from vienv.core.ha.downs import take_down
from vienv.core.jit import kernel
from vienv.core.params import HaParams, Randomness
from vienv.core.random import Stream, normal, uniform
from vienv.core.state import NEVER, Clock, Feeding, Feeds, Guests, Hosts, Incidents, Metrics, Protection, Vms
from vienv.core.stillness import stir


@kernel
def foresee(hosts: Hosts, incidents: Incidents, clock: Clock, ha: HaParams, randomness: Randomness) -> None:
    """Say which hosts die in this tick, when and for how long: by their own tapes, or as the scenario schedules.

    Writes hosts.fails_at_s and repair_at_s, moves the tapes on and ticks incidents off. A moment that falls while its
    host is off or failed is skipped; a host that reaches standby in the same tick has escaped.
    """
    end_s = clock.now_s[0] + clock.tick_s[0]
    for h in range(hosts.power_state.size):
        while hosts.next_failure_s[h] <= end_s:
            _read_tape(hosts, clock, ha, randomness, h)
    for n in range(incidents.at_s.size):
        is_due = incidents.kind[n] == IncidentKind.HOST_FAILURE and incidents.at_s[n] <= end_s
        if is_due and incidents.is_done[n] == 0:
            incidents.is_done[n] = 1
            _doom(hosts, clock, incidents.host[n], incidents.at_s[n], incidents.duration_s[n])


@kernel
def foresee_feeds(hosts: Hosts, feeds: Feeds, feeding: Feeding, clock: Clock, randomness: Randomness) -> None:
    """As `foresee`, for racks and power feeds that fail in this tick: all their hosts at one second."""
    for k in range(feeds.next_failure_s.size):
        while feeds.next_failure_s[k] <= clock.now_s[0] + clock.tick_s[0]:
            at_s = feeds.next_failure_s[k]
            for h in range(hosts.power_state.size):
                if feeding.feed[h] == k:
                    _doom(hosts, clock, h, at_s, feeds.repair_s[k])
            feeds.failures[k] += 1
            gap_s = gap_of_feed(feeds, randomness.seed, k)
            feeds.next_failure_s[k] = at_s + feeds.repair_s[k] + gap_s


@kernel
def gap_of_feed(feeds: Feeds, seed: int, k: int) -> float:
    """Seconds from when feed k is whole, after as many failures as it has had, until it fails again."""
    return -math.log(uniform(seed, Stream.FEED, k, feeds.failures[k])) * feeds.mtbf_s[k]


@kernel
def next_feed_event_s(feeds: Feeds) -> float:
    """When a rack or power feed next fails; NEVER if none does by itself."""
    event_s = NEVER
    for k in range(feeds.next_failure_s.size):
        event_s = min(event_s, feeds.next_failure_s[k])
    return event_s


@kernel
def _read_tape(hosts: Hosts, clock: Clock, ha: HaParams, randomness: Randomness, h: int) -> None:
    """Take the next failure off host h's tape; the one after it follows whether or not this one strikes."""
    hosts.failures[h] += 1
    count, at_s = hosts.failures[h], hosts.next_failure_s[h]
    repair_s = math.exp(ha.repair_mu + ha.repair_sigma * normal(randomness.seed, Stream.REPAIR, h, count))
    _doom(hosts, clock, h, at_s, repair_s)
    hosts.next_failure_s[h] = NEVER
    if ha.failure_scale_s > 0.0:
        hazard = -math.log(uniform(randomness.seed, Stream.FAILURE, h, count))
        hosts.next_failure_s[h] = at_s + repair_s + ha.failure_scale_s * math.pow(hazard, 1.0 / ha.failure_shape)


@kernel
def _doom(hosts: Hosts, clock: Clock, h: int, at_s: float, repair_s: float) -> None:
    """Note that host h dies at that second, if it draws power then and does not die before."""
    state = hosts.power_state[h]
    powered_from_s = clock.now_s[0] + clock.tick_s[0] - hosts.on_s[h] - hosts.boot_tick_s[h]
    if (
        state == PowerState.STANDBY
        or state == PowerState.ABSENT
        or state == PowerState.FAILED
        or at_s < powered_from_s
        or at_s >= hosts.fails_at_s[h]
    ):
        return
    hosts.fails_at_s[h] = at_s
    hosts.repair_at_s[h] = at_s + repair_s
    stir(hosts, clock, h)


@kernel
def strike(
    hosts: Hosts, vms: Vms, guests: Guests, clock: Clock, metrics: Metrics, protection: Protection, ha: HaParams
) -> None:
    """Fail the hosts that die in this tick, from that second on, and take down the VMs that live on them."""
    end_s = clock.now_s[0] + clock.tick_s[0]
    num_dead = 0
    for h in range(hosts.power_state.size):
        if hosts.fails_at_s[h] <= end_s:
            _fail_host(hosts, protection, ha, h, end_s)
            num_dead += 1
    if num_dead == 0:
        return
    metrics.value[Metric.HOST_FAILURES] += num_dead
    clock.placement_changed[0] = 1
    for v in range(vms.state.size):
        h = vms.host[v]
        is_powered_on = vms.state[v] == VmState.RUNNING or vms.state[v] == VmState.STARTING
        if is_powered_on and hosts.fails_at_s[h] <= end_s:
            take_down(vms, guests, clock, ha, v, hosts.fails_at_s[h], hosts.restores_at_s[h])


@kernel
def _fail_host(hosts: Hosts, protection: Protection, ha: HaParams, h: int, end_s: float) -> None:
    """Cut the host's power at the second of its death: what a tick holds of booting comes first, then of being on."""
    lost_s = end_s - hosts.fails_at_s[h]
    lost_on_s = min(lost_s, hosts.on_s[h])
    hosts.on_s[h] -= lost_on_s
    hosts.boot_tick_s[h] = max(0.0, hosts.boot_tick_s[h] - (lost_s - lost_on_s))
    hosts.power_state[h] = PowerState.FAILED
    if is_in_maintenance(hosts, h):
        hosts.connection[h] = ConnectionState.CONNECTED
    hosts.state_since_s[h] = hosts.fails_at_s[h]
    hosts.ready_at_s[h] = NEVER
    has_agents = protection.declared_after_s.size > 0
    declared_after_s = protection.declared_after_s[h] if has_agents else ha.declared_after_s
    hosts.restores_at_s[h] = NEVER if is_hosted(hosts, h) else hosts.fails_at_s[h] + declared_after_s
