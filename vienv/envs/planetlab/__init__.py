"""`vienv/PlanetLab-v0`: CloudSim's consolidation experiment on PlanetLab's days, one interval of 300 s a decision."""
