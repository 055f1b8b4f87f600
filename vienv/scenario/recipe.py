"""The recipe of a scenario's worlds: what all of them share, as arrays, so that kernels draw a world without Python.

A recipe is laid out like a cluster: two rows and their spans, views generated from the annotations below. Some of its
kinds, `Normals` and the `*Draft`s, are room to work in: each thread that writes worlds has a copy of its own.
"""

from typing import NamedTuple

from vienv.core.arena import Kinds, view_of
from vienv.core.normals import NUMBERS, Normals
from vienv.core.state import FloatArray, IntArray


class RecipeSizes(NamedTuple):
    """How many of each there are; equal for the three splits but for what they share out."""

    vms: int
    hosts: int
    departments: int
    taken_pools: int
    hours: int
    price_blocks: int
    trace_days: int
    trace_vms: int


class WorldRules(NamedTuple):
    """Which worlds these are, what bounds them, and where two settings stand that a kernel writes."""

    split_key: int
    has_trace: int
    history_samples: int  # before t = 0
    history_s: float
    trace_samples: int  # of an episode
    price_hours: int  # of an episode, for its mean
    imbalance_least: float
    imbalance_most: float
    seed_at: int  # of params.Randomness, in the ints
    scale_at: int  # of params.Prices.interval_scale, in the floats


class VmRules(NamedTuple):
    """How VMs without an entry are drawn, and what follows from the size of any."""

    num_entries: int  # VMs before this one have entries
    departments: int
    reserved: int  # so many reserve
    high: int  # so many have high shares
    low: int
    arriving: int  # so many come later
    largest_reservation_mhz: float
    largest_reservation_mb: float
    arrives_before_s: float
    reference_mhz: float
    touched_fraction: float
    sharing_fraction: float
    dirty_median_mb_s: float
    dirty_sigma: float
    working_set_least: float
    working_set_most: float
    active_base: float
    active_per_cpu: float


class DemandRules(NamedTuple):
    """The synthetic demand; `schema.Demand` says where the figures come from."""

    vm_sigma: float
    department_sigma: float
    daily_amplitude: float
    peak_hour: float
    phase_sd_h: float
    weekend_factor: float
    own_sigma: float  # of the logarithm of a VM's own noise
    department_noise_sigma: float
    correlation: float  # from one sample to the next
    burst_chance: float  # of each slot
    burst_slots: int
    burst_samples: float  # mean length
    burst_tail: float
    mean_load: float


class VmRecipe(NamedTuple):
    """One row a VM."""

    load: FloatArray  # constant demand of an entry, a fraction of configured CPU; below 0: the generator's
    daily_growth: FloatArray  # of its demand, a fraction
    mix_memory_mb: FloatArray  # the generator's exact mix, shuffled in each world; rows of entries are not used
    mix_vcpus: IntArray
    host: IntArray  # that an entry names; NO_HOST: the placement chooses
    department: IntArray  # of an entry


class TakenPools(NamedTuple):
    """Pools that departments take in turn."""

    pool: IntArray


class PriceHours(NamedTuple):
    """What a kWh costs, an hour a row, as billed."""

    eur_per_kwh: FloatArray


class PriceBlocks(NamedTuple):
    """Where the split's worlds may begin in the price hours."""

    first_hour: IntArray


class TraceDays(NamedTuple):
    """Days of the trace that the split's worlds may show."""

    first_sample: IntArray
    weekday: IntArray  # 0 Monday
    first_vm: IntArray  # row of TraceVms
    num_vms: IntArray


class TraceVms(NamedTuple):
    """VMs on record on those days, day by day."""

    vm: IntArray


class VmDraft(NamedTuple):
    """Room for a world's VMs, one row each."""

    level: FloatArray  # mean demand before scaling, a fraction of configured CPU
    noise: FloatArray  # its AR(1) noise, standard deviation 1
    mean: FloatArray  # mean demand, a fraction of configured CPU
    department: IntArray
    order: IntArray  # VMs by department
    source: IntArray  # trace row that it shows


class DepartmentDraft(NamedTuple):
    """Room for departments, one row each."""

    level: FloatArray
    noise: FloatArray
    peak_cos: FloatArray  # of the angle of its peak hour
    peak_sin: FloatArray
    first: IntArray  # row of VmDraft.order


class FactorDraft(NamedTuple):
    """Row k * departments + department: what a department's VMs have in common in the k-th of four samples."""

    factor: FloatArray


class HostDraft(NamedTuple):
    """Room for the placement, one row a host."""

    filled_mb: FloatArray
    quota_mb: FloatArray
    room_mb: FloatArray
    room_reserved_mb: FloatArray
    room_reserved_mhz: FloatArray
    load: FloatArray


class DeckDraft(NamedTuple):
    """Room for a permutation of VMs, the scenario's or the trace's."""

    card: IntArray


KINDS: Kinds = {
    WorldRules: lambda n: 1,
    VmRules: lambda n: 1,
    DemandRules: lambda n: 1,
    VmRecipe: lambda n: n.vms,
    TakenPools: lambda n: n.taken_pools,
    PriceHours: lambda n: n.hours,
    PriceBlocks: lambda n: n.price_blocks,
    TraceDays: lambda n: n.trace_days,
    TraceVms: lambda n: n.trace_vms,
    VmDraft: lambda n: n.vms,
    DepartmentDraft: lambda n: n.departments,
    Normals: lambda n: NUMBERS * max(n.vms, n.departments),
    FactorDraft: lambda n: NUMBERS * n.departments,
    HostDraft: lambda n: n.hosts,
    DeckDraft: lambda n: max(n.vms, n.trace_vms),
}
world_rules_of = view_of(WorldRules, KINDS)
vm_rules_of = view_of(VmRules, KINDS)
demand_rules_of = view_of(DemandRules, KINDS)
vm_recipe_of = view_of(VmRecipe, KINDS)
taken_pools_of = view_of(TakenPools, KINDS)
price_hours_of = view_of(PriceHours, KINDS)
price_blocks_of = view_of(PriceBlocks, KINDS)
trace_days_of = view_of(TraceDays, KINDS)
trace_vms_of = view_of(TraceVms, KINDS)
vm_draft_of = view_of(VmDraft, KINDS)
department_draft_of = view_of(DepartmentDraft, KINDS)
normals_of = view_of(Normals, KINDS)
factor_draft_of = view_of(FactorDraft, KINDS)
host_draft_of = view_of(HostDraft, KINDS)
deck_draft_of = view_of(DeckDraft, KINDS)
