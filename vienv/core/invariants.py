"""What must hold in every cluster after every tick, whoever manages it: for tests, for `debug=True`, and for users.

`violation` is jitted and names the first broken rule by its number; `require` raises it in words. Comparisons of sums
allow a relative error of 1e-9.
"""

import math

from vienv.core import arena, part_invariants
from vienv.core.enums import CURVE_POINTS, NO_HOST, MigrationPhase, PowerState, VmState
from vienv.core.jit import crossing, kernel, ready
from vienv.core.power import peak_watts
from vienv.core.state import Clock, FloatArray, Hosts, IntArray, Ledger, Migrations, PowerCurves, Vms

TOLERANCE = 1e-9
RULES = (
    "all invariants hold",
    "a VM without a host is neither NOT_ARRIVED nor AWAITING_PLACEMENT, or one with a host is",
    "a VM's host index is outside the inventory",
    "a running or starting VM is on a host that is neither on nor entering standby",
    "a host is in standby, waking or booting with a VM that is powered on",
    "vms.by_host is not a permutation grouped by host",
    "a host's promised memory or CPU exceeds its capacity",
    "a host delivers more CPU than its capacity",
    "a VM gets more CPU than it demands",
    "a migration's source is not where its VM is, or its destination is its source",
    "a vMotion copies between hosts that are not on or entering standby",
    "more vMotions than a host's limit are in flight",
    "clock.copying or hosts.vmotions is not the number of migrations that it counts",
    "ballooned and swapped memory is negative or more than the guest has touched",
    "a host's watts are below standby or above its peak",
    "a tick's seconds are negative or more than a tick",
    "a term of the ledger is negative or not finite",
    "a VM is registered on a host that is absent, or powered on where a VM-host rule does not let it",
    "a datastore has not used what its files add up to",
    "a guest waits for space, and there is some",
    "vMotions and copies together exceed a line",
    "clock.transfers is not the number of copies that it counts",
    "two guests serve under one identity",
    "hosts that hear one another have two masters",
    "a vMotion is in flight without a VMkernel network",
    "a VM is powered on though its disks are lost",
)


def require(floats: FloatArray, ints: IntArray, spans: IntArray) -> None:
    """Raise RuntimeError, naming the rule, the world and the tick, if a rule is broken in one cluster's two rows."""
    ready(violation)
    broken = violation(floats, ints, spans)
    if broken:
        clock = arena.clock_of(floats, ints, spans)
        raise RuntimeError(
            f"invariant {broken} broken in world {clock.world[0]} at tick {clock.tick[0]}: {RULES[broken]}"
        )


@crossing("int64(float64[::1], int64[::1], int64[:,::1])")
def violation(floats: FloatArray, ints: IntArray, spans: IntArray) -> int:
    """Number of the first broken rule of RULES in one cluster's two rows; 0 if all hold."""
    hosts, vms = arena.hosts_of(floats, ints, spans), arena.vms_of(floats, ints, spans)
    migrations = arena.migrations_of(floats, ints, spans)
    broken = _of_inventory(hosts, vms)
    if broken == 0:
        broken = _of_sharing(hosts, vms)
    if broken == 0:
        broken = _of_migrations(hosts, vms, migrations, arena.clock_of(floats, ints, spans).copying[0])
    if broken == 0:
        curves, clock = arena.power_curves_of(floats, ints, spans), arena.clock_of(floats, ints, spans)
        broken = _of_power(hosts, vms, curves, clock)
    if broken == 0:
        broken = _of_ledger(arena.ledger_of(floats, ints, spans))
    if broken == 0:
        broken = _of_parts(hosts, vms, migrations, floats, ints, spans)
    return broken


@kernel
def _of_inventory(hosts: Hosts, vms: Vms) -> int:
    num_hosts = hosts.power_state.size
    for v in range(vms.state.size):
        is_homeless = vms.state[v] == VmState.NOT_ARRIVED or vms.state[v] == VmState.AWAITING_PLACEMENT
        if is_homeless != (vms.host[v] == NO_HOST):
            return 1
        if not -1 <= vms.host[v] < num_hosts:
            return 2
        if vms.state[v] != VmState.RUNNING and vms.state[v] != VmState.STARTING:
            continue
        power = hosts.power_state[vms.host[v]]
        if power == PowerState.STANDBY or power == PowerState.WAKING or power == PowerState.BOOTING:
            return 4
        if power != PowerState.ON and power != PowerState.ENTERING_STANDBY:
            return 3
    seen = 0
    for h in range(num_hosts):
        for r in range(hosts.first_vm[h], hosts.first_vm[h] + hosts.num_vms[h]):
            is_twice = r > hosts.first_vm[h] and vms.by_host[r] <= vms.by_host[r - 1]  # they stand in order of index
            if vms.host[vms.by_host[r]] != h or is_twice:
                return 5
            seen += 1
    for v in range(vms.state.size):
        if vms.host[v] == NO_HOST:
            seen += 1
    return 0 if seen == vms.state.size else 5


