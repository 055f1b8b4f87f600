"""The folder of a trained agent: weights, `agent.toml`, its untrained self, and the card that tells its story."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from agents.evaluate import Standing, TuneWorlds
from agents.export import OPSET, write_agent
from agents.networks import NETWORKS
from agents.recipes import Recipe
from agents.training import PLAYS, Checkpoint
from vienv import __version__, baselines
from vienv.core.jit import source_hash

CARD, CURVE, UNTRAINED = "card.md", "learning_curve.png", "untrained"
BASELINES = ("static", "drs-3", "drs-dpm")
_KERNELS = source_hash()[:16]
"""Of the sources that this process began with: they may be edited while it trains."""
_INCHES, _DOTS_AN_INCH = (6.4, 3.6), 120


def write_folder(
    folder: Path,
    recipe: Recipe,
    recipe_name: str,
    seed: int,
    checkpoints: Sequence[Checkpoint],
    tune: TuneWorlds,
) -> None:
    """Write the best checkpoint, the untrained policy, the card and the learning curve."""
    best = min(checkpoints, key=lambda checkpoint: checkpoint.best.overall)
    first = checkpoints[0]
    network = NETWORKS[recipe.network](recipe.commit_bias)
    for target, checkpoint, suffix in ((folder, best, ""), (folder / UNTRAINED, first, "-untrained")):
        network.load_state_dict(checkpoint.state)
        write_agent(
            target, network, recipe, seed, checkpoint.best_play, checkpoint.steps, checkpoint.train_worlds, suffix
        )
    beside = {name: tune.measure(baselines.make(name)) for name in BASELINES}
    _draw_curve(folder / CURVE, recipe, checkpoints, beside)
    standings = {recipe.name: best.best, f"{recipe.name}, untrained": first.best, **beside}
    (folder / CARD).write_text(_card(recipe, recipe_name, seed, checkpoints, best, standings))


def _card(
    recipe: Recipe,
    recipe_name: str,
    seed: int,
    checkpoints: Sequence[Checkpoint],
    best: Checkpoint,
    standings: dict[str, Standing],
) -> str:
    scenarios = " and ".join(f"`{name}`" for name in recipe.scenarios)
    return f"""# {recipe.name}, training seed {seed}

{recipe.description} Plays `{recipe.env_id}` by {best.best_play}; a decision holds for {recipe.decision_intervals}
intervals of 300 s. MaskablePPO, trained on {best.train_worlds:,} worlds of the `train` split of {scenarios} for
{checkpoints[-1].steps:,} environment steps. The checkpoint shipped is that of {best.steps:,} steps, chosen with its way
of playing by the unclipped bill on {recipe.tune_worlds} `tune` worlds of each scenario. It has never seen another
scenario: elsewhere it plays zero-shot. The network scores rows against a summary of all rows, so it takes any number
of hosts.

## On the tune worlds

These figures chose the checkpoint, so they flatter a little; what counts is `vienv compete` on `test` worlds. Index:
bill in percent of static's. The untrained policy has the same network and actions before the first step, played in
the better of both ways: what it saves is the heuristics' doing, what the trained one saves beyond that was learnt.

{_standings(recipe, standings)}

## Learning curve

![learning curve]({CURVE})

{_curve(checkpoints)}

## Made with

`python -m agents.train {recipe_name} --seed {seed} --out FOLDER` repeats it bit for bit on one machine
(vienv {__version__}, kernels `{_KERNELS}`, ONNX opset {OPSET}). `untrained/` is the untrained policy.

{_settings(recipe)}
"""


def _standings(recipe: Recipe, standings: dict[str, Standing]) -> str:
    heads = [
        f"{scenario} {what}" for scenario in recipe.scenarios for what in ("index", "moves/day", "power cycles/day")
    ]
    rows = []
    for name, standing in standings.items():
        cells = [f"{standing.overall:.1f}"]
        for scenario in recipe.scenarios:
            cells.append(f"{standing.cost_index[scenario]:.1f}")
            cells.append(f"{standing.migrations_a_day[scenario]:.0f}")
            cells.append(f"{standing.power_cycles_a_day[scenario]:.1f}")
        rows.append([name, *cells])
    return _table(["policy", "index", *heads], rows)


def _curve(checkpoints: Sequence[Checkpoint]) -> str:
    rows = [
        [f"{c.steps:,}", str(c.train_worlds), *(f"{c.standings[play].overall:.1f}" for play in PLAYS)]
        for c in checkpoints
    ]
    return _table(["steps", "train worlds", *(f"index, {play}" for play in PLAYS)], rows)


def _settings(recipe: Recipe) -> str:
    hidden = ("name", "env_id", "description", "scenarios", "decision_intervals")
    return _table(["setting", "value"], [[k, str(v)] for k, v in asdict(recipe).items() if k not in hidden])


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _draw_curve(path: Path, recipe: Recipe, checkpoints: Sequence[Checkpoint], beside: dict[str, Standing]) -> None:
    import matplotlib  # noqa: PLC0415 - the extra `viz`

    matplotlib.use("Agg")
    from matplotlib import pyplot  # noqa: PLC0415

    figure, axes = pyplot.subplots(figsize=_INCHES, dpi=_DOTS_AN_INCH, layout="constrained")
    steps = [c.steps for c in checkpoints]
    for play in PLAYS:
        axes.plot(steps, [c.standings[play].overall for c in checkpoints], marker="o", label=f"{recipe.name}, {play}")
    for shade, (name, standing) in enumerate(beside.items()):
        axes.axhline(standing.overall, color=f"C{2 + shade}", linestyle="--", linewidth=1, label=name)
    axes.set_xlabel("environment steps")
    axes.set_ylabel("bill on tune worlds, % of static")
    axes.legend(fontsize="small")
    figure.savefig(path, metadata={"Software": None})
    pyplot.close(figure)
