"""DRS's rules: between VMs, affinity (together) and anti-affinity (apart); between VMs and hosts, must and should.

A broken rule between VMs is mended by a priority 1 recommendation, and no automatic move breaks one; HA before vSphere
5.5 ignores them. A VM-host rule of vSphere 4.1 on makes its other hosts incompatible for everybody: placement, vMotion,
evacuation and HA (F. Denneman, "VM to hosts affinity rule", 2010). Rule k is bit k of vms.must_groups and of
hosts.rule_groups, so a VM may obey many. A rule on where a VM should run (`Preferences`) refuses nothing: HA and
evacuations do not ask it, and DRS mends it when it can. Left out: evacuations that prefer its hosts.
"""

from vienv.core.enums import NO_GROUP, VmState
from vienv.core.inventory import planned_host
from vienv.core.jit import kernel
from vienv.core.state import Hosts, Migrations, Preferences, Vms


@kernel
def allow(hosts: Hosts, vms: Vms, v: int, h: int) -> bool:
    """Whether every VM-host rule that binds VM v lets it run on host h."""
    return bool(hosts.rule_groups[h] & vms.must_groups[v] == vms.must_groups[v])


@kernel
def num_broken(hosts: Hosts, preferences: Preferences, v: int, h: int) -> int:
    """How many rules on where VM v should run it would break on host h."""
    if preferences.groups.size == 0:
        return 0
    left, count = preferences.groups[v] & ~hosts.rule_groups[h], 0
    while left != 0:
        left &= left - 1  # without its lowest bit
        count += 1
    return count


@kernel
def count_broken(preferences: Preferences, hosts: Hosts, vms: Vms) -> None:
    """Count, at an interval's end, the running VMs that are where a rule would not have them."""
    for v in range(preferences.groups.size):
        if vms.state[v] == VmState.RUNNING and num_broken(hosts, preferences, v, vms.host[v]) > 0:
            preferences.broken[v] += 1


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
    if not _is_bound(vms, v):
        return False
    for u in range(vms.state.size):
        is_with = vms.host[u] == vms.host[v]
        if _breaks_between(vms, v, u, is_with):
            return True
    return False


@kernel
def will_break_rule(vms: Vms, migrations: Migrations, v: int) -> bool:
    """As `breaks_rule`, with what is queued and in flight counted as done."""
    if not _is_bound(vms, v):
        return False
    h = planned_host(vms, migrations, v)
    for u in range(vms.state.size):
        is_with = planned_host(vms, migrations, u) == h
        if _breaks_between(vms, v, u, is_with):
            return True
    return False


@kernel
def _is_bound(vms: Vms, v: int) -> bool:
    has_rule = vms.apart_group[v] != NO_GROUP or vms.together_group[v] != NO_GROUP
    return has_rule and vms.state[v] == VmState.RUNNING


@kernel
def _breaks_between(vms: Vms, v: int, u: int, is_with: bool) -> bool:
    """Whether running VM u, which is or is not with VM v, ought not to be."""
    if u == v or vms.state[u] != VmState.RUNNING:
        return False
    if is_with:
        return vms.apart_group[v] != NO_GROUP and vms.apart_group[u] == vms.apart_group[v]
    return vms.together_group[v] != NO_GROUP and vms.together_group[u] == vms.together_group[v]
