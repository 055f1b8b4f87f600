"""EVC: hosts of two generations are one class under a baseline that both can present, and two without."""

import numpy as np
import pytest

from vienv.core import arena
from vienv.core.compatibility import refusal_of_power_on, refusal_of_vmotion
from vienv.core.enums import Refusal, VmState
from vienv.scenario import Worlds, load
from vienv.scenario.hardware import GENERATIONS, SERVERS

BASELINE = "Intel Core 65 nm"
E5440, E5345 = 0, 1


def two_generations(**said):
    """A host with E5440 and one with E5345, a VM on the first."""
    hosts = [
        {"name": "new", "server": "Dell 2950 III", "memory_gb": 16},
        {"name": "old", "server": "Supermicro 6025B", "memory_gb": 16},
    ]
    worlds = Worlds(load({"name": "mixed", "hosts": hosts, "vm": [{"name": "a", "host": "new-01"}], **said}))
    rows = np.zeros(worlds.num_floats), np.zeros(worlds.num_ints, np.int64)
    worlds.write(*rows, "test", 0)
    return lambda view: view(*rows, worlds.spans)


def vmotion(of):
    views = (arena.hosts_of, arena.vms_of, arena.migrations_of, arena.paths_of, arena.vmotion_params_of)
    return refusal_of_vmotion(*map(of, views), 0, E5345)


def test_vmotion_from_e5440_to_e5345_is_refused_without_evc_and_accepted_with_it():
    assert vmotion(two_generations()) == Refusal.CPU_CLASS
    assert vmotion(two_generations(evc=BASELINE)) == Refusal.ACCEPTED


def test_a_vm_that_is_powered_off_starts_on_either_without_evc():
    of = two_generations()
    of(arena.vms_of).state[0] = VmState.AWAITING_PLACEMENT
    views = (arena.hosts_of, arena.vms_of, arena.migrations_of, arena.paths_of)
    assert [refusal_of_power_on(*map(of, views), 0, h, True) for h in (E5440, E5345)] == [Refusal.ACCEPTED] * 2


def test_every_server_but_those_older_than_evc_is_of_one_of_its_generations():
    assert {s.cpu_class for s in SERVERS.values()} - set(GENERATIONS) == {"Intel NetBurst"}


@pytest.mark.parametrize("name", ["lab", "office", "rack", "datacenter", "rack-modern"])
def test_presets_have_one_cpu_class_each(name):
    assert set(Worlds(load(name)).inventory.cpu_class) == {0}
