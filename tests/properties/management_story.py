"""Random stories of a managed cluster: legal and illegal commands in an inventory of any kind, and what befalls it.

A story is played by the real tick, as plain Python; a bug replaces one function of one module while it is played.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tests.managed import look, plain
from tests.properties import inventories
from vienv.core import arena, invariants, tick
from vienv.core.enums import CommandKind, PowerState, Refusal, VmState
from vienv.envs.command import carry_out

quickly = settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
INTERVALS = 12
TRIES = 6
"""Commands asked for in an interval."""
FIELDS = {
    "hosts": (
        "power_state", "connection", "num_vms", "first_vm", "reserved_mb", "reserved_mhz", "vmkernel_mbps",
        "fails_at_s", "state_since_s", "on_s", "power_w", "vmotions", "cpu_capacity_mhz",
    ),
    "vms": ("state", "host", "datastore", "by_host", "up_s", "up_at_s", "arrives_at_s", "restart_at_s"),
    "migrations": (
        "phase", "source", "destination", "started_at_s", "ended_at_s", "failed_at_s", "rate_mb_s", "round_mb",
    ),
    "paths": ("is_reachable",),
    "copies": ("phase", "rate_mb_s"),
    "orders": ("phase", "ended_at_s"),
    "protection": ("segment",),
}  # fmt: skip
_KEPT = (
    "clock", "hosts", "vms", "datastores", "paths", "migrations", "incidents", "vm_statistics", "vm_history", "metrics",
    "host_networks", "host_knowledge", "protection", "guests", "counters", "direct_power_ons", "sessions",
    "volumes", "disks", "adapters", "fabric", "copies", "files", "identities", "orders",
)  # fmt: skip
KEPT = [getattr(arena, f"{name}_of") for name in _KEPT]
"""What a refused command leaves as it is."""
SCRATCH = ("plan_", "planned_", "variance_", "is_receiver")
"""What a judge works with; worked out anew before every command."""
Bug = tuple[ModuleType, str, Any]


@dataclass(frozen=True)
class Story:
    """The inventory and what befalls it are drawn from the seed, what policies do from `commands`."""

    seed: int
    commands: int = 0
    kinds: tuple[str, ...] | None = None
    """Of incidents, where nothing else is to befall it (`inventories.inventory`)."""


STORIES = st.builds(Story, st.integers(0, 2**32))
TOLD = [Story(seed) for seed in range(24)]
"""Stories that are told once for all checkers."""
MOST_STORIES = 120
"""In which a planted bug must show."""


@dataclass
class Telling:
    """A story as it went: its beginning, one moment a tick, and each command with the cluster before it."""

    c: SimpleNamespace
    first: SimpleNamespace
    moments: list[SimpleNamespace] = field(default_factory=list)
    commands: list[SimpleNamespace] = field(default_factory=list)
    last: list[np.ndarray] = field(default_factory=list)


def tell(story: Story, *bugs: Bug, change: Callable[[SimpleNamespace], None] | None = None) -> Telling:
    """Play a story; `change` is a last touch to its world."""
    c = inventories.world(inventories.inventory(story.seed, story.kinds))
    if change is not None:
        change(c)
    telling, rng = Telling(c, picture(c)), np.random.default_rng(story.seed + 1 + story.commands)
    one_tick = plain(tick.tick)

    def recorded(*rows: np.ndarray) -> None:
        before = picture(c)
        one_tick(*rows)
        telling.moments.append(SimpleNamespace(before=before, after=picture(c), broken=violation(c)))

    with patched(*bugs, (tick, "tick", recorded)):
        for _ in range(INTERVALS):
            command(telling, rng)
            plain(tick.advance)(c.floats, c.ints, c.spans)
            telling.last.append(c.ledger.last.copy())
    return telling


@contextmanager
def patched(*bugs: Bug) -> Iterator[None]:
    """With the bugs in their places."""
    with ExitStack() as stack:
        for module, name, replacement in bugs:
            stack.enter_context(patch.object(module, name, replacement))
        yield


def command(telling: Telling, rng: np.random.Generator) -> None:
    """Ask for random things, most of them illegal."""
    c = telling.c
    for _ in range(TRIES):
        look(c)
        v, h = _subject(c, rng), int(rng.integers(c.sizes.hosts))
        kind = _move(c, v) if rng.random() < 0.7 else _toggle(c, h)
        before, rows = picture(c), (c.floats.copy(), c.ints.copy())
        carry_out(c.floats, c.ints, c.spans, kind, v, h)
        told_one = SimpleNamespace(kind=kind, v=v, h=h, refusal=Refusal(int(c.outcome.refusal[0])), before=before)
        told_one.vc_returns_at_s = float(c.clock.vc_returns_at_s[0])
        told_one.now_s, told_one.seen = before.now_s, c.vm_statistics.demand_60min_mhz.copy()
        if told_one.refusal != Refusal.ACCEPTED:
            told_one.changed = _changed(c, rows)
            told_one.charged = c.ledger.episode - arena.ledger_of(*rows, c.spans).episode
        telling.commands.append(told_one)


def _subject(c: SimpleNamespace, rng: np.random.Generator) -> int:
    """Any VM, or one that may be told something."""
    is_there = np.isin(c.vms.state, [VmState.RUNNING, VmState.AWAITING_PLACEMENT])
    some = np.flatnonzero(is_there) if rng.random() < 0.7 and is_there.any() else np.arange(c.sizes.vms)
    return int(rng.choice(some))


def _move(c: SimpleNamespace, v: int) -> CommandKind:
    return CommandKind.PLACE if c.vms.state[v] == VmState.AWAITING_PLACEMENT else CommandKind.MIGRATE


def _toggle(c: SimpleNamespace, h: int) -> CommandKind:
    return CommandKind.WAKE if c.hosts.power_state[h] == PowerState.STANDBY else CommandKind.STANDBY


def _changed(c: SimpleNamespace, rows: tuple[np.ndarray, np.ndarray]) -> list[str]:
    """Fields that are not as they were in these rows."""
    changed = []
    for view in KEPT:
        before, after = view(*rows, c.spans), view(c.floats, c.ints, c.spans)
        fields = [name for name in before._fields if not name.startswith(SCRATCH)]
        changed += [n for n in fields if not np.array_equal(getattr(before, n), getattr(after, n), equal_nan=True)]
    return changed


@cache
def told(story: Story) -> Telling:
    """A story without bugs, told once for all checkers."""
    return tell(story)


def holds(check: Callable[[Telling], None]) -> None:
    """The checker finds nothing in the stories that all share."""
    for story in TOLD:
        check(told(story))


def caught_by(
    check: Callable[[Telling], None], *bugs: Bug, first: Iterable[int] = (), kinds: tuple[str, ...] | None = None
) -> None:
    """The checker, which finds nothing in stories as they are, finds the bug in one of them; `first` shows it soon."""
    with pytest.raises(AssertionError):
        for seed in (*first, *range(MOST_STORIES)):
            check(tell(Story(seed, kinds=kinds), *bugs))


def picture(c: SimpleNamespace) -> SimpleNamespace:
    taken = SimpleNamespace(now_s=float(c.clock.now_s[0]))
    for kind, names in FIELDS.items():
        setattr(taken, kind, SimpleNamespace(**{name: getattr(getattr(c, kind), name).copy() for name in names}))
    return taken


def violation(c: SimpleNamespace) -> int:
    return int(plain(invariants.violation)(c.floats, c.ints, c.spans))
