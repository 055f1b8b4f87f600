"""Several clusters under one VirtualCenter: what each keeps for itself, and what may cross."""

from types import SimpleNamespace

import numpy as np
import pytest

from tests.managed import (
    arrive,
    look,
    managed,
    migrate,
    order_standby,
    refusal_of_migration,
    refusal_of_placement,
    refusal_of_standby,
    refusal_of_wake,
    run,
    schedule,
)
from vienv.core import headroom
from vienv.core.enums import (
    NO_VM,
    AdmissionPolicy,
    ConnectionState,
    IncidentKind,
    MigrationPhase,
    PowerState,
    Refusal,
    Term,
    VmState,
)
from vienv.core.ha import roles
from vienv.core.state import NEVER
from vienv.core.virtualcenter import commands
from vienv.envs import planned
from vienv.envs.mask import refusal_of_pick, refusal_to_go
from vienv.envs.recommendation import recommend

A, B = (0, 1), (2, 3)
OUT_FOR_GOOD_S = 1e9


def two_clusters(on: list[int], mhz: float | list[float] = 500.0, incidents: int = 0, **changes: object):
    """Hosts 0 and 1 are cluster A, 2 and 3 cluster B; `on` names each VM's host."""
    more = changes.pop("rows", {})
    c = managed(hosts=4, vms=len(on), on=on, mhz=mhz, incidents=incidents, rows={"clusters": 2, **more}, **changes)
    c.hosts.cluster[:] = [0, 0, 1, 1]
    return c


def slots(on: list[int], **changes: object) -> SimpleNamespace:
    """Admission control by slots of 5,000 MHz, two a host: with one failure to survive a cluster has two in all."""
    admission = {"ha_admission_policy": AdmissionPolicy.SLOTS, "ha_slot_mhz": 5000.0, "ha_slot_mb": 1.0}
    return two_clusters(on, **(admission | changes))


def refusal_of_going(c: SimpleNamespace, v: int, h: int) -> int:
    look(c)
    return refusal_to_go(c.pools, c.hosts, c.vms, c.migrations, c.paths, c.vmotion, c.ha, v, h)


def recommended(c: SimpleNamespace) -> list[tuple[int, int, float]]:
    look(c)
    r = c.recommendations
    recommend(
        r, c.clusters, c.pools, c.hosts, c.vms, c.migrations, c.paths, c.vm_statistics, c.host_statistics, c.vmotion,
        c.ha, c.virtual_center, c.preferences, True, False,
    )  # fmt: skip
    return [(int(v), int(h), float(g)) for v, h, g in zip(r.vm, r.destination, r.gain, strict=True) if v != NO_VM]


def test_ha_restarts_a_vm_in_its_own_cluster_though_the_other_is_empty():
    c = two_clusters([0, 0, 1, 1], incidents=1)
    schedule(c, IncidentKind.HOST_FAILURE, 100.0, OUT_FOR_GOOD_S, host=0)
    assert run(c, 600.0).tolist() == [105.0, 105.0, 0.0, 0.0]
    assert c.vms.host.tolist() == [1, 1, 1, 1]


def test_ha_never_uses_the_other_cluster_even_if_its_own_is_lost():
    c = two_clusters([0, 1, 1], incidents=2)
    for row, h in enumerate(A):
        schedule(c, IncidentKind.HOST_FAILURE, 100.0, OUT_FOR_GOOD_S, host=h, row=row)
    run(c, 4000.0)
    assert c.vms.state.tolist() == [VmState.DOWN] * 3
    assert set(c.vms.host.tolist()) == set(A)
    assert c.hosts.power_state[2:].tolist() == [PowerState.ON] * 2


def test_ha_waits_for_a_host_of_its_own_cluster_that_wakes_and_asks_for_no_other():
    c = two_clusters([0, 0], incidents=1, rows={"counters": 12}, ha_wakes_for_capacity=1)
    c.hosts.power_state[[1, 3]] = PowerState.STANDBY
    c.hosts.vmkernel_mbps[1] = 0.0  # nobody can wake it
    schedule(c, IncidentKind.HOST_FAILURE, 100.0, OUT_FOR_GOOD_S, host=0)
    run(c, 600.0)
    assert c.hosts.power_state.tolist() == [PowerState.FAILED, PowerState.STANDBY, PowerState.ON, PowerState.STANDBY]
    assert c.vms.restart_attempts.tolist() == [3, 3]  # at 115, 235 and 475 s: none is spared


def with_heartbeats(has_master: int, on: list[int], incidents: int) -> SimpleNamespace:
    """Heartbeats in four hosts, two a cluster; as masters the last of each, as primaries all."""
    c = two_clusters(on, incidents=incidents, rows={"protected_hosts": 4, "guests": len(on)}, ha_has_master=has_master)
    c.clock.has_more[0] = 1
    c.protection.segment[:] = [roles.segment_in_cluster(k, 0) for k in (0, 0, 1, 1)]
    if has_master:
        c.protection.leads_from_s[[1, 3]] = 0.0
    return c


