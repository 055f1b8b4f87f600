"""What differs between VMware's versions, as data: nothing about a version stands in code elsewhere.

`vi3` is ESX 3.5 with VirtualCenter 2.5, whose DPM was experimental and undocumented: it is paired with vSphere 4's DPM
constants, hence its title. `vs41` is ESX 4.1 with its console; `vs5`, `vs6` and `vs7` are ESXi of these versions. `vs7`
looks every minute for the better VM scores, so that the windows that VirtualCenter shows are 1, 8 and 12 minutes long.
The three later ones share vSphere 5's memory states: vSphere 6 adds one more, "clear", at minFree itself, in which
large pages are broken up for page sharing; sharing is off here from vSphere 5 on, so it would change nothing. DRS's
pairwise balancing (6.5) is left out. Sources: VMware's configuration maximums, Resource Management and Availability
guides of each version, Epping's HA Deepdive, Denneman's articles on DRS and memory reclamation; what none of them gives
says UNSOURCED.
"""

from dataclasses import dataclass, replace
from typing import Literal

Admission = Literal["off", "slots", "percentage", "failover-hosts"]
DrsMetric = Literal["load", "score"]
ProfileName = Literal["vi3", "vs41", "vs5", "vs6", "vs7"]


@dataclass(frozen=True)
class Profile:
    """The constants of one version."""

    title: str
    # DRS
    interval_s: float  # PollPeriodSec
    drs_metric: DrsMetric
    has_host_rules: bool  # VMs that must run on some hosts
    # vMotion
    vmotion_limit: int  # at a time a host, up to 1 GbE
    vmotion_limit_10g: int
    datastore_limit: int  # vMotions at a time of the VMs on one datastore
    host_units: int  # what a host may do at a time; a vMotion takes one
    copy_host_units: int  # that a clone or another copy takes; VI3: not limited
    storage_vmotion: Literal["snapshot", "mirror"]  # ESX 3.5's; from vSphere 4 on without a snapshot of the guest's
    storage_vmotion_host_units: int
    storage_vmotion_datastore_units: int  # of datastore_limit, at source and target
    has_sdps: bool  # Stun During Page Send slows a guest that dirties memory too fast
    session_mbps_minimum: float  # line speed that every concurrent vMotion has to find
    maximum_rounds: int  # UNSOURCED for ESX; Xen stops at 29 (Clark, NSDI 2005)
    commands_per_host: int  # DRS's MaxMovesPerHost
    # storage
    has_vaai: bool  # metadata of VMFS changes without SCSI reservations, from vSphere 4.1 on
    # HA
    declared_after_s: float
    restart_attempts: int
    has_pending_retry: bool
    admissions: tuple[Admission, ...]
    slot_mhz: float
    slot_mb: float
    minimum_hosts_on_with_ha: int
    # memory
    console_mb: float  # service console; none in ESXi
    sharing_fraction: float  # of configured memory, found by page sharing; large pages hide it later
    minimum_free_mb: float  # minFree of the first 28 GB; 0: the fixed share below
    minimum_free_fraction: float  # minFree of the rest
    soft_ratio: float  # of minFree
    hard_ratio: float
    low_ratio: float
    # configuration maximums, of VMware's "Configuration Maximums" of each version unless a line names another source
    most_hosts: int
    most_vms_a_host: int
    most_vcpus_a_vm: int
    most_vm_memory_gb: float
    most_cores_a_host: int
    most_host_memory_gb: float


