"""Work that is left out because nothing changed changes nothing: beside a cluster whose every tick is worked out."""

import numpy as np
import pytest
from hypothesis import given

from tests import clusters
from tests.filed import filed, order
from tests.filed import run as run_files
from tests.properties.management_story import MOST_STORIES, STORIES, Story, quickly, tell
from vienv.core import arena, demand, inventory, lifecycle, memory, params, power, state, tick, timers
from vienv.core.enums import OrderKind
from vienv.core.ha import failures, restarts
from vienv.core.networks import links
from vienv.core.virtualcenter import commands
from vienv.core.vmotion import flight, run

KINDS = (
    state.Clock, state.Hosts, state.Vms, state.Datastores, state.Migrations, state.VmStatistics, state.VmHistory,
    state.HostStatistics, state.Ledger, state.Metrics, state.HostNetworks, state.HostKnowledge, state.Protection,
    state.Guests, state.Counters, state.DirectPowerOns, state.Reach, state.Sessions, state.Fabric, state.Copies,
    state.Identities, state.Orders,
)  # fmt: skip
OWN = ("still_ticks", "next_event_s")
"""What says how much was left out."""
SCRATCH = ("claim_", "plan_", "link_", "is_receiver")
TOLERANCE = 1e-7
"""n times an amount beside its sum of n; a deviation is the root of a difference of such sums."""
DEVIATION_MHZ = 1e-4


def crowd(c):
    """Too little memory on one host and CPU on another, and samples that begin in the middle of an interval."""
    arena.write_params(c.floats, c.ints, c.spans, params.DemandParams(sample_s=200.0, foresight_samples=0))
    c.hosts.memory_managed_mb[0], c.hosts.cpu_capacity_mhz[1] = 2000.0, 1500.0
    c.vms.shareable_mb[:] = 200.0


def stir(hosts, clock, *_):
    hosts.still_ticks[:] = clock.still_ticks[:] = 0
    clock.next_event_s[0] = 0.0


def check_nothing_is_missed(story: Story, *bugs) -> None:
    begin = inventory.begin_tick

    def stir_and_begin(hosts, vms, migrations, clock):
        stir(hosts, clock)
        begin(hosts, vms, migrations, clock)

    lazy = tell(story, *bugs, change=crowd).c
    eager = tell(story, (timers, "is_due", lambda _: True), (inventory, "begin_tick", stir_and_begin), change=crowd).c
    for kind in KINDS:
        for name in kind._fields:
            if name.startswith(OWN + SCRATCH):
                continue
            parts = [getattr(arena.batch_of(kind, c.floats[None], c.ints[None], c.spans), name) for c in (lazy, eager)]
            least = DEVIATION_MHZ if name.startswith("deviation") else TOLERANCE
            np.testing.assert_allclose(*parts, rtol=TOLERANCE, atol=least, err_msg=f"{kind.__name__}.{name}")


@quickly
@given(STORIES)
def test_what_is_left_out_changes_nothing(story):
    check_nothing_is_missed(story)


def test_most_ticks_of_a_quiet_cluster_are_left_out():
    worked = []
    follow = tick._follow
    c = clusters.cluster()
    for _ in range(4):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(tick, "_follow", lambda *rows: (worked.append(1), follow(*rows)))
            tick.advance(c.floats, c.ints, c.spans)
    assert 4 <= len(worked) <= 10


def test_a_thin_disk_that_grew_in_ticks_that_were_left_out_is_copied_whole():
    c = filed(vms=2, num_orders=1)
    c.disks.configured_mb[0], c.disks.write_mb_s[0] = 20_480.0, 1.0
    order(c, 0, OrderKind.BACKUP, 0, 410.0, datastore=1, option=1)
    run_files(c, 420.0)
    assert c.copies.size_mb[0] == 10_240.0 + 380.0, "it grows from the end of the first tick on"


NOTHING = {
    "a vMotion that begins or ends": (flight, "stir"),
    "a vMotion in flight": (run, "stir"),
    "a power state": (power, "stir"),
    "a death": (failures, "stir"),
    "a restart": (restarts, "stir"),
    "a guest that has booted": (lifecycle, "stir"),
    "an arrival": (lifecycle, "disturb"),
    "a balloon": (memory, "stir"),
    "a placement's timer": (commands, "expect"),
    "a new sample": (demand, "look_once"),
    "a VMkernel network that goes down": (links, "stir"),
}


@pytest.mark.parametrize("what", NOTHING)
def test_a_host_that_is_not_stirred_is_caught(what):
    with pytest.raises(AssertionError):
        for seed in range(MOST_STORIES):
            check_nothing_is_missed(Story(seed), (*NOTHING[what], lambda *_: None))


def test_a_timer_that_is_overlooked_is_caught():
    def look_away(hosts, vms, incidents, clock, settings_of_ha):
        clock.next_event_s[0] = np.inf

    with pytest.raises(AssertionError):
        for seed in range(MOST_STORIES):
            check_nothing_is_missed(Story(seed), (timers, "look_ahead", look_away))


def test_the_timers_of_a_part_that_only_some_scenarios_use_are_caught_if_they_are_overlooked():
    with pytest.raises(AssertionError):
        for seed in range(MOST_STORIES):
            check_nothing_is_missed(Story(seed), (timers, "no_later", lambda *_: None))
