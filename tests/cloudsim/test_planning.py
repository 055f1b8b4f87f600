"""The plan's judgement, on clusters of four hosts: even ones of 3,720 MIPS, odd ones of 5,320."""

import numpy as np
import pytest

from tests.cloudsim.days import put, small
from vienv.cloudsim import Policy, PolicyError, day
from vienv.cloudsim.enums import SAMPLES


def planned(percent: object, homes: list[int], policy: str = "thr-mmt-0.8", num_hosts: int = 4, ticks: int = 1):
    """The first plan's moves."""
    c = small(percent, policy, num_hosts)
    put(c, homes)
    for _ in range(ticks - 1):
        day.tick(*c.rows)
    day.plan(*c.rows)
    return c.planned()


def test_vms_spread_one_to_a_host_at_first():
    c = small([20.0] * 8, num_hosts=20)
    day.begin(*c.rows)
    assert sorted(c.vms.host.tolist()) == sorted(set(c.vms.host.tolist()))


def test_without_migration_the_first_host_with_room_takes_a_vm():
    c = small([20.0] * 4, "dvfs")
    day.begin(*c.rows)
    assert c.vms.host.tolist() == [1, 1, 0, 0]  # 2,500 and 2,000 MIPS need a core of 2,660


def test_an_overloaded_host_gives_up_the_vm_with_least_memory_first():
    homes = [1, 1, 1, 1]  # 5,100 of 5,320 MIPS
    moves = planned([85.0] * 4, homes)
    assert [v for v, _ in moves] == [0, 3]  # 613 MB, then 870: .799 are left; the larger is placed first


def test_least_memory_is_the_first_in_the_hosts_list_on_ties():
    percent = [5.0, 5.0, 5.0, 5.0, 90.0, 90.0, 5.0, 5.0]  # VMs 4 and 5 have 1,000 MIPS and 1,740 MB each
    c = small(percent, num_hosts=2)
    put(c, [1, 1, 1, 1, 0, 0, 0, 0])
    c.vms.mips[4:6] = 1700.0
    c.vms.ram_mb[6:8] = 1740.0
    day.tick(*c.rows)
    day.plan(*c.rows)
    assert c.planned()[0][0] == 4


def test_waking_a_sleeping_host_costs_nothing_in_the_plan():
    """500 MIPS raise host 1 by 4.7 W and a sleeping G4 host by 4.5, counted from the 86 W at which it would idle."""
    percent = [70.0, 90.0, 90.0, 0.0, 0.0, 0.0, 100.0, 0.0]
    assert planned(percent, [1, 3, 3, 3, 3, 3, 3, 3])[0] == (6, 0)


def test_the_least_loaded_host_is_emptied_and_who_takes_its_vms_is_not():
    moves = planned([20.0] * 4, [1, 1, 3, 3], num_hosts=4)
    assert moves == [(2, 1), (3, 1)]


def test_a_host_that_cannot_be_emptied_is_no_target_either():
    """Host 0's VM fits nowhere; it has least load, is tried first and barred, so host 3's small VM finds no room."""
    percent = [60.0, 60.0, 80.0, 5.0]
    moves = planned(percent, [1, 3, 0, 3], num_hosts=4)
    assert (3, 0) not in moves


def test_emptying_takes_all_vms_of_a_host_or_none():
    moves = planned([70.0, 70.0, 10.0, 10.0], [1, 3, 0, 0], num_hosts=4)
    assert len({h for v, h in moves if v in (2, 3)}) in (0, 1, 2)
    assert len([v for v, _ in moves if v in (2, 3)]) in (0, 2)


def test_local_regression_does_not_look_at_the_load_of_now():
    percent = np.full((4, SAMPLES), 40.0)
    percent[:, :12] = np.linspace(99.0, 30.0, 12)  # falling: LR sees the line go down
    percent[:, 12] = 99.0
    percent[:, 13] = 99.0
    homes = [1, 1, 1, 1]
    assert planned(percent, homes, "lr-mmt-1.0", ticks=12) == []
    assert planned(percent, homes, "thr-mmt-0.2", ticks=12) != []


@pytest.mark.parametrize("name", ["iqr-mmt-1.5", "mad-mmt-2.5", "lr-mmt-1.2"])
def test_a_threshold_of_seven_tenths_decides_until_there_is_history(name):
    assert planned([59.0] * 4, [1, 1, 1, 1], name, num_hosts=2) == []  # .665
    assert planned([64.0] * 4, [1, 1, 1, 1], name, num_hosts=2) != []  # .722


def test_a_selection_by_least_utilisation_takes_the_idlest():
    assert planned([90.0, 90.0, 80.0, 95.0], [1, 1, 1, 1], "thr-mu-0.8", num_hosts=4)[-1][0] != 3
    moves = planned([90.0, 90.0, 80.0, 95.0], [1, 1, 1, 1], "thr-mu-0.8", num_hosts=4)
    assert 2 in {v for v, _ in moves}


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("thrr-mmt", "did you mean 'thr'"),
        ("thr", "no selection"),
        ("thr-mmx", "'mmx'"),
        ("thr-mmt-x", "'x' is not a number from 0 to 10"),
        ("thr-mmt-nan", "'nan' is not a number"),
        ("thr-mmt-11", "'11' is not a number"),
        ("npa-mmt", "takes nothing more"),
    ],
)
def test_a_name_that_means_nothing_is_refused_in_one_line(name, says):
    with pytest.raises(PolicyError, match=says) as refused:
        Policy.parse(name)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", ["npa", "dvfs", "thr-mmt-0.8", "iqr-mc-1.5", "lrr-rs-1.2"])
def test_a_name_comes_back_as_it_was(name):
    assert Policy.parse(name).name == name
