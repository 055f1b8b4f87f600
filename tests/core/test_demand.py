import numpy as np
import pytest

from tests.clusters import cluster, settings
from vienv.core import demand, inventory
from vienv.core.enums import HISTORY_INTERVALS, VmState
from vienv.core.stillness import STILL

HISTORY_SAMPLES = HISTORY_INTERVALS  # of 300 s, the tests' sampling period


def update(c):
    inventory.group(c.hosts, c.vms, c.migrations, c.clock)
    demand.update(c.hosts, c.vms, c.workload, c.clock, c.demand)


def rows(c):
    return c.workload.demand.reshape(-1, c.sizes.vms)


def test_demand_is_the_rows_fraction_of_configured_cpu():
    c = cluster()
    c.vms.cpu_configured_mhz[1] = 5_000.0
    rows(c)[HISTORY_SAMPLES] = [0.5, 0.25]
    update(c)
    assert c.vms.demand_mhz.tolist() == [1_250.0, 1_250.0]


def test_demand_is_never_above_the_vms_own_limit():
    c = cluster()
    c.vms.cpu_limit_mhz[0] = 1_000.0
    rows(c)[:] = 0.8
    update(c)
    assert c.vms.demand_mhz.tolist() == [1_000.0, 2_000.0]


def test_the_episode_begins_after_one_hour_of_history():
    c = cluster()
    rows(c)[:, 0] = np.arange(c.sizes.samples) / 1000.0
    update(c)
    assert c.vms.demand_mhz[0] == pytest.approx(0.012 * 2_500.0)


@pytest.mark.parametrize(("now_s", "sample"), [(0.0, 12), (280.0, 12), (300.0, 13), (3_600.0, 24), (1e9, 300)])
def test_a_sample_holds_for_its_period_and_the_last_one_for_good(now_s, sample):
    c = cluster()
    c.clock.now_s[0] = now_s
    assert demand.sample_now(c.workload, c.clock, c.demand, c.sizes.vms) == sample


def test_a_trace_of_one_minute_moves_on_within_an_interval():
    c = cluster()
    settings(c, demand_sample_s=60.0)
    c.clock.now_s[0] = 120.0
    assert demand.sample_now(c.workload, c.clock, c.demand, c.sizes.vms) == 60 + 2


@pytest.mark.parametrize("state", [VmState.NOT_ARRIVED, VmState.AWAITING_PLACEMENT, VmState.DOWN])
def test_a_vm_that_neither_runs_nor_starts_wants_nothing(state):
    c = cluster()
    rows(c)[:] = 0.5
    update(c)
    c.vms.state[0] = state
    update(c)
    assert c.vms.demand_mhz.tolist() == [0.0, 1_250.0]
    assert c.vms.active_mb[0] == 0.0 < c.vms.active_mb[1]


def test_a_guest_that_boots_touches_memory_and_wants_no_cpu_yet():
    c = cluster()
    c.vms.state[0] = VmState.STARTING
    rows(c)[:] = 0.5
    update(c)
    assert c.vms.demand_mhz.tolist() == [0.0, 1_250.0]
    assert c.vms.active_mb[0] == c.vms.active_mb[1] > 0.0


def test_hosts_with_vms_are_looked_at_when_a_sample_or_an_interval_begins_and_else_not():
    c = cluster(hosts=3)
    inventory.group(c.hosts, c.vms, c.migrations, c.clock)
    settings(c, demand_sample_s=420.0)
    looked = []
    for k in range(45):
        c.clock.tick[0], c.clock.now_s[0] = k, 20.0 * k
        c.hosts.still_ticks[:] = c.clock.still_ticks[0] = STILL
        if demand.has_news(c.clock):
            demand.announce(c.hosts, c.clock, c.demand)
        looked += [k] if (c.hosts.still_ticks < STILL).tolist() == [True, True, False] else []
        assert (c.clock.still_ticks[0] < STILL) == (k in looked)
    assert looked == [0, 9, 15, 30]  # the sample began 120 s before the episode


def test_active_memory_rises_with_cpu_demand():
    c = cluster()
    c.vms.active_per_cpu[:] = 0.5
    rows(c)[HISTORY_SAMPLES] = [0.0, 0.4]
    update(c)
    assert c.vms.active_mb == pytest.approx([0.2 * 1024.0, 0.4 * 1024.0])


def test_active_memory_is_at_most_what_is_configured_and_what_was_touched():
    c = cluster()
    c.vms.active_per_cpu[:] = 2.0
    c.vms.touched_mb[1] = 700.0
    rows(c)[:] = 1.0
    update(c)
    assert c.vms.active_mb.tolist() == [1024.0, 700.0]
