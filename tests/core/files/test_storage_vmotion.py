"""Storage vMotion: how long it lasts, what it holds meanwhile, what follows, and why it may be refused."""

import pytest

from tests.clusters import MB_PER_GB, settings
from tests.filed import change, filed, order, run
from tests.managed import migrate, refusal_of_migration, schedule
from tests.stored import fail_paths
from vienv.core.enums import (
    BUSY,
    Happening,
    HypervisorKind,
    IncidentKind,
    OrderKind,
    OrderPhase,
    PowerState,
    Refusal,
    StorageKind,
    VmState,
)
from vienv.core.virtualcenter import commands

SIZE_MB = 40 * MB_PER_GB
VSPHERE_5 = {
    "file_host_units": 8,
    "file_copy_host_units": 1,
    "file_storage_vmotion_host_units": 4,
    "file_storage_vmotion_datastore_units": 16,
    "vmotion_datastore_limit": 128,
}


def moved(num_orders=1, vms=2, at_s=0.0, fc_mb_s=200.0, **changes):
    """Order k moves VM k from one FC volume of 2 Gb/s to another, 40 GB each; all VMs run on host 0."""
    c = filed(vms=vms, num_orders=num_orders, on=[0] * vms, **changes)
    c.volumes.kind[:], c.volumes.payload[:] = StorageKind.FC, 1.0
    c.lines.line_mb_s[4:] = fc_mb_s  # HBAs and volumes
    c.disks.configured_mb[:] = c.disks.written_mb[:] = SIZE_MB
    c.volumes.used_mb[0] = SIZE_MB * vms + c.files.booked_mb.sum()
    for k in range(num_orders):
        order(c, k, OrderKind.STORAGE_VMOTION, k, at_s, datastore=1)
    return c


@pytest.mark.parametrize(("fc_mb_s", "lasts_s"), [(200.0, 204.8), (400.0, 102.4)])
def test_40_gb_move_between_fc_volumes_at_line_speed(fc_mb_s, lasts_s):
    c = moved(fc_mb_s=fc_mb_s)
    run(c, 220.0)
    assert c.orders.ended_at_s[0] == pytest.approx(lasts_s, rel=1e-12)
    assert (c.orders.phase[0], c.vms.datastore[0], c.down_s[0]) == (OrderPhase.DONE, 1, 0.0)


def test_40_gb_move_between_nfs_shares_over_gigabit_in_356_s():
    c = filed(vms=1)
    c.disks.written_mb[0] = c.disks.configured_mb[0] = SIZE_MB
    order(c, 0, OrderKind.STORAGE_VMOTION, 0, 10.0, datastore=1)
    run(c, 380.0)
    assert c.orders.ended_at_s[0] == pytest.approx(10.0 + SIZE_MB / 115.0, rel=1e-12)
    assert c.orders.ended_at_s[0] - 10.0 == pytest.approx(356.2, abs=0.05)


def test_the_old_space_is_free_and_the_new_one_taken_with_all_its_files():
    c = moved()
    before_mb = c.volumes.used_mb.copy()
    own_mb = SIZE_MB + c.files.booked_mb[0]
    run(c, 100.0)
    assert c.volumes.used_mb.tolist() == pytest.approx([before_mb[0], SIZE_MB])  # both sides meanwhile
    run(c, 240.0)
    assert c.volumes.used_mb.tolist() == pytest.approx([before_mb[0] - own_mb, own_mb])


def test_what_a_thin_disk_grew_meanwhile_is_moved_too():
    c = moved(vms=1)
    c.disks.configured_mb[0], c.disks.write_mb_s[0] = 2 * SIZE_MB, 0.5
    change(c)
    run(c, 400.0)
    grown_s = c.volumes.used_until_s[0] - 20.0  # from the end of the first tick to when it was last asked
    assert grown_s >= 200.0
    assert c.disks.written_mb[0] == pytest.approx(SIZE_MB + 0.5 * grown_s)
    assert c.volumes.used_mb.tolist() == pytest.approx([0.0, c.disks.written_mb[0] + c.files.booked_mb[0]])


def test_the_vm_is_busy_meanwhile_and_moves_again_after():
    c = moved()
    run(c, 100.0)
    assert c.vms.commanded[0] == BUSY
    assert refusal_of_migration(c, 0, 1) == Refusal.VM_BUSY
    commands.open_interval(c.hosts, c.vms, c.clock)
    assert refusal_of_migration(c, 0, 1) == Refusal.VM_BUSY
    assert refusal_of_migration(c, 1, 1) == Refusal.ACCEPTED
    run(c, 220.0)
    assert refusal_of_migration(c, 0, 1) == Refusal.ACCEPTED


def test_a_vm_moved_off_a_local_disk_may_be_moved_and_restarted_elsewhere():
    for is_moved in (False, True):
        c = moved(vms=1, at_s=0.0 if is_moved else 1e6, incidents=1)
        c.paths.is_reachable[2] = 0  # host 1 does not reach datastore 0
        schedule(c, IncidentKind.HOST_FAILURE, 300.0, 3600.0, host=0)
        run(c, 280.0)
        assert (refusal_of_migration(c, 0, 1) == Refusal.ACCEPTED) is is_moved
        run(c, 320.0)
        assert c.vms.host[0] == (1 if is_moved else 0)


