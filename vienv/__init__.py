"""A Gymnasium environment of a VMware Infrastructure cluster: ESX hosts, VirtualCenter, vMotion, DRS, DPM and HA."""

__version__ = "0.1.0"
