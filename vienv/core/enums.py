"""The words of the cluster: states, commands, refusals and terms, as integers that kernels can compare."""

from enum import IntEnum

NO_HOST = -1
NO_VM = -1
NO_POOL = -1
NO_GROUP = -1
NO_DATASTORE = -1
NO_FEED = -1
ONE_CLUSTER = -1
"""Cluster of every host where VirtualCenter has one only: then nobody is asked for it."""
COMMANDED = 1
"""A VM or host got a command in this interval ..."""
BUSY = 2
"""... and a VM is held by a task of VirtualCenter's: nobody moves it meanwhile."""
ISOLATED = -1
"""Segment of a host that hears nobody."""
CURVE_POINTS = 11
"""SPECpower's load levels: 0, 10, ... 100 %."""
HISTORY_INTERVALS = 12
"""Intervals that VirtualCenter's rolling statistics remember: one hour of 300 s."""


class PowerState(IntEnum):
    """What a host's power is doing. Only ON runs VMs and takes new ones; ENTERING_STANDBY still runs what it has."""

    ON = 0
    ENTERING_STANDBY = 1
    STANDBY = 2
    WAKING = 3
    BOOTING = 4
    FAILED = 5
    ABSENT = 6
    """Not added to the cluster yet, or removed from it: draws nothing and takes nothing."""


class HypervisorKind(IntEnum):
    """What runs a host's VMs: a kernel of its own, with or without a service console, or a host operating system."""

    ESX = 0
    ESXI = 1
    HOSTED = 2
    """VMware Server or Workstation: no VMkernel, hence no vMotion, DRS, DPM or HA."""


class ConnectionState(IntEnum):
    """What VirtualCenter may do with a host that is on."""

    CONNECTED = 0
    ENTERING_MAINTENANCE = 1
    IN_MAINTENANCE = 2
    NOT_RESPONDING = 3
    """VirtualCenter has heard nothing of it for a minute; its VMs may well run."""
    FAILOVER = 4
    """Kept empty for HA's restarts: VirtualCenter places and moves nothing there."""


class VmState(IntEnum):
    """NOT_ARRIVED and AWAITING_PLACEMENT have no host; DOWN and STARTING keep the host they are registered on."""

    NOT_ARRIVED = 0
    AWAITING_PLACEMENT = 1
    STARTING = 2
    RUNNING = 3
    DOWN = 4
    WITHOUT_FILES = 5
    """Powered off at its host while its disks are copied, or because they are lost; HA leaves it alone."""


class MigrationPhase(IntEnum):
    """A vMotion's life. Its slot is its VM's index, so a VM can have one at a time."""

    NONE = 0
    QUEUED = 1
    SETUP = 2
    PRECOPY = 3
    SWITCH_OVER = 4
    """The guest is stopped; the residue goes over, then it resumes at the destination."""


class StorageKind(IntEnum):
    """What a datastore lies on."""

    LOCAL = 0
    FC = 1
    ISCSI = 2
    NFS = 3


class CopyPhase(IntEnum):
    """How far a copy of files is."""

    NONE = 0
    REQUESTED = 1
    COPYING = 2
    DONE = 3
    FAILED = 4
    """Its host died, or lost its paths to source or target."""


class OrderKind(IntEnum):
    """What administrators order: of VMs' files, and from PATCH on of hosts."""

    CLONE = 0
    SNAPSHOT = 1
    COMMIT = 2
    BACKUP = 3
    DELETE_DISK = 4
    """Somebody deletes its disks, by mistake or with the datastore."""
    RESTORE = 5
    RETIRE = 6
    STORAGE_VMOTION = 7
    LINKED_CLONE = 8
    PATCH = 9
    ADD_HOST = 10
    REMOVE_HOST = 11


class OrderPhase(IntEnum):
    """How far an order is."""

    WAITING = 0
    COPYING = 1
    DONE = 2
    FAILED = 3
    """What it asks for cannot be done, or its copy was broken off."""
    EMPTYING = 4
    """Its host enters maintenance."""
    AWAY = 5
    """Its host is patched and boots."""


class MemoryState(IntEnum):
    """The VMkernel's free-memory states."""

    HIGH = 0
    SOFT = 1
    HARD = 2
    LOW = 3


class AdmissionPolicy(IntEnum):
    """How HA's admission control counts failover capacity."""

    OFF = 0
    SLOTS = 1
    PERCENTAGE = 2
    FAILOVER_HOSTS = 3


class IsolationResponse(IntEnum):
    """What an isolated host does with its VMs."""

    LEAVE_ON = 0
    POWER_OFF = 1
    SHUT_DOWN = 2


