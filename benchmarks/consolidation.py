"""A PlanetLab day in two models: CloudSim's heuristics in CloudSim's, DRS, DPM, agents and consolidate in this cluster.

    python -m benchmarks.consolidation --data ../shared/data/planetlab --day 20110303

The same 800 servers with the same watts, the same VMs on the same hosts at first, and the same demand, VM by VM, in the
same order. The second table says what the two models charge differently, in this day's figures. It takes half a minute;
every row is printed as it ends.
"""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks.planetlab_runs import without_zeros
from benchmarks.planetlab_watch import BOOT_S, RUN, advance, laid, watched
from vienv.cloudsim import STANDARD, Policy, day, machines, ready, simulate
from vienv.cloudsim import state as cloudsim_state
from vienv.cloudsim.enums import Selection
from vienv.cloudsim.simulation import results_of
from vienv.contest.bill import SECONDS_PER_HOUR
from vienv.contest.competitors import resolve
from vienv.core import arena, jit
from vienv.core.enums import HISTORY_INTERVALS
from vienv.envs.vector_env import ClusterVectorEnv
from vienv.scenario import opening
from vienv.scenario.archive import TraceError
from vienv.scenario.planetlab import PlanetLabDay, days_of, read_day
from vienv.scenario.schema_hosts import HostGroup

POLICIES = "static,drs-3,dpm,drs-dpm,consolidate,agents/ppo-tuner,agents/ppo-recommend"
SPREAD_BY = Policy.parse("thr-mmt")
MB_PER_GB = 1024.0
DAY_S = 86_400.0
PERCENT = 100.0
MHZ_PER_GHZ = 1000.0
SEED = 0
BESIDE = "drs-dpm"
"""Who stands for the cluster in the second table."""
COLUMNS = (
    "policy", "model", "energy, kWh", "migrations", "hosts on", "unserved CPU, MHz h", "%", "VMs down, s",
    "power cycles", "CPU s",
)  # fmt: skip


class Row(NamedTuple):
    """What a policy did in one of the models; None where the model has no such figure."""

    policy: str
    model: str
    energy_kwh: float
    migrations: int
    hosts_on: float | None  # mean
    unserved_mhz_h: float
    unserved_percent: float
    vm_down_s: float | None  # of all VMs, switch-overs included
    power_cycles: int
    cpu_s: float


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--day", default=None, help="by default the first that is there")
    parser.add_argument("--policies", default=POLICIES)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    try:
        today = read_day(arguments.data, arguments.day or days_of(arguments.data)[0], "bytes")
        competitors = resolve(arguments.policies.split(","))
    except (TraceError, ValueError) as error:
        print(f"consolidation: {error}", file=sys.stderr)
        sys.exit(2)
    ready()
    jit.ready(advance)
    show = sys.stderr if arguments.json else sys.stdout
    print(f"| {' | '.join(COLUMNS)} |\n|---|---|{'---:|' * (len(COLUMNS) - 2)}", file=show)
    rows = []
    for policy in STANDARD:
        rows.append(in_cloudsim(today, policy))
        print(line(rows[-1]), file=show, flush=True)
    reports = {}
    for competitor in competitors:
        began = time.process_time()
        report = reports[competitor.name] = play(today, competitor.policy(), dict(competitor.env_settings))
        rows.append(in_cluster(competitor.name, report, time.process_time() - began))
        print(line(rows[-1]), file=show, flush=True)
    charges = charged(today, reports.get(BESIDE))
    if arguments.json:
        document = {"day": today.day, "sha256": today.sha256, "order": today.order}
        print(json.dumps(document | {"rows": [row._asdict() for row in rows], "charges": charges}))
    else:
        print("\n" + table_of(charges))


