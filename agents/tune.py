"""`python -m agents.tune`: search the settings of drs-dpm-tuned with Optuna, on worlds of the `tune` split.

A heuristic with default settings against a trained agent would be an unfair match, so DRS and DPM are tuned on the
same scenarios and worlds, by the same measure (the bill), and the number of evaluations is recorded in the file that
is written. The first evaluation is VirtualCenter's defaults, so what is found is no worse than these on tune worlds.
Tree-structured Parzen estimator (Bergstra et al., NeurIPS 2011), seeded by the number of evaluations done: a study
that is stopped goes on where it was and ends with the same settings. Left out: the tariff and the day's rhythm, which
DRS and DPM do not look at whatever their settings.
"""

import sys
from pathlib import Path
from typing import Annotated

import numpy as np
import optuna
import typer
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from agents.evaluate import TuneWorlds
from agents.recipes import RECIPES
from vienv.baselines.dpm import DpmSettings
from vienv.baselines.drs import DrsSettings
from vienv.baselines.drs_dpm import TUNED, DrsDpm

TRIALS = 400
STUDY = Path("runs/tune/study.log")
SPACE: dict[str, tuple[float, float, bool]] = {  # table.setting: (least, most, whether on a logarithmic scale)
    "drs.threshold": (1.5, 5.0, False),
    "drs.target_coefficient": (0.02, 0.2, False),
    "drs.minimum_gain": (0.002, 0.2, True),
    "drs.strong_gain": (0.05, 1.0, True),
    "drs.stable_intervals": (2.0, 48.0, True),
    "dpm.target": (0.45, 0.9, False),
    "dpm.tolerance": (0.03, 0.4, False),
    "dpm.deviations": (0.0, 3.0, False),
    "dpm.minimum_uptime_h": (0.08, 1.0, True),
    "dpm.power_performance_ratio": (2.0, 160.0, True),
    "dpm.stable_intervals": (3.0, 96.0, True),
}
_DISTRIBUTIONS: dict[str, optuna.distributions.BaseDistribution] = {
    name: optuna.distributions.FloatDistribution(least, most, log=is_logarithmic)
    for name, (least, most, is_logarithmic) in SPACE.items()
}
_HEAD = """# The settings of the baseline drs-dpm-tuned. Rewritten by `python -m agents.tune`, which searches them
# on worlds of the `tune` split; never edit by hand. With 0 trials they are VirtualCenter's defaults.
"""


def main(
    trials: Annotated[int, typer.Option(min=1, help="Evaluations; those that a stopped study did count.")] = TRIALS,
    seed: Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Of the search.")] = 0,
    study: Annotated[Path, typer.Option(help="File in which the study is kept, so that it can be resumed.")] = STUDY,
    out: Annotated[Path, typer.Option(help="File to write.")] = TUNED,
) -> None:
    """Tune DRS and DPM."""
    recipe = RECIPES["tuner"]
    console = Console(stderr=True)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with console.status("compiling kernels, if need be, and playing static"):
        tune = TuneWorlds(recipe.scenarios, recipe.tune_worlds)
    try:
        best, default = search(tune, study, trials, seed, console)
    except KeyboardInterrupt:
        typer.echo(f"stopped; {study} is kept, and the same command goes on from there", err=True)
        raise typer.Exit(130) from None
    out.write_text(document(best.params, trials, seed, recipe.scenarios, recipe.tune_worlds, (default, best.value)))
    console.print(f"{out} written: index {best.value:.1f} on tune worlds, {default:.1f} at the defaults")


def search(
    tune: TuneWorlds, path: Path, trials: int, seed: int, console: Console
) -> tuple[optuna.trial.FrozenTrial, float]:
    """Go on with the study until it has that many evaluations; returns the best and the defaults' index."""
    path.parent.mkdir(parents=True, exist_ok=True)
    study = optuna.create_study(
        storage=JournalStorage(JournalFileBackend(str(path))), study_name=f"seed-{seed}", load_if_exists=True
    )
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as bars:
        bar = bars.add_task("tuning", total=trials)
        while (done := len(_completed(study))) < trials:
            if done == 0:
                defaults = {name: _default(name) for name in SPACE}
                value = evaluate(tune, defaults)
                study.add_trial(optuna.create_trial(params=defaults, distributions=_DISTRIBUTIONS, value=value))
            else:
                study.sampler = optuna.samplers.TPESampler(seed=_seed_of(seed, done))
                trial = study.ask(fixed_distributions=_DISTRIBUTIONS)
                study.tell(trial, evaluate(tune, trial.params))
            bars.update(bar, completed=done + 1, description=f"tuning, best index {study.best_value:.1f}")
    return study.best_trial, float(_completed(study)[0].value or 0.0)


def evaluate(tune: TuneWorlds, found: dict[str, float]) -> float:
    """Index of DRS and DPM with the settings of a trial."""
    drs = {name.removeprefix("drs."): value for name, value in found.items() if name.startswith("drs.")}
    dpm = {name.removeprefix("dpm."): value for name, value in found.items() if name.startswith("dpm.")}
    return tune.measure(DrsDpm("drs-dpm-tuned", (DrsSettings(**drs), DpmSettings(**dpm)))).overall


def document(
    found: dict[str, float], trials: int, seed: int, scenarios: tuple[str, ...], worlds: int, index: tuple[float, float]
) -> str:
    """The file's text: how it was found, then the settings."""
    names = ", ".join(f'"{name}"' for name in scenarios)
    lines = [
        "[study]",
        f"trials = {trials}  # evaluations, each in all worlds of all scenarios",
        f"seed = {seed}",
        f"scenarios = [{names}]",
        f"worlds = {worlds}  # of each scenario: tune 0 .. {worlds - 1}",
        f"default_index = {index[0]:.2f}  # static = 100",
        f"tuned_index = {index[1]:.2f}",
    ]
    for table in ("drs", "dpm"):
        lines += ["", f"[{table}]"]
        lines += [f"{n.removeprefix(table + '.')} = {found[n]!r}" for n in SPACE if n.startswith(table)]
    return _HEAD + "\n" + "\n".join(lines) + "\n"


def _default(name: str) -> float:
    table, setting = name.split(".")
    defaults: dict[str, float] = (DrsSettings() if table == "drs" else DpmSettings())._asdict()
    return defaults[setting]


def _seed_of(seed: int, done: int) -> int:
    """A seed for the next evaluation, so that a resumed study draws as one that was never stopped."""
    return int(np.random.SeedSequence((seed, done)).generate_state(1)[0])


def _completed(study: optuna.Study) -> list[optuna.trial.FrozenTrial]:
    return study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.COMPLETE,))


if __name__ == "__main__":
    sys.exit(typer.run(main))
