"""Policies that try to cheat the bill must pay more than doing nothing: one test a trick, on `office` and on `rack`."""

from collections.abc import Callable

import numpy as np
import pytest

from vienv.core.columns import ClusterColumn, HostColumn, VmColumn
from vienv.envs.vector_env import ClusterVectorEnv
from vienv.scenario import load

COMMIT = 0
NUM_WORLDS = 3
HOURS = 12
LONG_S = 10.0 * 86400
Chooser = Callable[[dict, np.ndarray, int], int]
"""One cluster's observation, its mask and the intervals done -> an action of Cluster-v0."""


def scenario(name: str, **changes):
    document = load(name).model_dump(mode="json", exclude_unset=True)
    return load(document | {"duration_h": HOURS} | changes)


def bill(world_scenario, choose: Chooser) -> float:
    env = ClusterVectorEnv(
        NUM_WORLDS, world_scenario, split="test", worlds=range(NUM_WORLDS), autoreset_mode="Disabled", debug=False
    )
    observations, _ = env.reset()
    intervals = np.zeros(NUM_WORLDS, int)
    is_over = np.zeros(NUM_WORLDS, bool)
    while not is_over.all():
        masks = env.action_masks()
        actions = np.array(
            [
                choose({name: part[e] for name, part in observations.items()}, masks[e], intervals[e])
                for e in range(NUM_WORLDS)
            ]
        )
        observations, _, terminations, truncations, _ = env.step(actions)
        intervals += actions == COMMIT
        is_over |= terminations | truncations
    return sum(report["bill"] for report in env.report())


def place_arrivals(observation, mask, _interval) -> int:
    """Static: first fit for what has just arrived, nothing else."""
    num_vms = len(observation["vms"])
    if observation["cluster"][ClusterColumn.IS_PICKED]:
        return int(np.flatnonzero(mask[1 + num_vms :])[0]) + 1 + num_vms
    waiting = np.flatnonzero(observation["vms"][:, VmColumn.WAITING] * mask[1 : 1 + num_vms])
    return int(waiting[0]) + 1 if len(waiting) else COMMIT


def do_nothing(_observation, _mask, _interval) -> int:
    return COMMIT


def crowd_one_host(observation, mask, interval) -> int:
    """All VMs on host 0: the hosts that are left would be perfectly balanced, if only they slept."""
    num_vms = len(observation["vms"])
    if observation["cluster"][ClusterColumn.IS_PICKED]:
        return 1 + num_vms if mask[1 + num_vms] else COMMIT
    toggles = np.flatnonzero(mask[2 + num_vms :] * observation["hosts"][1:, HostColumn.ON])
    if len(toggles):
        return int(toggles[-1]) + 2 + num_vms
    elsewhere = np.flatnonzero((observation["placement"] != 0) * mask[1 : 1 + num_vms])
    return int(elsewhere[interval % len(elsewhere)]) + 1 if len(elsewhere) else COMMIT


def shuffle_small_vms(observation, mask, interval) -> int:
    """As many migrations as the cap allows, of the VMs that are cheapest to move, in the busiest hours' half."""
    num_vms = len(observation["vms"])
    if observation["cluster"][ClusterColumn.IS_PICKED]:
        return int(np.flatnonzero(mask[1 + num_vms :])[interval % 2 - 1]) + 1 + num_vms
    legal = np.flatnonzero(mask[1 : 1 + num_vms])
    if not len(legal):
        return COMMIT
    return int(legal[np.argmin(observation["vms"][legal, VmColumn.DEMAND_5])]) + 1


def flap(observation, mask, _interval) -> int:
    """Every host to standby that may go, every one woken that sleeps, each interval."""
    toggles = np.flatnonzero(mask[1 + len(observation["vms"]) :])
    return int(toggles[0]) + 1 + len(observation["vms"]) if len(toggles) else COMMIT


def sleep_before_the_end(observation, mask, interval) -> int:
    """Hosts off in the last half hour, when nobody will miss them."""
    return sleep_all(observation, mask, interval) if interval >= HOURS * 12 - 6 else COMMIT


def sleep_all(observation, mask, _interval) -> int:
    """Every host to standby that may go, the last first; none is ever woken."""
    num_vms = len(observation["vms"])
    toggles = np.flatnonzero(mask[1 + num_vms :] * observation["hosts"][:, HostColumn.ON])
    return int(toggles[-1]) + 1 + num_vms if len(toggles) else COMMIT


@pytest.mark.parametrize("name", ["office", "rack"])
@pytest.mark.parametrize("trick", [crowd_one_host, shuffle_small_vms, flap, sleep_before_the_end])
def test_a_trick_costs_more_than_doing_nothing(name, trick):
    world = scenario(name)
    assert bill(world, trick) > bill(world, do_nothing)


@pytest.mark.parametrize("name", ["office", "rack"])
def test_leaving_an_arrival_unplaced_costs_more_than_placing_it(name):
    vms = load(name).model_dump(mode="json", exclude_unset=True)["vms"] | {"arriving_percent": 10.0}
    world = scenario(name, vms=vms)
    assert bill(world, do_nothing) > 1.5 * bill(world, place_arrivals)


@pytest.mark.parametrize("name", ["office", "rack"])
def test_driving_the_cluster_to_termination_costs_more_than_doing_nothing(name):
    """The hosts that a miser leaves on all die at noon: with every peer asleep nobody sends a magic packet."""
    document = load(name).model_dump(mode="json", exclude_unset=True)
    names = ClusterVectorEnv(1, load(document)).worlds.host_names
    deaths = [
        {"kind": "host_failure", "host": host, "at_s": HOURS * 1800.0, "duration_s": LONG_S}
        for host in names[: len(names) * 5 // 8]
    ]
    world = scenario(name, incidents=deaths)
    assert bill(world, sleep_all) > bill(world, do_nothing)
