"""Play one policy in a batch of worlds of one scenario, and say what it did.

Worlds are played in fixed batches of BATCH neighbours (0-7, 8-15, ...), whatever a run asks for. Networks then always
see the same shape and every row the same neighbours, so a cell's bytes do not depend on how many worlds were asked
for, which of them were missing, or how many processes played.
"""

import numpy as np

from vienv.contest.bill import SECONDS_PER_HOUR
from vienv.contest.competitors import Competitor
from vienv.envs.vector_env import ClusterVectorEnv
from vienv.scenario.schema import Scenario

BATCH = 8
SPLIT = "test"


def batches(first: int, number: int) -> list[int]:
    """First worlds of the batches that hold worlds first .. first + number - 1."""
    return list(range(first // BATCH * BATCH, first + number, BATCH))


def play(competitor: Competitor, scenario: Scenario, demand: str | None, first_world: int) -> list[dict[str, float]]:
    """Totals of worlds first_world .. first_world + BATCH - 1, one dict a world."""
    env = ClusterVectorEnv(
        num_envs=BATCH,
        face=competitor.env_id,
        scenario=scenario,
        demand=demand,
        split=SPLIT,
        worlds=list(range(first_world, first_world + BATCH)),
        foresight_samples=competitor.foresight_samples,
        autoreset_mode="Disabled",
        **dict(competitor.env_settings),
    )
    policy = competitor.policy()
    policy.reset(BATCH, first_world)
    observation, _ = env.reset()
    is_over = np.zeros(BATCH, dtype=bool)
    while not is_over.all():
        actions = policy.act(observation, env.action_masks())
        observation, _, terminations, truncations, _ = env.step(actions)
        is_over |= terminations | truncations
    totals = env.report()
    env.close()
    hours = scenario.interval_s / SECONDS_PER_HOUR
    return [total | {"hours": total["intervals"] * hours} for total in totals]
