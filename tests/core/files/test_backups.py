"""Backups are copies of files: how long they last, what they stop, what a restore loses."""

import pytest

from tests.filed import change, filed, order, run
from vienv.core.enums import Happening, OrderKind, OrderPhase, PowerState, StorageKind, VmState
from vienv.core.state import NEVER


@pytest.mark.parametrize(("fc_mb_s", "lasts_s"), [(None, 356.17), (200.0, 204.8), (400.0, 102.4)])
def test_a_backup_of_40_gb_lasts_its_bytes_over_the_slowest_link(fc_mb_s, lasts_s):
    c = filed()
    if fc_mb_s is not None:
        c.volumes.kind[:], c.volumes.payload[:] = StorageKind.FC, 1.0
        c.lines.line_mb_s[2 * c.sizes.adapters :] = fc_mb_s
    c.disks.written_mb[0] = 40_960.0
    order(c, 0, OrderKind.BACKUP, 0, 7.0, datastore=1, option=1)
    run(c, 400.0)
    assert c.orders.ended_at_s[0] - c.orders.began_at_s[0] == pytest.approx(lasts_s, abs=0.005)
    assert (c.files.backup_mb[0], c.files.backed_up_at_s[0]) == (40_960.0, 7.0)


def test_with_a_snapshot_a_backup_stops_the_guest_for_two_moments_and_without_one_for_all_of_it():
    c = filed(num_orders=2)
    order(c, 0, OrderKind.BACKUP, 0, 7.0, datastore=1, option=1)
    run(c, 400.0)
    assert c.down_s[0] == 0.5 + 1.0
    order(c, 1, OrderKind.BACKUP, 1, 407.0, datastore=1)
    change(c)
    run(c, 700.0)
    assert c.down_s[1] == pytest.approx(10_240.0 / 115.0 + 90.0)
    assert c.vms.state[1] == VmState.RUNNING


def test_a_restore_brings_back_the_backup_and_loses_what_was_written_between_backup_and_loss():
    c = filed(num_orders=3)
    c.files.write_mb_s[0] = 0.05
    order(c, 0, OrderKind.BACKUP, 0, 100.0, datastore=1, option=1)
    order(c, 1, OrderKind.DELETE_DISK, 0, 1_100.0)
    order(c, 2, OrderKind.RESTORE, 0, 1_500.0)
    run(c, 1_480.0)
    assert (c.vms.state[0], c.disks.written_mb[0]) == (VmState.WITHOUT_FILES, 0.0)
    before_s = c.down_s[0] - 380.0
    run(c, 1_800.0)
    assert c.counters.number[Happening.DATA_LOST_MB] == pytest.approx(0.05 * 1_000.0)
    assert c.down_s[0] == pytest.approx(before_s + 400.0 + 10_240.0 / 115.0 + 90.0)
    assert (c.vms.state[0], c.disks.written_mb[0]) == (VmState.RUNNING, 10_240.0)


def test_a_restore_without_a_loss_takes_a_running_vm_back_to_its_backup():
    c = filed(num_orders=2)
    c.files.write_mb_s[0] = 0.05
    order(c, 0, OrderKind.BACKUP, 0, 0.0, datastore=1, option=1)
    order(c, 1, OrderKind.RESTORE, 0, 600.0)
    run(c, 900.0)
    assert c.counters.number[Happening.DATA_LOST_MB] == pytest.approx(30.0)
    assert c.down_s[0] == pytest.approx(1.5 + 6.0 * 0.05 * 10_240.0 / 115.0 / 10_240.0 + 10_240.0 / 115.0 + 90.0)


def test_without_a_backup_there_is_nothing_to_restore():
    c = filed()
    order(c, 0, OrderKind.RESTORE, 0, 0.0)
    run(c, 40.0)
    assert (c.orders.phase[0], c.down_s[0]) == (OrderPhase.FAILED, 0.0)
    assert c.counters.number[Happening.TASKS_FAILED] == 1.0


def test_a_vm_whose_host_dies_during_its_backup_is_left_to_ha_and_the_copy_breaks_off():
    c = filed()
    order(c, 0, OrderKind.BACKUP, 0, 0.0, datastore=1)
    run(c, 40.0)
    c.hosts.power_state[0], c.hosts.repair_at_s[0] = PowerState.FAILED, NEVER
    change(c)
    run(c, 60.0)
    assert c.orders.phase[0] == OrderPhase.FAILED
    assert (c.vms.state[0], c.vms.host[0]) == (VmState.STARTING, 1)
