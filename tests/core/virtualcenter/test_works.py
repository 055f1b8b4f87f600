"""Planned work: rolling patches, hosts that join and hosts that leave."""

import pytest

from tests.managed import managed, migrate, refusal_of_standby, run, schedule
from vienv.core import tasks
from vienv.core.enums import (
    ConnectionState,
    Happening,
    IncidentKind,
    OrderKind,
    OrderPhase,
    PowerState,
    Refusal,
    Term,
    VmState,
)
from vienv.core.state import NEVER
from vienv.core.virtualcenter import commands

PATCH_S, BOOT_S = 900.0, 240.0


def patched(at_once=1, hosts=4, vms=4, at_s=100.0, **changes):
    """All hosts are to be patched from 100 s on."""
    c = managed(hosts=hosts, vms=vms, rows={"orders": hosts, "counters": len(Happening)}, mhz=100.0, **changes)
    c.orders.kind[:], c.orders.host[:] = OrderKind.PATCH, range(hosts)
    c.orders.at_s[:], c.orders.lasts_s[:], c.orders.at_once[:] = at_s, PATCH_S, at_once
    return c


def out_of_service(c):
    return int((c.hosts.connection != ConnectionState.CONNECTED).sum())


def watch(c, until_s):
    """Run tick by tick; the most hosts that were out of service together, and the seconds down of all VMs."""
    most, down_s = 0, 0.0
    while c.clock.now_s[0] < until_s:
        down_s += run(c, c.clock.now_s[0] + 20.0).sum()
        most = max(most, out_of_service(c))
    return most, down_s


def test_a_patched_host_is_emptied_away_for_patch_and_boot_and_back():
    c = patched(hosts=2, vms=1)
    c.orders.at_s[1] = NEVER
    run(c, 160.0)
    assert (c.vms.host[0], c.hosts.power_state[0]) == (1, PowerState.BOOTING)
    ready_at_s = c.hosts.ready_at_s[0]
    assert ready_at_s - c.hosts.state_since_s[0] == PATCH_S + BOOT_S
    run(c, ready_at_s - 20.0)
    assert c.hosts.power_state[0] == PowerState.BOOTING
    run(c, ready_at_s + 20.0)
    assert (c.hosts.power_state[0], c.hosts.connection[0]) == (PowerState.ON, ConnectionState.CONNECTED)
    assert (c.hosts.state_since_s[0], c.orders.phase[0]) == (ready_at_s, OrderPhase.DONE)


@pytest.mark.parametrize("at_once", [1, 2])
def test_a_rolling_patch_takes_so_many_hosts_at_once_and_no_vm_is_down(at_once):
    c = patched(at_once)
    most, down_s = watch(c, 6_000.0)
    assert (most, down_s) == (at_once, 0.0)
    assert (c.orders.phase == OrderPhase.DONE).all()


def test_the_next_host_begins_only_when_the_last_has_left():
    c = patched()
    run(c, 900.0)
    assert c.orders.phase.tolist() == [OrderPhase.AWAY, *[OrderPhase.WAITING] * 3]
    run(c, 1_400.0)
    assert c.orders.phase.tolist() == [OrderPhase.DONE, OrderPhase.AWAY, *[OrderPhase.WAITING] * 2]


def test_orders_of_different_numbers_do_not_wait_for_each_other():
    c = patched()
    c.orders.order[:] = range(4)
    most, _ = watch(c, 400.0)
    assert most == 3  # the fourth has nowhere to send its VMs, and the minimum of hosts


def test_a_patch_waits_while_virtualcenter_is_down():
    c = patched(incidents=1)
    schedule(c, IncidentKind.VC_OUTAGE, 0.0, 1_000.0)
    run(c, 980.0)
    assert (c.orders.phase == OrderPhase.WAITING).all()
    run(c, 1_100.0)
    assert c.orders.phase[0] == OrderPhase.AWAY


def asleep(**changes):
    c = patched(vms=3, on=[1, 2, 3], **changes)
    c.hosts.power_state[0] = PowerState.STANDBY
    return c


