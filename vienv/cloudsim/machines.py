"""The benchmark's inventory: 800 servers of two kinds and VMs of four, by CloudSim's rule of numbers.

Even hosts are HP ProLiant ML110 G4 (two cores of 1,860 MIPS), odd ones G5 (2,660); watts are those of their published
SPECpower_ssj2008 results (2008). VM i of n is of kind floor(i / ceil(n / 4)). Bandwidth and storage, which never bind,
are left out.
"""

import math

import numpy as np
from numpy.typing import NDArray

from vienv.cloudsim.enums import NOBODY, RING, SAMPLES
from vienv.cloudsim.javarandom import seeded
from vienv.cloudsim.policy import Policy
from vienv.cloudsim.state import KINDS, Hosts, Sizes, curves_of, day_of, demand_of, hosts_of, judgement_of, vms_of
from vienv.core.arena import spans_of
from vienv.core.state import FloatArray, IntArray

NUM_HOSTS = 800
CORES = 2
CORE_MIPS = (1860.0, 2660.0)
HOST_RAM_MB = 4096.0
WATTS = (
    (86.0, 89.4, 92.6, 96.0, 99.5, 102.0, 106.0, 108.0, 112.0, 114.0, 117.0),
    (93.7, 97.0, 101.0, 105.0, 110.0, 116.0, 121.0, 125.0, 129.0, 133.0, 135.0),
)
VM_MIPS = (2500.0, 2000.0, 1000.0, 500.0)
VM_RAM_MB = (870.0, 1740.0, 1740.0, 613.0)
"""Amazon EC2's high-CPU medium, extra large, small and micro instances, as the experiment has them."""
BROKER = 2
"""The number of CloudSim's entity that owns the VMs; with a VM's own it makes the VM's name."""
BUCKETS = 16
"""Of a new java.util.HashMap."""


def lay_out(num_vms: int, num_hosts: int = NUM_HOSTS) -> tuple[FloatArray, IntArray, IntArray]:
    """Empty rows for one day: floats, ints and spans."""
    spans, num_floats, num_ints = spans_of(Sizes(num_hosts, num_vms, len(WATTS)), KINDS)
    return np.zeros(num_floats), np.zeros(num_ints, np.int64), spans


def write(
    floats: FloatArray, ints: IntArray, spans: IntArray, percent: NDArray[np.float64], policy: Policy, seed: int
) -> None:
    """Write a day before its first placement.

    Args:
        floats: One day's row.
        ints: Likewise.
        spans: Of a day of this many VMs, or of more: those beyond are never created.
        percent: Demand (vms, 288) in percent of each VM's MIPS.
        policy: Who plans.
        seed: Of java.util.Random, for random selection.
    """
    floats[:], ints[:] = 0.0, 0
    num_vms = len(percent)
    _write_hosts(hosts_of(floats, ints, spans))
    vms = vms_of(floats, ints, spans)
    kind = np.arange(num_vms) // math.ceil(num_vms / len(VM_MIPS))
    vms.mips[:num_vms] = np.array(VM_MIPS)[kind]
    vms.mips[num_vms:] = math.inf  # fits nowhere
    vms.ram_mb[:num_vms] = np.array(VM_RAM_MB)[kind]
    vms.hash[:] = [java_hash(f"{BROKER}-{v}") for v in range(len(vms.hash))]
    vms.host[:], vms.entry_s[:] = NOBODY, -1.0
    curves_of(floats, ints, spans).watts[:] = np.array(WATTS).ravel()
    demand = demand_of(floats, ints, spans).fraction.reshape(-1, SAMPLES + 1)
    demand[:num_vms, :SAMPLES] = percent / 100.0
    demand[:, SAMPLES] = demand[:, SAMPLES - 1]
    judgement = judgement_of(floats, ints, spans)
    judgement.detector[:], judgement.selection[:], judgement.parameter[:] = policy
    day = day_of(floats, ints, spans)
    day.random_state[:] = seeded(seed)
    day.newest[:] = RING // 2 - 1


def _write_hosts(hosts: Hosts) -> None:
    kind = np.arange(len(hosts.mips)) % len(WATTS)
    hosts.core_mips[:] = np.array(CORE_MIPS)[kind]
    hosts.mips[:] = CORES * hosts.core_mips
    hosts.ram_mb[:] = HOST_RAM_MB
    hosts.curve[:] = kind
    hosts.buckets[:] = BUCKETS
    hosts.first[:] = hosts.last[:] = NOBODY
    hosts.entry_s[:] = -1.0
    hosts.was_active[:] = 1


def java_hash(name: str) -> int:
    """Where java.util.HashMap puts a string: its hash code with the upper half folded in, not negative."""
    code = 0
    for letter in name:
        code = (31 * code + ord(letter)) & 0xFFFFFFFF
    return code ^ (code >> 16)
