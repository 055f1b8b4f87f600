"""Pre-copy: its closed form, and guests that do not converge.

Memory in MB, 1 GbE carries 117 MB/s. Expected times are domain vectors or the closed form of Clark et al., NSDI 2005.
"""

import pytest

from tests.vmotions import GB, RATE, moved, one, order, run_tick, run_until_idle, ten_gigabit
from vienv.core.enums import Metric, MigrationPhase, Term

STOP_MB = 0.2


def closed_form(memory_mb: float, dirty_mb_s: float, rate: float) -> tuple[float, float]:
    """Total time without fixed downtime, and downtime: a geometric series until the residue is at most STOP_MB."""
    rho, n = dirty_mb_s / rate, 0
    while memory_mb * rho ** (n + 1) > STOP_MB:
        n += 1
    residue_s = memory_mb * rho ** (n + 1) / rate
    return memory_mb / rate * (1.0 - rho ** (n + 1)) / (1.0 - rho) + residue_s, residue_s


# Pre-copy's closed form


def test_1_gb_dirtied_at_5_mb_s_takes_9_1_s_on_gigabit():
    assert moved(one(GB, 5.0)).migrations.ended_at_s[0] == pytest.approx(9.1, abs=0.05)


def test_4_gb_dirtied_at_10_mb_s_take_38_3_s_on_gigabit():
    assert moved(one(4 * GB, 10.0)).migrations.ended_at_s[0] == pytest.approx(38.3, abs=0.05)


def test_16_gb_dirtied_at_50_mb_s_take_15_6_s_on_ten_gigabit():
    c = ten_gigabit(one(16 * GB, 50.0, vmotion_payload_fraction=0.88))
    assert moved(c).migrations.ended_at_s[0] == pytest.approx(15.6, abs=0.05)


@pytest.mark.parametrize(("memory_mb", "dirty_mb_s"), [(GB, 5.0), (4 * GB, 10.0), (2 * GB, 80.0), (512.0, 0.5)])
def test_time_and_downtime_follow_the_closed_form(memory_mb, dirty_mb_s):
    c = moved(one(memory_mb, dirty_mb_s, vmotion_fixed_downtime_s=0.06))
    total_s, residue_s = closed_form(memory_mb, dirty_mb_s, RATE)
    assert c.migrations.ended_at_s[0] == pytest.approx(total_s + 0.06)
    assert c.migrations.downtime_s[0] == pytest.approx(residue_s + 0.06)
    assert 0.0 < c.migrations.downtime_s[0] < 1.0
    assert c.migrations.sent_mb[0] == pytest.approx(RATE * total_s)


def test_a_guest_that_writes_nothing_takes_one_pass_exactly():
    c = moved(one(GB, 0.0, vmotion_setup_s=2.0, vmotion_fixed_downtime_s=0.06))
    assert c.migrations.rounds[0] == 1
    assert c.migrations.sent_mb[0] == GB
    assert c.migrations.ended_at_s[0] == pytest.approx(2.0 + GB / RATE + 0.06, rel=1e-12)
    assert c.migrations.downtime_s[0] == pytest.approx(0.06, rel=1e-12)


def test_total_time_is_linear_in_memory():
    times = [moved(one(n * GB, 5.0)).migrations.ended_at_s[0] for n in (1, 2, 3, 6)]
    assert [t / times[0] for t in times] == pytest.approx([1, 2, 3, 6], rel=1e-3)


def test_downtime_rises_steeply_as_the_dirty_rate_nears_the_copy_rate():
    quiet = moved(one(GB, 10.0, vmotion_stop_mb=50.0)).migrations.downtime_s[0]
    busy = moved(one(GB, 80.0, vmotion_stop_mb=50.0)).migrations.downtime_s[0]
    assert busy > 4 * quiet


def test_a_round_never_finds_more_dirty_than_the_working_set():
    c = one(4 * GB, 60.0)
    c.vms.working_set_mb[0] = 100.0
    second_s = 100.0 / RATE
    total_s, _ = closed_form(60.0 * second_s, 60.0, RATE)
    assert moved(c).migrations.ended_at_s[0] == pytest.approx(4 * GB / RATE + second_s + total_s)


def test_the_guest_stops_as_soon_as_the_residue_lasts_no_longer_than_the_goal():
    c = moved(one(GB, 50.0, vmotion_stop_s=1.0))
    assert c.migrations.downtime_s[0] == pytest.approx(GB * (50.0 / RATE) ** 3 / RATE)


