"""Standby and HA over random stories in inventories of all kinds; `test_power_and_ha` has hosts and HA alone.

Numbers are those of the list of invariants that the project is held to: 28 standby, 35-37 HA.
"""

import numpy as np
import pytest

from tests.properties.management_story import Story, Telling, caught_by, holds, told
from tests.properties.test_inventory import POWERED_ON, pull_the_plug
from vienv.core import compatibility, lifecycle, power
from vienv.core.enums import (
    NO_HOST,
    AdmissionPolicy,
    CommandKind,
    ConnectionState,
    HypervisorKind,
    Metric,
    MigrationPhase,
    PowerState,
    Refusal,
    Term,
    VmState,
)
from vienv.core.ha import failures, restarts
from vienv.core.virtualcenter import calendar, commands, knowledge

TOLERANCE = 1e-9


def check_standby(telling: Telling) -> None:
    """28: a host sleeps only when empty and with nothing on its way; an order leaves the minimum and the reserve."""
    for moment in telling.moments:
        before, after = moment.before, moment.after
        has_gone = (after.hosts.power_state == PowerState.STANDBY) & (before.hosts.power_state != PowerState.STANDBY)
        for h in np.flatnonzero(has_gone):
            assert before.hosts.num_vms[h] == 0
            is_flying = before.migrations.phase != MigrationPhase.NONE
            assert not (is_flying & (before.migrations.destination == h)).any()
    for order in telling.commands:
        if order.kind == CommandKind.STANDBY and order.refusal == Refusal.ACCEPTED:
            _check_order(telling, order)


