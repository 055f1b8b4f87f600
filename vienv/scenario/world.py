"""One world, from its number: its machines, their placement, their demand, and the position that these open with.

A world whose static imbalance, the population standard deviation over hosts of demand / capacity, mean over the
episode, falls outside the scenario's bounds is drawn again, and so is one with a VM that fits nowhere; a trace's worlds
stay as they are. Worlds in which hosts begin in standby are left out.
"""

import math

import numpy as np
from numpy.typing import NDArray

from vienv.core import arena, inventory
from vienv.core.clusters import is_in, span_of, weighted
from vienv.core.enums import NO_VM
from vienv.core.jit import crossing, kernel
from vienv.core.state import NEVER, FloatArray, Hosts, IntArray, Vms, Workload
from vienv.scenario import failures, machines, money, opening, placement, recipe, recorded, synthetic
from vienv.scenario.keys import seed_of
from vienv.scenario.recipe import HostDraft, VmDraft, VmRecipe, WorldRules

MOST_ATTEMPTS = 64
"""Draws of a world before the one nearest to the bounds is taken."""
_S_PER_DAY = 86_400.0
_WORKLOAD = list(arena.KINDS).index(Workload)


@crossing(
    "void(float64[:,::1], int64[:,::1], int64[:,::1], int64[::1], int64[::1], int64[::1], "
    "float64[::1], int64[::1], float64[::1], int64[::1], int64[:,::1], float32[:,::1])"
)
def write(
    floats: FloatArray,
    ints: IntArray,
    spans: IntArray,
    rows: IntArray,
    worlds: IntArray,
    homeless: IntArray,
    common_floats: FloatArray,
    common_ints: IntArray,
    recipe_floats: FloatArray,
    recipe_ints: IntArray,
    recipe_spans: IntArray,
    fractions: NDArray[np.float32],
) -> None:
    """Write world worlds[k] into row rows[k] of floats (num_envs, F) and ints (num_envs, I), for every k.

    homeless[k] becomes NO_VM, or the VM that fits nowhere in that world, whose row is then of no use. The six arrays
    from `common_floats` on are `Worlds.recipe_of(split)`, whose third and fourth are written: to each thread its own.
    """
    rf, ri = recipe_floats, recipe_ints
    for k in range(rows.size):
        f, i = floats[rows[k]], ints[rows[k]]
        homeless[k] = draw(f, i, spans, common_floats, common_ints, rf, ri, recipe_spans, fractions, worlds[k])


@kernel
def draw(
    f: FloatArray,
    i: IntArray,
    spans: IntArray,
    common_floats: FloatArray,
    common_ints: IntArray,
    rf: FloatArray,
    ri: IntArray,
    recipe_spans: IntArray,
    fractions: NDArray[np.float32],
    world: int,
) -> int:
    """Draw a world until it is within the bounds, or take the attempt nearest to them; returns `placement`'s answer."""
    rules = recipe.world_rules_of(rf, ri, recipe_spans)
    first_seed = seed_of(rules.split_key, world, 0)
    seed, homeless, nearest, least = first_seed, NO_VM, 0, NEVER
    for turn in range(MOST_ATTEMPTS + 1):
        attempt = turn if turn < MOST_ATTEMPTS else nearest
        seed = seed_of(rules.split_key, world, attempt)
        _copy_common(f, i, spans, common_floats, common_ints)
        homeless = furnish(f, i, spans, rf, ri, recipe_spans, seed)
        if homeless != NO_VM:
            continue
        _load(f, i, spans, rf, ri, recipe_spans, fractions, seed)
        beyond = _beyond_bounds(f, i, spans, rf, ri, recipe_spans)
        if beyond == 0.0:
            break
        if beyond < least:
            nearest, least = attempt, beyond
    if homeless == NO_VM:
        _open(f, i, spans, rf, ri, recipe_spans, seed, first_seed)
        arena.clock_of(f, i, spans).world[0] = world
    return homeless


@kernel
def _copy_common(f: FloatArray, i: IntArray, spans: IntArray, common_floats: FloatArray, common_ints: IntArray) -> None:
    """Begin with what all worlds share; demand, most of the row, is written anew in any case."""
    begins = spans[_WORKLOAD, 1]
    for k in range(begins):
        f[k] = common_floats[k]
    for k in range(begins + spans[_WORKLOAD, 0], common_floats.size):
        f[k] = common_floats[k]
    for k in range(common_ints.size):
        i[k] = common_ints[k]


