"""vMotion's invariants, each over random worlds and orders, and each with a planted bug that it catches.

A world is a few hosts with flaws (slow or no VMkernel link, another CPU class, a missing path) and VMs of all sizes. A
script orders vMotions, closes and opens hosts and lets hosts die, tick by tick. Bugs are planted in the plain Python of
the kernels, so those tests want NUMBA_DISABLE_JIT=1, under which `make test` runs them.
"""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from numba import config

from tests.properties import migrating
from tests.vmotions import order, pair, promised_mb, run_tick, run_until_idle
from vienv.core import compatibility, queue
from vienv.core.enums import ConnectionState, MigrationPhase, PowerState, Refusal
from vienv.core.vmotion import network, precopy, run, starts

TIGHT = 1.0 + 1e-9
IN_FLIGHT = (MigrationPhase.SETUP, MigrationPhase.PRECOPY, MigrationPhase.SWITCH_OVER)

Check = Callable[[SimpleNamespace, SimpleNamespace, set[int]], None]
planted = pytest.mark.skipif(not config.DISABLE_JIT, reason="a bug is planted in a kernel's Python")


def holds(check: Check, has_shared_storage: bool = True, examples: int = 100) -> None:
    """Run the check after every tick of random worlds; the first counter-example is raised as it is."""

    @settings(max_examples=examples, deadline=None, derandomize=True, database=None, phases=[Phase.generate])
    @given(st.integers(0, 2**32 - 1))
    def over_random_worlds(seed: int) -> None:
        for before, after, dead in migrating.play(migrating.world(seed, has_shared_storage)):
            check(before, after, dead)

    over_random_worlds()


def started(before: SimpleNamespace, c: SimpleNamespace) -> list[int]:
    """VMs whose vMotion left the queue in this tick."""
    return [int(v) for v in (c.migrations.started_at_s > before.migrations.started_at_s).nonzero()[0]]


def arrived(before: SimpleNamespace, c: SimpleNamespace) -> list[int]:
    return [int(v) for v in (c.migrations.ended_at_s > before.migrations.ended_at_s).nonzero()[0]]


# 16. A migration starts only if both hosts are on, share the datastore and the CPU class, and the VM has no other.


def check_starts(before: SimpleNamespace, c: SimpleNamespace, dead: set[int]) -> None:
    for v in started(before, c):
        source, destination = before.migrations.source[v], before.migrations.destination[v]
        assert c.hosts.power_state[source] in {PowerState.ON, PowerState.ENTERING_STANDBY}
        assert c.hosts.power_state[destination] == PowerState.ON
        assert c.hosts.connection[destination] == ConnectionState.CONNECTED
        assert c.hosts.cpu_class[source] == c.hosts.cpu_class[destination]
        for h in (source, destination):
            assert c.paths.is_reachable[h * c.sizes.datastores + c.vms.datastore[v]] == 1
            assert c.hosts.vmkernel_mbps[h] >= c.vmotion.minimum_mbps
    for when in (before, c):
        active = when.migrations.order[: when.clock.copying[0]].tolist()
        assert sorted(active) == (when.migrations.phase != MigrationPhase.NONE).nonzero()[0].tolist()


def test_16_a_migration_starts_only_if_its_preconditions_hold_then():
    holds(check_starts)


@planted
def test_16_catches_a_queue_that_does_not_judge_again(monkeypatch):
    monkeypatch.setattr(starts, "refusal_of_start", lambda *_: Refusal.ACCEPTED)
    with pytest.raises(AssertionError):
        holds(check_starts)


@planted
def test_16_catches_a_vm_that_is_queued_twice(monkeypatch):
    right = compatibility.refusal_of_vmotion

    def forgetful(*args):
        return Refusal.ACCEPTED if right(*args) == Refusal.VM_MIGRATING else right(*args)

    monkeypatch.setattr(compatibility, "refusal_of_vmotion", forgetful)
    with pytest.raises((AssertionError, IndexError)):
        holds(check_starts)


# 17. During migration the VM lives at the source only; at the switch it moves, in one tick.


def check_one_side(before: SimpleNamespace, c: SimpleNamespace, dead: set[int]) -> None:
    on_way = c.migrations.phase != MigrationPhase.NONE
    assert (c.vms.host[on_way] == c.migrations.source[on_way]).all()
    assert (c.migrations.source[on_way] != c.migrations.destination[on_way]).all()
    assert ((c.vms.host >= 0) & (c.vms.host < c.sizes.hosts)).all()
    assert (c.vms.state == before.vms.state).all()
    for v in range(c.sizes.vms):
        expected = before.migrations.destination[v] if v in arrived(before, c) else before.vms.host[v]
        assert c.vms.host[v] == expected
    assert (c.migrations.downtime_s < c.clock.tick_s[0]).all()


def test_17_a_vm_lives_at_the_source_until_the_switch_over_and_then_at_the_destination():
    holds(check_one_side)


@planted
def test_17_catches_a_vm_that_moves_when_copying_begins(monkeypatch):
    begin = precopy.begin

    def begin_and_move(migrations, vms, v, now_s):
        begin(migrations, vms, v, now_s)
        vms.host[v] = migrations.destination[v]

    monkeypatch.setattr(precopy, "begin", begin_and_move)
    with pytest.raises(AssertionError):
        holds(check_one_side)


