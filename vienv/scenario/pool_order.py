"""In which order resource pools lie: parents before their children, else as the scenario names them."""

from vienv.scenario.schema import Scenario
from vienv.scenario.schema_vms import PoolEntry


def pools_in_order(scenario: Scenario) -> list[PoolEntry]:
    """The pools of a scenario whose parents exist and form no ring."""
    parents = {pool.name: pool.parent for pool in scenario.pools}

    def depth(name: str | None) -> int:
        return 0 if name is None else 1 + depth(parents[name])

    return sorted(scenario.pools, key=lambda pool: depth(pool.name))
