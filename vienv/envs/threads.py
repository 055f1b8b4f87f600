"""Threads that step the clusters of one batch together.

The calling thread opens a job and everybody takes clusters, two at a time, until none is left: no thread waits while
another has more to do, and every cluster is stepped by one thread, so that the numbers do not depend on how many there
are. Between steps a thread looks out for the next job for two milliseconds, without Python's lock, and then
sleeps: to wake a sleeper takes tens of microseconds, as long as the physics of several clusters. A child process that
is forked starts threads of its own. Left out: threads for one cluster; its tick is one thread's work.
"""

import os
import threading
import weakref
from typing import Any

from vienv.core import turns
from vienv.core.state import FloatArray, IntArray
from vienv.core.turns import num_done
from vienv.envs.show import Float32Array
from vienv.envs.step import step

Arguments = tuple[FloatArray, IntArray, IntArray, FloatArray, Float32Array, Float32Array, FloatArray]
"""What `envs.step.step` takes between the job and the turns."""


class Crew:
    """The calling thread and those that help it, which start with the first step and are gone after `close`."""

    def __init__(self, num_threads: int) -> None:
        self.num_threads = num_threads
        self.error: BaseException | None = None
        self.work: tuple[int, Any] = (0, ())
        self._helpers: list[_Helper] = []
        self._turns = turns.new()
        _crews.add(self)

    def step(self, arguments: Arguments) -> None:
        """Do `envs.step.step` with what stands between job and turns; what a helper raised is raised here."""
        if self.num_threads == 1:
            step(1, *arguments, self._turns)
            return
        job = self.work[0] + 1
        self.work = job, (*arguments, self._turns)
        if not self._helpers:
            self._helpers = [_Helper(self) for _ in range(self.num_threads - 1)]
        for helper in self._helpers:
            helper.wake()
        if not step(job, *arguments, self._turns):
            num_envs = len(arguments[0])
            while num_done(self._turns) < num_envs and self.error is None:
                os.sched_yield()
        if self.error is not None:
            error, self.error = self.error, None
            raise error

    def close(self) -> None:
        """Let the helpers end."""
        helpers, self._helpers = self._helpers, []
        for helper in helpers:
            helper.dismiss()

    def forget(self) -> None:
        """In a forked child: the helpers stayed with the parent."""
        self._helpers = []


class _Helper:
    """One thread; its bell is a lock that is held while nobody rings."""

    def __init__(self, crew: Crew) -> None:
        self._is_asleep = self._is_dismissed = False
        self._bell = threading.Lock()
        self._bell.acquire()
        threading.Thread(target=self._help, args=(crew,), name="vienv", daemon=True).start()

    def wake(self) -> None:
        if self._is_asleep:
            self._is_asleep = False
            self._bell.release()

    def dismiss(self) -> None:
        self._is_dismissed = True
        self.wake()

    def _help(self, crew: Crew) -> None:
        while not self._is_dismissed:
            job, arguments = crew.work
            try:
                has_more = step(-job, *arguments)
            except BaseException as error:  # whatever it is, it belongs to whoever called for the step
                crew.error, has_more = error, 0
            if has_more:
                continue
            self._is_asleep = True  # a bell that rings from here on is heard
            if not self._is_dismissed:
                self._bell.acquire()


_crews: "weakref.WeakSet[Crew]" = weakref.WeakSet()


def _forget_all() -> None:
    for crew in _crews:
        crew.forget()


os.register_at_fork(after_in_child=_forget_all)
