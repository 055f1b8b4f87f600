"""What an episode has come to so far, in physical units and in EUR."""

from collections.abc import Sequence

from vienv.core import arena, tasks
from vienv.core.enums import Happening, Metric
from vienv.core.state import FloatArray, IntArray
from vienv.core.timers import SECONDS_PER_HOUR
from vienv.envs import reward


def report(
    floats: FloatArray, ints: IntArray, spans: IntArray, num_hosts: int, cluster_names: Sequence[str]
) -> dict[str, float]:
    """One inventory's terms, metrics and counts of `enums`, bill, intervals and hosts, and each cluster's imbalance."""
    rows = floats, ints, spans
    totals = dict(zip(reward.TERMS, arena.ledger_of(*rows).episode.tolist(), strict=True))
    figures = {m.name.lower(): float(arena.metrics_of(*rows).value[m]) for m in Metric}
    clock = arena.clock_of(*rows)
    interval_s = clock.tick_s[0] * clock.ticks_per_interval[0]
    bill = reward.bill_weights(arena.prices_of(*rows), num_hosts, interval_s)
    eur = sum(price * totals[name] for name, price in bill.items())
    eur += reward.licence_eur(arena.prices_of(*rows), num_hosts, clock.now_s[0])
    intervals, ticks = max(1, int(clock.interval[0])), max(1, int(clock.tick[0]))
    totals["imbalance"] /= intervals
    figures["memory_imbalance"] /= ticks
    figures["imbalance_hourly"] /= max(1.0, clock.now_s[0] // SECONDS_PER_HOUR)
    figures["hosts_on"] /= ticks * clock.tick_s[0]
    sessions = arena.sessions_of(*rows)
    if sessions.lost.size > 0:
        figures["sessions_lost"] = float(sessions.lost.sum())
    clusters = arena.clusters_of(*rows)
    for k, name in enumerate(cluster_names):
        booked = clusters.imbalance_sum[k] + (ticks - clusters.booked_ticks[k]) * clusters.imbalance[k]
        figures[f"imbalance_of_{name}"] = booked / ticks
    unreachable_s = arena.reach_of(*rows).total_s
    if unreachable_s.size > 0:
        figures["unreachable_s"] = float(unreachable_s.sum())
    broken, offers = arena.preferences_of(*rows).broken, arena.offers_of(*rows)
    if broken.size > 0:
        figures["should_broken"] = float(broken.sum())
    if offers.offered.size > 0:
        figures |= {f"recommendations_{name}": float(count[0]) for name, count in offers._asdict().items()}
    figures |= totals | {"bill": eur, "intervals": intervals, "hosts": num_hosts}
    score_total = arena.cluster_score_of(*rows).total
    if score_total.size > 0:
        figures["drs_score"] = float(score_total[0]) / intervals
    timed_out = arena.waits_of(*rows).timed_out
    if timed_out.size > 0:
        figures["migrations_timed_out"] = float(timed_out.sum())
    counted = arena.counters_of(*rows).number
    for happening in Happening if counted.size else ():
        if _is_used(happening, rows):
            figures[happening.name.lower()] = counted[happening]
    latency, now_s = arena.latency_of(*rows), float(clock.now_s[0])
    for d in range(latency.ms.size):
        ms_s = latency.ms_s[d] + latency.ms[d] * (now_s - latency.since_s[d])
        figures[f"datastore_{d + 1}_latency_ms"] = ms_s / max(now_s, float(clock.tick_s[0]))
        figures[f"datastore_{d + 1}_latency_most_ms"] = latency.most_ms[d]
    if arena.orders_of(*rows).at_s.size > 0:
        figures["tasks_open"] = tasks.num_open(arena.orders_of(*rows), clock)
    return {name: float(value) for name, value in figures.items()}


def _is_used(happening: Happening, rows: tuple[FloatArray, IntArray, IntArray]) -> bool:
    """Whether the scenario has the part that counts this: HA's agents and DPM, VirtualCenter's tasks, or VMs' files."""
    if happening in (Happening.TASKS_DONE, Happening.TASKS_FAILED, Happening.TASK_WAIT_S):
        return arena.orders_of(*rows).at_s.size > 0
    if happening < Happening.NAME_CONFLICTS:
        has_agents = arena.guests_of(*rows).silent_from_s.size > 0
        return has_agents or arena.ha_params_of(*rows).wakes_for_capacity == 1
    return arena.files_of(*rows).small_mb.size > 0