@kernel
def _of_sharing(hosts: Hosts, vms: Vms) -> int:
    slack = 1.0 + TOLERANCE
    for h in range(hosts.power_state.size):
        if hosts.reserved_mb[h] > hosts.memory_capacity_mb[h] * slack:
            return 6
        if hosts.reserved_mhz[h] > hosts.cpu_capacity_mhz[h] * slack:
            return 6
        if hosts.delivered_mhz[h] + hosts.vmotion_mhz[h] > hosts.cpu_capacity_mhz[h] * slack:
            return 7
    for v in range(vms.state.size):
        if not 0.0 <= vms.delivered_mhz[v] <= vms.demand_mhz[v] * slack:
            return 8
        reclaimed_mb = vms.ballooned_mb[v] + vms.swapped_mb[v]
        if min(vms.ballooned_mb[v], vms.swapped_mb[v]) < 0.0 or reclaimed_mb > vms.touched_mb[v] * slack:
            return 13
    return 0


@kernel
def _of_migrations(hosts: Hosts, vms: Vms, migrations: Migrations, copying: int) -> int:
    num_phases = 0
    for v in range(vms.state.size):
        if migrations.phase[v] == MigrationPhase.NONE:
            continue
        num_phases += 1
        source, destination = migrations.source[v], migrations.destination[v]
        if source != vms.host[v] or source == destination:
            return 9
        if migrations.phase[v] == MigrationPhase.QUEUED:
            continue
        if not _runs(hosts, source) or not _runs(hosts, destination):
            return 10
    if num_phases != copying:
        return 12
    for h in range(hosts.power_state.size):
        in_flight = 0
        for v in range(vms.state.size):
            is_in_flight = migrations.phase[v] > MigrationPhase.QUEUED
            if is_in_flight and (migrations.source[v] == h or migrations.destination[v] == h):
                in_flight += 1
        if in_flight > hosts.vmotion_limit[h]:
            return 11
        if in_flight != hosts.vmotions[h]:
            return 12
    return 0


@kernel
def _runs(hosts: Hosts, h: int) -> bool:
    return hosts.power_state[h] == PowerState.ON or hosts.power_state[h] == PowerState.ENTERING_STANDBY


@kernel
def _of_power(hosts: Hosts, vms: Vms, power_curves: PowerCurves, clock: Clock) -> int:
    tick_s = clock.tick_s[0]
    for h in range(hosts.power_state.size):
        least_w = min(hosts.standby_w[h], power_curves.watts[h * CURVE_POINTS]) * (1.0 - TOLERANCE)
        most_w = max(hosts.standby_w[h], peak_watts(power_curves, h)) * (1.0 + TOLERANCE)
        if clock.tick[0] > 0 and not least_w <= hosts.power_w[h] <= most_w:
            return 14
        if min(hosts.on_s[h], hosts.boot_tick_s[h]) < 0.0 or hosts.on_s[h] + hosts.boot_tick_s[h] > tick_s + TOLERANCE:
            return 15
    for v in range(vms.state.size):
        if not 0.0 <= vms.up_s[v] <= tick_s + TOLERANCE:
            return 15
    return 0


@kernel
def _of_ledger(ledger: Ledger) -> int:
    for t in range(ledger.episode.size):
        if not 0.0 <= ledger.episode[t] < math.inf or not 0.0 <= ledger.interval[t] < math.inf:
            return 16
    return 0


@kernel
def _of_parts(
    hosts: Hosts, vms: Vms, migrations: Migrations, floats: FloatArray, ints: IntArray, spans: IntArray
) -> int:
    """Rules of the parts that only some scenarios use."""
    identities, protection = arena.identities_of(floats, ints, spans), arena.protection_of(floats, ints, spans)
    for v in range(vms.state.size):
        if part_invariants.is_out_of_place(hosts, vms, v):
            return 17
        if part_invariants.is_cut(migrations, hosts, v):
            return 24
    for v in range(identities.identity.size):
        if part_invariants.has_namesake(identities, vms, v):
            return 22
    for h in range(protection.segment.size):
        if part_invariants.has_rival(protection, h):
            return 23
    return _of_storage(hosts, vms, migrations, floats, ints, spans)


@kernel
def _of_storage(
    hosts: Hosts, vms: Vms, migrations: Migrations, floats: FloatArray, ints: IntArray, spans: IntArray
) -> int:
    volumes, disks = arena.volumes_of(floats, ints, spans), arena.disks_of(floats, ints, spans)
    files = arena.files_of(floats, ints, spans)
    copies, clock = arena.copies_of(floats, ints, spans), arena.clock_of(floats, ints, spans)
    lines, adapters = arena.lines_of(floats, ints, spans), arena.adapters_of(floats, ints, spans)
    for d in range(volumes.used_mb.size):
        if not part_invariants.adds_up(volumes, disks, files, arena.orders_of(floats, ints, spans), copies, vms, d):
            return 18
    for v in range(disks.written_mb.size):
        if part_invariants.waits_in_vain(volumes, disks, vms, v):
            return 19
    for v in range(files.lost_at_s.size):
        if part_invariants.lacks_disks(files, vms, v):
            return 25
    if part_invariants.in_transfer(copies) != clock.transfers[0]:
        return 21
    payload_fraction = arena.vmotion_params_of(floats, ints, spans).payload_fraction
    for n in range(lines.line_mb_s.size if clock.transfers[0] > 0 else 0):
        if part_invariants.is_overfull(lines, copies, migrations, hosts, clock, volumes, adapters, payload_fraction, n):
            return 20
    return 0
