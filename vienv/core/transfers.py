"""What moves in a tick where files are copied, and VirtualCenter's turns between: vMotions, copies, orders on files."""

from vienv.core import arena, traffic
from vienv.core.files import orders
from vienv.core.jit import kernel
from vienv.core.state import FloatArray, IntArray
from vienv.core.storage import volumes


@kernel
def begin_orders(f: FloatArray, i: IntArray, spans: IntArray, now_s: float) -> None:
    """What administrators have ordered of VMs' files, from that second on."""
    disks, vms, used = arena.disks_of(f, i, spans), arena.vms_of(f, i, spans), arena.volumes_of(f, i, spans)
    volumes.catch_up(used, disks, vms, arena.clock_of(f, i, spans).now_s[0])
    orders.begin(
        arena.orders_of(f, i, spans),
        arena.copies_of(f, i, spans),
        arena.files_of(f, i, spans),
        disks,
        vms,
        arena.hosts_of(f, i, spans),
        used,
        arena.adapters_of(f, i, spans),
        arena.datastores_of(f, i, spans),
        arena.clock_of(f, i, spans),
        arena.counters_of(f, i, spans),
        arena.migrations_of(f, i, spans),
        arena.paths_of(f, i, spans),
        arena.vmotion_params_of(f, i, spans),
        arena.file_params_of(f, i, spans),
        arena.virtual_center_params_of(f, i, spans),
        now_s,
    )


@kernel
def _end_orders(f: FloatArray, i: IntArray, spans: IntArray) -> None:
    """Orders whose copies are there."""
    orders.end(
        arena.orders_of(f, i, spans),
        arena.copies_of(f, i, spans),
        arena.files_of(f, i, spans),
        arena.disks_of(f, i, spans),
        arena.identities_of(f, i, spans),
        arena.vms_of(f, i, spans),
        arena.hosts_of(f, i, spans),
        arena.volumes_of(f, i, spans),
        arena.adapters_of(f, i, spans),
        arena.datastores_of(f, i, spans),
        arena.clock_of(f, i, spans),
        arena.counters_of(f, i, spans),
        arena.migrations_of(f, i, spans),
        arena.paths_of(f, i, spans),
        arena.ha_params_of(f, i, spans),
        arena.file_params_of(f, i, spans),
    )


@kernel
def carry(f: FloatArray, i: IntArray, spans: IntArray) -> None:
    """VMotions and copies of files, where there are copies; when one ends, what waited for it begins."""
    clock, has_orders = arena.clock_of(f, i, spans), arena.files_of(f, i, spans).small_mb.size > 0
    now_s, end_s = clock.now_s[0], clock.now_s[0] + clock.tick_s[0]
    while now_s < end_s:
        now_s = _move(f, i, spans, now_s)
        if has_orders:
            _end_orders(f, i, spans)
            if now_s < end_s:
                begin_orders(f, i, spans, now_s)


@kernel
def _move(f: FloatArray, i: IntArray, spans: IntArray, now_s: float) -> float:
    """All data under way, up to the second at which a copy ends or to the tick's end."""
    reached_s = traffic.run(
        arena.migrations_of(f, i, spans),
        arena.copies_of(f, i, spans),
        arena.hosts_of(f, i, spans),
        arena.vms_of(f, i, spans),
        arena.datastores_of(f, i, spans),
        arena.ledger_of(f, i, spans),
        arena.metrics_of(f, i, spans),
        arena.clock_of(f, i, spans),
        arena.lines_of(f, i, spans),
        arena.volumes_of(f, i, spans),
        arena.adapters_of(f, i, spans),
        arena.fabric_of(f, i, spans),
        arena.paths_of(f, i, spans),
        arena.waits_of(f, i, spans),
        arena.vmotion_params_of(f, i, spans),
        arena.cpu_params_of(f, i, spans),
        now_s,
    )
    return float(reached_s)
