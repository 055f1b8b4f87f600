"""vMotions in flight: who they are, whose links they use, and the CPU that they take of both hosts.

In flight is what has left VirtualCenter's queue and has not ended. While a host has any, they share a fraction of one
of its cores, more on 10 GbE (Denneman, frankdenneman.nl, 4 December 2012). Each host's flights form a list, so that an
event costs what it touches.
"""

from vienv.core.jit import kernel
from vienv.core.params import VmotionParams
from vienv.core.state import Clock, Hosts, Migrations
from vienv.core.stillness import stir

TEN_GIGABIT_MBPS = 10_000.0


@kernel
def take_off(migrations: Migrations, hosts: Hosts, clock: Clock, v: int, now_s: float) -> None:
    """Count VM v's vMotion in, on both sides."""
    migrations.flight[clock.in_flight[0]] = v
    clock.in_flight[0] += 1
    for h in (migrations.source[v], migrations.destination[v]):
        stir(hosts, clock, h)
        if hosts.vmotions[h] == 0:
            hosts.vmotion_since_s[h] = now_s
        _link(migrations, h, v, hosts.first_flight[h])
        hosts.first_flight[h] = v
        hosts.vmotions[h] += 1


@kernel
def land(migrations: Migrations, hosts: Hosts, clock: Clock, vmotion: VmotionParams, v: int, now_s: float) -> None:
    """Count it out: over or failed."""
    clock.in_flight[0] -= 1
    is_behind = False
    for i in range(clock.in_flight[0]):
        is_behind = is_behind or migrations.flight[i] == v
        if is_behind:
            migrations.flight[i] = migrations.flight[i + 1]
    for h in (migrations.source[v], migrations.destination[v]):
        stir(hosts, clock, h)
        book_cpu(hosts, clock, vmotion, h, now_s)
        _unlink(migrations, hosts, h, v)
        hosts.vmotions[h] -= 1


@kernel
def next_flight(migrations: Migrations, h: int, v: int) -> int:
    """The flight after VM v's in the list of host h, which has hosts.vmotions[h] entries from first_flight[h] on."""
    return migrations.next_out[v] if migrations.source[v] == h else migrations.next_in[v]


@kernel
def book_cpu(hosts: Hosts, clock: Clock, vmotion: VmotionParams, h: int, now_s: float) -> None:
    """Book what the flights of host h have taken of its CPU since this was last asked in this tick."""
    is_10g = hosts.vmkernel_mbps[h] >= TEN_GIGABIT_MBPS
    fraction = vmotion.cpu_core_fraction_10g if is_10g else vmotion.cpu_core_fraction
    of_tick = (now_s - hosts.vmotion_since_s[h]) / clock.tick_s[0]
    hosts.vmotion_mhz[h] += hosts.core_mhz[h] * fraction * of_tick
    hosts.vmotion_since_s[h] = now_s


@kernel
def _link(migrations: Migrations, h: int, v: int, following: int) -> None:
    if migrations.source[v] == h:
        migrations.next_out[v] = following
    else:
        migrations.next_in[v] = following


@kernel
def _unlink(migrations: Migrations, hosts: Hosts, h: int, v: int) -> None:
    u = hosts.first_flight[h]
    if u == v:
        hosts.first_flight[h] = next_flight(migrations, h, v)
        return
    while next_flight(migrations, h, u) != v:
        u = next_flight(migrations, h, u)
    _link(migrations, h, u, next_flight(migrations, h, v))
