"""A cluster for people: names and physical units, as plain Python numbers and strings."""

from typing import TYPE_CHECKING, Any

from vienv.core import arena, inventory
from vienv.core.enums import NO_HOST, NO_VM, ConnectionState, MigrationPhase, PowerState, VmState
from vienv.envs.action import REFUSALS

if TYPE_CHECKING:
    from vienv.envs.vector_env import ClusterVectorEnv


def snapshot(env: "ClusterVectorEnv", e: int) -> dict[str, Any]:
    """Cluster e of a batch: scenario, world, times, hosts, vms, migrations, picked, refusal and report."""
    rows = env.rows(e)
    clock, outcome = arena.clock_of(*rows), arena.outcome_of(*rows)
    host_names, vm_names = env.worlds.host_names, env.worlds.vm_names
    picked = int(clock.picked[0])
    return {
        "scenario": env.scenario.name,
        "split": env.split,
        "world": int(clock.world[0]),
        "time_s": float(clock.now_s[0]),
        "duration_s": float(clock.duration_s[0]),
        "since_monday_s": float(clock.week_starts_s[0] + clock.now_s[0]),
        "hosts": _hosts(rows, host_names),
        "vms": _vms(rows, host_names, vm_names),
        "migrations": _migrations(rows, host_names, vm_names),
        "picked": None if picked == NO_VM else vm_names[picked],
        "refusal": REFUSALS[int(outcome.refusal[0])],
        "report": env.report()[e],
    }


def _hosts(rows: Any, names: tuple[str, ...]) -> list[dict[str, Any]]:
    hosts, statistics = arena.hosts_of(*rows), arena.host_statistics_of(*rows)
    return [
        {
            "name": name,
            "power": PowerState(int(hosts.power_state[h])).name.lower(),
            "connection": ConnectionState(int(hosts.connection[h])).name.lower(),
            "cpu_capacity_mhz": float(hosts.cpu_capacity_mhz[h]),
            "cpu_demand_mhz": float(hosts.demand_mhz[h]),
            "cpu_delivered_mhz": float(hosts.delivered_mhz[h]),
            "cpu_planned_mhz": float(statistics.planned_5min_mhz[h]),
            "memory_capacity_mb": float(hosts.memory_capacity_mb[h]),
            "memory_consumed_mb": float(hosts.consumed_mb[h]),
            "power_w": float(hosts.power_w[h]),
            "num_vms": int(hosts.num_vms[h]),
        }
        for h, name in enumerate(names)
    ]


def _vms(rows: Any, host_names: tuple[str, ...], names: tuple[str, ...]) -> list[dict[str, Any]]:
    vms, statistics, migrations = arena.vms_of(*rows), arena.vm_statistics_of(*rows), arena.migrations_of(*rows)
    return [
        {
            "name": name,
            "state": VmState(int(vms.state[v])).name.lower(),
            "host": _name(host_names, int(vms.host[v])),
            "planned_host": _name(host_names, int(inventory.planned_host(vms, migrations, v))),
            "cpu_demand_mhz": float(vms.demand_mhz[v]),
            "cpu_demand_5min_mhz": float(statistics.demand_5min_mhz[v]),
            "cpu_delivered_mhz": float(vms.delivered_mhz[v]),
            "memory_mb": float(vms.memory_mb[v]),
            "memory_active_mb": float(vms.active_mb[v]),
        }
        for v, name in enumerate(names)
    ]


def _migrations(rows: Any, host_names: tuple[str, ...], vm_names: tuple[str, ...]) -> list[dict[str, Any]]:
    migrations = arena.migrations_of(*rows)
    return [
        {
            "vm": name,
            "phase": MigrationPhase(int(migrations.phase[v])).name.lower(),
            "source": _name(host_names, int(migrations.source[v])),
            "destination": _name(host_names, int(migrations.destination[v])),
            "sent_mb": float(migrations.sent_mb[v]),
        }
        for v, name in enumerate(vm_names)
        if migrations.phase[v] != MigrationPhase.NONE
    ]


def _name(names: tuple[str, ...], index: int) -> str | None:
    return None if index == NO_HOST else names[index]
