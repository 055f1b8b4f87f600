"""A cluster as a table of hosts for a terminal, as an administrator would read it in esxtop.

One line a host: power, its VMs' mean demand in the last five minutes against its CPU, memory, watts. Left out: single
VMs, whose rows would fill the screen; `snapshot()` has them.
"""

from collections.abc import Mapping
from typing import Any

BAR_CELLS = 20
FULL, EMPTY = "#", "."
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_DAY_S, _HOUR_S, _MINUTE_S = 86400, 3600, 60
_MB_PER_GB = 1024.0


def text(snapshot: Mapping[str, Any]) -> str:
    """The cluster as lines: a title, a row a host, the vMotions in flight and the bill so far."""
    hosts, report = snapshot["hosts"], snapshot["report"]
    width = max(len(host["name"]) for host in hosts)
    load = host_loads(snapshot)
    head = f"{'host':{width}}  {'power':16}  {'load':{BAR_CELLS + 5}}  {'vms':>3}  {'memory GB':>13}  {'watts':>5}"
    rows = [_row(host, load[host["name"]], width) for host in hosts]
    waiting = sum(vm["state"] == "awaiting_placement" for vm in snapshot["vms"])
    down = sum(vm["state"] in ("down", "starting") for vm in snapshot["vms"])
    foot = (
        f"bill {report['bill']:.3f} EUR   energy {report['energy_kwh']:.2f} kWh   imbalance {report['imbalance']:.3f}"
        f"   VMs down {down}, waiting {waiting}"
    )
    return "\n".join([title(snapshot), head, *rows, *map(_migration, snapshot["migrations"]), foot])


def title(snapshot: Mapping[str, Any]) -> str:
    """Scenario, world and time of day."""
    return f"{snapshot['scenario']}  {snapshot['split']} world {snapshot['world']}  {time_of_day(snapshot)}"


def time_of_day(snapshot: Mapping[str, Any]) -> str:
    """The cluster's weekday and clock, "Tue 14:35"."""
    seconds = int(snapshot["since_monday_s"])
    day = seconds // _DAY_S % len(_DAYS)
    return f"{_DAYS[day]} {seconds % _DAY_S // _HOUR_S:02d}:{seconds % _HOUR_S // _MINUTE_S:02d}"


def host_loads(snapshot: Mapping[str, Any]) -> dict[str, float]:
    """Each host's load: mean demand of its VMs over the last five minutes / its CPU capacity; may exceed 1."""
    demand_mhz = dict.fromkeys((host["name"] for host in snapshot["hosts"]), 0.0)
    for vm in snapshot["vms"]:
        if vm["host"] is not None and vm["state"] == "running":
            demand_mhz[vm["host"]] += vm["cpu_demand_5min_mhz"]
    return {host["name"]: demand_mhz[host["name"]] / host["cpu_capacity_mhz"] for host in snapshot["hosts"]}


def _row(host: Mapping[str, Any], load: float, width: int) -> str:
    cells = min(BAR_CELLS, round(load * BAR_CELLS))
    bar = FULL * cells + EMPTY * (BAR_CELLS - cells)
    state = host["power"] if host["connection"] == "connected" else host["connection"]
    memory = f"{host['memory_consumed_mb'] / _MB_PER_GB:.1f} / {host['memory_capacity_mb'] / _MB_PER_GB:.1f}"
    return (
        f"{host['name']:{width}}  {state.replace('_', ' '):16.16}  {bar} {load:4.0%}  {host['num_vms']:3d}"
        f"  {memory:>13}  {host['power_w']:5.0f}"
    )


def _migration(migration: Mapping[str, Any]) -> str:
    """One vMotion: who goes where, and how far it is."""
    phase, sent = migration["phase"].replace("_", " "), migration["sent_mb"]
    return (
        f"vMotion {migration['vm']}: {migration['source']} -> {migration['destination']}  {phase}, {sent:.0f} MB sent"
    )
