"""VirtualCenter: commands, its calendar, evacuations, and what it knows."""
