"""A VM is powered off for work on its files, powered on after it, or retired for good.

A VM without its files stays registered at its host and HA leaves it alone; its users miss it, so it counts as down. It
comes back at its host if that is on, has room for it still and reaches its disks, else HA looks for another. Left out:
a guest's own shutdown before the power is cut, and admission control for what only comes back.
"""

from vienv.core.compatibility import has_room, reaches
from vienv.core.copying import reserve
from vienv.core.enums import NO_HOST, PowerState, VmState
from vienv.core.inventory import group
from vienv.core.jit import kernel
from vienv.core.params import HaParams
from vienv.core.state import NEVER, Clock, Hosts, Migrations, Paths, Vms, Volumes
from vienv.core.stillness import stir
from vienv.core.timers import expect


@kernel
def power_off(vms: Vms, hosts: Hosts, clock: Clock, v: int, at_s: float) -> None:
    """Power VM v off at that second of this tick, and keep it off."""
    if vms.host[v] == NO_HOST or vms.state[v] == VmState.WITHOUT_FILES:
        return
    vms.up_s[v] = min(vms.up_s[v], at_s - clock.now_s[0])
    vms.state[v] = VmState.WITHOUT_FILES
    _forget(vms, clock, v)
    stir(hosts, clock, vms.host[v])


@kernel
def power_on(
    vms: Vms,
    hosts: Hosts,
    volumes: Volumes,
    clock: Clock,
    migrations: Migrations,
    paths: Paths,
    ha: HaParams,
    v: int,
    at_s: float,
) -> None:
    """Power VM v on again at that second, or when its LUN is free for it, if it is off for its files."""
    if vms.state[v] != VmState.WITHOUT_FILES:
        return
    h = vms.host[v]
    group(hosts, vms, migrations, clock)  # others may have taken its room meanwhile
    is_on = hosts.power_state[h] == PowerState.ON and hosts.fails_at_s[h] > at_s
    if is_on and reaches(hosts, vms, paths, v, h) and has_room(hosts, vms, v, h):
        starts_s = reserve(volumes, vms.datastore[v], at_s)
        vms.state[v], vms.up_at_s[v], vms.scanned_since_s[v] = VmState.STARTING, starts_s + ha.guest_boot_s, starts_s
    else:
        vms.state[v] = VmState.DOWN
        vms.restart_at_s[v] = at_s + ha.placement_s if ha.is_enabled == 1 and vms.restart_priority[v] > 0 else NEVER
    clock.placement_changed[0] = 1
    stir(hosts, clock, h)
    expect(clock)


@kernel
def retire(vms: Vms, hosts: Hosts, clock: Clock, v: int) -> None:
    """Take VM v out of the inventory: nobody misses it any more."""
    if vms.host[v] != NO_HOST:
        stir(hosts, clock, vms.host[v])
    vms.state[v], vms.host[v] = VmState.NOT_ARRIVED, NO_HOST
    vms.arrives_at_s[v], vms.up_s[v] = NEVER, 0.0
    _forget(vms, clock, v)


@kernel
def _forget(vms: Vms, clock: Clock, v: int) -> None:
    """Forget what VM v did, and when it would come up."""
    vms.up_at_s[v] = vms.restart_at_s[v] = NEVER
    vms.restart_attempts[v] = 0
    vms.demand_mhz[v] = vms.delivered_mhz[v] = vms.active_mb[v] = 0.0
    vms.shared_mb[v] = vms.ballooned_mb[v] = vms.swapped_mb[v] = vms.unserved_mb[v] = 0.0
    clock.placement_changed[0] = 1
