"""A command writes only what it changed, and the output is what writing everything would give, to the last bit."""

from typing import Any

import numpy as np
import pytest

from tests.envs.play import (
    CLUSTERED,
    HOSTED,
    KEPT,
    LINKED,
    MIXED,
    RULED,
    STORED,
    actions,
    clusters,
    copy_of,
    put_back,
)
from vienv.core import arena
from vienv.core.enums import NO_HOST, NO_VM, CommandKind, Refusal
from vienv.core.state import Clock
from vienv.envs import show
from vienv.envs.action import decode_cluster, decode_recommendation

CLUSTER, RECOMMENDATIONS = "vienv/Cluster-v0", "vienv/Recommendations-v0"
_EVEN = {"imbalance_least": 0.0, "imbalance_most": 10.0}

LIKE: dict[str, Any] = {
    "name": "like",
    "duration_h": 6,
    "hosts": [{"count": 6, "server": "HP ML110 G5", "memory_gb": 8}],
    "vm": [
        {"name": f"vm-{k}", "memory_gb": 0.75, "vcpus": 1 + k % 3, "load": 0.05 + 0.05 * (k % 5)} for k in range(20)
    ],
    "ha": {"admission": "off"},
    "demand": _EVEN,
}
"""Equal hosts and plain VMs, about which much is decided at once."""

TIGHT: dict[str, Any] = MIXED | {
    "name": "tight",
    "vm": [
        *[
            {"name": f"vm-{k}", "memory_gb": 0.5 + 0.25 * (k % 3), "memory_reservation_mb": 128 * (k % 4)}
            for k in range(24)
        ],
        *[{"name": f"apart-{k}", "memory_gb": 0.5, "apart": "rivals"} for k in range(3)],
        *[{"name": f"together-{k}", "memory_gb": 0.5, "together": "friends"} for k in range(3)],
        {"name": "late", "arrives_s": 300, "memory_gb": 1},
    ],
    "incidents": [{"kind": "maintenance", "at_s": 600, "duration_s": 3600, "host": "core-02"}],
    "ha": {"admission": "off"},
    "demand": _EVEN | {"mean_load": 0.55},
}
"""Hosts that are nearly full, two CPU classes, rules, an arrival, maintenance."""


def shown_anew(env):
    """What writing everything gives, for a copy of the batch's only cluster; unlike `env.rows` it leaves no trace."""
    floats, ints, output = env._floats[0].copy(), env._ints[0].copy(), np.zeros_like(env._output[0])
    arena.clock_of(floats, ints, env._spans).is_shown[0] = 0
    _, first, end, _, _ = show.offsets_of(*(int(n) for n in env._spans[-2]))
    output[first:end] = NO_HOST
    show.show(floats, ints, env._spans, output)
    return output


def kind_of(env, action):
    """The command that an action gives."""
    rows = env._floats[0], env._ints[0], env._spans
    hosts, vms = arena.hosts_of(*rows), arena.vms_of(*rows)
    if env.layout.num_actions == 1 + env.layout.num_vms + env.layout.num_hosts:
        return decode_cluster(action, arena.clock_of(*rows), hosts, vms, env.layout.num_vms)[0]
    return decode_recommendation(action, hosts, vms, arena.recommendations_of(*rows))[0]


@pytest.mark.parametrize("face", [CLUSTER, RECOMMENDATIONS])
@pytest.mark.parametrize(
    "scenario",
    ["lab", MIXED, TIGHT, LIKE, LINKED, KEPT, RULED, HOSTED, CLUSTERED, STORED],
    ids=["lab", "mixed", "tight", "like", "linked", "kept", "ruled", "hosted", "clustered", "stored"],
)
def test_after_every_command_the_output_is_what_writing_everything_gives(scenario, face):
    env = clusters(1, scenario, face=face, max_hosts=8, max_vms=48)
    env.reset(seed=3)
    clock = arena.batch_of(Clock, env._floats, env._ints, env._spans)
    draws, accepted = [np.random.default_rng(3)], set()
    for _ in range(90):
        action = actions(env, draws, commit=0.1)
        if draws[0].random() < 0.1:
            action[0] = draws[0].integers(env.single_action_space.n)  # legal or not
        kind, was_shown = kind_of(env, int(action[0])), clock.is_shown[0, 0]
        env.step(action)
        assert was_shown == clock.is_shown[0, 0] == 1
        if env._outcome.refusal[0, 0] == Refusal.ACCEPTED:
            accepted.add(kind)
        assert np.array_equal(env._output[0], shown_anew(env)), (action, kind)
    assert {CommandKind.COMMIT, CommandKind.MIGRATE, CommandKind.STANDBY} <= accepted
    assert (CommandKind.PICK in accepted) == (face == CLUSTER)


def test_rows_that_somebody_wrote_are_shown_at_the_next_step():
    env = clusters(1, "lab")
    env.reset(seed=0)
    arena.vms_of(*env.rows(0)).memory_mb[2] *= 0.5
    env.step([1])
    assert np.array_equal(env._output[0], shown_anew(env))


def test_rows_that_were_put_back_are_shown_at_the_next_step():
    env = clusters(1, "lab")
    env.reset(seed=0)
    saved, (first, second) = copy_of(env), np.flatnonzero(env.action_masks()[0, 1:])[:2] + 1
    env.step([first])
    env.step([int(np.flatnonzero(env.action_masks()[0, 1:])[0]) + 1])
    put_back(env, saved)
    env.step([second])
    assert arena.clock_of(*env.rows(0)).picked[0] != NO_VM
    assert np.array_equal(env._output[0], shown_anew(env))