def test_a_host_in_standby_is_woken_when_its_patch_is_due_and_patched_in_its_turn():
    c = asleep()
    run(c, 100.0)
    assert c.hosts.power_state[0] == PowerState.STANDBY
    run(c, 120.0)
    assert (c.hosts.power_state[0], c.hosts.state_since_s[0]) == (PowerState.BOOTING, 105.0)  # wake_s 5
    assert c.hosts.ready_at_s[0] == 105.0 + BOOT_S
    assert c.hosts.boot_tick_s[0] == 20.0
    run(c, 900.0)
    assert c.orders.phase[:2].tolist() == [OrderPhase.WAITING, OrderPhase.AWAY]  # the second was on first
    watch(c, 6_000.0)
    assert (c.orders.phase == OrderPhase.DONE).all()


def test_a_host_that_does_not_wake_is_patched_once_it_is_repaired():
    c = asleep(power_wake_failure_probability=1.0)
    run(c, 400.0)
    assert (c.hosts.power_state[0], c.hosts.repair_at_s[0]) == (PowerState.FAILED, 105.0 + 3_600.0)
    watch(c, 8_000.0)
    assert (c.orders.phase == OrderPhase.DONE).all()


def test_nobody_is_woken_for_a_patch_while_virtualcenter_is_down_or_without_a_peer():
    c = asleep(incidents=1)
    schedule(c, IncidentKind.VC_OUTAGE, 0.0, 1_000.0)
    run(c, 1_000.0)
    assert c.hosts.power_state[0] == PowerState.STANDBY
    c.hosts.vmkernel_mbps[0] = 0.0
    run(c, 1_100.0)
    assert c.hosts.power_state[0] == PowerState.STANDBY
    c.hosts.vmkernel_mbps[0] = 1_000.0
    run(c, 1_120.0)
    assert c.hosts.power_state[0] == PowerState.BOOTING


def test_dpm_sends_no_host_to_standby_while_patches_are_due_or_under_way():
    c = patched(vms=1)
    assert refusal_of_standby(c, 3) == Refusal.ACCEPTED
    run(c, 100.0)
    assert refusal_of_standby(c, 3) == Refusal.PATCHES_ARE_DUE
    c.orders.phase[:3] = OrderPhase.DONE
    assert refusal_of_standby(c, 2) == Refusal.PATCHES_ARE_DUE
    c.orders.phase[3] = OrderPhase.DONE
    assert refusal_of_standby(c, 3) == Refusal.ACCEPTED


@pytest.mark.parametrize("power_state", [PowerState.FAILED, PowerState.ABSENT])
def test_dpm_goes_on_when_only_hosts_that_are_not_there_are_left_to_patch(power_state):
    c = patched(vms=1, at_s=0.0)
    c.orders.phase[:3], c.hosts.power_state[3] = OrderPhase.DONE, power_state
    assert refusal_of_standby(c, 0) == Refusal.ACCEPTED


def test_a_host_that_dies_while_it_is_patched_is_patched_again():
    c = patched(hosts=3, vms=1, incidents=1)
    c.orders.at_s[1:] = NEVER
    schedule(c, IncidentKind.HOST_FAILURE, 500.0, 600.0, host=0)
    run(c, 600.0)
    assert (c.hosts.power_state[0], c.orders.phase[0]) == (PowerState.FAILED, OrderPhase.AWAY)
    run(c, 500.0 + 600.0 + BOOT_S + 40.0)
    assert c.orders.phase[0] == OrderPhase.AWAY
    assert c.hosts.ready_at_s[0] - c.hosts.state_since_s[0] == PATCH_S + BOOT_S


# Hosts that join


def joined(at_s=610.0):
    c = managed(hosts=3, vms=2, on=[0, 1], rows={"orders": 1, "counters": len(Happening)})
    c.hosts.power_state[2], c.hosts.standby_w[2] = PowerState.ABSENT, 0.0
    c.orders.kind[0], c.orders.host[0], c.orders.at_s[0], c.orders.standby_w[0] = OrderKind.ADD_HOST, 2, at_s, 15.0
    return c


def test_a_host_that_joins_is_on_from_its_second_and_drew_nothing_before():
    c = joined()
    run(c, 600.0)
    assert (c.hosts.power_state[2], c.hosts.power_w[2]) == (PowerState.ABSENT, 0.0)
    run(c, 620.0)
    assert (c.hosts.power_state[2], c.hosts.state_since_s[2]) == (PowerState.ON, 610.0)
    assert c.hosts.power_w[2] == pytest.approx(200.0 / 2.0)  # idle, for half of the tick
    run(c, 640.0)
    assert (c.hosts.power_w[2], c.hosts.standby_w[2]) == (200.0, 15.0)


