"""The settings of one cluster, as tuples of scalars laid over the arenas like the state; defaults live in `scenario`.

Each field's unit is in its name; where a value comes from stands beside its default in `scenario/schema_*.py` and
`scenario/profiles.py`.
"""

from typing import NamedTuple


class DemandParams(NamedTuple):
    """demand.py."""

    sample_s: float  # a workload row's sampling period
    foresight_samples: int  # 0; above 0 statistics show the true mean of that many samples to come (clairvoyant only)


class CpuParams(NamedTuple):
    """cpu.py."""

    swap_stall: float  # CPU lost per unit of active memory that is not resident, as a fraction
    vmotion_guest_slowdown: float  # fraction of its CPU that a guest loses while it is copied


class MemoryParams(NamedTuple):
    """memory.py: the VMkernel's states and reclamation."""

    high_fraction: float  # free memory aimed at: below it ballooning may start
    soft_fraction: float
    hard_fraction: float  # below it swapping starts
    low_fraction: float  # below it allocation blocks
    idle_tax: float  # Mem.IdleTax, 0.75
    balloon_fraction: float  # most that the balloon takes of configured memory
    balloon_mb_s: float  # rate at which a balloon inflates or deflates
    swap_in_mb_s: float  # rate at which swapped pages come back when there is room
    share_scan_s: float  # time in which page sharing finds all shareable pages


class VmotionParams(NamedTuple):
    """vmotion/: pre-copy and its limits."""

    payload_fraction: float  # of line speed that is memory: 117 MB/s on 1 GbE
    minimum_mbps: float  # slowest VMkernel link on which vMotion is allowed, session_mbps_minimum or more
    setup_s: float  # before the first round
    fixed_downtime_s: float  # device state, disk reopen, RARP
    stop_mb: float  # switch over when the next round is not larger
    stop_s: float  # or would not last longer
    maximum_rounds: int  # then: abort, or SDPS
    datastore_limit: int  # vMotions at a time of the VMs on one datastore
    has_sdps: int  # 1: slow the guest down until it converges (vSphere 5)
    sdps_ratio: float  # dirty rate / copy rate that SDPS enforces
    cpu_core_fraction: float  # of one core, each side, shared by all vMotions of the host, on up to 1 GbE
    cpu_core_fraction_10g: float  # the same on 10 GbE
    session_mbps_minimum: float  # line speed that every vMotion of a host must find; 0: none is asked
    session_mb_s_most: float  # what one vMotion carries at most of guest memory; infinity: what its lines leave it
    queue_timeout_s: float  # a vMotion that has waited for a line for so long fails


class PowerParams(NamedTuple):
    """power.py."""

    wake_s: float  # from the magic packet to power-on
    wake_failure_probability: float
    wake_repair_s: float  # a host that did not answer is out for this long
    minimum_hosts_on: int  # 2 with HA


class HaParams(NamedTuple):
    """ha/ and admission.py."""

    is_enabled: int
    declared_after_s: float  # without heartbeats until a host is declared dead
    placement_s: float  # from declaration (or a retry) to the start of the power-on
    guest_boot_s: float  # from power-on until the guest serves
    restart_gap_s: float  # first gap between attempts; doubles
    restart_gap_maximum_s: float
    restart_attempts: int  # 0 = no limit
    has_pending_retry: int  # 1: capacity that appears starts a waiting VM at once
    admission_policy: int  # AdmissionPolicy
    failures_tolerated: int  # hosts, for SLOTS
    failover_fraction: float  # of each resource, for PERCENTAGE
    slot_mhz: float  # least CPU of a slot, when no reservation is larger
    slot_mb: float  # least memory of a slot
    failure_shape: float  # Weibull shape of the time between failures
    failure_scale_s: float  # Weibull scale, after acceleration; 0 = no random failures
    repair_mu: float  # lognormal repair time, log seconds
    repair_sigma: float
    has_master: int  # 1: one master and its slaves (vSphere 5); 0: five primaries
    leads_after_s: float  # from the loss of a master until the next orders restarts
    isolated_after_s: float  # from the last heartbeat until a host declares itself isolated
    master_isolated_after_s: float
    isolation_delay_s: float  # from then to its response
    guest_shutdown_s: float  # a guest's own shutdown, forced after das.isolationShutdownTimeout
    starts_at_a_time: int  # das.perHostConcurrentFailoversLimit
    power_on_s: float  # of those: from the order until the guest begins to boot
    wakes_for_capacity: int  # 1: asks DPM for a host when a restart finds none
    respects_apart: int  # 1: no restart breaks an anti-affinity rule
    monitoring_s: float  # VM monitoring: from a guest's last heartbeat to its reset; infinity: off
    most_resets: int  # of one VM within reset_window_s
    reset_window_s: float
    unreachable_after_s: float  # all paths down: until its VMs are powered off and restarted; infinity: never


class VirtualCenterParams(NamedTuple):
    """virtualcenter/."""

    commands_per_host: int  # MaxMovesPerHost: cap of commands an interval, times the hosts that are on
    receiver_limit: float  # no receiver of an evacuation above this share of its CPU
    memory_idle_fraction: float  # PercentIdleMBInMemDemand
    ranks_by_score: int  # 1: DRS looks for the better VM scores; 0: for the smaller deviation of loads
    score_knee: float  # load of a host up to which it gives all that its VMs want
    score_loss: float  # share of it that a full host does not give
    automation: int  # Automation
    has_direct_power_on: int  # 1: while VirtualCenter is down, a waiting VM may be powered on at a host itself
    tasks_at_a_time: int  # that copy; further ones wait


class FileParams(NamedTuple):
    """files/."""

    customization_s: float  # sysprep's work after the first boot, before the second
    linked_clone_s: float  # a linked clone's, before its first write
    create_stun_s: float  # a guest's stop when a snapshot is taken
    commit_stun_least_s: float  # its stop when an empty delta is committed
    commit_stun_most_s: float
    commit_stun_s_per_mb: float  # of delta, between these
    host_units: int  # what a host may do at a time; a vMotion takes one unit
    copy_host_units: int  # that a clone, backup or restore takes of them
    storage_vmotion_host_units: int
    storage_vmotion_datastore_units: int  # of VmotionParams.datastore_limit, at source and target
    moves_by_snapshot: int  # 1: VI3's Storage vMotion: a snapshot, and the VM twice on its host for a moment


class StorageParams(NamedTuple):
    """storage/load.py: guests' own input and output."""

    io_mb_s_per_ghz: float  # of delivered CPU
    io_stall: float  # CPU lost per unit of I/O that is not served, as a fraction
    base_ms: float  # latency of a datastore that is idle


class Prices(NamedTuple):
    """The bill, EUR (DESIGN.md, "The bill"); energy's price is the Tariff."""

    imbalance_host_h: float  # per host-hour and unit of standard deviation
    migration: float
    unserved_cpu_ghz_h: float
    unserved_memory_gb_h: float
    vm_down_h: float
    power_cycle: float
    licence_host_day: float  # VirtualCenter's
    interval_scale: float  # EUR: energy of all hosts on at half load for one interval at the mean tariff


class Randomness(NamedTuple):
    """The world's key for draws that kernels make."""

    seed: int  # 0 <= seed < 2**62
