"""Management over random stories: refusals, the future, replay, snapshots and sums, each beside a planted bug.

Numbers are those of the list of invariants that the project is held to: 7 refusals, 39-45 time and randomness.
"""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.managed import plain
from tests.properties import inventories, test_inventory, test_moves, test_standby_and_restarts
from tests.properties.management_story import (
    INTERVALS,
    STORIES,
    TOLD,
    Story,
    Telling,
    caught_by,
    holds,
    quickly,
    tell,
    told,
    violation,
)
from vienv.core import arena, demand, enums, invariants, ledger, params, part_invariants, power, tick
from vienv.core.enums import HISTORY_INTERVALS, CommandKind, IncidentKind, OrderKind, Refusal, Term
from vienv.core.ha import failures
from vienv.core.virtualcenter import commands, statistics
from vienv.envs.command import carry_out
from vienv.scenario import load
from vienv.scenario.generate import Worlds

INTERVAL_TICKS = 15
INTERVAL_S = 100.0
SAMPLE_S = 300.0
rarely = settings(quickly, max_examples=4)


# Whatever is commanded, the cluster stays a cluster


def check_core_s_own_invariants(telling: Telling) -> None:
    assert [invariants.RULES[moment.broken] for moment in telling.moments if moment.broken] == []


@quickly
@given(STORIES)
def test_no_story_breaks_an_invariant(story):
    telling = tell(story)
    check_core_s_own_invariants(telling)
    for part in (test_inventory, test_moves, test_standby_and_restarts):
        for check in part.CHECKS:
            check(telling)
    check_refusals_change_nothing(telling)
    check_terms_add_up(telling)


def test_no_story_of_all_kinds_breaks_an_invariant_of_the_core():
    holds(check_core_s_own_invariants)


def test_the_stories_have_all_kinds_of_inventory_of_incident_and_of_order():
    worlds = [inventories.world(inventories.inventory(seed)) for seed in range(60)]
    for part in set(arena.Sizes._field_defaults) - {"scored_vms", "waiting_vms"}:
        assert any(getattr(c.sizes, part) > 0 for c in worlds), part
    assert len({c.drawn.scenario.profile for c in worlds}) == 5
    for kinds, rows, name in (
        (IncidentKind, "incidents", "kind"),
        (OrderKind, "orders", "kind"),
        (enums.StorageKind, "volumes", "kind"),
        (enums.HypervisorKind, "hosts", "hypervisor"),
        (enums.IsolationResponse, "guests", "response"),
    ):
        seen = {kinds(value) for c in worlds for value in getattr(getattr(c, rows), name)}
        assert seen == set(kinds), kinds


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("is_out_of_place", lambda hosts, vms, v: vms.host[v] == 0),
        ("adds_up", lambda volumes, disks, files, orders, copies, vms, d: volumes.used_mb[d] == 0.0),
        ("waits_in_vain", lambda volumes, disks, vms, v: disks.is_growing[v] == 1),
        ("is_overfull", lambda *rest: True),
        ("in_transfer", lambda copies: 0),
        ("has_namesake", lambda identities, vms, v: identities.identity[v] != v),
        ("has_rival", lambda protection, h: protection.segment[h] == 0),
        ("is_cut", lambda migrations, hosts, v: migrations.phase[v] > 1),
        ("lacks_disks", lambda files, vms, v: files.lost_at_s[v] < np.inf),
    ],
)
def test_every_rule_of_the_parts_is_asked_in_some_story(name, fault):
    """A rule that judges too hard is broken: stories in which there is nothing to judge prove nothing."""
    caught_by(check_core_s_own_invariants, (part_invariants, name, fault))


def test_random_commands_in_a_preset_s_world_break_no_invariant():
    worlds = Worlds(load("lab"))
    c = _opened(worlds, 3)
    rng = np.random.default_rng(0)
    accepted = 0
    for _ in range(24):
        for _ in range(6):
            v, h = int(rng.integers(c.sizes.vms)), int(rng.integers(c.sizes.hosts))
            kind = rng.choice([CommandKind.MIGRATE, CommandKind.STANDBY, CommandKind.WAKE])
            carry_out(c.floats, c.ints, c.spans, kind, v, h)
            accepted += int(c.outcome.refusal[0] == Refusal.ACCEPTED)
        for _ in range(INTERVAL_TICKS):
            plain(tick.tick)(c.floats, c.ints, c.spans)
            assert violation(c) == 0
        commands.open_interval(c.hosts, c.vms, c.clock)
    assert accepted > 20