class Happening(IntEnum):
    """What is counted and neither billed nor a metric (Counters)."""

    RESTARTS_LOCKED = 0
    """Starts that failed on the lock of a VM that an isolated host still ran."""
    ISOLATIONS = 1
    RULES_BROKEN_BY_HA = 2
    GUEST_RESETS = 3
    WAKES_ASKED = 4
    """Hosts that HA had DPM wake for restarts that found none."""
    NAME_CONFLICTS = 5
    """Guests that came up while another on the network used their host name, SID and address."""
    ACTIVATIONS_REFUSED = 6
    TASKS_DONE = 7
    TASKS_FAILED = 8
    TASK_WAIT_S = 9
    """From when an order was due until VirtualCenter began it."""
    SNAPSHOT_STUN_S = 10
    DATA_LOST_MB = 11


class Automation(IntEnum):
    """What VirtualCenter does of its own recommendations."""

    MANUAL = 0
    """Nothing."""
    PARTIAL = 1
    """It places VMs that wait."""
    FULL = 2
    """And makes moves of priority 1."""


class IncidentKind(IntEnum):
    """What a scenario may schedule."""

    HOST_FAILURE = 0
    MAINTENANCE = 1
    VC_OUTAGE = 2
    OS_REBOOT = 3
    PATH_FAILURE = 4
    LINK_FAILURE = 6
    PARTITION = 7
    GUEST_FAILURE = 8
    ISOLATION_ADDRESS_LOSS = 9


class Network(IntEnum):
    """The networks of a host."""

    MANAGEMENT = 0
    VMKERNEL = 1
    VM = 2
    """What guests are reached over."""


class CommandKind(IntEnum):
    """What a policy may ask of VirtualCenter."""

    COMMIT = 0
    PICK = 1
    MIGRATE = 2
    PLACE = 3
    STANDBY = 4
    WAKE = 5


class Refusal(IntEnum):
    """Why VirtualCenter refuses a command. ACCEPTED is not a refusal."""

    ACCEPTED = 0
    VC_DOWN = 1
    COMMAND_LIMIT = 2
    ALREADY_COMMANDED = 3
    VM_NOT_RUNNING = 4
    VM_MIGRATING = 5
    SAME_HOST = 6
    SOURCE_NOT_CONNECTED = 7
    DESTINATION_NOT_CONNECTED = 8
    NO_SHARED_DATASTORE = 9
    NO_GIGABIT_VMKERNEL = 10
    CPU_CLASS = 11
    NO_ROOM = 12
    RULE = 13
    ADMISSION_CONTROL = 14
    MINIMUM_HOSTS = 15
    LAST_PEER = 16
    NO_EVACUATION_PLAN = 17
    HOST_NOT_ON = 18
    HOST_NOT_IN_STANDBY = 19
    NO_PEER_TO_WAKE = 20
    VM_NOT_WAITING = 21
    NO_SUCH_ACTION = 22
    EPISODE_OVER = 23
    NOT_RESPONDING = 24
    FAILOVER_HOST = 25
    HOST_RULE = 26
    POOL_RESERVATION = 27
    HOSTED = 28
    PATCHES_ARE_DUE = 29
    LINK_TOO_SLOW = 30
    VM_BUSY = 31
    NO_SPACE = 32
    NO_FILES = 33
    HAS_SNAPSHOT = 34
    COPY_BROKEN_OFF = 35


class Term(IntEnum):
    """The reward terms of an interval, in physical units (design: DESIGN.md, "The bill")."""

    IMBALANCE = 0
    ENERGY_KWH = 1
    ENERGY_COST = 2
    UNSERVED_CPU_GHZ_H = 3
    UNSERVED_MEMORY_GB_H = 4
    MIGRATIONS = 5
    VMOTION_DOWNTIME_S = 6
    VM_DOWN_S = 7
    POWER_CYCLES = 8
    RULE_VIOLATIONS = 9
    REFUSED_COMMANDS = 10


class Metric(IntEnum):
    """Figures of an episode that are reported and not billed."""

    MEMORY_IMBALANCE = 0
    IMBALANCE_HOURLY = 1
    HOSTS_ON = 2
    MIGRATIONS_FAILED = 3
    MIGRATION_S = 4
    HOST_FAILURES = 5
    RESTARTS = 6
    WAKE_FAILURES = 7
    DEMAND_CPU_GHZ_H = 8
    DEMAND_MEMORY_GB_H = 9
    BOOT_ENERGY_KWH = 10
    SLATAH = 11
    PDM = 12
    SLAV = 13