# 18. It sends at least the memory to be copied, in at least memory / bandwidth; 0 <= downtime <= total time.


def check_sent(before: SimpleNamespace, c: SimpleNamespace, dead: set[int]) -> None:
    for v in arrived(before, c):
        source, destination = before.migrations.source[v], before.migrations.destination[v]
        link_mb_s = min(c.hosts.vmkernel_mbps[source], c.hosts.vmkernel_mbps[destination]) * 0.936 / 8.0
        total_s = c.migrations.ended_at_s[v] - c.migrations.started_at_s[v]
        assert c.migrations.sent_mb[v] * TIGHT >= c.vms.touched_mb[v]
        assert total_s * TIGHT >= c.vms.touched_mb[v] / link_mb_s
        assert 0.0 <= c.migrations.downtime_s[v] <= total_s


def test_18_all_memory_is_sent_and_no_faster_than_the_link_allows():
    holds(check_sent)


@planted
def test_18_catches_rates_that_are_too_high(monkeypatch):
    monkeypatch.setattr(run, "share_links", doubled_rates)
    with pytest.raises(AssertionError):
        holds(check_sent)


@planted
def test_18_catches_memory_that_is_left_behind(monkeypatch):
    send = precopy._send
    monkeypatch.setattr(precopy, "_send", lambda m, v, size_mb, *times: send(m, v, 0.5 * size_mb, *times))
    with pytest.raises(AssertionError):
        holds(check_sent)


def doubled_rates(migrations, *rest):
    count = network.share_links(migrations, *rest)
    migrations.fair_mb_s[migrations.sharing[:count]] *= 2.0
    return count


# 19. Plain pre-copy alone on its links: twice the bandwidth never takes longer.


def total_s(touched_mb: float, dirty_mb_s: float, working_set_mb: float, mbps: float) -> float:
    c = pair(vmotion_maximum_rounds=10_000, vmotion_fixed_downtime_s=0.06)
    c.hosts.vmkernel_mbps[:] = mbps
    c.vms.touched_mb[0], c.vms.dirty_mb_s[0], c.vms.working_set_mb[0] = touched_mb, dirty_mb_s, working_set_mb
    order(c, 0, 1)
    run_until_idle(c, 10_000)
    assert c.vms.host[0] == 1
    return float(c.migrations.ended_at_s[0])


def check_twice_the_bandwidth() -> None:
    @settings(max_examples=60, deadline=None, derandomize=True, database=None, phases=[Phase.generate])
    @given(st.floats(16, 8192), st.floats(0, 0.9), st.floats(0.05, 1), st.sampled_from([1000.0, 2500.0, 5000.0]))
    def over_random_guests(touched_mb: float, rho: float, share: float, mbps: float) -> None:
        guest = touched_mb, rho * mbps * 0.936 / 8.0, share * touched_mb
        assert total_s(*guest, 2.0 * mbps) <= total_s(*guest, mbps) * TIGHT

    over_random_guests()


def test_19_twice_the_bandwidth_never_takes_longer():
    check_twice_the_bandwidth()


@planted
def test_19_catches_bits_taken_for_bytes_above_gigabit(monkeypatch):
    right = network.link_rate_mb_s
    monkeypatch.setattr(
        network, "link_rate_mb_s", lambda hosts, p, h: right(hosts, p, h) / (8 if hosts.vmkernel_mbps[h] > 1000 else 1)
    )
    with pytest.raises(AssertionError):
        check_twice_the_bandwidth()


# 20. A guest that writes nothing takes exactly one pass: memory / bandwidth and the fixed times.


def check_one_pass() -> None:
    @settings(max_examples=60, deadline=None, derandomize=True, database=None, phases=[Phase.generate])
    @given(st.floats(1, 16_384), st.floats(0, 60), st.floats(0, 2), st.sampled_from([1000.0, 10_000.0]))
    def over_random_guests(touched_mb: float, setup_s: float, fixed_s: float, mbps: float) -> None:
        c = pair(vmotion_setup_s=setup_s, vmotion_fixed_downtime_s=fixed_s)
        c.hosts.vmkernel_mbps[:] = mbps
        c.vms.touched_mb[0], c.vms.dirty_mb_s[0] = touched_mb, 0.0
        order(c, 0, 1)
        run_until_idle(c)
        assert c.migrations.rounds[0] == 1
        assert c.migrations.sent_mb[0] == touched_mb
        expected_s = setup_s + touched_mb / (mbps * 0.936 / 8.0) + fixed_s
        assert c.migrations.ended_at_s[0] == pytest.approx(expected_s, rel=1e-12)

    over_random_guests()


def test_20_a_guest_that_writes_nothing_takes_exactly_one_pass():
    check_one_pass()


@planted
def test_20_catches_a_migration_that_waits_for_the_end_of_a_tick(monkeypatch):
    monkeypatch.setattr(run, "next_event_s", late)
    with pytest.raises(AssertionError):
        check_one_pass()


