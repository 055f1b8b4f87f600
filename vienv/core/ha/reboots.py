"""A hosted hypervisor's operating system is updated and boots again, and takes all its VMs down with it.

VMware Server and Workstation are applications of that system: its patches and its reboots are theirs, for VMs cannot
leave by vMotion. Nobody fails over meanwhile; once it is up, the host starts what is registered on it (`restarts`). A
reboot that falls while the host is off is skipped. Left out: guests' suspension and orderly shutdown before it.
"""

from vienv.core.enums import IncidentKind, PowerState, VmState
from vienv.core.ha.downs import take_down
from vienv.core.jit import kernel
from vienv.core.params import HaParams
from vienv.core.state import NEVER, Clock, Guests, Hosts, Incidents, Vms
from vienv.core.stillness import stir


@kernel
def begin(hosts: Hosts, vms: Vms, guests: Guests, clock: Clock, incidents: Incidents, ha: HaParams) -> None:
    """Begin the reboots that fall in this tick, each at its exact second. Follows `failures.strike`."""
    end_s = clock.now_s[0] + clock.tick_s[0]
    for n in range(incidents.at_s.size):
        is_due = incidents.kind[n] == IncidentKind.OS_REBOOT and incidents.at_s[n] <= end_s
        if not is_due or incidents.is_done[n] == 1:
            continue
        incidents.is_done[n] = 1
        h = incidents.host[n]
        if hosts.power_state[h] == PowerState.ON and hosts.state_since_s[h] <= incidents.at_s[n]:
            _shut_down(hosts, vms, guests, clock, ha, h, incidents.at_s[n])
            hosts.ready_at_s[h] = incidents.at_s[n] + incidents.duration_s[n] + hosts.boot_s[h]


@kernel
def _shut_down(hosts: Hosts, vms: Vms, guests: Guests, clock: Clock, ha: HaParams, h: int, at_s: float) -> None:
    """Take host h and its VMs down at that second; it draws what a booting host draws until it is back."""
    rest_s = clock.now_s[0] + clock.tick_s[0] - at_s
    stir(hosts, clock, h)
    hosts.power_state[h] = PowerState.BOOTING
    hosts.state_since_s[h] = at_s
    hosts.on_s[h] = max(0.0, hosts.on_s[h] - rest_s)
    hosts.boot_tick_s[h] += rest_s
    clock.placement_changed[0] = 1
    for v in range(vms.state.size):
        is_powered_on = vms.state[v] == VmState.RUNNING or vms.state[v] == VmState.STARTING
        if is_powered_on and vms.host[v] == h:
            take_down(vms, guests, clock, ha, v, at_s, NEVER)
