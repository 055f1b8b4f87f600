"""Invariants of power and HA over random stories, each beside a planted bug that its checker must catch.

Numbers are those of the list of invariants that the project is held to: 24-28 power and standby, 35-36 HA.
"""

import dataclasses
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.clusters import cluster
from tests.host_ticks import JOULES_PER_KWH, STEPS
from tests.properties.host_story import STORIES, Story, Telling, tell
from vienv.core import power
from vienv.core.enums import CURVE_POINTS, AdmissionPolicy, PowerState, Term, VmState

quickly = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
EVENTFUL = [
    Story(seed, 5, 8, policy, 1) for seed in range(8) for policy in (AdmissionPolicy.SLOTS, AdmissionPolicy.PERCENTAGE)
]
"""Stories in which every planted bug shows at least once."""
TOLERANCE = 1e-9

_LEGAL = {
    PowerState.ON: {PowerState.FAILED},
    PowerState.ENTERING_STANDBY: {PowerState.STANDBY, PowerState.FAILED},
    PowerState.STANDBY: set(),
    PowerState.WAKING: {PowerState.BOOTING, PowerState.FAILED},
    PowerState.BOOTING: {PowerState.ON, PowerState.FAILED},
    PowerState.FAILED: {PowerState.BOOTING},
    PowerState.ABSENT: {PowerState.ON},
}
"""Steps that a host takes by itself; ON -> ENTERING_STANDBY and STANDBY -> WAKING are orders, given between ticks.

Patches and removals, which no story here has, are tests/core/virtualcenter/test_works.py's.
"""


def _reachable(state: PowerState) -> set[PowerState]:
    """States that a host can be in at the end of a tick that it began in `state`."""
    seen, fresh = {state}, {state}
    while fresh:
        fresh = {after for s in fresh for after in _LEGAL[s]} - seen
        seen |= fresh
    return seen


def caught_by(check, **bug) -> None:
    """The checker finds the bug in at least one story, and nothing in the same stories without it."""
    for story in EVENTFUL:
        check(tell(story))
    with pytest.raises(AssertionError):
        for story in EVENTFUL:
            check(tell(story, **bug))


# 24: host power lies between standby and peak; of a host that is on, between idle and peak, the ends at 0 and 1 only


def check_power_stays_on_the_curve(telling: Telling) -> None:
    c = telling.c
    curves = c.power_curves.watts.reshape(-1, CURVE_POINTS)
    utilisation = c.hosts.delivered_mhz / c.hosts.cpu_capacity_mhz
    for moment in telling.moments:
        watts = moment.after.hosts.power_w
        assert (watts >= c.hosts.standby_w - TOLERANCE).all()
        assert (watts <= curves[:, -1] + TOLERANCE).all()
        was_on = moment.after.hosts.on_s == c.clock.tick_s[0]
        assert (watts >= curves[:, 0] - TOLERANCE)[was_on].all()
        is_between = was_on & (utilisation > 0.001) & (utilisation < 0.999)
        assert ((watts > curves[:, 0]) & (watts < curves[:, -1]))[is_between].all()


@quickly
@given(STORIES)
def test_power_lies_between_standby_and_peak_and_between_idle_and_peak_while_on(story):
    check_power_stays_on_the_curve(tell(story))


def draw_beyond_full_load(c):
    STEPS["draw"](c)
    load = c.hosts.delivered_mhz / c.hosts.cpu_capacity_mhz
    c.hosts.power_w[:] *= np.maximum(1.0, load)


def test_bug_24_utilisation_that_is_not_clipped_is_caught():
    caught_by(check_power_stays_on_the_curve, draw=draw_beyond_full_load)


# 25: energy is the sum of power x time, and does not depend on how time is cut


def check_energy_is_power_times_time(telling: Telling) -> None:
    ledger, tick_s = telling.c.ledger.interval, telling.c.clock.tick_s[0]
    kwh = sum(float(m.after.hosts.power_w.sum()) * tick_s for m in telling.moments) / JOULES_PER_KWH
    assert ledger[Term.ENERGY_KWH] == pytest.approx(kwh, rel=1e-12)
    assert ledger[Term.ENERGY_COST] == pytest.approx(0.2 * kwh, rel=1e-12)


