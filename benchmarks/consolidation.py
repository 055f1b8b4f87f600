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

from benchmarks.planetlab_runs import without_zeros
from benchmarks.planetlab_watch import BOOT_S, watched
from vienv.cloudsim import STANDARD, Policy, Results, day, machines, ready, simulate
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
PERCENT = 100.0
BESIDE = "drs-dpm"
"""Who stands for the cluster in the second table."""
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
    ready()
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
    """What each model charges: CloudSim under thr-mmt, what it leaves out in this day's figures, and the cluster."""
    stock = watched(today.percent, SPREAD_BY, 0)
    kept = simulate(without_zeros(today.percent), SPREAD_BY)
    standby_w = HostGroup(memory_gb=1).standby_w
    asleep = machines.NUM_HOSTS - stock.results.mean_active_hosts
    ram_gb = float(vms_of(today).ram_mb.sum()) / kept.intervals[-1, 0] / MB_PER_GB
    destroyed = len(today.percent) - stock.results.vms_left_at_end
    seen = {name: f"{value:,.0f}" for name, value in (report or {}).items()}
    return f"""\
| what | CloudSim ({SPREAD_BY.name}) | what it leaves out | this cluster ({BESIDE}) |
|---|---|---|---|
| a host that wakes | no time, no energy | {stock.boots:,} boots of {BOOT_S:.0f} s: {stock.boot_kwh:.1f} kWh \
| 240 s at peak watts; {seen.get("power_cycles", "?")} standbys |
| a host asleep | 0 W | {standby_w:.0f} W each: {asleep * standby_w * DAY_S / day.JOULES_PER_KWH:.1f} kWh | charged |
| the first 300 s | no energy | {stock.opening_kwh:.1f} kWh | charged |
| a migration | {stock.results.mean_time_before_vm_migration_s:.1f} s: memory over half of 1 Gbit/s, any at once \
| pre-copy rounds, limits, links and CPU shared | {_each(report)} each, queue included |
| the switch-over | nothing | | {seen.get("vmotion_downtime_s", "?")} s, all VMs |
| memory | binds at first | {ram_gb:.1f} GB of VMs on each 4-GB host at the end, none destroyed | binds always |
| a VM that asks nothing | destroyed: {destroyed} of {len(today.percent)} \
| kept: {kept.energy_kwh:.1f} kWh instead of {stock.results.energy_kwh:.1f} | runs on |"""


def _each(report: dict[str, float] | None) -> str:
    return f"{report['migration_s'] / max(1.0, report['migrations']):.1f} s" if report else "?"


if __name__ == "__main__":
    main()
