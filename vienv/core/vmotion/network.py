"""The VMkernel network: one link a host, shared by the vMotions that copy over it, in or out.

Rates are max-min fair, as those of TCP streams of equal round trip roughly are (Bertsekas and Gallager, "Data
Networks", 6.5.2): all rise together until a link is full, then those on it stop rising. So no link carries more than
its payload rate, and every migration that copies has a full link, or the most that one session may carry. Payload is
line speed less headers: 117 MB/s on 1 GbE. Copying out and in share one rate, as if the link were half duplex.
Switches, round-trip times, several NICs a host, and the management and VM networks are left out.
"""

import math

from vienv.core.adapters import BITS_PER_BYTE
from vienv.core.enums import MigrationPhase
from vienv.core.jit import kernel
from vienv.core.params import VmotionParams
from vienv.core.state import Hosts, Migrations
from vienv.core.vmotion.flight import next_flight

_NO_RATE_YET = -1.0


@kernel
def link_rate_mb_s(hosts: Hosts, vmotion: VmotionParams, h: int) -> float:
    """What host h's VMkernel link carries of guest memory, MB/s."""
    return hosts.vmkernel_mbps[h] * vmotion.payload_fraction / BITS_PER_BYTE


@kernel
def is_copying(migrations: Migrations, v: int) -> bool:
    """Whether VM v's migration has memory to send now: in a pre-copy round, or the residue of its switch-over."""
    phase = migrations.phase[v]
    return (phase == MigrationPhase.PRECOPY or phase == MigrationPhase.SWITCH_OVER) and migrations.round_mb[v] > 0.0


@kernel
def share_links(migrations: Migrations, hosts: Hosts, vmotion: VmotionParams, source: int, destination: int) -> int:
    """Work out the max-min fair rates of all migrations whose links hang together with those of two hosts.

    Writes migrations.fair_mb_s (MB/s) of the VMs in the first rows of migrations.sharing; returns how many they are.
    """
    count, num_hosts = _gather(migrations, hosts, vmotion, source, destination)
    waiting = count
    while waiting > 0:
        share_mb_s = math.inf
        for k in range(count):
            v = migrations.sharing[k]
            if migrations.fair_mb_s[v] == _NO_RATE_YET:
                share_mb_s = min(share_mb_s, _fair_mb_s(migrations, hosts, vmotion, v))
        for k in range(count):
            v = migrations.sharing[k]
            if migrations.fair_mb_s[v] == _NO_RATE_YET and _fair_mb_s(migrations, hosts, vmotion, v) <= share_mb_s:
                migrations.fair_mb_s[v] = share_mb_s
                _take(hosts, migrations.source[v], share_mb_s)
                _take(hosts, migrations.destination[v], share_mb_s)
                waiting -= 1
    for k in range(num_hosts):
        hosts.is_reached[hosts.reached[k]] = 0
    return count


@kernel
def _gather(
    migrations: Migrations, hosts: Hosts, vmotion: VmotionParams, source: int, destination: int
) -> tuple[int, int]:
    """Find who copies over the two hosts' links, over the other ends' links, and so on; and count them on each link."""
    count, num_hosts = 0, _reach(hosts, vmotion, _reach(hosts, vmotion, 0, source), destination)
    k = 0
    while k < num_hosts:
        h, v = hosts.reached[k], hosts.first_flight[hosts.reached[k]]
        k += 1
        for _ in range(hosts.vmotions[h]):
            is_found = migrations.fair_mb_s[v] == _NO_RATE_YET
            if is_copying(migrations, v) and not is_found:
                migrations.fair_mb_s[v] = _NO_RATE_YET
                migrations.sharing[count] = v
                count += 1
                num_hosts = _reach(hosts, vmotion, num_hosts, migrations.source[v])
                num_hosts = _reach(hosts, vmotion, num_hosts, migrations.destination[v])
                hosts.copying[migrations.source[v]] += 1
                hosts.copying[migrations.destination[v]] += 1
            v = next_flight(migrations, h, v)
    return count, num_hosts


@kernel
def _reach(hosts: Hosts, vmotion: VmotionParams, num_hosts: int, h: int) -> int:
    """Open host h's link, once; returns how many hosts have been reached."""
    if hosts.is_reached[h] == 1:
        return num_hosts
    hosts.is_reached[h] = 1
    hosts.reached[num_hosts] = h
    hosts.link_mb_s[h] = link_rate_mb_s(hosts, vmotion, h)
    hosts.copying[h] = 0
    return num_hosts + 1


@kernel
def _fair_mb_s(migrations: Migrations, hosts: Hosts, vmotion: VmotionParams, v: int) -> float:
    """An equal part of what the fuller of VM v's two links has left, among those on it that have no rate yet."""
    source, destination = migrations.source[v], migrations.destination[v]
    out_mb_s, in_mb_s = hosts.link_mb_s[source], hosts.link_mb_s[destination]
    return min(out_mb_s / hosts.copying[source], in_mb_s / hosts.copying[destination], vmotion.session_mb_s_most)


@kernel
def _take(hosts: Hosts, h: int, rate_mb_s: float) -> None:
    hosts.link_mb_s[h] = max(0.0, hosts.link_mb_s[h] - rate_mb_s)
    hosts.copying[h] -= 1
