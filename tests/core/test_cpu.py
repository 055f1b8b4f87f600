import numpy as np
import pytest

from tests.clusters import cluster
from vienv.core import cpu, demand, inventory
from vienv.core.enums import NO_POOL, PowerState, VmState

BUSY = 1.0  # of configured CPU


def schedule(c):
    """Group the VMs, keep them up for the whole tick, and divide the CPU."""
    c.clock.placement_changed[0] = 1
    inventory.group(c.hosts, c.vms, c.migrations, c.clock)
    c.vms.up_s[:] = np.where(c.vms.state == VmState.RUNNING, c.clock.tick_s[0], 0.0)
    demand.update(c.hosts, c.vms, c.workload, c.clock, c.demand)
    cpu.schedule(c.hosts, c.vms, c.pools, c.cpu)


def one_full_host(vms=2, pools=0, capacity_mhz=9_000.0):
    """All VMs on host 0, each wanting as much as the host has."""
    c = cluster(vms=vms, pools=pools)
    c.vms.host[:] = 0
    c.hosts.cpu_capacity_mhz[0] = capacity_mhz
    c.vms.cpu_configured_mhz[:] = capacity_mhz
    c.workload.demand[:] = BUSY
    return c


def test_everyone_gets_its_demand_when_nobody_is_short():
    c = cluster(vms=4)
    c.workload.demand[:] = 0.4
    schedule(c)
    assert c.vms.delivered_mhz.tolist() == [1_000.0] * 4
    assert c.hosts.demand_mhz.tolist() == c.hosts.delivered_mhz.tolist() == [2_000.0, 2_000.0]


def test_a_short_host_is_divided_by_shares_and_its_neighbour_is_not_concerned():
    c = one_full_host(vms=3)
    c.vms.host[2] = 1
    c.vms.cpu_shares[:] = [1_000.0, 2_000.0, 1.0]
    schedule(c)
    assert c.vms.delivered_mhz == pytest.approx([3_000.0, 6_000.0, 9_000.0])


def test_ready_time_is_demand_less_delivered():
    c = one_full_host()
    schedule(c)
    ready_percent = 100.0 * (c.vms.demand_mhz - c.vms.delivered_mhz) / c.vms.demand_mhz
    assert ready_percent == pytest.approx([50.0, 50.0])
    assert c.hosts.demand_mhz[0] == 18_000.0


def test_a_reservation_comes_before_shares():
    c = one_full_host()
    c.vms.cpu_shares[:] = [500.0, 2_000.0]
    c.vms.cpu_reservation_mhz[0] = 8_000.0
    schedule(c)
    assert c.vms.delivered_mhz == pytest.approx([8_200.0, 800.0])


def test_a_reservation_that_is_not_used_is_lent_to_others():
    c = one_full_host()
    c.vms.cpu_configured_mhz[0] = 1_000.0
    c.vms.cpu_reservation_mhz[0] = 5_000.0
    schedule(c)
    assert c.vms.delivered_mhz == pytest.approx([1_000.0, 8_000.0])


def test_a_limit_binds_and_what_it_leaves_goes_to_the_others():
    c = one_full_host(vms=3)
    c.vms.cpu_limit_mhz[0] = 1_000.0
    schedule(c)
    assert c.vms.delivered_mhz == pytest.approx([1_000.0, 4_000.0, 4_000.0])


def test_demand_above_a_vms_own_limit_is_not_unserved():
    c = one_full_host(vms=1)
    c.vms.cpu_limit_mhz[0] = 1_000.0
    schedule(c)
    assert c.vms.demand_mhz[0] - c.vms.delivered_mhz[0] == 0.0


def test_cpu_that_vmotions_take_is_not_there_for_vms():
    c = one_full_host()
    c.hosts.vmotion_mhz[0] = 1_000.0
    schedule(c)
    assert c.vms.delivered_mhz == pytest.approx([4_000.0, 4_000.0])


@pytest.mark.parametrize("state", [VmState.DOWN, VmState.STARTING, VmState.AWAITING_PLACEMENT])
def test_a_vm_that_does_not_run_at_the_ticks_end_neither_wants_nor_gets(state):
    c = one_full_host()
    c.vms.state[0] = state
    schedule(c)
    assert c.vms.demand_mhz.tolist() == c.vms.delivered_mhz.tolist() == [0.0, 9_000.0]


@pytest.mark.parametrize("state", [PowerState.STANDBY, PowerState.WAKING, PowerState.BOOTING, PowerState.FAILED])
def test_a_host_that_is_not_on_delivers_nothing(state):
    c = one_full_host()
    schedule(c)
    c.hosts.power_state[0] = state
    c.vms.state[:] = VmState.DOWN
    schedule(c)
    assert c.hosts.demand_mhz[0] == c.hosts.delivered_mhz[0] == 0.0


def test_a_host_entering_standby_still_serves_what_it_has():
    c = one_full_host()
    c.hosts.power_state[0] = PowerState.ENTERING_STANDBY
    schedule(c)
    assert c.hosts.delivered_mhz[0] == pytest.approx(9_000.0)


