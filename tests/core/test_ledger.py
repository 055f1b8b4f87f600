"""What is charged: the terms in physical units, and the literature's SLA figures, on two or three hosts."""

import math

import pytest

from tests.managed import advance, arrive, managed, order_standby, run, schedule
from vienv.core import ledger
from vienv.core.enums import ConnectionState, IncidentKind, Metric, PowerState, Term, VmState
from vienv.core.state import NEVER

TICKS = 15


def charge(c, ticks=1):
    for _ in range(ticks):
        c.hosts.on_s[:] = (c.hosts.power_state <= PowerState.ENTERING_STANDBY) * 20.0
        ledger.charge(c.ledger, c.metrics, c.hosts, c.vms, c.clock)
        c.clock.tick[0] += 1
        c.clock.now_s[0] += c.clock.tick_s[0]
        ledger.book(c.ledger, c.metrics, c.hosts, c.clock)
        ledger.close_hour(c.ledger, c.metrics, c.hosts, c.clock)
    return c


def loaded(*loads, **changes):
    """Hosts whose VMs demand these shares of capacity; every VM is up and gets what it wants."""
    c = managed(hosts=len(loads), vms=1, mhz=0.0, **changes)
    c.hosts.demand_mhz[:] = [load * 10_000.0 for load in loads]
    c.vms.up_s[:] = 20.0
    return c


def imbalance(c):
    return c.ledger.interval[Term.IMBALANCE] * TICKS


# Imbalance


def test_imbalance_is_the_population_standard_deviation_of_load():
    assert imbalance(charge(loaded(0.2, 0.4, 0.9))) == pytest.approx(math.sqrt(0.26 / 3.0))


def test_overload_counts_above_1():
    assert imbalance(charge(loaded(1.8, 0.2))) == pytest.approx(0.8)


@pytest.mark.parametrize(("state", "counts"), [(state, state <= PowerState.ENTERING_STANDBY) for state in PowerState])
def test_hosts_that_are_on_or_entering_standby_count_and_no_others(state, counts):
    c = loaded(0.5, 0.5, 0.0)
    c.hosts.power_state[2] = state
    assert imbalance(charge(c)) == pytest.approx(math.sqrt(0.5 / 9.0) if counts else 0.0)


def test_a_host_in_maintenance_is_on_and_counts():
    c = loaded(0.5, 0.5, 0.0)
    c.hosts.connection[2] = ConnectionState.IN_MAINTENANCE
    assert imbalance(charge(c)) > 0.2


def test_an_interval_s_imbalance_is_the_mean_over_its_ticks():
    c = charge(loaded(0.6, 0.2), 5)
    c.hosts.demand_mhz[:] = 0.0
    assert charge(c, 10).ledger.interval[Term.IMBALANCE] == pytest.approx(0.2 / 3.0)


def test_with_no_host_on_there_is_no_imbalance():
    c = loaded(0.6, 0.2)
    c.hosts.power_state[:] = PowerState.FAILED
    assert imbalance(charge(c)) == 0.0


def test_the_hourly_imbalance_is_the_deviation_of_hourly_mean_loads():
    c = loaded(0.9, 0.1)
    charge(c, 90)
    c.hosts.demand_mhz[:] = [3000.0, 5000.0]
    charge(c, 89)
    assert c.metrics.value[Metric.IMBALANCE_HOURLY] == 0.0
    charge(c, 1)
    assert c.metrics.value[Metric.IMBALANCE_HOURLY] == pytest.approx((0.6 - 0.3) / 2.0)


def test_every_hour_is_judged_by_itself():
    c = charge(loaded(0.9, 0.1), 180)
    c.hosts.demand_mhz[:] = [2000.0, 4000.0]
    charge(c, 180)
    assert c.metrics.value[Metric.IMBALANCE_HOURLY] == pytest.approx(0.4 + 0.1)


def test_memory_imbalance_is_reported_and_not_billed():
    c = loaded(0.5, 0.5)
    c.hosts.consumed_mb[:] = c.hosts.memory_capacity_mb * [0.2, 0.6]
    assert imbalance(charge(c, 2)) == 0.0
    assert c.metrics.value[Metric.MEMORY_IMBALANCE] == pytest.approx(2 * 0.2)


def test_a_host_on_for_less_than_half_the_hour_is_left_out_of_it():
    c = loaded(0.9, 0.1, 0.5)
    charge(c, 89)
    c.hosts.power_state[2] = PowerState.STANDBY
    charge(c, 91)
    assert c.metrics.value[Metric.IMBALANCE_HOURLY] == pytest.approx(0.4)


# Downtime and what is not served


def test_a_vm_s_down_seconds_are_exact_within_a_tick():
    c = loaded(0.0, 0.0)
    c.vms.up_s[0] = 12.75
    assert charge(c).ledger.interval[Term.VM_DOWN_S] == pytest.approx(7.25)


def test_a_vm_is_down_from_the_second_it_arrives():
    c = loaded(0.0, 0.0)
    arrive(c, 0)
    c.vms.state[0], c.vms.up_s[0], c.vms.arrives_at_s[0] = VmState.NOT_ARRIVED, 0.0, 5.0
    assert charge(c).ledger.interval[Term.VM_DOWN_S] == 0.0
    c.clock.now_s[0], c.vms.state[0] = 0.0, VmState.AWAITING_PLACEMENT
    assert charge(c).ledger.interval[Term.VM_DOWN_S] == pytest.approx(15.0)


