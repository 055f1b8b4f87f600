"""HA's own parts stir what they change: working every tick out anew gives the same cluster."""

import numpy as np
import pytest

from tests.clusters import settings
from tests.failover import protected, settings_of
from tests.managed import run, schedule
from vienv.core import power_orders, silence, tick
from vienv.core.enums import IncidentKind, IsolationResponse, Network, PowerState
from vienv.core.ha import isolation, monitoring, roles

UNTIL_S = 2400.0
FOR_GOOD_S = 1e6


def eventful():
    """Guests that hang, a host that is isolated, one that dies and finds no room before another is awake."""
    c = protected("vs6", hosts=4, vms=8, incidents=5)
    asked = {"ha_wakes_for_capacity": 1, "ha_monitoring_s": 90.0, "ha_reset_window_s": 3600.0}
    settings(c, **(settings_of("vs6") | asked))
    c.guests.response[:] = IsolationResponse.SHUT_DOWN
    c.vms.host[:] = [v % 3 for v in range(8)]
    c.hosts.power_state[3], c.clock.placement_changed[0] = PowerState.STANDBY, 1
    c.protection.leads_from_s[2:] = 0.0, np.inf
    c.vms.memory_reservation_mb[:] = 0.3 * c.hosts.memory_capacity_mb[0]
    c.workload.demand[:] = 0.3
    c.vms.restart_priority[[1, 4, 7]] = 0  # host 1, which will be isolated: no restart stirs it
    for row, (at_s, v) in enumerate([(207.0, 1), (1500.0, 4)]):
        schedule(c, IncidentKind.GUEST_FAILURE, at_s, FOR_GOOD_S, row=row)
        c.incidents.vm[row] = v
    schedule(c, IncidentKind.HOST_FAILURE, 611.0, FOR_GOOD_S, 0, row=2)
    schedule(c, IncidentKind.LINK_FAILURE, 1203.0, 400.0, 1, row=3)
    c.incidents.network[3], c.incidents.number[3] = Network.MANAGEMENT, 2
    schedule(c, IncidentKind.MAINTENANCE, FOR_GOOD_S, 1.0, 1, row=4)
    return c


def check_nothing_is_missed():
    quiet, worked_out = eventful(), eventful()
    down_s = run(quiet, UNTIL_S)
    again_s = sum(run(worked_out, end_s) for end_s in np.arange(20.0, UNTIL_S + 1.0, 20.0))
    assert list(down_s) == list(again_s)
    assert down_s.sum() > 0.0
    for name in ("state", "host", "up_at_s", "restart_at_s", "delivered_mhz"):
        assert (getattr(quiet.vms, name) == getattr(worked_out.vms, name)).all()
    for kind in ("protection", "guests", "counters"):
        for field, other in zip(getattr(quiet, kind), getattr(worked_out, kind), strict=True):
            assert (field == other).all()
    assert quiet.ledger.interval == pytest.approx(worked_out.ledger.interval, rel=1e-12)


def test_what_is_left_out_changes_nothing():
    check_nothing_is_missed()


@pytest.mark.parametrize("room", [silence, isolation, monitoring, power_orders])
def test_a_host_that_is_not_stirred_is_caught(room, monkeypatch):
    monkeypatch.setattr(room, "stir", lambda *_: None)
    with pytest.raises(AssertionError):
        check_nothing_is_missed()


def test_an_event_of_ha_that_is_overlooked_is_caught(monkeypatch):
    monkeypatch.setattr(roles, "next_event_s", lambda *_: np.inf)
    assert tick.roles is roles
    with pytest.raises(AssertionError):
        check_nothing_is_missed()
