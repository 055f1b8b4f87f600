"""The table of contents: one tick of one cluster, and an interval of ticks. DESIGN.md argues the order."""

from enum import IntEnum

from vienv.core import (
    arena,
    cpu,
    demand,
    hypervisor,
    inventory,
    ledger,
    lifecycle,
    memory,
    power,
    rules,
    score,
    silence,
    stillness,
    timers,
    transfers,
)
from vienv.core.files import identity, orders, sizes, snapshots
from vienv.core.ha import failures, isolation, monitoring, reboots, restarts, roles, unreachable
from vienv.core.jit import annex, kernel
from vienv.core.networks import links, sessions, vm_network
from vienv.core.state import FloatArray, IntArray
from vienv.core.storage import load
from vienv.core.storage import paths as storage_paths
from vienv.core.storage import volumes as datastores_space
from vienv.core.virtualcenter import calendar, commands, evacuation, knowledge, statistics, works
from vienv.core.vmotion import run as vmotion


class Moment(IntEnum):
    """When in a tick there is more to do for the parts that only some scenarios use."""

    MISFORTUNES = 0
    PLANS = 1
    FEEDS = 2
    TRANSFERS = 3
    DEATHS = 4
    RESULTS = 5
    SHARES = 6
    ACCOUNTS = 7
    EVENTS = 8
    OPENING = 9
    BURDENS = 10


@annex("void(float64[::1], int64[::1], int64[:,::1], int64, boolean)")
def more(f: FloatArray, i: IntArray, spans: IntArray, moment: int, is_due: bool) -> None:
    """What a scenario that has more does at that moment of the tick."""
    if moment == Moment.MISFORTUNES:
        _misfortunes(f, i, spans)
    elif moment == Moment.PLANS:
        _plans(f, i, spans)
    elif moment == Moment.FEEDS:
        _feeds(f, i, spans)
    elif moment == Moment.TRANSFERS:
        transfers.carry(f, i, spans)
    elif moment == Moment.DEATHS:
        _after_deaths(f, i, spans)
    elif moment == Moment.RESULTS:
        _afterwards(f, i, spans, is_due)
    elif moment == Moment.SHARES:
        _withhold(f, i, spans)
    elif moment == Moment.ACCOUNTS:
        _charge_clusters(f, i, spans)
    elif moment == Moment.OPENING:  # what a guest gets of a datastore hangs on all that use it
        stillness.look_at_all(arena.hosts_of(f, i, spans), arena.clock_of(f, i, spans))
    elif moment == Moment.BURDENS:
        hosts, vms = arena.hosts_of(f, i, spans), arena.vms_of(f, i, spans)
        load.burden(hosts, vms, arena.guest_io_of(f, i, spans), arena.volumes_of(f, i, spans))
    else:
        _look_further(f, i, spans)


@kernel
def tick(f: FloatArray, i: IntArray, spans: IntArray) -> None:
    """Advance one cluster by one tick, in its two arena rows. If nothing happens, the tick is as the last one was."""
    clock, hosts = arena.clock_of(f, i, spans), arena.hosts_of(f, i, spans)
    is_due, has_news = timers.is_due(clock), demand.has_news(clock)
    if is_due or has_news or clock.copying[0] > 0 or not stillness.is_quiet(clock):
        ledger.book(arena.ledger_of(f, i, spans), arena.metrics_of(f, i, spans), hosts, clock)
        _happen(f, i, spans, is_due, has_news)
        _follow(f, i, spans)
    if is_due:
        timers.look_ahead(
            hosts, arena.vms_of(f, i, spans), arena.incidents_of(f, i, spans), clock, arena.ha_params_of(f, i, spans)
        )
        if clock.has_more[0] == 1:
            more(f, i, spans, Moment.EVENTS, is_due)
    clock.tick[0] += 1
    clock.now_s[0] = clock.tick[0] * clock.tick_s[0]
    if is_due:
        ledger.close_hour(arena.ledger_of(f, i, spans), arena.metrics_of(f, i, spans), hosts, clock)


