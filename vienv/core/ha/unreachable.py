"""All paths down: HA powers off the VMs that a host has lost the disks of, and restarts them where they are reached.

vSphere 6 declares a datastore lost after 140 s without any path and waits another 180 s for it to come back; then it
powers the VMs off, if another host that is on reaches their datastore, and restarts them at once (VMware, "vSphere
Availability", "VM Component Protection"; Epping, vSphere HA Deepdive). A path that is back before: nothing happened
but the stall. Left out: the aggressive response, which does not ask for another host, and permanent device loss.
"""

from vienv.core.clusters import are_together
from vienv.core.enums import PowerState, VmState
from vienv.core.ha.downs import take_down
from vienv.core.jit import kernel
from vienv.core.params import HaParams
from vienv.core.state import NEVER, Clock, Fabric, Guests, Hosts, Migrations, Paths, Vms
from vienv.core.stillness import stir


@kernel
def respond(
    vms: Vms,
    hosts: Hosts,
    guests: Guests,
    clock: Clock,
    fabric: Fabric,
    paths: Paths,
    migrations: Migrations,
    ha: HaParams,
) -> None:
    """Power off, at its second, each VM whose datastore its host has not reached for long enough."""
    if fabric.lost_at_s.size == 0 or ha.is_enabled == 0:
        return
    now_s, num_datastores = clock.now_s[0], fabric.lost_at_s.size // hosts.power_state.size
    for v in range(vms.state.size):
        is_on = vms.state[v] == VmState.RUNNING or vms.state[v] == VmState.STARTING
        if not is_on or vms.restart_priority[v] == 0 or migrations.phase[v] != 0:
            continue
        p = vms.host[v] * num_datastores + vms.datastore[v]
        at_s = max(now_s, fabric.lost_at_s[p] + ha.unreachable_after_s)
        is_back = fabric.returned_at_s[p] <= at_s
        if at_s > now_s + clock.tick_s[0] or is_back or not _is_reached(hosts, vms, paths, v, num_datastores):
            continue
        take_down(vms, guests, clock, ha, v, at_s, at_s)
        vms.up_s[v] = 0.0  # its seconds without a disk
        clock.placement_changed[0] = 1
        stir(hosts, clock, vms.host[v])


@kernel
def next_event_s(fabric: Fabric, ha: HaParams, end_s: float) -> float:
    """When a datastore has next been out of a host's reach for long enough; NEVER if none is."""
    event_s = NEVER
    for p in range(fabric.lost_at_s.size):
        at_s = fabric.lost_at_s[p] + ha.unreachable_after_s
        if at_s > end_s:
            event_s = min(event_s, at_s)
    return event_s


@kernel
def _is_reached(hosts: Hosts, vms: Vms, paths: Paths, v: int, num_datastores: int) -> bool:
    """Whether another host of its cluster that is on reaches VM v's datastore."""
    for h in range(hosts.power_state.size):
        is_other = h != vms.host[v] and hosts.power_state[h] == PowerState.ON and are_together(hosts, h, vms.host[v])
        if is_other and paths.is_reachable[h * num_datastores + vms.datastore[v]] == 1:
            return True
    return False
