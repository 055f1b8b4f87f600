"""vMotion on two-host clusters: its queue, pre-copy's closed form, switch-over, failures, and what it costs.

Memory in MB, 1 GbE carries 117 MB/s. Expected times are domain vectors or the closed form of Clark et al., NSDI 2005.
"""

from types import SimpleNamespace

import pytest

from tests.vmotions import order, pair, promised_mb, run_tick, run_until_idle
from vienv.core import inventory
from vienv.core.enums import ConnectionState, Metric, MigrationPhase, PowerState, Term, VmState
from vienv.core.state import NEVER

GB = 1024.0
RATE = 117.0
RATE_10G = 1100.0
STOP_MB = 0.2


def one(touched_mb: float = GB, dirty_mb_s: float = 5.0, vms: int = 1, **changes: object) -> SimpleNamespace:
    """VMs of one size on host 0, whose whole memory is their working set."""
    c = pair(vms, **changes)
    c.vms.touched_mb[:] = c.vms.working_set_mb[:] = touched_mb
    c.vms.dirty_mb_s[:] = dirty_mb_s
    return c


def moved(c: SimpleNamespace) -> SimpleNamespace:
    """Move VM 0 to host 1 and wait for the end, whatever it is."""
    order(c, 0, 1)
    run_until_idle(c)
    return c


def ten_gigabit(c: SimpleNamespace) -> SimpleNamespace:
    c.hosts.vmkernel_mbps[:] = 10_000.0
    return c


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


# The queue and its limits


def test_eight_1_gb_vms_leave_a_host_in_77_s_two_at_a_time():
    c = one(vms=8)
    for v in range(8):
        order(c, v, 1)
    run_until_idle(c)
    assert (c.vms.host == 1).all()
    assert max(c.migrations.ended_at_s) == pytest.approx(4 * 19.1, abs=0.3)


def test_eight_1_gb_vms_leave_a_host_in_84_s_four_at_a_time():
    c = one(vms=8)
    c.hosts.vmotion_limit[:] = 4
    for v in range(8):
        order(c, v, 1)
    run_until_idle(c)
    assert max(c.migrations.ended_at_s) == pytest.approx(2 * 42.2, abs=0.3)


def test_two_1_gb_vmotions_one_after_the_other_end_within_one_tick():
    c = one(vms=2)
    c.hosts.vmotion_limit[:] = 1
    order(c, 0, 1)
    order(c, 1, 1)
    run_tick(c)
    assert c.migrations.ended_at_s.tolist() == pytest.approx([9.14, 18.28], abs=0.01)
    assert c.migrations.started_at_s[1] == c.migrations.ended_at_s[0]
    assert c.clock.copying[0] == 0


def test_a_host_has_two_at_a_time_as_source():
    c = one(vms=4, hosts=5)
    for v in range(4):
        order(c, v, v + 1)
    c.clock.tick_s[0] = 1.0
    run_tick(c)
    assert [int(p) for p in c.migrations.phase].count(MigrationPhase.QUEUED) == 2
    assert c.hosts.vmotions[0] == 2


def test_a_host_has_two_at_a_time_as_destination():
    c = one(vms=4, hosts=5)
    c.vms.host[:] = [0, 1, 2, 3]
    for v in range(4):
        order(c, v, 4)
    c.clock.tick_s[0] = 1.0
    run_tick(c)
    assert [int(p) for p in c.migrations.phase].count(MigrationPhase.QUEUED) == 2
    assert c.hosts.vmotions[4] == 2


def test_a_datastore_has_four_at_a_time():
    c = one(vms=6, hosts=12)
    c.vms.host[:] = range(6)
    for v in range(6):
        order(c, v, v + 6)
    c.clock.tick_s[0] = 1.0
    run_tick(c)
    assert [int(p) for p in c.migrations.phase].count(MigrationPhase.PRECOPY) == 4
    assert c.datastores.migrations[0] == 4


def test_a_task_that_must_wait_lets_a_later_one_pass_but_not_one_for_the_same_limit():
    c = one(vms=4, hosts=4)
    c.hosts.vmotion_limit[:] = 1
    c.vms.host[3] = 2
    c.clock.tick_s[0] = 1.0
    order(c, 2, 1)
    order(c, 0, 1)
    order(c, 1, 1)
    order(c, 3, 3)
    run_tick(c)
    assert [int(c.migrations.phase[v]) for v in (2, 3)] == [MigrationPhase.PRECOPY] * 2
    assert [int(c.migrations.phase[v]) for v in (0, 1)] == [MigrationPhase.QUEUED] * 2
    run_until_idle(c)
    assert c.migrations.ticket.tolist() == [1, 2, 0, 3]
    assert c.migrations.started_at_s[0] < c.migrations.started_at_s[1]


