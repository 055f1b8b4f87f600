"""Clusters that differ in what must not matter: hosts that sleep throughout, and hosts' order; beside planted bugs.

Numbers are those of the list of invariants that the project is held to: 30 energy, 34 symmetry. Hosts are equal, each
VM says where it begins and how much it wants, in 1024ths of what it could have. HA's roles go by a host's index and
are left out, as are random failures, which are drawn by index; where hosts' order is changed, ties are avoided: each
host has a VM that nobody moves, and none is emptied.
"""

from collections.abc import Sequence
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tests.managed import plain
from tests.properties import inventories
from tests.properties.management_story import Bug, patched
from vienv.core import compatibility, cpu, power, tick
from vienv.core.enums import NO_HOST, CommandKind, Metric, PowerState, Term
from vienv.core.ha import choice
from vienv.core.state import NEVER
from vienv.core.virtualcenter import evacuation
from vienv.envs.command import carry_out
from vienv.scenario import load
from vienv.scenario.generate import Worlds

INTERVALS = 12
SEEDS = range(5)
MOVABLE = 7
JOULES_PER_KWH = 3.6e6
HOST_FIELDS = ("power_state", "connection", "power_w", "delivered_mhz", "demand_mhz", "consumed_mb", "reserved_mb")
VM_FIELDS = ("state", "up_s", "demand_mhz", "delivered_mhz", "swapped_mb", "ballooned_mb", "up_at_s", "restart_at_s")


def equal_hosts(seed: int, number: int, names: Sequence[int], kinds: Sequence[str]) -> SimpleNamespace:
    """A cluster of that many equal hosts; what the seed does to host h happens to host names[h]."""
    rng = np.random.default_rng(seed)
    kind = {"name": "esx", "count": number, "cores": 2, "core_mhz": 2560.0, "memory_gb": 8.0, "boot_s": 64.0}
    hosts = [f"esx-{h + 1:02d}" for h in names]
    vms = [_vm(rng, f"app-{k}", hosts[int(rng.integers(3))]) for k in range(MOVABLE)]
    vms += [_vm(rng, f"own-{h}", hosts[h]) for h in range(3)]
    incidents = [_incident(rng, kind, hosts) for kind in kinds]
    said = {
        **inventories.ANCHORED,
        "profile": str(rng.choice(["vi3", "vs5"])),
        "hosts": [kind | {"power_w": inventories.WATTS, "cpu_class": "a"}],
        "ha": {"admission": "off", "guest_boot_s": 32.0},
        "power": {"wake_failure_percent": 0, "minimum_hosts_on": 1},
        "demand": {"imbalance_least": 0.0, "imbalance_most": 10.0},
        "memory": {"dirty_median_mb_s": 16.0},
        "vms": {"count": 0},
        "vm": vms,
        "incidents": incidents,
    }
    scenario = load(said)
    c = inventories.world(inventories.Drawn(said, scenario, Worlds(scenario)))
    c.rng = rng
    return c


def _vm(rng: np.random.Generator, name: str, host: str) -> dict[str, Any]:
    return {
        "name": name,
        "vcpus": int(rng.integers(1, 3)),
        "memory_gb": float(rng.choice([1.0, 2.0])),
        "memory_reservation_mb": float(rng.integers(1, 500)),
        "cpu_reservation_mhz": float(rng.integers(1, 100)),
        "load": int(rng.integers(1, 900)) / 1024.0,
        "host": host,
    }


def _incident(rng: np.random.Generator, kind: str, hosts: Sequence[str]) -> dict[str, Any]:
    at = {"kind": kind, "at_s": float(rng.integers(100, 900)), "duration_s": float(rng.integers(60, 300))}
    h = int(rng.integers(3))
    return at if kind == "vc_outage" else at | {"host": hosts[h]}


def play(c: SimpleNamespace, names: Sequence[int], toggles: float, *bugs: Bug) -> list[SimpleNamespace]:
    """Ask for moves among three hosts, and for their standby as often as `toggles` says; the state after every tick."""
    moments: list[SimpleNamespace] = []
    one_tick = plain(tick.tick)

    def recorded(*rows: np.ndarray) -> None:
        one_tick(*rows)
        taken = SimpleNamespace(host=c.vms.host.copy())
        for kind, fields in ((c.hosts, HOST_FIELDS), (c.vms, VM_FIELDS)):
            for name in fields:
                setattr(taken, f"{type(kind).__name__}.{name}", getattr(kind, name).copy())
        moments.append(taken)

    with patched(*bugs, (tick, "tick", recorded)):
        for _ in range(INTERVALS):
            for _ in range(4):
                v, h = int(c.rng.integers(MOVABLE)), names[int(c.rng.integers(3))]
                is_asleep = c.hosts.power_state[h] == PowerState.STANDBY
                toggle = CommandKind.WAKE if is_asleep else CommandKind.STANDBY
                kind = CommandKind.MIGRATE if c.rng.random() >= toggles else toggle
                carry_out(c.floats, c.ints, c.spans, kind, v, h)
            plain(tick.advance)(c.floats, c.ints, c.spans)
    return moments


