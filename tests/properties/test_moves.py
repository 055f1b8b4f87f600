"""vMotion over random stories in inventories of all kinds, each beside a planted bug; `test_vmotion` has it alone.

Numbers are those of the list of invariants that the project is held to: 16, 17, 21-23.
"""

import numpy as np
import pytest

from tests.properties.management_story import Telling, caught_by, holds
from tests.properties.test_inventory import ON, POWERED_ON, check_promises_fit
from vienv.core import compatibility, lines, queue
from vienv.core.enums import NO_HOST, ConnectionState, HypervisorKind, MigrationPhase, PowerState, Refusal, VmState
from vienv.core.vmotion import network, precopy, run, starts

BITS_PER_BYTE = 8.0
TIGHT = 1.0 + 1e-9


def check_migrations_start_legally(telling: Telling) -> None:
    """16: a migration starts only between hosts that are on, reach its disks and can run it, over a fast network."""
    c = telling.c
    for moment in telling.moments:
        hosts, migrations = moment.after.hosts, moment.after.migrations
        reaches = (moment.before.paths.is_reachable | moment.after.paths.is_reachable).reshape(c.sizes.hosts, -1)
        is_flying = migrations.phase > MigrationPhase.QUEUED
        for v in np.flatnonzero(is_flying & (migrations.started_at_s >= moment.before.now_s)):
            source, destination = ends = [migrations.source[v], migrations.destination[v]]
            assert moment.after.vms.state[v] == VmState.RUNNING
            assert hosts.power_state[source] in ON
            assert hosts.power_state[destination] == PowerState.ON
            assert hosts.connection[destination] == ConnectionState.CONNECTED
            assert reaches[ends, moment.after.vms.datastore[v]].all()
            assert c.hosts.cpu_class[source] == c.hosts.cpu_class[destination]
            assert (c.hosts.hypervisor[ends] != HypervisorKind.HOSTED).all()
            assert (hosts.vmkernel_mbps[ends] >= 1000.0).all()
            assert c.hosts.rule_groups[destination] & c.vms.must_groups[v] == c.vms.must_groups[v]


def check_flights(telling: Telling) -> None:
    """17: a VM in flight runs on its source, and moves once, to its destination, without a stop of its own."""
    tick_s, c = telling.c.clock.tick_s[0], telling.c
    may_stop = c.sizes.guests + c.sizes.filed_vms + c.sizes.disks > 0
    for moment in telling.moments:
        before, after = moment.before, moment.after
        is_flying = after.migrations.phase != MigrationPhase.NONE
        assert (after.vms.state[is_flying] == VmState.RUNNING).all()
        assert (after.vms.host[is_flying] == after.migrations.source[is_flying]).all()
        runs_on = (before.vms.state == VmState.RUNNING) & (after.vms.state == VmState.RUNNING)
        has_moved = runs_on & (before.vms.host != after.vms.host)
        assert (after.migrations.ended_at_s[has_moved] >= before.now_s).all()
        was_flying = has_moved & (before.migrations.phase != MigrationPhase.NONE)
        assert (after.vms.host[was_flying] == before.migrations.destination[was_flying]).all()
        assert may_stop or (after.vms.up_s[runs_on] == tick_s).all()


def check_links_and_limits(telling: Telling) -> None:
    """21: a link carries no more than it has, a host no more vMotions than its limit."""
    c = telling.c
    for moment in telling.moments:
        migrations, hosts = moment.after.migrations, moment.after.hosts
        is_sent = np.isin(migrations.phase, [MigrationPhase.PRECOPY, MigrationPhase.SWITCH_OVER])
        is_sent &= migrations.round_mb > 0.0
        for h in range(c.sizes.hosts):
            mine = (migrations.source == h) | (migrations.destination == h)
            line_mb_s = hosts.vmkernel_mbps[h] / BITS_PER_BYTE * c.vmotion.payload_fraction
            assert migrations.rate_mb_s[mine & is_sent].sum() <= line_mb_s * TIGHT
            assert (mine & (migrations.phase > MigrationPhase.QUEUED)).sum() <= c.hosts.vmotion_limit[h]
        assert moment.broken == 0, "the storage lines' part is an invariant of the core"


