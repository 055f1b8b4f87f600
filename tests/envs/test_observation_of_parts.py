"""What each column of the parts that only some scenarios use shows, where they are used and where they are not."""

import pytest

from tests.envs.shown import C, H, Shown, V
from tests.filed import filed, order
from tests.filed import run as run_files
from tests.managed import managed, run, schedule
from tests.networked import fail_link, networked, part
from tests.stored import make_ip, stored
from vienv.core import copying
from vienv.core.enums import (
    NO_HOST,
    ConnectionState,
    HypervisorKind,
    IncidentKind,
    Network,
    OrderKind,
    OrderPhase,
    PowerState,
    VmState,
)
from vienv.core.state import NEVER

PARTS_OF_HOSTS = (H.NOT_RESPONDING, H.HOSTED, H.FAILOVER, H.STORAGE_LOAD, H.UPLINKS, H.VM_UPLINKS)
PARTS_OF_VMS = (V.SUSPENDED, V.BUSY, V.SPACE_FREE, V.SCORE)
PARTS_OF_CLUSTERS = (C.VC_DOWN, C.TASKS, C.SPACE_LEAST, C.RESTARTS_PENDING, C.PARTITIONED, C.SCORE)


def test_where_no_such_part_is_used_hosts_have_their_uplinks_and_datastores_their_space():
    shown = Shown(managed())
    assert shown.host(1, *PARTS_OF_HOSTS) == [0.0, 0.0, 0.0, 0.0, 1.0, 1.0]
    assert shown.vm(1, *PARTS_OF_VMS) == [0.0, 0.0, 1.0, 0.0]
    assert shown.of_cluster(*PARTS_OF_CLUSTERS) == [0.0, 0.0, 1.0, 0.0, 0.0, 0.0]


def test_a_hosted_hypervisor_shows_and_has_no_vmkernel_uplink():
    c = managed()
    c.hosts.hypervisor[1], c.hosts.vmkernel_mbps[1] = HypervisorKind.HOSTED, 0.0
    shown = Shown(c)
    assert shown.host(1, H.HOSTED, H.UPLINKS) == [1.0, 0.0]
    assert shown.host(0, H.HOSTED, H.UPLINKS) == [0.0, 1.0]


# Networks


@pytest.mark.parametrize(("down", "share"), [(0, 1.0), (1, 0.5), (2, 0.0), (3, 0.0)])
def test_uplinks_are_those_of_the_vmkernel_network_that_are_up(down, share):
    c = networked(incidents=2)
    c.host_networks.vmkernel_up[:] = c.host_networks.vmkernel_uplinks[:] = 2
    for row in range(min(down, 2)):
        fail_link(c, 1, Network.VMKERNEL, 100.0, 1000.0, uplinks=1 + (down == 3), row=row)
    run(c, 200.0)
    shown = Shown(c)
    assert shown.host(1, H.UPLINKS) == [share]
    assert shown.host(0, H.UPLINKS) == [1.0]


def test_uplinks_of_the_vm_network_are_those_that_are_up():
    c = networked(incidents=2)
    shares = []
    for row in range(2):
        fail_link(c, 1, Network.VM, 100.0 + 200.0 * row, 1000.0, uplinks=1, row=row)
    for until_s in (80.0, 200.0, 400.0):
        run(c, until_s)
        shares.append(float(Shown(c).hosts[1, H.VM_UPLINKS]))
    assert shares == [1.0, 0.5, 0.0]
    assert Shown(c).host(0, H.VM_UPLINKS) == [1.0]


def test_a_host_without_a_vmkernel_network_and_one_that_is_not_there_have_no_uplink():
    c = networked(hosts=3)
    c.hosts.vmkernel_mbps[1] = c.host_networks.vmkernel_line_mbps[1] = 0.0
    c.vms.host[:], c.hosts.power_state[2] = 0, PowerState.ABSENT
    shown = Shown(c)
    assert shown.host(1, H.VALID, H.UPLINKS) == [1.0, 0.0]
    assert not shown.hosts[2].any()


