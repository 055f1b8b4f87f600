"""Links go down and come back at their second, and what runs over them breaks or does not."""

import numpy as np
import pytest

from tests.managed import migrate, plain, refusal_of_migration, refusal_of_wake, run
from tests.networked import fail_link, networked, part
from vienv.core import tick
from vienv.core.enums import MigrationPhase, Network, PowerState, Refusal, Term


def vmotion_under_way(at_s: float, duration_s: float, **link: int):
    """A vMotion of 1 GB from host 0 to host 1, begun at 0, which lasts 9.2 s; then a link of host 1 fails."""
    c = networked(hosts=3, vms=3, on=[0, 1, 2])
    fail_link(c, 1, Network.VMKERNEL, at_s, duration_s, **link)
    migrate(c, 0, 1)
    return c


def test_a_vmotion_breaks_at_the_second_at_which_the_vmkernel_network_goes_down():
    c = vmotion_under_way(at_s=5.0, duration_s=1000.0)
    down_s = run(c, 20.0)
    assert c.migrations.failed_at_s[0] == 5.0
    assert c.migrations.sent_mb[0] == pytest.approx(5.0 * 117.0, rel=1e-12)
    assert c.vms.host[0] == 0
    assert down_s.tolist() == [0.0, 0.0, 0.0]


def test_a_vmotion_that_ends_before_the_link_goes_down_has_ended():
    c = vmotion_under_way(at_s=10.0, duration_s=1000.0)
    run(c, 20.0)
    assert c.migrations.ended_at_s[0] == pytest.approx(9.2, abs=0.01)
    assert c.vms.host[0] == 1


def test_without_the_vmkernel_network_vmotions_are_refused_until_it_is_back():
    c = vmotion_under_way(at_s=5.0, duration_s=100.0)
    run(c, 20.0)
    c.vms.commanded[:] = 0
    assert refusal_of_migration(c, 0, 1) == Refusal.NO_GIGABIT_VMKERNEL
    assert refusal_of_migration(c, 1, 2) == Refusal.NO_GIGABIT_VMKERNEL
    assert refusal_of_migration(c, 0, 2) == Refusal.ACCEPTED
    run(c, 100.0)
    assert refusal_of_migration(c, 0, 1) == Refusal.NO_GIGABIT_VMKERNEL
    run(c, 120.0)
    assert refusal_of_migration(c, 0, 1) == Refusal.ACCEPTED


def test_a_queued_vmotion_of_that_host_fails_with_those_in_flight():
    c = networked(hosts=3, vms=4, on=[0, 0, 0, 2])
    fail_link(c, 1, Network.VMKERNEL, 5.0, 100.0)
    for v in range(3):  # two at a time: the third waits
        migrate(c, v, 1)
    run(c, 20.0)
    assert c.migrations.failed_at_s[:3].tolist() == [5.0, 5.0, 5.0]
    assert c.clock.copying[0] == 0


def test_a_team_works_while_one_uplink_is_up():
    c = networked(hosts=3, vms=3, on=[0, 1, 2])
    c.host_networks.vmkernel_up[:] = 2
    fail_link(c, 1, Network.VMKERNEL, 5.0, 100.0, uplinks=1)
    migrate(c, 0, 1)
    run(c, 20.0)
    assert c.vms.host[0] == 1
    assert c.hosts.vmkernel_mbps[1] == 1000.0


def test_failures_of_one_team_that_overlap_add_up():
    c = networked(hosts=3, vms=3, incidents=2)
    c.host_networks.vmkernel_up[:] = 2
    fail_link(c, 1, Network.VMKERNEL, 100.0, 200.0, uplinks=1, row=0)
    fail_link(c, 1, Network.VMKERNEL, 200.0, 200.0, uplinks=1, row=1)
    speeds = []
    for until_s in (180.0, 200.0, 280.0, 300.0, 400.0):
        run(c, until_s)
        speeds.append(float(c.hosts.vmkernel_mbps[1]))
    assert speeds == [1000.0, 0.0, 0.0, 1000.0, 1000.0]
    assert c.host_networks.vmkernel_up[1] == 2


