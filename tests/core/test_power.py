import numpy as np
import pytest

from tests.clusters import cluster, settings
from tests.host_ticks import JOULES_PER_KWH, kwh, metric, run
from vienv.core import power
from vienv.core.enums import CURVE_POINTS, NO_HOST, Metric, MigrationPhase, PowerState, Term
from vienv.core.state import NEVER

DELL_2950_III = (157, 173, 189, 204, 217, 230, 243, 253, 262, 270, 276)  # SPECpower_ssj2008, 20071128-00013
DELL_R740 = (52.3, 129, 147, 170, 195, 224, 255, 292, 344, 408, 457)  # 20170829-00780


def sleeper():
    """Host 1 is empty and ordered to standby; shutdown takes 60 s, boot 240 s."""
    c = cluster(hosts=2, vms=1)
    c.hosts.power_state[1] = PowerState.ENTERING_STANDBY
    return c


def waker(**changes):
    """Host 1 was in standby and got the magic packet at 0; it would answer at 5 s."""
    c = cluster(hosts=2, vms=1)
    settings(c, **changes)
    c.hosts.power_state[1], c.hosts.ready_at_s[1] = PowerState.WAKING, 5.0
    return c


@pytest.mark.parametrize("watts", [DELL_2950_III, DELL_R740])
def test_published_specpower_points_are_reproduced_exactly(watts):
    c = cluster()
    c.power_curves.watts[CURVE_POINTS:] = watts  # host 1
    assert [power.host_watts(c.power_curves, 1, k / 10) for k in range(CURVE_POINTS)] == list(watts)


def test_watts_are_linear_between_specpower_points():
    c = cluster()
    c.power_curves.watts[:CURVE_POINTS] = DELL_2950_III
    assert power.host_watts(c.power_curves, 0, 0.25) == 0.5 * (189 + 204)
    assert power.host_watts(c.power_curves, 0, 0.98) == pytest.approx(270 + 0.8 * 6)


def test_watts_stay_at_the_ends_of_the_curve_outside_it():
    c = cluster()
    assert power.host_watts(c.power_curves, 0, -0.5) == 200.0
    assert power.host_watts(c.power_curves, 0, 1.7) == 300.0


def test_delivered_and_vmotion_cpu_both_draw_power():
    c = cluster(hosts=1, vms=1)
    c.hosts.delivered_mhz[0] = 3_000.0
    run(c, 20.0, draw=lambda c: (c.hosts.vmotion_mhz.fill(2_000.0), power_draw(c)))
    assert c.hosts.power_w[0] == 250.0
    assert kwh(c) == 250.0 * 20.0 / JOULES_PER_KWH


def power_draw(c):
    power.draw(c.hosts, c.power_curves, c.tariff, c.ledger, c.metrics, c.clock)


def test_energy_is_charged_at_the_price_of_the_hour_and_of_the_last_hour_after_the_tariff_ends():
    c = cluster(hosts=1, vms=1)
    c.tariff.eur_per_kwh[:] = np.arange(c.tariff.eur_per_kwh.size)
    for now_s, price in ((3599.0, 0.0), (3600.0, 1.0), (1e9, c.tariff.eur_per_kwh.size - 1.0)):
        c.clock.now_s[0], c.ledger.interval[:], c.hosts.on_s[0] = now_s, 0.0, 20.0
        power_draw(c)
        assert c.ledger.interval[Term.ENERGY_COST] == pytest.approx(kwh(c) * price)


def test_shutdown_begins_when_the_host_is_empty_and_charges_one_power_cycle_at_its_end():
    c = sleeper()
    run(c, 40.0)
    assert c.hosts.power_state[1] == PowerState.ENTERING_STANDBY
    assert c.hosts.ready_at_s[1] == 60.0
    assert c.ledger.interval[Term.POWER_CYCLES] == 0.0
    run(c, 300.0)
    assert c.hosts.power_state[1] == PowerState.STANDBY
    assert c.hosts.state_since_s[1] == 60.0
    assert c.hosts.ready_at_s[1] == NEVER
    assert c.ledger.interval[Term.POWER_CYCLES] == 1.0


def test_a_host_reaches_standby_inside_a_tick_and_draws_standby_watts_from_that_second():
    c = sleeper()
    c.hosts.shutdown_s[1] = 65.0
    run(c, 60.0)
    before = kwh(c)
    run(c, 80.0)
    assert c.hosts.power_w[1] == (200.0 * 5.0 + 15.0 * 15.0) / 20.0
    assert (kwh(c) - before) * JOULES_PER_KWH == pytest.approx(20 * 200.0 + 5 * 200.0 + 15 * 15.0)


def test_a_host_does_not_shut_down_while_a_vm_lives_on_it():
    c = sleeper()
    c.vms.host[0] = 1
    run(c, 600.0)
    assert c.hosts.power_state[1] == PowerState.ENTERING_STANDBY
    assert c.hosts.ready_at_s[1] == NEVER


