"""VirtualCenter's plan to empty a host, and standby orders that carry one out through whole ticks."""

import pytest

from tests.managed import look, managed, migrate, order_standby, run, schedule
from vienv.core.enums import NO_HOST, ConnectionState, IncidentKind, PowerState, Term, VmState
from vienv.core.virtualcenter import evacuation

UNCONVERGING_MB_S = 200.0
"""More than a Gigabit link carries: VI3 gives such a migration up."""


def plan(c, h=0):
    look(c)
    return evacuation.plan(
        c.hosts, c.vms, c.migrations, c.paths, c.vm_statistics, c.host_statistics, c.clock, c.vmotion,
        c.virtual_center, h,
    )  # fmt: skip


def planned(c, h=0):
    assert plan(c, h)
    return [int(c.vms.plan_host[v]) for v in range(c.sizes.vms) if c.vms.host[v] == h]


# The plan


def test_the_largest_goes_first_to_the_least_loaded_and_the_next_to_what_is_then_least_loaded():
    c = managed(hosts=3, vms=5, on=[0, 0, 0, 1, 2], mhz=[600.0, 2000.0, 1500.0, 1000.0, 1500.0])
    # 2000 to host 1 (30 %); then 1500 to host 2 (30 % against 45 %); then 600 to the lower index
    assert planned(c) == [1, 1, 2]


def test_least_loaded_is_by_load_after_receiving_so_a_large_host_wins():
    c = managed(hosts=3, vms=3, on=[0, 1, 2], mhz=[2000.0, 1000.0, 2000.0])
    c.hosts.cpu_capacity_mhz[2] = 20_000.0
    assert planned(c) == [2]


def test_a_tie_goes_to_the_lower_index():
    assert planned(managed(hosts=4, vms=1, on=[3]), 3) == [0]


def test_no_receiver_is_planned_above_95_percent_of_its_cpu():
    c = managed(vms=3, on=[0, 1, 1], mhz=[1500.0, 4000.0, 4000.0])
    assert planned(c) == [1]  # exactly 95 %
    c = managed(vms=3, on=[0, 1, 1], mhz=[1501.0, 4000.0, 4000.0])
    assert not plan(c)


def test_what_the_plan_has_given_a_receiver_counts_for_the_next_vm():
    assert plan(managed(vms=3, on=[0, 0, 1], mhz=[2000.0, 2000.0, 5500.0]))
    assert not plan(managed(vms=3, on=[0, 0, 1], mhz=[2100.0, 2000.0, 5500.0]))


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("asleep", lambda c: c.hosts.power_state.__setitem__(1, PowerState.STANDBY)),
        ("entering standby", lambda c: c.hosts.power_state.__setitem__(1, PowerState.ENTERING_STANDBY)),
        ("in maintenance", lambda c: c.hosts.connection.__setitem__(1, ConnectionState.IN_MAINTENANCE)),
        ("without the datastore", lambda c: c.paths.is_reachable.__setitem__(1, 0)),
        ("of another CPU class", lambda c: c.hosts.cpu_class.__setitem__(1, 1)),
        ("on a slow VMkernel network", lambda c: c.hosts.vmkernel_mbps.__setitem__(1, 100.0)),
        ("source on no VMkernel network", lambda c: c.hosts.vmkernel_mbps.__setitem__(0, 0.0)),
        ("short of CPU to reserve", lambda c: c.vms.cpu_reservation_mhz.__setitem__(slice(None), 5001.0)),
        ("short of memory to reserve", lambda c: c.vms.memory_reservation_mb.__setitem__(slice(None), 7_700.0)),
        ("short of memory", lambda c: c.vm_statistics.memory_demand_mb.__setitem__(slice(None), 7_701.0)),
    ],
)
def test_there_is_no_plan_when_the_only_receiver_is(name, change):
    c = managed(on=[0, 1])
    assert plan(c)
    change(c)
    assert not plan(c), name


@pytest.mark.parametrize(
    ("name", "half"),
    [("memory_demand_mb", 7_700.0), ("cpu_reservation_mhz", 5_000.0), ("memory_reservation_mb", 7_576.0)],
)
def test_what_the_plan_has_given_counts_for_memory_and_reservations_too(name, half):
    for amount, is_room in ((half, True), (half + 1.0, False)):
        c = managed(vms=2, on=[0, 0], mhz=0.0)
        getattr(c.vm_statistics if name == "memory_demand_mb" else c.vms, name)[:] = amount
        # the source itself is beyond its capacity then: only what the receiver is given is judged
        assert plan(c) == is_room


def test_vms_that_must_be_apart_are_not_planned_onto_one_host():
    c = managed(hosts=3, vms=2, on=[0, 1])
    c.vms.apart_group[:] = 0
    assert planned(c) == [2]


def test_rivals_that_ha_put_on_one_host_are_parted_by_its_evacuation():
    c = managed(hosts=3, vms=2, on=[0, 0])
    c.vms.apart_group[:] = 0
    assert planned(c) == [1, 2]
    c = managed(hosts=2, vms=2, on=[0, 0])
    c.vms.apart_group[:] = 0
    assert not plan(c)


