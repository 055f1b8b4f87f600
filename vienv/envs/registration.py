"""Registers the environments' ids with Gymnasium; done once, when `vienv` is imported."""

import gymnasium

from vienv.envs.action import FACES


def register() -> None:
    """Register every face under its id, with the native vector environment as `make_vec`'s entry point."""
    for face in FACES:
        gymnasium.register(
            face,
            entry_point="vienv.envs.cluster_env:ClusterEnv",
            vector_entry_point="vienv.envs.vector_env:ClusterVectorEnv",
            kwargs={"face": face},
        )
