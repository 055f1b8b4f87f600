"""Inventory, placement and migration over random stories of management, each beside a planted bug.

Numbers are those of the list of invariants that the project is held to: 1-6 inventory, 16-17 migration, 28 standby.
"""

import numpy as np
from hypothesis import given

from tests.properties.management_story import QUIET, STORIES, Story, Telling, caught_by, quickly, tell
from vienv.core import compatibility, inventory, power
from vienv.core.enums import (
    NO_HOST,
    CommandKind,
    ConnectionState,
    MigrationPhase,
    PowerState,
    Refusal,
    VmState,
)
from vienv.core.ha import restarts
from vienv.core.virtualcenter import commands, evacuation
from vienv.core.vmotion import precopy, starts

ON = (PowerState.ON, PowerState.ENTERING_STANDBY)
CALM = [Story(seed) for seed in range(0, 20, 2)]
"""Eventful stories without failures."""


# 1: no VM is lost or made, but for the arrivals that are declared


def check_vms_are_conserved(telling: Telling) -> None:
    arrives_at_s = telling.arrives_at_s
    for moment in telling.moments:
        end_s = moment.before.now_s + telling.c.clock.tick_s[0]
        is_there = moment.after.vms.state != VmState.NOT_ARRIVED
        assert (is_there == (arrives_at_s <= end_s)).all()


@quickly
@given(STORIES)
def test_vms_are_conserved_but_for_declared_arrivals(story):
    check_vms_are_conserved(tell(story))


def test_bug_1_a_restart_that_loses_its_vm_is_caught():
    def lose(hosts, vms, clock, volumes, ha_params, v, h, at_s):
        vms.state[v], vms.host[v], clock.placement_changed[0] = VmState.NOT_ARRIVED, NO_HOST, 1
        vms.arrives_at_s[v] = np.inf

    caught_by(check_vms_are_conserved, (restarts, "_start", lose))


# 2: one state, and a host in range for every VM that is placed


def check_places_are_real(telling: Telling) -> None:
    for moment in telling.moments:
        vms = moment.after.vms
        assert np.isin(vms.state, list(VmState)).all()
        is_placed = np.isin(vms.state, [VmState.RUNNING, VmState.STARTING, VmState.DOWN])
        assert ((vms.host[is_placed] >= 0) & (vms.host[is_placed] < telling.c.sizes.hosts)).all()
        assert (vms.host[~is_placed] == NO_HOST).all()


@quickly
@given(STORIES)
def test_every_vm_is_in_one_state_and_a_placed_one_on_one_host(story):
    check_places_are_real(tell(story))


def test_bug_2_an_arrival_that_is_placed_but_keeps_no_host_is_caught():
    def forget_the_host(hosts, vms, clock, ha_params, v, h):
        vms.state[v], vms.up_at_s[v], vms.commanded[v] = VmState.STARTING, clock.now_s[0] + 1e9, 1

    caught_by(check_places_are_real, (commands, "place", forget_the_host))


# 3: what runs, runs on a host that is on


def check_runs_on_hosts_that_are_on(telling: Telling) -> None:
    for moment in telling.moments:
        vms = moment.after.vms
        is_powered_on = np.isin(vms.state, [VmState.RUNNING, VmState.STARTING])
        assert np.isin(moment.after.hosts.power_state[vms.host[is_powered_on]], ON).all()


@quickly
@given(STORIES)
def test_a_vm_runs_only_on_a_host_that_is_on(story):
    check_runs_on_hosts_that_are_on(tell(story))


def pull_the_plug(hosts, migrations, clock, h):
    hosts.shutdown_s[h] = 0.0
    return hosts.power_state[h] == PowerState.ENTERING_STANDBY and hosts.ready_at_s[h] == np.inf


def test_bug_3_hosts_that_sleep_with_vms_on_them_are_caught():
    caught_by(check_runs_on_hosts_that_are_on, (power, "_may_shut_down", pull_the_plug))


# 4: what is promised fits


