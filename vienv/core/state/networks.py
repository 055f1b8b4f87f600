"""The networks of hosts, and what VirtualCenter hears over them."""

from typing import NamedTuple

from vienv.core.state.basics import FloatArray, IntArray


class HostNetworks(NamedTuple):
    """A host's networks, each a team of uplinks, one row a host; no rows where no link can fail."""

    vmkernel_line_mbps: FloatArray  # static: what hosts.vmkernel_mbps is while an uplink of that network is up
    management_lost_at_s: FloatArray  # when the last uplink of its management network went down; NEVER if one is up
    parted_at_s: FloatArray  # when it was parted from VirtualCenter's segment; NEVER in it
    management_since_s: FloatArray  # when whom its management network reaches last changed; 0 from the start
    pings_since_s: FloatArray  # when the isolation address last ceased or began again to answer it; 0: it always did
    vm_failover_s: FloatArray  # static: for how long its guests cannot be reached while an uplink takes over
    vm_lost_at_s: FloatArray  # when its guests could last no longer be reached; NEVER if they always could
    vm_back_at_s: FloatArray  # from when they can again; NEVER: not before an uplink comes up
    management_up: IntArray  # uplinks of the management network that are up
    vmkernel_up: IntArray  # likewise of the VMkernel network
    vmkernel_uplinks: IntArray  # static: all of them
    vm_up: IntArray  # likewise of the VM network
    vm_uplinks: IntArray  # static: all of them
    pings_lost: IntArray  # incidents that take the isolation address from it
    segment: IntArray  # hosts of one number reach one another's management network; 0: VirtualCenter's


class Parted(NamedTuple):
    """Row incident * num_hosts + host; no rows without a partition."""

    is_member: IntArray  # static: 1: that partition cuts this host off


class Reach(NamedTuple):
    """Whether a VM's clients reach it, one row a VM; no rows where no VM network can fail."""

    cut_s: FloatArray  # tick: seconds for which its guest was up and could not be reached
    total_s: FloatArray  # the same since the episode began
    stop_s: FloatArray  # tick: the longest stop so far of those that lasted into this tick
    since_s: FloatArray  # since when it cannot be reached; NEVER if it can at the tick's end
    host: IntArray  # where it was at the end of the last tick that was worked out


class HostKnowledge(NamedTuple):
    """What VirtualCenter last heard of a host, one row a host; no rows where no link can fail."""

    silent_since_s: FloatArray  # since when no heartbeat of it arrives; NEVER while they do
    last_connection: IntArray  # ConnectionState before it stopped responding


class DirectPowerOns(NamedTuple):
    """What was powered on at its host while VirtualCenter was down, one row a VM; no rows where nobody may do so."""

    is_unprotected: IntArray  # 1: HA does not know of it yet


class Sessions(NamedTuple):
    """Groups of clients of one VM that wait equally long, by the scenario's order; no rows without them."""

    timeout_s: FloatArray  # static: the longest stop that they live through
    clients: FloatArray  # static
    lost: FloatArray  # since the episode began
    vm: IntArray  # static
    was_up: IntArray  # 1: its guest was up when the last tick ended
    is_lost: IntArray  # 1: the stop that its VM's network is in has lost it