def test_a_partition_shows_once_its_hosts_do_not_respond_and_no_longer():
    c = networked(hosts=4, vms=4, partitions=True)
    part(c, [2, 3], 100.0, 400.0)
    run(c, 140.0)
    assert Shown(c).of_cluster(C.PARTITIONED) == [0.0]  # VirtualCenter has heard of it 40 s ago
    run(c, 160.0)
    shown = Shown(c)
    assert shown.of_cluster(C.PARTITIONED) == [1.0]
    assert [shown.hosts[h, H.NOT_RESPONDING] for h in range(4)] == [0.0, 0.0, 1.0, 1.0]
    run(c, 520.0)
    shown = Shown(c)
    assert shown.of_cluster(C.PARTITIONED) == [0.0]
    assert not shown.hosts[:, H.NOT_RESPONDING].any()


def test_a_lone_host_that_does_not_respond_is_no_partition():
    c = networked()
    fail_link(c, 1, Network.MANAGEMENT, 100.0, 1000.0)
    run(c, 200.0)
    shown = Shown(c)
    assert shown.host(1, H.NOT_RESPONDING, H.MAINTENANCE) == [1.0, 0.0]
    assert shown.of_cluster(C.PARTITIONED) == [0.0]


def test_virtualcenter_s_outage_shows_from_its_second_to_its_end():
    c = managed(incidents=1)
    schedule(c, IncidentKind.VC_OUTAGE, 100.0, 200.0)
    seen = []
    for until_s in (80.0, 120.0, 280.0, 300.0):
        run(c, until_s)
        seen.append(float(Shown(c).cluster[C.VC_DOWN]))
    assert seen == [0.0, 1.0, 1.0, 0.0]


# HA


def test_restarts_are_pending_for_vms_that_are_down_and_that_ha_will_start():
    c = managed(hosts=3, vms=4, on=[0, 0, 0, 1], incidents=1)
    c.vms.restart_priority[1] = 0
    schedule(c, IncidentKind.HOST_FAILURE, 100.0, 3600.0, host=0)
    assert Shown(c).of_cluster(C.RESTARTS_PENDING) == [0.0]
    c.hosts.connection[1:] = ConnectionState.IN_MAINTENANCE  # nobody may take them
    run(c, 200.0)
    shown = Shown(c)
    assert [shown.vms[v, V.DOWN] for v in range(4)] == [1.0, 1.0, 1.0, 0.0]
    assert shown.of_cluster(C.RESTARTS_PENDING) == [0.5]
    assert shown.host(1, H.MAINTENANCE) == [1.0]


# Storage


def test_space_free_is_the_datastore_s_share_as_it_is_now_with_what_grows():
    c = stored(vms=3, datastores=2)
    c.volumes.capacity_mb[1], c.volumes.used_mb[1] = 1000.0, 600.0
    c.volumes.growth_mb_s[1], c.vms.datastore[1:] = 0.5, 1
    c.vms.state[2], c.vms.host[2] = VmState.NOT_ARRIVED, NO_HOST
    shown = Shown(c)
    assert [float(shown.vms[v, V.SPACE_FREE]) for v in range(3)] == pytest.approx([1.0, 0.4, 0.0], rel=1e-6)
    assert shown.of_cluster(C.SPACE_LEAST) == [0.4]
    c.clock.now_s[0] = 200.0
    assert Shown(c).of_cluster(C.SPACE_LEAST) == [0.3]
    c.clock.now_s[0] = 10_000.0
    assert Shown(c).vm(1, V.SPACE_FREE) == [0.0]


def test_a_vm_without_space_is_suspended_and_one_on_a_thick_disk_runs_on():
    c = stored()
    c.volumes.capacity_mb[0], c.disks.write_mb_s[0] = 100.0, 1.0
    run(c, 80.0)
    assert Shown(c).vm(0, V.SUSPENDED, V.RUNNING) == [0.0, 1.0]
    run(c, 200.0)
    shown = Shown(c)
    assert shown.vm(0, V.SUSPENDED, V.RUNNING, V.SPACE_FREE) == [1.0, 1.0, 0.0]
    assert shown.vm(1, V.SUSPENDED, V.RUNNING) == [0.0, 1.0]
    c.volumes.capacity_mb[0] = 1000.0
    c.clock.next_event_s[0] = 0.0
    run(c, 240.0)
    assert Shown(c).vm(0, V.SUSPENDED) == [0.0]