def test_vmotion_to_a_host_that_reaches_only_the_old_datastore_is_refused_after():
    c = moved(vms=1)
    c.paths.is_reachable[3] = 0  # host 1 does not reach datastore 1
    c.clock.is_shown[0] = 1
    assert refusal_of_migration(c, 0, 1) == Refusal.ACCEPTED
    run(c, 220.0)
    assert refusal_of_migration(c, 0, 1) == Refusal.NO_SHARED_DATASTORE
    assert c.clock.is_shown[0] == 0  # whoever shows or masks works out anew who reaches what


# Limits


def test_beside_one_storage_vmotion_a_vsphere_5_host_has_room_for_four_vmotions_and_beside_two_for_none():
    for num_orders, limit in ((1, 4), (2, 0), (3, 0)):
        c = moved(num_orders=num_orders, vms=4, **VSPHERE_5)
        c.hosts.vmotion_limit[:] = c.adapters.vmotion_limit[:] = 8
        run(c, 20.0)
        assert (c.orders.phase == OrderPhase.COPYING).sum() == min(2, num_orders)
        assert c.hosts.vmotion_limit.tolist() == [limit, 8]
    run(c, 1_000.0)
    assert c.hosts.vmotion_limit.tolist() == [8, 8]
    assert c.orders.began_at_s[2] == c.orders.ended_at_s[0] == pytest.approx(2 * 204.8)


def test_a_vmotion_that_waits_for_a_storage_vmotions_units_starts_at_the_second_at_which_that_ends():
    c = moved(num_orders=2, vms=3, **VSPHERE_5)
    run(c, 20.0)
    migrate(c, 2, 1)
    run(c, 400.0)
    assert c.hosts.vmotions[0] == 0
    run(c, 420.0)
    assert c.migrations.started_at_s[2] == c.orders.ended_at_s[0] == pytest.approx(2 * 204.8)


def test_a_storage_vmotion_waits_while_vmotions_fill_its_host():
    c = moved(vms=3, at_s=20.0)  # VI3: two at a time, of either
    c.vms.memory_mb[:] = c.vms.touched_mb[:] = 1.5 * MB_PER_GB
    for v in (1, 2):
        migrate(c, v, 1)
    run(c, 20.0)
    assert c.hosts.vmotions[0] == 2
    run(c, 200.0)
    assert c.orders.began_at_s[0] == 40.0  # two of 1.5 GB over one Gigabit link end at 28.8


def test_eight_storage_vmotions_at_a_time_fill_a_datastore():
    c = moved(num_orders=9, vms=9, hosts=9, **VSPHERE_5)
    c.vms.host[:] = range(9)
    c.lines.line_mb_s[18:] = 200.0
    change(c)
    run(c, 20.0)
    assert (c.orders.phase == OrderPhase.COPYING).sum() == 8
    assert c.datastores.migrations.tolist() == [128, 128]


def test_clones_and_backups_take_a_unit_of_their_host_each():
    c = filed(vms=10, num_orders=10, hosts=1, **VSPHERE_5)
    for k in range(10):
        order(c, k, OrderKind.BACKUP, k, 0.0, datastore=1, option=1)
    run(c, 20.0)
    assert (c.orders.phase == OrderPhase.COPYING).sum() == 8
    run(c, 2_000.0)
    assert c.adapters.units[0] == 0
    assert (c.orders.phase == OrderPhase.DONE).all()


def test_vi3s_takes_one_of_the_two_vmotions_of_its_host():
    c = moved(vms=3)
    run(c, 20.0)
    assert c.hosts.vmotion_limit.tolist() == [1, 2]


# VI3


def test_vi3s_stuns_the_guest_twice_and_keeps_no_snapshot():
    c = moved(vms=1, file_moves_by_snapshot=1)
    run(c, 300.0)
    assert c.orders.ended_at_s[0] == pytest.approx(204.8)
    assert c.counters.number[Happening.SNAPSHOT_STUN_S] == c.down_s[0] == pytest.approx(0.5 + 1.0)
    assert c.files.snapshot_at_s[0] == float("inf")


@pytest.mark.parametrize(("spare_mb", "refusal"), [(0.0, Refusal.ACCEPTED), (-1.0, Refusal.NO_ROOM)])
def test_vi3s_needs_the_vms_memory_once_more_on_its_host_and_vsphere_5s_does_not(spare_mb, refusal):
    for by_snapshot, found in ((1, refusal), (0, Refusal.ACCEPTED)):
        c = moved(at_s=30.0, file_moves_by_snapshot=by_snapshot)
        run(c, 20.0)
        own_mb = c.vms.memory_mb[0] + c.vms.overhead_mb[0]
        c.hosts.memory_managed_mb[0] = c.hosts.consumed_mb[0] + own_mb + spare_mb
        run(c, 40.0)
        assert c.orders.refusal[0] == found