@pytest.mark.parametrize("end", ["source", "destination"])
def test_a_host_does_not_shut_down_while_a_migration_touches_it(end):
    c = sleeper()
    c.clock.copying[0], c.migrations.phase[0] = 1, MigrationPhase.QUEUED
    getattr(c.migrations, end)[0] = 1
    run(c, 600.0)
    assert c.hosts.power_state[1] == PowerState.ENTERING_STANDBY
    c.clock.copying[0], c.migrations.phase[0], c.migrations.destination[0] = 0, MigrationPhase.NONE, NO_HOST
    run(c, 660.0)
    assert c.hosts.power_state[1] == PowerState.STANDBY


def test_an_answered_wake_leads_to_on_after_wake_and_boot():
    c = waker()
    run(c, 20.0)
    assert c.hosts.power_state[1] == PowerState.BOOTING
    assert (c.hosts.state_since_s[1], c.hosts.ready_at_s[1]) == (5.0, 245.0)
    run(c, 240.0)
    assert c.hosts.power_state[1] == PowerState.BOOTING
    run(c, 260.0)
    assert c.hosts.power_state[1] == PowerState.ON
    assert c.hosts.state_since_s[1] == 245.0
    assert (c.hosts.boot_tick_s[1], c.hosts.on_s[1]) == (5.0, 15.0)


def test_several_transitions_happen_in_one_tick_each_at_its_second():
    c = waker()
    c.hosts.boot_s[1] = 7.0
    run(c, 20.0)
    assert c.hosts.power_state[1] == PowerState.ON
    assert c.hosts.state_since_s[1] == 12.0
    assert (c.hosts.boot_tick_s[1], c.hosts.on_s[1]) == (12.0, 8.0)


def test_waking_and_booting_draw_peak_watts():
    c = waker()
    run(c, 300.0)
    assert metric(c, Metric.BOOT_ENERGY_KWH) * JOULES_PER_KWH == pytest.approx(300.0 * (5.0 + 240.0))
    assert kwh(c) * JOULES_PER_KWH == pytest.approx(200.0 * 300.0 + 300.0 * 245.0 + 200.0 * 55.0)


def test_a_wake_that_is_not_answered_leaves_the_host_out_until_it_is_repaired():
    c = waker(power_wake_failure_probability=1.0, power_wake_repair_s=600.0)
    run(c, 20.0)
    assert c.hosts.power_state[1] == PowerState.FAILED
    assert (c.hosts.ready_at_s[1], c.hosts.repair_at_s[1]) == (NEVER, 605.0)
    assert c.hosts.boot_tick_s[1] == 5.0
    assert metric(c, Metric.WAKE_FAILURES) == 1.0
    assert metric(c, Metric.HOST_FAILURES) == 0.0
    run(c, 840.0)
    assert c.hosts.power_state[1] == PowerState.BOOTING
    run(c, 860.0)
    assert c.hosts.power_state[1] == PowerState.ON
    assert c.hosts.state_since_s[1] == 845.0
    assert c.hosts.repair_at_s[1] == NEVER


def test_wakes_fail_as_often_as_their_probability_says():
    c = cluster(hosts=2000, vms=1)
    settings(c, power_wake_failure_probability=0.1)
    c.hosts.power_state[:], c.hosts.ready_at_s[:] = PowerState.WAKING, 5.0
    run(c, 20.0)
    assert 150 < metric(c, Metric.WAKE_FAILURES) < 250  # 200 expected, standard deviation 13


def test_whether_a_wake_is_answered_depends_on_seed_host_and_tick_alone():
    def outcome(seed, others_wake):
        c = cluster(hosts=64, vms=1)
        settings(c, power_wake_failure_probability=0.5, randomness_seed=seed)
        c.hosts.power_state[:] = PowerState.WAKING if others_wake else PowerState.ON
        c.hosts.power_state[32:] = PowerState.WAKING
        c.hosts.ready_at_s[c.hosts.power_state == PowerState.WAKING] = 5.0
        run(c, 20.0)
        return list(c.hosts.power_state[32:])

    assert outcome(7, True) == outcome(7, False)
    assert outcome(7, True) != outcome(8, True)


def test_halving_the_tick_gives_the_same_energy_and_states():
    def run_with(tick_s):
        c = cluster(hosts=4, vms=1, incidents=1)
        settings(c, power_wake_failure_probability=0.5)
        c.clock.tick_s[0] = tick_s
        c.hosts.power_state[1:] = PowerState.ENTERING_STANDBY, PowerState.BOOTING, PowerState.FAILED
        c.hosts.ready_at_s[2], c.hosts.repair_at_s[3], c.hosts.shutdown_s[1] = 33.0, 47.0, 61.5
        c.incidents.at_s[0], c.incidents.duration_s[0], c.incidents.host[0] = 111.0, 77.0, 2
        run(c, 600.0)
        return c

    coarse, fine = run_with(20.0), run_with(10.0)
    assert kwh(coarse) == pytest.approx(kwh(fine), rel=1e-9)
    assert list(coarse.hosts.power_state) == list(fine.hosts.power_state)
    assert list(coarse.hosts.state_since_s) == [0.0, 60.0 + 1.5, 111.0 + 77.0 + 240.0, 47.0 + 240.0]