def test_storage_load_is_the_fullest_of_a_host_s_lines_while_something_is_copied():
    c = stored(datastores=2)
    make_ip(c, 1)
    c.lines.line_mb_s[-1] = 57.5  # half of what the host's storage NIC of 1 GbE carries
    assert Shown(c).host(1, H.STORAGE_LOAD) == [0.0]
    copying.request(c.copies, c.clock, 0, host=1, source=1, target=1, size_mb=5750.0, at_s=0.0)
    run(c, 40.0)
    shown = Shown(c)
    assert shown.host(1, H.STORAGE_LOAD) == [0.5]
    assert shown.host(0, H.STORAGE_LOAD) == [0.0]
    run(c, 120.0)
    assert Shown(c).host(1, H.STORAGE_LOAD) == [0.0]


def test_storage_over_the_vmkernel_s_nic_counts_there():
    c = stored()
    make_ip(c, 0)
    c.adapters.shares_nic[:] = 1
    copying.request(c.copies, c.clock, 0, host=1, source=0, target=0, size_mb=5750.0, at_s=0.0)
    run(c, 40.0)
    assert Shown(c).host(1, H.STORAGE_LOAD) == [1.0]


# Files


def test_a_vm_is_busy_while_its_disks_are_copied_and_orders_count_from_when_they_are_due():
    c = filed(vms=3, num_orders=2, virtual_center_tasks_at_a_time=1)
    order(c, 0, OrderKind.BACKUP, 0, 100.0, datastore=1, option=1)
    order(c, 1, OrderKind.BACKUP, 1, 110.0, datastore=1, option=1)
    assert Shown(c).of_cluster(C.TASKS) == [0.0]
    run_files(c, 160.0)
    shown = Shown(c)
    assert [float(shown.vms[v, V.BUSY]) for v in range(3)] == [1.0, 0.0, 0.0]
    assert shown.of_cluster(C.TASKS) == [2.0 / 8.0]
    while c.orders.ended_at_s[0] == NEVER:
        run_files(c, c.clock.now_s[0] + 20.0)
    run_files(c, c.clock.now_s[0] + 20.0)
    shown = Shown(c)
    assert [float(shown.vms[v, V.BUSY]) for v in range(3)] == [0.0, 1.0, 0.0]
    assert shown.of_cluster(C.TASKS) == [1.0 / 8.0]


def test_of_a_clone_the_vm_that_it_is_made_of_is_busy():
    c = filed(vms=3)
    c.vms.state[2], c.vms.host[2], c.vms.arrives_at_s[2] = VmState.NOT_ARRIVED, NO_HOST, NEVER
    c.disks.written_mb[2] = 0.0
    order(c, 0, OrderKind.CLONE, 2, 100.0, source=1)
    run_files(c, 160.0)
    shown = Shown(c)
    assert [float(shown.vms[v, V.BUSY]) for v in range(3)] == [0.0, 1.0, 0.0]
    assert not shown.vms[2].any()


# DRS scores


def test_scores_are_those_of_the_last_interval_and_only_of_vms_that_are_on():
    c = managed(hosts=2, vms=3, on=[0, 0, 1], rows={"scored_vms": 3})
    c.scores.score[:], c.cluster_score.score[:] = [62.5, 100.0, 80.0], 75.0
    c.vms.state[2] = VmState.DOWN
    shown = Shown(c)
    assert [float(shown.vms[v, V.SCORE]) for v in range(3)] == [0.625, 1.0, 0.0]
    assert shown.of_cluster(C.SCORE) == [0.75]


def test_orders_on_hosts_are_tasks_too():
    c = managed(hosts=3, vms=2, rows={"orders": 2})
    c.orders.at_s[:] = [100.0, 200.0]
    c.orders.kind[:], c.orders.phase[:] = OrderKind.PATCH, [OrderPhase.AWAY, OrderPhase.WAITING]
    seen = []
    for now_s in (80.0, 100.0, 200.0):
        c.clock.now_s[0] = now_s
        seen.append(8.0 * float(Shown(c).cluster[C.TASKS]))
    c.orders.phase[0] = OrderPhase.DONE
    seen.append(8.0 * float(Shown(c).cluster[C.TASKS]))
    assert seen == [0.0, 1.0, 2.0, 1.0]
