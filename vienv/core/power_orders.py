"""Wake-on-LAN: who can be woken, the magic packet, and its answer.

A host in standby hears the packet on its VMkernel NIC, from a peer of its cluster that is on (VMware, vSphere Resource
Management, "Using DPM to Manage Power Resources"). VirtualCenter sends it for a policy, for HA's restarts and for
planned work.
"""

from vienv.core.clusters import are_together
from vienv.core.compatibility import is_grey
from vienv.core.enums import Metric, PowerState
from vienv.core.jit import kernel
from vienv.core.params import PowerParams, Randomness
from vienv.core.random import Stream, uniform
from vienv.core.state import NEVER, Clock, Hosts, Metrics
from vienv.core.stillness import stir


@kernel
def has_peer(hosts: Hosts, h: int) -> bool:
    """Whether host h has a VMkernel NIC that a host of its cluster that is on can send the magic packet to."""
    if hosts.vmkernel_mbps[h] <= 0.0:
        return False
    for t in range(hosts.power_state.size):
        is_heard = hosts.vmkernel_mbps[t] > 0.0 and not is_grey(hosts, t)
        if hosts.power_state[t] == PowerState.ON and is_heard and are_together(hosts, t, h):
            return True
    return False


@kernel
def send_packet(hosts: Hosts, power: PowerParams, h: int, at_s: float) -> None:
    """Send host h, which is in standby, the magic packet at that second."""
    hosts.power_state[h] = PowerState.WAKING
    hosts.state_since_s[h] = at_s
    hosts.ready_at_s[h] = at_s + power.wake_s


@kernel
def wake_in_tick(
    hosts: Hosts, metrics: Metrics, clock: Clock, power: PowerParams, randomness: Randomness, h: int, at_s: float
) -> None:
    """Send host h the magic packet at a second of the running tick, after `power.advance`; it may answer in it."""
    end_s = clock.now_s[0] + clock.tick_s[0]
    send_packet(hosts, power, h, at_s)
    hosts.boot_tick_s[h] = end_s - at_s
    stir(hosts, clock, h)
    if hosts.ready_at_s[h] <= end_s:
        answer(hosts, metrics, clock, power, randomness, h, hosts.ready_at_s[h])


@kernel
def answer(
    hosts: Hosts, metrics: Metrics, clock: Clock, power: PowerParams, randomness: Randomness, h: int, at_s: float
) -> None:
    """Boot host h, or leave it out until it is repaired: the world's draw for host and tick, whatever was done before.

    Writes its power state and timers, and of boot_tick_s only what a packet without answer ends.
    """
    hosts.state_since_s[h] = at_s
    if uniform(randomness.seed, Stream.WAKE, h, clock.tick[0]) >= power.wake_failure_probability:
        hosts.power_state[h] = PowerState.BOOTING
        hosts.ready_at_s[h] = at_s + hosts.boot_s[h]
        return
    hosts.power_state[h] = PowerState.FAILED
    hosts.ready_at_s[h] = NEVER
    hosts.repair_at_s[h] = at_s + power.wake_repair_s
    hosts.boot_tick_s[h] = max(0.0, hosts.boot_tick_s[h] - (clock.now_s[0] + clock.tick_s[0] - at_s))
    metrics.value[Metric.WAKE_FAILURES] += 1.0
