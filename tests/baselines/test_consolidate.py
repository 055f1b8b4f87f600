import numpy as np

from tests.baselines.observations import batch, cluster, put, refresh
from vienv.baselines import make
from vienv.cloudsim import day
from vienv.cloudsim import state as s
from vienv.cloudsim.enums import Detector, Selection
from vienv.cloudsim.places import append
from vienv.core.arena import spans_of
from vienv.core.columns import ClusterColumn, HostColumn, VmColumn


def play(*clusters, name="consolidate"):
    policy = make(name)
    policy.reset(len(clusters))
    return policy.act(*batch(*clusters)).tolist()


def fleet(*cpu, memory=None):
    return cluster([list(x) for x in cpu], memory, face="cluster")


def interval(c, most=50):
    """What is commanded until the commit: (vm, host) for a move, host for a toggle; the cluster follows."""
    policy, told, picked = make("consolidate"), [], -1
    policy.reset(1)
    for _ in range(most):
        action = int(policy.act(*batch(c))[0])
        if action == 0:
            return told
        if c.cluster[ClusterColumn.IS_PICKED]:
            told.append((picked, action - c.first))
            c.placement[picked] = action - c.first
            c.cluster[ClusterColumn.IS_PICKED] = 0.0
            refresh(c)
        elif action < c.first:
            picked = action - 1
            c.cluster[ClusterColumn.IS_PICKED] = 1.0
            c.mask[action] = 0
        else:
            told.append(action - c.first)
            c.mask[action] = 0
    raise AssertionError("no commit")


def test_the_vm_of_minimum_migration_time_leaves_an_overloaded_host():
    c = fleet([0.3, 0.3, 0.3], [0.4])
    c.vms[:, VmColumn.MIGRATION_TIME] = [0.09, 0.03, 0.06, 0.01]
    assert interval(c) == [(1, 1)]


def test_what_the_mask_forbids_is_left_out_of_the_plan():
    c = fleet([0.3, 0.3, 0.3], [0.4])
    c.vms[:, VmColumn.MIGRATION_TIME] = [0.09, 0.03, 0.06, 0.01]
    c.mask[1 + 1] = 0
    assert interval(c) == []


def test_a_vm_goes_where_power_rises_least_within_the_threshold():
    c = fleet([0.6, 0.3], [0.7], [0.3], [0.45])
    c.vms[:2, VmColumn.MIGRATION_TIME] = 0.5, 0.1
    c.hosts[:, HostColumn.PEAK_POWER] = [1.0, 0.7, 0.9, 1.0]  # host 1 would rise least and be full
    assert interval(c)[0] == (1, 2)


def test_the_least_loaded_host_is_emptied_and_sent_to_standby():
    c = fleet([0.3], [0.1, 0.1], [0.4])
    c.hosts[2, HostColumn.PEAK_POWER] = 0.9
    assert interval(c) == [(1, 2), (2, 0), 1]  # what is planned onto host 2 counts again in the next rise


def test_no_host_is_emptied_onto_one_that_would_be_above_the_threshold():
    assert interval(fleet([0.5], [0.5])) == []


def test_no_host_is_emptied_onto_one_whose_memory_is_full():
    assert interval(fleet([0.3], [0.1], memory=[[0.9], [0.2]])) == []
    assert interval(fleet([0.3], [0.1], memory=[[0.7], [0.2]])) == [(1, 0), 1]


def test_a_host_is_woken_when_an_overloaded_one_finds_no_room():
    c = fleet([0.5, 0.4], [0.7], [])
    put(c, 2, HostColumn.STANDBY)
    assert interval(c) == [2]


