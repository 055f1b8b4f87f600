"""The VMkernel network: one link a host, shared by the vMotions that copy over it, in or out.

Rates are max-min fair, as those of TCP streams of equal round trip roughly are (Bertsekas and Gallager, "Data
Networks", 6.5.2): all rise together until a link is full, then those on it stop rising. So no link carries more than
its payload rate, and every migration that copies has a full link. Payload is line speed less headers: 117 MB/s on
1 GbE. Copying out and in share one rate, as if the link were half duplex. Switches, round-trip times, several NICs a
host, and the management and VM networks are left out.
"""

import math

from vienv.core.enums import MigrationPhase
from vienv.core.jit import kernel
from vienv.core.params import VmotionParams
from vienv.core.state import Clock, Hosts, Migrations

BITS_PER_BYTE = 8.0
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
def share_links(migrations: Migrations, hosts: Hosts, clock: Clock, vmotion: VmotionParams) -> None:
    """Give every migration that copies its max-min fair rate, and all others none (migrations.rate_mb_s, MB/s)."""
    waiting = _open_links(migrations, hosts, clock, vmotion)
    while waiting > 0:
        share_mb_s = math.inf
        for i in range(clock.copying[0]):
            v = migrations.order[i]
            if migrations.rate_mb_s[v] == _NO_RATE_YET:
                share_mb_s = min(share_mb_s, _fair_mb_s(migrations, hosts, v))
        for i in range(clock.copying[0]):
            v = migrations.order[i]
            if migrations.rate_mb_s[v] == _NO_RATE_YET and _fair_mb_s(migrations, hosts, v) <= share_mb_s:
                migrations.rate_mb_s[v] = share_mb_s
                _take(hosts, migrations.source[v], share_mb_s)
                _take(hosts, migrations.destination[v], share_mb_s)
                waiting -= 1


@kernel
def _open_links(migrations: Migrations, hosts: Hosts, clock: Clock, vmotion: VmotionParams) -> int:
    """Count who copies on each link, and how many migrations await a rate."""
    for i in range(clock.copying[0]):
        v = migrations.order[i]
        for h in (migrations.source[v], migrations.destination[v]):
            hosts.link_mb_s[h] = link_rate_mb_s(hosts, vmotion, h)
            hosts.copying[h] = 0
    waiting = 0
    for i in range(clock.copying[0]):
        v = migrations.order[i]
        migrations.rate_mb_s[v] = 0.0
        if not is_copying(migrations, v):
            continue
        migrations.rate_mb_s[v] = _NO_RATE_YET
        hosts.copying[migrations.source[v]] += 1
        hosts.copying[migrations.destination[v]] += 1
        waiting += 1
    return waiting


@kernel
def _fair_mb_s(migrations: Migrations, hosts: Hosts, v: int) -> float:
    """An equal part of what the fuller of VM v's two links has left, among those on it that have no rate yet."""
    source, destination = migrations.source[v], migrations.destination[v]
    return min(
        hosts.link_mb_s[source] / hosts.copying[source], hosts.link_mb_s[destination] / hosts.copying[destination]
    )


@kernel
def _take(hosts: Hosts, h: int, rate_mb_s: float) -> None:
    hosts.link_mb_s[h] = max(0.0, hosts.link_mb_s[h] - rate_mb_s)
    hosts.copying[h] -= 1