def test_unserved_cpu_and_memory_are_charged_for_the_seconds_up_only():
    c = loaded(0.0, 0.0)
    c.vms.demand_mhz[0], c.vms.delivered_mhz[0], c.vms.up_s[0] = 2000.0, 800.0, 5.0
    c.vms.active_mb[0], c.vms.unserved_mb[0] = 2048.0, 512.0
    charge(c)
    assert c.ledger.interval[Term.UNSERVED_CPU_GHZ_H] == pytest.approx(1.2 * 5.0 / 3600.0)
    assert c.ledger.interval[Term.UNSERVED_MEMORY_GB_H] == pytest.approx(0.5 * 5.0 / 3600.0)
    assert c.ledger.interval[Term.VM_DOWN_S] == pytest.approx(15.0)
    assert c.metrics.value[Metric.DEMAND_CPU_GHZ_H] == pytest.approx(2.0 * 5.0 / 3600.0)
    assert c.metrics.value[Metric.DEMAND_MEMORY_GB_H] == pytest.approx(2.0 * 5.0 / 3600.0)


def test_while_its_host_is_dead_a_vm_is_down_and_not_also_unserved():
    c = managed(vms=1, mhz=2000.0, incidents=1, ha_guest_boot_s=90.0)
    schedule(c, IncidentKind.HOST_FAILURE, 100.0, 1e6, host=0)
    run(c, 300.0)
    assert c.ledger.interval[Term.VM_DOWN_S] == pytest.approx(15.0 + 90.0)
    assert c.ledger.interval[Term.UNSERVED_CPU_GHZ_H] == 0.0


def test_demand_above_capacity_is_unserved():
    c = managed(hosts=1, vms=5, mhz=2500.0)
    run(c, 300.0)
    assert c.ledger.interval[Term.UNSERVED_CPU_GHZ_H] == pytest.approx(2.5 * 300.0 / 3600.0)


# Closing an interval


def test_closing_moves_the_interval_to_the_step_and_the_episode_and_keeps_it_as_the_last():
    c = loaded(0.6, 0.2)
    for _ in range(2):
        c.ledger.interval[Term.MIGRATIONS] = 3.0
        ledger.close_interval(c.ledger, c.metrics, c.hosts, c.vms, c.clock)
    assert (c.ledger.step[Term.MIGRATIONS], c.ledger.episode[Term.MIGRATIONS]) == (6.0, 6.0)
    assert c.ledger.last[Term.MIGRATIONS] == 3.0
    assert not c.ledger.interval.any()


def test_rule_violations_are_counted_once_an_interval():
    c = managed(vms=2, on=[0, 0])
    c.vms.apart_group[:] = 1
    advance(c)
    advance(c)
    assert c.ledger.episode[Term.RULE_VIOLATIONS] == 4.0  # both VMs, twice


def test_slatah_is_the_mean_share_of_its_time_on_that_a_host_was_full():
    c = charge(loaded(1.0, 0.99, 1.3), 3)
    c.hosts.demand_mhz[2] = 0.0
    charge(c, 1)
    ledger.close_interval(c.ledger, c.metrics, c.hosts, c.vms, c.clock)
    assert c.metrics.value[Metric.SLATAH] == pytest.approx((1.0 + 0.0 + 0.75) / 3.0)


def test_pdm_is_the_mean_share_of_its_cpu_that_a_vm_lost_to_its_own_migrations_and_slav_their_product():
    c = managed(vms=2)
    c.vms.requested_mhz_s[:], c.vms.degraded_mhz_s[:] = [1000.0, 0.0], [50.0, 0.0]
    c.hosts.on_total_s[:], c.hosts.full_total_s[:] = [100.0, 0.0], [40.0, 0.0]
    ledger.close_interval(c.ledger, c.metrics, c.hosts, c.vms, c.clock)
    assert c.metrics.value[Metric.PDM] == pytest.approx(0.025)
    assert c.metrics.value[Metric.SLATAH] == pytest.approx(0.2)
    assert c.metrics.value[Metric.SLAV] == pytest.approx(0.005)


def test_a_host_s_time_on_ends_when_it_sleeps():
    c = managed(vms=1, on=[0])
    c.hosts.shutdown_s[:] = 65.0
    order_standby(c, 1)
    run(c, 300.0)
    assert c.hosts.on_total_s == pytest.approx([300.0, 65.0])
    assert c.metrics.value[Metric.HOSTS_ON] == pytest.approx(365.0)


# Termination


def test_a_lost_cluster_is_charged_the_rest_of_the_episode_for_every_vm_that_there_is_or_will_be():
    c = managed(vms=5)
    c.vms.state[2:] = VmState.NOT_ARRIVED  # one that arrives later; a template; one that was retired
    c.vms.arrives_at_s[2:] = [81_000.0, NEVER, NEVER]
    c.clock.now_s[0] = 80_000.0
    ledger.charge_lost_cluster(c.ledger, c.vms, c.clock)
    assert c.ledger.step[Term.VM_DOWN_S] == c.ledger.episode[Term.VM_DOWN_S] == 3 * 6_400.0


def test_an_arrival_that_nobody_places_is_down_all_the_time():
    c = managed(vms=2)
    arrive(c, 1)
    advance(c)
    assert c.ledger.episode[Term.VM_DOWN_S] == 300.0
