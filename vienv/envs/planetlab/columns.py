"""What PlanetLab-v0 shows, column by column: no more than CloudSim's heuristics see, and nothing of the future.

All float32; a column that is divided by something is named with it. Loads above 1 are demand that a host cannot serve.
Hosts, VMs and the plan are shown as of the tick at which the agent decides; "planned" counts a VM where it has been
sent in this interval. Left out: the host's memory, which binds at the initial placement only.
"""

from enum import IntEnum

LARGEST_VM_MIPS, LARGEST_RAM_MB = 2500.0, 1740.0
LARGEST_HOST_MIPS, LARGEST_CORE_MIPS, LARGEST_W = 5320.0, 2660.0, 135.0
MANY_VMS = 10.0


class HostColumn(IntEnum):
    """A host's row. All columns are 0 to 1, but for the two loads of demand, which may exceed it, and NUM_VMS."""

    LOAD = 0  # MIPS in use / MIPS
    LAST_LOAD = 1  # at the update before: after the last landing, or at the last tick
    HISTORY_MEAN = 2  # load of its planned VMs in the last 30 ticks, or as many as there were
    HISTORY_SD = 3
    PLANNED_LOAD = 4  # MIPS asked by its planned VMs / MIPS
    PLANNED_FREE = 5  # MIPS not granted to them / MIPS
    NUM_VMS = 6  # planned VMs / 10
    CAPACITY = 7  # MIPS / 5,320
    CORE = 8  # MIPS of a core / 2,660
    POWER = 9  # W / 135; an empty host is off
    IS_ON = 10


class VmColumn(IntEnum):
    """A VM's row, 0 to 1 but for HOST_LOAD; zeros for one that was destroyed, never created, or is padding."""

    FRACTION = 0  # of its MIPS that it asks
    LAST_FRACTION = 1  # at the tick before
    HISTORY_MEAN = 2  # of the last 30 ticks, or as many as there were
    HISTORY_SD = 3
    ASKED = 4  # MIPS / 2,500
    MIPS = 5  # / 2,500
    RAM = 6  # MB / 1,740: what a migration takes
    HOST_LOAD = 7  # MIPS asked of its planned host / that host's MIPS
    SENT = 8  # moves in this interval / 2
    IS_PICKED = 9
    IS_ALIVE = 10


class ClusterColumn(IntEnum):
    """The cluster's row; behind it stands the row of the VM that is picked up, or zeros."""

    HOSTS_ON = 0  # share of all hosts
    MEAN_LOAD = 1  # of the hosts that are on
    SD_LOAD = 2
    DEMAND = 3  # MIPS asked / MIPS of all hosts
    OVERLOADED = 4  # hosts of which more is asked than they have, share of all
    VMS_ALIVE = 5  # share of the rows
    ENERGY = 6  # of the last interval / all hosts at half load
    MIGRATIONS = 7  # of the last interval / VMs alive
    UNSERVED = 8  # MIPS of the last interval on average / MIPS of all hosts
    VIOLATED = 9  # host-hours in violation / host-hours on, of the last interval
    SENT = 10  # moves of this interval so far / VMs alive
    HAS_PICKED = 11
