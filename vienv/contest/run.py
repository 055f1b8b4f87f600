"""Run a contest: find the cells that are missing, play them on several processes, lose nothing when stopped.

Each process writes its own cells, whole or not at all, so a run may be stopped or killed at any moment; the next one
plays what is missing. One run at a time holds an output folder. Workers die with the run, even when it is killed.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import closing, contextmanager
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import FrameType

import numba
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from vienv import __version__
from vienv.contest import cells
from vienv.contest.cells import Identity
from vienv.contest.competitors import Competitor
from vienv.contest.entries import Entry, generator_source
from vienv.contest.play import BATCH, SPLIT, batches, play
from vienv.core.jit import source_hash


@dataclass(frozen=True)
class Contest:
    """What is played, and where its cells lie."""

    entries: tuple[Entry, ...]
    competitors: tuple[Competitor, ...]
    first_world: int
    num_worlds: int
    folder: Path
    kernel_source: str
    generator_source: str

    def worlds(self) -> range:
        """The worlds of the contest."""
        return range(self.first_world, self.first_world + self.num_worlds)

    def identity(self, entry: Entry, competitor: Competitor, world: int) -> Identity:
        """What a cell's figures depend on."""
        return Identity(
            version=__version__,
            kernel_source=self.kernel_source,
            generator_source=self.generator_source,
            scenario=entry.name,
            scenario_hash=entry.scenario_hash,
            data_hash=entry.data_hash,
            policy=competitor.name,
            policy_hash=competitor.policy_hash,
            training_seed=competitor.training_seed,
            split=SPLIT,
            world=world,
        )


@dataclass(frozen=True)
class _Task:
    """One batch of worlds; `wanted` are the cells to write."""

    entry: Entry
    competitor: Competitor
    first_world: int
    wanted: tuple[Identity, ...]
    folder: Path


def contest(
    entries: Sequence[Entry], competitors: Sequence[Competitor], first: int, number: int, folder: Path
) -> Contest:
    """A contest over worlds first .. first + number - 1."""
    return Contest(tuple(entries), tuple(competitors), first, number, folder, source_hash(), generator_source())


def run(contest: Contest, jobs: int, console: Console) -> int:
    """Play every missing cell; returns how many were played.

    Raises:
        BlockingIOError: another run holds the folder.
        KeyboardInterrupt: stopped by SIGINT or SIGTERM; whole cells stay.
    """
    with cells.sole_writer(contest.folder), _terminated_like_interrupted():
        tasks = _missing(contest)
        total = sum(len(task.wanted) for task in tasks)
        if not total:
            return 0
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("worlds"),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=console) as progress:
            bar = progress.add_task("playing", total=total)
            played = _here(tasks) if jobs == 1 else _in_processes(tasks, min(jobs, len(tasks)))
            with closing(played):
                for task in played:
                    name = f"{task.entry.name} {task.competitor.name}"
                    progress.update(bar, advance=len(task.wanted), description=name)
        return total


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0))


def _missing(contest: Contest) -> list[_Task]:
    """Batches with a cell to play, those with most work first so that no process is left with a long one at the end."""
    tasks = []
    for entry in sorted(contest.entries, key=lambda e: -e.num_vms):
        for first_world in batches(contest.first_world, contest.num_worlds):
            worlds = [w for w in contest.worlds() if first_world <= w < first_world + BATCH]
            for competitor in contest.competitors:
                identities = [contest.identity(entry, competitor, world) for world in worlds]
                wanted = tuple(i for i in identities if cells.read(contest.folder, i) is None)
                if wanted:
                    tasks.append(_Task(entry, competitor, first_world, wanted, contest.folder))
    return tasks


def _play(task: _Task) -> _Task:
    totals = play(task.competitor, task.entry, task.first_world)
    for identity in task.wanted:
        cells.write(task.folder, identity, totals[identity.world - task.first_world])
    return task


def _here(tasks: Sequence[_Task]) -> Generator[_Task, None, None]:
    for task in tasks:
        yield _play(task)


def _in_processes(tasks: Sequence[_Task], jobs: int) -> Generator[_Task, None, None]:
    context = multiprocessing.get_context("spawn")
    executor = ProcessPoolExecutor(jobs, mp_context=context, initializer=_begin_worker)
    try:
        running: set[Future[_Task]] = {executor.submit(_play, task) for task in tasks}
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                yield future.result()
    except BaseException:
        executor.shutdown(wait=False, cancel_futures=True)
        for process in multiprocessing.active_children():
            process.terminate()
        raise
    executor.shutdown()


def _begin_worker() -> None:
    """One thread a process, deaf to Ctrl-C (the run stops its workers itself), and gone when the run is gone."""
    numba.set_num_threads(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_outlive_not, args=(parent,), daemon=True).start()


def _outlive_not(parent: BaseProcess) -> None:
    """End this process when the run has ended, however it did."""
    parent.join()
    os._exit(1)


@contextmanager
def _terminated_like_interrupted() -> Iterator[None]:
    """Let SIGTERM end a run as Ctrl-C does."""

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
