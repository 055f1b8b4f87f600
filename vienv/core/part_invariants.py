"""What must hold, after every tick, of the parts that only some scenarios use; `invariants` asks them last.

Sums are compared with a relative error of 1e-9. Left out: what happens within a tick, as a line's load before a copy
ended in it.
"""

from vienv.core.adapters import BITS_PER_BYTE
from vienv.core.enums import (
    ISOLATED,
    CopyPhase,
    MigrationPhase,
    OrderKind,
    OrderPhase,
    PowerState,
    StorageKind,
    VmState,
)
from vienv.core.ha.roles import is_master
from vienv.core.jit import kernel
from vienv.core.rules import allow
from vienv.core.state import (
    NEVER,
    Adapters,
    Clock,
    Copies,
    Disks,
    Files,
    Hosts,
    Identities,
    Lines,
    Migrations,
    Orders,
    Protection,
    Vms,
    Volumes,
)
from vienv.core.vmotion.network import is_copying

_SLACK = 1.0 + 1e-9
_ROUNDING_MB = 1e-6


@kernel
def is_out_of_place(hosts: Hosts, vms: Vms, v: int) -> bool:
    """Whether VM v is registered on a host that is not there, or powered on where a VM-host rule does not let it."""
    if vms.host[v] < 0:
        return False
    if hosts.power_state[vms.host[v]] == PowerState.ABSENT:
        return True
    is_powered_on = vms.state[v] == VmState.RUNNING or vms.state[v] == VmState.STARTING
    return is_powered_on and not allow(hosts, vms, v, vms.host[v])


@kernel
def lacks_disks(files: Files, vms: Vms, v: int) -> bool:
    """Whether VM v is powered on though its disks are lost."""
    is_powered_on = vms.state[v] == VmState.RUNNING or vms.state[v] == VmState.STARTING
    return is_powered_on and files.lost_at_s[v] < NEVER


@kernel
def adds_up(volumes: Volumes, disks: Disks, files: Files, orders: Orders, copies: Copies, vms: Vms, d: int) -> bool:
    """Whether datastore d has used what disks, files beside them, backups and moves to it add up to."""
    sum_mb = 0.0
    for v in range(disks.written_mb.size):
        if vms.datastore[v] == d:
            sum_mb += disks.written_mb[v]
    for v in range(files.booked_mb.size):
        if vms.datastore[v] == d:
            sum_mb += files.booked_mb[v]
        if files.backup_mb[v] > 0.0 and files.backup_datastore[v] == d:
            sum_mb += files.backup_mb[v]
    for k in range(orders.phase.size):
        is_moving = orders.kind[k] == OrderKind.STORAGE_VMOTION and orders.phase[k] == OrderPhase.COPYING
        if is_moving and orders.datastore[k] == d:
            sum_mb += copies.size_mb[k]
    return abs(volumes.used_mb[d] - sum_mb) <= _ROUNDING_MB + (_SLACK - 1.0) * sum_mb


@kernel
def waits_in_vain(volumes: Volumes, disks: Disks, vms: Vms, v: int) -> bool:
    """Whether VM v's guest waits for space and there is some, or it does not run at all."""
    if disks.stopped_at_s[v] == NEVER:
        return False
    d = vms.datastore[v]
    return vms.state[v] != VmState.RUNNING or volumes.capacity_mb[d] - volumes.used_mb[d] > _ROUNDING_MB


@kernel
def is_overfull(
    lines: Lines,
    copies: Copies,
    migrations: Migrations,
    hosts: Hosts,
    clock: Clock,
    volumes: Volumes,
    adapters: Adapters,
    payload_fraction: float,
    n: int,
) -> bool:
    """Whether vMotions and copies together carry more over line n than it has. Headers count on Ethernet."""
    num_hosts, load_mb_s = adapters.shares_nic.size, 0.0
    line_mb_s = hosts.vmkernel_mbps[n] / BITS_PER_BYTE if n < num_hosts else lines.line_mb_s[n]
    for k in range(copies.phase.size):
        if copies.phase[k] == CopyPhase.COPYING and _goes_over(copies, volumes, adapters, k, n):
            payload = min(volumes.payload[copies.source[k]], volumes.payload[copies.target[k]])
            load_mb_s += copies.rate_mb_s[k] / (payload if n < 2 * num_hosts else 1.0)
    if n >= num_hosts:
        return load_mb_s > line_mb_s * _SLACK
    if line_mb_s == 0.0:  # it went down in this tick; copies stand from the next on
        return False
    for i in range(clock.in_flight[0]):
        v = migrations.flight[i]
        if is_copying(migrations, v) and (migrations.source[v] == n or migrations.destination[v] == n):
            load_mb_s += migrations.rate_mb_s[v] / payload_fraction
    return load_mb_s > line_mb_s * _SLACK


@kernel
def _goes_over(copies: Copies, volumes: Volumes, adapters: Adapters, k: int, n: int) -> bool:
    """Whether copy k takes line n: VMkernel NICs, storage NICs and HBAs of hosts, then datastores."""
    num_hosts = adapters.shares_nic.size
    if n >= 3 * num_hosts:
        return n == 3 * num_hosts + copies.source[k] or n == 3 * num_hosts + copies.target[k]
    h = n % num_hosts
    if copies.host[k] != h:
        return False
    for d in (copies.source[k], copies.target[k]):
        kind = volumes.kind[d]
        if kind == StorageKind.FC and n >= 2 * num_hosts:
            return True
        is_ip = kind == StorageKind.ISCSI or kind == StorageKind.NFS
        if is_ip and n < 2 * num_hosts and (n < num_hosts) == (adapters.shares_nic[h] == 1):
            return True
    return False


@kernel
def in_transfer(copies: Copies) -> int:
    """Copies that are asked for or under way."""
    number = 0
    for k in range(copies.phase.size):
        if copies.phase[k] == CopyPhase.REQUESTED or copies.phase[k] == CopyPhase.COPYING:
            number += 1
    return number


@kernel
def has_namesake(identities: Identities, vms: Vms, v: int) -> bool:
    """Whether VM v serves under an identity under which another serves."""
    if not _serves(identities, vms, v):
        return False
    for u in range(identities.identity.size):
        if u != v and identities.identity[u] == identities.identity[v] and _serves(identities, vms, u):
            return True
    return False


@kernel
def _serves(identities: Identities, vms: Vms, v: int) -> bool:
    return vms.state[v] == VmState.RUNNING and identities.is_refused[v] == 0


@kernel
def has_rival(protection: Protection, h: int) -> bool:
    """Whether host h and another that hears it are masters."""
    if protection.segment[h] == ISOLATED or not is_master(protection, h):
        return False
    for u in range(protection.segment.size):
        if u != h and protection.segment[u] == protection.segment[h] and is_master(protection, u):
            return True
    return False


@kernel
def is_cut(migrations: Migrations, hosts: Hosts, v: int) -> bool:
    """Whether VM v is in flight to or from a host without a VMkernel network."""
    if migrations.phase[v] <= MigrationPhase.QUEUED:
        return False
    ends_mbps = min(hosts.vmkernel_mbps[migrations.source[v]], hosts.vmkernel_mbps[migrations.destination[v]])
    return ends_mbps <= 0.0
