import subprocess
import sys

import numpy as np
import pytest

from benchmarks import consolidation
from vienv import baselines
from vienv.cloudsim import Policy, simulate
from vienv.core import arena
from vienv.core.enums import HISTORY_INTERVALS
from vienv.envs.vector_env import ClusterVectorEnv
from vienv.scenario.planetlab import PlanetLabDay

HOSTS, VMS = 8, 12


@pytest.fixture
def today():
    percent = np.random.default_rng(0).integers(1, 60, (VMS, 288)).astype(float)
    return PlanetLabDay("20110303", percent, [f"vm{v}" for v in range(VMS)], "bytes", "0" * 64)


def test_every_vm_runs_its_own_row_of_the_day_where_cloudsim_placed_it(today):
    env = ClusterVectorEnv(1, consolidation.scenario_of(today, HOSTS), worlds=[0], autoreset_mode="Disabled")
    env.reset()
    consolidation.write_demand(env, today)
    vms = arena.vms_of(*env.rows(0))
    placed = consolidation.first_placement(today, HOSTS)
    assert vms.host.tolist() == placed.host.tolist()
    for k in range(3):
        env.step([0])
        wanted = today.percent[:, k] / 100.0 * placed.mips
        assert vms.demand_mhz == pytest.approx(wanted)
    demand = arena.workload_of(*env.rows(0)).demand.reshape(-1, VMS)
    assert (demand[: HISTORY_INTERVALS + 1] == demand[0]).all()


def test_a_policy_plays_the_whole_day_and_all_that_was_asked_is_counted(today):
    report = consolidation.play(today, baselines.make("consolidate"), {}, HOSTS)
    asked = (today.percent.mean(axis=1) / 100.0 * consolidation.vms_of(today).mips).sum() / 1000.0 * 24.0
    assert report["intervals"] == 288
    assert report["demand_cpu_ghz_h"] == pytest.approx(asked, rel=1e-6)
    assert report["hosts_on"] < HOSTS


def test_what_is_charged_has_figures_of_this_day(today):
    report = consolidation.play(today, baselines.make("drs-dpm"), {}, HOSTS)
    lines = consolidation.table_of(consolidation.charged(today, report)).splitlines()
    assert "destroyed: 0 of 12" in next(line for line in lines if "asks nothing" in line)
    assert all("nan" not in line for line in lines)


def test_a_heuristic_has_the_figures_of_its_day_in_cloudsim_and_no_downtime(today):
    policy = Policy.parse("thr-mmt-0.8")
    row, results = consolidation.in_cloudsim(today, policy), simulate(today.percent, policy, consolidation.SEED)
    assert (row.energy_kwh, row.migrations, row.power_cycles) == (
        results.energy_kwh,
        results.migrations,
        results.host_shutdowns,
    )
    assert row.vm_down_s is None
    assert "not modelled" in consolidation.line(row)


def test_a_row_of_the_cluster_counts_switch_overs_and_what_was_not_served(today):
    report = consolidation.play(today, baselines.make("consolidate"), {}, HOSTS)
    row = consolidation.in_cluster("consolidate", report, 1.0)
    assert row.migrations > 0
    assert row.vm_down_s >= report["vmotion_downtime_s"] > 0.0
    assert row.unserved_percent == pytest.approx(row.unserved_mhz_h / report["demand_cpu_ghz_h"] / 10.0)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--data", "nowhere"], "nowhere"),
        (["--data", "nowhere", "--policies", "drs-9"], "nowhere"),
    ],
)
def test_bad_input_is_refused_in_one_line(arguments, says):
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.consolidation", *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 1