def check_energy_is_the_same_in_halves(story: Story, **replaced) -> None:
    # orders are carried out at a tick's beginning and a wake's answer is drawn by its tick: leave both out
    short = dataclasses.replace(story, duration_s=600.0, order_every_s=1e9)
    whole, halves = tell(short, **replaced), tell(dataclasses.replace(short, tick_s=10.0), **replaced)
    if not _has_escaped(whole):
        kwh = halves.c.ledger.interval[Term.ENERGY_KWH]
        assert whole.c.ledger.interval[Term.ENERGY_KWH] == pytest.approx(kwh, rel=1e-9)


def _has_escaped(telling: Telling) -> bool:
    """Whether a host reached standby in the very tick in which it would have died: `failures.foresee` lets it go."""
    incidents = telling.c.incidents
    for moment in telling.moments:
        was, now = moment.before.hosts, moment.after.hosts
        for h in np.flatnonzero((was.power_state != PowerState.STANDBY) & (now.power_state == PowerState.STANDBY)):
            falls_s = np.append(incidents.at_s[incidents.host == h], was.next_failure_s[h])
            if ((falls_s > moment.before.now_s) & (falls_s <= moment.after.now_s)).any():
                return True
    return False


@quickly
@given(STORIES)
def test_energy_is_the_sum_of_power_times_time(story):
    check_energy_is_power_times_time(tell(story))


@quickly
@given(STORIES)
def test_cutting_every_tick_in_two_gives_the_same_energy(story):
    check_energy_is_the_same_in_halves(story)


def draw_without_boots(c):
    STEPS["draw"](c)
    peaks = c.power_curves.watts[CURVE_POINTS - 1 :: CURVE_POINTS]
    c.ledger.interval[Term.ENERGY_KWH] -= float((peaks * c.hosts.boot_tick_s).sum()) / JOULES_PER_KWH


def strike_at_the_tick_s_end(c):
    end_s = c.clock.now_s[0] + c.clock.tick_s[0]
    c.hosts.fails_at_s[np.isfinite(c.hosts.fails_at_s)] = end_s
    STEPS["strike"](c)


def test_bug_25_boots_that_are_not_charged_are_caught():
    caught_by(check_energy_is_power_times_time, draw=draw_without_boots)


def test_bug_25_deaths_rounded_to_ticks_are_caught():
    with pytest.raises(AssertionError):
        for story in EVENTFUL:
            check_energy_is_the_same_in_halves(story, strike=strike_at_the_tick_s_end)


# 26: power never falls when utilisation rises

CURVES = st.lists(st.floats(0.0, 50.0), min_size=CURVE_POINTS, max_size=CURVE_POINTS).map(np.cumsum)


def check_watts_never_fall(watts, utilisations) -> None:
    drawn = [watts(u) for u in sorted(utilisations)]
    assert all(after >= before - TOLERANCE for before, after in pairwise(drawn))


@settings(deadline=None)
@given(CURVES, st.lists(st.floats(-0.5, 1.5), min_size=2, max_size=40))
def test_watts_never_fall_when_utilisation_rises(curve, utilisations):
    c = cluster(hosts=1, vms=1)
    c.power_curves.watts[:] = curve
    check_watts_never_fall(lambda u: power.host_watts(c.power_curves, 0, u), utilisations)


def test_bug_26_interpolation_from_the_wrong_end_is_caught():
    c = cluster(hosts=1, vms=1)

    def backwards(u):
        k = int(u * 10)
        return power.host_watts(c.power_curves, 0, (2 * k + 1) / 10 - u)

    with pytest.raises(AssertionError):
        check_watts_never_fall(backwards, np.linspace(0.0, 0.99, 40))


# 27: hosts take legal steps only, and no boot is shorter than wake and boot


def check_power_states_follow_each_other(telling: Telling) -> None:
    c = telling.c
    for moment in telling.moments:
        before, after = moment.before.hosts, moment.after.hosts
        for h in range(c.sizes.hosts):
            assert after.power_state[h] in _reachable(PowerState(before.power_state[h]))
            if after.power_state[h] != PowerState.ON or before.power_state[h] == PowerState.ON:
                continue
            least_s = c.hosts.boot_s[h] + (c.power.wake_s if before.power_state[h] == PowerState.WAKING else 0.0)
            assert after.state_since_s[h] >= before.state_since_s[h] + least_s - TOLERANCE


@quickly
@given(STORIES)
def test_hosts_take_legal_steps_and_boots_take_their_time(story):
    check_power_states_follow_each_other(tell(story))


