"""DRS's rules between VMs: affinity (together) and anti-affinity (apart).

A broken rule is mended by a priority 1 recommendation, and no automatic move breaks one; HA before vSphere 5.5
ignores them. VM-host rules came with vSphere 4.1 and are left out.
"""

from vienv.core.enums import NO_GROUP, VmState
from vienv.core.jit import kernel
from vienv.core.state import Vms


@kernel
def violations(vms: Vms) -> int:
    """Running VMs that break an affinity or anti-affinity rule."""
    count = 0
    for v in range(vms.state.size):
        if breaks_rule(vms, v):
            count += 1
    return count


@kernel
def breaks_rule(vms: Vms, v: int) -> bool:
    """Whether running VM v shares a host with one it must be apart from, or runs apart from one it belongs to."""
    if vms.state[v] != VmState.RUNNING or (vms.apart_group[v] == NO_GROUP and vms.together_group[v] == NO_GROUP):
        return False
    for u in range(vms.state.size):
        if u == v or vms.state[u] != VmState.RUNNING:
            continue
        is_with = vms.host[u] == vms.host[v]
        if vms.apart_group[v] != NO_GROUP and vms.apart_group[u] == vms.apart_group[v] and is_with:
            return True
        if vms.together_group[v] != NO_GROUP and vms.together_group[u] == vms.together_group[v] and not is_with:
            return True
    return False
