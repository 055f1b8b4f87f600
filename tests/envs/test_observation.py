"""What each column of a host and of a VM shows, by name, on two or three hosts."""

import numpy as np
import pytest

from tests.envs.shown import NUM_C, C, H, Shown, V
from tests.managed import arrive, managed, migrate, order_standby, run, wake
from vienv.core.enums import NO_HOST, NO_VM, ConnectionState, PowerState, VmState

# Hosts

_STATES = (H.ON, H.ENTERING_STANDBY, H.STANDBY, H.COMING, H.FAILED)


@pytest.mark.parametrize(
    ("state", "column"),
    list(zip(PowerState, (H.ON, H.ENTERING_STANDBY, H.STANDBY, H.COMING, H.COMING, H.FAILED, None), strict=True)),
)
def test_a_host_shows_one_power_state(state, column):
    c = managed(on=[0, 0])
    c.hosts.power_state[1] = state
    assert [float(column == s) for s in _STATES] == Shown(c).host(1, *_STATES)


def test_an_absent_host_shows_as_padding():
    c = managed(on=[0, 0])
    c.hosts.power_state[1] = PowerState.ABSENT
    assert Shown(c).host(1, *H) == [0.0] * len(H)


@pytest.mark.parametrize(
    ("connection", "column"),
    list(zip(ConnectionState, (None, H.MAINTENANCE, H.MAINTENANCE, H.NOT_RESPONDING, H.FAILOVER), strict=True)),
)
def test_a_host_shows_why_it_is_not_connected(connection, column):
    c = managed()
    c.hosts.connection[1] = connection
    shown, states = Shown(c), (H.MAINTENANCE, H.NOT_RESPONDING, H.FAILOVER)
    assert [float(column == s) for s in states] == shown.host(1, *states)
    assert shown.host(0, *states) == [0.0, 0.0, 0.0]


def test_capacities_and_watts_are_shares_of_the_cluster_s_largest():
    c = managed()
    c.hosts.cpu_capacity_mhz[1], c.hosts.memory_capacity_mb[1] = 20_000.0, c.hosts.memory_capacity_mb[0] / 2.0
    c.power_curves.watts[11:] *= 2.0
    columns = (H.VALID, H.CPU_CAPACITY, H.MEMORY_CAPACITY, H.IDLE_POWER, H.PEAK_POWER)
    shown = Shown(c)
    assert shown.host(0, *columns) == [1.0, 0.5, 1.0, 200.0 / 600.0, 0.5]
    assert shown.host(1, *columns) == [1.0, 1.0, 0.5, 400.0 / 600.0, 1.0]


def test_loads_are_planned_demand_over_capacity_and_may_exceed_1():
    c = managed(vms=3, on=[0, 0, 1], mhz=[9000.0, 3000.0, 1000.0])
    c.vm_statistics.demand_40min_mhz[0], c.vm_statistics.demand_60min_mhz[0] = 4000.0, 2000.0
    assert Shown(c).host(0, H.LOAD_5, H.LOAD_40, H.LOAD_60) == [1.2, 0.7, 0.5]


def test_deviations_are_roots_of_summed_variances():
    c = managed(vms=2, on=[0, 0])
    s = c.vm_statistics
    s.deviation_5min_mhz[:], s.deviation_40min_mhz[:], s.deviation_60min_mhz[:] = [300, 400], [600, 800], [0, 100]
    assert Shown(c).host(0, H.DEVIATION_5, H.DEVIATION_40, H.DEVIATION_60) == [0.05, 0.1, 0.01]


def test_load_now_and_consumed_are_the_last_tick_s():
    c = managed(vms=2, on=[0, 0])
    c.hosts.demand_mhz[0], c.hosts.consumed_mb[0] = 2500.0, c.hosts.memory_capacity_mb[0] / 4.0
    assert Shown(c).host(0, H.LOAD_NOW, H.MEMORY_CONSUMED) == [0.25, 0.25]


