"""`python -m agents.train tuner|recommend --seed 0 --out FOLDER`: train an agent and write the folder that competes.

The folder appears whole, when all is done: a run that is stopped leaves nothing behind, and is begun anew by the same
command. In FOLDER/untrained lies the same agent before its first step, for comparison.
"""

import shutil
import sys
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from agents.recipes import RECIPES, Recipe

WRONG_INPUT, INTERRUPTED = 2, 130
MAXIMUM_SEED = 2**31 - 1


def main(
    recipe: Annotated[str, typer.Argument(help=f"One of: {', '.join(RECIPES)}.")],
    out: Annotated[Path, typer.Option(help="Folder to write; it must not exist yet.")],
    seed: Annotated[int, typer.Option(help="Of weights, worlds and draws; the same seed gives the same agent.")] = 0,
    steps: Annotated[int, typer.Option(help="Environment steps, for a quick look; 0 is the recipe's budget.")] = 0,
    tune_worlds: Annotated[int, typer.Option(help="Worlds that choose the checkpoint; 0 is the recipe's number.")] = 0,
) -> None:
    """Train an agent."""
    if recipe not in RECIPES:
        _refuse(f"recipe {recipe!r} is unknown; allowed are {', '.join(RECIPES)}")
    if not 0 <= seed <= MAXIMUM_SEED:
        _refuse(f"--seed {seed}: must be 0 .. {MAXIMUM_SEED}")
    if steps < 0 or tune_worlds < 0:
        _refuse(f"--steps {steps} --tune-worlds {tune_worlds}: neither may be negative")
    if out.exists():
        _refuse(f"--out {out}: exists already; name a folder that does not")
    chosen = RECIPES[recipe]
    chosen = replace(chosen, total_steps=steps or chosen.total_steps, tune_worlds=tune_worlds or chosen.tune_worlds)
    try:
        train_into(out, chosen, recipe, seed)
    except KeyboardInterrupt:
        typer.echo("stopped; nothing was written", err=True)
        raise typer.Exit(INTERRUPTED) from None


def train_into(out: Path, recipe: Recipe, recipe_name: str, seed: int) -> None:
    """Train by a recipe and write the folder; it is staged beside `out` under a hidden name until it is whole."""
    from agents import card, training  # noqa: PLC0415 - torch is slow to import, and a wrong argument is told at once
    from agents.evaluate import TuneWorlds  # noqa: PLC0415

    console = Console(stderr=True)
    out.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        with console.status("compiling kernels, if need be, and playing static"):
            tune = TuneWorlds(recipe.scenarios, recipe.tune_worlds)
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed:,.0f} steps"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=console) as bars:
            bar = bars.add_task(recipe.name, total=recipe.total_steps)

            def watch(progress: training.Progress) -> None:
                best = min((c.best.overall for c in progress.checkpoints), default=100.0)
                bars.update(
                    bar, completed=progress.steps, description=f"{recipe.name} seed {seed}, best tune index {best:.1f}"
                )

            checkpoints = training.train(recipe, seed, tune, watch)
        with console.status("writing the folder, playing the baselines beside it"):
            card.write_folder(staging, recipe, recipe_name, seed, checkpoints, tune)
        staging.chmod(0o755)
        staging.rename(out)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    console.print(f"{out} written; play it: vienv compete --scenario {','.join(recipe.scenarios)} --policies {out}")


def _refuse(message: str) -> None:
    typer.echo(message, err=True)
    raise typer.Exit(WRONG_INPUT)


if __name__ == "__main__":
    sys.exit(typer.run(main))