_VI3, _VS5 = (
    Profile(
        title="VMware Infrastructure 3 (with vSphere 4's DPM constants)",
        interval_s=300.0,
        drs_metric="load",
        has_host_rules=False,
        vmotion_limit=2,
        vmotion_limit_10g=2,
        datastore_limit=4,
        host_units=2,
        copy_host_units=0,
        storage_vmotion="snapshot",
        storage_vmotion_host_units=1,  # a vMotion onto the host itself; UNSOURCED, as the next
        storage_vmotion_datastore_units=1,
        has_sdps=False,
        session_mbps_minimum=0.0,
        maximum_rounds=30,
        commands_per_host=8,
        has_vaai=False,
        declared_after_s=15.0,  # das.failuredetectiontime
        restart_attempts=5,  # das.maxvmrestartcount, VC 2.5 U4
        has_pending_retry=False,
        admissions=("off", "slots"),
        slot_mhz=256.0,  # das.vmCpuMinMHz
        slot_mb=256.0,  # das.vmMemoryMinMB
        minimum_hosts_on_with_ha=2,
        console_mb=272.0,
        sharing_fraction=0.15,  # ESX 2 guide's examples: 10 and 25 %
        minimum_free_mb=0.0,
        minimum_free_fraction=0.06,  # states at 6, 4, 2, 1 % of memory less the console
        soft_ratio=4 / 6,
        hard_ratio=2 / 6,
        low_ratio=1 / 6,
        most_hosts=32,
        most_vms_a_host=170,
        most_vcpus_a_vm=4,
        most_vm_memory_gb=64.0,
        most_cores_a_host=32,
        most_host_memory_gb=256.0,
    ),
    Profile(
        title="vSphere 5",
        interval_s=300.0,
        drs_metric="load",
        has_host_rules=True,
        vmotion_limit=4,
        vmotion_limit_10g=8,
        datastore_limit=128,
        host_units=8,
        copy_host_units=1,
        storage_vmotion="mirror",
        storage_vmotion_host_units=4,
        storage_vmotion_datastore_units=16,
        has_sdps=True,
        session_mbps_minimum=0.0,
        maximum_rounds=30,
        commands_per_host=8,  # adaptive from 4.1 on; the same cap for every competitor
        has_vaai=True,
        declared_after_s=18.0,  # with heartbeat datastores; 15 s without
        restart_attempts=5,
        has_pending_retry=True,
        admissions=("off", "slots", "percentage", "failover-hosts"),
        slot_mhz=32.0,
        slot_mb=0.0,
        minimum_hosts_on_with_ha=2,
        console_mb=0.0,
        sharing_fraction=0.0,
        minimum_free_mb=899.0,
        minimum_free_fraction=0.01,
        soft_ratio=0.64,
        hard_ratio=0.32,
        low_ratio=0.16,
        most_hosts=32,
        most_vms_a_host=512,
        most_vcpus_a_vm=32,
        most_vm_memory_gb=1024.0,
        most_cores_a_host=160,
        most_host_memory_gb=2048.0,
    ),
)
_VS6 = replace(
    _VS5,
    title="vSphere 6",
    session_mbps_minimum=250.0,  # vCenter Server and Host Management 6.0, "vSphere vMotion Networking Requirements"
    most_hosts=64,
    most_vms_a_host=1024,  # this and the rest: VMware, "What's New in vSphere 6.0" as virtualgyaan.com repeats it
    most_vcpus_a_vm=128,
    most_vm_memory_gb=4096.0,
    most_cores_a_host=480,  # logical CPUs
    most_host_memory_gb=12_288.0,
)
PROFILES: dict[ProfileName, Profile] = {
    "vi3": _VI3,
    "vs41": replace(
        _VI3,
        title="vSphere 4.1",
        has_vaai=True,
        has_host_rules=True,
        vmotion_limit=4,
        vmotion_limit_10g=8,
        datastore_limit=128,
        host_units=8,
        copy_host_units=1,
        storage_vmotion="mirror",
        storage_vmotion_host_units=4,
        storage_vmotion_datastore_units=16,
        admissions=("off", "slots", "percentage", "failover-hosts"),
        slot_mb=0.0,  # the VM's overhead; 256 MHz as before
        soft_ratio=0.64,  # of MinFreePct, 6 %
        hard_ratio=0.32,
        low_ratio=0.16,
        most_vms_a_host=320,  # Siebert and Seagrave, "Introduction to vSphere", informit.com 1623116, table 1.2
        most_vcpus_a_vm=8,
        most_vm_memory_gb=255.0,
        most_cores_a_host=160,  # UNSOURCED; 64 in 4.0
        most_host_memory_gb=1024.0,
    ),
    "vs5": _VS5,
    "vs6": _VS6,
    "vs7": replace(
        _VS6,
        title="vSphere 7",
        interval_s=60.0,
        drs_metric="score",
        vmotion_limit=4,  # a network's limit on 1 GbE; hosts of 16 units, of which a vMotion costs 2
        vmotion_limit_10g=8,
        datastore_limit=65_536,  # shared storage is not charged
        storage_vmotion_datastore_units=8_192,  # eight at a time a datastore, as before
        most_vms_a_host=1024,  # UNSOURCED for 7
        most_vcpus_a_vm=256,  # docs.vmware.com, vSphere 6.7, "Virtual CPU Limitations"; a table of 7.0 says 128
        most_vm_memory_gb=6144.0,  # this and the rest: cloudnews.tech, "vSphere: Evolution", table of 7.0
        most_cores_a_host=768,
        most_host_memory_gb=16_384.0,
    ),
}
_SLIDING_BASE_MB = 28 * 1024.0
"""Memory that vSphere 5's minFree covers with its fixed part."""


def minimum_free(profile: Profile, memory_managed_mb: float) -> float:
    """Free memory that a host of this size aims at, as a fraction of it."""
    rest_mb = max(0.0, memory_managed_mb - (_SLIDING_BASE_MB if profile.minimum_free_mb else 0.0))
    return (profile.minimum_free_mb + profile.minimum_free_fraction * rest_mb) / memory_managed_mb
