"""Faults to plant, and `python -m tests.envs.planted NAME TEST...`, which runs tests with one planted.

Only for plain Python (NUMBA_DISABLE_JIT=1): there a kernel is a function that can be replaced where it is called.
"""

import sys
from collections.abc import Callable
from functools import cache
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest

from vienv.core import demand, headroom, ledger
from vienv.core.enums import ConnectionState, Term
from vienv.core.networks import links
from vienv.core.storage import paths
from vienv.core.virtualcenter import commands, statistics
from vienv.envs import cluster_env, command, mask, observation, reward, show, vector_env


def after(module: Any, name: str, deed: Callable[..., None]) -> None:
    """Do a deed after each call of module.name, with the same arguments."""
    function = getattr(module, name)

    def faulty(*arguments: Any) -> Any:
        result = function(*arguments)
        deed(*arguments)
        return result

    setattr(module, name, faulty)


def see_the_next_sample() -> None:
    """Demand is that of five minutes later."""
    now = demand.sample_now
    demand.sample_now = lambda *arguments: now(*arguments) + 1


def wake_a_failure_by_moving() -> None:
    """A vMotion brings its destination's next failure forward."""

    def hasten(hosts: Any, vms: Any, migrations: Any, clock: Any, v: int, h: int) -> None:
        hosts.next_failure_s[h] -= 60.0

    after(commands, "migrate", hasten)


def draw_from_the_global_generator() -> None:
    """Guests jitter by NumPy's global random state."""

    def jitter(_: Any, vms: Any, *__: Any) -> None:
        vms.demand_mhz[:] *= 1.0 - 0.001 * np.random.random()  # noqa: NPY002 - the fault

    after(demand, "update", jitter)


def remember_outside_the_rows() -> None:
    """Energy depends on how often this process has charged: state that no snapshot holds."""
    calls = [0]

    def charge(book: Any, *_: Any) -> None:
        calls[0] += 1
        book.interval[Term.ENERGY_KWH] += 1e-6 * (calls[0] % 7)

    after(ledger, "charge", charge)


def show_a_buffer() -> None:
    """Observations are views of one block, which the next step overwrites."""
    once: Any = cache(np.empty)
    for module in (cluster_env, vector_env):
        module.np = SimpleNamespace(**{**vars(np), "empty": once})  # type: ignore[attr-defined]


def show_what_is_not_a_number() -> None:
    """The first host's load is NaN."""

    def spoil(rows: Any, *_: Any) -> None:
        rows[0, 9] = np.nan

    after(observation, "write_hosts", spoil)


def allow_every_toggle() -> None:
    """The mask lets every host be toggled."""

    def allow(legal: Any, *_: Any) -> None:
        legal[:] = 1.0

    after(mask, "write_toggles", allow)


def allow_grey_hosts() -> None:
    """The mask lets a picked VM go to a host that does not respond."""

    def allow(legal: Any, _: Any, hosts: Any, *__: Any) -> None:
        legal[: hosts.connection.size][hosts.connection == ConnectionState.NOT_RESPONDING] = 1.0

    after(mask, "write_destinations", allow)


def allow_what_a_pool_cannot_reserve() -> None:
    """The mask lets a VM be picked whatever its pool has left."""
    picks = mask.write_picks

    def allow(*arguments: Any) -> None:
        with patch.object(commands, "admits", lambda *_: True):
            picks(*arguments)

    mask.write_picks = allow


def keep_showing_paths_that_are_lost() -> None:
    """Who reaches what may change and what is shown of it is taken to hold."""
    _settle_unseen(paths)


def keep_showing_links_that_are_down() -> None:
    """A VMkernel network may go down, and how long vMotions take is taken to hold."""
    _settle_unseen(links)


def _settle_unseen(room: Any) -> None:
    settle = room.settle

    def settled(*arguments: Any) -> None:
        *_, clock = arguments
        was_shown = clock.is_shown[0]
        settle(*arguments)
        clock.is_shown[0] = was_shown

    room.settle = settled


def forget_whom_a_vm_left() -> None:
    """After a vMotion was queued the loads of its source stay as they were."""
    renew = statistics.plan_again
    statistics.plan_again = lambda *arguments: renew(*arguments[:5], arguments[6], arguments[6])


def forget_who_needs_a_look() -> None:
    """After a vMotion was queued the VMs that bind an evacuation are counted where they were."""
    headroom.move = lambda *_: None


def forget_who_enters_a_cluster() -> None:
    """After a vMotion to another cluster was queued, what admission control says there stays as it was."""
    show.are_together = lambda *_: True


def count_refusals_as_commands() -> None:
    """A refused command uses up the interval's cap."""
    judge = command.refusal_of

    def judged(f: Any, i: Any, spans: Any, *asked: int) -> int:
        refusal = judge(f, i, spans, *asked)
        if refusal:
            command.arena.clock_of(f, i, spans).commands[0] += 1
        return refusal

    command.refusal_of = judged


def forget_a_term() -> None:
    """The reward leaves energy out."""

    def forget(book: Any, outcome: Any, weights: Any, *_: Any) -> None:
        outcome.reward[0] -= weights.weight[Term.ENERGY_COST] * book.step[Term.ENERGY_COST]

    after(reward, "end_step", forget)


def terminate_at_the_horizon() -> None:
    """The end of the episode is reported as a lost cluster."""

    def lose(hosts: Any, clock: Any) -> None:
        if clock.interval[0] >= clock.intervals_per_episode[0]:
            clock.is_terminated[0] = 1

    after(commands, "judge_loss", lose)


def forgive_the_lost() -> None:
    """A lost cluster's remaining time is free."""
    ledger.charge_lost_cluster = lambda *_: None


def start_everywhere_in_one_world() -> None:
    """All clusters of a batch get the first one's world."""
    start = vector_env.ClusterVectorEnv._start
    vector_env.ClusterVectorEnv._start = lambda env, rows, worlds: start(  # type: ignore[method-assign]
        env, rows, [None if world is None else world - e for e, world in zip(rows, worlds, strict=True)]
    )


def pay_for_ticks() -> None:
    """A tick costs energy of its own, however short it is."""

    def charge(book: Any, *_: Any) -> None:
        book.tick[Term.ENERGY_KWH] += 0.0002

    after(ledger, "charge", charge)


if __name__ == "__main__":
    globals()[sys.argv[1]]()
    sys.exit(pytest.main(["-q", "-x", *sys.argv[2:]]))