def test_a_cluster_s_master_is_missed_in_its_own_cluster_only():
    c = with_heartbeats(1, [0, 1, 2], incidents=1)
    schedule(c, IncidentKind.HOST_FAILURE, 100.0, OUT_FOR_GOOD_S, host=1)
    assert run(c, 600.0).tolist() == [0.0, 35.0 + 90.0, 0.0]
    assert c.vms.host.tolist() == [0, 0, 2]
    assert [roles.is_master(c.protection, h) for h in range(4)] == [True, False, False, True]


def test_the_primaries_of_one_cluster_do_not_order_the_restarts_of_another():
    c = with_heartbeats(0, [0, 1, 2], incidents=1)
    c.protection.is_primary[:] = [1, 0, 1, 1]
    schedule(c, IncidentKind.HOST_FAILURE, 100.0, OUT_FOR_GOOD_S, host=0)
    run(c, 20.0)
    assert c.protection.is_primary.tolist() == [1, 1, 1, 1]  # promoted up to five a cluster
    c = with_heartbeats(0, [0, 1, 2], incidents=2)
    for row, h in enumerate(A):
        schedule(c, IncidentKind.HOST_FAILURE, 100.0, OUT_FOR_GOOD_S, host=h, row=row)
    run(c, 600.0)
    assert c.vms.state.tolist() == [VmState.DOWN, VmState.DOWN, VmState.RUNNING]


def test_admission_control_of_a_full_cluster_refuses_though_the_other_has_room():
    c = slots([0, 1, 2, 0])
    arrive(c, 3)
    assert [refusal_of_placement(c, 3, h) for h in range(4)] == [Refusal.ADMISSION_CONTROL] * 2 + [Refusal.ACCEPTED] * 2
    look(c)
    assert refusal_of_pick(c.pools, c.hosts, c.vms, c.migrations, c.paths, c.vmotion, c.ha, 3) == Refusal.ACCEPTED


def test_an_arrival_is_recommended_to_the_cluster_that_has_room_for_it():
    c = slots([0, 1, 2, 0], mhz=[500.0, 500.0, 4000.0, 500.0])
    arrive(c, 3)
    assert [(v, h) for v, h, _ in recommended(c)] == [(3, 3)]


def test_an_administrator_may_move_a_vm_to_another_cluster_if_admission_control_there_allows():
    c = slots([0, 2, 2, 3])
    assert refusal_of_going(c, 0, 2) == Refusal.ADMISSION_CONTROL  # B has two slots, and more VMs
    assert refusal_of_going(c, 0, 1) == Refusal.ACCEPTED
    assert refusal_of_going(c, 1, 0) == Refusal.ACCEPTED
    migrate(c, 1, 0)
    assert refusal_of_going(c, 2, 1) == Refusal.ADMISSION_CONTROL  # the first is on its way: it counts there already
    run(c, 60.0)
    assert (c.vms.host[1], c.migrations.phase[1]) == (0, MigrationPhase.NONE)


def test_a_vm_that_has_crossed_belongs_to_its_new_cluster():
    c = two_clusters([0, 1], incidents=1)
    schedule(c, IncidentKind.HOST_FAILURE, 100.0, OUT_FOR_GOOD_S, host=2)
    migrate(c, 0, 2)
    run(c, 60.0)
    assert c.vms.host[0] == 2
    run(c, 600.0)
    assert c.vms.host.tolist() == [3, 1]


def test_dpm_keeps_each_cluster_s_own_minimum_and_last_host():
    c = two_clusters([0, 2, 3], power_minimum_hosts_on=1, ha_is_enabled=0)
    assert [refusal_of_standby(c, h) for h in range(4)] == [Refusal.ACCEPTED] * 4
    order_standby(c, 1)
    assert [refusal_of_standby(c, h) for h in (0, 2)] == [Refusal.LAST_PEER, Refusal.ACCEPTED]
    c = two_clusters([0, 2, 3], power_minimum_hosts_on=2)
    assert [refusal_of_standby(c, h) for h in range(4)] == [Refusal.MINIMUM_HOSTS] * 4


def test_a_host_is_woken_by_a_peer_of_its_own_cluster():
    c = two_clusters([2])
    c.hosts.power_state[:2] = PowerState.STANDBY
    assert refusal_of_wake(c, 0) == Refusal.NO_PEER_TO_WAKE
    c.hosts.power_state[1] = PowerState.ON
    assert refusal_of_wake(c, 0) == Refusal.ACCEPTED


def test_an_evacuation_stays_within_the_cluster():
    c = two_clusters([0, 0, 1], mhz=[4000.0, 4000.0, 3000.0], ha_is_enabled=0)
    assert refusal_of_standby(c, 0) == Refusal.NO_EVACUATION_PLAN  # 11,000 MHz on host 1; B is empty
    assert refusal_of_standby(c, 1) == Refusal.NO_EVACUATION_PLAN
    assert refusal_of_standby(c, 2) == Refusal.ACCEPTED