def _opened(worlds: Worlds, number: int) -> SimpleNamespace:
    floats, ints = np.zeros(worlds.num_floats), np.zeros(worlds.num_ints, np.int64)
    worlds.write(floats, ints, "train", number)
    c = SimpleNamespace(floats=floats, ints=ints, spans=worlds.spans, sizes=worlds.sizes)
    for name in ("clock", "hosts", "vms", "outcome"):
        setattr(c, name, getattr(arena, f"{name}_of")(floats, ints, worlds.spans))
    return c


# 7: a refused command changes nothing but its counter


def check_refusals_change_nothing(telling: Telling) -> None:
    for refused in (x for x in telling.commands if x.refusal != Refusal.ACCEPTED):
        assert refused.changed == []
        assert refused.charged[Term.REFUSED_COMMANDS] == 1.0
        assert refused.charged.sum() == 1.0


def test_a_refused_command_changes_nothing_but_its_counter():
    holds(check_refusals_change_nothing)


def test_stories_hold_many_kinds_of_refusal_and_some_acceptance():
    seen = {command.refusal for story in TOLD for command in told(story).commands}
    assert {Refusal.ACCEPTED, Refusal.VC_DOWN, Refusal.SAME_HOST, Refusal.RULE, Refusal.HOST_NOT_ON} <= seen
    assert len(seen) >= 18


def test_bug_7_a_refusal_that_uses_up_the_cap_is_caught():
    judge = commands.refusal_of_any

    def count_first(clock, hosts, settings_of_vc):
        clock.commands[0] += 1
        return judge(clock, hosts, settings_of_vc)

    caught_by(check_refusals_change_nothing, (commands, "refusal_of_any", count_first))


# 39: what has not happened yet shows nowhere