def test_a_guest_that_is_copied_loses_cpu_which_its_host_spends_all_the_same():
    c = cluster()
    c.workload.demand[:] = BUSY
    c.vms.slowdown[0] = 0.1
    schedule(c)
    assert c.vms.delivered_mhz == pytest.approx([2_250.0, 2_500.0])
    assert c.hosts.delivered_mhz == pytest.approx([2_500.0, 2_500.0])
    assert c.vms.degraded_mhz_s == pytest.approx([250.0 * 20.0, 0.0])


def test_swap_slows_the_guest_and_its_host_spends_less():
    c = cluster()
    c.workload.demand[:] = BUSY
    schedule(c)
    c.vms.unserved_mb[0] = 0.5 * c.vms.active_mb[0]
    schedule(c)
    assert c.vms.delivered_mhz == pytest.approx([(1.0 - 0.9 * 0.5) * 2_500.0, 2_500.0])
    assert c.hosts.delivered_mhz[0] == pytest.approx(c.vms.delivered_mhz[0])


def test_crowded_pool_of_high_shares_gives_a_vm_less_the_priority_pie_paradox():
    c = one_full_host(vms=8, pools=2, capacity_mhz=100_000.0)
    c.vms.pool[:] = [0] * 6 + [1] * 2
    c.pools.shares[:] = [8_000.0, 4_000.0]
    schedule(c)
    assert c.vms.delivered_mhz[:6].sum() == pytest.approx(66_667.0, abs=1.0)
    assert c.vms.delivered_mhz[6:].sum() == pytest.approx(33_333.0, abs=1.0)
    assert c.vms.delivered_mhz == pytest.approx([11_111.0] * 6 + [16_667.0] * 2, abs=1.0)


def test_the_paradox_holds_over_two_hosts():
    c = one_full_host(vms=8, pools=2, capacity_mhz=50_000.0)
    c.hosts.cpu_capacity_mhz[:] = 50_000.0
    c.vms.host[:] = [0, 0, 0, 1, 1, 1, 0, 1]
    c.vms.pool[:] = [0] * 6 + [1] * 2
    c.pools.shares[:] = [8_000.0, 4_000.0]
    schedule(c)
    assert c.vms.delivered_mhz == pytest.approx([11_111.0] * 6 + [16_667.0] * 2, abs=1.0)


def test_pools_and_vms_outside_any_pool_are_siblings():
    c = one_full_host(vms=3, pools=1)
    c.vms.pool[:] = [NO_POOL, 0, 0]
    c.vms.cpu_shares[0] = 2_000.0
    schedule(c)
    assert c.vms.delivered_mhz == pytest.approx([3_000.0, 3_000.0, 3_000.0])


def test_a_pools_shares_are_split_over_hosts_by_the_shares_of_its_running_vms():
    c = one_full_host(vms=5, pools=1)
    c.hosts.cpu_capacity_mhz[1] = 9_000.0
    c.vms.pool[:] = [NO_POOL, 0, 0, 0, 0]
    c.vms.host[:] = [0, 0, 1, 1, 1]
    c.vms.state[4] = VmState.DOWN
    c.vms.cpu_shares[:] = [1_000.0, 1_000.0, 2_000.0, 1_000.0, 9_000.0]
    schedule(c)
    assert c.vms.delivered_mhz == pytest.approx([4_500.0, 4_500.0, 6_000.0, 3_000.0, 0.0])


def test_a_pools_limit_binds_on_a_host_that_is_not_short():
    c = one_full_host(pools=1)
    c.vms.cpu_configured_mhz[:] = 3_000.0
    c.vms.pool[:] = [0, NO_POOL]
    c.pools.limit_mhz[0] = 2_000.0
    schedule(c)
    assert c.vms.delivered_mhz == pytest.approx([2_000.0, 3_000.0])


def test_a_pools_reservation_protects_its_vms():
    c = one_full_host(vms=3, pools=1)
    c.vms.pool[:] = [0, NO_POOL, NO_POOL]
    c.pools.shares[0] = 1_000.0
    c.pools.reservation_mhz[0] = 6_000.0
    schedule(c)
    assert c.vms.delivered_mhz == pytest.approx([7_000.0, 1_000.0, 1_000.0])


def test_a_vms_own_reservation_holds_inside_a_poor_pool():
    c = one_full_host(vms=3, pools=1)
    c.vms.pool[:] = [0, 0, NO_POOL]
    c.pools.shares[0] = 1.0
    c.vms.cpu_shares[2] = 1e6
    c.vms.cpu_reservation_mhz[0] = 4_000.0
    schedule(c)
    assert c.vms.delivered_mhz[0] >= 4_000.0


def test_pools_change_nothing_where_nobody_is_short():
    c = cluster(vms=4, pools=2)
    c.vms.pool[:] = [0, 1, NO_POOL, 0]
    c.workload.demand[:] = 0.1 * np.arange(1, 5)[np.arange(c.workload.demand.size) % 4]
    schedule(c)
    assert c.vms.delivered_mhz.tolist() == c.vms.demand_mhz.tolist()
