"""Where HA restarts a VM: on a failover host if one has room, else where most capacity is unreserved."""

from vienv.core import compatibility
from vienv.core.clusters import are_together
from vienv.core.enums import NO_HOST, ConnectionState, PowerState
from vienv.core.jit import kernel
from vienv.core.params import HaParams
from vienv.core.state import Hosts, Migrations, Paths, Protection, Vms

_FIRST = 2.0
"""Lifts a failover host above every unreserved share, 1 at most."""


@kernel
def roomiest_host(
    hosts: Hosts,
    vms: Vms,
    migrations: Migrations,
    paths: Paths,
    protection: Protection,
    ha: HaParams,
    v: int,
    segment: int,
    at_s: float,
) -> int:
    """The host of the segment and VM v's cluster that can run it then and has most unreserved room; NO_HOST if none."""
    best, best_share = NO_HOST, -1.0
    for h in range(hosts.power_state.size):
        if not _takes_restarts(hosts, h, at_s) or not _is_heard(hosts, protection, segment, h):
            continue
        if not are_together(hosts, vms.host[v], h):
            continue
        if not compatibility.suits(hosts, vms, paths, v, h) or not compatibility.has_room(hosts, vms, v, h):
            continue
        if ha.respects_apart == 1 and not compatibility.keeps_apart(vms, migrations, v, h):
            continue
        share = _unreserved_share(hosts, h)
        if hosts.connection[h] == ConnectionState.FAILOVER:
            share += _FIRST
        if share > best_share:
            best, best_share = h, share
    return best


@kernel
def is_on_at(hosts: Hosts, h: int, at_s: float) -> bool:
    """Whether host h is on at that second of the tick."""
    return hosts.power_state[h] == PowerState.ON and hosts.state_since_s[h] <= at_s


@kernel
def _takes_restarts(hosts: Hosts, h: int, at_s: float) -> bool:
    """Whether host h is on at that second, one of HA's, and neither in maintenance nor on its way there."""
    is_away = compatibility.is_in_maintenance(hosts, h) or compatibility.is_hosted(hosts, h)
    return is_on_at(hosts, h, at_s) and not is_away


@kernel
def _is_heard(hosts: Hosts, protection: Protection, segment: int, h: int) -> bool:
    """Whether whoever orders restarts in the segment reaches host h; without roles, whether VirtualCenter does."""
    return protection.segment[h] == segment if protection.segment.size > 0 else not compatibility.is_grey(hosts, h)


@kernel
def _unreserved_share(hosts: Hosts, h: int) -> float:
    """Unreserved share of host h's scarcer resource."""
    cpu = 1.0 - hosts.reserved_mhz[h] / hosts.cpu_capacity_mhz[h]
    return min(cpu, 1.0 - hosts.reserved_mb[h] / hosts.memory_capacity_mb[h])