def check_deaths(telling: Telling) -> None:
    """22: a host that dies ends its migrations; the VM is on one side, and nothing is promised on the other."""
    check_promises_fit(telling)
    for moment in telling.moments:
        before, after = moment.before, moment.after
        for h in np.flatnonzero(np.isfinite(after.hosts.fails_at_s)):
            is_flying = after.migrations.phase != MigrationPhase.NONE
            assert not (is_flying & ((after.migrations.source == h) | (after.migrations.destination == h))).any()
            left = (before.migrations.phase != MigrationPhase.NONE) & (before.migrations.destination == h)
            on_time = after.migrations.ended_at_s >= before.now_s
            stays = left & ~on_time & np.isin(after.vms.state, POWERED_ON)
            assert (after.vms.host[stays] != h).all()


def check_stays(telling: Telling) -> None:
    """23: nothing that anybody orders or suffers changes the host of a VM whose disks one host alone reaches."""
    is_local = telling.first.paths.is_reachable.reshape(telling.c.sizes.hosts, -1).sum(axis=0) == 1
    for moment in telling.moments:
        before, after = moment.before.vms, moment.after.vms
        stays = is_local[before.datastore] & (before.datastore == after.datastore)
        stays &= (before.host != NO_HOST) & (after.host != NO_HOST)
        assert (after.host[stays] == before.host[stays]).all()


CHECKS = (check_migrations_start_legally, check_flights, check_links_and_limits, check_deaths, check_stays)


@pytest.mark.parametrize("check", CHECKS, ids=lambda f: f.__name__)
def test_in_stories_of_all_kinds(check):
    holds(check)


def test_bug_16_a_queue_that_judges_no_more_when_it_starts_is_caught():
    caught_by(
        check_migrations_start_legally,
        (starts, "refusal_of_start", lambda *_: Refusal.ACCEPTED),
        (compatibility, "_refusal_of_hosts", lambda _, vms, *rest: Refusal.SAME_HOST * (vms.host[rest[2]] == rest[3])),
    )


def test_bug_16_hosts_whose_rules_nobody_asks_are_caught():
    caught_by(check_migrations_start_legally, (compatibility, "allow", lambda *_: True))


def test_bug_17_a_vm_that_moves_when_its_copy_begins_is_caught():
    begin = precopy.begin

    def move_at_once(migrations, vms, v, now_s):
        begin(migrations, vms, v, now_s)
        vms.host[v] = migrations.destination[v]

    caught_by(check_flights, (precopy, "begin", move_at_once))


def test_bug_21_copies_and_vmotions_that_do_not_share_a_line_are_caught():
    def take_nothing(line_rows, n, weight, level):
        line_rows.weight[n] = 1.0

    caught_by(check_links_and_limits, (lines, "_load", take_nothing))


def test_bug_21_a_limit_that_nobody_keeps_is_caught():
    caught_by(check_links_and_limits, (starts, "_is_within_limits", lambda *_: True))


def test_bug_22_a_reservation_that_is_never_freed_is_caught():
    release = queue.release

    def leak(migrations, hosts, vms, clock, v, vacated):
        reserved_mb, destination = hosts.reserved_mb.copy(), vacated
        release(migrations, hosts, vms, clock, v, destination)
        clock.placement_changed[0] = 0
        hosts.reserved_mb[:] = reserved_mb

    caught_by(check_deaths, (queue, "release", leak))


def test_bug_22_migrations_that_outlive_their_host_are_caught():
    caught_by(check_deaths, (run, "drop_the_dead", lambda *_: False), (run, "next_death_s", lambda *_: np.inf))


def test_bug_23_a_datastore_that_everybody_reaches_is_caught():
    caught_by(check_stays, (compatibility, "reaches", lambda *_: True))


def test_bug_21_a_rate_of_its_own_for_every_vmotion_is_caught():
    def alone(m, hosts, settings_of_vmotion, v):
        return min(hosts.link_mb_s[m.source[v]], hosts.link_mb_s[m.destination[v]])

    caught_by(check_links_and_limits, (network, "_take", lambda *_: None), (network, "_fair_mb_s", alone))
