"""CloudSim's measures, added up while the day runs.

SLATAH is the time in which an active host granted less than was asked of it, over the time active; PDM what VMs in
flight asked and did not get, over all that was asked (Beloglazov and Buyya, Concurrency and Computation 24(13), 2012).
A value holds until the next entry. Read what is counted with care: a host that receives a VM grants it a tenth and so
always violates, and a host that was never used counts as shut down at its first entry.
"""

from vienv.cloudsim.state import Hosts, Misses, Shutdowns, Vms
from vienv.core.jit import kernel

TIME_ON, FLIGHT = 0, 1
"""Rows of Shutdowns."""


@kernel
def note_host(hosts: Hosts, ends: Shutdowns, h: int, now_s: float, used_mips: float, asked_mips: float) -> None:
    """Enter what a host grants and what is asked of it at this instant."""
    if hosts.entry_s[h] != now_s:
        if hosts.entry_s[h] >= 0.0:
            close_host(hosts, ends, h)
            if hosts.entry_used_mips[h] > 0.0:
                seconds = now_s - hosts.entry_s[h]
                hosts.active_s[h] += seconds
                if hosts.entry_used_mips[h] < hosts.entry_asked_mips[h]:
                    hosts.violated_s[h] += seconds
        hosts.entry_s[h] = now_s
    hosts.entry_used_mips[h], hosts.entry_asked_mips[h] = used_mips, asked_mips


@kernel
def close_host(hosts: Hosts, ends: Shutdowns, h: int) -> None:
    """The open entry is final: whether the host was switched on or off there."""
    is_active = 1 if hosts.entry_used_mips[h] > 0.0 else 0
    if hosts.was_active[h] == 1 and is_active == 0:
        _add(ends, TIME_ON, hosts.entry_s[h] - hosts.on_since_s[h])
    elif hosts.was_active[h] == 0 and is_active == 1:
        hosts.on_since_s[h] = hosts.entry_s[h]
    hosts.was_active[h] = is_active


@kernel
def note_vm(vms: Vms, ends: Shutdowns, misses: Misses, v: int, now_s: float, granted_mips: float) -> None:
    """Enter what a VM gets and asks at this instant, on the host where it lives."""
    if vms.entry_s[v] != now_s:
        if vms.entry_s[v] >= 0.0:
            close_vm(vms, ends, v)
            _settle(vms, misses, v, now_s - vms.entry_s[v])
        vms.entry_s[v] = now_s
    vms.entry_granted_mips[v], vms.entry_asked_mips[v] = granted_mips, vms.asked_mips[v]
    vms.entry_moving[v] = vms.is_moving[v]


@kernel
def close_vm(vms: Vms, ends: Shutdowns, v: int) -> None:
    """The open entry is final: whether the VM took off or landed there."""
    if vms.was_moving[v] == 1 and vms.entry_moving[v] == 0:
        _add(ends, FLIGHT, vms.entry_s[v] - vms.moving_since_s[v])
    elif vms.was_moving[v] == 0 and vms.entry_moving[v] == 1:
        vms.moving_since_s[v] = vms.entry_s[v]
    vms.was_moving[v] = vms.entry_moving[v]


@kernel
def close_day(hosts: Hosts, vms: Vms, ends: Shutdowns) -> None:
    """Close the entries that are still open; what would follow them is not counted."""
    for h in range(hosts.mips.size):
        if hosts.entry_s[h] >= 0.0:
            close_host(hosts, ends, h)
    for v in range(vms.mips.size):
        if vms.entry_s[v] >= 0.0:
            close_vm(vms, ends, v)


@kernel
def _settle(vms: Vms, misses: Misses, v: int, seconds: float) -> None:
    granted, asked = vms.entry_granted_mips[v], vms.entry_asked_mips[v]
    vms.granted[v] += granted * seconds
    vms.asked[v] += asked * seconds
    if granted < asked:
        misses.num[0] += 1
        misses.sum[0] += (asked - granted) / asked
        if vms.entry_moving[v] == 1:
            vms.lost_moving[v] += (asked - granted) * seconds


@kernel
def _add(ends: Shutdowns, row: int, seconds: float) -> None:
    """Welford's running mean and squares."""
    ends.num[row] += 1
    deviation = seconds - ends.mean[row]
    ends.mean[row] += deviation / ends.num[row]
    ends.square[row] += deviation * (seconds - ends.mean[row])
