"""Registers the environments' ids with Gymnasium; done once, when `vienv` is imported."""

import gymnasium

from vienv.envs.action import FACES

PLANETLAB = "vienv/PlanetLab-v0"
"""CloudSim's world, and the one id without a scenario."""


def register() -> None:
    """Register every id, with its native vector environment as `make_vec`'s entry point."""
    for face in FACES:
        gymnasium.register(
            face,
            entry_point="vienv.envs.cluster_env:ClusterEnv",
            vector_entry_point="vienv.envs.vector_env:ClusterVectorEnv",
            kwargs={"face": face},
        )
    gymnasium.register(
        PLANETLAB,
        entry_point="vienv.envs.planetlab.env:PlanetLabEnv",
        vector_entry_point="vienv.envs.planetlab.vector_env:PlanetLabVectorEnv",
    )