def _check_order(telling: Telling, order) -> None:
    c, hosts, vms = telling.c, order.before.hosts, order.before.vms
    is_esx = c.hosts.hypervisor != HypervisorKind.HOSTED
    is_left = (hosts.power_state == PowerState.ON) & (hosts.connection == ConnectionState.CONNECTED) & is_esx
    cluster = c.hosts.cluster
    is_left &= cluster == cluster[order.h]
    is_left[order.h] = False
    assert is_left.sum() >= c.power.minimum_hosts_on
    is_used = (vms.state == VmState.DOWN) & np.isfinite(vms.restart_at_s)
    is_used |= np.isin(vms.state, POWERED_ON) & is_esx[vms.host]
    is_used &= cluster[vms.host] == cluster[order.h]
    used_mhz = np.maximum(c.vms.cpu_reservation_mhz, c.ha.slot_mhz)[is_used]
    used_mb = np.maximum(c.vms.memory_reservation_mb + c.vms.overhead_mb, c.ha.slot_mb)[is_used]
    total_mhz, total_mb = c.hosts.cpu_capacity_mhz[is_left], c.hosts.memory_capacity_mb[is_left]
    if c.ha.is_enabled and c.ha.admission_policy == AdmissionPolicy.PERCENTAGE:
        usable = 1.0 - c.ha.failover_fraction + TOLERANCE
        assert used_mhz.sum() <= usable * total_mhz.sum()
        assert used_mb.sum() <= usable * total_mb.sum()
    if c.ha.is_enabled and c.ha.admission_policy == AdmissionPolicy.SLOTS:
        slot_mhz, slot_mb = max([c.ha.slot_mhz, *used_mhz]), max([c.ha.slot_mb, *used_mb, TOLERANCE])
        slots = sorted((np.minimum(total_mhz // slot_mhz, total_mb // slot_mb)).astype(int))
        assert is_used.sum() <= sum(slots[: len(slots) - c.ha.failures_tolerated])


def check_restarts(telling: Telling) -> None:
    """35: no restart elsewhere before detection, at home before the boot; on a host that is on and can run the VM."""
    c, fell_at_s = telling.c, np.full(telling.c.sizes.vms, -np.inf)
    declared_s = (
        c.protection.declared_after_s if c.sizes.protected_hosts else np.full(c.sizes.hosts, c.ha.declared_after_s)
    )
    for moment in telling.moments:
        before, after = moment.before, moment.after
        _note_deaths(moment, fell_at_s)
        reaches = (before.paths.is_reachable | after.paths.is_reachable).reshape(c.sizes.hosts, -1)
        has_started = (after.vms.state == VmState.STARTING) & (after.vms.up_at_s != before.vms.up_at_s)
        for v in np.flatnonzero(has_started & (before.vms.host != NO_HOST)):
            home, h = before.vms.host[v], after.vms.host[v]
            began_s = after.vms.up_at_s[v] - c.ha.guest_boot_s
            waits_s = declared_s[home] if h != home else min(c.hosts.boot_s[h], declared_s[home])
            assert began_s >= fell_at_s[v] + waits_s - TOLERANCE
            assert after.hosts.power_state[h] == PowerState.ON
            assert reaches[h, after.vms.datastore[v]]
            assert c.hosts.rule_groups[h] & c.vms.must_groups[v] == c.vms.must_groups[v]
            assert c.hosts.cluster[h] == c.hosts.cluster[home]
            assert h == home or c.hosts.hypervisor[h] != HypervisorKind.HOSTED
            assert after.hosts.reserved_mb[h] <= c.hosts.memory_capacity_mb[h] * (1.0 + TOLERANCE)


def _note_deaths(moment, fell_at_s) -> None:
    """When VMs fell with the host that they were on; -infinity if they came back or fell otherwise."""
    dies_at_s, state = moment.after.hosts.fails_at_s, moment.before.vms.state
    fell_at_s[state == VmState.RUNNING] = -np.inf
    for v in np.flatnonzero(np.isin(state, POWERED_ON)):
        h = moment.before.vms.host[v]
        if np.isfinite(dies_at_s[h]) and moment.after.vms.state[v] not in (VmState.WITHOUT_FILES, VmState.NOT_ARRIVED):
            has_left = moment.after.migrations.ended_at_s[v] >= moment.before.now_s
            fell_at_s[v] = -np.inf if has_left else dies_at_s[h]


def check_every_second_is_up_or_down(telling: Telling) -> None:
    """36: the dead are down until they have booted again; what is not up is billed as down, to the second."""
    c, tick_s = telling.c, telling.c.clock.tick_s[0]
    down_s = 0.0
    for moment in telling.moments:
        before, after = moment.before, moment.after
        assert ((after.vms.up_s >= 0.0) & (after.vms.up_s <= tick_s)).all()
        is_down = np.isin(after.vms.state, [VmState.DOWN, VmState.STARTING, VmState.WITHOUT_FILES])
        was_down = np.isin(before.vms.state, [VmState.DOWN, VmState.STARTING, VmState.WITHOUT_FILES])
        stayed_down = is_down & was_down & (after.vms.up_at_s == before.vms.up_at_s)
        assert (after.vms.up_s[stayed_down] == 0.0).all()
        dies_at_s = np.where(after.vms.host >= 0, after.hosts.fails_at_s[after.vms.host], np.inf)
        is_dead = (after.vms.state == VmState.DOWN) & np.isfinite(dies_at_s)
        assert (after.vms.up_s[is_dead] <= (dies_at_s - before.now_s)[is_dead] + TOLERANCE).all()
        is_counted = (after.vms.host != NO_HOST) | (after.vms.state == VmState.AWAITING_PLACEMENT)
        waited_s = np.where(after.vms.state == VmState.AWAITING_PLACEMENT, _waited_s(c, before, after), 0.0)
        lost_s = np.where(after.vms.host != NO_HOST, tick_s - after.vms.up_s, waited_s)
        down_s += lost_s[is_counted].sum()
    assert sum(last[Term.VM_DOWN_S] for last in telling.last) == pytest.approx(down_s, rel=1e-9)


def _waited_s(c, before, after) -> np.ndarray:
    """Seconds of the tick since a VM that waits for its placement arrived."""
    return np.clip(before.now_s + c.clock.tick_s[0] - after.vms.arrives_at_s, 0.0, c.clock.tick_s[0])


CHECKS = (check_standby, check_restarts, check_every_second_is_up_or_down)


@pytest.mark.parametrize("check", CHECKS, ids=lambda f: f.__name__)
def test_in_stories_of_all_kinds(check):
    holds(check)


def test_bug_28_hosts_that_sleep_at_once_are_caught():
    caught_by(check_standby, (power, "_may_shut_down", pull_the_plug))


def test_bug_28_orders_that_no_judge_has_seen_are_caught():
    caught_by(check_standby, (commands, "refusal_of_standby", lambda *_: Refusal.ACCEPTED))


def test_bug_35_restarts_before_anybody_has_missed_the_host_are_caught():
    def take_down(vms, guests, clock, ha, v, at_s, missed_s):
        TAKE_DOWN(vms, guests, clock, ha, v, at_s, at_s)

    caught_by(check_restarts, (failures, "take_down", take_down))


TAKE_DOWN = failures.take_down


def test_bug_35_restarts_where_no_path_leads_to_the_disks_are_caught():
    caught_by(check_restarts, (compatibility, "reaches", lambda *_: True), (restarts, "reaches", lambda *_: True))


def test_bug_36_a_guest_that_is_up_without_a_boot_is_caught():
    def advance(hosts, vms, clock):
        is_starting = vms.state == VmState.STARTING
        vms.up_s[is_starting] = clock.tick_s[0]
        LIVE(hosts, vms, clock)

    caught_by(check_every_second_is_up_or_down, (lifecycle, "advance", advance))


LIVE = lifecycle.advance


# 37: a host that VirtualCenter alone hears nothing of restarts nothing, and an outage of VirtualCenter takes none down

SILENT = ("management_failure", "vc_outage")
"""Where hosts exchange no heartbeats, such links are VirtualCenter's alone."""


def check_silence_costs_nothing(telling: Telling) -> None:
    c = telling.c
    if c.sizes.protected_hosts > 0:
        return
    assert c.metrics.value[Metric.RESTARTS] == 0.0
    assert c.metrics.value[Metric.HOST_FAILURES] == 0.0
    for moment in telling.moments:
        ran = moment.before.vms.state == VmState.RUNNING
        assert (moment.after.vms.state[ran] == VmState.RUNNING).all()


def test_a_host_that_virtualcenter_alone_misses_restarts_nothing_and_an_outage_takes_no_vm_down():
    seen = set()
    for seed in range(16):
        telling = told(Story(seed, kinds=SILENT))
        check_silence_costs_nothing(telling)
        seen |= {ConnectionState(state) for moment in telling.moments for state in moment.after.hosts.connection}
    assert ConnectionState.NOT_RESPONDING in seen


def test_bug_37_a_grey_host_that_ha_takes_for_dead_is_caught():
    refresh = knowledge.refresh

    def bury(hosts, host_knowledge, host_networks, clock):
        refresh(hosts, host_knowledge, host_networks, clock)
        is_grey = hosts.connection == ConnectionState.NOT_RESPONDING
        hosts.fails_at_s[is_grey], hosts.repair_at_s[is_grey] = clock.now_s[0], clock.now_s[0] + 600.0

    caught_by(check_silence_costs_nothing, (knowledge, "refresh", bury), kinds=SILENT)


def test_bug_37_an_outage_that_takes_guests_down_is_caught():
    keep = calendar.keep

    def fall_with_virtualcenter(hosts, vms, migrations, incidents, clock, *rest):
        keep(hosts, vms, migrations, incidents, clock, *rest)
        if clock.now_s[0] < clock.vc_returns_at_s[0]:
            vms.state[:1], vms.restart_at_s[:1] = VmState.DOWN, np.inf

    caught_by(check_silence_costs_nothing, (calendar, "keep", fall_with_virtualcenter), kinds=SILENT)
