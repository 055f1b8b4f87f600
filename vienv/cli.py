"""The command line: `vienv compete`, `scenarios`, `check` and `warmup`.

Whatever is wrong with what the user wrote is answered by one line that names the file or option, the value and what
is allowed, with exit status 2 and nothing written. Everything heavy is imported inside the commands, so that `--help`
answers at once.
"""

# ruff: noqa: PLC0415
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from vienv import __version__

MAXIMUM_WORLDS = 10_000
MAXIMUM_JOBS = 256
WRONG_INPUT, INTERRUPTED, BROKEN = 2, 130, 1
_ClickError: type[Exception] = typer.BadParameter.__mro__[2]  # whichever click typer carries


def _whole_number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise typer.BadParameter(f"{text[:40]!r}; a whole number is needed") from None


app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="A VMware cluster as a Gymnasium environment, and the competition of DRS, DPM and trained agents in it.",
)


class WrongInputError(Exception):
    """What the user wrote cannot be used; the message is one line."""


def main() -> None:
    """Run the command line and leave with its exit status."""
    sys.exit(answer(sys.argv[1:]))


def answer(arguments: list[str]) -> int:
    """Run a command line; returns the exit status."""
    try:
        status = app(arguments or ["--help"], prog_name="vienv", standalone_mode=False)
    except WrongInputError as error:
        return _say(str(error), WRONG_INPUT)
    except _ClickError as error:
        return _say(error.format_message(), WRONG_INPUT)  # type: ignore[attr-defined]
    except (KeyboardInterrupt, typer.Abort):
        status = INTERRUPTED
    if status == INTERRUPTED:  # typer turns Ctrl-C into this status, or lets it through
        return _say("stopped; what was finished is kept, and the same command goes on from there", INTERRUPTED)
    return status if isinstance(status, int) else 0


def _version(is_wanted: bool) -> None:
    if is_wanted:
        typer.echo(f"vienv {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    pass


@app.command()
def compete(
    scenario: Annotated[
        list[str] | None,
        typer.Option(
            help="A preset's name, or a TOML or JSON file; repeat it or separate by commas. [the five of the league]"
        ),
    ] = None,
    demand: Annotated[
        str | None,
        typer.Option(
            help="Real demand under every scenario: a Bitbrains or PlanetLab npz, CloudSim's folder, or a CSV."
        ),
    ] = None,
    policies: Annotated[
        str,
        typer.Option(
            help="Names, or folders of trained agents, separated by commas; `static` always plays. [all baselines]"
        ),
    ] = "",
    worlds: Annotated[
        int, typer.Option(parser=_whole_number, metavar="N", help="Worlds of the test split for each scenario.")
    ] = 8,
    seed: Annotated[
        int, typer.Option(parser=_whole_number, metavar="S", help="Which worlds: number SEED x WORLDS is the first.")
    ] = 0,
    jobs: Annotated[
        int, typer.Option(parser=_whole_number, metavar="N", help="Processes; 0 takes one for each core.")
    ] = 0,
    out: Annotated[
        Path, typer.Option(help="Folder for the cells, leaderboard.json, leaderboard.md and pareto.png.")
    ] = Path("runs/compete"),
) -> None:
    """Let policies meet in the same worlds, and print who wins.

    A run that was stopped goes on where it was; a run that is repeated computes only what is missing and gives the
    same bytes.
    """
    _in_range("--worlds", worlds, 1, MAXIMUM_WORLDS)
    _in_range("--seed", seed, 0, MAXIMUM_WORLDS)
    _in_range("--jobs", jobs, 0, MAXIMUM_JOBS)
    _can_be_folder("--out", out)
    from concurrent.futures.process import BrokenProcessPool

    from rich.console import Console

    from vienv import baselines
    from vienv.contest import competitors, entries, kernels, leaderboard, picture, results, run
    from vienv.scenario.load import league_names

    with _input():
        loaded = entries.entries(_listed(scenario or []) or league_names(), demand)
        competing = competitors.resolve(_listed([policies]) or baselines.names())
    contest = run.contest(loaded, competing, seed * worlds, worlds, out)
    console = Console(stderr=True)
    try:
        kernels.warm_up(console)
        played = run.run(contest, jobs or run.cores(), console)
    except BlockingIOError:
        raise WrongInputError(
            f"--out {out}: another run is writing there; wait for it or choose another folder"
        ) from None
    except BrokenProcessPool:
        typer.echo(
            "vienv: error: a worker process died (out of memory?); the same command goes on from there", err=True
        )
        raise typer.Exit(BROKEN) from None
    found = [results.result_of(contest, entry) for entry in loaded]
    leaderboard.write(contest, found)
    leaderboard.show(found, Console())
    if not picture.draw(found, out / "pareto.png"):
        typer.echo(picture.MISSING, err=True)
    typer.echo(f"{played} worlds played, {out / 'leaderboard.json'} written", err=True)


@app.command()
def scenarios() -> None:
    """List the presets with their main numbers."""
    from rich.console import Console

    from vienv.contest import entries

    Console().print(entries.table())


@app.command()
def check(
    env_id: Annotated[str | None, typer.Argument(help="One id, such as vienv/Cluster-v0. [all registered ids]")] = None,
    scenario: Annotated[str, typer.Option(help="The scenario to check in.")] = "lab",
) -> None:
    """Check the environments: Gymnasium's and SB3's checkers, a batch against single ones, the invariants."""
    from vienv.envs import check as checks

    with _input():
        ids = checks.ids(env_id)
    faults = 0
    for each in ids:
        for name, fault in checks.run(each, scenario):
            typer.echo(f"{'ok  ' if fault is None else 'FAIL'}  {each}  {name}" + (f": {fault}" if fault else ""))
            faults += fault is not None
    if faults:
        raise typer.Exit(BROKEN)


@app.command()
def warmup() -> None:
    """Compile the kernels now, so that the first step is quick."""
    from rich.console import Console

    from vienv.contest import kernels

    kernels.warm_up(Console(stderr=True))
    typer.echo("kernels are ready", err=True)


@contextmanager
def _input() -> Iterator[None]:
    """Answer whatever is wrong with a file or a name in one line; faults of the program itself pass through."""
    try:
        yield
    except (ValueError, OSError) as error:
        raise WrongInputError(str(error)) from error


def _say(message: str, status: int) -> int:
    typer.echo(f"vienv: error: {' '.join(message.split())}", err=True)
    return status


def _listed(values: list[str]) -> list[str]:
    """Values that are repeated or separated by commas, each once, in order."""
    return list(dict.fromkeys(part.strip() for value in values for part in value.split(",") if part.strip()))


def _in_range(option: str, value: int, lowest: int, highest: int) -> None:
    if not lowest <= value <= highest:
        raise WrongInputError(f"{option} = {value}: allowed are {lowest} to {highest}")


def _can_be_folder(option: str, path: Path) -> None:
    at_hand = next(parent for parent in (path, *path.resolve().parents) if parent.exists() or parent.is_symlink())
    if not at_hand.is_dir():
        raise WrongInputError(f"{option} {path}: {at_hand} is a file; a folder is needed")
