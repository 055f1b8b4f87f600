"""The tick in C plays what the kernels play: small clusters in which everything happens that a tick knows."""

import shutil
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks import clusters, layout, reference
from tests.clusters import cluster, settings
from vienv.core import arena
from vienv.core.enums import AdmissionPolicy, IncidentKind, Metric, PowerState, Term, VmState
from vienv.core.virtualcenter import commands

needs_compiler = pytest.mark.skipif(shutil.which(layout.COMPILE[0]) is None, reason="no C compiler `cc` on the path")
INTERVALS = 26


def world(hosts=6, vms=24, load=0.6, seed=0, datastores=2, pools=0, incidents=0, **changes):
    """Clusters as `tests.clusters` makes them, with demand that is new in every sample and guests that differ."""
    c = cluster(hosts, vms, datastores, pools, incidents=incidents)
    settings(c, **{"vmotion_setup_s": 1.0} | changes)
    rng = np.random.default_rng(seed)
    configured = c.vms.cpu_configured_mhz
    configured[:] = rng.choice([2500.0, 5000.0], vms)
    c.workload.demand[:] = rng.uniform(0.5, 1.5, c.workload.demand.size) * load * hosts * 10_000.0 / configured.sum()
    c.vms.dirty_mb_s[:] = rng.uniform(0.0, 150.0, vms)
    c.vms.working_set_mb[:] = rng.uniform(10.0, 500.0, vms)
    c.vms.cpu_reservation_mhz[:] = rng.choice([0.0, 200.0], vms)
    c.vms.cpu_limit_mhz[:] = rng.choice([1500.0, np.inf], vms)
    c.vms.cpu_shares[:] = rng.choice([500.0, 1000.0, 4000.0], vms)
    c.vms.memory_reservation_mb[:] = rng.choice([0.0, 300.5], vms)
    c.vms.shareable_mb[:] = rng.uniform(0.0, 200.0, vms)
    c.vms.restart_priority[:] = rng.integers(0, 4, vms)
    c.vms.datastore[:] = rng.integers(0, datastores, vms)
    c.hosts.vmkernel_mbps[:] = rng.choice([1000.0, 10_000.0], hosts)
    return c


def pair_of(c, exchanges=0):
    return reference.Pair(c.floats[np.newaxis], c.ints[np.newaxis], c.spans, exchanges)


def play(pair, intervals=INTERVALS):
    """Advance both sides and compare them after every interval; returns the metrics and terms of the end."""
    for _ in range(intervals):
        pair.advance()
        pair.require_agreement()
    rows = (pair.floats[0], pair.ints[0], pair.spans)
    return arena.metrics_of(*rows).value, arena.ledger_of(*rows).episode


def command(pair, order):
    """Let `order(hosts, vms, volumes, clock, power, ha)` command both sides."""
    for floats, ints in ((pair.floats, pair.ints), (pair.c_floats, pair.c_ints)):
        row = (floats[0], ints[0], pair.spans)
        settings = arena.power_params_of, arena.ha_params_of
        views = (arena.hosts_of, arena.vms_of, arena.volumes_of, arena.clock_of, *settings)
        order(*[view(*row) for view in views])
    pair.c_floats[:] = layout.finite(pair.c_floats)


@needs_compiler
@pytest.mark.parametrize("load", [0.4, 1.6])
def test_demand_cpu_energy_and_statistics_agree_whether_hosts_are_short_or_not(load):
    _, bill = play(pair_of(world(load=load)))
    assert (bill[Term.UNSERVED_CPU_GHZ_H] > 10.0) == (load > 1.0)
    assert bill[Term.ENERGY_COST] > 0.0


@needs_compiler
@pytest.mark.parametrize("has_sdps", [0, 1])
def test_vmotions_that_share_links_converge_give_up_or_are_slowed_down_alike(has_sdps):
    c = world(vmotion_has_sdps=has_sdps)
    c.hosts.vmotion_limit[:] = 4
    metrics, bill = play(pair_of(c, exchanges=4))
    assert bill[Term.MIGRATIONS] > INTERVALS
    assert (metrics[Metric.MIGRATIONS_FAILED] > 0.0) == (has_sdps == 0)


