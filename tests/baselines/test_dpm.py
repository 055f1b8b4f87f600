import pytest

from tests.baselines.observations import batch, cluster, put, recommend, refresh
from vienv.baselines import dpm, drs_dpm, make
from vienv.baselines.dpm import DpmSettings
from vienv.baselines.drs import DrsSettings
from vienv.core.columns import ClusterColumn, HostColumn, VmColumn


def dpm_of(c, **changes):
    """The host that DPM toggles; None if it toggles none."""
    settings = DpmSettings()._replace(**changes)
    action = dpm.choose(c.hosts, c.vms, c.placement, c.cluster, c.recommendations, c.mask, settings)
    return action - c.first if action else None


def with_a_sleeper(load, memory=0.1):
    """Two hosts at this load of ten VMs each, and one in standby."""
    c = cluster([[load / 10] * 10, [load / 10] * 10, []], [[memory / 10] * 10, [memory / 10] * 10, []])
    put(c, 2, HostColumn.STANDBY)
    return c


def lightly_loaded(load=0.4, hosts=3, memory=0.1):
    return cluster([[load / 10] * 10] * hosts, [[memory / 10] * 10] * hosts)


def test_dpm_wakes_a_host_at_82_percent_of_cpu():
    assert dpm_of(with_a_sleeper(0.82)) == 2


def test_dpm_wakes_no_host_at_80_percent():
    assert dpm_of(with_a_sleeper(0.80)) is None


def test_dpm_wakes_a_host_for_memory_alone():
    assert dpm_of(with_a_sleeper(0.50, memory=0.82)) == 2


def test_two_standard_deviations_count_as_demand():
    c = with_a_sleeper(0.75)
    c.hosts[:2, HostColumn.DEVIATION_5] = 0.04
    c.vms[:, VmColumn.DEVIATION_5] = 0.04 / 10**0.5
    assert dpm_of(c) == 2
    assert dpm_of(c, deviations=0.0) is None


def test_no_host_is_woken_where_drs_can_relieve_the_full_one():
    c = cluster([[0.085] * 10, [0.05] * 10, []])
    put(c, 2, HostColumn.STANDBY)
    assert dpm_of(c) is None


def test_a_host_that_is_coming_counts_as_on():
    c = cluster([[0.085] * 10, [0.085] * 10, [], []])
    put(c, 2, HostColumn.STANDBY)
    put(c, 3, HostColumn.STANDBY)
    assert dpm_of(c) == 2
    put(c, 2, HostColumn.COMING)
    assert dpm_of(c) is None


def test_a_hosted_hypervisor_is_no_part_of_the_cluster_however_full():
    c = cluster([[0.09] * 10, [0.04] * 10, [0.04] * 10, [0.04] * 10], [[0.01] * 10] * 4)
    c.mask[c.first] = 0
    c.hosts[0, HostColumn.HOSTED] = 1.0
    assert dpm_of(c) in (1, 2, 3)
    c.hosts[0, HostColumn.HOSTED] = 0.0
    assert dpm_of(c) is None


def test_no_host_is_woken_where_it_does_not_help():
    c = cluster([[0.9], [0.9], []])
    put(c, 2, HostColumn.STANDBY)
    assert dpm_of(c) is None


def test_a_wake_that_the_mask_forbids_is_not_asked_for():
    c = with_a_sleeper(0.9)
    c.mask[c.first + 2] = 0
    assert dpm_of(c) is None


def test_a_host_is_woken_for_an_arrival_that_no_host_may_take():
    c = with_a_sleeper(0.5)
    c.cluster[ClusterColumn.WAITING] = 0.1
    assert dpm_of(c) == 2
    recommend(c, 0, mandatory=1.0, placement=1.0)
    assert dpm_of(c) is None


def test_the_larger_sleeper_is_woken_first():
    c = cluster([[0.085] * 10, [0.085] * 10, [], []])
    put(c, 2, HostColumn.STANDBY)
    put(c, 3, HostColumn.STANDBY)
    c.hosts[2, [HostColumn.CPU_CAPACITY, HostColumn.MEMORY_CAPACITY]] = 0.5
    assert dpm_of(c) == 3


