"""Random stories of a managed cluster: legal and illegal commands, evacuations, arrivals, outages, and failures.

A story is played by the real tick, as plain Python; a bug replaces one function of one module while it is played.
"""

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cache
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tests import clusters
from tests.managed import look, plain, schedule, want
from tests.networked import fail_link, part
from vienv.core import compatibility, invariants, tick
from vienv.core.enums import NO_HOST, AdmissionPolicy, CommandKind, IncidentKind, Network, PowerState, Refusal, VmState
from vienv.envs.command import carry_out

quickly = settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
INTERVALS = 4
TRIES = 12
"""Commands asked for in an interval."""
FIELDS = {
    "hosts": ("power_state", "connection", "num_vms", "first_vm", "reserved_mb", "cpu_class", "vmkernel_mbps"),
    "vms": ("state", "host", "by_host", "up_s"),
    "migrations": ("phase", "source", "destination", "started_at_s", "ended_at_s", "failed_at_s"),
}
Bug = tuple[ModuleType, str, Any]


@dataclass(frozen=True)
class Story:
    """Everything is drawn from the seed, what policies do from `commands`."""

    seed: int
    hosts: int = 4
    vms: int = 9
    has_failures: bool = False
    commands: int = 0


QUIET = st.builds(Story, st.integers(0, 2**32), st.integers(2, 5), st.integers(2, 10))
STORIES = st.builds(Story, st.integers(0, 2**32), st.integers(2, 5), st.integers(2, 10), st.booleans())
EVENTFUL = [Story(seed, has_failures=seed % 2 == 1) for seed in range(10)]
"""Stories in which every planted bug shows at least once."""


@dataclass
class Telling:
    """A story as it went: one moment a tick, and each command with the rows before and after it."""

    c: SimpleNamespace
    arrives_at_s: np.ndarray
    moments: list[SimpleNamespace] = field(default_factory=list)
    commands: list[SimpleNamespace] = field(default_factory=list)
    last: list[np.ndarray] = field(default_factory=list)


def tell(story: Story, *bugs: Bug, change: Callable[[SimpleNamespace], None] | None = None) -> Telling:
    """Play a story; `change` is a last touch to its world."""
    c = world(story)
    if change is not None:
        change(c)
    telling, rng = Telling(c, c.vms.arrives_at_s.copy()), np.random.default_rng(story.seed + 1 + story.commands)
    one_tick = plain(tick.tick)

    def recorded(*rows: np.ndarray) -> None:
        before = picture(c)
        one_tick(*rows)
        telling.moments.append(SimpleNamespace(before=before, after=picture(c), broken=violation(c)))

    with ExitStack() as stack:
        for module, name, replacement in bugs:
            stack.enter_context(patch.object(module, name, replacement))
        stack.enter_context(patch.object(tick, "tick", recorded))
        for _ in range(INTERVALS):
            command(telling, rng)
            plain(tick.advance)(c.floats, c.ints, c.spans)
            telling.last.append(c.ledger.last.copy())
    return telling


def command(telling: Telling, rng: np.random.Generator) -> None:
    """Ask for random things, most of them illegal."""
    c = telling.c
    for _ in range(TRIES):
        look(c)
        v, h = int(rng.integers(c.sizes.vms)), int(rng.integers(c.sizes.hosts))
        kind = _move(c, v) if rng.random() < 0.7 else _toggle(c, h)
        before, rows = picture(c), (c.floats.copy(), c.ints.copy())
        carry_out(c.floats, c.ints, c.spans, kind, v, h)
        refusal = Refusal(int(c.outcome.refusal[0]))
        now_s = float(c.clock.now_s[0])
        telling.commands.append(
            SimpleNamespace(kind=kind, v=v, h=h, refusal=refusal, before=before, rows=rows, now_s=now_s)
        )
        telling.commands[-1].after_rows = c.floats.copy(), c.ints.copy()


def _move(c: SimpleNamespace, v: int) -> CommandKind:
    return CommandKind.PLACE if c.vms.state[v] == VmState.AWAITING_PLACEMENT else CommandKind.MIGRATE


def _toggle(c: SimpleNamespace, h: int) -> CommandKind:
    return CommandKind.WAKE if c.hosts.power_state[h] == PowerState.STANDBY else CommandKind.STANDBY


@cache
def told(story: Story) -> Telling:
    """A story without bugs, told once for all checkers."""
    return tell(story)


def caught_by(check: Callable[[Telling], None], *bugs: Bug, stories: Iterable[Story] = EVENTFUL) -> None:
    """The checker finds the bug in at least one story, and nothing in the same stories without it."""
    stories = tuple(stories)
    for story in stories:
        check(told(story))
    with pytest.raises(AssertionError):
        for story in stories:
            check(tell(story, *bugs))


def picture(c: SimpleNamespace) -> SimpleNamespace:
    taken = SimpleNamespace(now_s=float(c.clock.now_s[0]))
    for kind, names in FIELDS.items():
        setattr(taken, kind, SimpleNamespace(**{name: getattr(getattr(c, kind), name).copy() for name in names}))
    return taken