@needs_compiler
@pytest.mark.parametrize("has_pending_retry", [0, 1])
@pytest.mark.parametrize("seed", [1, 2])
def test_failures_restarts_and_repairs_agree_with_vmotions_in_flight(seed, has_pending_retry):
    c = world(
        seed=seed,
        randomness_seed=seed,
        ha_failure_scale_s=3000.0,
        ha_repair_mu=6.0,
        ha_repair_sigma=1.0,
        ha_has_pending_retry=has_pending_retry,
    )
    c.hosts.next_failure_s[:] = np.linspace(100.0, 4000.0, 6)
    metrics, bill = play(pair_of(c, exchanges=2))
    assert metrics[Metric.HOST_FAILURES] > 5.0
    assert metrics[Metric.RESTARTS] > 5.0
    assert bill[Term.VM_DOWN_S] > 0.0


@needs_compiler
def test_balloons_and_swap_agree_where_memory_is_short():
    c = world(hosts=4, vms=24)
    c.vms.touched_mb[:] = c.vms.memory_mb[:] = np.linspace(1000.0, 4000.0, 24)
    c.vms.memory_limit_mb[::5] = 900.0
    c.vms.active_base[:] = np.linspace(0.1, 0.7, 24)
    c.vms.memory_shares[:] = 10 * c.vms.memory_mb
    c.hosts.memory_managed_mb[:] = 12_000.0
    pair = pair_of(c, exchanges=1)
    _, bill = play(pair)
    vms = arena.vms_of(pair.floats[0], pair.ints[0], pair.spans)
    assert vms.ballooned_mb.max() > 0.0
    assert vms.swapped_mb.max() > 0.0
    assert bill[Term.UNSERVED_MEMORY_GB_H] > 0.0


@needs_compiler
def test_resource_pools_agree_where_cpu_is_short():
    c = world(load=1.5, pools=3)
    c.pools.shares[:] = [2000.0, 4000.0, 8000.0]
    c.pools.reservation_mhz[:] = [0.0, 5000.0, 0.0]
    c.pools.limit_mhz[0] = 4000.0
    c.vms.pool[:] = np.arange(24) % 4 - 1
    _, bill = play(pair_of(c, exchanges=1))
    assert bill[Term.UNSERVED_CPU_GHZ_H] > 10.0


@needs_compiler
def test_standby_and_wake_agree_a_host_that_does_not_answer_included():
    pair = pair_of(world(power_wake_failure_probability=0.5, power_wake_repair_s=900.0))
    hosts = arena.hosts_of(pair.floats[0], pair.ints[0], pair.spans)
    woken = 0
    for n in range(40):
        h = n % 6
        if hosts.power_state[h] == PowerState.STANDBY:
            command(pair, lambda hosts, vms, volumes, clock, power, ha, h=h: commands.wake(hosts, clock, power, h))
            woken += 1
        elif hosts.power_state[h] == PowerState.ON and (hosts.power_state == PowerState.ON).sum() > 3:
            command(pair, lambda hosts, vms, volumes, clock, power, ha, h=h: commands.order_standby(hosts, clock, h))
        metrics, bill = play(pair, 1)
    assert bill[Term.POWER_CYCLES] > 5.0
    assert 0.0 < metrics[Metric.WAKE_FAILURES] < woken


@needs_compiler
@pytest.mark.parametrize("policy", [AdmissionPolicy.SLOTS, AdmissionPolicy.PERCENTAGE])
def test_the_calendar_agrees_maintenance_outages_and_a_scheduled_failure(policy):
    c = world(incidents=4, ha_admission_policy=policy)
    c.incidents.kind[:] = [
        IncidentKind.MAINTENANCE,
        IncidentKind.VC_OUTAGE,
        IncidentKind.HOST_FAILURE,
        IncidentKind.MAINTENANCE,
    ]
    c.incidents.at_s[:] = [310.0, 900.0, 1234.5, 2500.0]
    c.incidents.duration_s[:] = [600.0, 400.0, 1500.0, 700.0]
    c.incidents.host[:] = [1, -1, 2, 3]
    pair = pair_of(c, exchanges=1)
    metrics, _ = play(pair)
    assert metrics[Metric.HOST_FAILURES] == 1.0
    assert arena.incidents_of(pair.floats[0], pair.ints[0], pair.spans).is_done.all()


