"""Clusters with storage, for tests: datastores of a kind, what befalls their paths, and ticks of everything."""

from types import SimpleNamespace

from tests.managed import managed, schedule
from vienv.core.enums import IncidentKind, StorageKind

IP_LINE, IP_PAYLOAD = 125.0, 0.92
"""1 GbE, MB/s, and what of it is file data: 115 MB/s."""


def stored(
    hosts: int = 2,
    vms: int = 2,
    datastores: int = 1,
    incidents: int = 0,
    copies: int = 1,
    io_mb_s_per_ghz: float = 0.0,
    **changes: object,
) -> SimpleNamespace:
    """`managed`, with storage: FC of 2 Gb/s, unlimited, thick disks; storage NICs of their own; guests' I/O if any."""
    rows = {"datastores": datastores, "volumes": datastores, "disks": vms, "adapters": hosts, "copies": copies}
    if io_mb_s_per_ghz > 0.0:
        rows["io_vms"], changes["storage_io_mb_s_per_ghz"] = vms, io_mb_s_per_ghz
    return managed(hosts, vms, incidents=incidents, rows=rows, **changes)


def make_ip(c: SimpleNamespace, d: int = 0, kind: StorageKind = StorageKind.NFS) -> None:
    """Let datastore d be an NFS share or an iSCSI LUN on 1 GbE."""
    c.volumes.kind[d], c.volumes.payload[d] = kind, IP_PAYLOAD
    c.lines.line_mb_s[3 * c.sizes.adapters + d] = IP_LINE * IP_PAYLOAD


def fail_paths(
    c: SimpleNamespace, host: int, at_s: float, duration_s: float, datastore: int = 0, paths: int = 1, row: int = 0
) -> None:
    """Schedule the failure of that many of a host's paths to a datastore."""
    schedule(c, IncidentKind.PATH_FAILURE, at_s, duration_s, host, row)
    c.incidents.datastore[row], c.incidents.number[row] = datastore, paths
