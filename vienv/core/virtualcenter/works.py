"""What administrators do to hosts: rolling patches with their reboot, hosts that join the cluster and hosts that leave.

A patch of several hosts takes them in turn, so many at once: each enters maintenance, is emptied by `evacuation`,
patched, booted, and back; the next begins when one has left maintenance (as VMware Update Manager remediates a
cluster). It waits while VirtualCenter is down, and while HA's admission control or the minimum of hosts stands against
it; a host that dies meanwhile is tried again. While patches are due DPM is off: hosts in standby that they concern are
powered on first, and none is sent there until they are done (VMware, vSphere 6.0 Upgrade Guide, "Remediation of
hosts": Update Manager disables DPM, powers such hosts on, and lets DPM put them to sleep again). A host that leaves is
emptied likewise, or leaves from standby. A host that joins is on from its second; before, and once it has left, it is
ABSENT. Left out: installation itself, switching HA's admission control off meanwhile, hosts that the patch breaks.
"""

from vienv.core.clusters import is_in
from vienv.core.enums import ConnectionState, PowerState, WorkKind, WorkPhase
from vienv.core.jit import kernel
from vienv.core.params import HaParams, PowerParams, Randomness
from vienv.core.power_orders import has_peer, wake_in_tick
from vienv.core.state import NEVER, Clock, Hosts, Metrics, Migrations, Vms, Works
from vienv.core.stillness import stir
from vienv.core.virtualcenter.calendar import may_enter_maintenance


@kernel
def keep(
    works: Works,
    hosts: Hosts,
    metrics: Metrics,
    vms: Vms,
    migrations: Migrations,
    clock: Clock,
    power: PowerParams,
    ha: HaParams,
    randomness: Randomness,
) -> None:
    """Begin, carry on and end what is planned. Follows `calendar.keep`, which says who is empty."""
    for n in range(works.at_s.size):
        if works.phase[n] == WorkPhase.DONE:
            continue
        if works.kind[n] == WorkKind.ADDITION:
            _add(works, hosts, clock, n)
        elif works.phase[n] == WorkPhase.WAITING:
            h = works.host[n]
            if _is_due_asleep(works, hosts, clock, n):
                if works.kind[n] == WorkKind.REMOVAL and hosts.num_vms[h] == 0:
                    _remove(works, hosts, clock, n)
                elif works.kind[n] == WorkKind.PATCH and has_peer(hosts, h):
                    wake_in_tick(hosts, metrics, clock, power, randomness, h, clock.now_s[0])
            elif _has_turn(works, clock, n) and may_enter_maintenance(hosts, vms, migrations, clock, power, ha, h):
                hosts.connection[h] = ConnectionState.ENTERING_MAINTENANCE
                hosts.maintenance_ends_s[h] = NEVER
                works.phase[n] = WorkPhase.EMPTYING
        else:
            _carry_on(works, hosts, clock, n)


@kernel
def keep_awake(works: Works, hosts: Hosts, clock: Clock, cluster: int) -> bool:
    """Whether a cluster's DPM is off: a patch of a host that is there is due or under way."""
    for n in range(works.at_s.size):
        is_open = works.phase[n] != WorkPhase.DONE and works.kind[n] == WorkKind.PATCH
        power_state = hosts.power_state[works.host[n]]
        is_there = power_state != PowerState.FAILED and power_state != PowerState.ABSENT
        is_there = is_there and is_in(hosts, works.host[n], cluster)
        if is_open and is_there and works.at_s[n] <= clock.now_s[0]:
            return True
    return False


@kernel
def next_event_s(works: Works, clock: Clock) -> float:
    """When something planned may begin, after this tick; what is under way has its hosts' own timers."""
    end_s, next_s = clock.now_s[0] + clock.tick_s[0], NEVER
    for n in range(works.at_s.size):
        is_joining = works.kind[n] == WorkKind.ADDITION and works.phase[n] != WorkPhase.DONE
        if works.phase[n] == WorkPhase.WAITING or is_joining:
            next_s = min(next_s, max(end_s, works.at_s[n]))
    return next_s


@kernel
def _is_due_asleep(works: Works, hosts: Hosts, clock: Clock, n: int) -> bool:
    """Whether the n-th work is due, VirtualCenter is up, and the host is in standby."""
    is_due = works.at_s[n] <= clock.now_s[0] and clock.now_s[0] >= clock.vc_returns_at_s[0]
    return is_due and hosts.power_state[works.host[n]] == PowerState.STANDBY


@kernel
def _has_turn(works: Works, clock: Clock, n: int) -> bool:
    """Whether it is time for the n-th work, and fewer hosts of its order are out of service than may be at once."""
    if works.at_s[n] > clock.now_s[0]:
        return False
    out = 0
    for m in range(works.at_s.size):
        is_out = works.phase[m] == WorkPhase.EMPTYING or works.phase[m] == WorkPhase.AWAY
        out += 1 if is_out and works.order[m] == works.order[n] else 0
    return out < works.at_once[n]


@kernel
def _add(works: Works, hosts: Hosts, clock: Clock, n: int) -> None:
    """Let a host join at its second; from the next tick on it draws standby watts when it is off."""
    h, end_s = works.host[n], clock.now_s[0] + clock.tick_s[0]
    if hosts.power_state[h] == PowerState.ABSENT and works.at_s[n] <= end_s:
        stir(hosts, clock, h)
        hosts.power_state[h] = PowerState.ON
        hosts.state_since_s[h] = max(works.at_s[n], clock.now_s[0])
        hosts.on_s[h] = end_s - hosts.state_since_s[h]
    elif hosts.power_state[h] != PowerState.ABSENT:
        hosts.standby_w[h] = works.standby_w[n]
        works.phase[n] = WorkPhase.DONE


@kernel
def _carry_on(works: Works, hosts: Hosts, clock: Clock, n: int) -> None:
    """Patch or remove a host once it is empty, and take it back once it has booted."""
    h = works.host[n]
    if hosts.connection[h] == ConnectionState.CONNECTED:  # it died meanwhile
        works.phase[n] = WorkPhase.WAITING
    elif works.phase[n] == WorkPhase.AWAY and hosts.power_state[h] == PowerState.ON:
        hosts.connection[h] = ConnectionState.CONNECTED
        works.phase[n] = WorkPhase.DONE
    elif works.phase[n] == WorkPhase.EMPTYING and hosts.connection[h] == ConnectionState.IN_MAINTENANCE:
        stir(hosts, clock, h)
        hosts.state_since_s[h] = clock.now_s[0]
        hosts.on_s[h] = 0.0
        if works.kind[n] == WorkKind.REMOVAL:
            _remove(works, hosts, clock, n)
        else:
            hosts.power_state[h] = PowerState.BOOTING
            hosts.ready_at_s[h] = clock.now_s[0] + works.lasts_s[n] + hosts.boot_s[h]
            hosts.boot_tick_s[h] = clock.tick_s[0]
            works.phase[n] = WorkPhase.AWAY


@kernel
def _remove(works: Works, hosts: Hosts, clock: Clock, n: int) -> None:
    """Let an empty host leave the cluster; it draws nothing from here on."""
    h = works.host[n]
    stir(hosts, clock, h)
    hosts.power_state[h], hosts.connection[h] = PowerState.ABSENT, ConnectionState.CONNECTED
    hosts.state_since_s[h], hosts.standby_w[h] = clock.now_s[0], 0.0
    works.phase[n] = WorkPhase.DONE