@needs_compiler
def test_arrivals_placements_and_rules_agree():
    c = world()
    c.vms.state[:6], c.vms.host[:6] = VmState.NOT_ARRIVED, -1
    c.vms.arrives_at_s[:6] = np.linspace(50.0, 1000.0, 6)
    c.vms.apart_group[6:12] = 0
    c.vms.together_group[12:16] = 1
    pair = pair_of(c, exchanges=2)
    play(pair, 5)
    for v in range(6):
        command(
            pair,
            lambda hosts, vms, volumes, clock, power, ha, v=v: commands.place(hosts, vms, volumes, clock, ha, v, v % 6),
        )
    _, bill = play(pair, 10)
    vms = arena.vms_of(pair.floats[0], pair.ints[0], pair.spans)
    assert (vms.state == VmState.RUNNING).all()
    assert bill[Term.RULE_VIOLATIONS] > 0.0


@needs_compiler
def test_a_lost_cluster_and_the_end_of_an_episode_are_billed_alike():
    c = world(hosts=2, vms=4, incidents=2)
    c.clock.duration_s[0], c.clock.intervals_per_episode[0] = 3000.0, 10
    c.incidents.at_s[:], c.incidents.duration_s[:], c.incidents.host[:] = [100.0, 700.0], 1e6, [0, 1]
    pair = pair_of(c)
    play(pair, 10)
    assert arena.clock_of(pair.floats[0], pair.ints[0], pair.spans).is_terminated[0] == 1


@needs_compiler
def test_a_disagreement_is_told_in_one_line_that_names_the_field():
    c = world()
    pair = pair_of(c)
    arena.vms_of(pair.c_floats[0], pair.c_ints[0], pair.spans).cpu_configured_mhz[3] *= 1.000001
    with pytest.raises(
        reference.DisagreementError, match=r"office: \w+\.\w+\[3\] of cluster 0: .* by the kernel, .* in C$"
    ):
        pair.require_agreement("office")


@needs_compiler
@pytest.mark.parametrize("load", clusters.LOADS)
def test_a_measurement_names_what_surrounds_its_numbers(load):
    ours, theirs = reference.measure(["office"], [load], seconds=0.1, num_envs=2)
    assert (ours["name"], theirs["name"]) == ("kernel", "C")
    assert ours["ratio_to_c"] == pytest.approx(ours["ns_per_vm_tick"] / theirs["ns_per_vm_tick"])
    assert ours["vm_ticks_per_s"] * ours["ns_per_vm_tick"] == pytest.approx(1e9)
    assert ours["migrations_in_flight"] > 0.0
    assert ours["hosts_on"] == 8.0
    assert (ours["crowded"] > 0.9) == (load == clusters.CONTENDED)


def test_a_missing_compiler_is_said_in_one_line(monkeypatch):
    monkeypatch.setattr(layout.shutil, "which", lambda name: None)
    layout.reference.cache_clear()
    with pytest.raises(layout.NoCompilerError, match="no C compiler"):
        layout.reference()


def test_the_header_names_every_field_of_the_state():
    said = layout.header()
    for kind in arena.KINDS:
        assert all(f"{name};" in said for name in kind.__annotations__)


def test_infinity_survives_the_way_to_c_and_back():
    there = layout.finite(np.array([np.inf, -np.inf, 2.5]))
    assert np.isfinite(there).all()
    assert np.array_equal(layout.infinite(there), [np.inf, -np.inf, 2.5])


def test_two_modules_with_numbers_and_one_name_are_refused(monkeypatch, tmp_path):
    (tmp_path / "room").mkdir()
    for place in ("memory.py", "room/memory.py"):
        (tmp_path / place).touch()
    monkeypatch.setattr(layout.vienv.core, "__file__", str(tmp_path / "__init__.py"))
    monkeypatch.setattr(layout, "import_module", lambda name: SimpleNamespace(HALF=0.5))
    with pytest.raises(ValueError, match="one name"):
        layout.header()
    (tmp_path / "room/memory.py").unlink()
    assert "#define MEMORY_HALF (0.5)" in layout.header()
