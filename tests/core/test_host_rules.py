"""VM-host rules ("must run on"): every way on to a host that a rule bars is closed."""

from tests.managed import (
    arrive,
    managed,
    migrate,
    refusal_of_migration,
    refusal_of_placement,
    refusal_of_standby,
    run,
    schedule,
)
from vienv.core import headroom
from vienv.core.enums import ConnectionState, IncidentKind, MigrationPhase, Refusal, VmState
from vienv.core.rules import allow

LICENSED = 1 << 3


def licensed(hosts=(0, 1), **changes):
    """Three hosts; VM 0 runs on the first and must run on one of those named."""
    c = managed(hosts=3, vms=3, on=[0, 1, 2], **changes)
    c.hosts.rule_groups[list(hosts)] = LICENSED
    c.vms.must_groups[0] = LICENSED
    return c


def test_vmotion_to_a_host_outside_the_rule_is_refused():
    c = licensed()
    assert refusal_of_migration(c, 0, 1) == Refusal.ACCEPTED
    assert refusal_of_migration(c, 0, 2) == Refusal.HOST_RULE
    assert refusal_of_migration(c, 1, 2) == Refusal.ACCEPTED  # whom the rule does not bind


def test_power_on_at_a_host_outside_the_rule_is_refused():
    c = licensed()
    arrive(c, 0)
    assert refusal_of_placement(c, 0, 1) == Refusal.ACCEPTED
    assert refusal_of_placement(c, 0, 2) == Refusal.HOST_RULE


def test_a_vm_obeys_all_its_rules_at_once():
    c = licensed()
    other = 1 << 61
    c.vms.must_groups[0] |= other
    assert [allow(c.hosts, c.vms, 0, h) for h in range(3)] == [False] * 3
    c.hosts.rule_groups[1] |= other
    assert [allow(c.hosts, c.vms, 0, h) for h in range(3)] == [False, True, False]


def test_an_evacuation_takes_the_vm_to_a_host_of_the_rule_though_another_is_less_loaded():
    c = licensed(mhz=[500.0, 3000.0, 0.0], incidents=1)
    schedule(c, IncidentKind.MAINTENANCE, 0.0, 3600.0, host=0)
    run(c, 60.0)
    assert c.vms.host[0] == 1


def test_a_host_whose_vm_the_rule_leaves_no_other_host_is_not_sent_to_standby():
    c = licensed(hosts=[0])
    assert refusal_of_standby(c, 0) == Refusal.NO_EVACUATION_PLAN
    c.vms.must_groups[0] = 0
    assert refusal_of_standby(c, 0) == Refusal.ACCEPTED


def test_maintenance_waits_for_a_vm_that_the_rule_leaves_no_other_host():
    c = licensed(hosts=[0], incidents=1)
    schedule(c, IncidentKind.MAINTENANCE, 0.0, 3600.0, host=0)
    run(c, 600.0)
    assert (c.vms.host[0], c.hosts.connection[0]) == (0, ConnectionState.ENTERING_MAINTENANCE)


def test_ha_restarts_the_vm_within_its_rule_though_another_host_has_more_room():
    c = licensed(incidents=1)
    c.vms.memory_reservation_mb[1] = 8 * 1024.0
    schedule(c, IncidentKind.HOST_FAILURE, 100.0, 36_000.0, host=0)
    run(c, 120.0)
    assert (c.vms.state[0], c.vms.host[0]) == (VmState.STARTING, 1)


def test_ha_lets_the_vm_wait_for_its_host_where_the_rule_names_no_other():
    c = licensed(hosts=[0], incidents=1)
    schedule(c, IncidentKind.HOST_FAILURE, 100.0, 3600.0, host=0)
    down_s = run(c, 4100.0)
    assert c.vms.host[0] == 0
    assert down_s[0] == 3600.0 + 240.0 + 90.0


def test_a_queued_vmotion_is_given_up_if_the_rule_has_come_meanwhile():
    c = licensed()
    c.vms.must_groups[0] = 0
    migrate(c, 0, 2)
    c.vms.must_groups[0] = LICENSED
    run(c, 20.0)
    assert (c.vms.host[0], c.migrations.phase[0]) == (0, MigrationPhase.NONE)
    assert c.migrations.failed_at_s[0] == 0.0


def test_a_bound_vm_is_not_plain_so_that_the_mask_asks_its_judges():
    c = licensed()
    headroom.survey(c.largest, c.vms, c.datastores, c.hosts, c.paths, c.power_curves)
    assert c.vms.is_plain.tolist() == [0, 1, 1]
