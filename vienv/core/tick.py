"""The table of contents: one tick of one cluster, and an interval of ticks. DESIGN.md argues the order."""

from vienv.core import (
    arena,
    cpu,
    demand,
    ha,
    inventory,
    ledger,
    lifecycle,
    memory,
    power,
    statistics,
    virtualcenter,
    vmotion,
)
from vienv.core.jit import inlined
from vienv.core.state import FloatArray, IntArray


@inlined
def tick(f: FloatArray, i: IntArray, spans: IntArray) -> None:
    """Advance one cluster by one tick, in its two arena rows."""
    clock = arena.clock_of(f, i, spans)
    hosts = arena.hosts_of(f, i, spans)
    vms = arena.vms_of(f, i, spans)
    migrations = arena.migrations_of(f, i, spans)
    paths = arena.paths_of(f, i, spans)
    incidents = arena.incidents_of(f, i, spans)
    book = arena.ledger_of(f, i, spans)
    metrics = arena.metrics_of(f, i, spans)
    vm_statistics = arena.vm_statistics_of(f, i, spans)
    host_statistics = arena.host_statistics_of(f, i, spans)
    cpu_params = arena.cpu_params_of(f, i, spans)
    vmotion_params = arena.vmotion_params_of(f, i, spans)
    power_params = arena.power_params_of(f, i, spans)
    ha_params = arena.ha_params_of(f, i, spans)
    vc_params = arena.virtual_center_params_of(f, i, spans)
    randomness = arena.randomness_of(f, i, spans)

    inventory.begin_tick(hosts, vms, clock)
    demand.update(vms, arena.workload_of(f, i, spans), clock, arena.demand_params_of(f, i, spans))
    power.advance(hosts, book, metrics, migrations, clock, power_params, randomness)
    virtualcenter.keep_calendar(hosts, vms, incidents, clock, power_params, ha_params)
    ha.foresee(hosts, incidents, clock, ha_params, randomness)
    virtualcenter.evacuate(
        hosts, vms, migrations, paths, vm_statistics, host_statistics, clock, vmotion_params, vc_params
    )
    vmotion.run(
        migrations,
        hosts,
        vms,
        arena.datastores_of(f, i, spans),
        book,
        metrics,
        clock,
        paths,
        vmotion_params,
        cpu_params,
    )
    ha.strike(hosts, vms, clock, metrics, ha_params)
    ha.restart(hosts, vms, clock, metrics, migrations, paths, ha_params)
    lifecycle.advance(vms, clock)
    inventory.group(hosts, vms, migrations, clock)
    memory.reclaim(hosts, vms, clock, arena.memory_params_of(f, i, spans))
    cpu.schedule(hosts, vms, arena.pools_of(f, i, spans), clock, cpu_params)
    power.draw(hosts, arena.power_curves_of(f, i, spans), arena.tariff_of(f, i, spans), book, metrics, clock)
    ledger.charge(book, metrics, hosts, vms, clock)
    statistics.collect(vm_statistics, host_statistics, vms, hosts)
    clock.tick[0] += 1
    clock.now_s[0] = clock.tick[0] * clock.tick_s[0]


@inlined
def advance(f: FloatArray, i: IntArray, spans: IntArray) -> None:
    """Advance one cluster by one interval, at whose beginning management acted; what it sees is renewed at the end."""
    clock = arena.clock_of(f, i, spans)
    hosts = arena.hosts_of(f, i, spans)
    vms = arena.vms_of(f, i, spans)
    vm_statistics = arena.vm_statistics_of(f, i, spans)
    for _ in range(clock.ticks_per_interval[0]):
        tick(f, i, spans)
    if clock.interval[0] + 1 == clock.intervals_per_episode[0]:
        power.settle(
            hosts, arena.power_curves_of(f, i, spans), arena.tariff_of(f, i, spans), arena.ledger_of(f, i, spans), clock
        )
    ledger.close_interval(arena.ledger_of(f, i, spans), arena.metrics_of(f, i, spans), hosts, vms)
    statistics.close_interval(
        vm_statistics,
        arena.vm_history_of(f, i, spans),
        arena.host_statistics_of(f, i, spans),
        vms,
        clock,
        arena.virtual_center_params_of(f, i, spans),
    )
    clock.interval[0] += 1
    statistics.foresee(vm_statistics, vms, arena.workload_of(f, i, spans), clock, arena.demand_params_of(f, i, spans))
    virtualcenter.open_interval(hosts, vms, clock)
    virtualcenter.judge_loss(hosts, clock)
    if clock.is_terminated[0] == 1:
        ledger.charge_lost_cluster(arena.ledger_of(f, i, spans), vms, clock)