def late(migrations, clock, now_s, latest_s):
    """Events are seen only at the ticks' ends."""
    return latest_s


# 21. A link carries no more than its bandwidth, a host and a datastore no more migrations than their limits.


def check_links_and_limits(before: SimpleNamespace, c: SimpleNamespace, dead: set[int]) -> None:
    is_in_flight = [c.migrations.phase[v] in IN_FLIGHT for v in range(c.sizes.vms)]
    for h in range(c.sizes.hosts):
        mine = [
            v
            for v in range(c.sizes.vms)
            if is_in_flight[v] and h in {c.migrations.source[v], c.migrations.destination[v]}
        ]
        rates = sum(c.migrations.rate_mb_s[v] for v in mine if network.is_copying(c.migrations, v))
        assert rates <= c.hosts.vmkernel_mbps[h] * 0.936 / 8.0 * TIGHT
        assert c.hosts.vmotions[h] == len(mine) <= c.hosts.vmotion_limit[h]
        assert c.hosts.vmotion_mhz[h] <= c.hosts.core_mhz[h] * TIGHT
    for d in range(c.sizes.datastores):
        mine = [v for v in range(c.sizes.vms) if is_in_flight[v] and c.vms.datastore[v] == d]
        assert c.datastores.migrations[d] == len(mine) <= c.vmotion.datastore_limit


def test_21_no_link_is_overfull_and_no_limit_exceeded():
    holds(check_links_and_limits)


@planted
def test_21_catches_links_that_are_not_shared(monkeypatch):
    monkeypatch.setattr(network, "_take", lambda hosts, h, rate_mb_s: None)
    monkeypatch.setattr(
        network,
        "_fair_mb_s",
        lambda m, hosts, _, v: min(hosts.link_mb_s[m.source[v]], hosts.link_mb_s[m.destination[v]]),
    )
    with pytest.raises(AssertionError):
        holds(check_links_and_limits)


@planted
def test_21_catches_a_limit_that_only_the_source_is_charged_for(monkeypatch):
    monkeypatch.setattr(
        starts,
        "_is_within_limits",
        lambda m, hosts, vms, datastores, p, v: hosts.vmotions[m.source[v]] < hosts.vmotion_limit[m.source[v]],
    )
    with pytest.raises(AssertionError):
        holds(check_links_and_limits)


# 22. A host that dies leaves the VM on one side, dead or alive, and no reservation of it on the other.


def check_deaths(before: SimpleNamespace, c: SimpleNamespace, dead: set[int]) -> None:
    on_way = c.migrations.phase != MigrationPhase.NONE
    for h in dead:
        assert not (on_way & ((c.migrations.source == h) | (c.migrations.destination == h))).any()
        assert c.hosts.vmotions[h] == 0
    for h in range(c.sizes.hosts):
        assert c.hosts.reserved_mb[h] == pytest.approx(promised_mb(c, h), abs=1e-6)


def test_22_a_death_ends_every_migration_of_the_host_and_frees_what_was_promised():
    holds(check_deaths)


@planted
def test_22_catches_a_reservation_that_is_never_freed(monkeypatch):
    monkeypatch.setattr(queue, "release", leak)
    with pytest.raises(AssertionError):
        holds(check_deaths)


def test_22_catches_migrations_that_outlive_their_host(monkeypatch):
    monkeypatch.setattr(migrating, "run_tick", lambda c, dies: run_tick(c))
    with pytest.raises(AssertionError):
        holds(check_deaths)


RELEASE = queue.release


def leak(migrations, hosts, vms, clock, v, vacated):
    reserved_mb = hosts.reserved_mb.copy()
    RELEASE(migrations, hosts, vms, clock, v, vacated)
    hosts.reserved_mb[:] = reserved_mb


# 23. Without shared storage nothing that anybody orders changes a VM's host.


def check_stays(before: SimpleNamespace, c: SimpleNamespace, dead: set[int]) -> None:
    assert (c.vms.host == c.vms.datastore).all(), "VM v's files are on the disk of the host where it began"
    assert c.clock.copying[0] == 0


def test_23_without_shared_storage_no_vm_ever_changes_its_host():
    holds(check_stays, has_shared_storage=False)


@planted
def test_23_not_even_when_the_command_is_not_judged(monkeypatch):
    monkeypatch.setattr(compatibility, "refusal_of_vmotion", unjudged)

    def check(before: SimpleNamespace, c: SimpleNamespace, dead: set[int]) -> None:
        assert (c.vms.host == c.vms.datastore).all()

    holds(check, has_shared_storage=False)


def unjudged(hosts, vms, migrations, paths, params, v, h):
    """VirtualCenter accepts whatever has a slot and another host to go to."""
    is_possible = migrations.phase[v] == MigrationPhase.NONE and vms.host[v] != h
    return Refusal.ACCEPTED if is_possible else Refusal.VM_MIGRATING


@planted
def test_23_catches_a_datastore_check_that_is_always_true(monkeypatch):
    monkeypatch.setattr(compatibility, "reaches", lambda *_: True)
    with pytest.raises(AssertionError):
        holds(check_stays, has_shared_storage=False)