def test_set_up_time_comes_first_and_sends_nothing():
    c = one(GB, 0.0, vmotion_setup_s=25.0)
    order(c, 0, 1)
    run_tick(c)
    assert c.migrations.phase[0] == MigrationPhase.SETUP
    assert c.migrations.rate_mb_s[0] == 0.0
    run_until_idle(c)
    assert c.migrations.ended_at_s[0] == pytest.approx(25.0 + GB / RATE)


def test_ballooned_and_swapped_pages_are_not_sent():
    c = one(GB, 0.0)
    c.vms.ballooned_mb[0], c.vms.swapped_mb[0] = 300.0, 100.0
    assert moved(c).migrations.sent_mb[0] == GB - 400.0


def test_pages_dirtied_before_the_rate_fell_and_after_it_count_by_the_time_that_the_round_took():
    c = one(4 * GB, 10.0, vms=2, vmotion_stop_mb=1e9)
    c.vms.dirty_mb_s[1] = 0.0
    order(c, 0, 1)
    run_tick(c)
    order(c, 1, 1)
    run_until_idle(c)
    round_s = 20.0 + (4 * GB - 20.0 * RATE) / (RATE / 2)
    residue_s = 10.0 * round_s / (RATE / 2)
    assert c.migrations.ended_at_s[0] == pytest.approx(round_s + residue_s)
    assert c.migrations.downtime_s[0] == pytest.approx(residue_s)


# What does not converge


def test_vi3_gives_up_a_guest_that_writes_faster_than_the_link_copies():
    c = moved(one(GB, 200.0))
    assert c.vms.host[0] == 0
    assert c.migrations.failed_at_s[0] == pytest.approx(GB / RATE)
    assert c.migrations.sent_mb[0] == GB, "the bandwidth is spent"
    assert c.metrics.value[Metric.MIGRATIONS_FAILED] == 1
    assert c.ledger.interval[Term.MIGRATIONS] == 1, "and billed"
    assert c.ledger.interval[Term.VMOTION_DOWNTIME_S] == 0.0


def test_vi3_gives_up_when_the_rounds_are_used_up():
    c = moved(one(GB, 100.0, vmotion_maximum_rounds=4))
    assert c.migrations.rounds[0] == 4
    assert c.vms.host[0] == 0
    assert c.metrics.value[Metric.MIGRATIONS_FAILED] == 1


def test_a_small_working_set_converges_at_no_rate_unless_it_is_below_the_goal():
    c = one(GB, 200.0)
    c.vms.working_set_mb[0] = 100.0
    assert moved(c).vms.host[0] == 0
    assert c.migrations.rounds[0] == 2, "the second round found no less than the first left"
    c = one(GB, 200.0, vmotion_stop_s=1.0)
    c.vms.working_set_mb[0] = 100.0
    assert moved(c).vms.host[0] == 1


def test_a_round_that_others_made_slow_is_no_reason_to_give_up():
    c = one(1000.0, 0.0, vms=4)
    c.hosts.vmotion_limit[:] = 4
    c.vms.touched_mb[1:] = 990.0
    c.vms.dirty_mb_s[0], c.vms.working_set_mb[0] = 30.0, 2000.0
    for v in range(4):
        order(c, v, 1)
    run_until_idle(c)
    assert c.vms.host[0] == 1, "it dirtied more than the round sent, but slower than the link copies by then"


def test_sdps_slows_the_guest_down_until_it_converges():
    c = one(GB, 200.0, vmotion_has_sdps=1)
    order(c, 0, 1)
    run_tick(c)
    spent_s = 20.0 - GB / RATE
    held_back = 1.0 - 0.5 * RATE / 200.0
    assert c.migrations.dirty_mb_s[0] == pytest.approx(0.5 * RATE)
    assert c.vms.slowdown[0] == pytest.approx(0.1 + held_back * spent_s / 20.0)
    run_until_idle(c)
    total_s, _ = closed_form(GB, 0.5 * RATE, RATE)
    assert c.vms.host[0] == 1
    assert c.migrations.ended_at_s[0] == pytest.approx(GB / RATE + total_s)
    assert c.metrics.value[Metric.MIGRATIONS_FAILED] == 0


def test_sdps_never_takes_more_than_the_whole_guest():
    c = one(8 * GB, 50_000.0, vmotion_has_sdps=1)
    order(c, 0, 1)
    for _ in range(6):
        run_tick(c)
        assert c.vms.slowdown[0] <= 1.0