def test_vi3s_moves_no_vm_that_has_a_snapshot():
    c = moved(num_orders=2, file_moves_by_snapshot=1)
    order(c, 0, OrderKind.SNAPSHOT, 1, 0.0)
    order(c, 1, OrderKind.STORAGE_VMOTION, 1, 40.0, datastore=1)
    run(c, 60.0)
    assert c.orders.refusal.tolist() == [Refusal.ACCEPTED, Refusal.HAS_SNAPSHOT]


# Refusals, waits and breaks


def test_it_is_refused_with_the_reason_and_counted():
    def full(c):
        c.volumes.capacity_mb[1] = SIZE_MB

    def unreached(c):
        c.paths.is_reachable[1] = 0

    def hosted(c):
        c.hosts.hypervisor[0] = HypervisorKind.HOSTED

    def off(c):
        c.vms.state[0] = VmState.STARTING
        c.vms.up_at_s[0] = 1_000.0

    def lost(c):
        c.disks.written_mb[0] = 0.0

    reasons = {
        full: Refusal.NO_SPACE,
        unreached: Refusal.NO_SHARED_DATASTORE,
        hosted: Refusal.HOSTED,
        off: Refusal.VM_NOT_RUNNING,
        lost: Refusal.NO_FILES,
    }
    for spoil, refusal in reasons.items():
        c = moved()
        spoil(c)
        run(c, 20.0)
        assert (c.orders.phase[0], c.orders.refusal[0]) == (OrderPhase.FAILED, refusal)
        assert (c.counters.number[Happening.TASKS_FAILED], c.vms.datastore[0], c.vms.commanded[0]) == (1.0, 0, 0)


def test_it_waits_for_its_vms_vmotion_and_for_its_backup():
    c = moved(num_orders=2)
    order(c, 0, OrderKind.BACKUP, 0, 0.0, datastore=1, option=1)
    order(c, 1, OrderKind.STORAGE_VMOTION, 0, 0.0, datastore=1)
    run(c, 500.0)
    assert c.orders.began_at_s[1] == c.orders.ended_at_s[0] == pytest.approx(204.8)
    c = moved(at_s=20.0)
    migrate(c, 0, 1)
    run(c, 60.0)
    assert c.orders.began_at_s[0] == 20.0
    assert c.copies.host[0] == 1  # where its vMotion has brought it


def test_a_host_that_dies_breaks_it_off_and_the_vm_is_restarted_with_its_old_files():
    c = moved(incidents=1)
    schedule(c, IncidentKind.HOST_FAILURE, 100.0, 3600.0, host=0)
    used_mb = c.volumes.used_mb.copy()
    run(c, 300.0)
    assert (c.orders.refusal[0], c.orders.ended_at_s[0]) == (Refusal.COPY_BROKEN_OFF, 100.0)
    assert (c.vms.datastore[0], c.vms.host[0], c.vms.commanded[0]) == (0, 1, 0)
    assert c.volumes.used_mb.tolist() == pytest.approx(used_mb.tolist())
    assert (c.hosts.vmotion_limit[0], c.datastores.migrations.tolist()) == (2, [0, 0])


def test_a_target_whose_paths_are_lost_breaks_it_off_and_the_guest_goes_on():
    c = moved(incidents=1)
    fail_paths(c, host=0, at_s=100.0, duration_s=50.0, datastore=1)
    run(c, 300.0)
    assert (c.orders.refusal[0], c.vms.datastore[0], c.down_s[0]) == (Refusal.COPY_BROKEN_OFF, 0, 0.0)


def test_a_host_that_is_to_be_emptied_waits_for_it():
    c = moved(vms=1, incidents=1, power_minimum_hosts_on=1)
    schedule(c, IncidentKind.MAINTENANCE, 40.0, 3_600.0, host=0)
    run(c, 200.0)
    assert c.clock.copying[0] == 0
    run(c, 300.0)
    assert (c.orders.phase[0], c.vms.datastore[0], c.vms.host[0]) == (OrderPhase.DONE, 1, 1)
    assert c.hosts.power_state[0] == PowerState.ON


def test_it_goes_on_while_virtualcenter_is_down():
    c = moved()
    run(c, 20.0)
    c.clock.vc_returns_at_s[0] = 1_000.0
    run(c, 220.0)
    assert c.orders.ended_at_s[0] == pytest.approx(204.8)


def test_it_rescues_a_guest_that_waits_for_space():
    c = moved(vms=1, at_s=100.0)
    settings(c)
    c.disks.configured_mb[0], c.disks.write_mb_s[0] = 2 * SIZE_MB, 0.5
    c.volumes.capacity_mb[0] = c.volumes.used_mb[0] + 1.0
    change(c)
    run(c, 100.0)
    assert c.disks.stopped_at_s[0] < float("inf")
    run(c, 400.0)
    assert c.disks.stopped_at_s[0] == float("inf")
    assert c.vms.up_s[0] == 20.0
