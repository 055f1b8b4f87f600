from tests.baselines.observations import batch, cluster, put, refresh
from vienv.baselines import make
from vienv.core.columns import ClusterColumn, HostColumn, VmColumn


def play(*clusters, name="consolidate"):
    policy = make(name)
    policy.reset(len(clusters))
    return policy.act(*batch(*clusters)).tolist()


def fleet(*cpu):
    return cluster([list(x) for x in cpu], face="cluster")


def test_the_vm_of_minimum_migration_time_leaves_an_overloaded_host():
    c = fleet([0.3, 0.3, 0.3], [0.4])
    c.vms[:, VmColumn.MIGRATION_TIME] = [0.09, 0.03, 0.06, 0.01]
    assert play(c) == [1 + 1]


def test_a_vm_that_may_not_move_is_passed_over():
    c = fleet([0.3, 0.3, 0.3], [0.4])
    c.vms[:, VmColumn.MIGRATION_TIME] = [0.09, 0.03, 0.06, 0.01]
    c.mask[1 + 1] = 0
    assert play(c) == [1 + 2]


def test_a_picked_vm_goes_where_power_rises_least_within_the_threshold():
    c = fleet([0.9], [0.5], [0.3], [0.7])
    c.cluster[ClusterColumn.IS_PICKED] = 1.0
    c.cluster[len(ClusterColumn) + VmColumn.DEMAND_5] = 0.2
    c.hosts[1:, HostColumn.LOAD_AFTER] += 0.2
    c.hosts[:, HostColumn.PEAK_POWER] = [0.7, 0.9, 1.0, 0.8]
    c.mask[:] = [1, 0, 0, 0, 0, 0, 1, 1, 1]
    assert play(c) == [c.first + 1]
    c.mask[c.first + 1] = 0
    assert play(c) == [c.first + 2]


def test_the_least_loaded_host_is_emptied_if_its_vms_fit_elsewhere():
    assert play(fleet([0.3], [0.1, 0.1], [0.4])) == [4 + 1 + 1]


def test_no_host_is_emptied_onto_one_that_would_be_above_the_threshold():
    assert play(fleet([0.5], [0.5])) == [0]


def test_a_host_is_woken_when_an_overloaded_one_finds_no_room():
    c = fleet([0.5, 0.4], [0.7], [])
    put(c, 2, HostColumn.STANDBY)
    assert play(c) == [c.first + 2]


def test_no_second_host_is_woken_while_one_is_coming():
    c = fleet([0.5, 0.4], [0.7], [], [])
    put(c, 2, HostColumn.STANDBY)
    put(c, 3, HostColumn.COMING)
    assert play(c) == [0]


def test_an_arrival_is_picked_before_anything_else():
    c = fleet([0.5, 0.4], [0.1], [0.1])
    c.vms[3, [VmColumn.WAITING, VmColumn.RUNNING]] = 1.0, 0.0
    c.placement[3] = -1
    c.placement[0] = 0
    assert play(c) == [1 + 3]


def test_pack_once_consolidates_until_its_first_commit_and_never_again():
    c, full = fleet([0.3], [0.1, 0.1], [0.4]), fleet([0.7], [0.35, 0.35], [0.7])
    policy = make("pack-once")
    policy.reset(2)
    assert policy.act(*batch(c, full)).tolist() == [c.first + 1, 0]
    assert policy.act(*batch(c, c)).tolist() == [c.first + 1, 0]
    policy.reset(2)
    assert policy.act(*batch(c, c)).tolist() == [c.first + 1, c.first + 1]


def test_pack_once_still_places_arrivals():
    full = fleet([0.7], [0.7])
    policy = make("pack-once")
    policy.reset(1)
    policy.act(*batch(full))
    full.vms[1, [VmColumn.WAITING, VmColumn.RUNNING]] = 1.0, 0.0
    full.placement[1] = 0
    refresh(full)
    assert policy.act(*batch(full)).tolist() == [1 + 1]
