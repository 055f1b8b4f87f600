"""Two clusters under one VirtualCenter, with nothing between them, run as each would alone: to the last bit."""

from types import SimpleNamespace

import numpy as np
import pytest

from tests.managed import (
    advance,
    look,
    managed,
    migrate,
    order_standby,
    refusal_of_migration,
    refusal_of_standby,
    refusal_of_wake,
    schedule,
    wake,
)
from vienv.core.enums import NO_HOST, AdmissionPolicy, IncidentKind, PowerState, Refusal, Term, VmState

INTERVALS = 5
HOSTS = ("power_state", "connection", "load", "memory_load", "delivered_mhz", "power_w", "consumed_mb", "reserved_mb")
VMS = ("state", "delivered_mhz", "demand_mhz", "up_s", "restart_at_s", "restart_attempts", "swapped_mb", "shared_mb")


class Story:
    """What happens to both clusters, drawn once: demands, incidents, and what an administrator asks for."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.sizes = tuple(int(n) for n in rng.integers(2, 4, 2))
        self.policy = int(rng.choice([AdmissionPolicy.OFF, AdmissionPolicy.SLOTS, AdmissionPolicy.PERCENTAGE]))
        self.minimum = int(rng.integers(1, 3))
        self.on = [rng.integers(0, n, 3 * n) for n in self.sizes]
        self.mhz = [rng.uniform(0.0, 2400.0, 3 * n) for n in self.sizes]
        self.steps = [rng.uniform(0.3, 1.0, (301, 3 * n)) for n in self.sizes]
        kinds = [IncidentKind.HOST_FAILURE, IncidentKind.MAINTENANCE]
        self.incidents = [
            [(int(rng.choice(kinds)), float(rng.uniform(50, 1200)), float(rng.uniform(200, 900)), int(rng.integers(n)))
             for _ in range(2)]
            for n in self.sizes
        ]  # fmt: skip
        self.wishes = [
            [(int(rng.integers(3 * n)), int(rng.integers(n)), int(rng.integers(n))) for n in self.sizes]
            for _ in range(INTERVALS)
        ]

    def cluster(self, which: tuple[int, ...]) -> SimpleNamespace:
        """The clusters of these numbers under one VirtualCenter, hosts and VMs in their order."""
        first = [sum(self.sizes[: which.index(k)]) if len(which) > 1 else 0 for k in which]
        hosts, on = sum(self.sizes[k] for k in which), [self.on[k] + first[i] for i, k in enumerate(which)]
        c = managed(
            hosts=hosts,
            vms=3 * hosts,
            on=np.concatenate(on).tolist(),
            mhz=np.concatenate([self.mhz[k] for k in which]),
            incidents=2 * len(which),
            rows={"clusters": len(which)} if len(which) > 1 else {},
            ha_admission_policy=self.policy,
            power_minimum_hosts_on=self.minimum,
            vmotion_datastore_limit=100,  # else the shared datastore couples them
            ha_has_pending_retry=1,
        )
        c.workload.demand[:] *= np.concatenate([self.steps[k] for k in which], axis=1).ravel()
        if len(which) > 1:
            c.hosts.cluster[:] = np.repeat(range(len(which)), [self.sizes[k] for k in which])
        for i, k in enumerate(which):
            for row, (kind, at_s, duration_s, h) in enumerate(self.incidents[k]):
                schedule(c, IncidentKind(kind), at_s, duration_s, host=first[i] + h, row=2 * i + row)
        return c

    def wish(self, c: SimpleNamespace, k: int, interval: int, first: int) -> list[int]:
        """Ask for one vMotion and one change of power; what VirtualCenter says."""
        v, h, toggled = self.wishes[interval][k]
        v, h, toggled = v + 3 * first, h + first, toggled + first
        said = [refusal_of_migration(c, v, h)]
        if said[0] == Refusal.ACCEPTED:
            migrate(c, v, h)
        is_asleep = c.hosts.power_state[toggled] == PowerState.STANDBY
        said.append(refusal_of_wake(c, toggled) if is_asleep else refusal_of_standby(c, toggled))
        if said[1] == Refusal.ACCEPTED:
            (wake if is_asleep else order_standby)(c, toggled)
        return said


def differences(seed: int) -> list[str]:
    """What differs between the two clusters together and each alone."""
    story, found = Story(seed), []
    both, alone = story.cluster((0, 1)), [story.cluster((k,)) for k in range(2)]
    first = (0, story.sizes[0])
    for interval in range(INTERVALS):
        for k in range(2):
            is_equal = story.wish(both, k, interval, first[k]) == story.wish(alone[k], k, interval, 0)
            found += [] if is_equal else [f"answers in {interval}"]
        for c in (both, *alone):
            advance(c)
            look(c)
        for k in range(2):
            found += _rows_that_differ(both, alone[k], first[k], interval)
    imbalance = [c.ledger.episode[Term.IMBALANCE] for c in alone]
    for k in range(2):
        booked = both.clusters.imbalance_sum[k]
        booked += (both.clock.tick[0] - both.clusters.booked_ticks[k]) * both.clusters.imbalance[k]
        if booked / both.clock.ticks_per_interval[0] != pytest.approx(imbalance[k], rel=1e-12, abs=1e-12):
            found.append(f"imbalance of cluster {k}")
    for term in (Term.ENERGY_KWH, Term.UNSERVED_CPU_GHZ_H, Term.VM_DOWN_S, Term.MIGRATIONS, Term.POWER_CYCLES):
        if both.ledger.episode[term] != pytest.approx(sum(c.ledger.episode[term] for c in alone), rel=1e-9, abs=1e-9):
            found.append(term.name)
    return found


def _rows_that_differ(both: SimpleNamespace, one: SimpleNamespace, first: int, interval: int) -> list[str]:
    hosts, vms = slice(first, first + one.sizes.hosts), slice(3 * first, 3 * (first + one.sizes.hosts))
    found = [f"{n} in {interval}" for n in HOSTS if (getattr(both.hosts, n)[hosts] != getattr(one.hosts, n)).any()]
    found += [f"{n} in {interval}" for n in VMS if (getattr(both.vms, n)[vms] != getattr(one.vms, n)).any()]
    moved = np.where(one.vms.host == NO_HOST, NO_HOST, one.vms.host + first)
    return found + ([f"vms.host in {interval}"] if (both.vms.host[vms] != moved).any() else [])


@pytest.mark.parametrize("seeds", [range(8), range(8, 16)])
def test_two_clusters_under_one_virtualcenter_run_as_each_would_alone(seeds: range):
    for seed in seeds:
        assert differences(seed) == [], seed


def test_the_stories_hold_failures_refusals_moves_and_restarts():
    downs = moves = refused = 0
    for seed in range(8):
        story = Story(seed)
        c = story.cluster((0, 1))
        for interval in range(INTERVALS):
            for k in range(2):
                refused += sum(said != Refusal.ACCEPTED for said in story.wish(c, k, interval, (0, story.sizes[0])[k]))
            advance(c)
            downs += int((c.vms.state != VmState.RUNNING).sum())
        moves += int(c.ledger.episode[Term.MIGRATIONS])
    assert min(downs, moves, refused) > 15


def test_hosts_that_forget_their_clusters_would_be_found(monkeypatch: pytest.MonkeyPatch):
    for module in ("admission", "ha.choice", "virtualcenter.evacuation", "virtualcenter.calendar", "power_orders"):
        path = f"vienv.core.{module}.{'is_in' if module == 'admission' else 'are_together'}"
        with monkeypatch.context() as planted:
            planted.setattr(path, lambda *_: True)
            assert any(differences(seed) for seed in range(16)), module
