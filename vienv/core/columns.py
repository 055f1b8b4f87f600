"""The columns of what VirtualCenter shows: the observation's rows, for everybody who reads or writes one.

All values are float32, of order one. "of a host" means divided by the cluster's largest host (CPU or memory capacity);
"load" means demand / that host's own CPU capacity; "planned" counts a VM that is queued or in flight at its
destination; 5, 40, 60 are VirtualCenter's rolling windows in minutes. `envs/observation.py` fills them, and
`envs/observation_of_parts.py` those of parts that only some scenarios use. A column keeps its number: new ones are
appended, and agents name the columns that they read (`contest/agent.py`).
"""

from enum import IntEnum


class HostColumn(IntEnum):
    """One row a host."""

    VALID = 0
    """1: a host; 0: padding (all else is 0)."""
    ON = 1
    ENTERING_STANDBY = 2
    STANDBY = 3
    COMING = 4
    """Waking or booting."""
    FAILED = 5
    MAINTENANCE = 6
    """Entering or in maintenance mode."""
    CPU_CAPACITY = 7
    """of a host."""
    MEMORY_CAPACITY = 8
    """of a host."""
    LOAD_NOW = 9
    """Load of the last tick, residents."""
    LOAD_5 = 10
    """Planned load, mean demands of the window; may exceed 1."""
    LOAD_40 = 11
    LOAD_60 = 12
    DEVIATION_5 = 13
    """Standard deviation of the planned load in the window: root of the VMs' summed variances."""
    DEVIATION_40 = 14
    DEVIATION_60 = 15
    UTILISATION_5 = 16
    """Delivered and vMotion CPU of the last interval / capacity."""
    UNSERVED_5 = 17
    """Unserved CPU of the last interval / capacity."""
    MEMORY_DEMAND = 18
    """Planned: active + 0.25 (consumed - active) + overhead, / memory capacity."""
    MEMORY_CONSUMED = 19
    """Now, residents, / memory capacity."""
    MEMORY_RESERVED = 20
    """Reservations + overhead, residents and inbound, / memory capacity."""
    CPU_RESERVED = 21
    NUM_VMS = 22
    """Planned VMs / 32."""
    MIGRATIONS_OUT = 23
    """Queued and in flight / limit."""
    MIGRATIONS_IN = 24
    TIME_IN_STATE_H = 25
    """Hours, at most 4."""
    TIME_TO_READY_H = 26
    """Hours until a wake, boot or shutdown ends, at most 4; 0 if none runs. A repair's end is nobody's to know."""
    IDLE_POWER = 27
    """Watts / the largest peak watts of the cluster."""
    PEAK_POWER = 28
    LOAD_AFTER = 29
    """LOAD_5 after receiving the picked VM; LOAD_5 with none picked."""
    COMMANDED = 30
    """1: got a command in this interval."""
    NOT_RESPONDING = 31
    """1: VirtualCenter has heard nothing of it for a minute; its VMs may well run."""
    HOSTED = 32
    """1: a hosted hypervisor, without vMotion, DRS, DPM and HA."""
    FAILOVER = 33
    """1: kept empty for HA's restarts."""
    STORAGE_LOAD = 34
    """What files and vMotions take now of the fullest NIC or HBA that carries its files / line speed; 0 while nothing
    is copied anywhere."""
    UPLINKS = 35
    """Uplinks of its VMkernel network that are up / all of them; 0 without such a network."""
    VM_UPLINKS = 36
    """Likewise of its VM network: at 0 nobody reaches its guests."""
    CLUSTER = 37
    """Number of its cluster; 0 where VirtualCenter has one only."""