def test_utilisation_and_unserved_are_the_last_interval_s():
    c = managed()
    c.host_statistics.utilisation_5min[1], c.host_statistics.unserved_5min_mhz[1] = 0.7, 500.0
    shown = Shown(c)
    assert shown.host(1, H.UTILISATION_5, H.UNSERVED_5) == [0.7, 0.05]
    assert shown.of_cluster(C.UNSERVED_5) == [0.025]


def test_memory_and_reservations_are_shares_of_capacity():
    c = managed(vms=2, on=[0, 0])
    c.vms.cpu_reservation_mhz[:], c.vms.memory_reservation_mb[:] = 1000.0, 400.0
    c.vm_statistics.memory_demand_mb[:] = 770.048
    capacity_mb = c.hosts.memory_capacity_mb[0]
    columns = (H.MEMORY_DEMAND, H.MEMORY_RESERVED, H.CPU_RESERVED, H.NUM_VMS)
    assert [0.1, 2 * 524.0 / capacity_mb, 0.2, 2.0 / 32.0] == Shown(c).host(0, *columns)


def test_a_migration_shows_at_both_ends_as_a_share_of_the_limit_and_its_load_at_the_destination():
    c = managed(vms=2, on=[0, 0], mhz=[1000.0, 3000.0])
    migrate(c, 0, 1)
    shown = Shown(c)
    assert shown.host(0, H.MIGRATIONS_OUT, H.MIGRATIONS_IN, H.LOAD_5) == [0.5, 0.0, 0.3]
    assert shown.host(1, H.MIGRATIONS_OUT, H.MIGRATIONS_IN, H.LOAD_5) == [0.0, 0.5, 0.1]
    assert shown.placement.tolist() == [1.0, 0.0]
    assert shown.of_cluster(C.MIGRATING) == [0.5]


def test_time_in_a_state_is_in_hours_and_at_most_four():
    c = managed()
    c.clock.now_s[0], c.hosts.state_since_s[:] = 18_000.0, [16_200.0, 0.0]
    shown = Shown(c)
    assert shown.host(0, H.TIME_IN_STATE_H) == [0.5]
    assert shown.host(1, H.TIME_IN_STATE_H) == [4.0]


def test_time_to_ready_is_until_the_host_is_on_or_asleep():
    c = managed(hosts=3, vms=1, on=[0])
    c.hosts.power_state[2] = PowerState.STANDBY
    wake(c, 2)  # 5 s for the packet, 240 s to boot
    order_standby(c, 1)
    assert Shown(c).host(1, H.TIME_TO_READY_H) == [0.0]  # nobody knows yet
    assert Shown(c).host(2, H.TIME_TO_READY_H) == [245.0 / 3600.0]
    run(c, 20.0)
    shown = Shown(c)
    assert shown.host(1, H.TIME_TO_READY_H) == [(60.0 - 20.0) / 3600.0]
    assert shown.host(2, H.TIME_TO_READY_H) == [(245.0 - 20.0) / 3600.0]
    assert shown.host(0, H.TIME_TO_READY_H) == [0.0]


def test_commands_of_the_interval_show():
    c = managed(hosts=3, vms=2)
    migrate(c, 0, 2)
    order_standby(c, 1)
    shown = Shown(c)
    assert shown.host(0, H.COMMANDED) == [0.0]
    assert shown.host(1, H.COMMANDED) == [1.0]
    assert shown.vm(0, V.COMMANDED, V.MIGRATING) == [1.0, 1.0]
    assert shown.of_cluster(C.COMMANDS_LEFT) == [14.0 / 16.0]


