"""What `headroom` proves about a whole cluster is what the judges say VM by VM, on roomy and on tight clusters."""

import numpy as np
import pytest

from tests.managed import look, managed
from vienv.core import headroom
from vienv.core.enums import ConnectionState, MigrationPhase, PowerState, Refusal, VmState
from vienv.core.virtualcenter import commands, evacuation

HOSTS, VMS = 7, 16


def drawn(seed):
    """A cluster of 7 hosts and 16 VMs: sizes, fullness, states, rules, disks and vMotions drawn, from roomy to full."""
    rng = np.random.default_rng(seed)
    fullness, is_odd = np.full(4, 0.2), rng.random() < 0.7  # of CPU and memory, as demanded and as reserved
    fullness[rng.integers(4)] = rng.uniform(0.1, 1.2)
    mean_mhz, mean_mb = 10_000.0 * HOSTS / VMS, 0.94 * 16_384.0 * HOSTS / VMS
    mhz = rng.uniform(0.2, 1.8, VMS) * fullness[0] * mean_mhz
    c = managed(hosts=HOSTS, vms=VMS, on=rng.integers(0, HOSTS, VMS), mhz=mhz)
    c.vm_statistics.memory_demand_mb[:] = rng.uniform(0.2, 1.8, VMS) * fullness[1] * mean_mb
    c.vms.cpu_reservation_mhz[:] = rng.uniform(0.2, 1.8, VMS) * fullness[2] * mean_mhz
    c.vms.memory_reservation_mb[:] = rng.uniform(0.2, 1.8, VMS) * fullness[3] * mean_mb
    if is_odd:
        c.hosts.cpu_class[:] = rng.random(HOSTS) < rng.choice([0.0, 0.3])
        c.hosts.vmkernel_mbps[rng.random(HOSTS) < 0.1] = 100.0
        c.hosts.power_state[rng.random(HOSTS) < 0.15] = PowerState.ENTERING_STANDBY
        c.hosts.connection[rng.random(HOSTS) < 0.1] = ConnectionState.ENTERING_MAINTENANCE
        c.paths.is_reachable[rng.random(HOSTS) < rng.choice([0.0, 0.1])] = 0
        c.vms.apart_group[rng.random(VMS) < 0.1] = 0
        c.vms.state[rng.random(VMS) < 0.05] = VmState.DOWN
        c.vms.commanded[rng.random(VMS) < 0.1] = 1
    look(c)
    for v in np.flatnonzero(rng.random(VMS) < rng.choice([0.0, 0.2])):
        h = int(rng.integers(HOSTS))
        if h != c.vms.host[v] and c.vms.state[v] == VmState.RUNNING:
            commands.migrate(c.hosts, c.vms, c.migrations, c.clock, int(v), h)
    look(c)
    headroom.survey(c.largest, c.vms, c.datastores, c.hosts, c.paths, c.power_curves)
    headroom.measure(c.largest, c.hosts, c.vms, c.migrations, c.vm_statistics)
    return c


def promised_plans(c):
    """Hosts whose evacuation is promised, and those of them that have no plan."""
    n = headroom.count_receivers(c.hosts, c.largest, c.host_statistics, c.vmotion, c.virtual_center)
    promised = [
        h for h in range(HOSTS)
        if headroom.has_certain_plan(
            c.hosts, c.vms, c.migrations, c.largest, c.vm_statistics, c.host_statistics, c.clock, c.vmotion,
            c.virtual_center, n, h,
        )
    ]  # fmt: skip
    broken = [
        h for h in promised
        if not evacuation.plan(
            c.hosts, c.vms, c.migrations, c.paths, c.vm_statistics, c.host_statistics, c.clock, c.vmotion,
            c.virtual_center, h,
        )
    ]  # fmt: skip
    return promised, broken


def promised_moves(c):
    """VMs that are promised a destination, and those of them that no host may take."""
    headroom.mark_sources(c.hosts, c.largest, c.vmotion)
    promised = [
        v for v in range(VMS)
        if c.vms.state[v] == VmState.RUNNING and c.migrations.phase[v] == MigrationPhase.NONE
        and c.vms.commanded[v] == 0 and c.vms.is_plain[v] and c.hosts.lets_go[c.vms.host[v]]
    ]  # fmt: skip
    broken = [
        v for v in promised
        if all(
            commands.refusal_of_migration(c.hosts, c.vms, c.migrations, c.paths, c.vmotion, v, h)
            for h in range(HOSTS)
        )
    ]  # fmt: skip
    return promised, broken


def test_an_evacuation_that_is_promised_has_a_plan():
    kept = 0
    for seed in range(400):
        promised, broken = promised_plans(drawn(seed))
        assert not broken, seed
        kept += len(promised)
    assert kept > 400


def test_a_vm_that_is_promised_a_destination_has_one():
    kept = 0
    for seed in range(400):
        promised, broken = promised_moves(drawn(seed))
        assert not broken, seed
        kept += len(promised)
    assert kept > 400


@pytest.mark.parametrize("figure", ["demand_mhz", "memory_demand_mb", "cpu_reservation_mhz", "reserved_mb"])
def test_without_one_of_the_largest_figures_a_promise_would_be_broken(figure, monkeypatch):
    place = ["demand_mhz", "memory_demand_mb", "cpu_reservation_mhz", "reserved_mb"].index(figure)
    takes = headroom._takes

    def careless(*arguments):
        figures = list(arguments)
        figures[5 + place] = 0.0
        return takes(*figures)

    monkeypatch.setattr(headroom, "_takes", careless)
    assert any(promised_plans(drawn(seed))[1] for seed in range(400))


def test_counting_special_vms_as_plain_would_break_a_promise(monkeypatch):
    monkeypatch.setattr(headroom, "is_special", lambda *_: False)
    assert any(promised_plans(drawn(seed))[1] for seed in range(400))


def test_what_a_queued_vmotion_changes_is_what_a_new_measure_gives():
    moved = 0
    for seed in range(100):
        c = drawn(seed)
        c.vms.apart_group[:] = np.arange(VMS) % 5 - 1
        headroom.survey(c.largest, c.vms, c.datastores, c.hosts, c.paths, c.power_curves)
        headroom.measure(c.largest, c.hosts, c.vms, c.migrations, c.vm_statistics)
        v = int(np.flatnonzero((c.vms.state == VmState.RUNNING) & (c.migrations.phase == MigrationPhase.NONE))[0])
        h, source = (int(c.vms.host[v]) + 1) % HOSTS, int(c.vms.host[v])
        commands.migrate(c.hosts, c.vms, c.migrations, c.clock, v, h)
        headroom.move(c.hosts, c.vms, c.migrations, v, source, h)
        counted = c.hosts.num_special.copy()
        headroom.measure(c.largest, c.hosts, c.vms, c.migrations, c.vm_statistics)
        assert np.array_equal(counted, c.hosts.num_special)
        moved += c.vms.is_plain[v] == 0
    assert moved > 10
    assert Refusal.ACCEPTED == 0  # what `all` counts on
