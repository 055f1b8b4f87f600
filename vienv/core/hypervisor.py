"""Devices of VMs under a hosted hypervisor: what its operating system has no driver for is not there.

Under VMware Server or Workstation a VM reaches hardware through the host operating system's drivers (Sugerman,
Venkitachalam and Lim, USENIX 2001). A VM that wants a device without one gets no further with the part of its work that
needs it: that part of its CPU demand is not served. ESX presents its own virtual hardware, so the same VM does not care
there. How large the part is, is UNSOURCED. Left out: what such a VM leaves unused of its claim on the host, devices
that a guest only misses, and hardware passed through to a VM, which would tie it to an ESX host too.
"""

from vienv.core.enums import VmState
from vienv.core.jit import kernel
from vienv.core.state import Devices, Drivers, Hosts, Vms
from vienv.core.stillness import is_still


@kernel
def withhold(vms: Vms, hosts: Hosts, devices: Devices, drivers: Drivers) -> None:
    """Take what waits for a device off delivered CPU, after `cpu.schedule`; still hosts hold what was taken."""
    for v in range(devices.needs.size):
        if devices.needs[v] == 0 or vms.state[v] != VmState.RUNNING:
            continue
        h = vms.host[v]
        if is_still(hosts, h) or devices.needs[v] & ~drivers.devices[h] == 0:
            continue
        lost_mhz = max(0.0, vms.delivered_mhz[v] - (1.0 - devices.part[v]) * vms.demand_mhz[v])
        vms.delivered_mhz[v] -= lost_mhz
        hosts.delivered_mhz[h] -= lost_mhz