def test_a_queued_vmotion_is_judged_again_when_it_starts_and_can_then_fail():
    c = one(vms=2, hosts=3)
    c.hosts.vmotion_limit[:] = 1
    order(c, 0, 1)
    order(c, 1, 2)
    c.hosts.connection[2] = ConnectionState.ENTERING_MAINTENANCE
    run_tick(c)
    assert c.vms.host.tolist() == [1, 0]
    assert c.migrations.failed_at_s[1] == c.migrations.ended_at_s[0], "at the second at which its turn came"
    assert c.metrics.value[Metric.MIGRATIONS_FAILED] == 1
    assert c.ledger.interval[Term.MIGRATIONS] == 1, "what never copied is not billed"
    assert c.hosts.reserved_mb[2] == pytest.approx(0.0)


def test_a_task_that_fails_when_it_starts_does_not_hold_up_the_next():
    c = one(vms=2, hosts=3)
    order(c, 0, 2)
    order(c, 1, 1)
    c.hosts.connection[2] = ConnectionState.ENTERING_MAINTENANCE
    run_tick(c)
    assert c.migrations.failed_at_s[0] == 0.0
    assert c.migrations.started_at_s[1] == 0.0
    assert c.migrations.ended_at_s[1] == pytest.approx(9.14, abs=0.01)


def test_a_queued_vmotion_has_its_destination_grouped_anew():
    c = one()
    order(c, 0, 1)
    assert c.clock.placement_changed[0] == 1
    promised = c.hosts.reserved_mb.tolist()
    inventory.group(c.hosts, c.vms, c.migrations, c.clock)
    assert c.hosts.reserved_mb.tolist() == promised == [124.0, 124.0]


def test_a_vm_that_moves_again_starts_from_nothing():
    c = moved(one(GB, 20.0))
    first = [float(c.migrations.sent_mb[0]), int(c.migrations.rounds[0]), float(c.migrations.downtime_s[0])]
    order(c, 0, 0)
    run_until_idle(c)
    again = [float(c.migrations.sent_mb[0]), int(c.migrations.rounds[0]), float(c.migrations.downtime_s[0])]
    assert again == pytest.approx(first)
    assert c.vms.host[0] == 0


def test_a_vmotion_in_flight_goes_on_while_virtualcenter_is_down_and_the_queue_waits():
    c = one(4 * GB, 10.0, vms=2, vmotion_setup_s=10.0, vmotion_fixed_downtime_s=0.06)
    c.hosts.vmotion_limit[:] = 1
    c.clock.now_s[0] = 80.0
    order(c, 0, 1)
    order(c, 1, 1)
    run_tick(c)
    c.clock.vc_returns_at_s[0] = 1905.0
    run_until_idle(c)
    assert c.migrations.ended_at_s[0] == pytest.approx(128.3, abs=0.05), "begun at 90"
    assert c.migrations.started_at_s[1] == 1905.0


def test_a_tick_with_nothing_queued_changes_nothing_but_the_time():
    c = one()
    inventory.begin_tick(c.hosts, c.vms, c.clock)
    floats, ints = c.floats.copy(), c.ints.copy()
    run_tick(c)
    c.clock.now_s[0] = 0.0
    assert (c.floats == floats).all()
    assert (c.ints == ints).all()


# Failures in flight


@pytest.mark.parametrize("queued", [False, True])
@pytest.mark.parametrize("dead", [0, 1])
def test_a_host_that_dies_leaves_the_vm_at_its_source_and_frees_both_reservations(dead, queued):
    c = one(4 * GB)
    c.vms.memory_reservation_mb[0] = 1000.0
    c.clock.placement_changed[0] = 1
    inventory.group(c.hosts, c.vms, c.migrations, c.clock)
    if queued:
        c.hosts.vmotion_limit[:] = 0
    order(c, 0, 1)
    assert c.hosts.reserved_mb[1] == 1124.0
    run_tick(c, dies={dead: 7.0})
    assert c.vms.host[0] == 0
    assert c.migrations.failed_at_s[0] == 7.0
    assert c.migrations.sent_mb[0] == pytest.approx(0.0 if queued else 7.0 * RATE)
    assert c.hosts.reserved_mb.tolist() == [1124.0, 0.0]
    assert c.hosts.vmotions.tolist() == [0, 0]
    assert c.datastores.migrations[0] == 0
    assert c.clock.copying[0] == 0
    assert c.metrics.value[Metric.MIGRATIONS_FAILED] == 1


def test_a_vmotion_that_ended_before_its_source_dies_has_ended():
    c = one()
    order(c, 0, 1)
    run_tick(c, dies={0: 9.2})
    assert c.vms.host[0] == 1
    assert c.metrics.value[Metric.MIGRATIONS_FAILED] == 0


