"""What hosts and VMs share: resource pools, datastores and who reaches them; and what a host draws."""

from typing import NamedTuple

from vienv.core.state.basics import FloatArray, IntArray


class Pools(NamedTuple):
    """Resource pools, children of the cluster's root; CPU only."""

    shares: FloatArray  # static
    reservation_mhz: FloatArray  # static, cluster-wide
    limit_mhz: FloatArray  # static, cluster-wide; infinity if unlimited
    running_shares: FloatArray  # tick: cpu_shares of its running VMs, in the whole cluster
    host_shares: FloatArray  # scratch of cpu.schedule, the host being divided: cpu_shares of its running VMs there
    host_demand_mhz: FloatArray  # scratch of cpu.schedule: their demand
    host_reservation_mhz: FloatArray  # scratch of cpu.schedule: their reservations, each capped by its demand
    host_granted_mhz: FloatArray  # scratch of cpu.schedule: what the pool gets there


class Datastores(NamedTuple):
    """Where VMs' files lie. A local disk is a datastore that one host reaches."""

    migrations: IntArray  # vMotions running now of VMs that live here
    is_shared: IntArray  # 1: every host reaches it (headroom)


class Paths(NamedTuple):
    """Who reaches which datastore: row host * num_datastores + datastore."""

    is_reachable: IntArray  # static


class PowerCurves(NamedTuple):
    """Row host * CURVE_POINTS + k: the host's draw at 10 k % load."""

    watts: FloatArray  # static