# 30: a host that sleeps throughout costs its standby watts and changes nothing else


def check_a_sleeper_costs_its_standby_watts(*bugs: Bug) -> None:
    for seed in SEEDS:
        few, more = (equal_hosts(seed, n, range(n), ("host_failure", "maintenance", "vc_outage")) for n in (3, 4))
        more.hosts.power_state[3] = PowerState.STANDBY
        told, told_with_sleeper = play(few, range(3), 0.2, *bugs), play(more, range(4), 0.2, *bugs)
        assert all(m.host.tolist() == n.host.tolist() for m, n in zip(told, told_with_sleeper, strict=True))
        assert more.hosts.power_state[3] == PowerState.STANDBY
        slept_kwh = more.hosts.standby_w[3] * more.clock.now_s[0] / JOULES_PER_KWH
        kwh = few.ledger.episode[Term.ENERGY_KWH]
        assert more.ledger.episode[Term.ENERGY_KWH] - slept_kwh == pytest.approx(kwh, rel=1e-9)


def test_30_a_host_that_sleeps_throughout_costs_its_standby_watts_and_no_more():
    check_a_sleeper_costs_its_standby_watts()


def test_bug_30_a_sleeper_that_draws_idle_watts_is_caught():
    mean_watts = power._mean_watts

    def idle(hosts, curves, h, tick_s):
        if hosts.power_state[h] == PowerState.STANDBY:
            return curves.watts[h * 11]
        return mean_watts(hosts, curves, h, tick_s)

    with pytest.raises(AssertionError):
        check_a_sleeper_costs_its_standby_watts((power, "_mean_watts", idle))


def test_bug_30_a_sleeper_that_takes_vms_is_caught():
    def is_open(hosts, h):
        return hosts.power_state[h] in (PowerState.ON, PowerState.STANDBY) and hosts.connection[h] == 0

    with pytest.raises(AssertionError):
        check_a_sleeper_costs_its_standby_watts((compatibility, "is_open", is_open), (evacuation, "is_open", is_open))


# 34: with equal hosts another order of the hosts gives the same trajectory in that order, to the bit


def check_order_of_hosts_does_not_matter(*bugs: Bug) -> int:
    """Returns how many VMs moved or restarted in all."""
    moved = 0
    for seed in SEEDS:
        names = np.random.default_rng([seed, 1]).permutation(3)
        one, other = (equal_hosts(seed, 3, order, ("host_failure", "vc_outage")) for order in (range(3), names))
        for here, there in zip(play(one, range(3), 0.0, *bugs), play(other, names, 0.0, *bugs), strict=True):
            renamed = np.where(here.host == NO_HOST, NO_HOST, names[here.host])
            assert renamed.tolist() == there.host.tolist()
            for name, values in vars(here).items():
                of_other = vars(there)[name]
                if name.startswith("Hosts"):
                    assert values.tolist() == of_other[names].tolist(), name
                elif name.startswith("Vms"):
                    assert values.tolist() == of_other.tolist(), name
        assert one.ledger.episode == pytest.approx(other.ledger.episode, rel=1e-9)
        moved += one.ledger.episode[Term.MIGRATIONS] + one.metrics.value[Metric.RESTARTS]
    return moved


def test_34_another_order_of_equal_hosts_gives_the_same_trajectory_in_that_order():
    assert check_order_of_hosts_does_not_matter() >= 20


def first_with_room(hosts, vms, migrations, paths, protection, ha, v, segment, at_s):
    """HA's choice, blind to how much is unreserved."""
    for h in range(hosts.power_state.size):
        if choice._takes_restarts(hosts, h, at_s) and compatibility.has_room(hosts, vms, v, h):
            return h
    return NO_HOST


def favour_the_first(hosts, vms, *rest):
    SCHEDULE(hosts, vms, *rest)
    hosts.delivered_mhz[0] *= 0.5


SCHEDULE = cpu.schedule


@pytest.mark.parametrize(
    "bug",
    [
        ("vienv.core.ha.restarts", "roomiest_host", first_with_room),
        ("vienv.core.cpu", "schedule", favour_the_first),
        ("vienv.core.power", "due_at_s", lambda hosts, h: NEVER if h == 0 else DUE(hosts, h)),
    ],
    ids=["HA takes the first host", "host 0 works half as much", "host 0 has no timers"],
)
def test_bug_34_hosts_that_are_told_apart_by_their_index_are_caught(bug):
    module, name, fault = bug
    with pytest.raises(AssertionError):
        check_order_of_hosts_does_not_matter((import_module(module), name, fault))


DUE = power.due_at_s
