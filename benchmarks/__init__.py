"""Speed and fidelity against others."""