@kernel
def _happen(f: FloatArray, i: IntArray, spans: IntArray, is_due: bool, has_news: bool) -> None:
    """What happens in the tick, at its exact second."""
    clock, hosts, vms = arena.clock_of(f, i, spans), arena.hosts_of(f, i, spans), arena.vms_of(f, i, spans)
    migrations, paths = arena.migrations_of(f, i, spans), arena.paths_of(f, i, spans)
    datastores, incidents = arena.datastores_of(f, i, spans), arena.incidents_of(f, i, spans)
    book, metrics = arena.ledger_of(f, i, spans), arena.metrics_of(f, i, spans)
    vm_statistics, host_statistics = arena.vm_statistics_of(f, i, spans), arena.host_statistics_of(f, i, spans)
    vmotion_params, cpu_params = arena.vmotion_params_of(f, i, spans), arena.cpu_params_of(f, i, spans)
    power_params, ha_params = arena.power_params_of(f, i, spans), arena.ha_params_of(f, i, spans)
    vc_params, randomness = arena.virtual_center_params_of(f, i, spans), arena.randomness_of(f, i, spans)

    has_io = clock.has_more[0] == 1 and arena.guest_io_of(f, i, spans).served_mb_s.size > 0
    if has_io:
        more(f, i, spans, Moment.OPENING, is_due)
    inventory.begin_tick(hosts, vms, migrations, clock)
    if has_news:
        demand.announce(hosts, clock, arena.demand_params_of(f, i, spans))
    if is_due:
        power.advance(hosts, book, metrics, migrations, clock, power_params, randomness)
        if clock.has_more[0] == 1:
            more(f, i, spans, Moment.MISFORTUNES, is_due)
        calendar.keep(hosts, vms, migrations, incidents, clock, power_params, ha_params)
        if clock.has_more[0] == 1:
            more(f, i, spans, Moment.PLANS, is_due)
        failures.foresee(hosts, incidents, clock, ha_params, randomness)
        if clock.has_more[0] == 1:
            more(f, i, spans, Moment.FEEDS, is_due)
        evacuation.evacuate(
            hosts, vms, migrations, paths, vm_statistics, host_statistics, clock, vmotion_params, vc_params
        )
    if clock.has_more[0] == 1 and (clock.transfers[0] > 0 or (has_io and clock.copying[0] > 0)):
        more(f, i, spans, Moment.TRANSFERS, is_due)
    else:
        waits = arena.waits_of(f, i, spans)
        vmotion.run(migrations, hosts, vms, datastores, book, metrics, clock, paths, waits, vmotion_params, cpu_params)
    if is_due:
        protection, counters = arena.protection_of(f, i, spans), arena.counters_of(f, i, spans)
        failures.strike(hosts, vms, arena.guests_of(f, i, spans), clock, metrics, protection, ha_params)
        if clock.has_more[0] == 1:
            more(f, i, spans, Moment.DEATHS, is_due)
        restarts.restart(
            hosts, vms, clock, metrics, counters, migrations, paths, protection, arena.volumes_of(f, i, spans),
            ha_params, power_params, randomness,
        )  # fmt: skip
        lifecycle.advance(hosts, vms, clock)
        if arena.pools_of(f, i, spans).shares.size > 0:
            stillness.stir_all(hosts, clock)  # who runs anywhere counts in a pool's shares everywhere
    if clock.has_more[0] == 1:
        more(f, i, spans, Moment.RESULTS, is_due)


@kernel
def _misfortunes(f: FloatArray, i: IntArray, spans: IntArray) -> None:
    """What befalls the parts that only some scenarios use: links, and what VirtualCenter hears over them."""
    clock, hosts = arena.clock_of(f, i, spans), arena.hosts_of(f, i, spans)
    host_networks, parted = arena.host_networks_of(f, i, spans), arena.parted_of(f, i, spans)

    if host_networks.segment.size > 0:
        links.change(host_networks, hosts, arena.incidents_of(f, i, spans), parted, clock)
        knowledge.refresh(hosts, arena.host_knowledge_of(f, i, spans), host_networks, clock)
    fabric = arena.fabric_of(f, i, spans)
    if fabric.paths_left.size > 0:
        adapters, paths = arena.adapters_of(f, i, spans), arena.paths_of(f, i, spans)
        storage_paths.change(
            fabric, adapters, paths, hosts, arena.vms_of(f, i, spans), arena.incidents_of(f, i, spans), clock
        )
    if arena.files_of(f, i, spans).small_mb.size > 0:
        transfers.begin_orders(f, i, spans, clock.now_s[0])


@kernel
def _plans(f: FloatArray, i: IntArray, spans: IntArray) -> None:
    """What administrators have planned for this second."""
    planned = arena.orders_of(f, i, spans)

    if planned.at_s.size > 0:
        works.keep(
            planned,
            arena.hosts_of(f, i, spans),
            arena.metrics_of(f, i, spans),
            arena.vms_of(f, i, spans),
            arena.migrations_of(f, i, spans),
            arena.clock_of(f, i, spans),
            arena.counters_of(f, i, spans),
            arena.power_params_of(f, i, spans),
            arena.ha_params_of(f, i, spans),
            arena.randomness_of(f, i, spans),
        )


