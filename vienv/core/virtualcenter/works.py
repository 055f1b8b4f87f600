"""What administrators do to hosts: rolling patches with their reboot, hosts that join the cluster and hosts that leave.

A patch of several hosts takes them in turn, so many at once: each enters maintenance, is emptied by `evacuation`,
patched, booted, and back; the next begins when one has left maintenance (as VMware Update Manager remediates a
cluster). It waits while VirtualCenter is down, and while HA's admission control or the minimum of hosts stands against
it; a host that dies meanwhile is tried again. While patches are due DPM is off: hosts in standby that they concern are
powered on first, and none is sent there until they are done (VMware, vSphere 6.0 Upgrade Guide, "Remediation of
hosts": Update Manager disables DPM, powers such hosts on, and lets DPM put them to sleep again). A host that leaves is
emptied likewise, or leaves from standby. A host that joins is on from its second, or from when VirtualCenter is back;
before, and once it has left, it is ABSENT. Left out: installation itself, switching HA's admission control off
meanwhile, hosts that the patch breaks.
"""

from vienv.core import tasks
from vienv.core.clusters import is_in
from vienv.core.enums import ConnectionState, OrderKind, OrderPhase, PowerState, Refusal
from vienv.core.jit import kernel
from vienv.core.params import HaParams, PowerParams, Randomness
from vienv.core.power_orders import has_peer, wake_in_tick
from vienv.core.state import NEVER, Clock, Counters, Hosts, Metrics, Migrations, Orders, Vms
from vienv.core.stillness import stir
from vienv.core.virtualcenter.calendar import may_enter_maintenance


@kernel
def keep(
    orders: Orders,
    hosts: Hosts,
    metrics: Metrics,
    vms: Vms,
    migrations: Migrations,
    clock: Clock,
    counters: Counters,
    power: PowerParams,
    ha: HaParams,
    randomness: Randomness,
) -> None:
    """Begin, carry on and end what is planned. Follows `calendar.keep`, which says who is empty."""
    for k in range(orders.at_s.size):
        if not tasks.is_on_host(orders.kind[k]) or orders.phase[k] == OrderPhase.DONE:
            continue
        if orders.kind[k] == OrderKind.ADD_HOST:
            _add(orders, hosts, clock, counters, k)
        elif orders.phase[k] == OrderPhase.WAITING:
            h = orders.host[k]
            if _is_due_asleep(orders, hosts, clock, k):
                if orders.kind[k] == OrderKind.REMOVE_HOST and hosts.num_vms[h] == 0:
                    tasks.begin(orders, counters, k, OrderPhase.AWAY, clock.now_s[0])
                    _remove(orders, hosts, clock, counters, k)
                elif orders.kind[k] == OrderKind.PATCH and has_peer(hosts, h):
                    wake_in_tick(hosts, metrics, clock, power, randomness, h, clock.now_s[0])
            elif _has_turn(orders, clock, k) and may_enter_maintenance(hosts, vms, migrations, clock, power, ha, h):
                hosts.connection[h] = ConnectionState.ENTERING_MAINTENANCE
                hosts.maintenance_ends_s[h] = NEVER
                tasks.begin(orders, counters, k, OrderPhase.EMPTYING, clock.now_s[0])
        else:
            _carry_on(orders, hosts, clock, counters, k)


@kernel
def keep_awake(orders: Orders, hosts: Hosts, clock: Clock, cluster: int) -> bool:
    """Whether a cluster's DPM is off: a patch of a host that is there is due or under way."""
    for k in range(orders.at_s.size):
        is_open = orders.phase[k] != OrderPhase.DONE and orders.at_s[k] <= clock.now_s[0]
        if orders.kind[k] != OrderKind.PATCH or not is_open or not is_in(hosts, orders.host[k], cluster):
            continue
        power_state = hosts.power_state[orders.host[k]]
        if power_state != PowerState.FAILED and power_state != PowerState.ABSENT:
            return True
    return False