def scenario_of(today: PlanetLabDay, num_hosts: int = machines.NUM_HOSTS) -> dict[str, Any]:
    """The day as a cluster: ESX hosts of the two servers, VMs by name where CloudSim places them; HA is off."""
    vms = first_placement(today, num_hosts)
    servers = [f"HP ML110 G{4 + h % 2}" for h in range(num_hosts)]
    return {
        "name": f"planetlab-{today.day}",
        "limits": "none",
        "hosts": [
            {"name": f"host{h}", "server": server, "memory_gb": machines.HOST_RAM_MB / MB_PER_GB}
            for h, server in enumerate(servers)
        ],
        "vm": [
            {
                "name": f"vm{v}",
                "memory_gb": vms.ram_mb[v] / MB_PER_GB,
                "host": f"host{vms.host[v]}-01",
                "load": 0.1,
            }
            for v in range(len(today.percent))
        ],
        "demand": {"imbalance_least": 0.0, "imbalance_most": 10.0},
        "power": {"wake_failure_percent": 0.0},
        "ha": {"enabled": False},
    }


def first_placement(today: PlanetLabDay, num_hosts: int) -> cloudsim_state.Vms:
    """Where CloudSim places the VMs at t = 0."""
    rows = machines.lay_out(len(today.percent), num_hosts)
    machines.write(*rows, today.percent, SPREAD_BY, 0)
    day.begin(*rows)
    return cloudsim_state.vms_of(*rows)


def play(today: PlanetLabDay, policy: Any, settings: dict[str, Any], num_hosts: int = machines.NUM_HOSTS) -> dict:
    """One policy on the day in the cluster; the first interval passes as it is, as it does in CloudSim."""
    env = ClusterVectorEnv(
        1, scenario_of(today, num_hosts), face=policy.env_id, autoreset_mode="Disabled", worlds=[0], **settings
    )
    env.reset()
    write_demand(env, today)
    observation, _, _, _, _ = env.step(idle_action(env))
    policy.reset(1)
    is_over = False
    while not is_over:
        observation, _, terminated, truncated, _ = env.step(policy.act(observation, env.action_masks()))
        is_over = bool(terminated[0] or truncated[0])
    return env.report()[0]


def idle_action(env: ClusterVectorEnv) -> Any:
    """The action that lets an interval pass."""
    return np.zeros(env.action_space.shape, env.action_space.dtype)


def write_demand(env: ClusterVectorEnv, today: PlanetLabDay) -> None:
    """Put VM i's row of the day under VM i, its first sample before it, and what VirtualCenter saw of that."""
    rows = env.rows(0)
    vms, workload, hosts = arena.vms_of(*rows), arena.workload_of(*rows), arena.hosts_of(*rows)
    demand = workload.demand.reshape(-1, vms.state.size)
    share = (today.percent / PERCENT * vms_of(today).mips[:, np.newaxis] / vms.cpu_configured_mhz[:, np.newaxis]).T
    at = np.arange(len(demand)) - HISTORY_INTERVALS
    demand[:] = share[at.clip(0, len(share) - 1)]
    statistics = arena.vm_statistics_of(*rows)
    opening.remember(arena.vm_history_of(*rows), statistics, vms, workload, arena.clock_of(*rows))
    opening.settle(vms, hosts, statistics, arena.host_statistics_of(*rows), arena.power_curves_of(*rows))


def vms_of(today: PlanetLabDay) -> cloudsim_state.Vms:
    """The day's VMs; a MIPS is taken for a MHz."""
    rows = machines.lay_out(len(today.percent), 1)
    machines.write(*rows, today.percent, SPREAD_BY, 0)
    return cloudsim_state.vms_of(*rows)


def in_cloudsim(today: PlanetLabDay, policy: Policy) -> Row:
    """A heuristic in CloudSim's model, in which no VM is ever down; its power cycles are its "shutdowns"."""
    began = time.process_time()
    rows = laid(today.percent, policy, SEED)
    advance(*rows, RUN)
    results, vms = results_of(*rows), cloudsim_state.vms_of(*rows)
    return Row(
        policy.name if policy.selection != Selection.RS else f"{policy.name} seed {SEED}",
        "CloudSim",
        results.energy_kwh,
        results.migrations,
        None if np.isnan(results.mean_active_hosts) else results.mean_active_hosts,
        float((vms.asked - vms.granted).sum()) / SECONDS_PER_HOUR,
        PERCENT * results.sla_overall,
        None,
        results.host_shutdowns,
        time.process_time() - began,
    )


