"""Paths: one that fails is replaced after a while; the last one takes the datastore out of the host's reach."""

import pytest

from tests.managed import refusal_of_migration, run
from tests.stored import fail_paths, make_ip, stored
from vienv.core import copying
from vienv.core.enums import CopyPhase, Refusal


def test_a_host_without_a_path_leaves_the_choices_for_the_vms_of_that_datastore_and_for_no_others():
    c = stored(3, 3, datastores=2, incidents=1)
    c.vms.datastore[:] = [0, 1, 0]
    fail_paths(c, 1, 107.0, 400.0)
    c.clock.is_shown[0] = 1
    run(c, 120.0)
    assert c.clock.is_shown[0] == 0  # what the output showed of reach is worked out anew
    assert refusal_of_migration(c, 0, 1) == refusal_of_migration(c, 2, 1) == Refusal.NO_SHARED_DATASTORE
    c.vms.host[1] = 2
    assert refusal_of_migration(c, 1, 1) == Refusal.ACCEPTED
    run(c, 560.0)
    assert refusal_of_migration(c, 0, 1) == Refusal.ACCEPTED


def test_a_copy_stands_while_its_host_fails_over_to_another_path():
    c = stored(incidents=1)
    c.fabric.paths_left[:], c.adapters.failover_s[:] = 2, 10.0
    fail_paths(c, 0, 50.0, 3600.0)
    copying.request(c.copies, c.clock, 0, 0, 0, 0, 20_000.0, 0.0)
    down_s = run(c, 200.0)
    assert c.copies.ended_at_s[0] == pytest.approx(100.0 + 10.0, rel=1e-12)
    assert down_s.tolist() == [0.0, 0.0]


def test_a_copy_breaks_off_when_its_host_loses_the_last_path_and_has_moved_what_it_had():
    c = stored(incidents=1)
    fail_paths(c, 0, 50.0, 3600.0)
    copying.request(c.copies, c.clock, 0, 0, 0, 0, 20_000.0, 0.0)
    run(c, 100.0)
    assert (c.copies.phase[0], c.copies.ended_at_s[0], c.clock.transfers[0]) == (CopyPhase.FAILED, 50.0, 0)
    assert c.copies.remaining_mb[0] == pytest.approx(10_000.0, rel=1e-12)


def test_two_failures_that_overlap_take_two_paths_and_the_first_to_end_gives_one_back():
    c = stored(incidents=2)
    c.fabric.paths_left[:] = 2
    fail_paths(c, 0, 107.0, 200.0)
    fail_paths(c, 0, 207.0, 200.0, row=1)
    assert run(c, 600.0).tolist() == [100.0, 0.0]  # from 207 to 307
    assert c.fabric.paths_left.tolist() == [2, 2]


@pytest.mark.parametrize(("mhz_per_mb_s", "taken_mhz"), [(8.7, 1000.5), (1.7, 195.5)])
def test_a_software_initiator_takes_more_of_the_host_than_one_in_hardware(mhz_per_mb_s, taken_mhz):
    c = stored()
    make_ip(c)
    c.volumes.mhz_per_mb_s[0] = mhz_per_mb_s
    copying.request(c.copies, c.clock, 0, 0, 0, 0, 20_000.0, 0.0)
    run(c, 20.0)
    assert c.hosts.vmotion_mhz.tolist() == pytest.approx([taken_mhz, 0.0], rel=1e-12)
    run(c, 260.0)
    assert c.hosts.vmotion_mhz[0] == 0.0