@kernel
def furnish(
    f: FloatArray, i: IntArray, spans: IntArray, rf: FloatArray, ri: IntArray, recipe_spans: IntArray, seed: int
) -> int:
    """Draw the VMs and place them; returns the VM that fits nowhere, or NO_VM."""
    vms, hosts, vm_recipe = (
        arena.vms_of(f, i, spans),
        arena.hosts_of(f, i, spans),
        recipe.vm_recipe_of(rf, ri, recipe_spans),
    )
    draft, rooms = recipe.vm_draft_of(rf, ri, recipe_spans), recipe.host_draft_of(rf, ri, recipe_spans)
    deck, pools = recipe.deck_draft_of(rf, ri, recipe_spans), recipe.taken_pools_of(rf, ri, recipe_spans)
    machines.draw(vms, draft, deck, vm_recipe, pools, recipe.vm_rules_of(rf, ri, recipe_spans), seed)
    departments = recipe.department_draft_of(rf, ri, recipe_spans)
    homeless = placement.place(vms, rooms, draft, departments, hosts, arena.paths_of(f, i, spans), vm_recipe)
    inventory.group(hosts, vms, arena.migrations_of(f, i, spans), arena.clock_of(f, i, spans))
    return homeless


@kernel
def _load(
    f: FloatArray,
    i: IntArray,
    spans: IntArray,
    rf: FloatArray,
    ri: IntArray,
    recipe_spans: IntArray,
    fractions: NDArray[np.float32],
    seed: int,
) -> None:
    """Give the VMs their demand: recorded or synthetic, or the constant one of their entry; and let it grow."""
    workload, vms, clock = arena.workload_of(f, i, spans), arena.vms_of(f, i, spans), arena.clock_of(f, i, spans)
    draft, vm_recipe = recipe.vm_draft_of(rf, ri, recipe_spans), recipe.vm_recipe_of(rf, ri, recipe_spans)
    world = recipe.world_rules_of(rf, ri, recipe_spans)
    if world.has_trace == 1:
        days, trace_vms = recipe.trace_days_of(rf, ri, recipe_spans), recipe.trace_vms_of(rf, ri, recipe_spans)
        deck = recipe.deck_draft_of(rf, ri, recipe_spans)
        weekday = recorded.draw(workload, draft, deck, fractions, days, trace_vms, world, seed)
        clock.week_starts_s[0] = weekday * _S_PER_DAY
    else:
        departments = recipe.department_draft_of(rf, ri, recipe_spans)
        factors, numbers = recipe.factor_draft_of(rf, ri, recipe_spans), recipe.normals_of(rf, ri, recipe_spans)
        rules = recipe.demand_rules_of(rf, ri, recipe_spans)
        synthetic.draw(workload, draft, departments, factors, numbers, world, rules, seed)
        synthetic.scale(workload, draft, vms, arena.hosts_of(f, i, spans), vm_recipe, rules)
    _hold_constant(workload, vm_recipe)
    _grow(workload, vm_recipe, world)
    _take_means(workload, draft)


@kernel
def _hold_constant(workload: Workload, vm_recipe: VmRecipe) -> None:
    num_vms = vm_recipe.load.size
    for v in range(num_vms):
        if vm_recipe.load[v] >= 0.0:
            for k in range(v, workload.demand.size, num_vms):
                workload.demand[k] = vm_recipe.load[v]


