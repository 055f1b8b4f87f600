"""The action spaces of the three faces, and what a number in one of them asks of VirtualCenter.

Cluster-v0, pick and place: 0 commits; with nothing picked, 1..V picks up a VM and 1+V..V+H toggles a host's power; with
a VM picked, 1+V..V+H names its destination. Recommendations-v0: 0 commits; 1..K takes a recommendation; 1+K..K+H
toggles a host. DrsTuning-v0: two numbers, or one of 25 levels; the heuristics act. Only a commit takes simulated time.
"""

from enum import IntEnum

from vienv.core.enums import NO_HOST, NO_VM, CommandKind, PowerState, VmState
from vienv.core.jit import kernel
from vienv.core.state import Clock, Hosts, Recommendations, Vms


class Face(IntEnum):
    """Whose judgement an environment id leaves to the agent."""

    CLUSTER = 0
    RECOMMENDATIONS = 1
    DRS_TUNING = 2


FACES = {
    "vienv/Cluster-v0": Face.CLUSTER,
    "vienv/Recommendations-v0": Face.RECOMMENDATIONS,
    "vienv/DrsTuning-v0": Face.DRS_TUNING,
}
THRESHOLDS = 5
BANDS = 5
LEVELS = THRESHOLDS * BANDS

REFUSALS = (
    "accepted",
    "VirtualCenter is down",
    "the interval's cap of commands is reached (8 for each host that is on)",
    "it was commanded in this interval already",
    "the VM is not running",
    "the VM is queued for vMotion or in flight",
    "the VM is on that host already",
    "the source host is not connected",
    "the destination host is not on and connected",
    "no datastore holds the VM's files within reach of both hosts",
    "vMotion needs a Gigabit VMkernel network on both hosts",
    "the hosts' CPUs are of different classes",
    "the destination lacks room for the VM's reservation and overhead",
    "an affinity or anti-affinity rule forbids it",
    "HA's admission control would be left without failover capacity",
    "fewer hosts than the minimum would stay on",
    "it is the last host that is on",
    "its VMs cannot all be evacuated without overloading a receiver",
    "the host is not on and connected",
    "the host is not in standby",
    "Wake-on-LAN needs a peer that is on, on the same VMkernel network",
    "the VM is not waiting for placement",
    "the action names nothing that exists",
    "the episode is over",
    "VirtualCenter hears nothing of the host (not responding)",
    "the host is kept for HA's restarts",
    "a VM-host rule keeps the VM off the host",
    "its resource pool has not enough unreserved CPU or memory, nor may it borrow any",
    "a hosted hypervisor (VMware Server, Workstation) has no vMotion, DRS, DPM or HA",
    "DPM is off while hosts are patched",
    "a VMkernel network is slower than one vMotion needs (250 Mbit/s from vSphere 6 on)",
    "Storage vMotion is moving the VM's files",
    "the datastore has no room for the VM's files",
    "the VM's files, or its backup, are not there",
    "the VM has a snapshot already",
    "the copy was broken off: its host died or lost its paths",
)
"""What each `Refusal` says to people, by its number."""


@kernel
def decode_cluster(action: int, clock: Clock, hosts: Hosts, vms: Vms, padded_vms: int) -> tuple[int, int, int]:
    """Cluster-v0's action as (CommandKind, vm, host)."""
    if action == 0:
        return CommandKind.COMMIT, NO_VM, NO_HOST
    picked = clock.picked[0]
    if action <= padded_vms:
        return CommandKind.PICK, action - 1, NO_HOST
    h = action - 1 - padded_vms
    if picked == NO_VM:
        return _toggle(hosts, h), NO_VM, h
    is_arrival = vms.state[picked] == VmState.AWAITING_PLACEMENT
    return (CommandKind.PLACE if is_arrival else CommandKind.MIGRATE), picked, h


@kernel
def decode_recommendation(
    action: int, hosts: Hosts, vms: Vms, recommendations: Recommendations
) -> tuple[int, int, int]:
    """Recommendations-v0's action as (CommandKind, vm, host); vm is NO_VM where the row is empty."""
    if action == 0:
        return CommandKind.COMMIT, NO_VM, NO_HOST
    num_rows = recommendations.vm.size
    if action > num_rows:
        h = action - 1 - num_rows
        return _toggle(hosts, h), NO_VM, h
    v = recommendations.vm[action - 1]
    is_arrival = v != NO_VM and vms.state[v] == VmState.AWAITING_PLACEMENT
    return (CommandKind.PLACE if is_arrival else CommandKind.MIGRATE), v, recommendations.destination[action - 1]


@kernel
def _toggle(hosts: Hosts, h: int) -> int:
    """A host in standby is woken, any other ordered to standby (and refused there if it is not on)."""
    if h < hosts.power_state.size and hosts.power_state[h] == PowerState.STANDBY:
        return CommandKind.WAKE
    return CommandKind.STANDBY
