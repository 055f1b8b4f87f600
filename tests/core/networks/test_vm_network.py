"""The network of the guests: while it is down they run and serve nobody, to the second, and HA leaves them alone."""

import pytest

from tests.managed import migrate, plain, refusal_of_migration, run, schedule
from tests.networked import fail_link, networked
from vienv.core import tick
from vienv.core.enums import ConnectionState, IncidentKind, Network, Refusal, Term, VmState


def dark(at_s: float, duration_s: float, uplinks: int = 0, incidents: int = 1, sessions: int = 0):
    """Three hosts with a VM each; some uplinks of host 0's VM network, by default both, fail."""
    c = networked(hosts=3, vms=3, on=[0, 1, 2], incidents=incidents, clients=True, sessions=sessions)
    fail_link(c, 0, Network.VM, at_s, duration_s, uplinks)
    return c


def ticks(c, until_s: float) -> list[float]:
    """As `run`, without stirring the hosts first."""
    one_tick, down_s = plain(tick.tick), [0.0] * c.sizes.vms
    while c.clock.now_s[0] < until_s:
        one_tick(c.floats, c.ints, c.spans)
        down_s = [total + float(c.clock.tick_s[0] - up_s) for total, up_s in zip(down_s, c.vms.up_s, strict=True)]
    return down_s


def test_guests_behind_a_vm_network_that_is_down_run_on_and_count_as_down_to_the_second():
    c = dark(105.0, 200.0)
    down_s = run(c, 120.0)
    assert down_s.tolist() == [15.0, 0.0, 0.0]
    assert c.vms.state[0] == VmState.RUNNING
    assert c.vms.delivered_mhz[0] == c.vms.demand_mhz[0] > 0.0
    down_s += run(c, 1000.0)
    assert down_s.tolist() == [200.0, 0.0, 0.0]
    assert c.reach.total_s.tolist() == [200.0, 0.0, 0.0]


def test_what_cannot_be_reached_is_billed_as_down_and_not_as_unserved_too():
    c = dark(105.0, 200.0)
    run(c, 280.0)
    assert c.ledger.interval[Term.VM_DOWN_S] == 175.0
    assert c.ledger.interval[Term.UNSERVED_CPU_GHZ_H] == 0.0


def test_an_outage_that_begins_and_ends_while_all_hosts_are_still_is_counted_whole():
    c = dark(1005.0, 1000.0)
    run(c, 900.0)
    assert ticks(c, 3000.0) == [1000.0, 0.0, 0.0]


def test_while_one_uplink_takes_over_from_another_guests_cannot_be_reached_for_a_second():
    c = dark(105.0, 200.0, uplinks=1)
    c.host_networks.vm_failover_s[:] = 3.0
    assert run(c, 1000.0).tolist() == [3.0, 0.0, 0.0]


def test_a_pause_that_ends_in_the_next_tick_is_counted_in_both():
    c = dark(119.0, 200.0, uplinks=1)
    c.host_networks.vm_failover_s[:] = 3.0
    assert run(c, 120.0)[0] == 1.0
    assert run(c, 140.0)[0] == 2.0
    assert run(c, 1000.0)[0] == 0.0


def test_the_second_uplink_that_fails_during_the_pause_prolongs_it_to_an_outage():
    c = dark(105.0, 500.0, uplinks=1, incidents=2)
    fail_link(c, 0, Network.VM, 105.5, 100.0, uplinks=1, row=1)
    assert run(c, 1000.0).tolist() == [100.5, 0.0, 0.0]


def test_ha_and_virtualcenter_take_no_notice():
    c = dark(105.0, 1000.0)
    run(c, 600.0)
    assert c.vms.host.tolist() == [0, 1, 2]
    assert (c.hosts.connection == ConnectionState.CONNECTED).all()
    assert (c.vms.restart_attempts == 0).all()


def test_a_vmotion_brings_a_guest_back_to_its_clients_at_the_second_of_its_switch_over():
    c = dark(105.0, 1000.0)
    down_s = run(c, 120.0)
    assert refusal_of_migration(c, 0, 1) == Refusal.ACCEPTED
    migrate(c, 0, 1)
    down_s += run(c, 1000.0)
    assert down_s.tolist() == [c.migrations.ended_at_s[0] - 105.0, 0.0, 0.0]
    assert 129.0 < c.migrations.ended_at_s[0] < 130.0


def test_a_vmotion_into_the_dark_takes_a_guest_from_its_clients():
    c = dark(105.0, 1000.0)
    down_s = run(c, 120.0)
    migrate(c, 1, 0)
    down_s += run(c, 200.0)
    assert down_s[1] == 200.0 - c.migrations.ended_at_s[1]


def test_a_guest_that_dies_in_the_dark_is_down_once():
    c = dark(105.0, 1000.0, incidents=2)
    schedule(c, IncidentKind.HOST_FAILURE, 130.0, 1e6, 0, row=1)
    down_s = run(c, 400.0)
    assert c.vms.host[0] != 0
    assert down_s[0] == 130.0 + 15.0 + 90.0 - 105.0


def clients(c, timeouts=(3.0, 150.0, 1000.0)):
    c.sessions.timeout_s[:], c.sessions.clients[:], c.sessions.vm[:] = timeouts, [10.0, 20.0, 40.0], 0
    return c


@pytest.mark.parametrize("is_watched", [True, False])
def test_an_outage_loses_the_sessions_that_wait_no_longer_once(is_watched):
    c = clients(dark(105.0, 200.0, sessions=3))
    lost = []
    for until_s in (108.0, 120.0, 240.0, 260.0, 2000.0):
        if is_watched:
            run(c, until_s)
        else:
            ticks(c, until_s)
        lost.append(c.sessions.lost.tolist())
    assert lost[1] == lost[2] == [10.0, 0.0, 0.0]
    assert lost[3] == lost[4] == [10.0, 20.0, 0.0]


def test_a_failover_shorter_than_the_time_out_loses_no_session():
    c = clients(dark(105.0, 200.0, uplinks=1, sessions=3))
    run(c, 1000.0)
    assert not c.sessions.lost.any()


def test_two_outages_lose_the_sessions_twice():
    c = clients(dark(105.0, 50.0, incidents=2, sessions=3))
    fail_link(c, 0, Network.VM, 505.0, 50.0, row=1)
    run(c, 1000.0)
    assert c.sessions.lost.tolist() == [20.0, 0.0, 0.0]


def test_a_vmotion_out_of_the_dark_in_time_keeps_the_sessions():
    c = clients(dark(105.0, 1000.0, sessions=3), timeouts=(30.0, 20.0, 1000.0))
    run(c, 120.0)
    migrate(c, 0, 1)
    run(c, 2000.0)
    assert 20.0 < c.migrations.ended_at_s[0] - 105.0 < 30.0
    assert c.sessions.lost.tolist() == [0.0, 20.0, 0.0]
