"""A cluster drawn up by hand: a host in every state, VMs of known load, a vMotion in flight and one in the queue."""

from typing import Any

CAPACITY_MHZ = 10_000.0
STATES = ("on", "on", "standby", "booting", "failed", "entering_standby")


def cluster(num_hosts: int = len(STATES)) -> dict[str, Any]:
    """Host k is in state STATES[k] (on, from the seventh); esx-01 is loaded to 95 %, esx-02 to 20 %."""
    hosts = [host(k, STATES[k] if k < len(STATES) else "on") for k in range(num_hosts)]
    vms = [vm("db", "esx-01", 6000.0), vm("web", "esx-01", 3500.0), vm("mail", "esx-02", 2000.0)]
    vms += [vm("gone", "esx-05", 900.0, "down"), vm("new", None, 0.0, "awaiting_placement")]
    return {
        "scenario": "drawn",
        "split": "test",
        "world": 7,
        "time_s": 52_500.0,
        "since_monday_s": 86_400.0 + 52_500.0,
        "duration_s": 86_400.0,
        "hosts": hosts,
        "vms": vms,
        "migrations": [
            {"vm": "web", "phase": "precopy", "source": "esx-01", "destination": "esx-02", "sent_mb": 512.0},
            {"vm": "mail", "phase": "queued", "source": "esx-02", "destination": "esx-01", "sent_mb": 0.0},
        ],
        "picked": None,
        "refusal": "accepted",
        "report": {"bill": 1.2345, "energy_kwh": 3.5, "imbalance": 0.151, "migrations": 12.0},
    }


def host(k: int, power: str) -> dict[str, Any]:
    """One host; the second is in maintenance."""
    return {
        "name": f"esx-{k + 1:02d}",
        "power": power,
        "connection": "in_maintenance" if k == 1 else "connected",
        "cpu_capacity_mhz": CAPACITY_MHZ,
        "memory_capacity_mb": 8192.0,
        "memory_consumed_mb": 4096.0 if power == "on" else 0.0,
        "power_w": 123.0,
        "num_vms": 2,
    }


def vm(name: str, where: str | None, mhz: float, state: str = "running") -> dict[str, Any]:
    """One VM with a mean demand."""
    return {"name": name, "state": state, "host": where, "planned_host": where, "cpu_demand_5min_mhz": mhz}