@pytest.mark.parametrize("h", range(4))
def test_a_host_in_maintenance_is_emptied_within_its_cluster(h: int):
    c = two_clusters([0, 1, 2, 3], incidents=1)
    schedule(c, IncidentKind.MAINTENANCE, 40.0, 3600.0, host=h)
    run(c, 200.0)
    assert c.hosts.connection[h] == ConnectionState.IN_MAINTENANCE
    assert c.vms.host[h] == {0: 1, 1: 0, 2: 3, 3: 2}[h]


def test_maintenance_waits_for_the_cluster_s_own_minimum():
    c = two_clusters([0, 2], incidents=1, power_minimum_hosts_on=2)
    schedule(c, IncidentKind.MAINTENANCE, 40.0, 3600.0, host=0)
    run(c, 200.0)
    assert c.hosts.connection[0] == ConnectionState.CONNECTED


def test_recommendations_stay_within_a_cluster_and_promise_the_fall_of_its_own_deviation():
    c = two_clusters([0, 0, 1, 2, 2], mhz=[3000.0, 2000.0, 1000.0, 4000.0, 1000.0])
    rows = recommended(c)
    assert {(v, h) for v, h, _ in rows} == {(0, 1), (1, 1), (3, 3), (4, 3)}
    gains = {v: gain for v, _, gain in rows}
    assert gains[1] == pytest.approx(np.std([0.5, 0.1]) - np.std([0.3, 0.3]))
    assert gains[4] == pytest.approx(np.std([0.5, 0.0]) - np.std([0.4, 0.1]))


def test_imbalance_is_the_mean_of_the_clusters_weighted_by_their_hosts_that_are_on():
    c = two_clusters([0, 2, 2], mhz=[4000.0, 1000.0, 2000.0])
    c.clock.has_more[0] = 1
    c.hosts.power_state[1] = PowerState.STANDBY
    run(c, 600.0)
    assert c.clusters.imbalance.tolist() == [0.0, pytest.approx(0.15)]
    assert c.ledger.tick[Term.IMBALANCE] * 15 == pytest.approx((0.0 * 1 + 0.15 * 2) / 3)
    look(c)
    assert planned.planned_imbalance(c.hosts, c.host_statistics) == (3, pytest.approx(0.1))


def test_the_shortcuts_do_not_take_another_cluster_s_room_for_their_own():
    c = two_clusters([0, 0, 1], mhz=[4000.0, 4000.0, 3000.0])
    look(c)
    headroom.survey(c.largest, c.vms, c.datastores, c.hosts, c.paths, c.power_curves)
    headroom.measure(c.largest, c.hosts, c.vms, c.migrations, c.vm_statistics)
    hs, vs = c.host_statistics, c.vm_statistics
    receivers = headroom.count_receivers(c.hosts, c.largest, hs, c.vmotion, c.virtual_center)
    assert not headroom.has_certain_plan(
        c.hosts, c.vms, c.migrations, c.largest, vs, hs, c.clock, c.vmotion, c.virtual_center, receivers, 1
    )


def test_all_is_lost_only_when_every_cluster_is():
    c = two_clusters([0, 2])
    c.hosts.power_state[:2], c.hosts.repair_at_s[:2] = PowerState.FAILED, NEVER
    commands.judge_loss(c.hosts, c.clock)
    assert c.clock.is_terminated[0] == 0
    c.hosts.power_state[2:], c.hosts.repair_at_s[2:] = PowerState.FAILED, NEVER
    commands.judge_loss(c.hosts, c.clock)
    assert c.clock.is_terminated[0] == 1


def test_a_refused_move_names_the_same_reasons_as_before_within_and_across():
    c = two_clusters([0, 2])
    c.hosts.cpu_class[3] = 1
    assert refusal_of_migration(c, 0, 3) == Refusal.CPU_CLASS
    assert refusal_of_migration(c, 0, 2) == refusal_of_migration(c, 0, 1) == Refusal.ACCEPTED


def test_where_drs_ranks_by_score_the_gain_is_the_rise_of_its_own_cluster_s():
    alone = managed(hosts=2, vms=3, on=[0, 0, 1], mhz=[3000.0, 4000.0, 500.0], virtual_center_ranks_by_score=1)
    both = two_clusters([0, 0, 1, 2], mhz=[3000.0, 4000.0, 500.0, 1000.0], virtual_center_ranks_by_score=1)
    assert recommended(alone) == recommended(both) != []


def test_a_vm_that_should_run_on_hosts_of_another_cluster_is_not_recommended_there():
    c = two_clusters([0, 1], rows={"preferring_vms": 2})
    c.preferences.groups[0], c.hosts.rule_groups[2] = 1, 1
    assert recommended(c) == []
    c.hosts.rule_groups[1] = 1
    assert [(v, h) for v, h, _ in recommended(c)] == [(0, 1)]
