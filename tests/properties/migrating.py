"""Random worlds in which VMs migrate, hosts close and open, and hosts die; for the invariants of vMotion."""

import random
from collections.abc import Iterator
from types import SimpleNamespace

from tests import clusters
from tests.vmotions import order, run_tick
from vienv.core import arena, compatibility, inventory
from vienv.core.enums import ConnectionState, PowerState, Refusal, VmState
from vienv.core.state import NEVER

TICKS = 8


def world(seed: int, has_shared_storage: bool = True) -> SimpleNamespace:
    """A cluster with flaws and a script: for each tick what is done before it, and who dies in it.

    Drawn from the seed alone, for draws that hypothesis biases to the small give worlds in which little migrates."""
    dice = random.Random(seed)
    hosts, vms = dice.randint(2, 4), dice.randint(2, 8)
    c = clusters.cluster(hosts=hosts, vms=vms, datastores=hosts)
    clusters.settings(
        c,
        vmotion_setup_s=dice.choice([0.0, 1.0, 30.0]),
        vmotion_has_sdps=dice.randint(0, 1),
        vmotion_datastore_limit=dice.randint(1, 4),
    )
    c.hosts.vmkernel_mbps[:] = dice.choices([1000.0, 10_000.0, 100.0, 0.0], [7, 1, 1, 1], k=hosts)
    c.hosts.cpu_class[:] = dice.choices([0, 1], [7, 1], k=hosts)
    c.hosts.vmotion_limit[:] = dice.choices([1, 2, 4], k=hosts)
    c.vms.touched_mb[:] = dice.choices([64.0, 1024.0, 4096.0, 8192.0], k=vms)
    c.vms.working_set_mb[:] = c.vms.touched_mb * dice.choice([0.2, 1.0])
    c.vms.dirty_mb_s[:] = dice.choices([0.0, 1.0, 20.0, 60.0, 150.0], k=vms)
    c.vms.memory_reservation_mb[:] = dice.choices([0.0, 512.0, 4096.0], [4, 4, 1], k=vms)
    c.vms.host[:] = dice.choices(range(hosts), k=vms)
    c.vms.datastore[:] = dice.choices(range(hosts), k=vms) if has_shared_storage else c.vms.host
    c.migrations.started_at_s[:] = -NEVER
    for h in range(hosts):
        for d in range(hosts):
            c.paths.is_reachable[h * hosts + d] = int(h == d or (has_shared_storage and dice.random() < 0.9))
    for v in range(vms):
        c.paths.is_reachable[c.vms.host[v] * hosts + c.vms.datastore[v]] = 1
    c.script = [[_act(dice, hosts, vms) for _ in range(dice.randint(0, 2 * vms))] for _ in range(TICKS)]
    c.deaths = {
        dice.randrange(TICKS): (dice.randrange(hosts), dice.uniform(0.01, 1.0)) for _ in range(dice.randint(0, 2))
    }
    return c


def _act(dice: random.Random, hosts: int, vms: int) -> tuple[str, int, int]:
    if dice.random() < 0.9:
        return "move", dice.randrange(vms), dice.randrange(hosts)
    return dice.choice(["drain", "maintain", "open", "open", "open"]), dice.randrange(hosts), 0


def play(c: SimpleNamespace) -> Iterator[tuple[SimpleNamespace, SimpleNamespace, set[int]]]:
    """Play the script; after each tick give the cluster before it, as it is now, and who died. The dead stay so."""
    for t, acts in enumerate(c.script):
        inventory.group(c.hosts, c.vms, c.migrations, c.clock)
        for kind, a, b in acts:
            act(c, kind, a, b)
        before = copy_of(c)
        dead = {}
        if t in c.deaths and c.hosts.power_state[c.deaths[t][0]] != PowerState.FAILED:
            dead[c.deaths[t][0]] = c.clock.now_s[0] + c.deaths[t][1] * c.clock.tick_s[0]
        run_tick(c, dead)
        yield before, c, set(dead)
        for h in dead:
            c.hosts.power_state[h] = PowerState.FAILED
            c.vms.state[c.vms.host == h] = VmState.DOWN
            c.clock.placement_changed[0] = 1


def act(c: SimpleNamespace, kind: str, a: int, b: int) -> None:
    if kind == "move":
        refusal = compatibility.refusal_of_vmotion(c.hosts, c.vms, c.migrations, c.paths, c.vmotion, a, b)
        if refusal == Refusal.ACCEPTED:
            order(c, a, b)
    elif c.hosts.power_state[a] != PowerState.FAILED:
        c.hosts.power_state[a] = PowerState.ENTERING_STANDBY if kind == "drain" else PowerState.ON
        c.hosts.connection[a] = (
            ConnectionState.ENTERING_MAINTENANCE if kind == "maintain" else ConnectionState.CONNECTED
        )


def copy_of(c: SimpleNamespace) -> SimpleNamespace:
    floats, ints = c.floats.copy(), c.ints.copy()
    names = ("clock", "hosts", "vms", "migrations", "datastores")
    return SimpleNamespace(**{n: getattr(arena, f"{n}_of")(floats, ints, c.spans) for n in names})
