"""Timeline 9: a backup of 40 GB lasts as long as its slowest line takes; one that shares its NIC lasts longer."""

import pytest

from tests.managed import migrate, run
from tests.stored import make_ip, stored
from vienv.core import copying
from vienv.core.enums import CopyPhase, MigrationPhase, StorageKind

DISK_MB = 40 * 1024.0
RATE = 117.0
"""MB/s of guest memory on 1 GbE."""


def backed_up(c, at_s: float = 0.0) -> float:
    """Seconds that copying the disk took, by host 0, within datastore 0."""
    copying.request(c.copies, c.clock, 0, 0, 0, 0, DISK_MB, at_s)
    run(c, 600.0)
    assert (c.copies.phase[0], c.clock.transfers[0]) == (CopyPhase.DONE, 0)
    assert c.copies.started_at_s[0] == at_s
    return c.copies.ended_at_s[0] - at_s


@pytest.mark.parametrize("kind", [StorageKind.NFS, StorageKind.ISCSI])
def test_40_gb_over_1_gbe_take_356_s_on_nfs_and_iscsi(kind):
    c = stored()
    make_ip(c, kind=kind)
    assert backed_up(c, 7.0) == pytest.approx(DISK_MB / 115.0, rel=1e-12)
    assert pytest.approx(356.17, abs=0.01) == DISK_MB / 115.0


def test_40_gb_over_2_gb_fibre_channel_take_205_s_and_over_4_gb_102():
    assert backed_up(stored()) == pytest.approx(204.8, rel=1e-12)
    c = stored()
    c.lines.line_mb_s[4:] = 400.0
    assert backed_up(c) == pytest.approx(102.4, rel=1e-12)


def test_the_slowest_line_decides_and_a_local_disk_needs_no_adapter():
    c = stored()
    c.lines.line_mb_s[4] = 100.0  # host 0's HBA is of 1 Gb
    assert backed_up(c) == pytest.approx(409.6, rel=1e-12)
    c.volumes.kind[0], c.lines.line_mb_s[6] = StorageKind.LOCAL, 80.0
    c.clock.tick[0], c.clock.now_s[0] = 0, 0.0
    assert backed_up(c) == pytest.approx(512.0, rel=1e-12)


def test_a_backup_that_shares_its_nic_with_a_vmotion_is_longer_by_the_bytes_of_the_vmotion_over_the_rate():
    c = stored(vmotion_fixed_downtime_s=0.0)
    make_ip(c)
    c.adapters.shares_nic[:] = 1
    migrate(c, 0, 1)
    took_s = backed_up(c)
    assert c.migrations.phase[0] == MigrationPhase.NONE
    assert took_s == pytest.approx(DISK_MB / 115.0 + c.migrations.sent_mb[0] / RATE, rel=1e-9)
    assert took_s == pytest.approx(365.74, abs=0.01)
    assert c.migrations.ended_at_s[0] - c.migrations.started_at_s[0] == pytest.approx(19.14, abs=0.1)


def test_a_session_that_may_carry_40_mb_s_leaves_the_rest_of_the_nic_to_the_backup():
    c = stored(vmotion_fixed_downtime_s=0.0, vmotion_session_mb_s_most=40.0)
    make_ip(c)
    c.adapters.shares_nic[:] = 1
    migrate(c, 0, 1)
    took_s = backed_up(c)
    sent_mb = c.migrations.sent_mb[0]
    assert c.migrations.ended_at_s[0] - c.migrations.started_at_s[0] == pytest.approx(sent_mb / 40.0, rel=1e-9)
    assert took_s == pytest.approx(DISK_MB / 115.0 + sent_mb / RATE, rel=1e-9)


def test_a_vmotion_beside_a_backup_on_another_nic_takes_the_9_2_s_that_it_takes_alone():
    c, alone = stored(vmotion_fixed_downtime_s=0.0), stored(vmotion_fixed_downtime_s=0.0)
    make_ip(c)
    migrate(c, 0, 1)
    migrate(alone, 0, 1)
    assert backed_up(c) == pytest.approx(DISK_MB / 115.0, rel=1e-12)
    run(alone, 20.0)
    assert c.migrations.ended_at_s[0] == pytest.approx(alone.migrations.ended_at_s[0], rel=1e-12)


def test_two_backups_on_one_line_take_twice_as_long():
    c = stored(copies=2)
    copying.request(c.copies, c.clock, 1, 1, 0, 0, DISK_MB, 0.0)
    assert backed_up(c) == pytest.approx(409.6, rel=1e-12)
    assert c.copies.ended_at_s[1] == pytest.approx(409.6, rel=1e-12)