@kernel
def _grow(workload: Workload, vm_recipe: VmRecipe, world: WorldRules) -> None:
    """Let demand grow, compound, from t = 0 on; a guest has no more than its vCPUs to ask for."""
    num_vms = vm_recipe.load.size
    for v in range(num_vms):
        if vm_recipe.daily_growth[v] == 0.0:
            continue
        for t in range(world.history_samples, workload.demand.size // num_vms):
            days = (t - world.history_samples) * synthetic.SAMPLE_S / _S_PER_DAY
            grown = workload.demand[t * num_vms + v] * math.pow(1.0 + vm_recipe.daily_growth[v], days)
            workload.demand[t * num_vms + v] = min(1.0, grown)


@kernel
def _take_means(workload: Workload, draft: VmDraft) -> None:
    num_vms = draft.mean.size
    samples = workload.demand.size // num_vms
    for v in range(num_vms):
        draft.mean[v] = 0.0
    for t in range(samples):
        for v in range(num_vms):
            draft.mean[v] += workload.demand[t * num_vms + v]
    for v in range(num_vms):
        draft.mean[v] /= samples


@kernel
def _beyond_bounds(
    f: FloatArray, i: IntArray, spans: IntArray, rf: FloatArray, ri: IntArray, recipe_spans: IntArray
) -> float:
    """How far the static imbalance of a synthetic world lies outside the bounds; 0: within."""
    world = recipe.world_rules_of(rf, ri, recipe_spans)
    if world.has_trace == 1:
        return 0.0
    workload, vms, hosts = arena.workload_of(f, i, spans), arena.vms_of(f, i, spans), arena.hosts_of(f, i, spans)
    rooms = recipe.host_draft_of(rf, ri, recipe_spans)
    num_vms, total = vms.state.size, 0.0
    begins, ends = world.history_samples, workload.demand.size // num_vms - 1
    for t in range(begins, ends):
        total += _imbalance(rooms, workload, vms, hosts, t * num_vms)
    imbalance = total / (ends - begins)
    return max(world.imbalance_least - imbalance, imbalance - world.imbalance_most, 0.0)


@kernel
def _imbalance(rooms: HostDraft, workload: Workload, vms: Vms, hosts: Hosts, row: int) -> float:
    """Deviation over hosts of demand / capacity in the sample that begins at `row`; of several clusters the mean."""
    for h in range(hosts.power_state.size):
        mhz = 0.0
        for r in range(hosts.first_vm[h], hosts.first_vm[h] + hosts.num_vms[h]):
            v = vms.by_host[r]
            mhz += min(workload.demand[row + v] * vms.cpu_configured_mhz[v], vms.cpu_limit_mhz[v])
        rooms.load[h] = mhz / hosts.cpu_capacity_mhz[h]
    (first, end), all_hosts, imbalance = span_of(hosts), 0, 0.0
    for cluster in range(first, end):
        num_hosts, mean, square = 0, 0.0, 0.0
        for h in range(hosts.power_state.size):
            num_hosts += 1 if is_in(hosts, h, cluster) else 0
        for h in range(hosts.power_state.size):
            mean += rooms.load[h] / num_hosts if is_in(hosts, h, cluster) else 0.0
        for h in range(hosts.power_state.size):
            if is_in(hosts, h, cluster):
                square += (rooms.load[h] - mean) * (rooms.load[h] - mean)
        all_hosts += num_hosts
        imbalance = weighted(imbalance, math.sqrt(square / num_hosts), num_hosts, all_hosts)
    return imbalance


@kernel
def _open(
    f: FloatArray,
    i: IntArray,
    spans: IntArray,
    rf: FloatArray,
    ri: IntArray,
    recipe_spans: IntArray,
    seed: int,
    first_seed: int,
) -> None:
    """Write what follows from machines and demand, and what no redraw changes: failures, prices, the kernels' key."""
    vms, hosts, clock = arena.vms_of(f, i, spans), arena.hosts_of(f, i, spans), arena.clock_of(f, i, spans)
    statistics, history = arena.vm_statistics_of(f, i, spans), arena.vm_history_of(f, i, spans)
    curves, tariff = arena.power_curves_of(f, i, spans), arena.tariff_of(f, i, spans)
    draft, vm_rules = recipe.vm_draft_of(rf, ri, recipe_spans), recipe.vm_rules_of(rf, ri, recipe_spans)
    opening.give_habits(vms, draft, vm_rules, seed)
    opening.remember(history, statistics, vms, arena.workload_of(f, i, spans), clock)
    opening.settle(vms, hosts, statistics, arena.host_statistics_of(f, i, spans), curves)
    failures.draw(hosts, arena.ha_params_of(f, i, spans), first_seed)
    failures.draw_feeds(arena.feeds_of(f, i, spans), first_seed)
    hours, blocks = recipe.price_hours_of(rf, ri, recipe_spans), recipe.price_blocks_of(rf, ri, recipe_spans)
    money.draw_tariff(tariff, hours, blocks, first_seed)
    world = recipe.world_rules_of(rf, ri, recipe_spans)
    f[world.scale_at] = money.interval_scale(tariff, curves, clock, world.price_hours)
    i[world.seed_at] = first_seed
