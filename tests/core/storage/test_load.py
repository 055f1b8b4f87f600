"""Guests' own I/O: what lines carry of it, who stalls, what is left for copies and vMotion, and how long it takes."""

import pytest

from tests.managed import migrate, run, schedule
from tests.stored import make_ip, stored
from vienv.core import copying, stillness
from vienv.core.enums import IncidentKind, StorageKind, VmState
from vienv.envs.report import report

BASE_MS, STALL = 5.0, 0.9


def test_what_the_lines_carry_is_served_and_a_datastore_answers_later_the_fuller_it_is():
    c = stored(mhz=1_000.0, io_mb_s_per_ghz=20.0)
    make_ip(c)
    run(c, 60.0)
    assert c.guest_io.served_mb_s.tolist() == [20.0, 20.0]
    assert c.vms.delivered_mhz.tolist() == [1_000.0, 1_000.0]
    assert c.latency.ms[0] == pytest.approx(BASE_MS / (1.0 - 40.0 / 115.0))


def test_a_datastore_that_cannot_carry_all_stalls_its_guests_in_proportion():
    c = stored(vms=4, mhz=2_000.0, io_mb_s_per_ghz=50.0)  # 400 MB/s of a volume of 200
    run(c, 60.0)
    assert c.guest_io.served_mb_s.tolist() == [50.0] * 4
    assert c.vms.delivered_mhz == pytest.approx([2_000.0 * (1.0 - STALL * 0.5)] * 4)
    assert c.hosts.delivered_mhz == pytest.approx([2 * 1_100.0] * 2)
    assert c.hosts.unserved_mhz_s == pytest.approx([2 * 900.0 * 20.0] * 2)
    assert c.latency.ms[0] == pytest.approx(BASE_MS / 0.05)  # utilisation counts up to 0.95


def test_a_full_adapter_stalls_its_hosts_guests_and_nobody_elses():
    c = stored(vms=3, on=[0, 0, 1], mhz=2_000.0, io_mb_s_per_ghz=100.0, datastores=2)
    c.vms.datastore[2] = 1
    run(c, 60.0)
    assert c.guest_io.served_mb_s.tolist() == [100.0, 100.0, 200.0]  # HBAs of 200 MB/s
    assert c.vms.delivered_mhz == pytest.approx([1_100.0, 1_100.0, 2_000.0])


def test_a_local_disk_needs_no_adapter():
    c = stored(vms=1, mhz=2_000.0, io_mb_s_per_ghz=60.0)
    c.volumes.kind[0] = StorageKind.LOCAL
    c.lines.line_mb_s[:6] = 1.0
    c.lines.line_mb_s[6] = 80.0
    run(c, 60.0)
    assert c.guest_io.served_mb_s[0] == pytest.approx(80.0)
    assert c.vms.delivered_mhz[0] == pytest.approx(2_000.0 * (1.0 - STALL * (1.0 - 80.0 / 120.0)))


def test_a_copy_gets_what_guests_leave_and_ends_when_its_bytes_are_through():
    c = stored(mhz=1_000.0, io_mb_s_per_ghz=20.0, datastores=2)
    make_ip(c, 0)
    make_ip(c, 1)
    run(c, 60.0)
    copying.request(c.copies, c.clock, 0, 0, 0, 1, 10_240.0, 60.0)
    run(c, 240.0)
    assert c.copies.ended_at_s[0] - 60.0 == pytest.approx(10_240.0 / (115.0 - 40.0))
    assert c.guest_io.served_mb_s.tolist() == [20.0, 20.0]


def test_a_copy_makes_the_datastore_slow_for_everybody_while_it_lasts():
    c = stored(mhz=1_000.0, io_mb_s_per_ghz=20.0, datastores=2)
    make_ip(c, 0)
    make_ip(c, 1)
    run(c, 60.0)
    copying.request(c.copies, c.clock, 0, 0, 0, 1, 7_500.0, 60.0)  # 100 s at 75 MB/s
    run(c, 100.0)
    assert c.latency.ms.tolist() == pytest.approx([BASE_MS / 0.05, BASE_MS / (1.0 - 75.0 / 115.0)])
    run(c, 240.0)
    quiet_ms = BASE_MS / (1.0 - 40.0 / 115.0)
    assert c.latency.ms.tolist() == pytest.approx([quiet_ms, BASE_MS])
    figures = report(c.floats, c.ints, c.spans, 2, ())
    assert figures["datastore_1_latency_most_ms"] == pytest.approx(BASE_MS / 0.05)
    assert figures["datastore_1_latency_ms"] == pytest.approx((100.0 * BASE_MS / 0.05 + 140.0 * quiet_ms) / 240.0)