def test_a_host_that_dies_frees_the_bandwidth_for_the_others_at_that_second():
    c = one(2 * GB, 0.0, vms=2, hosts=3)
    order(c, 0, 1)
    order(c, 1, 2)
    run_tick(c, dies={2: 10.0})
    run_until_idle(c)
    assert c.migrations.ended_at_s[0] == pytest.approx(10.0 + (2 * GB - 10.0 * RATE / 2) / RATE)


def test_a_guest_that_was_stopped_when_the_destination_died_is_billed_for_the_seconds_it_was_stopped():
    c = one(GB, 0.0, vmotion_fixed_downtime_s=5.0)
    order(c, 0, 1)
    run_tick(c, dies={1: GB / RATE + 2.0})
    assert c.vms.host[0] == 0
    assert c.ledger.interval[Term.VMOTION_DOWNTIME_S] == pytest.approx(2.0)


# What it leaves and what it costs


def test_the_switch_over_moves_the_vm_and_its_reservation_and_loses_page_sharing():
    c = one()
    c.vms.memory_reservation_mb[0], c.vms.cpu_reservation_mhz[0] = 1000.0, 500.0
    c.vms.shared_mb[0], c.vms.ballooned_mb[0], c.vms.swapped_mb[0] = 100.0, 50.0, 20.0
    c.clock.placement_changed[0] = 1
    inventory.group(c.hosts, c.vms, c.migrations, c.clock)
    moved(c)
    assert c.vms.host[0] == 1
    assert c.vms.state[0] == VmState.RUNNING
    assert (c.vms.shared_mb[0], c.vms.ballooned_mb[0], c.vms.swapped_mb[0]) == (0.0, 0.0, 0.0)
    assert c.hosts.reserved_mb.tolist() == [0.0, 1124.0]
    assert c.hosts.reserved_mhz.tolist() == [0.0, 500.0]
    assert c.clock.placement_changed[0] == 1
    assert c.migrations.phase[0] == MigrationPhase.NONE


def test_the_vm_lives_at_its_source_until_the_switch_over_has_ended():
    c = one(GB, 0.0, vmotion_fixed_downtime_s=15.0)
    order(c, 0, 1)
    run_tick(c)
    assert c.migrations.phase[0] == MigrationPhase.SWITCH_OVER
    assert c.vms.host[0] == 0
    assert c.hosts.reserved_mb.tolist() == [promised_mb(c, 0), promised_mb(c, 1)]
    run_tick(c)
    assert c.vms.host[0] == 1


def test_a_vmotion_is_billed_when_copying_begins_and_its_downtime_when_it_ends():
    c = one(GB, 0.0, vmotion_setup_s=25.0, vmotion_fixed_downtime_s=0.5)
    order(c, 0, 1)
    run_tick(c)
    assert c.ledger.interval[Term.MIGRATIONS] == 0
    run_tick(c)
    assert c.ledger.interval[Term.MIGRATIONS] == 1
    assert c.ledger.interval[Term.VMOTION_DOWNTIME_S] == pytest.approx(0.5)
    assert c.metrics.value[Metric.MIGRATION_S] == pytest.approx(25.0 + GB / RATE + 0.5)


def test_all_vmotions_of_a_host_share_30_percent_of_one_core_on_both_sides_while_they_last():
    c = one(GB, 0.0, vms=2, hosts=3)
    order(c, 0, 1)
    order(c, 1, 2)
    run_tick(c)
    busy = 2 * GB / RATE / 20.0
    assert c.hosts.vmotion_mhz.tolist() == pytest.approx([0.3 * 2500.0 * busy] * 3)


def test_ten_gigabit_takes_a_whole_core():
    c = ten_gigabit(one(16 * GB, 0.0))
    order(c, 0, 1)
    c.clock.tick_s[0] = 5.0
    run_tick(c)
    assert c.hosts.vmotion_mhz.tolist() == pytest.approx([2500.0, 2500.0])


def test_a_queued_vmotion_costs_nothing():
    c = one()
    c.clock.vc_returns_at_s[0] = NEVER
    order(c, 0, 1)
    run_tick(c)
    assert c.hosts.vmotion_mhz.tolist() == [0.0, 0.0]
    assert c.vms.slowdown[0] == 0.0


def test_the_guest_loses_a_tenth_of_its_cpu_while_it_is_copied():
    c = moved(one(GB, 0.0, vmotion_setup_s=2.0))
    assert c.vms.slowdown[0] == pytest.approx(0.1 * GB / RATE / 20.0)


def test_a_host_that_enters_standby_after_copying_began_still_receives_the_vm():
    c = one(4 * GB)
    order(c, 0, 1)
    run_tick(c)
    c.hosts.power_state[1] = PowerState.ENTERING_STANDBY
    run_until_idle(c)
    assert c.vms.host[0] == 1
