"""A host's power: standby, Wake-on-LAN, boot and repair at their exact seconds; watts, energy and its cost.

A host in standby is powered off (S5) with its NIC listening for the magic packet (VMware, vSphere Resource Management,
"Using DPM to Manage Power Resources"). A wake that is not answered leaves the host out until somebody has repaired it.
Watts are interpolated between the eleven load levels of the server's published SPECpower_ssj2008 result, as CloudSim
does (Beloglazov and Buyya, Concurrency and Computation 24(13), 2012); a booting host draws its peak (Gandhi et al.,
AutoScale, ACM TOCS 30(4), 2012). Left out: power capping, P-states beyond what the curve holds, cooling, losses in the
supply.
"""

from vienv.core.enums import CURVE_POINTS, Metric, MigrationPhase, PowerState, Term
from vienv.core.jit import kernel
from vienv.core.params import PowerParams, Randomness
from vienv.core.power_orders import answer
from vienv.core.state import NEVER, Clock, Hosts, Ledger, Metrics, Migrations, PowerCurves, Tariff
from vienv.core.stillness import is_still, stir
from vienv.core.timers import SECONDS_PER_HOUR, due_at_s

_LOAD_STEPS = CURVE_POINTS - 1
_JOULES_PER_KWH = 3.6e6


@kernel
def advance(
    hosts: Hosts,
    ledger: Ledger,
    metrics: Metrics,
    migrations: Migrations,
    clock: Clock,
    power: PowerParams,
    randomness: Randomness,
) -> None:
    """Walk every host through the power transitions that end in this tick, each at its own second.

    Writes power_state and its timers, and splits on_s and boot_tick_s; `inventory.group` must be up to date.
    """
    end_s = clock.now_s[0] + clock.tick_s[0]
    for h in range(hosts.power_state.size):
        if _may_shut_down(hosts, migrations, clock, h):
            hosts.ready_at_s[h] = clock.now_s[0] + hosts.shutdown_s[h]
        while due_at_s(hosts, h) <= end_s:
            _change_state(hosts, ledger, metrics, clock, power, randomness, h)


@kernel
def draw(
    hosts: Hosts, power_curves: PowerCurves, tariff: Tariff, ledger: Ledger, metrics: Metrics, clock: Clock
) -> None:
    """Turn the tick's load and its seconds on and booting into mean watts, kWh and their cost at the hour's price."""
    tick_s = clock.tick_s[0]
    watts = boot_joules = 0.0
    for h in range(hosts.power_state.size):
        if not is_still(hosts, h):
            hosts.power_w[h] = _mean_watts(hosts, power_curves, h, tick_s)
        watts += hosts.power_w[h]
        if hosts.boot_tick_s[h] > 0.0:
            boot_joules += peak_watts(power_curves, h) * hosts.boot_tick_s[h]
    kwh = watts * tick_s / _JOULES_PER_KWH
    hour = min(int(clock.now_s[0] / SECONDS_PER_HOUR), tariff.eur_per_kwh.size - 1)
    ledger.tick[Term.ENERGY_KWH] = kwh
    ledger.tick[Term.ENERGY_COST] = kwh * tariff.eur_per_kwh[hour]
    metrics.tick[Metric.BOOT_ENERGY_KWH] = boot_joules / _JOULES_PER_KWH


@kernel
def _mean_watts(hosts: Hosts, power_curves: PowerCurves, h: int, tick_s: float) -> float:
    """Mean watts of host h over the tick."""
    utilisation = (hosts.delivered_mhz[h] + hosts.vmotion_mhz[h]) / hosts.cpu_capacity_mhz[h]
    off_s = max(0.0, tick_s - hosts.on_s[h] - hosts.boot_tick_s[h])
    on_joules = host_watts(power_curves, h, utilisation) * hosts.on_s[h]
    boot_joules = peak_watts(power_curves, h) * hosts.boot_tick_s[h]
    return (on_joules + boot_joules + hosts.standby_w[h] * off_s) / tick_s


@kernel
def settle(hosts: Hosts, power_curves: PowerCurves, tariff: Tariff, ledger: Ledger, clock: Clock) -> None:
    """Charge, at the episode's end, the boot that every host asleep still owes: sleep is not free for ending asleep."""
    joules = 0.0
    for h in range(hosts.power_state.size):
        if hosts.power_state[h] == PowerState.STANDBY:
            joules += peak_watts(power_curves, h) * hosts.boot_s[h]
    hour = min(int(clock.now_s[0] / SECONDS_PER_HOUR), tariff.eur_per_kwh.size - 1)
    kwh = joules / _JOULES_PER_KWH
    ledger.interval[Term.ENERGY_KWH] += kwh
    ledger.interval[Term.ENERGY_COST] += kwh * tariff.eur_per_kwh[hour]


@kernel
def host_watts(power_curves: PowerCurves, h: int, utilisation: float) -> float:
    """Watts of host h while on, at a utilisation that is clipped to 0..1: linear between SPECpower's load levels."""
    first = h * CURVE_POINTS
    if utilisation >= 1.0:
        return power_curves.watts[first + _LOAD_STEPS]
    position = max(0.0, utilisation) * _LOAD_STEPS
    k = int(position)
    below, above = power_curves.watts[first + k], power_curves.watts[first + k + 1]
    return below + (above - below) * (position - k)


@kernel
def peak_watts(power_curves: PowerCurves, h: int) -> float:
    """Watts of host h at full load, and while it boots."""
    return power_curves.watts[h * CURVE_POINTS + _LOAD_STEPS]


@kernel
def _may_shut_down(hosts: Hosts, migrations: Migrations, clock: Clock, h: int) -> bool:
    """Whether host h may begin to shut down: ordered to standby, empty at last, and nothing on its way to it."""
    if hosts.power_state[h] != PowerState.ENTERING_STANDBY or hosts.ready_at_s[h] < NEVER or hosts.num_vms[h] > 0:
        return False
    if clock.copying[0] == 0:
        return True
    for m in range(migrations.phase.size):
        touches = migrations.source[m] == h or migrations.destination[m] == h
        if touches and migrations.phase[m] != MigrationPhase.NONE:
            return False
    return True


@kernel
def _change_state(
    hosts: Hosts,
    ledger: Ledger,
    metrics: Metrics,
    clock: Clock,
    power: PowerParams,
    randomness: Randomness,
    h: int,
) -> None:
    """Take host h into its next power state, and move the rest of the tick's seconds to what it draws there."""
    stir(hosts, clock, h)
    at_s = max(due_at_s(hosts, h), clock.now_s[0])
    rest_s = clock.now_s[0] + clock.tick_s[0] - at_s
    state = hosts.power_state[h]
    hosts.state_since_s[h] = at_s
    hosts.ready_at_s[h] = NEVER
    if state == PowerState.ENTERING_STANDBY:
        hosts.power_state[h] = PowerState.STANDBY
        hosts.on_s[h] = max(0.0, hosts.on_s[h] - rest_s)
        ledger.interval[Term.POWER_CYCLES] += 1.0
    elif state == PowerState.WAKING:
        answer(hosts, metrics, clock, power, randomness, h, at_s)
    elif state == PowerState.FAILED:
        hosts.power_state[h] = PowerState.BOOTING
        hosts.ready_at_s[h] = at_s + hosts.boot_s[h]
        hosts.repair_at_s[h] = hosts.restores_at_s[h] = NEVER
        hosts.boot_tick_s[h] += rest_s
    else:
        hosts.power_state[h] = PowerState.ON
        hosts.boot_tick_s[h] = max(0.0, hosts.boot_tick_s[h] - rest_s)
        hosts.on_s[h] += rest_s