def advance_without_boot(c):
    c.hosts.ready_at_s[c.hosts.power_state == PowerState.BOOTING] = c.clock.now_s[0]
    STEPS["advance"](c)


def advance_straight_to_on(c):
    c.hosts.power_state[c.hosts.power_state == PowerState.STANDBY] = PowerState.ON
    STEPS["advance"](c)


@pytest.mark.parametrize("bug", [advance_without_boot, advance_straight_to_on])
def test_bug_27_boots_cut_short_are_caught(bug):
    caught_by(check_power_states_follow_each_other, advance=bug)


# 28: only an empty host goes to standby, and never one that failover or the minimum of hosts needs


def check_only_spare_empty_hosts_sleep(telling: Telling) -> None:
    c = telling.c
    for moment in telling.moments:
        has_gone = (moment.before.hosts.power_state != PowerState.STANDBY) & (
            moment.after.hosts.power_state == PowerState.STANDBY
        )
        for h in np.flatnonzero(has_gone):
            assert moment.before.hosts.num_vms[h] == 0
            assert h not in moment.before.inbound
    for order in telling.orders:
        assert order.num_left >= c.power.minimum_hosts_on
        assert _holds(c, order)


def _holds(c, order) -> bool:
    """Admission control's promise, by brute force."""
    used_mhz, used_mb = sum(mhz for mhz, _ in order.used), sum(mb for _, mb in order.used)
    if c.ha.admission_policy == AdmissionPolicy.SLOTS:
        slot_mhz = max([c.ha.slot_mhz, *(mhz for mhz, _ in order.used)])
        slot_mb = max([c.ha.slot_mb, *(mb for _, mb in order.used)])
        slots = sorted(int(min(mhz // slot_mhz, mb // slot_mb)) for mhz, mb in order.left)
        return len(order.used) <= sum(slots[: len(slots) - c.ha.failures_tolerated])
    if c.ha.admission_policy == AdmissionPolicy.PERCENTAGE:
        total_mhz, total_mb = sum(mhz for mhz, _ in order.left), sum(mb for _, mb in order.left)
        usable = 1.0 - c.ha.failover_fraction
        return used_mhz <= usable * total_mhz + TOLERANCE and used_mb <= usable * total_mb + TOLERANCE
    return True


@quickly
@given(STORIES)
def test_only_spare_empty_hosts_go_to_standby(story):
    check_only_spare_empty_hosts_sleep(tell(story))


def advance_with_vms_aboard(c):
    is_ordered = (c.hosts.power_state == PowerState.ENTERING_STANDBY) & np.isinf(c.hosts.ready_at_s)
    c.hosts.ready_at_s[is_ordered] = c.clock.now_s[0] + c.hosts.shutdown_s[is_ordered]
    STEPS["advance"](c)


def test_bug_28_shutdown_with_vms_or_migrations_aboard_is_caught():
    caught_by(check_only_spare_empty_hosts_sleep, advance=advance_with_vms_aboard)


def test_bug_28_orders_that_do_not_ask_admission_control_are_caught():
    caught_by(check_only_spare_empty_hosts_sleep, asks_admission=False)


# 35: no restart before detection, and only where the VM can live


def check_restarts_follow_detection_and_fit(telling: Telling) -> None:
    c = telling.c
    fell_at_s = np.full(c.sizes.vms, np.inf)
    for moment in telling.moments:
        _note_deaths(moment, fell_at_s)
        hosts, vms = moment.after.hosts, moment.after.vms
        for v in np.flatnonzero(np.isfinite(fell_at_s) & (vms.state == VmState.STARTING)):
            began_s, h = vms.up_at_s[v] - c.ha.guest_boot_s, vms.host[v]
            moved = h != moment.before.vms.host[v]
            assert began_s >= fell_at_s[v] + (c.ha.declared_after_s if moved else c.hosts.boot_s[h]) - TOLERANCE
            assert hosts.power_state[h] == PowerState.ON
            assert hosts.state_since_s[h] <= began_s + TOLERANCE
            assert hosts.reserved_mb[h] <= c.hosts.memory_capacity_mb[h] + TOLERANCE
            assert c.paths.is_reachable[h * c.sizes.datastores + c.vms.datastore[v]] == 1
            fell_at_s[v] = np.inf


def _note_deaths(moment, fell_at_s) -> None:
    """VMs that fell with the host they were on, which may be another than at the tick's beginning."""
    dies_at_s = moment.after.hosts.fails_at_s
    for v in np.flatnonzero(np.isin(moment.before.vms.state, (VmState.RUNNING, VmState.STARTING))):
        if np.isfinite(dies_at_s[moment.before.vms.host[v]]):
            fell_at_s[v] = dies_at_s[moment.before.vms.host[v]]


@quickly
@given(STORIES)
def test_restarts_come_after_detection_and_onto_hosts_that_can_run_the_vm(story):
    check_restarts_follow_detection_and_fit(tell(story))


def strike_without_detection(c):
    STEPS["strike"](c)
    c.vms.restart_at_s[c.vms.restart_at_s > c.clock.now_s[0]] -= c.ha.declared_after_s


def restart_anywhere(c):
    reachable = c.paths.is_reachable.copy()
    c.paths.is_reachable[:] = 1
    STEPS["restart"](c)
    c.paths.is_reachable[:] = reachable


def restart_beyond_capacity(c):
    c.hosts.memory_capacity_mb[:] *= 4.0
    STEPS["restart"](c)
    c.hosts.memory_capacity_mb[:] /= 4.0


@pytest.mark.parametrize(
    "bug",
    [{"strike": strike_without_detection}, {"restart": restart_anywhere}, {"restart": restart_beyond_capacity}],
    ids=["too soon", "no datastore", "no room"],
)
def test_bug_35_restarts_too_soon_or_where_the_vm_cannot_live_are_caught(bug):
    caught_by(check_restarts_follow_detection_and_fit, **bug)


# 36: a failed host's VMs are down from its death until they have booted again; every second is either up or down


def check_the_dead_are_down_until_they_booted(telling: Telling) -> None:
    c = telling.c
    fell_at_s, down_s = np.full(c.sizes.vms, np.inf), np.zeros(c.sizes.vms)
    least_s = min(c.ha.declared_after_s, float(c.hosts.boot_s.min())) + c.ha.guest_boot_s
    for moment in telling.moments:
        before, after, tick_s = moment.before.vms, moment.after.vms, c.clock.tick_s[0]
        dies_at_s, end_s = moment.after.hosts.fails_at_s[before.host], moment.before.now_s + tick_s
        assert ((after.up_s >= 0.0) & (after.up_s <= tick_s)).all()
        was_steady = np.isinf(fell_at_s) & np.isinf(dies_at_s) & (before.state == VmState.RUNNING)
        assert (after.up_s[was_steady] == tick_s).all()
        down_s += tick_s - after.up_s
        # a guest that came up and died in one tick ends one outage and begins the next
        falls = np.isfinite(dies_at_s) & ((before.state == VmState.RUNNING) | (after.up_s > 0.0))
        fell_at_s[falls], down_s[falls] = dies_at_s[falls], tick_s - (dies_at_s - moment.before.now_s)[falls]
        assert (after.up_s <= dies_at_s - moment.before.now_s + TOLERANCE)[falls].all()
        is_out = np.isfinite(fell_at_s)
        is_back = is_out & (after.state == VmState.RUNNING)
        assert (down_s[is_back] >= least_s - TOLERANCE).all()
        assert down_s[is_out] == pytest.approx((end_s - np.where(is_back, after.up_s, 0.0) - fell_at_s)[is_out])
        fell_at_s[is_back], down_s[is_back | ~is_out] = np.inf, 0.0


@quickly
@given(STORIES)
def test_a_dead_hosts_vms_are_down_until_they_have_booted_again(story):
    check_the_dead_are_down_until_they_booted(tell(story))


def strike_that_forgets_the_tick_s_rest(c):
    up_s = c.vms.up_s.copy()
    STEPS["strike"](c)
    c.vms.up_s[:] = up_s


def live_at_once(c):
    c.vms.up_at_s[c.vms.state == VmState.STARTING] = c.clock.now_s[0]
    STEPS["live"](c)


@pytest.mark.parametrize(
    "bug", [{"strike": strike_that_forgets_the_tick_s_rest}, {"live": live_at_once}], ids=["up while dead", "no boot"]
)
def test_bug_36_vms_that_are_up_too_long_or_too_soon_are_caught(bug):
    caught_by(check_the_dead_are_down_until_they_booted, **bug)
