"""Training of the agents that compete: recipes, networks, export; run from the checkout, never installed.

`python -m agents.train tuner --seed 0 --out FOLDER` trains one, `python -m agents.tune` tunes DRS and DPM by the same
number of evaluations on the same worlds. A trained agent is a folder (`agent.toml`, `policy.onnx`, `card.md`) that
`vienv compete --policies FOLDER` plays without torch.
"""
