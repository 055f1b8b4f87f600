"""Timeline 13: one VM of 1 vCPU with 4 GB reserved makes every slot of a `rack` so large that power-ons are refused."""

import numpy as np

from tests.managed import plain
from vienv.core import admission, arena
from vienv.core.enums import ONE_CLUSTER, Refusal, VmState
from vienv.core.virtualcenter import commands
from vienv.scenario import Worlds, load

BIG, WAITING = 0, 1


def rack():
    """The preset with two more VMs: one that reserves 4 GB, and one that waits for a host."""
    scenario = load("rack").model_dump(exclude_unset=True) | {
        "vm": [
            {"name": "big", "memory_gb": 4.0, "memory_reservation_mb": 4096.0},
            {"name": "late", "arrives_s": 600.0},
        ]
    }
    worlds = Worlds(load(scenario))
    floats, ints = np.zeros(worlds.num_floats), np.zeros(worlds.num_ints, np.int64)
    worlds.write(floats, ints, "test", 0)
    return lambda view: view(floats, ints, worlds.spans)


def refusal(of):
    hosts, vms = of(arena.hosts_of), of(arena.vms_of)
    vms.state[WAITING] = VmState.AWAITING_PLACEMENT
    judge = plain(commands.refusal_of_placement)
    return judge(of(arena.pools_of), hosts, vms, of(arena.migrations_of), of(arena.paths_of), of(arena.ha_params_of),
                 WAITING, 0)  # fmt: skip


def test_4_gb_reserved_by_one_vm_leaves_7_slots_a_host_and_105_for_160_and_power_ons_are_refused():
    of = rack()
    now = admission.failover(
        of(arena.hosts_of), of(arena.vms_of), of(arena.migrations_of), of(arena.ha_params_of), ONE_CLUSTER
    )
    assert admission.slots_of_host(of(arena.hosts_of), now.slot_mhz, now.slot_mb, 0) == 7
    assert now.slots - now.set_aside == 105
    assert now.used_slots > 160
    assert refusal(of) == Refusal.ADMISSION_CONTROL


def test_without_that_reservation_the_same_power_on_is_accepted():
    of = rack()
    of(arena.vms_of).memory_reservation_mb[BIG] = 0.0
    assert refusal(of) == Refusal.ACCEPTED
