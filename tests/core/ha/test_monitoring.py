"""VM monitoring: a guest that hangs is down while its VM runs, and is reset where it is."""

import pytest

from tests.clusters import cluster, settings, stir
from tests.failover import NUM_COUNTERS, count
from tests.managed import run, schedule
from vienv.core.enums import Happening, IncidentKind, MigrationPhase, VmState
from vienv.core.state import NEVER

FOR_GOOD_S = 1e6
HIGH = {"ha_monitoring_s": 90.0, "ha_reset_window_s": 3600.0}


def hanging(*times_s, owner_s=FOR_GOOD_S, vms=2, incidents=None, **changes):
    """VM 0's guest hangs at each of those seconds."""
    incidents = incidents or len(times_s)
    c = cluster(hosts=2, vms=vms, incidents=incidents, guests=vms, counters=NUM_COUNTERS)
    settings(c, **changes)
    for row, at_s in enumerate(times_s):
        schedule(c, IncidentKind.GUEST_FAILURE, at_s, owner_s, row=row)
        c.incidents.vm[row] = 0
    return c


@pytest.mark.parametrize(("monitoring_s", "down_s"), [(90.0, 180.0), (120.0, 210.0), (180.0, 270.0)])
def test_a_hung_guest_is_down_until_it_is_reset_and_has_booted(monitoring_s, down_s):
    c = hanging(107.0, ha_monitoring_s=monitoring_s)
    assert list(run(c, 600.0)) == [down_s, 0.0]
    assert c.vms.host[0] == 0
    assert count(c, Happening.GUEST_RESETS) == 1.0


def test_a_hung_guest_runs_on_until_its_reset_at_197():
    c = hanging(107.0, **HIGH)
    run(c, 180.0)
    assert c.vms.state[0] == VmState.RUNNING
    assert c.vms.up_s[0] == 0.0
    run(c, 200.0)
    assert (c.vms.state[0], c.vms.up_at_s[0]) == (VmState.STARTING, 107.0 + 90.0 + 90.0)


def test_a_guest_stays_hung_over_ticks_that_are_still_and_over_one_that_is_worked_out_anew():
    c = hanging(107.0)
    run(c, 400.0)  # nobody resets it, and its host falls still
    assert c.vms.up_s[0] == 0.0
    stir(c)
    run(c, 420.0)
    assert c.vms.up_s[0] == 0.0


def test_a_guest_is_reset_three_times_within_the_window_and_then_left_to_its_owner():
    times_s = (100.0, 700.0, 1300.0, 1900.0, 5000.0)
    c = hanging(*times_s, owner_s=1200.0, **HIGH)
    assert run(c, 7000.0)[0] == 3 * (90.0 + 90.0) + (1200.0 + 90.0) + (90.0 + 90.0)
    assert count(c, Happening.GUEST_RESETS) == 4.0  # the fifth falls into a window of its own


def test_without_monitoring_a_guest_waits_for_its_owner():
    c = hanging(107.0, owner_s=1000.0)
    assert run(c, 3000.0)[0] == 1000.0 + 90.0
    assert count(c, Happening.GUEST_RESETS) == 0.0


def test_an_owner_who_is_faster_spares_a_reset():
    c = hanging(107.0, owner_s=50.0, **HIGH)
    assert run(c, 3000.0)[0] == 50.0 + 90.0
    assert count(c, Happening.GUEST_RESETS) == 0.0


def test_a_guest_that_is_not_up_is_spared():
    c = hanging(107.0, **HIGH)
    c.vms.state[0], c.vms.up_at_s[0] = VmState.STARTING, 110.0
    assert run(c, 600.0)[0] == 110.0


def test_a_host_that_dies_takes_a_hung_guest_down_and_its_restart_mends_it():
    c = hanging(107.0, incidents=2, **HIGH)
    schedule(c, IncidentKind.HOST_FAILURE, 150.0, FOR_GOOD_S, 0, row=1)
    assert run(c, 600.0)[0] == (150.0 - 107.0) + 15.0 + 90.0
    assert c.guests.silent_from_s[0] == c.guests.reset_at_s[0] == NEVER
    assert count(c, Happening.GUEST_RESETS) == 0.0


def test_a_hung_guest_keeps_its_cpu_and_is_not_also_unserved():
    c = hanging(107.0)
    c.workload.demand[:] = 0.5
    run(c, 200.0)
    assert c.vms.delivered_mhz[0] == c.vms.demand_mhz[0] > 0.0
    assert c.hosts.unserved_mhz_s[0] == 0.0
    assert c.hosts.down_s[0] == 20.0


def test_a_vm_in_a_vmotion_is_reset_when_that_has_ended():
    c = hanging(107.0, **HIGH)
    c.vms.memory_mb[0] = c.vms.touched_mb[0] = 16_384.0  # 140 s at 117 MB/s
    c.hosts.memory_managed_mb[:] = c.hosts.memory_capacity_mb[:] = 65_536.0
    c.vms.dirty_mb_s[:] = 0.0
    run(c, 180.0)
    c.migrations.phase[0], c.migrations.source[0], c.migrations.destination[0] = MigrationPhase.QUEUED, 0, 1
    c.migrations.order[0], c.clock.copying[0], c.clock.placement_changed[0] = 0, 1, 1
    run(c, 400.0)
    ended_s = c.migrations.ended_at_s[0]
    assert ended_s > 197.0
    assert (c.vms.host[0], c.vms.up_at_s[0]) == (1, ended_s + 90.0)