def test_a_link_that_fails_and_returns_within_one_tick_breaks_the_vmotion_and_leaves_the_link_up():
    c = vmotion_under_way(at_s=3.0, duration_s=4.0)
    run(c, 20.0)
    assert c.migrations.failed_at_s[0] == 3.0
    assert c.hosts.vmkernel_mbps[1] == 1000.0


def test_the_management_network_carries_no_vmotion():
    c = networked(hosts=3, vms=3, on=[0, 1, 2])
    fail_link(c, 1, Network.MANAGEMENT, 5.0, 1000.0)
    migrate(c, 0, 1)
    run(c, 20.0)
    assert c.vms.host[0] == 1


def test_a_link_failure_costs_a_still_cluster_nothing_and_its_end_is_not_missed():
    c = networked(hosts=3, vms=3)
    fail_link(c, 1, Network.VMKERNEL, 1005.0, 1000.0)
    down_s = run(c, 1020.0)
    assert c.hosts.vmkernel_mbps.tolist() == [1000.0, 0.0, 1000.0]
    down_s += run(c, 2020.0)
    assert c.hosts.vmkernel_mbps.tolist() == [1000.0] * 3
    assert not down_s.any()
    assert c.ledger.interval[Term.VM_DOWN_S] == 0.0


def test_wake_on_lan_needs_a_vmkernel_network_that_is_up_on_both_sides():
    c = networked(hosts=2, vms=1, on=[0], incidents=2)
    c.hosts.power_state[1] = PowerState.STANDBY
    fail_link(c, 1, Network.VMKERNEL, 100.0, 100.0, row=0)
    fail_link(c, 0, Network.VMKERNEL, 300.0, 100.0, row=1)
    answers = []
    for until_s in (80.0, 100.0, 200.0, 300.0, 400.0):
        run(c, until_s)
        answers.append(refusal_of_wake(c, 1))
    refused = Refusal.NO_PEER_TO_WAKE
    assert answers == [Refusal.ACCEPTED, refused, Refusal.ACCEPTED, refused, Refusal.ACCEPTED]


def test_a_partition_gives_its_hosts_a_segment_of_their_own_until_it_heals():
    c = networked(hosts=4, vms=4, partitions=True)
    part(c, [1, 2], 105.0, 200.0)
    run(c, 100.0)
    assert c.host_networks.segment.tolist() == [0, 0, 0, 0]
    run(c, 120.0)
    segment = c.host_networks.segment
    assert segment[1] == segment[2] != 0
    assert segment[0] == segment[3] == 0
    assert c.host_networks.parted_at_s[1:3].tolist() == [105.0, 105.0]
    run(c, 320.0)
    assert not c.host_networks.segment.any()
    assert np.isinf(c.host_networks.parted_at_s).all()


def test_a_partition_breaks_no_vmotion():
    c = networked(hosts=4, vms=4, partitions=True)
    part(c, [1, 2], 5.0, 200.0)
    migrate(c, 0, 1)
    run(c, 20.0)
    assert c.vms.host[0] == 1
    assert c.migrations.phase[0] == MigrationPhase.NONE


def test_a_still_host_whose_link_is_back_takes_vmotions_again():
    c = networked(hosts=3, vms=3, on=[0, 1, 2])
    fail_link(c, 1, Network.VMKERNEL, 105.0, 100.0)
    run(c, 60.0)
    one_tick = plain(tick.tick)  # `run` would stir the hosts
    while c.clock.now_s[0] < 300.0:
        one_tick(c.floats, c.ints, c.spans)
    migrate(c, 0, 1)
    one_tick(c.floats, c.ints, c.spans)
    assert c.vms.host[0] == 1
