"""Where VMs run at first: departments together, hosts filled by configured memory.

As by an administrator with a spreadsheet: that is where a static cluster's imbalance comes from. A VM goes only where
it may run: a host that reaches its datastore, has room for what it consumes and has reserved, and keeps its rules. An
entry that names its host is put there without question. Left out: placement by measured load, which DRS would do.
"""

from vienv.core.enums import NO_GROUP, NO_HOST, NO_VM, ConnectionState, PowerState, VmState
from vienv.core.jit import kernel
from vienv.core.rules import allow
from vienv.core.state import NEVER, Hosts, Paths, Vms
from vienv.scenario.recipe import DepartmentDraft, HostDraft, VmDraft, VmRecipe


@kernel
def place(
    vms: Vms,
    rooms: HostDraft,
    draft: VmDraft,
    departments: DepartmentDraft,
    hosts: Hosts,
    paths: Paths,
    recipe: VmRecipe,
) -> int:
    """Write host and state of each VM that is there from the start; returns the VM that fits nowhere, or NO_VM."""
    _clear(vms, rooms, hosts)
    _order_by_department(draft, departments)
    for v in range(vms.state.size):
        if recipe.host[v] != NO_HOST and vms.arrives_at_s[v] <= 0.0:
            _put(vms, rooms, v, recipe.host[v])
    h, last = 0, rooms.quota_mb.size - 1
    for r in range(vms.state.size):
        v = draft.order[r]
        if recipe.host[v] != NO_HOST or vms.arrives_at_s[v] > 0.0:
            continue
        while h < last and rooms.filled_mb[h] + 0.5 * _granted_mb(vms, v) > rooms.quota_mb[h]:
            h += 1
        chosen = (
            h if _may_run(vms, rooms, hosts, paths, recipe, v, h) else _emptiest(vms, rooms, hosts, paths, recipe, v)
        )
        if chosen == NO_HOST:
            return v
        _put(vms, rooms, v, chosen)
    return NO_VM


@kernel
def _clear(vms: Vms, rooms: HostDraft, hosts: Hosts) -> None:
    """Empty the hosts; a host's quota is its share of all configured memory."""
    granted_mb = 0.0
    for v in range(vms.state.size):
        vms.host[v] = NO_HOST
        vms.state[v] = VmState.NOT_ARRIVED
        if vms.arrives_at_s[v] <= 0.0:
            granted_mb += _granted_mb(vms, v)
    all_room_mb = 0.0
    for h in range(hosts.power_state.size):
        all_room_mb += _room_mb(hosts, h)
    for h in range(hosts.power_state.size):
        rooms.filled_mb[h] = 0.0
        rooms.quota_mb[h] = granted_mb / all_room_mb * _room_mb(hosts, h) if all_room_mb > 0.0 else 0.0
        rooms.room_mb[h] = rooms.room_reserved_mb[h] = hosts.memory_capacity_mb[h]
        rooms.room_reserved_mhz[h] = hosts.cpu_capacity_mhz[h]
        if hosts.connection[h] != ConnectionState.CONNECTED:  # kept for HA's restarts: no VM fits
            rooms.quota_mb[h] = rooms.room_mb[h] = 0.0


@kernel
def _room_mb(hosts: Hosts, h: int) -> float:
    """Memory of host h; none of one that joins later or is kept for HA's restarts."""
    is_there = hosts.power_state[h] != PowerState.ABSENT and hosts.connection[h] == ConnectionState.CONNECTED
    return float(hosts.memory_capacity_mb[h]) if is_there else 0.0


@kernel
def _order_by_department(draft: VmDraft, departments: DepartmentDraft) -> None:
    """Sort VMs by department, then by number (counting sort)."""
    for d in range(departments.first.size):
        departments.first[d] = 0
    for v in range(draft.department.size):
        departments.first[draft.department[v]] += 1
    first = 0
    for d in range(departments.first.size):
        count = departments.first[d]
        departments.first[d] = first
        first += count
    for v in range(draft.department.size):
        d = draft.department[v]
        draft.order[departments.first[d]] = v
        departments.first[d] += 1


@kernel
def _granted_mb(vms: Vms, v: int) -> float:
    return vms.memory_mb[v] + vms.overhead_mb[v]


@kernel
def consumed_mb(vms: Vms, v: int) -> float:
    """Memory that VM v takes once page sharing has found what there is to share."""
    return vms.touched_mb[v] - vms.shareable_mb[v] + vms.overhead_mb[v]


@kernel
def _put(vms: Vms, rooms: HostDraft, v: int, h: int) -> None:
    """Book VM v on host h."""
    vms.host[v] = h
    vms.state[v] = VmState.RUNNING
    rooms.filled_mb[h] += _granted_mb(vms, v)
    rooms.room_mb[h] -= consumed_mb(vms, v)
    rooms.room_reserved_mb[h] -= vms.memory_reservation_mb[v] + vms.overhead_mb[v]
    rooms.room_reserved_mhz[h] -= vms.cpu_reservation_mhz[v]


@kernel
def _may_run(vms: Vms, rooms: HostDraft, hosts: Hosts, paths: Paths, recipe: VmRecipe, v: int, h: int) -> bool:
    num_datastores = paths.is_reachable.size // rooms.quota_mb.size
    if hosts.power_state[h] == PowerState.ABSENT or not allow(hosts, vms, v, h):
        return False
    if paths.is_reachable[h * num_datastores + vms.datastore[v]] == 0:
        return False
    if consumed_mb(vms, v) > rooms.room_mb[h]:
        return False
    if vms.memory_reservation_mb[v] + vms.overhead_mb[v] > rooms.room_reserved_mb[h]:
        return False
    if vms.cpu_reservation_mhz[v] > rooms.room_reserved_mhz[h]:
        return False
    if vms.apart_group[v] == NO_GROUP and vms.together_group[v] == NO_GROUP:
        return True
    return _keeps_rules(vms, recipe, v, h)


@kernel
def _keeps_rules(vms: Vms, recipe: VmRecipe, v: int, h: int) -> bool:
    """Whether h has none that VM v must be apart from, and is where its group is: where an entry put it, if one did."""
    home, apart, together = NO_HOST, vms.apart_group[v], vms.together_group[v]
    is_pinned = False
    for u in range(vms.state.size):
        if vms.host[u] == NO_HOST:
            continue
        if apart != NO_GROUP and vms.apart_group[u] == apart and vms.host[u] == h:
            return False
        if together != NO_GROUP and vms.together_group[u] == together and not is_pinned:
            home, is_pinned = vms.host[u], recipe.host[u] != NO_HOST
    return home in (NO_HOST, h)


@kernel
def _emptiest(vms: Vms, rooms: HostDraft, hosts: Hosts, paths: Paths, recipe: VmRecipe, v: int) -> int:
    """The host with most room in proportion to its quota on which VM v may run; NO_HOST if there is none."""
    best, least = NO_HOST, NEVER
    for h in range(rooms.quota_mb.size):
        if not _may_run(vms, rooms, hosts, paths, recipe, v, h):
            continue
        filled = rooms.filled_mb[h] / rooms.quota_mb[h]
        if filled < least:
            best, least = h, filled
    return best