def violation(c: SimpleNamespace) -> int:
    return int(plain(invariants.violation)(c.floats, c.ints, c.spans))


def world(story: Story) -> SimpleNamespace:
    """Hosts that differ, VMs with reservations, rules and two datastores; one arrives, some dirty memory too fast."""
    rng = np.random.default_rng(story.seed)
    c = clusters.cluster(
        hosts=story.hosts,
        vms=story.vms,
        datastores=2,
        incidents=11,
        networked_hosts=story.hosts,
        parted=11 * story.hosts,
        reached_vms=story.vms,
        sessions=1,
    )
    clusters.settings(
        c,
        power_minimum_hosts_on=2,
        power_wake_failure_probability=0.2,
        ha_admission_policy=AdmissionPolicy.PERCENTAGE,
        ha_failover_fraction=0.1,
        ha_failure_scale_s=3000.0,
        ha_repair_mu=5.0,
        vmotion_setup_s=float(rng.uniform(0.0, 30.0)),
        randomness_seed=story.seed,
    )
    c.hosts.boot_s[:], c.hosts.shutdown_s[:] = rng.uniform(20.0, 240.0, (2, story.hosts))
    c.hosts.cpu_class[:] = rng.random(story.hosts) < 0.2
    c.hosts.vmkernel_mbps[:] = np.where(rng.random(story.hosts) < 0.1, 0.0, 1000.0)
    c.hosts.next_failure_s[:] = rng.exponential(3000.0, story.hosts) if story.has_failures else np.inf
    c.paths.is_reachable[1::2] = rng.random(story.hosts) < 0.7
    c.vms.datastore[:] = rng.random(story.vms) < 0.3
    c.vms.memory_reservation_mb[:] = rng.choice([0.0, 1000.0, 5000.0], story.vms)
    c.vms.dirty_mb_s[:] = rng.choice([2.0, 10.0, 150.0], story.vms)
    c.vms.apart_group[:3], c.vms.together_group[3:5] = 0, 0
    _settle(c)
    want(c, np.where(c.vms.state == VmState.RUNNING, rng.uniform(100.0, 2000.0, story.vms), 0.0))
    c.workload.demand[:] = rng.uniform(0.0, 0.9, c.workload.demand.size)
    host = int(rng.integers(story.hosts))
    schedule(c, IncidentKind.MAINTENANCE, 200.0, 500.0, host=host)
    schedule(c, IncidentKind.VC_OUTAGE, 550.0, 200.0, row=1)
    for row in range(2, 5):
        at_s = float(rng.uniform(100.0, 1000.0)) if story.has_failures else 1e9
        schedule(c, IncidentKind.HOST_FAILURE, at_s, 200.0, host=int(rng.integers(story.hosts)), row=row)
    _cut_links(c, np.random.default_rng([story.seed, 1]))
    return c


def _cut_links(c: SimpleNamespace, rng: np.random.Generator) -> None:
    """Three links that fail and a partition, at any second; VM networks fail where a test lets them (`darken`)."""
    c.host_networks.vmkernel_line_mbps[:] = c.hosts.vmkernel_mbps
    for row in range(5, 8):
        network = Network.VMKERNEL if rng.random() < 0.6 else Network.MANAGEMENT
        fail_link(c, int(rng.integers(c.sizes.hosts)), network, *rng.uniform(100.0, 1000.0, 2), row=row)
    part(c, rng.permutation(c.sizes.hosts)[:2].tolist(), *rng.uniform(100.0, 800.0, 2), row=8)
    for row in range(9, 11):
        h, uplinks = int(rng.integers(c.sizes.hosts)), int(rng.integers(1, 3))
        fail_link(c, h, Network.VM, 1e9, float(rng.uniform(50.0, 900.0)), uplinks=uplinks, row=row)
    c.host_networks.vm_failover_s[:] = rng.uniform(1.0, 30.0)
    c.sessions.timeout_s[:], c.sessions.clients[:] = 25.0, 1.0


def darken(c: SimpleNamespace) -> None:
    """Let two VM networks fail, at seconds of no tick."""
    c.incidents.at_s[9:11] = [157.0, 401.5]


def _settle(c: SimpleNamespace) -> None:
    """Every VM on a host that can have it and keeps its rules; the others, and the last, arrive later."""
    c.vms.state[:], c.vms.host[:] = VmState.NOT_ARRIVED, NO_HOST
    c.vms.arrives_at_s[:] = np.linspace(100.0, 700.0, c.sizes.vms)
    for v in range(c.sizes.vms - 1):
        look(c)
        for h in range(c.sizes.hosts):
            t = (v + h) % c.sizes.hosts
            asked = (c.hosts, c.vms, c.migrations, c.paths, v, t, True)
            if c.hosts.power_state[t] == PowerState.ON and compatibility.refusal_of_power_on(*asked) == 0:
                c.vms.state[v], c.vms.host[v], c.vms.arrives_at_s[v] = VmState.RUNNING, t, 0.0
                break
    look(c)
