"""Failover hosts come first, 32 VMs are powered on at a time, and a rule that HA breaks is counted."""

import pytest

from tests.clusters import cluster, settings
from tests.failover import count, hear, protected, started_at_s
from tests.managed import refusal_of_migration, refusal_of_standby, run, schedule
from vienv.core import admission
from vienv.core.enums import ONE_CLUSTER, AdmissionPolicy, ConnectionState, Happening, IncidentKind, Refusal, VmState
from vienv.core.rules import violations

FOR_GOOD_S = 1e6
RESERVE = 3


def reserved(vms=4, **changes):
    """Host 3 of four is a failover host and empty; host 0 dies at 100."""
    c = cluster(hosts=4, vms=vms, incidents=1)
    settings(c, ha_admission_policy=AdmissionPolicy.FAILOVER_HOSTS, **changes)
    c.hosts.connection[RESERVE] = ConnectionState.FAILOVER
    c.vms.host[:], c.clock.placement_changed[0] = [v % 3 for v in range(vms)], 1
    schedule(c, IncidentKind.HOST_FAILURE, 100.0, 3600.0, 0)
    return c


def test_restarts_go_to_the_failover_host_though_others_have_more_room():
    c = reserved(vms=6)
    c.vms.memory_reservation_mb[:] = 1024.0
    run(c, 300.0)
    assert list(c.vms.host[[0, 3]]) == [RESERVE, RESERVE]


def test_restarts_go_elsewhere_once_the_failover_host_is_full():
    c = reserved(vms=6)
    c.vms.memory_reservation_mb[[0, 3]] = 0.6 * c.hosts.memory_capacity_mb[0]
    run(c, 300.0)
    assert c.vms.host[0] == RESERVE
    assert c.vms.host[3] in (1, 2)


def test_nobody_else_may_use_a_failover_host_and_it_does_not_sleep():
    c = reserved()
    assert refusal_of_migration(c, 1, RESERVE) == Refusal.FAILOVER_HOST
    assert refusal_of_standby(c, RESERVE) == Refusal.FAILOVER_HOST
    assert refusal_of_migration(c, 1, 2) == Refusal.ACCEPTED


def test_a_vm_may_leave_a_failover_host_that_took_its_restart():
    c = reserved()
    run(c, 400.0)
    assert c.vms.host[0] == RESERVE
    assert refusal_of_migration(c, 0, 1) == Refusal.ACCEPTED


def test_a_failover_host_that_was_repaired_is_one_again():
    c = reserved()
    schedule(c, IncidentKind.HOST_FAILURE, 100.0, 300.0, RESERVE)
    run(c, 800.0)
    assert c.hosts.connection[RESERVE] == ConnectionState.FAILOVER


def test_failover_hosts_are_the_reserve_so_that_admission_control_asks_for_no_other():
    c = reserved()
    counted = admission.failover(c.hosts, c.vms, c.migrations, c.ha, ONE_CLUSTER)
    assert counted.hosts == 3
    assert admission.allows_one_less(c.hosts, c.ha, counted, 0)
    assert admission.failover_slack(c.hosts, c.ha, counted, 1) == 2


@pytest.mark.parametrize(("vms", "last_s"), [(32, 115.0), (33, 125.0), (64, 125.0), (65, 135.0)])
def test_a_host_powers_on_32_vms_at_a_time(vms, last_s):
    c = cluster(hosts=2, vms=vms, incidents=1)
    settings(c, ha_power_on_s=10.0)
    c.hosts.memory_capacity_mb[:] = c.hosts.memory_managed_mb[:] = 131_072.0
    c.vms.host[:], c.clock.placement_changed[0] = 0, 1
    schedule(c, IncidentKind.HOST_FAILURE, 100.0, FOR_GOOD_S, 0)
    run(c, 120.0)
    starts = sorted(started_at_s(c))
    assert starts[:32] == [115.0] * 32
    assert starts[-1] == last_s
    assert sum(s == last_s for s in starts) == (vms - 1) % 32 + 1


def test_two_hosts_power_on_64_between_them():
    c = cluster(hosts=3, vms=64, incidents=1)
    settings(c, ha_power_on_s=10.0)
    c.hosts.memory_capacity_mb[:] = c.hosts.memory_managed_mb[:] = 131_072.0
    c.vms.host[:], c.clock.placement_changed[0] = 0, 1
    schedule(c, IncidentKind.HOST_FAILURE, 100.0, FOR_GOOD_S, 0)
    run(c, 120.0)
    assert list(started_at_s(c)) == [115.0] * 64


def parted(profile, **changes):
    """VMs 0 and 1 must be apart on hosts 0 and 1; host 0 dies at 100 and host 2 is full."""
    c = protected(profile, hosts=3, vms=3, incidents=1, **changes)
    c.vms.apart_group[:2] = 0
    c.vms.memory_reservation_mb[2] = 0.99 * c.hosts.memory_capacity_mb[2]
    c.clock.placement_changed[0] = 1
    schedule(c, IncidentKind.HOST_FAILURE, 100.0, FOR_GOOD_S, 0)
    return c


@pytest.mark.parametrize(("profile", "after_s"), [("vi3", 15.0), ("vs5", 18.0)])
def test_ha_breaks_a_rule_rather_than_leave_a_vm_down(profile, after_s):
    c = parted(profile)
    run(c, 120.0)
    assert (c.vms.host[0], started_at_s(c)[0]) == (1, 100.0 + after_s)
    assert count(c, Happening.RULES_BROKEN_BY_HA) == 1.0
    run(c, 300.0)
    assert violations(c.vms) == 2


def test_ha_that_respects_rules_leaves_it_down():
    c = parted("vs6", ha_respects_apart=1)
    run(c, 300.0)
    assert c.vms.state[0] == VmState.DOWN
    assert count(c, Happening.RULES_BROKEN_BY_HA) == 0.0


def test_a_restart_that_breaks_no_rule_is_not_counted():
    c = parted("vs5")
    c.vms.memory_reservation_mb[1:], c.clock.placement_changed[0] = (4096.0, 0.0), 1
    run(c, 300.0)
    assert c.vms.host[0] == 2
    assert count(c, Happening.RULES_BROKEN_BY_HA) == 0.0


def test_restarts_stay_within_the_segment_of_the_host_that_died():
    c = protected("vs6", hosts=6, vms=6, incidents=1)
    for h in range(2, 6):
        hear(c, h, 1, 0.0)
    c.vms.memory_reservation_mb[[0, 1]] = 0.6 * c.hosts.memory_capacity_mb[0]
    c.clock.placement_changed[0] = 1
    schedule(c, IncidentKind.HOST_FAILURE, 100.0, FOR_GOOD_S, 0)
    run(c, 300.0)
    assert c.vms.state[0] == VmState.DOWN  # host 1 has no room, and the four others do not hear that it died
    for h in range(2, 6):
        hear(c, h, 0, 300.0)
    run(c, 320.0)
    assert c.vms.host[0] > 1