def test_dpm_sends_a_host_to_standby_at_40_percent_of_both_resources():
    assert dpm_of(lightly_loaded(0.40, memory=0.40)) is not None


def test_dpm_sends_no_host_to_standby_at_50_percent():
    assert dpm_of(lightly_loaded(0.50)) is None


def test_dpm_sends_no_host_to_standby_while_memory_is_above_the_band():
    assert dpm_of(lightly_loaded(0.40, memory=0.46)) is None


def test_demand_of_the_last_40_minutes_keeps_hosts_on():
    c = cluster([[0.03] * 10] * 3, cpu_40=1.6)
    assert dpm_of(c) is None


def test_power_off_is_refused_within_600_s_of_uptime():
    c = lightly_loaded()
    c.hosts[:, HostColumn.TIME_IN_STATE_H] = 599 / 3600
    assert dpm_of(c) is None
    c.hosts[1, HostColumn.TIME_IN_STATE_H] = 601 / 3600
    assert dpm_of(c) == 1


def test_no_host_goes_to_standby_while_another_is_coming():
    c = lightly_loaded(hosts=4)
    put(c, 3, HostColumn.COMING)
    assert dpm_of(c) is None


def test_what_if_rejects_an_evacuation_that_overloads_a_receiver():
    c = cluster([[0.4], [0.45], [0.45]])
    assert dpm_of(c) is None


def test_what_if_counts_the_vms_of_a_host_that_is_entering_standby():
    c = lightly_loaded(0.4, hosts=4)
    assert dpm_of(c) == 0
    put(c, 3, HostColumn.ENTERING_STANDBY)
    assert dpm_of(c) is None


def test_the_smaller_host_sleeps_first_then_the_one_with_less_memory_to_move():
    c = lightly_loaded(0.3, hosts=4)
    c.vms[c.placement == 2, VmColumn.MEMORY_DEMAND] = 0.002
    refresh(c)
    assert dpm_of(c) == 2
    c.hosts[1, HostColumn.CPU_CAPACITY] = 0.9
    assert dpm_of(c) == 1


def test_a_host_whose_sleep_is_too_short_to_pay_for_its_boot_stays_on():
    assert dpm_of(lightly_loaded(), stable_intervals=1.5) is None


def test_power_performance_ratio_weighs_long_evacuations():
    c = lightly_loaded()
    c.vms[:, VmColumn.MIGRATION_TIME] = 0.3
    assert dpm_of(c) is None
    assert dpm_of(c, power_performance_ratio=1.0) is not None


def test_drs_moves_before_dpm_toggles():
    c = lightly_loaded(0.4)
    c.cluster[ClusterColumn.IMBALANCE_PLANNED] = 0.2
    recommend(c, 0)
    arrays = (c.hosts, c.vms, c.placement, c.cluster, c.recommendations)
    assert drs_dpm.choose(*arrays, c.mask, DrsSettings(), DpmSettings()) == 1
    c.mask[1] = 0
    assert drs_dpm.choose(*arrays, c.mask, DrsSettings(), DpmSettings()) >= c.first


def test_dpm_alone_takes_load_off_a_host_above_the_band_and_does_not_balance():
    c, d = lightly_loaded(0.6), lightly_loaded(0.6)
    c.cluster[ClusterColumn.IMBALANCE_PLANNED] = d.cluster[ClusterColumn.IMBALANCE_PLANNED] = 0.2
    recommend(c, 0, source_load=0.85)
    recommend(d, 0, source_load=0.79)
    assert make("dpm").act(*batch(c, d)).tolist() == [1, 0]


@pytest.mark.parametrize("name", ["dpm", "drs-dpm", "clairvoyant"])
def test_a_batch_is_played_as_its_clusters_are_alone(name):
    clusters = [with_a_sleeper(0.85), with_a_sleeper(0.5), with_a_sleeper(0.2)]
    policy = make(name)
    together = policy.act(*batch(*clusters)).tolist()
    assert together == [int(policy.act(*batch(c))[0]) for c in clusters]
    assert together[0] == clusters[0].first + 2
    assert together[1] == 0
