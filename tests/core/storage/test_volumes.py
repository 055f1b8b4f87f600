"""Datastores: full ones stop who writes, and power-ons queue for a LUN's metadata where there is no VAAI."""

import pytest

from tests.managed import run, schedule
from tests.stored import stored
from vienv.core import copying
from vienv.core.enums import IncidentKind
from vienv.core.state import NEVER

GB = 1024.0


def filling(**changes: object):
    """1 GB free, VM 0 and 1 write 0.5 MB/s each to thin disks, VM 2's disk is thick."""
    c = stored(3, 3, **changes)
    c.volumes.capacity_mb[0], c.volumes.used_mb[0] = 100 * GB, 99 * GB
    c.disks.write_mb_s[:2] = 0.5
    c.disks.is_growing[:2], c.volumes.fills_at_s[0] = 1, GB
    return c


def test_a_full_datastore_stops_those_who_write_at_the_second_at_which_it_is_full_and_not_the_thick():
    c = filling()
    down_s = run(c, 1200.0)
    assert c.disks.stopped_at_s.tolist() == [1024.0, 1024.0, NEVER]
    assert down_s.tolist() == [1200.0 - 1024.0, 1200.0 - 1024.0, 0.0]
    assert c.volumes.used_mb[0] == pytest.approx(100 * GB, rel=1e-12)


def test_guests_that_wait_for_space_go_on_with_the_tick_after_it_came():
    c = filling()
    run(c, 1200.0)
    copying.occupy(c.volumes, c.clock, 0, -GB)
    assert run(c, 1400.0).tolist() == [20.0, 20.0, 0.0]
    assert c.volumes.fills_at_s[0] == 1220.0 + 1024.0


def test_a_thin_disk_as_large_as_configured_grows_no_more():
    c = filling()
    c.disks.configured_mb[0] = 100.0
    run(c, 600.0)
    since_s = 600.0 - c.volumes.used_until_s[0]  # nothing has happened since, so nothing has been booked
    assert c.disks.written_mb[0] == 100.0
    assert c.disks.written_mb[1] + 0.5 * since_s == 300.0
    assert c.volumes.used_mb[0] + 0.5 * since_s == 99 * GB + 400.0
    assert c.volumes.fills_at_s[0] == pytest.approx(600.0 + (GB - 400.0) / 0.5, rel=1e-12)


def restarted(datastores: int, reservation_s: float) -> list[float]:
    """When the guests of ten VMs are up, whose host dies at 107."""
    c = stored(2, 10, datastores=datastores, incidents=1)
    c.vms.host[:], c.vms.datastore[:] = 0, range(10) if datastores == 10 else 0
    c.volumes.reservation_s[:] = reservation_s
    c.vms.memory_mb[:] = 512.0
    schedule(c, IncidentKind.HOST_FAILURE, 107.0, 7200.0, host=0)
    run(c, 140.0)
    return c.vms.up_at_s.tolist()


def test_ten_power_ons_on_one_lun_come_half_a_second_after_one_another():
    assert restarted(1, 0.5) == [107.0 + 15.0 + 0.5 * k + 90.0 for k in range(10)]


def test_ten_power_ons_on_ten_luns_or_with_vaai_come_together():
    assert restarted(10, 0.5) == restarted(1, 0.0) == [107.0 + 15.0 + 90.0] * 10
