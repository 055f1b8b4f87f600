"""Timeline 5: VirtualCenter is down from 100 to 1900. Hosts, HA and a vMotion under way go on; management waits."""

from types import SimpleNamespace

import pytest

from tests.clusters import MB_PER_GB
from tests.managed import (
    look,
    managed,
    migrate,
    refusal_of_any,
    refusal_of_migration,
    refusal_of_wake,
    run,
    schedule,
    wake,
)
from vienv.core.enums import NO_HOST, IncidentKind, PowerState, Refusal, VmState
from vienv.core.virtualcenter import commands

DOWN_AT_S, BACK_AT_S = 100.0, 1900.0
LARGE, SECOND, DEAD = 0, 1, 3
"""A VM of 4 GB, the one asked for during the outage, and the host that dies."""


def story() -> SimpleNamespace:
    """Five VI3 hosts, the last in standby; ten VMs on the first three and two on the fourth, which dies at 300."""
    c = managed(hosts=5, vms=12, on=[0, 0, 0, 0, 1, 1, 1, 2, 2, 2, DEAD, DEAD], incidents=2, mhz=900.0)
    c.clock.tick_s[0], c.clock.ticks_per_interval[0] = 10.0, 30
    c.hosts.power_state[4] = PowerState.STANDBY
    c.vms.memory_mb[LARGE] = c.vms.touched_mb[LARGE] = c.vms.working_set_mb[LARGE] = 4.0 * MB_PER_GB
    c.vms.dirty_mb_s[LARGE] = 10.0
    schedule(c, IncidentKind.VC_OUTAGE, DOWN_AT_S, BACK_AT_S - DOWN_AT_S, row=0)
    schedule(c, IncidentKind.HOST_FAILURE, 300.0, 1e6, host=DEAD, row=1)
    return c


def test_the_vmotion_begun_at_90_ends_at_128():
    c = story()
    run(c, 90.0)
    migrate(c, LARGE, 1)
    down_s = run(c, 140.0)
    payload, dirty = 117.0, 10.0
    copied_s, rounds = 0.0, 0
    left_mb = 4.0 * MB_PER_GB
    while left_mb > c.vmotion.stop_mb:
        copied_s, left_mb, rounds = copied_s + left_mb / payload, dirty * left_mb / payload, rounds + 1
    assert c.migrations.ended_at_s[LARGE] == pytest.approx(90.0 + copied_s + left_mb / payload + 0.06, rel=1e-12)
    assert c.migrations.ended_at_s[LARGE] == pytest.approx(128.3, abs=0.1)
    assert c.vms.host[LARGE] == 1
    assert not down_s.any()


def test_a_second_vmotion_asked_for_at_110_is_refused():
    c = story()
    run(c, 90.0)
    assert refusal_of_any(c) == Refusal.ACCEPTED
    run(c, 110.0)
    assert refusal_of_any(c) == Refusal.VC_DOWN


def test_ha_restarts_the_dead_hosts_vms_from_315():
    c = story()
    run(c, 320.0)
    dead = [10, 11]
    assert (c.vms.state[dead] == VmState.STARTING).all()
    assert (c.vms.up_at_s[dead] - c.ha.guest_boot_s).tolist() == [315.0, 315.0]
    assert DEAD not in c.vms.host[dead]


def test_nothing_moves_and_nothing_wakes_until_1900_and_then_all_at_once():
    c = story()
    run(c, 90.0)
    migrate(c, LARGE, 1)
    run(c, 110.0)
    starts, wakes = eager_management(c, until_s=3000.0)
    assert min(starts) == min(wakes) == BACK_AT_S
    burst = [at_s for at_s in starts if at_s < BACK_AT_S + 10.0]
    assert len(burst) >= 2  # host 0 sends as many as VI3 lets it
    assert len(starts) > len(burst)


def eager_management(c: SimpleNamespace, until_s: float) -> tuple[list[float], list[float]]:
    """Ask in every tick for whatever levels or wakes, as DRS and DPM would; when vMotions and wakes began."""
    wakes = []
    while c.clock.now_s[0] < until_s:
        if refusal_of_any(c) == Refusal.ACCEPTED and refusal_of_wake(c, 4) == Refusal.ACCEPTED:
            wake(c, 4)
            wakes.append(float(c.clock.now_s[0]))
        for v in (1, 2, 3):
            goal = next((h for h in range(4) if refusal_of_migration(c, v, h) == Refusal.ACCEPTED), NO_HOST)
            if goal != NO_HOST and c.vms.host[v] == 0 and refusal_of_any(c) == Refusal.ACCEPTED:
                migrate(c, v, goal)
        run(c, float(c.clock.now_s[0]) + c.clock.tick_s[0])
        commands.open_interval(c.hosts, c.vms, c.clock)
        look(c)
    return [float(at_s) for at_s in c.migrations.started_at_s[1:4]], wakes


def test_what_waits_in_the_queue_starts_when_virtualcenter_is_back():
    c = story()
    run(c, 90.0)
    for v in (LARGE, SECOND, 2):  # two at a time: the third waits
        migrate(c, v, 1)
    run(c, 1910.0)
    assert c.migrations.started_at_s[2] == BACK_AT_S
