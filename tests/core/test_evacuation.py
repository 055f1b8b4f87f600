"""VirtualCenter's plan to empty a host: largest demand first, least-loaded host with room."""

import pytest

from tests.managed import look, managed, migrate
from vienv.core import evacuation
from vienv.core.enums import NO_HOST, ConnectionState, PowerState, VmState


def plan(c, h=0):
    look(c)
    return evacuation.plan(
        c.hosts, c.vms, c.migrations, c.paths, c.vm_statistics, c.host_statistics, c.clock, c.vmotion,
        c.virtual_center, h,
    )  # fmt: skip


def planned(c, h=0):
    assert plan(c, h)
    return [int(c.vms.plan_host[v]) for v in range(c.sizes.vms) if c.vms.host[v] == h]


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
