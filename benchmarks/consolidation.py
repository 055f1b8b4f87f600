"""A PlanetLab day in two models: CloudSim's heuristics in CloudSim's, DRS, DPM, agents and consolidate in this cluster.

    python -m benchmarks.consolidation --data ../shared/data/planetlab --day 20110303

The same 800 servers with the same watts, the same VMs on the same hosts at first, and the same demand, VM by VM, in the
same order. The second table says what the two models charge differently, in this day's figures. It takes half a minute;
every row is printed as it ends.
"""

import argparse
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from vienv.cloudsim import STANDARD, Policy, Results, day, machines, simulate
from vienv.cloudsim import state as cloudsim_state
from vienv.contest.competitors import resolve
from vienv.core import arena
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
ALMOST_IDLE = 1e-7
"""Percent, instead of nothing."""
PERCENT = 100.0
BESIDE = "drs-dpm"
"""Who stands for the cluster in the second table."""
KWH_PER_W_S = 1.0 / 3.6e6
HEADING = "| policy | model | energy, kWh | migrations | hosts on | unserved CPU, % | power cycles | CPU s |"


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--day", default=None, help="by default the first that is there")
    parser.add_argument("--policies", default=POLICIES)
    arguments = parser.parse_args()
    try:
        today = read_day(arguments.data, arguments.day or days_of(arguments.data)[0], "bytes")
        competitors = resolve(arguments.policies.split(","))
    except (TraceError, ValueError) as error:
        print(f"consolidation: {error}", file=sys.stderr)
        sys.exit(2)
    print(f"{HEADING}\n|---|---|{'---:|' * 6}")
    for policy in STANDARD:
        began = time.process_time()
        results = simulate(today.percent, policy)
        print(cloudsim_row(policy, results, time.process_time() - began), flush=True)
    reports = {}
    for competitor in competitors:
        began = time.process_time()
        reports[competitor.name] = play(today, competitor.policy(), dict(competitor.env_settings))
        seconds = time.process_time() - began
        print(cluster_row(competitor.name, reports[competitor.name], seconds), flush=True)
    print(f"\n{charged(today, reports.get(BESIDE))}")


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


def cloudsim_row(policy: Policy, results: Results, seconds: float) -> str:
    """A heuristic in CloudSim's model."""
    return _row(
        policy.name,
        "CloudSim",
        results.energy_kwh,
        results.migrations,
        results.mean_active_hosts,
        PERCENT * results.sla_overall,
        results.host_shutdowns,
        seconds,
    )


def cluster_row(name: str, report: dict[str, float], seconds: float) -> str:
    """A policy in the cluster."""
    return _row(
        name,
        "vienv",
        report["energy_kwh"],
        report["migrations"],
        report["hosts_on"],
        PERCENT * report["unserved_cpu_ghz_h"] / report["demand_cpu_ghz_h"],
        report["power_cycles"],
        seconds,
    )


def _row(name: str, model: str, kwh: float, moves: float, on: float, unserved: float, cycles: float, cpu: float) -> str:
    hosts = "all" if np.isnan(on) else f"{on:.1f}"
    return f"| {name} | {model} | {kwh:.1f} | {moves:,.0f} | {hosts} | {unserved:.3f} | {cycles:,.0f} | {cpu:.1f} |"


def charged(today: PlanetLabDay, report: dict[str, float] | None) -> str:
    """What each model charges for thr-mmt's kind of day: CloudSim's own figures, what it leaves out, and drs-dpm's."""
    stock = simulate(today.percent, SPREAD_BY)
    kept = simulate(np.where(today.percent == 0.0, ALMOST_IDLE, today.percent), SPREAD_BY)
    esx = HostGroup(memory_gb=1)
    first_on, last_on = stock.intervals[0, 0], stock.intervals[-1, 0]
    boots = stock.host_shutdowns - machines.NUM_HOSTS + last_on  # all begin as if on
    peak_w = float(np.mean([watts[-1] for watts in machines.WATTS]))
    boot_kwh = boots * esx.boot_s * peak_w * KWH_PER_W_S
    asleep_kwh = (machines.NUM_HOSTS - stock.mean_active_hosts) * esx.standby_w * DAY_S * KWH_PER_W_S
    ram_gb = float(vms_of(today).ram_mb.sum()) / kept.intervals[-1, 0] / MB_PER_GB
    seen = report or {}
    flight_s = seen["migration_s"] / max(1.0, seen["migrations"]) if seen else np.nan
    rows = [
        (
            "a host that wakes",
            "no time, no energy",
            f"{boots:,.0f} boots of {esx.boot_s:.0f} s would be {boot_kwh:.1f} kWh",
            f"{seen.get('boot_energy_kwh', np.nan):.1f} kWh in {seen.get('power_cycles', np.nan):,.0f} power cycles",
        ),
        ("a host asleep", "0 W", f"{esx.standby_w:.0f} W each would be {asleep_kwh:.1f} kWh", "charged"),
        ("the first 300 s", "nothing", f"{stock.intervals[1, 4]:.2f} kWh, as in the next", "charged"),
        (
            "a migration",
            f"{stock.mean_time_before_vm_migration_s:.1f} s, memory over half of 1 Gbit/s; all at once",
            "pre-copy rounds, limits, shared links, CPU",
            f"{flight_s:.1f} s each, queued, {seen.get('migrations_failed', np.nan):.0f} fail",
        ),
        ("the switch-over", "nothing", "", f"{seen.get('vmotion_downtime_s', np.nan):.0f} s"),
        (
            "memory",
            "binds at first only",
            f"{ram_gb:.1f} GB of VMs on a host of 4 GB, if none is destroyed",
            "binds always",
        ),
        (
            "a VM that asks nothing",
            f"destroyed: {len(today.percent) - stock.vms_left_at_end} of {len(today.percent)}",
            f"kept: {kept.energy_kwh:.1f} kWh instead of {stock.energy_kwh:.1f}",
            "runs on",
        ),
        ("hosts on at first", f"{first_on:.0f}", "", f"{machines.NUM_HOSTS}"),
    ]
    lines = [f"| what | CloudSim ({SPREAD_BY.name}) | left out there | this cluster ({BESIDE}) |", "|---|---|---|---|"]
    return "\n".join(lines + [f"| {' | '.join(row)} |" for row in rows])


if __name__ == "__main__":
    main()
