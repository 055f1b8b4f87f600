"""What tasks take of what a host and a datastore may do at a time, beside vMotion.

From vSphere 4.1 on a host has 8 units and a datastore 128: a vMotion takes one of each, a Storage vMotion 4 and 16, a
clone or another copy one of its host; so two Storage vMotions fill a host, and beside one there is room for four
vMotions (Denneman, frankdenneman.nl, 14 January 2013; VMware, "vCenter Server and Host Management", "Limits on
simultaneous migrations"). VI3's is a vMotion onto the host itself and counts as one of its two (UNSOURCED). What tasks
hold comes off `hosts.vmotion_limit`, so that nobody else needs to know. Left out: the network's units.
"""

from vienv.core.enums import OrderKind
from vienv.core.jit import kernel
from vienv.core.params import FileParams, VmotionParams
from vienv.core.state import Adapters, Datastores, Hosts


@kernel
def host_units(params: FileParams, kind: int) -> int:
    """What a task of that kind takes of its host."""
    return params.storage_vmotion_host_units if kind == OrderKind.STORAGE_VMOTION else params.copy_host_units


@kernel
def has_units(hosts: Hosts, adapters: Adapters, params: FileParams, h: int, units: int) -> bool:
    """Whether host h may do that much more."""
    return bool(hosts.vmotions[h] + adapters.units[h] + units <= params.host_units)


@kernel
def take_units(hosts: Hosts, adapters: Adapters, params: FileParams, h: int, units: int) -> None:
    """Let a task take that many units of host h, or give them back if negative."""
    adapters.units[h] += units
    hosts.vmotion_limit[h] = min(adapters.vmotion_limit[h], params.host_units - adapters.units[h])


@kernel
def has_datastore_units(datastores: Datastores, vmotion: VmotionParams, params: FileParams, d: int) -> bool:
    """Whether a Storage vMotion from or to datastore d may begin."""
    return bool(datastores.migrations[d] + params.storage_vmotion_datastore_units <= vmotion.datastore_limit)
