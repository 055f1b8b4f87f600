"""Inventory and placement over random stories in inventories of all kinds, each beside a planted bug.

Numbers are those of the list of invariants that the project is held to: 1-6.
"""

import numpy as np
import pytest

from tests.properties.management_story import Telling, caught_by, holds
from vienv.core import compatibility, inventory, power
from vienv.core.enums import NO_HOST, CommandKind, OrderKind, OrderPhase, PowerState, Refusal, VmState
from vienv.core.files import orders
from vienv.core.files import power as power_of_files
from vienv.core.ha import restarts
from vienv.core.virtualcenter import commands, evacuation

ON = (PowerState.ON, PowerState.ENTERING_STANDBY)
POWERED_ON = (VmState.RUNNING, VmState.STARTING)
CLONES = (OrderKind.CLONE, OrderKind.LINKED_CLONE)
OFF = (VmState.DOWN, VmState.WITHOUT_FILES)
"""States in which a VM comes back by itself, and then where it finds room."""


def check_vms_are_conserved(telling: Telling) -> None:
    """1: no VM is lost or made, but for those that the scenario has arrive, clones that are there, and the retired."""
    c = telling.c
    for moment in telling.moments:
        end_s, made = moment.before.now_s + c.clock.tick_s[0], moment.after.orders
        is_declared = telling.first.vms.arrives_at_s <= end_s
        for k in np.argsort(made.ended_at_s, kind="stable"):
            if made.phase[k] == OrderPhase.DONE and c.orders.kind[k] in (*CLONES, OrderKind.RETIRE):
                is_declared[c.orders.vm[k]] = c.orders.kind[k] in CLONES
        assert ((moment.after.vms.state != VmState.NOT_ARRIVED) == is_declared).all()


def check_places_are_real(telling: Telling) -> None:
    """2: one state, and a host in range for every VM that is placed."""
    for moment in telling.moments:
        vms = moment.after.vms
        assert np.isin(vms.state, list(VmState)).all()
        is_placed = np.isin(vms.state, POWERED_ON + OFF)
        assert ((vms.host[is_placed] >= 0) & (vms.host[is_placed] < telling.c.sizes.hosts)).all()
        assert (vms.host[~is_placed] == NO_HOST).all()


def check_runs_on_hosts_that_are_on(telling: Telling) -> None:
    """3: what runs, runs on a host that is on; what is registered, on a host that is there."""
    for moment in telling.moments:
        vms, power_state = moment.after.vms, moment.after.hosts.power_state
        is_powered_on = np.isin(vms.state, POWERED_ON)
        assert np.isin(power_state[vms.host[is_powered_on]], ON).all()
        assert (power_state[vms.host[vms.host != NO_HOST]] != PowerState.ABSENT).all()


def check_promises_fit(telling: Telling) -> None:
    """4: what residents and VMs on their way have reserved fits the host, and is what the host counts."""
    c = telling.c
    size_mb = c.vms.memory_reservation_mb + c.vms.overhead_mb
    for moment in telling.moments:
        vms, migrations = moment.after.vms, moment.after.migrations
        promised = np.zeros(c.sizes.hosts)
        is_here, is_coming = np.isin(vms.state, POWERED_ON), migrations.phase != 0
        np.add.at(promised, vms.host[is_here], size_mb[is_here])
        np.add.at(promised, migrations.destination[is_coming], size_mb[is_coming])
        assert (promised <= c.hosts.memory_capacity_mb * (1.0 + 1e-9)).all()
        assert np.allclose(promised, moment.after.hosts.reserved_mb, rtol=1e-9)


def check_lists_are_complete(telling: Telling) -> None:
    """5: hosts' lists and the VMs without a host are all VMs, once, with all their memory."""
    memory_mb = telling.c.vms.memory_mb
    for moment in telling.moments:
        hosts, vms = moment.after.hosts, moment.after.vms
        ranges = zip(hosts.first_vm, hosts.num_vms, strict=True)
        listed = [vms.by_host[first : first + n] for first, n in ranges]
        placed_mb = sum(float(memory_mb[rows].sum()) for rows in listed)
        assert placed_mb + float(memory_mb[vms.host == NO_HOST].sum()) == float(memory_mb.sum())
        assert sorted(np.concatenate(listed)) == np.flatnonzero(vms.host != NO_HOST).tolist()