def in_cluster(name: str, report: dict[str, float], seconds: float) -> Row:
    """A policy in the cluster."""
    return Row(
        name,
        "vienv",
        report["energy_kwh"],
        int(report["migrations"]),
        report["hosts_on"],
        report["unserved_cpu_ghz_h"] * MHZ_PER_GHZ,
        PERCENT * report["unserved_cpu_ghz_h"] / report["demand_cpu_ghz_h"],
        report["vm_down_s"] + report["vmotion_downtime_s"],
        int(report["power_cycles"]),
        seconds,
    )


def line(row: Row) -> str:
    """A row of the first table."""
    hosts = "all" if row.hosts_on is None else f"{row.hosts_on:.1f}"
    down = "not modelled" if row.vm_down_s is None else f"{row.vm_down_s:,.0f}"
    cells = (
        row.policy, row.model, f"{row.energy_kwh:.1f}", f"{row.migrations:,}", hosts, f"{row.unserved_mhz_h:,.0f}",
        f"{row.unserved_percent:.3f}", down, f"{row.power_cycles:,}", f"{row.cpu_s:.1f}",
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"


def charged(today: PlanetLabDay, report: dict[str, float] | None) -> list[tuple[str, str, str, str]]:
    """What each model charges: CloudSim under thr-mmt, what it leaves out in this day's figures, and the cluster."""
    stock = watched(today.percent, SPREAD_BY, SEED)
    kept = simulate(without_zeros(today.percent), SPREAD_BY)
    standby_w = HostGroup(memory_gb=1).standby_w
    asleep = machines.NUM_HOSTS - stock.results.mean_active_hosts
    ram_gb = float(vms_of(today).ram_mb.sum()) / kept.intervals[-1, 0] / MB_PER_GB
    destroyed = len(today.percent) - stock.results.vms_left_at_end
    seen = {name: f"{value:,.0f}" for name, value in (report or {}).items()}
    boots_kwh = f"{report['boot_energy_kwh']:.1f}" if report else "?"
    return [
        (
            "a host that wakes",
            "no time, no energy",
            f"{stock.boots:,} boots of {BOOT_S:.0f} s: {stock.boot_kwh:.1f} kWh",
            f"240 s at peak watts: {boots_kwh} kWh; {seen.get('power_cycles', '?')} standbys",
        ),
        (
            "a host asleep",
            "0 W",
            f"{standby_w:.0f} W each: {asleep * standby_w * DAY_S / day.JOULES_PER_KWH:.1f} kWh",
            "charged",
        ),
        ("the first 300 s", "no energy", f"{stock.opening_kwh:.1f} kWh", "charged"),
        (
            "energy between two samples",
            "mean of the watts at both ends",
            f"{stock.slope_kwh:+.1f} kWh against the watts at the beginning",
            "watts of every tick; demand holds for 300 s",
        ),
        (
            "a migration",
            f"{stock.results.mean_time_before_vm_migration_s:.1f} s: memory over half of 1 Gbit/s, any at once",
            "pre-copy rounds, limits, links and CPU shared",
            f"{_each(report)} each, queue included",
        ),
        ("the switch-over", "not modelled", "", f"{seen.get('vmotion_downtime_s', '?')} s, all VMs"),
        (
            "memory",
            "binds at first",
            f"{ram_gb:.1f} GB of VMs on each 4-GB host at the end, none destroyed",
            "binds always, overhead included",
        ),
        (
            "a VM that asks nothing",
            f"destroyed: {destroyed} of {len(today.percent)}",
            f"kept: {kept.energy_kwh:.1f} kWh instead of {stock.results.energy_kwh:.1f}",
            "runs on",
        ),
    ]


def table_of(charges: list[tuple[str, str, str, str]]) -> str:
    """The second table."""
    heading = ("what", f"CloudSim ({SPREAD_BY.name})", "what it leaves out", f"this cluster ({BESIDE})")
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (heading, ("---",) * len(heading), *charges))


def _each(report: dict[str, float] | None) -> str:
    return f"{report['migration_s'] / max(1.0, report['migrations']):.1f} s" if report else "?"


if __name__ == "__main__":
    main()
