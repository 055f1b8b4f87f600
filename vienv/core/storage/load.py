"""Guests' own input and output: what they ask of their datastores, what they get, and how long a datastore takes.

A guest reads and writes in proportion to the CPU that it gets (UNSOURCED; off by default). Its I/O goes over its host's
adapter and its datastore, before copies of files and, where they share the NIC, before vMotion. What a line cannot
carry is cut in proportion, and the guest waits for it: that part of its CPU is not served. A datastore answers after
base / (1 - utilisation) milliseconds, as one server with random arrivals does (Kleinrock, "Queueing Systems", 3.2), its
utilisation counted up to 0.95 and with copies. The initiator takes CPU of the host as for copies. Copies and initiators
see what guests did in the tick before. Left out: reads apart from writes, caches, guests that wait for a slow answer
alone, and what paths that fail over do to guests.
"""

from vienv.core.adapters import NO_LINE, adapter_of, line_mb_s
from vienv.core.enums import NO_HOST, VmState
from vienv.core.jit import kernel
from vienv.core.params import StorageParams
from vienv.core.state import Adapters, Clock, GuestIo, Hosts, Latency, Lines, Vms, Volumes
from vienv.core.stillness import stir

MOST_UTILISATION = 0.95
_MHZ_PER_GHZ = 1000.0
_SETTLED = 1e-9
"""Of a guest's I/O: a smaller change is none."""


@kernel
def burden(hosts: Hosts, vms: Vms, guest_io: GuestIo, volumes: Volumes) -> None:
    """Book what initiators take of their hosts' CPU for guests' I/O. Precedes `cpu.schedule`."""
    for v in range(guest_io.served_mb_s.size):
        if vms.host[v] != NO_HOST:
            mhz = volumes.mhz_per_mb_s[vms.datastore[v]] * guest_io.served_mb_s[v]
            hosts.vmotion_mhz[vms.host[v]] += mhz


@kernel
def serve(
    vms: Vms,
    hosts: Hosts,
    guest_io: GuestIo,
    lines: Lines,
    volumes: Volumes,
    adapters: Adapters,
    clock: Clock,
    params: StorageParams,
) -> None:
    """Share lines among guests' I/O and stall who gets less. Follows all that writes vms.delivered_mhz, for all hosts.

    Writes guest_io, lines.guests_mb_s, and what a stall costs of vms.delivered_mhz and hosts.delivered_mhz.
    """
    first_volume = 3 * adapters.shares_nic.size
    _ask(vms, guest_io, lines, volumes, adapters, params)
    for v in range(guest_io.wanted_mb_s.size):  # what a host's adapter cannot carry never reaches the datastore
        wanted_mb_s = guest_io.wanted_mb_s[v]
        if wanted_mb_s == 0.0:
            continue
        n = adapter_of(volumes, adapters, vms.host[v], vms.datastore[v])
        guest_io.wanted_mb_s[v] = wanted_mb_s * _share(lines, hosts, n)
        lines.guests_mb_s[first_volume + vms.datastore[v]] += guest_io.wanted_mb_s[v]
    for v in range(guest_io.wanted_mb_s.size):
        served_mb_s = 0.0
        if guest_io.wanted_mb_s[v] > 0.0:
            h = vms.host[v]
            served_mb_s = guest_io.wanted_mb_s[v] * _share(lines, hosts, first_volume + vms.datastore[v])
            asked_mb_s = params.io_mb_s_per_ghz * vms.delivered_mhz[v] / _MHZ_PER_GHZ
            lost_mhz = vms.delivered_mhz[v] * params.io_stall * (1.0 - served_mb_s / asked_mb_s)
            vms.delivered_mhz[v] -= lost_mhz
            hosts.delivered_mhz[h] -= lost_mhz
            if abs(served_mb_s - guest_io.served_mb_s[v]) > _SETTLED * served_mb_s:
                stir(hosts, clock, h)  # its initiator takes another share of its CPU
        guest_io.served_mb_s[v] = served_mb_s
    for n in range(lines.guests_mb_s.size):
        lines.guests_mb_s[n] = min(lines.guests_mb_s[n], line_mb_s(lines, hosts, n))


@kernel
def answer(latency: Latency, lines: Lines, volumes: Volumes, clock: Clock, params: StorageParams) -> None:
    """Work out how long each datastore takes from this tick on, and book how long it took up to it."""
    first_volume = lines.line_mb_s.size - latency.ms.size
    for d in range(latency.ms.size):
        copied_mb_s = (volumes.copied_mb[d] - latency.copied_mb[d]) / clock.tick_s[0]
        utilisation = (lines.guests_mb_s[first_volume + d] + copied_mb_s) / lines.line_mb_s[first_volume + d]
        latency.ms_s[d] += latency.ms[d] * (clock.now_s[0] - latency.since_s[d])
        latency.ms[d] = params.base_ms / (1.0 - min(MOST_UTILISATION, utilisation))
        latency.most_ms[d] = max(latency.most_ms[d], latency.ms[d])
        latency.since_s[d], latency.copied_mb[d] = clock.now_s[0], volumes.copied_mb[d]


@kernel
def _ask(
    vms: Vms, guest_io: GuestIo, lines: Lines, volumes: Volumes, adapters: Adapters, params: StorageParams
) -> None:
    """Work out what each guest asks, and put it on its host's adapter."""
    for n in range(lines.guests_mb_s.size):
        lines.guests_mb_s[n] = 0.0
    for v in range(guest_io.wanted_mb_s.size):
        guest_io.wanted_mb_s[v] = 0.0
        if vms.state[v] != VmState.RUNNING:
            continue
        guest_io.wanted_mb_s[v] = params.io_mb_s_per_ghz * vms.delivered_mhz[v] / _MHZ_PER_GHZ
        n = adapter_of(volumes, adapters, vms.host[v], vms.datastore[v])
        if n != NO_LINE:
            lines.guests_mb_s[n] += guest_io.wanted_mb_s[v] / volumes.payload[vms.datastore[v]]


@kernel
def _share(lines: Lines, hosts: Hosts, n: int) -> float:
    """What part of what is asked of line n it carries; a local disk has no adapter."""
    if n == NO_LINE or lines.guests_mb_s[n] == 0.0:
        return 1.0
    return float(min(1.0, line_mb_s(lines, hosts, n) / lines.guests_mb_s[n]))