def check_rules_are_kept(telling: Telling) -> None:
    """6: no move, placement or clone brings VMs together that ought to be apart; VMs that come back may."""
    for moment in telling.moments:
        was, now = moment.before.vms.state, moment.after.vms.state
        has_fallen = np.isin(was, OFF) | (np.isin(was, POWERED_ON) & (now == VmState.STARTING))
        for pair in _meetings(telling, moment.after) - _meetings(telling, moment.before):
            assert has_fallen[list(pair)].any()
    for order in telling.commands:
        group = telling.c.vms.apart_group
        if order.refusal == Refusal.ACCEPTED and order.kind in (CommandKind.MIGRATE, CommandKind.PLACE):
            vms, is_direct = order.before.vms, order.now_s < order.vc_returns_at_s
            rivals = (group == group[order.v]) & (group >= 0) & np.isin(vms.state, POWERED_ON)
            rivals[order.v] = False
            assert is_direct or not (vms.host[rivals] == order.h).any()


def _meetings(telling: Telling, taken) -> set[tuple[int, int]]:
    """Pairs of powered-on VMs that an anti-affinity rule parts, on one host."""
    group, vms = telling.c.vms.apart_group, taken.vms
    bound = np.flatnonzero((group >= 0) & np.isin(vms.state, POWERED_ON))
    pairs = [(u, v) for u in bound for v in bound if u < v and group[u] == group[v]]
    return {(u, v) for u, v in pairs if vms.host[u] == vms.host[v]}


CHECKS = (
    check_vms_are_conserved,
    check_places_are_real,
    check_runs_on_hosts_that_are_on,
    check_promises_fit,
    check_lists_are_complete,
    check_rules_are_kept,
)


@pytest.mark.parametrize("check", CHECKS, ids=lambda f: f.__name__)
def test_in_stories_of_all_kinds(check):
    holds(check)


def test_bug_1_a_restart_that_loses_its_vm_is_caught():
    def lose(hosts, vms, clock, volumes, ha_params, v, h, at_s):
        vms.state[v], vms.host[v], clock.placement_changed[0] = VmState.NOT_ARRIVED, NO_HOST, 1
        vms.arrives_at_s[v] = np.inf

    caught_by(check_vms_are_conserved, (restarts, "_start", lose))


def test_bug_2_an_arrival_that_is_placed_but_keeps_no_host_is_caught():
    def forget_the_host(hosts, vms, volumes, clock, ha_params, v, h):
        vms.state[v], vms.up_at_s[v], vms.commanded[v] = VmState.STARTING, clock.now_s[0] + 1e9, 1

    caught_by(check_places_are_real, (commands, "place", forget_the_host))


def pull_the_plug(hosts, migrations, clock, h):
    hosts.shutdown_s[h] = 0.0
    return hosts.power_state[h] == PowerState.ENTERING_STANDBY and hosts.ready_at_s[h] == np.inf


def test_bug_3_hosts_that_sleep_with_vms_on_them_are_caught():
    caught_by(check_runs_on_hosts_that_are_on, (power, "_may_shut_down", pull_the_plug))


def test_bug_4_a_host_that_always_has_room_is_caught():
    caught_by(check_promises_fit, (compatibility, "has_room", lambda *_: True))


def test_bug_4_clones_that_ask_for_no_room_are_caught():
    accept = (orders, "refusal_of_power_on", lambda *_: Refusal.ACCEPTED)
    caught_by(check_promises_fit, accept, (power_of_files, "has_room", lambda *_: True))


def test_bug_5_a_grouping_that_forgets_the_moved_is_caught():
    once = inventory.group

    def group_at_the_beginning_only(hosts, vms, migrations, clock):
        if clock.tick[0] == 0:
            once(hosts, vms, migrations, clock)

    caught_by(check_lists_are_complete, (inventory, "group", group_at_the_beginning_only))


def test_bug_6_moves_that_are_blind_to_rules_are_caught():
    blind = lambda *_: True  # noqa: E731
    caught_by(check_rules_are_kept, (compatibility, "keeps_apart", blind), (evacuation, "keeps_apart", blind))
