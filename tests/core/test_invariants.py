"""Each rule of `invariants` names the violation that is planted for it; a random run breaks none."""

import math

import numpy as np
import pytest

from tests.failover import protected
from tests.filed import filed, order
from tests.filed import run as run_files
from tests.managed import managed, migrate, plain, run
from vienv.core import invariants
from vienv.core.enums import NO_HOST, MigrationPhase, OrderKind, PowerState, Term, VmState

RULE = {number: words for number, words in enumerate(invariants.RULES) if number}


def violation(c):
    return plain(invariants.violation)(c.floats, c.ints, c.spans)


def flying():
    """Three hosts after a tick; VM 0 is in flight from host 0 to host 1, host 2 is empty."""
    c = managed(hosts=3, vms=3, on=[0, 0, 1], vmotion_setup_s=25.0)
    migrate(c, 0, 1)
    run(c, 20.0)
    return c


def queue_one_more(c):
    c.migrations.phase[1], c.migrations.source[1], c.migrations.destination[1] = MigrationPhase.QUEUED, 0, 1


def fly_beyond_the_limit(c):
    for v in range(2):
        c.migrations.phase[v], c.migrations.source[v], c.migrations.destination[v] = MigrationPhase.SWITCH_OVER, 0, 1
    c.hosts.vmotions[:2], c.clock.copying[0] = 2, 2
    c.hosts.vmotion_limit[:] = 1


def stored():
    """Two VMs whose files lie on an NFS share; VM 0's are copied to another by host 0, whose HA has a master."""
    c = filed(vms=2, num_orders=1)
    order(c, 0, OrderKind.BACKUP, 0, 0.0, datastore=1, option=1)
    run_files(c, 40.0)
    return c


def led():
    """Three hosts under vSphere 5's HA, whose last is master."""
    c = protected("vs5", hosts=3, vms=3)
    run(c, 20.0)
    return c


def clash(c):
    c.identities.identity[:] = 0


PLANTED_IN_PARTS = [
    (17, led, lambda c: c.hosts.rule_groups.__setitem__(0, 0) or c.vms.must_groups.__setitem__(0, 1)),
    (18, stored, lambda c: c.volumes.used_mb.__setitem__(0, 1.0)),
    (19, stored, lambda c: c.disks.stopped_at_s.__setitem__(1, 7.0)),
    (20, stored, lambda c: c.copies.rate_mb_s.__setitem__(0, 130.0)),
    (21, stored, lambda c: c.clock.transfers.__setitem__(0, 2)),
    (22, stored, clash),
    (23, led, lambda c: c.protection.leads_from_s.__setitem__(0, 0.0)),
    (24, flying, lambda c: c.hosts.vmkernel_mbps.__setitem__(1, 0.0)),
    (25, stored, lambda c: c.files.lost_at_s.__setitem__(1, 7.0)),
]


def sleep_with_a_vm(c, state):
    c.hosts.power_state[1] = state


PLANTED = [
    (1, lambda c: c.vms.host.__setitem__(2, NO_HOST)),
    (1, lambda c: c.vms.state.__setitem__(2, VmState.AWAITING_PLACEMENT)),
    (2, lambda c: c.vms.host.__setitem__(2, 3)),
    (2, lambda c: c.vms.host.__setitem__(2, -2)),
    (3, lambda c: sleep_with_a_vm(c, PowerState.FAILED)),
    (4, lambda c: sleep_with_a_vm(c, PowerState.STANDBY)),
    (4, lambda c: sleep_with_a_vm(c, PowerState.WAKING)),
    (4, lambda c: sleep_with_a_vm(c, PowerState.BOOTING)),
    (5, lambda c: c.vms.by_host.__setitem__(2, 0)),
    (5, lambda c: c.vms.by_host.__setitem__(slice(0, 2), [1, 1])),
    (5, lambda c: c.hosts.num_vms.__setitem__(1, 0)),
    (6, lambda c: c.hosts.reserved_mb.__setitem__(0, c.hosts.memory_capacity_mb[0] + 1.0)),
    (6, lambda c: c.hosts.reserved_mhz.__setitem__(0, c.hosts.cpu_capacity_mhz[0] + 1.0)),
    (7, lambda c: c.hosts.delivered_mhz.__setitem__(2, c.hosts.cpu_capacity_mhz[2] + 1.0)),
    (7, lambda c: c.hosts.vmotion_mhz.__setitem__(2, c.hosts.cpu_capacity_mhz[2] + 1.0)),
    (8, lambda c: c.vms.delivered_mhz.__setitem__(2, c.vms.demand_mhz[2] + 1.0)),
    (8, lambda c: c.vms.delivered_mhz.__setitem__(2, -1.0)),
    (8, lambda c: c.vms.delivered_mhz.__setitem__(2, math.nan)),
    (9, lambda c: c.migrations.source.__setitem__(0, 2)),
    (9, lambda c: c.migrations.destination.__setitem__(0, 0)),
    (10, lambda c: c.migrations.destination.__setitem__(0, 2) or c.hosts.power_state.__setitem__(2, 2)),
    (11, fly_beyond_the_limit),
    (12, queue_one_more),
    (12, lambda c: c.hosts.vmotions.__setitem__(0, 2)),
    (13, lambda c: c.vms.swapped_mb.__setitem__(1, -1.0)),
    (13, lambda c: c.vms.ballooned_mb.__setitem__(1, c.vms.touched_mb[1] + 1.0)),
    (14, lambda c: c.hosts.power_w.__setitem__(0, 14.9)),
    (14, lambda c: c.hosts.power_w.__setitem__(0, 300.1)),
    (14, lambda c: c.hosts.power_w.__setitem__(0, math.nan)),
    (15, lambda c: c.hosts.on_s.__setitem__(0, 20.1)),
    (15, lambda c: c.hosts.boot_tick_s.__setitem__(0, 0.1)),
    (15, lambda c: c.vms.up_s.__setitem__(0, -0.1)),
    (16, lambda c: c.ledger.episode.__setitem__(Term.ENERGY_KWH, math.inf)),
    (16, lambda c: c.ledger.interval.__setitem__(Term.VM_DOWN_S, -1.0)),
]


def test_a_cluster_with_a_vmotion_in_flight_breaks_no_rule():
    assert violation(flying()) == 0


@pytest.mark.parametrize(("number", "plant"), PLANTED, ids=[f"{n}-{k}" for k, (n, _) in enumerate(PLANTED)])
def test_a_planted_violation_is_named_by_its_rule(number, plant):
    c = flying()
    plant(c)
    assert violation(c) == number


@pytest.mark.parametrize(("number", "world", "plant"), PLANTED_IN_PARTS, ids=[str(n) for n, _, _ in PLANTED_IN_PARTS])
def test_a_planted_violation_in_a_part_is_named_by_its_rule(number, world, plant):
    c = world()
    assert violation(c) == 0
    plant(c)
    assert violation(c) == number


def test_every_rule_has_a_planted_violation():
    assert {number for number, *_ in PLANTED + PLANTED_IN_PARTS} == set(RULE)


def test_require_says_the_rule_in_words_with_world_and_tick():
    c = flying()
    invariants.require(c.floats, c.ints, c.spans)
    c.clock.world[0], c.hosts.on_s[0] = 12, -1.0
    with pytest.raises(RuntimeError, match=r"invariant 15 broken in world 12 at tick 1: a tick's seconds are negative"):
        invariants.require(c.floats, c.ints, c.spans)


def test_before_the_first_tick_no_watts_are_asked_for():
    c = managed()
    assert not np.any(c.hosts.power_w)
    assert violation(c) == 0