def test_with_a_vm_picked_each_host_shows_its_load_after_receiving_it_and_the_cluster_its_row():
    c = managed(hosts=3, vms=2, on=[0, 1], mhz=[1000.0, 2000.0])
    assert Shown(c).host(1, H.LOAD_AFTER) == [0.2]
    c.clock.picked[0] = 0
    shown = Shown(c)
    assert shown.host(0, H.LOAD_AFTER) == [0.1]  # its own host has it already
    assert shown.host(1, H.LOAD_AFTER) == [0.3]
    assert shown.of_cluster(C.IS_PICKED) == [1.0]
    assert np.array_equal(shown.cluster[NUM_C:], shown.vms[0])
    c.clock.picked[0] = NO_VM
    assert not Shown(c).cluster[NUM_C:].any()


# VMs


@pytest.mark.parametrize(
    ("state", "column"), [(VmState.RUNNING, V.RUNNING), (VmState.DOWN, V.DOWN), (VmState.STARTING, V.DOWN)]
)
def test_a_vm_shows_its_state_and_place(state, column):
    c = managed()
    c.vms.state[1] = state
    shown = Shown(c)
    states = (V.VALID, V.RUNNING, V.WAITING, V.DOWN)
    assert [1.0] + [float(column == s) for s in states[1:]] == shown.vm(1, *states)
    assert shown.placement[1] == 1.0


def test_an_arrival_waits_without_a_place_and_one_to_come_does_not_show():
    c = managed(vms=3)
    arrive(c, 1)
    c.vms.state[2], c.vms.host[2] = VmState.NOT_ARRIVED, NO_HOST
    shown = Shown(c)
    assert shown.vm(1, V.VALID, V.WAITING, V.HOST_LOAD) == [1.0, 1.0, 0.0]
    assert shown.placement[1:].tolist() == [-1.0, -1.0]
    assert not shown.vms[2].any()
    assert shown.of_cluster(C.WAITING) == [1.0 / 3.0]


def test_a_vm_s_demands_are_shares_of_the_largest_host():
    c = managed()
    c.hosts.cpu_capacity_mhz[1] = 20_000.0
    s, values = c.vm_statistics, [200.0 * k for k in range(1, 10)]
    seen = [s.demand_5min_mhz, s.demand_40min_mhz, s.demand_60min_mhz, s.deviation_5min_mhz, s.deviation_40min_mhz]
    seen += [s.deviation_60min_mhz, s.peak_60min_mhz, s.unserved_5min_mhz]
    for figure, value in zip([c.vms.demand_mhz, *seen], values, strict=True):
        figure[0] = value
    assert [x / 20_000.0 for x in values] == Shown(c).vm(0, *range(V.DEMAND_NOW, V.UNSERVED_5 + 1))


def test_a_vm_s_memory_reservations_priority_rules_and_host_load():
    c = managed(vms=2, on=[0, 0], mhz=1000.0)
    mb = c.hosts.memory_capacity_mb[0]
    c.vms.cpu_reservation_mhz[0], c.vms.memory_reservation_mb[0], c.vms.restart_priority[0] = 500.0, 200.0, 3
    c.vms.apart_group[0], c.vm_statistics.memory_demand_mb[0] = 0, 777.0
    shown = Shown(c)
    columns = (V.CPU_RESERVATION, V.MEMORY, V.MEMORY_DEMAND, V.MEMORY_RESERVED, V.PRIORITY, V.HAS_RULE, V.HOST_LOAD)
    assert [0.05, 1024.0 / mb, 777.0 / mb, 324.0 / mb, 1.0, 1.0, 0.2] == shown.vm(0, *columns)
    assert shown.vm(1, V.PRIORITY, V.HAS_RULE) == [2.0 / 3.0, 0.0]


def test_migration_time_and_dirtying_are_measured_by_the_link():
    c = managed()
    c.vms.touched_mb[0], c.vms.dirty_mb_s[0], c.hosts.vmkernel_mbps[1] = 1170.0, 58.5, 0.0
    shown = Shown(c)
    assert shown.vm(0, V.MIGRATION_TIME, V.DIRTY) == [10.0 / 300.0, 0.5]
    assert shown.vm(1, V.MIGRATION_TIME, V.DIRTY) == [0.0, 0.0]
