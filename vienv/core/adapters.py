"""By which line a host reaches a datastore, and what a line carries (`lines` shares it out).

Fibre Channel goes over the host's HBA; iSCSI and NFS over its storage NIC, or over the VMkernel's where a scenario says
so; a local disk needs none. Left out: several adapters a host.
"""

from vienv.core.enums import StorageKind
from vienv.core.jit import kernel
from vienv.core.state import Adapters, Hosts, Lines, Volumes

NO_LINE = -1
BITS_PER_BYTE = 8.0


@kernel
def adapter_of(volumes: Volumes, adapters: Adapters, h: int, d: int) -> int:
    """The line by which host h reaches datastore d; a local disk needs none."""
    num_hosts = adapters.shares_nic.size
    if volumes.kind[d] == StorageKind.LOCAL:
        return NO_LINE
    if volumes.kind[d] == StorageKind.FC:
        return 2 * num_hosts + h
    return h if adapters.shares_nic[h] == 1 else num_hosts + h


@kernel
def line_mb_s(lines: Lines, hosts: Hosts, n: int) -> float:
    """What line n carries."""
    if n < hosts.vmkernel_mbps.size:
        return float(hosts.vmkernel_mbps[n] / BITS_PER_BYTE)
    return float(lines.line_mb_s[n])
