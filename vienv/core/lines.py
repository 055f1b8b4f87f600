"""What carries vMotions and files, shared by all of them: VMkernel NICs, storage NICs, HBAs and datastores.

Rates are max-min fair by line speed, as in `vmotion.network` (Bertsekas and Gallager, "Data Networks", 6.5.2): all
rise together until a line is full, then those on it stop rising. On an Ethernet line a flow takes more than its data,
by its headers; a datastore and an HBA are rated in file data (Fibre Channel of 2 Gb/s: 200 MB/s). A copy goes through
its host, once over each line, as if lines were half duplex. Guests' own input and output goes first (`load`). Left
out: switches between hosts and arrays, and queue depths.
"""

import math

from vienv.core.adapters import NO_LINE, adapter_of, line_mb_s
from vienv.core.enums import CopyPhase
from vienv.core.jit import kernel
from vienv.core.params import VmotionParams
from vienv.core.state import Adapters, Clock, Copies, Hosts, Lines, Migrations, Volumes
from vienv.core.vmotion.network import is_copying

_NO_RATE_YET = -1.0
_MOST_LINES = 4
"""Of one copy: adapters and datastores, of source and target."""


@kernel
def share(
    lines: Lines,
    copies: Copies,
    migrations: Migrations,
    hosts: Hosts,
    clock: Clock,
    volumes: Volumes,
    adapters: Adapters,
    vmotion: VmotionParams,
    now_s: float,
) -> None:
    """Work out the max-min fair rates of all vMotions and copies that move data at that second.

    Writes migrations.fair_mb_s and copies.fair_mb_s (MB/s of their data; 0: a copy that stands).
    """
    waiting = _gather(lines, copies, migrations, hosts, clock, volumes, adapters, now_s)
    while waiting > 0:
        level = math.inf
        for i in range(clock.in_flight[0]):
            v = migrations.flight[i]
            if migrations.fair_mb_s[v] == _NO_RATE_YET and is_copying(migrations, v):
                level = min(level, _vmotion_level(lines, migrations, vmotion, v))
        for k in range(copies.phase.size):
            if copies.fair_mb_s[k] == _NO_RATE_YET:
                level = min(level, _copy_level(lines, copies, volumes, adapters, k))
        for i in range(clock.in_flight[0]):
            v = migrations.flight[i]
            is_waiting = migrations.fair_mb_s[v] == _NO_RATE_YET and is_copying(migrations, v)
            if is_waiting and _vmotion_level(lines, migrations, vmotion, v) <= level:
                migrations.fair_mb_s[v] = level * vmotion.payload_fraction
                _load(lines, migrations.source[v], -1.0, level)
                _load(lines, migrations.destination[v], -1.0, level)
                waiting -= 1
        for k in range(copies.phase.size):
            if copies.fair_mb_s[k] == _NO_RATE_YET and _copy_level(lines, copies, volumes, adapters, k) <= level:
                copies.fair_mb_s[k] = level * _payload(copies, volumes, k)
                _load_copy(lines, copies, volumes, adapters, k, -1.0, level)
                waiting -= 1


@kernel
def load_of(lines: Lines, hosts: Hosts, adapters: Adapters, clock: Clock, h: int) -> float:
    """Of the fullest of host h's lines to storage, what copies, when rates were last shared, and guests' I/O take."""
    num_hosts, most = adapters.shares_nic.size, 0.0
    for n in (h, num_hosts + h, 2 * num_hosts + h):
        carried_mb_s = line_mb_s(lines, hosts, n)
        if carried_mb_s == 0.0 or (n == h and adapters.shares_nic[h] == 0):
            continue
        guests = lines.guests_mb_s[n] / carried_mb_s
        most = max(most, guests if clock.transfers[0] == 0 else 1.0 - lines.left_mb_s[n] / carried_mb_s)
    return most