def test_an_absent_host_takes_no_vm_and_cannot_be_woken():
    c = joined()
    judge = commands.refusal_of_migration
    assert judge(c.hosts, c.vms, c.migrations, c.paths, c.vmotion, 0, 2) == Refusal.DESTINATION_NOT_CONNECTED
    assert commands.refusal_of_wake(c.hosts, 2) == Refusal.HOST_NOT_IN_STANDBY
    run(c, 620.0)
    migrate(c, 0, 2)
    run(c, 640.0)
    assert c.vms.host[0] == 2


def test_an_absent_host_does_not_save_a_cluster_whose_others_are_lost():
    c = joined()
    c.hosts.power_state[:2], c.hosts.repair_at_s[:2] = PowerState.FAILED, NEVER
    commands.judge_loss(c.hosts, c.clock)
    assert c.clock.is_terminated[0] == 1


# Hosts that leave


def test_a_host_that_leaves_is_emptied_and_then_draws_nothing():
    c = managed(hosts=3, vms=2, on=[0, 1], rows={"orders": 1, "counters": len(Happening)})
    c.orders.kind[0], c.orders.host[0], c.orders.at_s[0] = OrderKind.REMOVE_HOST, 0, 0.0
    down_s = run(c, 120.0)
    assert (c.hosts.power_state[0], c.orders.phase[0]) == (PowerState.ABSENT, OrderPhase.DONE)
    assert (c.vms.host[0] != 0, down_s.sum()) == (True, 0.0)
    assert c.hosts.power_w[0] == 0.0
    assert c.ledger.interval[Term.POWER_CYCLES] == 0.0
    assert commands.refusal_of_wake(c.hosts, 0) == Refusal.HOST_NOT_IN_STANDBY


def test_a_host_that_is_to_leave_leaves_from_standby_unless_a_vm_is_registered_there():
    c = managed(hosts=3, vms=2, on=[0, 2], rows={"orders": 1, "counters": len(Happening)})
    c.orders.kind[0], c.orders.host[0], c.orders.at_s[0] = OrderKind.REMOVE_HOST, 2, 0.0
    c.hosts.power_state[2], c.vms.state[1] = PowerState.STANDBY, VmState.DOWN
    run(c, 20.0)
    assert c.hosts.power_state[2] == PowerState.STANDBY
    c.vms.host[1], c.clock.placement_changed[0] = 1, 1
    run(c, 40.0)
    assert (c.hosts.power_state[2], c.orders.phase[0]) == (PowerState.ABSENT, OrderPhase.DONE)
    assert c.hosts.power_w[2] == 0.0


def test_looking_only_when_something_is_due_gives_what_looking_in_every_tick_gives():
    quiet, restless = (patched(at_once=2, hosts=5) for _ in range(2))
    for c in (quiet, restless):
        c.orders.kind[4], c.orders.at_s[4], c.orders.standby_w[4] = OrderKind.ADD_HOST, 1_510.0, 15.0
        c.hosts.power_state[4], c.hosts.standby_w[4] = PowerState.ABSENT, 0.0
    run(quiet, 5_000.0)
    watch(restless, 5_000.0)
    assert (quiet.orders.phase == OrderPhase.DONE).all()
    assert quiet.hosts.state_since_s.tolist() == restless.hosts.state_since_s.tolist()
    assert quiet.vms.host.tolist() == restless.vms.host.tolist()
    assert quiet.ledger.interval == pytest.approx(restless.ledger.interval, rel=1e-9)


def test_work_on_hosts_is_counted_in_the_queue_as_work_on_files_is():
    c = patched(at_once=2, at_s=0.0)
    run(c, 20.0)
    assert tasks.num_open(c.orders, c.clock) == 4
    watch(c, 6_000.0)
    assert (c.counters.number[Happening.TASKS_DONE], tasks.num_open(c.orders, c.clock)) == (4.0, 0)
    assert c.counters.number[Happening.TASK_WAIT_S] == c.orders.began_at_s.sum() > 0.0


def test_a_host_that_is_to_join_in_an_outage_joins_when_virtualcenter_is_back():
    c = joined()
    c.clock.vc_returns_at_s[0] = 930.0
    run(c, 920.0)
    assert c.hosts.power_state[2] == PowerState.ABSENT
    run(c, 960.0)
    assert (c.hosts.power_state[2], c.hosts.state_since_s[2]) == (PowerState.ON, 930.0)
    assert c.counters.number[Happening.TASK_WAIT_S] == 930.0 - 610.0
