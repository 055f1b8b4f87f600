"""Timeline 6: a host of eight VMs of 1 GB, which dirty 5 MB/s, enters maintenance over Gigabit; nobody is down."""

import pytest

from tests.managed import managed, run, schedule
from vienv.core.enums import ConnectionState, IncidentKind

TWO_AT_A_TIME_S, FOUR_AT_A_TIME_S, ALONE_S = 4 * 19.1, 2 * 42.2, 9.1


def emptied(vms, limit, datastore_limit):
    """A host that enters maintenance at 0, after two minutes; and the seconds down of each VM."""
    c = managed(hosts=3, vms=vms, on=[0] * vms, incidents=1, vmotion_datastore_limit=datastore_limit)
    c.hosts.vmotion_limit[:] = limit
    schedule(c, IncidentKind.MAINTENANCE, 0.0, 3600.0, host=0)
    down_s = run(c, 120.0)
    assert c.hosts.connection[0] == ConnectionState.IN_MAINTENANCE
    return c, down_s


def took_s(c):
    return c.migrations.ended_at_s.max() - c.migrations.started_at_s.min()


@pytest.mark.parametrize(
    ("limit", "datastore_limit", "seconds"),
    [(2, 4, TWO_AT_A_TIME_S), (4, 128, FOUR_AT_A_TIME_S)],
    ids=["vi3: two at a time", "vs5: four at a time"],
)
def test_a_host_of_eight_is_empty_after_77_s_two_at_a_time_and_84_s_four_at_a_time(limit, datastore_limit, seconds):
    c, _ = emptied(8, limit, datastore_limit)
    assert took_s(c) == pytest.approx(seconds, abs=0.6)  # a fixed 0.06 s of each switch-over on top
    assert (c.vms.host != 0).all()


def test_more_at_once_is_slower():
    assert took_s(emptied(8, 4, 128)[0]) > took_s(emptied(8, 2, 4)[0]) + 7.0


def test_a_vm_alone_leaves_in_9_1_s():
    assert took_s(emptied(1, 2, 4)[0]) == pytest.approx(ALONE_S, abs=0.12)


def test_nobody_is_down_but_for_the_switch_over():
    c, down_s = emptied(8, 2, 4)
    assert down_s.tolist() == [0.0] * 8
    assert (c.migrations.downtime_s > 0.0).all()
    assert (c.migrations.downtime_s < 1.0).all()