@kernel
def _feeds(f: FloatArray, i: IntArray, spans: IntArray) -> None:
    """Racks and power feeds that fail by themselves."""
    feeds, feeding = arena.feeds_of(f, i, spans), arena.feeding_of(f, i, spans)
    clock, hosts = arena.clock_of(f, i, spans), arena.hosts_of(f, i, spans)
    failures.foresee_feeds(hosts, feeds, feeding, clock, arena.randomness_of(f, i, spans))


@kernel
def _after_deaths(f: FloatArray, i: IntArray, spans: IntArray) -> None:
    """What happens once the tick's vMotions are advanced and its dead are known."""
    clock, hosts, vms = arena.clock_of(f, i, spans), arena.hosts_of(f, i, spans), arena.vms_of(f, i, spans)
    host_networks, ha_params = arena.host_networks_of(f, i, spans), arena.ha_params_of(f, i, spans)
    protection, guests = arena.protection_of(f, i, spans), arena.guests_of(f, i, spans)
    migrations, counters = arena.migrations_of(f, i, spans), arena.counters_of(f, i, spans)
    fabric, paths = arena.fabric_of(f, i, spans), arena.paths_of(f, i, spans)

    reboots.begin(hosts, vms, guests, clock, arena.incidents_of(f, i, spans), ha_params)
    links.settle(host_networks, hosts, clock)
    storage_paths.settle(fabric, paths, clock)
    isolation.listen(protection, guests, hosts, vms, host_networks, ha_params)
    roles.keep(protection, vms, hosts, clock, ha_params)
    isolation.respond(protection, guests, hosts, vms, migrations, clock, counters, ha_params)
    unreachable.respond(vms, hosts, guests, clock, fabric, paths, migrations, ha_params)
    monitoring.reset(guests, hosts, vms, arena.incidents_of(f, i, spans), migrations, clock, counters, ha_params)
    knowledge.protect(arena.direct_power_ons_of(f, i, spans), vms, hosts, clock)
    identities = arena.identities_of(f, i, spans)
    identity.customize(identities, vms, clock, ha_params, arena.file_params_of(f, i, spans))


@kernel
def _afterwards(f: FloatArray, i: IntArray, spans: IntArray, is_due: bool) -> None:
    """What the tick's arrivals, starts, stops and moves mean for names on the network, disk space and sessions."""
    clock, hosts, vms = arena.clock_of(f, i, spans), arena.hosts_of(f, i, spans), arena.vms_of(f, i, spans)

    if is_due:
        volumes, disks = arena.volumes_of(f, i, spans), arena.disks_of(f, i, spans)
        identity.clash(arena.identities_of(f, i, spans), vms, hosts, clock, arena.counters_of(f, i, spans))
        sizes.keep(arena.files_of(f, i, spans), disks, vms, volumes, clock)
        datastores_space.fill(volumes, disks, vms, hosts, clock)
    reach, migrations = arena.reach_of(f, i, spans), arena.migrations_of(f, i, spans)
    vm_network.keep(reach, arena.host_networks_of(f, i, spans), hosts, vms, migrations, clock)
    sessions.keep(arena.sessions_of(f, i, spans), hosts, vms, migrations, reach, clock)


@kernel
def _withhold(f: FloatArray, i: IntArray, spans: IntArray) -> None:
    """What guests do not get, or do not serve, for another reason than their host's CPU and memory."""
    clock, hosts, vms = arena.clock_of(f, i, spans), arena.hosts_of(f, i, spans), arena.vms_of(f, i, spans)
    guest_io, lines = arena.guest_io_of(f, i, spans), arena.lines_of(f, i, spans)
    volumes, storage_params = arena.volumes_of(f, i, spans), arena.storage_params_of(f, i, spans)

    vm_network.withhold(arena.reach_of(f, i, spans), vms, hosts)
    silence.withhold(vms, hosts, arena.guests_of(f, i, spans), clock)
    datastores_space.withhold(vms, hosts, arena.disks_of(f, i, spans), clock)
    storage_paths.withhold(vms, hosts, arena.fabric_of(f, i, spans), clock)
    identity.withhold(arena.identities_of(f, i, spans), vms, hosts)
    snapshots.withhold(arena.files_of(f, i, spans), vms, hosts, clock)
    hypervisor.withhold(vms, hosts, arena.devices_of(f, i, spans), arena.drivers_of(f, i, spans))
    if guest_io.served_mb_s.size > 0:
        load.serve(vms, hosts, guest_io, lines, volumes, arena.adapters_of(f, i, spans), clock, storage_params)
        load.answer(arena.latency_of(f, i, spans), lines, volumes, clock, storage_params)


