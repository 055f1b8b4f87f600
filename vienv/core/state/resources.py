"""What hosts and VMs share: resource pools, datastores and who reaches them; and what a host draws."""

from typing import NamedTuple

from vienv.core.state.basics import FloatArray, IntArray


class Pools(NamedTuple):
    """Resource pools, a tree whose parents stand before their children."""

    shares: FloatArray  # static
    reservation_mhz: FloatArray  # static, cluster-wide
    limit_mhz: FloatArray  # static, cluster-wide; infinity if unlimited
    running_shares: FloatArray  # tick: shares of its running VMs and of its pools that have any, in the whole cluster
    host_shares: FloatArray  # scratch of cpu.schedule, the host being divided: what of those shares counts there
    host_demand_mhz: FloatArray  # scratch of cpu.schedule: demand of its VMs and pools there
    host_reservation_mhz: FloatArray  # scratch of cpu.schedule: their reservations, each capped by its demand
    host_granted_mhz: FloatArray  # scratch of cpu.schedule: what the pool gets there
    reserved_mhz: FloatArray  # scratch of pools.reserve: what its powered-on VMs and its pools reserve of it
    memory_shares: FloatArray  # static
    memory_reservation_mb: FloatArray  # static, cluster-wide
    memory_limit_mb: FloatArray  # static, cluster-wide; infinity if unlimited
    reserved_mb: FloatArray  # scratch of pools.reserve, as reserved_mhz
    running_memory_shares: FloatArray  # tick: as running_shares, of VMs that are powered on
    host_memory_shares: FloatArray  # scratch of pool_memory, the host being divided: what of those counts there
    host_floor_mb: FloatArray  # scratch of pool_memory: what its VMs there may not lose
    host_reserved_mb: FloatArray  # scratch of pool_memory: that, or what it has reserved there if that is more
    host_cap_mb: FloatArray  # scratch of pool_memory: the most
    host_active_mb: FloatArray  # scratch of pool_memory: of what its VMs there have touched
    host_touched_mb: FloatArray  # scratch of pool_memory
    host_granted_mb: FloatArray  # scratch of pool_memory: what it may keep there
    parent: IntArray  # static: NO_POOL = the cluster's root
    is_expandable: IntArray  # static: 1 = borrows from its parent what it has not reserved itself


class Entitlements(NamedTuple):
    """Each VM's part of its host's memory where there are pools, one row a VM; scratch of pool_memory."""

    floor_mb: FloatArray  # the least that it keeps
    cap_mb: FloatArray  # the most
    weight: FloatArray  # its shares, taxed
    granted_mb: FloatArray  # what it may keep


class Datastores(NamedTuple):
    """Where VMs' files lie. A local disk is a datastore that one host reaches."""

    migrations: IntArray  # vMotions running now of VMs that live here
    is_shared: IntArray  # 1: every host reaches it (headroom)


class Paths(NamedTuple):
    """Who reaches which datastore: row host * num_datastores + datastore."""

    is_reachable: IntArray  # static


class Drivers(NamedTuple):
    """What devices a host can give to VMs, one row a host; no rows where no VM wants one."""

    devices: IntArray  # static: bit k = the host has a driver for device k; ESX has them all


class Devices(NamedTuple):
    """What devices VMs want, one row a VM; no rows where none does."""

    part: FloatArray  # static: of the VM's demand, what it cannot do without its device
    needs: IntArray  # static: bit k = wants device k


class PowerCurves(NamedTuple):
    """Row host * CURVE_POINTS + k: the host's draw at 10 k % load."""

    watts: FloatArray  # static