def test_an_evacuation_may_part_vms_that_belong_together():
    c = managed(hosts=3, vms=4, on=[0, 0, 1, 2], mhz=[4000.0, 4000.0, 5000.0, 5000.0])
    c.vms.together_group[:2] = 0
    assert sorted(planned(c)) == [1, 2]


@pytest.mark.parametrize("state", [VmState.DOWN, VmState.STARTING])
def test_a_vm_that_does_not_run_cannot_be_moved_away(state):
    c = managed(on=[0, 1])
    c.vms.state[0] = state
    assert not plan(c)


def test_a_vm_already_on_its_way_elsewhere_needs_no_other_host():
    c = managed(hosts=3, vms=2, on=[0, 0])
    migrate(c, 0, 1)
    assert plan(c)
    assert c.vms.plan_host.tolist() == [NO_HOST, 2]


def test_a_vm_on_its_way_to_the_host_needs_a_third_host():
    c = managed(hosts=2, vms=1, on=[1])
    migrate(c, 0, 0)
    assert not plan(c)
    c = managed(hosts=3, vms=1, on=[1])
    migrate(c, 0, 0)
    assert plan(c)
    assert c.vms.plan_host[0] == 2


def test_an_empty_host_is_planned_empty():
    assert plan(managed(on=[1, 1]))


# Standby orders


def test_a_standby_order_evacuates_the_host_and_it_sleeps_when_the_last_vm_has_left():
    c = managed(hosts=3, vms=3, on=[0, 0, 1])
    order_standby(c, 0)
    down_s = run(c, 300.0)
    assert c.vms.host.tolist() == [2, 1, 1]  # equal demands: the lower index goes first, to the least loaded
    assert c.hosts.power_state[0] == PowerState.STANDBY
    assert not down_s.any()
    assert c.ledger.interval[Term.POWER_CYCLES] == 1.0


def test_evacuations_do_not_count_against_the_cap_of_commands():
    c = managed(hosts=2, vms=6, on=[0] * 6)
    order_standby(c, 0)
    run(c, 20.0)
    assert c.clock.copying[0] > 0
    assert c.clock.commands[0] == 1
    assert not c.vms.commanded.any()


def test_a_standby_order_is_cancelled_when_a_migration_fails_and_the_host_stays_on():
    c = managed(vms=2, on=[0, 0])
    c.vms.dirty_mb_s[0] = UNCONVERGING_MB_S
    order_standby(c, 0)
    run(c, 600.0)
    assert c.migrations.failed_at_s[0] > 0.0
    assert c.hosts.power_state[0] == PowerState.ON
    assert c.vms.host.tolist() == [0, 1]
    assert c.ledger.interval[Term.POWER_CYCLES] == 0.0


def test_a_failure_before_the_order_does_not_cancel_it():
    c = managed(on=[0, 1])
    c.clock.tick[0], c.clock.now_s[0], c.migrations.failed_at_s[0] = 30, 600.0, 599.0
    order_standby(c, 0)
    run(c, 900.0)
    assert c.hosts.power_state[0] == PowerState.STANDBY


def test_a_standby_order_is_cancelled_when_the_only_receiver_dies():
    c = managed(vms=1, on=[0], incidents=1)
    schedule(c, IncidentKind.HOST_FAILURE, 5.0, 1000.0, host=1)
    order_standby(c, 0)
    down_s = run(c, 60.0)
    assert c.hosts.power_state[0] == PowerState.ON
    assert (c.vms.host[0], c.vms.state[0], down_s[0]) == (0, VmState.RUNNING, 0.0)


def test_a_standby_order_is_cancelled_when_no_plan_is_left_though_no_migration_has_failed():
    c = managed(vms=1, on=[0])
    order_standby(c, 0)
    c.hosts.connection[1] = ConnectionState.IN_MAINTENANCE
    run(c, 20.0)
    assert (c.hosts.power_state[0], c.clock.copying[0]) == (PowerState.ON, 0)


def test_a_command_of_the_same_interval_names_another_host_than_the_plan_would():
    c = managed(hosts=3, vms=3, on=[0, 0, 2], mhz=[500.0, 500.0, 3000.0])
    migrate(c, 0, 2)  # the plan would take host 1, which is empty, as it does for the other
    order_standby(c, 0)
    run(c, 300.0)
    assert c.vms.host.tolist() == [2, 1, 2]
    assert c.hosts.power_state[0] == PowerState.STANDBY


def test_a_vm_that_was_on_its_way_to_a_host_that_goes_to_sleep_is_sent_on():
    c = managed(hosts=3, vms=1, on=[1], vmotion_setup_s=15.0)
    migrate(c, 0, 0)
    run(c, 20.0)
    order_standby(c, 0)
    down_s = run(c, 300.0)
    assert c.vms.host[0] in (1, 2)
    assert c.hosts.power_state[0] == PowerState.STANDBY
    assert down_s[0] == 0.0
