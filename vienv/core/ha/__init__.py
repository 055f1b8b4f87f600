"""HA: hosts die, and their VMs restart elsewhere."""
