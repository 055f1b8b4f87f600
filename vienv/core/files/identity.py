"""Who a guest says it is: host name, SID, address and licence lie on its disks, so a plain copy has them too.

Two guests of one identity on a network clash: the later one is told so, its activation is refused, and it serves nobody
until the other is gone. sysprep gives a clone an identity of its own when it first boots: it works for some minutes and
boots once more (learn.microsoft.com, configuration passes "generalize" and "specialize"; VMware, vSphere API,
"CustomizationWinOptions"; its time is UNSOURCED). The template's disks stay as they are. Left out: parts of an identity
that differ, such as an address from DHCP, and volume licences.
"""

from vienv.core.counters import add
from vienv.core.enums import NO_VM, Happening, VmState
from vienv.core.jit import kernel
from vienv.core.params import FileParams, HaParams
from vienv.core.state import Clock, Counters, Hosts, Identities, Vms
from vienv.core.stillness import is_still, stir


@kernel
def customize(identities: Identities, vms: Vms, clock: Clock, ha: HaParams, params: FileParams) -> None:
    """Run sysprep in the guests that boot for the first time in this tick. Precedes `lifecycle.advance`."""
    end_s = clock.now_s[0] + clock.tick_s[0]
    for v in range(identities.to_customize.size):
        has_booted = vms.state[v] == VmState.STARTING and vms.up_at_s[v] <= end_s
        if identities.to_customize[v] == 1 and has_booted:
            vms.up_at_s[v] += params.customization_s + ha.guest_boot_s
            identities.identity[v] = identities.own[v]
            identities.to_customize[v] = 0


@kernel
def clash(identities: Identities, vms: Vms, hosts: Hosts, clock: Clock, counters: Counters) -> None:
    """Refuse the guests that came up in this tick and find their identity in use; let those serve that no longer do.

    Of several that come up in one tick, the first by index has it. Writes identities.is_refused. Follows
    `lifecycle.advance`.
    """
    for v in range(identities.identity.size):
        if vms.state[v] != VmState.RUNNING:
            identities.was_up[v] = identities.is_refused[v] = 0
    for v in range(identities.identity.size):
        if vms.state[v] != VmState.RUNNING or (identities.was_up[v] == 1 and identities.is_refused[v] == 0):
            continue
        is_used = _user_of(identities, v) != NO_VM
        if is_used and identities.is_refused[v] == 0:
            add(counters, Happening.NAME_CONFLICTS, 1.0)
            add(counters, Happening.ACTIVATIONS_REFUSED, 1.0)
        if is_used != (identities.is_refused[v] == 1):
            stir(hosts, clock, vms.host[v])
        identities.was_up[v], identities.is_refused[v] = 1, 1 if is_used else 0


@kernel
def withhold(identities: Identities, vms: Vms, hosts: Hosts) -> None:
    """Let refused guests serve nobody: their seconds up are 0. Hosts that are still hold that."""
    for v in range(identities.is_refused.size):
        if identities.is_refused[v] == 1 and not is_still(hosts, vms.host[v]):
            vms.up_s[v] = 0.0


@kernel
def _user_of(identities: Identities, v: int) -> int:
    """The guest that is up and serves under VM v's identity; NO_VM if none does."""
    for u in range(identities.identity.size):
        is_serving = identities.was_up[u] == 1 and identities.is_refused[u] == 0
        if u != v and is_serving and identities.identity[u] == identities.identity[v]:
            return u
    return NO_VM