class VmColumn(IntEnum):
    """One row a VM."""

    VALID = 0
    RUNNING = 1
    WAITING = 2
    """Arrived, not yet placed."""
    DOWN = 3
    """Down or its guest still booting."""
    MIGRATING = 4
    """Queued or in flight."""
    COMMANDED = 5
    DEMAND_NOW = 6
    """Last tick, of a host. All demands are of a host."""
    DEMAND_5 = 7
    DEMAND_40 = 8
    DEMAND_60 = 9
    DEVIATION_5 = 10
    DEVIATION_40 = 11
    DEVIATION_60 = 12
    PEAK_60 = 13
    UNSERVED_5 = 14
    CPU_RESERVATION = 15
    """of a host."""
    MEMORY = 16
    """Configured, of a host. All memory is of a host."""
    MEMORY_DEMAND = 17
    MEMORY_RESERVED = 18
    """Reservation + overhead."""
    MIGRATION_TIME = 19
    """Touched memory / full rate of its host's VMkernel link, in intervals."""
    DIRTY = 20
    """Dirty rate / that rate, as SDPS would bound it: from 1 a vMotion does not converge."""
    PRIORITY = 21
    """HA restart priority / 3."""
    HAS_RULE = 22
    HOST_LOAD = 23
    """LOAD_5 of its planned host; 0 without one."""
    SUSPENDED = 24
    """1: stopped, until its datastore has space again."""
    BUSY = 25
    """1: its disks are being copied: a backup, a restore, or a clone made of it."""
    SPACE_FREE = 26
    """Of its datastore, share of the capacity; 1 without limit."""
    SCORE = 27
    """Its DRS score of the last interval, of 1; 0 if it is not on, and where DRS balances load."""


class ClusterColumn(IntEnum):
    """One row a cluster; the picked VM's row (VmColumn) follows it, zeros with none picked."""

    DAY_SIN = 0
    DAY_COS = 1
    WEEK_SIN = 2
    WEEK_COS = 3
    TARIFF_NOW = 4
    """EUR/kWh / 0.20. The published tariff is the one thing of the future that is shown."""
    TARIFF_1H = 5
    TARIFF_2H = 6
    TARIFF_3H = 7
    TARIFF_6H = 8
    IMBALANCE = 9
    """As billed, mean of the last interval."""
    IMBALANCE_PLANNED = 10
    """Population standard deviation of LOAD_5 over hosts that are ON; of several clusters the mean, by these hosts."""
    MEAN_LOAD_5 = 11
    """Planned demand of all / CPU capacity of the hosts ON."""
    MEAN_LOAD_60 = 12
    MEMORY_LOAD = 13
    """Memory demand of all / memory capacity of the hosts ON."""
    HOSTS_ON = 14
    """ON / all."""
    HOSTS_COMING = 15
    ROOT_HOSTS = 16
    """1 / sqrt(hosts ON)."""
    COMMANDS_LEFT = 17
    """Of this interval's cap."""
    FAILOVER_SLACK = 18
    """Hosts that may still leave before admission control or the minimum of hosts refuses, / hosts."""
    UNSERVED_5 = 19
    """Unserved CPU of the last interval / CPU capacity of the hosts ON."""
    WAITING = 20
    """VMs waiting for placement / VMs."""
    MIGRATING = 21
    """VMs queued or in flight / hosts."""
    IS_PICKED = 22
    VC_DOWN = 23
    """1: VirtualCenter is down."""
    TASKS = 24
    """Administrators' orders that are due and not yet done / 8."""
    SPACE_LEAST = 25
    """SPACE_FREE of the fullest datastore; 1 without limits."""
    RESTARTS_PENDING = 26
    """VMs that are down and that HA will try to start / VMs."""
    PARTITIONED = 27
    """1: a partition keeps some host from VirtualCenter, which shows it as not responding."""
    SCORE = 28
    """The cluster's DRS score of the last interval, of 1; 0 where DRS balances load."""


class RecommendationColumn(IntEnum):
    """One row a recommendation, best first."""

    VALID = 0
    MANDATORY = 1
    """Mends a rule, or places a VM that waits: priority 1."""
    PLACEMENT = 2
    GAIN = 3
    """Fall of CLUSTER_IMBALANCE if it is applied; where DRS ranks by score, rise of the expected score, of 1."""
    OVERLOAD_GAIN = 4
    """Fall of planned load above capacity, summed over hosts."""
    MIGRATION_TIME = 5
    """As VmColumn."""
    DIRTY = 6
    DEMAND_5 = 7
    DEMAND_60 = 8
    DEVIATION_60 = 9
    MEMORY = 10
    SOURCE_LOAD = 11
    """LOAD_5 of its host; 0 for a placement."""
    DESTINATION_LOAD = 12
    SOURCE_LOAD_AFTER = 13
    DESTINATION_LOAD_AFTER = 14
    DESTINATION_MEMORY_AFTER = 15
    """MEMORY_DEMAND of the destination after it."""
    MENDS_SHOULD = 16
    """1: its VM comes to a host on which a VM-host rule says that it should run."""
    CLUSTER_IMBALANCE = 17
    """IMBALANCE_PLANNED of the destination's cluster alone."""
    CLUSTER_ROOT_HOSTS = 18
    """ROOT_HOSTS of that cluster."""
