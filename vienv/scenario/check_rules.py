"""What a scenario's resource pools and VM-host rules must say of VMs, hosts and one another."""

from vienv.scenario.complaint import Complaint
from vienv.scenario.inventory import hosts_in_groups, vm_names_of
from vienv.scenario.pool_order import pools_in_order
from vienv.scenario.profiles import PROFILES
from vienv.scenario.schema import Scenario

MUST = ("must_run_on", "must_not_run_on")
RUN_ON = ("must_run_on", "should_run_on")
_RESOURCES = ("limit_mhz", "reservation_mhz"), ("memory_limit_mb", "memory_reservation_mb")
_OF_VMS = ("cpu_reservation_mhz", "memory_reservation_mb")


def pools(scenario: Scenario, complaint: Complaint) -> None:
    """Refuse pools of no parent or of themselves, and more reserved in one than it has or may borrow."""
    parents = {pool.name: pool.parent for pool in scenario.pools}
    complaint.unique("pools", [pool.name for pool in scenario.pools], "pool")
    for k, pool in enumerate(scenario.pools):
        for limit, reservation in _RESOURCES:
            most, reserved = getattr(pool, limit), getattr(pool, reservation)
            if most is not None and most < reserved:
                raise complaint(f"pools.{k}.{limit}", most, f"{reservation}, {reserved:g}, or more")
        if pool.parent is not None:
            complaint.reference(f"pools.{k}.parent", pool.parent, "pool", parents)
    for k, pool in enumerate(scenario.pools):
        above, steps = pool.parent, 0
        while above is not None and steps < len(parents):
            above, steps = parents[above], steps + 1
        if above is not None:
            raise complaint(f"pools.{k}.parent", pool.parent, "a pool that is not, in the end, inside this one")


def reservations(scenario: Scenario, complaint: Complaint) -> None:
    """Refuse VMs and pools that reserve more of a pool than it has, if it does not expand, or may have."""
    for (limit, reservation), of_vm, unit in zip(_RESOURCES, _OF_VMS, ("MHz", "MB"), strict=True):
        places = {pool.name: k for k, pool in enumerate(scenario.pools)}
        reserved = dict.fromkeys(places, 0.0)
        for vm in scenario.vm:
            if vm.pool is not None and vm.arrives_s <= 0.0:
                reserved[vm.pool] += getattr(vm, of_vm)
        for pool in reversed(pools_in_order(scenario)):
            k, mine = places[pool.name], reserved[pool.name]
            most, own = getattr(pool, limit), getattr(pool, reservation)
            what = f"the {mine:g} {unit} that its VMs and pools reserve, or more"
            if most is not None and mine > most:
                raise complaint(f"pools.{k}.{limit}", most, what)
            if not pool.expandable and mine > own:
                raise complaint(f"pools.{k}.{reservation}", own, f"{what}, or expandable = true")
            if pool.parent is not None:
                reserved[pool.parent] += max(mine, own)


def rules(scenario: Scenario, complaint: Complaint) -> None:
    """Refuse VM-host rules before vSphere 4.1, of names that do not exist, and that leave a VM no host."""
    hosts, vms = hosts_in_groups(scenario), vm_names_of(scenario)
    num_hosts = 1 + max(h for members in hosts.values() for h in members)
    may_run = {name: set(range(num_hosts)) for name in vms}
    if scenario.rules and not PROFILES[scenario.profile].has_host_rules:
        raise complaint("rules", [rule.name for rule in scenario.rules], f"none in profile {scenario.profile}")
    complaint.unique("rules", [rule.name for rule in scenario.rules], "rule")
    for k, rule in enumerate(scenario.rules):
        for i, name in enumerate(rule.hosts):
            complaint.reference(f"rules.{k}.hosts.{i}", name, "host", hosts)
        for i, name in enumerate(rule.vms):
            complaint.reference(f"rules.{k}.vms.{i}", name, "VM", vms)
        named = {h for name in rule.hosts for h in hosts[name]}
        for i, name in enumerate(rule.vms if rule.kind in MUST else ()):
            may_run[name] &= named if rule.kind in RUN_ON else set(range(num_hosts)) - named
            if not may_run[name]:
                raise complaint(f"rules.{k}.vms.{i}", name, "a VM to which the rules leave a host")
    for k, vm in enumerate(scenario.vm):
        if vm.host is not None and hosts[vm.host][0] not in may_run[vm.name]:
            raise complaint(f"vm.{k}.host", vm.host, "a host on which the VM-host rules let it run")
