"""Timeline 12: a restart finds no host and has DPM wake one, whose boot takes 240 s; it waits and spends no retry."""

import pytest

from tests.clusters import settings
from tests.failover import count, protected, settings_of, started_at_s
from tests.managed import run, schedule
from vienv.core.enums import Happening, IncidentKind, Metric, PowerState, VmState
from vienv.core.state import NEVER

FOR_GOOD_S = 1e6
DIES_S = 100.0
SLEEPER = 2


def asleep(profile="vs5", vms=2, reserved=0.6, **changes):
    """Host 0 dies at 100 with its VMs; host 1 is full and master; host 2 is in standby."""
    c = protected(profile, hosts=3, vms=vms, incidents=1)
    waking = {"ha_wakes_for_capacity": 1, "power_wake_s": 0.0}
    settings(c, **(settings_of(profile) | waking | changes))
    c.vms.memory_reservation_mb[:] = reserved * c.hosts.memory_capacity_mb[0]
    c.vms.host[:], c.vms.host[-1] = 0, 1
    c.vms.memory_reservation_mb[-1] = 0.9 * c.hosts.memory_capacity_mb[0]
    c.clock.placement_changed[0] = 1
    c.hosts.power_state[SLEEPER] = PowerState.STANDBY
    if profile != "vs41":
        c.protection.leads_from_s[:] = NEVER, 0.0, NEVER
    schedule(c, IncidentKind.HOST_FAILURE, DIES_S, FOR_GOOD_S, 0)
    return c


def test_the_host_wakes_at_118_and_the_vm_starts_there_at_358():
    c = asleep()
    run(c, 120.0)
    assert c.hosts.power_state[SLEEPER] == PowerState.BOOTING
    assert c.hosts.ready_at_s[SLEEPER] == 118.0 + 240.0
    assert c.hosts.boot_tick_s[SLEEPER] == 2.0
    assert c.vms.restart_attempts[0] == 1  # it has tried, and spends nothing while it waits
    run(c, 360.0)
    assert (started_at_s(c)[0], c.vms.host[0], c.vms.restart_attempts[0]) == (358.0, SLEEPER, 1)
    assert count(c, Happening.WAKES_ASKED) == 1.0


@pytest.mark.parametrize(("wake_s", "start_s"), [(1.0, 359.0), (5.0, 363.0)])
def test_a_magic_packet_that_takes_its_time_comes_on_top(wake_s, start_s):
    c = asleep(power_wake_s=wake_s)
    run(c, 380.0)
    assert started_at_s(c)[0] == start_s


def test_vsphere_4_asks_too_and_vi3_does_not():
    c = asleep("vs41")
    run(c, 360.0)
    assert started_at_s(c)[0] == 115.0 + 240.0
    c = asleep("vs41", ha_wakes_for_capacity=0)
    run(c, 3600.0)
    assert c.hosts.power_state[SLEEPER] == PowerState.STANDBY
    assert c.vms.state[0] == VmState.DOWN


def test_nothing_wakes_while_virtualcenter_is_down_and_the_attempt_after_it_asks():
    c = asleep()
    c.clock.vc_returns_at_s[0] = 200.0
    run(c, 220.0)
    assert c.hosts.power_state[SLEEPER] == PowerState.STANDBY
    run(c, 500.0)
    assert c.vms.up_at_s[0] - 90.0 == 118.0 + 120.0 + 240.0


def test_one_host_is_woken_for_as_many_vms_as_it_holds():
    c = asleep(vms=4, reserved=0.3)
    run(c, 400.0)
    assert list(c.vms.host[:3]) == [SLEEPER] * 3
    assert count(c, Happening.WAKES_ASKED) == 1.0


def test_a_wake_that_is_not_answered_is_followed_by_the_usual_retries():
    c = asleep(power_wake_failure_probability=1.0, power_wake_repair_s=FOR_GOOD_S)
    run(c, 240.0)
    assert c.hosts.power_state[SLEEPER] == PowerState.FAILED
    assert c.metrics.value[Metric.WAKE_FAILURES] == 1.0
    assert (c.vms.restart_attempts[0], c.vms.restart_at_s[0]) == (2, 118.0 + 120.0 + 240.0)