@kernel
def _gather(
    lines: Lines,
    copies: Copies,
    migrations: Migrations,
    hosts: Hosts,
    clock: Clock,
    volumes: Volumes,
    adapters: Adapters,
    now_s: float,
) -> int:
    """Open all lines and put on them whoever moves data; returns how many do."""
    waiting = 0
    for n in range(lines.line_mb_s.size):
        lines.left_mb_s[n] = max(0.0, line_mb_s(lines, hosts, n) - lines.guests_mb_s[n])
        lines.weight[n] = 0.0
    for i in range(clock.in_flight[0]):
        v = migrations.flight[i]
        if is_copying(migrations, v):
            migrations.fair_mb_s[v] = _NO_RATE_YET
            _load(lines, migrations.source[v], 1.0, 0.0)
            _load(lines, migrations.destination[v], 1.0, 0.0)
            waiting += 1
    for k in range(copies.phase.size):
        copies.fair_mb_s[k] = 0.0
        if copies.phase[k] == CopyPhase.COPYING and not _is_paused(adapters, copies.host[k], now_s):
            copies.fair_mb_s[k] = _NO_RATE_YET
            _load_copy(lines, copies, volumes, adapters, k, 1.0, 0.0)
            waiting += 1
    return waiting


@kernel
def _is_paused(adapters: Adapters, h: int, now_s: float) -> bool:
    return adapters.paused_from_s[h] <= now_s < adapters.paused_until_s[h]


@kernel
def _load(lines: Lines, n: int, weight: float, level: float) -> None:
    """Put a flow of that weight on line n; a negative weight takes it off, with the rate that it got at that level."""
    lines.weight[n] += weight
    lines.left_mb_s[n] = max(0.0, lines.left_mb_s[n] + weight * level)


@kernel
def _load_copy(
    lines: Lines, copies: Copies, volumes: Volumes, adapters: Adapters, k: int, sign: float, level: float
) -> None:
    """`_load` copy k on each of its lines, once."""
    for part in range(_MOST_LINES):
        n = _line(copies, volumes, adapters, k, part)
        if n != NO_LINE:
            _load(lines, n, sign * _weight(copies, volumes, adapters, k, n), level)


@kernel
def _vmotion_level(lines: Lines, migrations: Migrations, vmotion: VmotionParams, v: int) -> float:
    """An equal part of what the fuller of the two NICs of VM v's vMotion has left, or the most that it may have."""
    most_mb_s = vmotion.session_mb_s_most / vmotion.payload_fraction
    return min(_part(lines, migrations.source[v]), _part(lines, migrations.destination[v]), most_mb_s)


@kernel
def _copy_level(lines: Lines, copies: Copies, volumes: Volumes, adapters: Adapters, k: int) -> float:
    """An equal part of what the fullest of copy k's lines has left."""
    level = math.inf
    for part in range(_MOST_LINES):
        n = _line(copies, volumes, adapters, k, part)
        if n != NO_LINE:
            level = min(level, _part(lines, n))
    return level


@kernel
def _part(lines: Lines, n: int) -> float:
    return lines.left_mb_s[n] / lines.weight[n] if lines.weight[n] > 0.0 else math.inf


@kernel
def _payload(copies: Copies, volumes: Volumes, k: int) -> float:
    """File data in a byte of copy k on an Ethernet line; 1 if it takes none."""
    return min(volumes.payload[copies.source[k]], volumes.payload[copies.target[k]])


@kernel
def _weight(copies: Copies, volumes: Volumes, adapters: Adapters, k: int, n: int) -> float:
    """What copy k takes of line n at level 1."""
    return 1.0 if n < 2 * adapters.shares_nic.size else _payload(copies, volumes, k)


@kernel
def _line(copies: Copies, volumes: Volumes, adapters: Adapters, k: int, part: int) -> int:
    """Copy k's lines: its host's adapter and the datastore, of the source, then of the target; each stands once."""
    source, target = copies.source[k], copies.target[k]
    num_hosts = adapters.shares_nic.size
    if part == 0:
        return adapter_of(volumes, adapters, copies.host[k], source)
    if part == 1:
        return 3 * num_hosts + source
    if source == target:
        return NO_LINE
    if part == 3:
        return 3 * num_hosts + target
    n = adapter_of(volumes, adapters, copies.host[k], target)
    return n if n != adapter_of(volumes, adapters, copies.host[k], source) else NO_LINE