def test_a_vm_goes_to_the_host_that_was_woken_for_it_when_that_is_on_before_anything_is_planned_anew():
    c = fleet([0.5, 0.4], [0.7], [])
    put(c, 2, HostColumn.STANDBY)
    policy = make("consolidate")
    policy.reset(1)
    assert policy.act(*batch(c)).tolist() == [c.first + 2]
    put(c, 2, HostColumn.COMING)
    assert policy.act(*batch(c)).tolist() == [0]
    c.vms[:, VmColumn.DEMAND_5] = 0.3, 0.3, 0.6  # nothing is overloaded any more
    put(c, 2, HostColumn.ON)
    c.mask[c.first + 2] = 1
    assert policy.act(*batch(c)).tolist() == [1 + 0]
    c.cluster[ClusterColumn.IS_PICKED] = 1.0
    assert policy.act(*batch(c)).tolist() == [c.first + 2]


def test_a_host_that_did_not_wake_is_waited_for_no_longer():
    c = fleet([0.5, 0.4], [0.7], [])
    put(c, 2, HostColumn.STANDBY)
    policy = make("consolidate")
    policy.reset(1)
    assert policy.act(*batch(c)).tolist() == [c.first + 2]
    for state in (HostColumn.COMING, HostColumn.FAILED):
        put(c, 2, state)
        assert policy.act(*batch(c)).tolist() == [0]
    c.vms[:, VmColumn.DEMAND_5] = 0.3, 0.3, 0.6
    put(c, 2, HostColumn.ON)
    c.mask[c.first + 2] = 1
    assert policy.act(*batch(c)).tolist() == [c.first + 2]  # on, empty, and nobody waits for it


def planned_by_cloudsim(c):
    """The plan of CloudSim's planner for a day that says the same; a VM that it plans twice is commanded once."""
    num_hosts, num_vms = len(c.hosts), len(c.vms)
    spans, num_floats, num_ints = spans_of(s.Sizes(num_hosts, num_vms, num_hosts), s.KINDS)
    rows = np.zeros(num_floats), np.zeros(num_ints, np.int64), spans
    judgement, hosts, vms = s.judgement_of(*rows), s.hosts_of(*rows), s.vms_of(*rows)
    judgement.detector[:], judgement.selection[:], judgement.parameter[:] = Detector.THR, Selection.MMT, 0.8
    hosts.mips[:] = hosts.core_mips[:] = hosts.ram_mb[:] = hosts.buckets[:] = 1.0
    hosts.curve[:], hosts.first[:], hosts.last[:] = np.arange(num_hosts), -1, -1
    hosts.used_mips[:] = c.hosts[:, HostColumn.LOAD_5]
    idle, peak = (c.hosts[:, column].astype(float) for column in (HostColumn.IDLE_POWER, HostColumn.PEAK_POWER))
    s.curves_of(*rows).watts[:] = (idle[:, None] + (peak - idle)[:, None] * np.arange(11) / 10).ravel()
    vms.mips[:], vms.host[:] = 1.0, c.placement
    vms.fraction[:] = vms.asked_mips[:] = c.vms[:, VmColumn.DEMAND_5]
    vms.ram_mb[:], vms.asked_ram_mb[:] = c.vms[:, VmColumn.MIGRATION_TIME], c.vms[:, VmColumn.MEMORY_DEMAND]
    for v, h in enumerate(c.placement):
        append(hosts, s.places_of(*rows), h, v)
    day.plan(*rows)
    n, moves = s.day_of(*rows).num_moves[0], s.moves_of(*rows)
    plan = {}
    for v, h in zip(moves.vm[:n].tolist(), moves.target[:n].tolist(), strict=True):
        plan.setdefault(v, h)
    return list(plan.items())


def test_the_moves_commanded_are_those_of_cloudsims_planner_on_the_same_numbers():
    found = []
    for seed in range(20):
        draw = np.random.default_rng(seed)
        cpu = [draw.uniform(0.02, 0.3, draw.integers(1, 6)).tolist() for _ in range(6)]
        c = fleet(*cpu, memory=[draw.uniform(0.02, 0.3, len(x)).tolist() for x in cpu])
        c.vms[:, VmColumn.MIGRATION_TIME] = draw.uniform(0.01, 0.1, len(c.vms))
        c.hosts[:, HostColumn.IDLE_POWER] = draw.uniform(0.4, 0.7, 6)
        plan = planned_by_cloudsim(c)
        assert [told for told in interval(c, 200) if isinstance(told, tuple)] == plan
        found += plan
    assert len(found) > 50


