"""What is listed is what trying every VM on every host lists, in the same order and to the last bit."""

import numpy as np
import pytest

from tests.managed import arrive, look, managed
from vienv.core.enums import NO_HOST, NO_VM, ONE_CLUSTER, MigrationPhase, PowerState, Refusal, VmState
from vienv.core.ledger import deviation
from vienv.core.rules import will_break_rule
from vienv.core.virtualcenter import commands
from vienv.envs import planned, recommendation

FIRST = 1.0e6


def what_if(c, sums, v, h):
    """Fall of imbalance and of overload if VM v went to host h."""
    (num_on, total, square), before = sums, deviation(*(sums[k] for k in (1, 2, 0)))
    demand, overload = c.vm_statistics.demand_5min_mhz[v], 0.0
    for t, sign in ((h, 1.0), (int(c.vms.host[v]), -1.0)):
        if t == NO_HOST or c.hosts.power_state[t] != PowerState.ON:
            continue
        old = c.host_statistics.planned_5min_mhz[t] / c.hosts.cpu_capacity_mhz[t]
        new = old + sign * (demand / c.hosts.cpu_capacity_mhz[t])
        total += new - old
        square += new * new - old * old
        overload += max(0.0, old - 1.0) - max(0.0, new - 1.0)
    return before - deviation(total, square, num_on), overload


def refusal(c, v, h):
    if c.vms.state[v] == VmState.AWAITING_PLACEMENT:
        return commands.refusal_of_placement(c.pools, c.hosts, c.vms, c.migrations, c.paths, c.ha, v, h)
    return commands.refusal_of_migration(c.hosts, c.vms, c.migrations, c.paths, c.vmotion, v, h)


def tried(c):
    """Rows (vm, destination, gain, overload gain, is mandatory), best first, each VM tried on each host."""
    rows, sums = [], planned.sums_of(c.hosts, c.host_statistics, ONE_CLUSTER)[:3]
    load = c.host_statistics.planned_5min_mhz / c.hosts.cpu_capacity_mhz
    for v in range(c.sizes.vms):
        is_arrival = c.vms.state[v] == VmState.AWAITING_PLACEMENT
        is_movable = c.vms.state[v] == VmState.RUNNING and c.migrations.phase[v] == MigrationPhase.NONE
        if c.vms.commanded[v] or not (is_arrival or is_movable):
            continue
        is_mandatory = bool(is_arrival or will_break_rule(c.vms, c.migrations, v))
        best, best_key, figures = NO_HOST, -FIRST if is_mandatory else 0.0, (0.0, 0.0)
        for h in np.flatnonzero(c.hosts.power_state == PowerState.ON).tolist():
            if h == c.vms.host[v]:
                continue
            gain, overload = what_if(c, sums, v, h)
            is_roomier = is_arrival and best != NO_HOST and load[h] < load[best]
            if gain + overload < best_key or (gain + overload == best_key and not is_roomier):
                continue
            if refusal(c, v, h) == Refusal.ACCEPTED:
                best, best_key, figures = h, gain + overload, (gain, overload)
        if best != NO_HOST:
            rows.append((v, best, *figures, is_mandatory))
    rows.sort(key=lambda row: -(row[2] + row[3] + (FIRST if row[4] else 0.0)))
    return rows[: c.sizes.recommendations]


def listed(c):
    r = c.recommendations
    recommendation.recommend(
        r, c.clusters, c.pools, c.hosts, c.vms, c.migrations, c.paths, c.vm_statistics, c.host_statistics, c.vmotion,
        c.ha, c.virtual_center, c.preferences, True, False,
    )  # fmt: skip
    rows = zip(r.vm, r.destination, r.gain, r.overload_gain, r.is_mandatory, strict=True)
    return [(int(v), int(h), float(g), float(o), bool(m)) for v, h, g, o, m in rows if v != NO_VM]


def drawn(seed):
    """9 hosts and 45 VMs: of one or several sizes, with and without ties, idle or overfull, rules, disks, arrivals."""
    rng = np.random.default_rng(seed)
    hosts, vms = 9, int(rng.choice([12, 45]))
    mhz = rng.uniform(0.0, rng.choice([300.0, 3000.0, 9000.0]), vms)
    if rng.random() < 0.5:
        mhz = np.round(mhz, -3) * rng.choice([1.0, 0.0], vms)  # ties and idle guests
    c = managed(hosts=hosts, vms=vms, on=rng.integers(0, rng.choice([2, hosts]), vms), mhz=mhz)
    c.hosts.cpu_capacity_mhz[:] = rng.choice([10_000.0, rng.choice([10_000.0, 17_000.0])], hosts)
    c.hosts.power_state[rng.random(hosts) < 0.15] = rng.choice([PowerState.ENTERING_STANDBY, PowerState.FAILED])
    c.vms.commanded[rng.random(vms) < 0.1] = 1
    if rng.random() < 0.5:
        c.vms.apart_group[rng.random(vms) < 0.1] = 0
        c.vms.memory_reservation_mb[:] = rng.choice([0.0, 5000.0], vms)
        c.paths.is_reachable[rng.random(hosts) < 0.2] = 0
        c.hosts.cpu_class[:] = rng.random(hosts) < 0.2
        arrive(c, int(rng.integers(vms)))
    look(c)
    return c


@pytest.mark.parametrize("seeds", [range(150), range(150, 300)])
def test_what_is_listed_is_what_trying_everything_lists(seeds):
    rows = 0
    for seed in seeds:
        c = drawn(seed)
        expected = tried(c)
        assert listed(c) == expected, seed
        rows += len(expected)
    assert rows > 500


@pytest.mark.parametrize(("name", "value"), [("_ROOT_OF_NOISE", -1e-2), ("_NOISE", -1.0)])
def test_cutting_too_early_would_lose_a_move(name, value, monkeypatch):
    monkeypatch.setattr(recommendation, name, value)
    assert any(listed(c) != tried(c) for c in map(drawn, range(150)))