def check_promises_fit(telling: Telling) -> None:
    c = telling.c
    size_mb = c.vms.memory_reservation_mb + c.vms.overhead_mb
    for moment in telling.moments:
        vms, migrations = moment.after.vms, moment.after.migrations
        promised = np.zeros(c.sizes.hosts)
        is_here = np.isin(vms.state, [VmState.RUNNING, VmState.STARTING])
        np.add.at(promised, vms.host[is_here], size_mb[is_here])
        is_coming = migrations.phase != MigrationPhase.NONE
        np.add.at(promised, migrations.destination[is_coming], size_mb[is_coming])
        assert (promised <= c.hosts.memory_capacity_mb * (1.0 + 1e-9)).all()
        assert np.allclose(promised, moment.after.hosts.reserved_mb, rtol=1e-9)


@quickly
@given(STORIES)
def test_residents_and_vms_on_their_way_fit_the_host(story):
    check_promises_fit(tell(story))


def test_bug_4_a_host_that_always_has_room_is_caught():
    caught_by(check_promises_fit, (compatibility, "has_room", lambda *_: True))


# 5: hosts' lists and the VMs without a host are all VMs, once


def check_lists_are_complete(telling: Telling) -> None:
    memory_mb = telling.c.vms.memory_mb
    for moment in telling.moments:
        hosts, vms = moment.after.hosts, moment.after.vms
        listed = [
            vms.by_host[first : first + n] for first, n in zip(hosts.first_vm, hosts.num_vms, strict=True)
        ]  # fmt: skip
        placed_mb = sum(float(memory_mb[rows].sum()) for rows in listed)
        assert placed_mb + float(memory_mb[vms.host == NO_HOST].sum()) == float(memory_mb.sum())
        assert sorted(np.concatenate(listed)) == np.flatnonzero(vms.host != NO_HOST).tolist()


@quickly
@given(STORIES)
def test_the_hosts_lists_and_the_unplaced_hold_all_memory_once(story):
    check_lists_are_complete(tell(story))


def test_bug_5_a_grouping_that_forgets_the_moved_is_caught():
    once = inventory.group

    def group_at_the_beginning_only(hosts, vms, migrations, clock):
        if clock.tick[0] == 0:
            once(hosts, vms, migrations, clock)

    caught_by(check_lists_are_complete, (inventory, "group", group_at_the_beginning_only))


# 6: no move and no placement breaks an anti-affinity rule (without failures; HA may)


def check_rules_are_kept(telling: Telling) -> None:
    group = telling.c.vms.apart_group
    for moment in telling.moments:
        vms = moment.after.vms
        bound = np.flatnonzero((group >= 0) & np.isin(vms.state, [VmState.RUNNING, VmState.STARTING]))
        assert len({(group[v], vms.host[v]) for v in bound}) == len(bound)


@quickly
@given(QUIET)
def test_no_move_breaks_an_anti_affinity_rule(story):
    check_rules_are_kept(tell(story))


def test_bug_6_moves_that_are_blind_to_rules_are_caught():
    blind = lambda *_: True  # noqa: E731
    caught_by(
        check_rules_are_kept, (compatibility, "keeps_apart", blind), (evacuation, "keeps_apart", blind), stories=CALM
    )


# 16: a migration starts only between hosts that can


def check_migrations_start_legally(telling: Telling) -> None:
    c = telling.c
    reaches = c.paths.is_reachable.reshape(c.sizes.hosts, -1)
    for moment in telling.moments:
        hosts, migrations = moment.after.hosts, moment.after.migrations
        is_flying = migrations.phase > MigrationPhase.QUEUED
        for v in np.flatnonzero(is_flying & (migrations.started_at_s >= moment.before.now_s)):
            source, destination = migrations.source[v], migrations.destination[v]
            assert moment.after.vms.state[v] == VmState.RUNNING
            assert hosts.power_state[source] in ON
            assert hosts.power_state[destination] == PowerState.ON
            assert hosts.connection[destination] == ConnectionState.CONNECTED
            assert reaches[[source, destination], c.vms.datastore[v]].all()
            assert hosts.cpu_class[source] == hosts.cpu_class[destination]
            assert (hosts.vmkernel_mbps[[source, destination]] >= 1000.0).all()