def test_guests_io_over_a_shared_nic_leaves_less_for_vmotion():
    c = stored(hosts=2, on=[0, 0], mhz=[0.0, 2_500.0], io_mb_s_per_ghz=23.0)  # 57.5 MB/s of data, half of the line
    make_ip(c)
    for shares_nic, mb_s in ((1, 62.5), (0, 125.0)):
        c.adapters.shares_nic[:] = shares_nic
        c.vms.memory_mb[:] = c.vms.touched_mb[:] = 4_096.0
        run(c, c.clock.now_s[0] + 40.0)
        migrate(c, 0, 1 - int(c.vms.host[0]))
        c.clock.next_event_s[0] = 0.0
        run(c, c.clock.now_s[0] + 20.0)
        assert c.migrations.rate_mb_s[0] == pytest.approx(0.936 * mb_s)
        run(c, c.clock.now_s[0] + 180.0)


@pytest.mark.parametrize("mhz_per_mb_s", [8.7, 1.7, 0.9])
def test_the_initiator_takes_cpu_for_guests_io(mhz_per_mb_s):
    c = stored(mhz=1_000.0, io_mb_s_per_ghz=20.0)
    c.volumes.mhz_per_mb_s[0] = mhz_per_mb_s
    run(c, 80.0)
    assert c.hosts.vmotion_mhz == pytest.approx([20.0 * mhz_per_mb_s] * 2)


def test_on_a_full_host_initiator_and_guests_share_its_cpu():
    c = stored(hosts=1, vms=5, mhz=2_500.0, io_mb_s_per_ghz=10.0)
    make_ip(c)
    c.volumes.mhz_per_mb_s[0] = 8.7
    run(c, 300.0)
    delivered_mhz = 10_000.0 / (1.0 + 8.7 * 10.0 / 1_000.0)
    assert c.vms.delivered_mhz.sum() == pytest.approx(delivered_mhz, rel=1e-7)
    assert c.hosts.vmotion_mhz[0] == pytest.approx(10_000.0 - delivered_mhz, rel=1e-7)


def test_guests_that_die_ask_no_more():
    c = stored(mhz=1_000.0, io_mb_s_per_ghz=20.0, incidents=1)
    schedule(c, IncidentKind.HOST_FAILURE, 65.0, 3_600.0, host=0)
    run(c, 80.0)
    assert c.vms.state[0] != VmState.RUNNING
    assert c.guest_io.served_mb_s.tolist() == [0.0, 20.0]


def test_a_tick_in_which_nothing_happens_is_not_worked_out_and_gives_the_same_figures():
    quiet, restless = (stored(vms=4, mhz=1_500.0, io_mb_s_per_ghz=30.0) for _ in range(2))
    for c in (quiet, restless):
        c.volumes.mhz_per_mb_s[0] = 8.7
    run(quiet, 200.0)
    assert stillness.is_quiet(quiet.clock)
    run(quiet, 1_200.0)
    while restless.clock.now_s[0] < 1_200.0:
        stillness.stir_all(restless.hosts, restless.clock)
        run(restless, restless.clock.now_s[0] + 20.0)
    assert quiet.ledger.interval == pytest.approx(restless.ledger.interval, rel=1e-9)
    figures = [report(c.floats, c.ints, c.spans, 2, ()) for c in (quiet, restless)]
    for name in ("datastore_1_latency_ms", "datastore_1_latency_most_ms"):
        assert figures[0][name] == pytest.approx(figures[1][name], rel=1e-9)


def test_without_the_setting_there_are_no_rows_and_nobody_reports_it():
    c = stored()
    run(c, 60.0)
    assert (c.guest_io.served_mb_s.size, c.latency.ms.size) == (0, 0)
    assert not any("latency" in name for name in report(c.floats, c.ints, c.spans, 2, ()))