def test_waking_costs_nothing_in_the_plan_so_a_host_with_room_is_passed_over_for_a_sleeping_one_that_rises_less():
    c = fleet([0.5, 0.4], [0.3], [])
    c.hosts[:, HostColumn.PEAK_POWER] = [1.0, 1.0, 0.9]
    put(c, 2, HostColumn.STANDBY)
    assert interval(c)[0] == 2


def test_failed_hosts_and_those_in_maintenance_take_nothing():
    for column in (HostColumn.FAILED, HostColumn.MAINTENANCE):
        c = fleet([0.5, 0.4], [0.1])
        c.hosts[1, column] = 1.0
        assert interval(c) == []


def test_an_arrival_is_picked_before_anything_else_and_placed_by_the_same_rule():
    c = fleet([0.5, 0.4], [0.1], [0.1])
    c.vms[3, [VmColumn.WAITING, VmColumn.RUNNING]] = 1.0, 0.0
    c.placement[3] = -1
    c.mask[1:4] = 0
    c.hosts[2, HostColumn.LOAD_5] = 0.0
    c.hosts[:, HostColumn.PEAK_POWER] = [1.0, 0.9, 1.0]
    assert play(c) == [1 + 3]
    policy = make("consolidate")
    policy.reset(1)
    policy.act(*batch(c))
    c.cluster[ClusterColumn.IS_PICKED] = 1.0
    assert policy.act(*batch(c)).tolist() == [c.first + 1]
    c.mask[c.first + 1] = 0
    policy.reset(1)
    c.cluster[ClusterColumn.IS_PICKED] = 0.0
    policy.act(*batch(c))
    c.cluster[ClusterColumn.IS_PICKED] = 1.0
    assert policy.act(*batch(c)).tolist() == [c.first + 2]


def test_a_batch_plays_as_its_clusters_would_alone_whatever_stage_each_is_at():
    def stage(num_picks):
        c = fleet([0.3], [0.1, 0.1], [0.4])
        c.cluster[ClusterColumn.IS_PICKED] = num_picks
        return c

    together = make("consolidate")
    together.reset(2)
    assert together.act(*batch(stage(0), fleet([0.7], [0.35, 0.35], [0.7]))).tolist() == [1 + 1, 0]
    assert together.act(*batch(stage(1), stage(0))).tolist() == [5 + 0, 1 + 1]
    assert together.act(*batch(stage(0), stage(1))).tolist() == [1 + 2, 5 + 0]


def test_pack_once_consolidates_until_its_first_commit_and_never_again():
    c, full = fleet([0.3], [0.1, 0.1], [0.4]), fleet([0.7], [0.35, 0.35], [0.7])
    policy = make("pack-once")
    policy.reset(2)
    assert policy.act(*batch(c, full)).tolist() == [1 + 1, 0]
    c.mask[1:5] = 0
    assert policy.act(*batch(c, full)).tolist() == [0, 0]
    c.mask[1:5] = 1
    assert policy.act(*batch(c, c)).tolist() == [0, 0]
    policy.reset(2)
    assert policy.act(*batch(c, c)).tolist() == [1 + 1, 1 + 1]


def test_pack_once_still_places_arrivals():
    full = fleet([0.7], [0.7])
    policy = make("pack-once")
    policy.reset(1)
    policy.act(*batch(full))
    full.vms[1, [VmColumn.WAITING, VmColumn.RUNNING]] = 1.0, 0.0
    full.placement[1] = 0
    refresh(full)
    assert policy.act(*batch(full)).tolist() == [1 + 1]
