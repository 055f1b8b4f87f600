"""What is asked of storage: copies, space, moments of a LUN; and nothing of any where there is no storage."""

import math

import numpy as np

from tests.clusters import cluster
from tests.managed import place
from tests.stored import stored
from vienv.core import copying
from vienv.core.enums import NO_HOST, CopyPhase, VmState


def test_a_copy_is_asked_for_once_and_its_slot_is_busy_until_it_is_over():
    c = cluster(volumes=1, disks=2, adapters=2, copies=2)
    copying.request(c.copies, c.clock, 1, 0, 0, 0, 100.0, 5.0)
    copying.request(c.copies, c.clock, 1, 1, 0, 0, 999.0, 7.0)
    assert (c.clock.transfers[0], c.copies.phase[1], c.copies.host[1]) == (1, CopyPhase.REQUESTED, 0)
    assert (c.copies.remaining_mb[1], c.copies.requested_at_s[1]) == (100.0, 5.0)
    assert not copying.is_over(c.copies, 1)
    assert copying.is_over(c.copies, 0)


def test_the_kth_change_of_a_luns_metadata_begins_k_reservations_later_and_vaai_ends_that():
    c = cluster(datastores=2, volumes=2, disks=2, adapters=2)
    c.volumes.reservation_s[0] = 0.5
    assert [copying.reserve(c.volumes, 0, 10.0) for _ in range(3)] == [10.0, 10.5, 11.0]
    assert copying.reserve(c.volumes, 0, 60.0) == 60.0
    assert [copying.reserve(c.volumes, 1, 10.0) for _ in range(3)] == [10.0] * 3


def test_ten_vms_placed_at_once_on_one_lun_are_up_half_a_second_apart_and_together_on_ten():
    for datastores, apart_s in ((1, 0.5), (10, 0.0)):
        c = stored(vms=10, datastores=datastores)
        c.volumes.reservation_s[:] = 0.5
        c.vms.datastore[:] = np.arange(10) % datastores
        c.vms.state[:], c.vms.host[:] = VmState.AWAITING_PLACEMENT, NO_HOST
        for v in range(10):
            place(c, v, v % 2)
        assert c.vms.up_at_s.tolist() == [c.ha.guest_boot_s + apart_s * v for v in range(10)]


def test_files_take_space_and_give_it_back_and_whoever_waits_for_it_is_looked_at():
    c = cluster(volumes=1, disks=2, adapters=2)
    c.volumes.capacity_mb[0], c.clock.next_event_s[0] = 1000.0, 3600.0
    copying.occupy(c.volumes, c.clock, 0, 600.0)
    assert copying.free_mb(c.volumes, 0) == 400.0
    assert c.clock.next_event_s[0] == c.clock.now_s[0]
    copying.occupy(c.volumes, c.clock, 0, -100.0)
    assert copying.free_mb(c.volumes, 0) == 500.0


def test_without_storage_nothing_waits_and_nothing_is_counted():
    c = cluster()
    copying.occupy(c.volumes, c.clock, 0, 600.0)
    assert copying.reserve(c.volumes, 0, 10.0) == copying.reserve(c.volumes, 0, 10.0) == 10.0
    assert copying.free_mb(c.volumes, 0) == math.inf
