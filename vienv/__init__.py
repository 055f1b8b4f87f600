"""A Gymnasium environment of a VMware Infrastructure cluster: ESX hosts, VirtualCenter, vMotion, DRS, DPM and HA.

`import vienv` registers `vienv/Cluster-v0`, `vienv/Recommendations-v0` and `vienv/DrsTuning-v0`, and CloudSim's world,
`vienv/PlanetLab-v0`.
"""

from vienv.envs.registration import register as _register

__version__ = "0.1.0"

_register()