@kernel
def _charge_clusters(f: FloatArray, i: IntArray, spans: IntArray) -> None:
    """What each of several clusters comes to."""
    ledger.charge_clusters(
        arena.clusters_of(f, i, spans),
        arena.ledger_of(f, i, spans),
        arena.metrics_of(f, i, spans),
        arena.hosts_of(f, i, spans),
        arena.clock_of(f, i, spans),
    )


@kernel
def _look_further(f: FloatArray, i: IntArray, spans: IntArray) -> None:
    """Fold in the next events of the parts that only some scenarios use."""
    clock, hosts = arena.clock_of(f, i, spans), arena.hosts_of(f, i, spans)
    end_s = clock.now_s[0] + clock.tick_s[0]

    timers.no_later(clock, links.next_event_s(arena.incidents_of(f, i, spans)))
    timers.no_later(clock, knowledge.next_event_s(hosts, arena.host_knowledge_of(f, i, spans)))
    timers.no_later(clock, knowledge.next_protection_s(arena.direct_power_ons_of(f, i, spans), clock))
    timers.no_later(clock, roles.next_event_s(arena.protection_of(f, i, spans), arena.guests_of(f, i, spans), end_s))
    timers.no_later(clock, works.next_event_s(arena.orders_of(f, i, spans), clock))
    fabric, ha_params = arena.fabric_of(f, i, spans), arena.ha_params_of(f, i, spans)
    timers.no_later(clock, storage_paths.next_event_s(fabric, arena.incidents_of(f, i, spans)))
    timers.no_later(clock, unreachable.next_event_s(fabric, ha_params, end_s))
    disks, vms = arena.disks_of(f, i, spans), arena.vms_of(f, i, spans)
    timers.no_later(clock, datastores_space.next_event_s(arena.volumes_of(f, i, spans), disks, vms))
    timers.no_later(clock, orders.next_event_s(arena.orders_of(f, i, spans), clock))
    timers.no_later(clock, failures.next_feed_event_s(arena.feeds_of(f, i, spans)))
    timers.no_later(clock, snapshots.next_event_s(arena.files_of(f, i, spans), clock))


@kernel
def _follow(f: FloatArray, i: IntArray, spans: IntArray) -> None:
    """What follows on the hosts that are not still: who gets what, what it costs, what management will see."""
    clock, hosts, vms = arena.clock_of(f, i, spans), arena.hosts_of(f, i, spans), arena.vms_of(f, i, spans)
    book, metrics = arena.ledger_of(f, i, spans), arena.metrics_of(f, i, spans)

    inventory.group(hosts, vms, arena.migrations_of(f, i, spans), clock)
    demand.update(hosts, vms, arena.workload_of(f, i, spans), clock, arena.demand_params_of(f, i, spans))
    pools = arena.pools_of(f, i, spans)
    memory.reclaim(hosts, vms, pools, arena.entitlements_of(f, i, spans), clock, arena.memory_params_of(f, i, spans))
    if clock.has_more[0] == 1:
        more(f, i, spans, Moment.BURDENS, False)
    cpu.schedule(hosts, vms, pools, arena.cpu_params_of(f, i, spans))
    if clock.has_more[0] == 1:
        more(f, i, spans, Moment.SHARES, False)
    power.draw(hosts, arena.power_curves_of(f, i, spans), arena.tariff_of(f, i, spans), book, metrics, clock)
    ledger.charge(book, metrics, hosts, vms, clock)
    if clock.has_more[0] == 1:
        more(f, i, spans, Moment.ACCOUNTS, False)
    statistics.collect(arena.vm_statistics_of(f, i, spans), arena.host_statistics_of(f, i, spans), vms, hosts, clock)
    stillness.end_tick(hosts, clock)


@kernel
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
    statistics.close_interval(
        vm_statistics,
        arena.vm_history_of(f, i, spans),
        arena.host_statistics_of(f, i, spans),
        vms,
        clock,
        arena.virtual_center_params_of(f, i, spans),
    )
    scores = arena.scores_of(f, i, spans)
    if scores.score.size > 0:
        score.keep(scores, arena.cluster_score_of(f, i, spans), vms, vm_statistics)
    ledger.close_interval(arena.ledger_of(f, i, spans), arena.metrics_of(f, i, spans), hosts, vms, clock)
    rules.count_broken(arena.preferences_of(f, i, spans), hosts, vms)
    clock.interval[0] += 1
    statistics.foresee(vm_statistics, vms, arena.workload_of(f, i, spans), clock, arena.demand_params_of(f, i, spans))
    commands.open_interval(hosts, vms, clock)
    commands.judge_loss(hosts, clock)
    if clock.is_terminated[0] == 1:
        ledger.charge_lost_cluster(arena.ledger_of(f, i, spans), vms, clock)