@quickly
@given(QUIET)
def test_a_migration_starts_only_between_hosts_that_can(story):
    check_migrations_start_legally(tell(story))


def test_bug_16_a_queue_that_judges_no_more_when_it_starts_is_caught():
    caught_by(
        check_migrations_start_legally,
        (starts, "refusal_of_start", lambda *_: Refusal.ACCEPTED),
        (compatibility, "_refusal_of_hosts", lambda _, vms, *rest: Refusal.SAME_HOST * (vms.host[rest[2]] == rest[3])),
        stories=CALM,
    )


# 17: a VM in flight runs on its source, and moves once, to its destination


def check_flights(telling: Telling) -> None:
    for moment in telling.moments:
        before, after = moment.before, moment.after
        is_flying = after.migrations.phase != MigrationPhase.NONE
        assert (after.vms.state[is_flying] == VmState.RUNNING).all()
        assert (after.vms.host[is_flying] == after.migrations.source[is_flying]).all()
        ran = before.vms.state == VmState.RUNNING
        assert (after.vms.up_s[ran] == telling.c.clock.tick_s[0]).all()
        has_moved = ran & (before.vms.host != after.vms.host)
        assert (after.migrations.ended_at_s[has_moved] >= before.now_s).all()
        was_flying = has_moved & (before.migrations.phase != MigrationPhase.NONE)
        assert (after.vms.host[was_flying] == before.migrations.destination[was_flying]).all()


@quickly
@given(QUIET)
def test_a_vm_in_flight_runs_on_its_source_until_it_moves(story):
    check_flights(tell(story))


def test_bug_17_a_vm_that_moves_when_its_copy_begins_is_caught():
    begin = precopy.begin

    def move_at_once(migrations, vms, v, now_s):
        begin(migrations, vms, v, now_s)
        vms.host[v] = migrations.destination[v]

    caught_by(check_flights, (precopy, "begin", move_at_once), stories=CALM)


# 28: a host sleeps only when it is empty and nothing is on its way; an order leaves the minimum and the reserve


def check_standby(telling: Telling) -> None:
    for moment in telling.moments:
        before, after = moment.before, moment.after
        for h in np.flatnonzero(after.hosts.power_state == PowerState.STANDBY):
            if before.hosts.power_state[h] == PowerState.STANDBY:
                continue
            assert before.hosts.num_vms[h] == 0
            is_flying = before.migrations.phase != MigrationPhase.NONE
            assert not (is_flying & (before.migrations.destination == h)).any()
    for order in telling.commands:
        if order.kind == CommandKind.STANDBY and order.refusal == Refusal.ACCEPTED:
            _check_order(telling, order)


def _check_order(telling: Telling, order) -> None:
    c, hosts, vms = telling.c, order.before.hosts, order.before.vms
    is_left = (hosts.power_state == PowerState.ON) & (hosts.connection == ConnectionState.CONNECTED)
    is_left[order.h] = False
    assert is_left.sum() >= 2
    is_on = np.isin(vms.state, [VmState.RUNNING, VmState.STARTING])
    used = np.maximum(c.vms.memory_reservation_mb + c.vms.overhead_mb, 256.0)[is_on].sum()
    total = c.hosts.memory_capacity_mb[is_left].sum()
    assert total - used >= 0.1 * total


@quickly
@given(STORIES)
def test_a_host_sleeps_only_when_empty_and_spared(story):
    check_standby(tell(story))


def test_bug_28_hosts_that_sleep_at_once_are_caught():
    caught_by(check_standby, (power, "_may_shut_down", pull_the_plug))


def test_bug_28_orders_that_no_judge_has_seen_are_caught():
    caught_by(check_standby, (commands, "refusal_of_standby", lambda *_: Refusal.ACCEPTED), stories=CALM)
