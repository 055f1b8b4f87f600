"""Floor 1: what people write. A scenario in TOML, JSON or a dict becomes any number of worlds.

worlds = Worlds(load("office"))
worlds.write(floats_row, ints_row, "train", 0)
"""

from vienv.scenario.generate import Worlds
from vienv.scenario.load import league_names, load, preset_names
from vienv.scenario.refusal import ScenarioError
from vienv.scenario.schema import Scenario

__all__ = ["Scenario", "ScenarioError", "Worlds", "league_names", "load", "preset_names"]
