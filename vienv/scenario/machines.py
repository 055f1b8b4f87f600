"""The VMs of one world: sizes, departments, reservations, shares and arrivals, and what the VMkernel needs for each.

Sizes come in the scenario's exact proportions, shuffled anew in each world; entries keep what they say. Overhead is
the fit to VMware's table (vSphere 4.0 Resource Management Guide, table 3-2) within 1 MB for 1, 2 and 4 vCPUs; VI3's
own table was not found.
"""

from vienv.core.jit import kernel
from vienv.core.random import integer, shuffle, uniform
from vienv.core.state import Vms
from vienv.scenario.keys import Stream
from vienv.scenario.recipe import DeckDraft, TakenPools, VmDraft, VmRecipe, VmRules

SHARES_OF_NORMAL = 2.0
"""High shares are twice, low shares half the normal ones (VMware's SharesInfo)."""
CPU_SHARES = 1000.0
"""Normal, per vCPU."""
MEMORY_SHARES = 10.0
"""Normal, per configured MB."""
_RESERVED_PARTS = (0.25, 0.5, 1.0)
_OVERHEAD_VCPUS = (1.0, 2.0, 4.0, 8.0)
_OVERHEAD_FIXED_MB = (109.65, 153.9, 236.1, 406.8)
_OVERHEAD_PER_MB = (0.01375, 0.02163, 0.02171, 0.03777)


@kernel
def overhead(num_vcpus: int, memory_mb: float) -> float:
    """The VMkernel's own memory for a VM, MB; straight lines between the fitted vCPUs, above 8 in proportion."""
    k = 0
    while k < len(_OVERHEAD_VCPUS) - 2 and num_vcpus > _OVERHEAD_VCPUS[k + 1]:
        k += 1
    part = (num_vcpus - _OVERHEAD_VCPUS[k]) / (_OVERHEAD_VCPUS[k + 1] - _OVERHEAD_VCPUS[k])
    part = min(part, 1.0)
    fixed = _OVERHEAD_FIXED_MB[k] + part * (_OVERHEAD_FIXED_MB[k + 1] - _OVERHEAD_FIXED_MB[k])
    per_mb = _OVERHEAD_PER_MB[k] + part * (_OVERHEAD_PER_MB[k + 1] - _OVERHEAD_PER_MB[k])
    growth = max(1.0, num_vcpus / _OVERHEAD_VCPUS[len(_OVERHEAD_VCPUS) - 1])
    return growth * (fixed + per_mb * memory_mb)


@kernel
def draw(
    vms: Vms, draft: VmDraft, deck: DeckDraft, recipe: VmRecipe, pools: TakenPools, rules: VmRules, seed: int
) -> None:
    """Draw the VMs without an entry, over a copy of what all worlds share; work out what follows from every size."""
    _draw_sizes(vms, deck, recipe, rules, seed)
    _draw_departments(vms, draft, recipe, pools, rules, seed)
    _work_out(vms, rules)
    _draw_reservations(vms, deck, rules, seed)
    _draw_shares(vms, deck, rules, seed)
    _draw_arrivals(vms, deck, rules, seed)


@kernel
def _draw_sizes(vms: Vms, deck: DeckDraft, recipe: VmRecipe, rules: VmRules, seed: int) -> None:
    first = rules.num_entries
    count = vms.state.size - first
    shuffle(deck.card, count, seed, Stream.VCPUS, 0)
    for k in range(count):
        vms.num_vcpus[first + k] = recipe.mix_vcpus[first + deck.card[k]]
    shuffle(deck.card, count, seed, Stream.MEMORY, 0)
    for k in range(count):
        vms.memory_mb[first + k] = recipe.mix_memory_mb[first + deck.card[k]]


@kernel
def _draw_departments(vms: Vms, draft: VmDraft, recipe: VmRecipe, pools: TakenPools, rules: VmRules, seed: int) -> None:
    first = rules.num_entries
    for v in range(first):
        draft.department[v] = recipe.department[v]
    for v in range(first, vms.state.size):
        draft.department[v] = integer(seed, Stream.DEPARTMENT, v, 0, rules.departments)
        if pools.pool.size > 0:
            vms.pool[v] = pools.pool[draft.department[v] % pools.pool.size]


@kernel
def _work_out(vms: Vms, rules: VmRules) -> None:
    """What a VM's size gives it; shares stand in the recipe per vCPU and per MB."""
    for v in range(vms.state.size):
        memory_mb = vms.memory_mb[v]
        vms.cpu_configured_mhz[v] = vms.num_vcpus[v] * rules.reference_mhz
        vms.cpu_shares[v] *= vms.num_vcpus[v]
        vms.memory_shares[v] *= memory_mb
        vms.overhead_mb[v] = overhead(vms.num_vcpus[v], memory_mb)
        vms.touched_mb[v] = rules.touched_fraction * memory_mb
        vms.shareable_mb[v] = min(rules.sharing_fraction * memory_mb, vms.touched_mb[v])


@kernel
def _draw_reservations(vms: Vms, deck: DeckDraft, rules: VmRules, seed: int) -> None:
    """Reserve for some: the first the largest, the others a quarter, half or all of it, within their size."""
    first = rules.num_entries
    shuffle(deck.card, vms.state.size - first, seed, Stream.RESERVED, 0)
    for k in range(rules.reserved):
        v, part = first + deck.card[k], 1.0
        if k > 0:
            part = _RESERVED_PARTS[integer(seed, Stream.RESERVED_PART, k, 0, len(_RESERVED_PARTS))]
        vms.cpu_reservation_mhz[v] = min(part * rules.largest_reservation_mhz, vms.cpu_configured_mhz[v])
        vms.memory_reservation_mb[v] = min(part * rules.largest_reservation_mb, vms.memory_mb[v])


@kernel
def _draw_shares(vms: Vms, deck: DeckDraft, rules: VmRules, seed: int) -> None:
    first = rules.num_entries
    shuffle(deck.card, vms.state.size - first, seed, Stream.SHARES, 0)
    for k in range(min(rules.high + rules.low, vms.state.size - first)):
        v = first + deck.card[k]
        factor = SHARES_OF_NORMAL if k < rules.high else 1.0 / SHARES_OF_NORMAL
        vms.cpu_shares[v] *= factor
        vms.memory_shares[v] *= factor


@kernel
def _draw_arrivals(vms: Vms, deck: DeckDraft, rules: VmRules, seed: int) -> None:
    first = rules.num_entries
    shuffle(deck.card, vms.state.size - first, seed, Stream.ARRIVING, 0)
    for k in range(rules.arriving):
        v = first + deck.card[k]
        vms.arrives_at_s[v] = rules.arrives_before_s * uniform(seed, Stream.ARRIVAL, v, 0)
