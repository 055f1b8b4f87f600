"""Timeline 4: a vSphere 5 slave with heartbeat datastores dies at 100 and nobody has room; at 900 a host has."""

import pytest

from tests.clusters import settings
from tests.failover import protected, settings_of, started_at_s
from tests.managed import run, schedule
from vienv.core.enums import ConnectionState, IncidentKind, PowerState, VmState
from vienv.core.state import NEVER

DIES_S = 100.0
FOR_GOOD_S = 1e6
ROOM_S = DIES_S + 900.0
ATTEMPTS_S = [DIES_S + s for s in (18.0, 138.0, 378.0, 858.0, 1818.0)]


def full(**changes):
    """Host 0 of three dies, host 1 is full, host 2, the master, in maintenance until somebody ends it."""
    c = protected("vs5", hosts=3, vms=2, incidents=1)
    settings(c, **(settings_of("vs5") | {"ha_has_pending_retry": 0} | changes))
    c.vms.memory_reservation_mb[:] = 0.6 * c.hosts.memory_capacity_mb[0]
    c.hosts.connection[2], c.hosts.maintenance_ends_s[2] = ConnectionState.IN_MAINTENANCE, FOR_GOOD_S
    schedule(c, IncidentKind.HOST_FAILURE, DIES_S, FOR_GOOD_S, 0)
    return c


def attempts_s(c, until_s):
    """Seconds at which VM 0 was to be tried, read tick by tick; the last is its start, if it started."""
    planned = set()
    while c.clock.now_s[0] < until_s and c.vms.state[0] != VmState.STARTING:
        run(c, c.clock.now_s[0] + c.clock.tick_s[0])
        planned |= {float(c.vms.restart_at_s[0]), float(started_at_s(c)[0])}
    return sorted(planned - {NEVER})


def test_attempts_fall_at_18_138_378_858_and_1818():
    c = full()
    assert attempts_s(c, DIES_S + 4000.0) == ATTEMPTS_S
    assert c.vms.restart_attempts[0] == 5


@pytest.mark.parametrize(("has_pending_retry", "start_s"), [(1, ROOM_S), (0, ATTEMPTS_S[-1])])
def test_room_at_900_is_taken_at_once_with_pending_retry_else_at_1818(has_pending_retry, start_s):
    c = full(ha_has_pending_retry=has_pending_retry)
    c.hosts.connection[2], c.hosts.maintenance_ends_s[2] = ConnectionState.CONNECTED, NEVER
    c.hosts.power_state[2], c.hosts.ready_at_s[2] = PowerState.STANDBY, NEVER
    c.protection.leads_from_s[2], c.protection.leads_from_s[1] = NEVER, 0.0
    run(c, 760.0)
    c.hosts.power_state[2], c.hosts.ready_at_s[2] = PowerState.BOOTING, ROOM_S
    assert attempts_s(c, DIES_S + 4000.0)[-1] == start_s
    assert c.vms.host[0] == 2
