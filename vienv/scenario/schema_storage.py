"""What a scenario may say of where VMs' files lie, and of what carries them."""

from typing import Literal

from pydantic import Field

from vienv.scenario.schema_basics import MOST_DATASTORES, MOST_HOSTS, Fraction, Name, Percent, Seconds, Section

MOST_PATHS_A_LUN = 32
"""VI3's configuration maximum."""


class DatastoreGroup(Section):
    """Shared by all hosts or by those in `reached_by` (hosts' or groups' names); kind "local" belongs to one `host`."""

    name: Name = "lun"
    count: int = Field(default=1, ge=1, le=MOST_DATASTORES)
    kind: Literal["FC SAN", "iSCSI SAN", "NFS", "local"] = "FC SAN"
    host: str | None = None
    reached_by: list[str] | None = Field(default=None, min_length=1, max_length=MOST_HOSTS)
    # with [storage]
    capacity_gb: float | None = Field(default=None, gt=0, le=1e6)  # default: unlimited
    gbps: Literal[1, 2, 4, 8, 10] | None = None  # FC 2, 4 or 8, by default 4; iSCSI and NFS 1 or 10, by default 1
    initiator: Literal["software", "hardware"] | None = None  # of iSCSI; default: software
    paths: int | None = Field(default=None, ge=1, le=MOST_PATHS_A_LUN)  # from each host; default: 2
    vaai: bool | None = None  # metadata without SCSI reservations; default: the profile's, from vSphere 4.1 on


class Storage(Section):
    """Its presence gives datastores space, lines and paths, and VMs disks."""

    ip_payload: float = Field(default=0.92, gt=0, le=1)  # file data in a byte of Ethernet: 115 MB/s on 1 GbE
    local_mb_s: float = Field(default=80.0, gt=0, le=1e5)  # UNSOURCED
    nic_gbps: Literal[1, 10] = 1  # of each host, for iSCSI and NFS
    shares_nic: bool = False  # iSCSI and NFS go over the VMkernel's NIC, beside vMotion
    hba_gbps: Literal[2, 4, 8] = 4  # of each host
    failover_s: Seconds = 10.0  # UNSOURCED
    reservation_s: Seconds = 0.5  # UNSOURCED
    software_mhz_per_mb_s: float = Field(default=8.7, ge=0, le=1e3)  # software iSCSI and NFS; UNSOURCED
    hardware_mhz_per_mb_s: float = Field(default=1.7, ge=0, le=1e3)  # hardware iSCSI; UNSOURCED
    fc_mhz_per_mb_s: float = Field(default=0.9, ge=0, le=1e3)  # UNSOURCED
    restarts_unreachable: bool = False  # all paths down: HA restarts the VMs elsewhere (vSphere 6)
    unreachable_s: Seconds = 320.0  # 140 s until the datastore counts as lost, 180 s more until the response
    io_mb_s_per_ghz: float = Field(default=0.0, ge=0, le=1e4)  # guests' I/O, by the CPU they get; UNSOURCED; 0: none
    io_stall: Fraction = 0.9  # CPU that a guest loses per unit of I/O that is not served, as swap_stall; UNSOURCED
    base_ms: float = Field(default=5.0, gt=0, le=1e4)  # latency of an idle datastore; UNSOURCED
    disk_gb: float = Field(default=20.0, gt=0, le=65_536)  # of a VM that does not say; UNSOURCED
    thin: bool = False  # disks take space as they are written
    written_percent: Percent = 50.0  # of a thin disk, at the beginning; UNSOURCED
    write_mb_s: float = Field(default=0.05, ge=0, le=1e4)  # growth of a thin disk; UNSOURCED
