"""Sessions live through a stop that is shorter than their time-out, and through no crash."""

from types import SimpleNamespace

import pytest

from tests.managed import managed, migrate, run, schedule
from vienv.core.enums import IncidentKind


def served(stop_s: float = 0.06, **changes: object) -> SimpleNamespace:
    """VM 0 on host 0; 10 clients wait 3 s and 20 wait 4 s; a switch-over stops it a little over stop_s."""
    c = managed(
        hosts=3, vms=2, on=[0, 1], incidents=1, rows={"sessions": 2}, vmotion_fixed_downtime_s=stop_s, **changes
    )
    schedule(c, IncidentKind.HOST_FAILURE, 1e9, 0.0, host=0)
    c.sessions.timeout_s[:], c.sessions.clients[:], c.sessions.vm[:] = [3.0, 4.0], [10.0, 20.0], 0
    return c


@pytest.mark.parametrize(
    ("stop_s", "lost"), [(0.06, [0.0, 0.0]), (2.99, [0.0, 0.0]), (3.5, [10.0, 0.0]), (4.5, [10.0, 20.0])]
)
def test_a_switch_over_loses_the_sessions_whose_time_out_is_below_its_stop(stop_s: float, lost: list[float]):
    c = served(stop_s)
    run(c, 20.0)
    migrate(c, 0, 1)
    run(c, 200.0)
    assert c.vms.host[0] == 1
    assert stop_s < c.migrations.downtime_s[0] < stop_s + 0.01
    assert c.sessions.lost.tolist() == lost


def test_the_stop_of_an_ordinary_vmotion_is_below_a_second_and_no_session_is_lost():
    c = served()
    migrate(c, 0, 1)
    run(c, 40.0)
    assert 0.0 < c.migrations.downtime_s[0] < 1.0
    assert not c.sessions.lost.any()


@pytest.mark.parametrize("dies_at_s", [105.0, 120.0])  # within a tick, and at its end
def test_a_crash_loses_all_sessions_once(dies_at_s: float):
    c = served()
    schedule(c, IncidentKind.HOST_FAILURE, dies_at_s, 3600.0, host=0)
    run(c, 100.0)
    assert not c.sessions.lost.any()
    run(c, 2000.0)
    assert c.vms.host[0] != 0
    assert c.sessions.lost.tolist() == [10.0, 20.0]


def test_two_long_stops_lose_the_sessions_twice():
    c = served(3.5)
    migrate(c, 0, 1)
    run(c, 100.0)
    migrate(c, 0, 2)
    run(c, 200.0)
    assert c.vms.host[0] == 2
    assert c.sessions.lost.tolist() == [20.0, 0.0]


def test_a_vm_that_has_not_arrived_has_no_sessions_to_lose():
    c = served()
    c.vms.state[0], c.vms.host[0], c.vms.arrives_at_s[0] = 0, -1, 50.0
    run(c, 200.0)
    assert not c.sessions.lost.any()