def check_blind_to_the_future(story: Story, *bugs) -> None:
    """Other demand and other incidents from the last interval on change nothing before it."""
    turn_s = (INTERVALS - 3) * INTERVAL_S

    def another_future(c):
        first = int((turn_s + HISTORY_INTERVALS * INTERVAL_S) // SAMPLE_S)
        c.workload.demand[first * c.sizes.vms :] = 0.99
        c.incidents.duration_s[c.incidents.at_s >= turn_s] *= 2.0
        c.incidents.at_s[c.incidents.at_s >= turn_s] += 20.0
        c.hosts.next_failure_s[c.hosts.next_failure_s >= turn_s] += 10.0
        c.orders.at_s[c.orders.at_s >= turn_s] += 20.0

    stories = tell(story, *bugs), tell(story, *bugs, change=another_future)
    for before in zip(*(told_one.last[: INTERVALS - 3] for told_one in stories), strict=True):
        assert np.array_equal(*before)
    early = [[x for x in told_one.commands if x.now_s <= turn_s] for told_one in stories]
    for one, other in zip(*early, strict=True):
        assert one.refusal == other.refusal
        assert np.array_equal(one.seen, other.seen)


@rarely
@given(STORIES)
def test_the_future_shows_nowhere(story):
    check_blind_to_the_future(story)


def test_bug_39_statistics_that_foresee_are_caught():
    see = statistics.foresee

    def foresee(vm_statistics, vms, workload, clock, settings_of_demand):
        see(vm_statistics, vms, workload, clock, params.DemandParams(SAMPLE_S, 3))

    with pytest.raises(AssertionError):
        check_blind_to_the_future(Story(0), (statistics, "foresee", foresee))


# 40: the tape of failures and of demand is the same whatever anybody does


def check_tape_is_nobody_s_doing(story: Story, *bugs) -> None:
    one = tell(story, *bugs).c
    other = tell(Story(story.seed, commands=99), *bugs).c
    for name in ("next_failure_s", "failures"):
        assert np.array_equal(getattr(one.hosts, name), getattr(other.hosts, name))
    assert np.array_equal(one.workload.demand, other.workload.demand)
    ran = (one.vms.demand_mhz > 0.0) & (other.vms.demand_mhz > 0.0)
    assert np.array_equal(one.vms.demand_mhz[ran], other.vms.demand_mhz[ran])


@rarely
@given(STORIES)
def test_two_policies_live_in_the_same_world(story):
    check_tape_is_nobody_s_doing(story)


def test_bug_40_a_tape_that_waits_for_its_host_is_caught():
    read = failures._read_tape

    def read_while_on(hosts, clock, ha_params, randomness, h):
        read(hosts, clock, ha_params, randomness, h)
        hosts.next_failure_s[h] += 7.0 * hosts.num_vms[h]

    with pytest.raises(AssertionError):
        for story in TOLD:
            check_tape_is_nobody_s_doing(story, (failures, "_read_tape", read_while_on))


# 41: the same deeds give the same bytes, whatever a global generator does


def check_replay(story: Story, *bugs) -> None:
    np.random.seed(1)  # noqa: NPY002
    first = tell(story, *bugs).c
    np.random.seed(2)  # noqa: NPY002
    second = tell(story, *bugs).c
    assert first.floats.tobytes() == second.floats.tobytes()
    assert first.ints.tobytes() == second.ints.tobytes()


@rarely
@given(STORIES)
def test_a_replay_gives_the_same_bytes(story):
    check_replay(story)


def test_bug_41_demand_from_a_global_generator_is_caught():
    update = demand.update

    def add_noise(hosts, vms, *rest):
        update(hosts, vms, *rest)
        vms.demand_mhz[:] *= np.random.rand()  # noqa: NPY002

    with pytest.raises(AssertionError):
        check_replay(Story(0), (demand, "update", add_noise))


# 42 and 43: a copy of two rows goes on as the original would, beside other clusters


def check_snapshot(story: Story, at_tick: int, copied=lambda rows: [row.copy() for row in rows]) -> None:
    c = inventories.world(inventories.inventory(story.seed))
    one_tick = plain(tick.tick)
    for _ in range(at_tick):
        one_tick(c.floats, c.ints, c.spans)
    kept = copied((c.floats, c.ints))
    for _ in range(10):
        one_tick(c.floats, c.ints, c.spans)
    other = inventories.world(inventories.inventory(story.seed + 1))
    for _ in range(10):
        one_tick(*kept, c.spans)
        one_tick(other.floats, other.ints, other.spans)
    assert np.array_equal(kept[0], c.floats, equal_nan=True)
    assert np.array_equal(kept[1], c.ints)


@rarely
@given(STORIES, st.integers(0, 60))
def test_a_snapshot_continues_as_the_original_does_beside_another_cluster(story, at_tick):
    check_snapshot(story, at_tick)


def test_bug_42_a_snapshot_that_shares_memory_is_caught():
    with pytest.raises(AssertionError):
        check_snapshot(Story(0), 5, copied=lambda rows: [rows[0].copy(), rows[1]])


def test_bug_43_a_step_that_remembers_another_cluster_is_caught(monkeypatch):
    draw, seen = power.draw, []

    def remember(hosts, curves, tariff, book, metrics, clock):
        draw(hosts, curves, tariff, book, metrics, clock)
        seen.append(hosts.power_w.sum())
        hosts.power_w[0] += len(seen)

    monkeypatch.setattr(power, "draw", remember)
    with pytest.raises(AssertionError):
        check_snapshot(Story(0), 5)


# 44 and 45: terms are finite, never negative, and an episode's are the sums of its intervals'


def check_terms_add_up(telling: Telling) -> None:
    episode = telling.c.ledger.episode
    last = np.array(telling.last)
    assert np.isfinite(last).all()
    assert (last >= 0.0).all()
    terms = [t for t in Term if t != Term.REFUSED_COMMANDS]
    assert episode[terms] == pytest.approx(last.sum(axis=0)[terms], rel=1e-12)
    assert episode[Term.REFUSED_COMMANDS] == sum(x.refusal != Refusal.ACCEPTED for x in telling.commands)


def test_an_episode_s_terms_are_the_sums_of_its_intervals():
    holds(check_terms_add_up)


def test_bug_45_an_interval_that_is_not_cleared_is_caught():
    close = ledger.close_interval

    def close_and_keep(book, *rest):
        kept = book.interval.copy()
        close(book, *rest)
        book.interval[:] = kept
        book.last[:] = kept if not book.last.any() else book.last - kept

    caught_by(check_terms_add_up, (ledger, "close_interval", close_and_keep))
