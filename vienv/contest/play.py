"""Play one policy in a batch of worlds of one scenario, and say what it did.

Worlds are played in fixed batches of BATCH neighbours (0-7, 8-15, ...), whatever a run asks for. Networks then always
see the same shape and every row the same neighbours, so a cell's bytes do not depend on how many worlds were asked
for, which of them were missing, or how many processes played.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from vienv import baselines
from vienv.baselines.open_loop import OpenLoop
from vienv.baselines.policy import COMMIT, Policy
from vienv.contest.bill import SECONDS_PER_HOUR
from vienv.contest.competitors import Competitor
from vienv.contest.entries import Entry
from vienv.core import arena
from vienv.envs.vector_env import ClusterVectorEnv

BATCH = 8
SPLIT = "test"
LOG_SPLIT, LOG_WORLD = "tune", 0
"""Where the log that open-loop replays is taken."""


def batches(first: int, number: int) -> list[int]:
    """First worlds of the batches that hold worlds first .. first + number - 1."""
    return list(range(first // BATCH * BATCH, first + number, BATCH))


def play(competitor: Competitor, entry: Entry, first_world: int) -> list[dict[str, float]]:
    """Totals of worlds first_world .. first_world + BATCH - 1, one dict a world."""
    policy = competitor.policy()
    if isinstance(policy, OpenLoop):
        policy.load(_log(baselines.make(policy.log_of), entry))
    settings = {"foresight_samples": competitor.foresight_samples, **dict(competitor.env_settings)}
    env = _environment(policy, entry, SPLIT, range(first_world, first_world + BATCH), **settings)
    for _ in _actions(env, policy, first_world):
        pass
    totals = env.report()
    env.close()
    hours = entry.scenario.interval_s / SECONDS_PER_HOUR
    return [total | {"hours": total["intervals"] * hours} for total in totals]


def _environment(
    policy: Policy, entry: Entry, split: str, worlds: Sequence[int], **settings: int | bool
) -> ClusterVectorEnv:
    return ClusterVectorEnv(
        num_envs=len(worlds),
        face=policy.env_id,
        scenario=entry.scenario,
        demand=entry.demand,
        split=split,
        worlds=list(worlds),
        autoreset_mode="Disabled",
        **settings,  # type: ignore[arg-type]
    )


def _actions(env: ClusterVectorEnv, policy: Policy, seed: int) -> Iterator[NDArray[np.int64]]:
    """Play every cluster of the batch to its end, and yield what is about to be done at each step."""
    policy.reset(env.num_envs, seed)
    observation, _ = env.reset()
    is_over = np.zeros(env.num_envs, dtype=bool)
    while not is_over.all():
        actions = policy.act(observation, env.action_masks())  # type: ignore[arg-type]
        yield actions
        observation, _, terminations, truncations, _ = env.step(actions)
        is_over |= terminations | truncations


def _log(policy: Policy, entry: Entry) -> NDArray[np.int64]:
    """All that a policy of Recommendations-v0 did in one world apart from the contest's, as actions of Cluster-v0."""
    env = _environment(policy, entry, LOG_SPLIT, [LOG_WORLD])
    log: list[int] = []
    for actions in _actions(env, policy, LOG_WORLD):
        log += _named(env, int(actions[0]))
    env.close()
    return np.array(log)


def _named(env: ClusterVectorEnv, action: int) -> list[int]:
    """An action of Recommendations-v0 in the batch's first cluster, as actions of Cluster-v0: which VM, which host."""
    rows, num_vms = arena.recommendations_of(*env.rows(0)), env.layout.num_vms
    if action == COMMIT:
        return [COMMIT]
    if action > rows.vm.size:
        return [1 + num_vms + action - 1 - rows.vm.size]
    return [1 + int(rows.vm[action - 1]), 1 + num_vms + int(rows.destination[action - 1])]
