"""The clusters that benchmarks run: presets and made ones of any size, each free or contended.

`free`: no host is over its CPU capacity (a preset is as shipped, where a burst may fill a host for a while);
`contended`: every host is over it at all times, which is the dearest case, since every host then divides its CPU by
reservation, limit and shares. Made clusters consist of equal hosts and equal VMs, as the prototype's did
(`prototype.py`). A preset becomes contended by giving every VM four vCPUs and plenty to do. Left out: short memory,
resource pools, rules.
"""

from typing import Any

from vienv.scenario import Scenario, load

FREE, CONTENDED = "free", "contended"
LOADS = (FREE, CONTENDED)
PRESETS = ("office", "rack", "datacenter")
SIZES = ((8, 64), (32, 512), (100, 1000), (800, 1052))
"""Hosts and VMs of the prototype's clusters."""
_WATTS = [150.0 + 10.0 * point for point in range(11)]
_EVEN = {
    "vm_sigma": 0.1,
    "department_sigma": 0.0,
    "daily_amplitude": 0.05,
    "noise_cv": 0.05,
    "bursts_a_day": 0.0,
    "imbalance_least": 0.0,
    "imbalance_most": 10.0,
}
"""Demand that keeps every host on its side of its capacity, and is new in every sample all the same."""
_LOAD = {FREE: 0.3, CONTENDED: 2.0}
"""Mean demand / CPU capacity of the cluster."""
_MOST_CORES = 8


def made(hosts: int, vms: int, load_name: str = FREE, duration_h: float = 2.0, **settings: Any) -> Scenario:
    """Equal hosts and equal VMs; episodes of two hours, so that a measurement sees resets."""
    per_host = vms / hosts
    group = {"cores": max(1, min(_MOST_CORES, int(per_host))), "core_mhz": 2400.0, "power_w": _WATTS}
    said = {
        "name": f"{hosts}x{vms}",
        "limits": "none",
        "duration_h": duration_h,
        "hosts": [{"count": hosts, "memory_gb": 2.0 + 2.0 * per_host, **group}],
        "datastores": [{"count": 8}],
        "vms": {"count": vms, "vcpus": [4], "memory_gb": [1.0], "departments": max(1, vms // 16)},
        "demand": {**_EVEN, "mean_load": _LOAD[load_name]},
    }
    return load(said | settings)


def preset(name: str, load_name: str = FREE) -> Scenario:
    """A preset or a scenario file, as it is or contended."""
    scenario = load(name)
    if load_name == FREE:
        return scenario
    said = scenario.model_dump(exclude_unset=True)
    # two sizes of memory, since placement goes by memory and would leave datacenter's last host empty
    said["vms"] |= {"vcpus": [4], "vcpus_percent": [100.0], "memory_gb": [1.0, 1.2], "memory_percent": [50.0, 50.0]}
    said["demand"] = said.get("demand", {}) | _EVEN | {"mean_load": _LOAD[load_name]}
    return load(said)


def grown(hosts: int, vms: int, duration_h: float = 1.0) -> Scenario:
    """`datacenter` with its mix of VMs and its load, at another size and with short episodes."""
    said = load("datacenter").model_dump(exclude_unset=True)
    said["hosts"][0]["count"], said["vms"]["count"] = hosts, vms
    return load(said | {"name": f"{hosts}x{vms}", "limits": "none", "duration_h": duration_h})
