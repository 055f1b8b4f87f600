"""Timeline 10: the priority pie on 100 GHz; HA breaks a rule that DRS mends once a host has been added."""

import pytest

from tests.managed import advance, look, managed, migrate, run, schedule
from vienv.core.enums import NO_VM, IncidentKind, OrderKind, PowerState, VmState
from vienv.core.rules import violations
from vienv.envs.recommendation import recommend

HIGH, NORMAL = 8_000.0, 4_000.0


def test_on_100_ghz_the_high_pools_six_get_11_1_ghz_each_and_the_normal_pools_two_16_7():
    c = managed(hosts=1, vms=8, on=[0] * 8, mhz=100_000.0, rows={"pools": 2})
    c.hosts.cpu_capacity_mhz[:] = 100_000.0
    c.vms.pool[:] = [0] * 6 + [1] * 2
    c.pools.shares[:] = [HIGH, NORMAL]
    run(c, 20.0)
    assert c.vms.delivered_mhz[:6].sum() == pytest.approx(66_666.7, abs=0.1)
    assert c.vms.delivered_mhz[6:].sum() == pytest.approx(33_333.3, abs=0.1)
    assert c.vms.delivered_mhz[0] == pytest.approx(11_111.1, abs=0.1)
    assert c.vms.delivered_mhz[7] == pytest.approx(16_666.7, abs=0.1)


A, B, FULL, ADDED = range(4)


def parted_pair(declared_after_s):
    """VMs 0 and 1 must be apart and are, on A and B; C is full; D joins at 600; B dies at 100."""
    c = managed(hosts=4, vms=3, on=[A, B, FULL], incidents=1, rows={"orders": 1}, ha_declared_after_s=declared_after_s)
    c.vms.apart_group[:2] = 0
    c.vms.cpu_reservation_mhz[2], c.vms.cpu_reservation_mhz[:2] = 9_900.0, 200.0
    c.hosts.power_state[ADDED], c.hosts.standby_w[ADDED] = PowerState.ABSENT, 0.0
    c.orders.kind[0], c.orders.host[0], c.orders.at_s[0] = OrderKind.ADD_HOST, ADDED, 600.0
    c.orders.standby_w[0] = 15.0
    schedule(c, IncidentKind.HOST_FAILURE, 100.0, 36_000.0, host=B)
    look(c)
    return c


def recommended(c):
    look(c)
    recommend(
        c.recommendations, c.clusters, c.pools, c.hosts, c.vms, c.migrations, c.paths, c.vm_statistics,
        c.host_statistics, c.vmotion, c.ha, c.virtual_center, c.preferences, True, False,
    )  # fmt: skip
    return c.recommendations


@pytest.mark.parametrize(("declared_after_s", "starts_at_s"), [(15.0, 115.0), (18.0, 118.0)])
def test_ha_breaks_the_rule_at_15_or_18_s_where_one_host_is_left_with_room(declared_after_s, starts_at_s):
    c = parted_pair(declared_after_s)
    run(c, 120.0)
    assert (c.vms.state[1], c.vms.host[1]) == (VmState.STARTING, A)
    assert c.vms.up_at_s[1] == starts_at_s + 90.0
    run(c, 220.0)
    assert violations(c.vms) == 2


def test_drs_first_pass_after_a_host_is_added_at_600_mends_it_with_priority_1():
    c = parted_pair(18.0)
    advance(c)
    assert violations(c.vms) == 2
    assert recommended(c).vm[0] == NO_VM  # the pair has nowhere to part to
    advance(c)
    assert c.clock.now_s[0] == 600.0
    assert (c.hosts.power_state[ADDED], c.hosts.state_since_s[ADDED]) == (PowerState.ON, 600.0)
    first = recommended(c)
    assert first.vm[0] in (0, 1)
    assert (first.destination[0], first.is_mandatory[0]) == (ADDED, 1)
    migrate(c, int(first.vm[0]), ADDED)
    run(c, 620.0)
    assert violations(c.vms) == 0