@kernel
def next_event_s(orders: Orders, clock: Clock) -> float:
    """When something planned may begin, after this tick; what is under way has its hosts' own timers."""
    end_s, next_s = clock.now_s[0] + clock.tick_s[0], NEVER
    for k in range(orders.at_s.size):
        is_joining = orders.kind[k] == OrderKind.ADD_HOST and orders.phase[k] != OrderPhase.DONE
        if tasks.is_on_host(orders.kind[k]) and (orders.phase[k] == OrderPhase.WAITING or is_joining):
            next_s = min(next_s, tasks.due_at_s(orders, clock, k, end_s))
    return next_s


@kernel
def _is_due_asleep(orders: Orders, hosts: Hosts, clock: Clock, k: int) -> bool:
    """Whether task k is due, VirtualCenter is up, and the host is in standby."""
    is_due = orders.at_s[k] <= clock.now_s[0] and clock.now_s[0] >= clock.vc_returns_at_s[0]
    return is_due and hosts.power_state[orders.host[k]] == PowerState.STANDBY


@kernel
def _has_turn(orders: Orders, clock: Clock, k: int) -> bool:
    """Whether it is time for task k, and fewer hosts of its order are out of service than may be at once."""
    if orders.at_s[k] > clock.now_s[0]:
        return False
    out = 0
    for n in range(orders.at_s.size):
        is_out = orders.phase[n] == OrderPhase.EMPTYING or orders.phase[n] == OrderPhase.AWAY
        out += 1 if is_out and orders.order[n] == orders.order[k] else 0
    return out < orders.at_once[k]


@kernel
def _add(orders: Orders, hosts: Hosts, clock: Clock, counters: Counters, k: int) -> None:
    """Let a host join at its second; from the next tick on it draws standby watts when it is off."""
    h, end_s = orders.host[k], clock.now_s[0] + clock.tick_s[0]
    joins_s = tasks.due_at_s(orders, clock, k, clock.now_s[0])
    if hosts.power_state[h] == PowerState.ABSENT and joins_s <= end_s:
        stir(hosts, clock, h)
        hosts.power_state[h] = PowerState.ON
        hosts.state_since_s[h] = joins_s
        hosts.on_s[h] = end_s - joins_s
        tasks.begin(orders, counters, k, OrderPhase.AWAY, joins_s)
    elif hosts.power_state[h] != PowerState.ABSENT:
        hosts.standby_w[h] = orders.standby_w[k]
        tasks.end(orders, counters, k, Refusal.ACCEPTED, orders.began_at_s[k])


@kernel
def _carry_on(orders: Orders, hosts: Hosts, clock: Clock, counters: Counters, k: int) -> None:
    """Patch or remove a host once it is empty, and take it back once it has booted."""
    h = orders.host[k]
    if hosts.connection[h] == ConnectionState.CONNECTED:  # it died meanwhile
        orders.phase[k] = OrderPhase.WAITING
    elif orders.phase[k] == OrderPhase.AWAY and hosts.power_state[h] == PowerState.ON:
        hosts.connection[h] = ConnectionState.CONNECTED
        tasks.end(orders, counters, k, Refusal.ACCEPTED, clock.now_s[0])
    elif orders.phase[k] == OrderPhase.EMPTYING and hosts.connection[h] == ConnectionState.IN_MAINTENANCE:
        stir(hosts, clock, h)
        hosts.state_since_s[h] = clock.now_s[0]
        hosts.on_s[h] = 0.0
        if orders.kind[k] == OrderKind.REMOVE_HOST:
            _remove(orders, hosts, clock, counters, k)
        else:
            hosts.power_state[h] = PowerState.BOOTING
            hosts.ready_at_s[h] = clock.now_s[0] + orders.lasts_s[k] + hosts.boot_s[h]
            hosts.boot_tick_s[h] = clock.tick_s[0]
            orders.phase[k] = OrderPhase.AWAY


@kernel
def _remove(orders: Orders, hosts: Hosts, clock: Clock, counters: Counters, k: int) -> None:
    """Let an empty host leave the cluster; it draws nothing from here on."""
    h = orders.host[k]
    stir(hosts, clock, h)
    hosts.power_state[h], hosts.connection[h] = PowerState.ABSENT, ConnectionState.CONNECTED
    hosts.state_since_s[h], hosts.standby_w[h] = clock.now_s[0], 0.0
    tasks.end(orders, counters, k, Refusal.ACCEPTED, clock.now_s[0])
