"""A VM is files: their bytes, one by one, and their sum on the datastores."""

import pytest

from tests.filed import filed, order, run
from vienv.core.enums import OrderKind, VmState
from vienv.core.files import sizes

DISK_MB, SMALL_MB, SWAP_MB = 10_240.0, 10.0, 1_024.0


def test_a_vm_is_its_disk_its_swap_and_its_small_files_and_their_sum_is_what_the_datastore_has_used():
    c = filed(vms=3)
    c.vms.datastore[2] = 1
    c.volumes.used_mb[:], c.files.booked_mb[:] = [2 * DISK_MB, DISK_MB], 0.0
    sizes.keep(c.files, c.disks, c.vms, c.volumes, c.clock)
    assert c.volumes.used_mb.tolist() == [2 * (DISK_MB + SMALL_MB + SWAP_MB), DISK_MB + SMALL_MB + SWAP_MB]


def test_a_swap_file_is_memory_less_its_reservation_and_there_only_while_the_vm_is_powered_on():
    c = filed()
    c.vms.memory_reservation_mb[0] = 256.0
    c.vms.state[1] = VmState.DOWN
    sizes.keep(c.files, c.disks, c.vms, c.volumes, c.clock)
    assert (sizes.swap_mb(c.vms, 0), sizes.swap_mb(c.vms, 1)) == (768.0, 0.0)
    assert c.volumes.used_mb[0] == 2 * (DISK_MB + SMALL_MB) + 768.0


def test_a_delta_grows_with_what_the_guest_writes_and_never_beyond_its_disk():
    c = filed()
    c.files.write_mb_s[0], c.files.snapshot_at_s[0] = 0.05, 100.0
    assert [sizes.delta_mb(c.files, c.disks, 0, at_s) for at_s in (50.0, 100.0, 1_100.0)] == [0.0, 0.0, 50.0]
    assert sizes.delta_mb(c.files, c.disks, 0, 1e9) == DISK_MB
    assert sizes.delta_mb(c.files, c.disks, 1, 1e9) == 0.0


def test_the_datastores_hold_the_sum_of_all_files_through_clones_snapshots_backups_losses_and_retirement():
    c = filed(vms=5, num_orders=7)
    c.files.write_mb_s[:] = 0.5
    c.volumes.used_mb[0] -= DISK_MB
    c.disks.written_mb[4], c.vms.host[4], c.vms.state[4] = 0.0, -1, VmState.NOT_ARRIVED
    order(c, 0, OrderKind.CLONE, 4, 10.0, source=0, host=1, option=1)
    order(c, 1, OrderKind.SNAPSHOT, 1, 33.0)
    order(c, 2, OrderKind.COMMIT, 1, 777.0)
    order(c, 3, OrderKind.BACKUP, 2, 50.0, datastore=1, option=1)
    order(c, 4, OrderKind.DELETE_DISK, 2, 900.0)
    order(c, 5, OrderKind.RESTORE, 2, 1_000.0)
    order(c, 6, OrderKind.RETIRE, 3, 400.0)
    for until_s in range(20, 1_400, 20):
        run(c, until_s)
        for d in range(2):
            by_hand = sum(
                sizes.all_mb(c.files, c.disks, c.vms, v, c.clock.now_s[0]) for v in range(5) if c.vms.datastore[v] == d
            ) + sum(c.files.backup_mb[v] for v in range(5) if c.files.backup_datastore[v] == d)
            assert c.volumes.used_mb[d] == pytest.approx(by_hand, rel=1e-12)
    assert c.volumes.used_mb[0] == pytest.approx(4 * (DISK_MB + SMALL_MB + SWAP_MB))
    assert c.volumes.used_mb[1] == DISK_MB
