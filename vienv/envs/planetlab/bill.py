"""From CloudSim's measures to a scalar: what an interval added to each `Term`, and 1 - its bill / scale.

The bill is Cluster-v0's where it applies: 0.20 EUR/kWh, 0.005 EUR a migration, 0.10 EUR a GHz-hour asked and not
served, with 1 MIPS taken for 1 MHz. The scale is the energy of all hosts at half load for an interval, 1.45 EUR.
Weights given by the user replace both, without a constant.
"""

from collections.abc import Mapping

from vienv.cloudsim.day import JOULES_PER_KWH
from vienv.cloudsim.demand import INTERVAL_S
from vienv.cloudsim.power import watts_at
from vienv.cloudsim.state import Curves, Day, Hosts, Vms
from vienv.core.jit import kernel
from vienv.core.timers import SECONDS_PER_HOUR
from vienv.envs.planetlab.desk import Desk, Ledger, Refusal, Term

TERMS = tuple(term.name.lower() for term in Term)
EUR_PER_KWH, EUR_PER_MIGRATION, EUR_PER_GHZ_H = 0.20, 0.005, 0.10
MIPS_PER_GHZ = 1000.0
_BILL = {
    "energy_kwh": EUR_PER_KWH,
    "migrations": EUR_PER_MIGRATION,
    "unserved_mips_h": EUR_PER_GHZ_H / MIPS_PER_GHZ,
}


def write_weights(
    ledger: Ledger, desk: Desk, hosts: Hosts, curves: Curves, weights: Mapping[str, float] | None
) -> None:
    """Write how a day's terms are weighed: as the user says, or by the bill."""
    half_load_w = sum(watts_at(curves, int(kind), 0.5) for kind in hosts.curve)
    desk.half_load_kwh[0] = half_load_w * INTERVAL_S / JOULES_PER_KWH
    scale = EUR_PER_KWH * desk.half_load_kwh[0]
    desk.constant[0] = 1.0 if weights is None else 0.0
    weighed = {name: -eur / scale for name, eur in _BILL.items()} if weights is None else weights
    ledger.weight[:] = [weighed.get(name, 0.0) for name in TERMS]


@kernel
def begin_step(ledger: Ledger, desk: Desk) -> None:
    """Clear what the last step gave."""
    for t in range(ledger.step.size):
        ledger.step[t] = 0.0
    desk.reward[0] = desk.elapsed_s[0] = 0.0
    desk.refusal[0] = Refusal.ACCEPTED


@kernel
def book(ledger: Ledger, desk: Desk, day: Day, hosts: Hosts, vms: Vms) -> None:
    """Book an interval that has passed, as the difference of CloudSim's sums, and weigh it."""
    violated_s = active_s = unserved = lost = 0.0
    overloaded = 0
    for h in range(hosts.mips.size):
        violated_s += hosts.violated_s[h]
        active_s += hosts.active_s[h]
        overloaded += 1 if hosts.entry_asked_mips[h] > hosts.mips[h] else 0
    for v in range(vms.mips.size):
        unserved += vms.asked[v] - vms.granted[v]
        lost += vms.lost_moving[v]
    _enter(ledger, Term.ENERGY_KWH, day.joules[0] / JOULES_PER_KWH)
    _enter(ledger, Term.MIGRATIONS, float(day.migrations[0]))
    _enter(ledger, Term.UNSERVED_MIPS_H, unserved / SECONDS_PER_HOUR)
    _enter(ledger, Term.LOST_MOVING_MIPS_H, lost / SECONDS_PER_HOUR)
    _enter(ledger, Term.VIOLATED_HOST_H, violated_s / SECONDS_PER_HOUR)
    _enter(ledger, Term.ACTIVE_HOST_H, active_s / SECONDS_PER_HOUR)
    _enter(ledger, Term.OVERLOADED_HOSTS, ledger.episode[Term.OVERLOADED_HOSTS] + overloaded)
    total = desk.constant[0]
    for t in range(ledger.step.size):
        total += ledger.weight[t] * ledger.step[t]
    desk.reward[0], desk.elapsed_s[0] = total, INTERVAL_S


@kernel
def _enter(ledger: Ledger, term: int, so_far: float) -> None:
    ledger.step[term] = so_far - ledger.episode[term]
    ledger.episode[term] = so_far
