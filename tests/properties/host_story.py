"""Random stories of hosts that sleep, wake, fail and are repaired, told for the properties of power and HA."""

from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np
from hypothesis import strategies as st

from tests.clusters import cluster, settings
from tests.host_ticks import STEPS, Step, tick
from vienv.core import admission
from vienv.core.compatibility import has_room, is_open, reaches
from vienv.core.enums import (
    CURVE_POINTS,
    NO_HOST,
    AdmissionPolicy,
    MigrationPhase,
    PowerState,
    VmState,
)

FIELDS = {
    "hosts": (
        "power_state",
        "state_since_s",
        "on_s",
        "boot_tick_s",
        "power_w",
        "num_vms",
        "reserved_mb",
        "fails_at_s",
        "next_failure_s",
    ),
    "vms": ("state", "host", "up_s", "up_at_s"),
}


@dataclass(frozen=True)
class Story:
    """What happens is drawn from the seed; the tick's length only cuts it."""

    seed: int
    hosts: int
    vms: int
    policy: AdmissionPolicy
    has_pending_retry: int
    tick_s: float = 20.0
    duration_s: float = 1200.0
    order_every_s: float = 60.0


STORIES = st.builds(
    Story,
    seed=st.integers(0, 2**32),
    hosts=st.integers(2, 6),
    vms=st.integers(1, 10),
    policy=st.sampled_from(AdmissionPolicy),
    has_pending_retry=st.integers(0, 1),
)


@dataclass
class Telling:
    """A story as it went: one moment a tick, and the standby orders that were accepted."""

    c: SimpleNamespace
    moments: list[SimpleNamespace] = field(default_factory=list)
    orders: list[SimpleNamespace] = field(default_factory=list)


def tell(story: Story, asks_admission: bool = True, **replaced: Step) -> Telling:
    """Play a story; a step of the tick given by name replaces the real one: that is where bugs are planted."""
    c = _world(story)
    rng = np.random.default_rng(story.seed + 1)
    telling = Telling(c)
    steps = {"foresee": _foresee_and_drop_migrations} | replaced
    while c.clock.now_s[0] < story.duration_s:
        if c.clock.now_s[0] > 0.0 and c.clock.now_s[0] % story.order_every_s == 0.0:
            _migrate(c, rng)
            _order(telling, rng, asks_admission)
        _evacuate(c)
        STEPS["group"](c)
        before = _picture(c)
        tick(c, **steps)
        telling.moments.append(SimpleNamespace(before=before, after=_picture(c)))
    return telling


def _picture(c: SimpleNamespace) -> SimpleNamespace:
    picture = SimpleNamespace(now_s=float(c.clock.now_s[0]))
    for kind, names in FIELDS.items():
        setattr(picture, kind, SimpleNamespace(**{name: getattr(getattr(c, kind), name).copy() for name in names}))
    picture.inbound = c.migrations.destination[c.migrations.phase != MigrationPhase.NONE].copy()
    return picture


def _world(story: Story) -> SimpleNamespace:
    rng = np.random.default_rng(story.seed)
    c = cluster(hosts=story.hosts, vms=story.vms, datastores=2, incidents=4)
    settings(
        c,
        power_wake_failure_probability=0.3,
        power_wake_repair_s=200.0,
        ha_admission_policy=story.policy,
        ha_has_pending_retry=story.has_pending_retry,
        ha_guest_boot_s=float(rng.uniform(10.0, 90.0)),
        ha_failure_scale_s=2000.0,
        ha_repair_mu=5.0,
        ha_repair_sigma=1.0,
        randomness_seed=story.seed,
    )
    c.clock.tick_s[0] = story.tick_s
    c.hosts.boot_s[:], c.hosts.shutdown_s[:] = rng.uniform(3.0, 240.0, (2, story.hosts))
    c.hosts.next_failure_s[:] = rng.exponential(4000.0, story.hosts)
    c.hosts.delivered_mhz[:] = rng.uniform(0.0, 1.3, story.hosts) * c.hosts.cpu_capacity_mhz  # vMotion comes on top
    c.power_curves.watts[:] = 50.0 + np.cumsum(rng.uniform(1.0, 30.0, (story.hosts, CURVE_POINTS)), axis=1).ravel()
    c.paths.is_reachable[1::2] = rng.integers(0, 2, story.hosts)  # datastore 1 is not everybody's
    c.vms.datastore[:] = rng.integers(0, 2, story.vms)
    c.vms.memory_reservation_mb[:] = rng.uniform(0.0, 6000.0, story.vms)
    c.vms.restart_priority[:] = rng.integers(0, 4, story.vms)
    c.incidents.at_s[:] = np.sort(rng.uniform(0.0, story.duration_s, 4))
    c.incidents.host[:], c.incidents.duration_s[:] = rng.integers(0, story.hosts, 4), rng.uniform(20.0, 600.0, 4)
    _place(c)
    _begin_in_any_state(c, rng)
    return c


def _place(c: SimpleNamespace) -> None:
    """Every VM on a host that reaches its datastore and has room; those that find none never arrive."""
    c.vms.host[:], c.vms.state[:] = NO_HOST, VmState.NOT_ARRIVED
    c.vms.arrives_at_s[:] = np.inf
    for v in range(c.sizes.vms):
        receivers = [h for h in range(c.sizes.hosts) if _can_live_on(c, v, h)]
        if receivers:
            c.vms.host[v], c.vms.state[v] = receivers[v % len(receivers)], VmState.RUNNING
            c.vms.arrives_at_s[v], c.clock.placement_changed[0] = 0.0, 1
        STEPS["group"](c)


def _begin_in_any_state(c: SimpleNamespace, rng: np.random.Generator) -> None:
    """Hosts without VMs begin asleep, or in the middle of shutting down, booting or repair."""
    for h in range(c.sizes.hosts):
        state, due_s = rng.integers(len(PowerState)), rng.uniform(1.0, 400.0)
        if c.hosts.num_vms[h] > 0 or state == PowerState.WAKING:
            continue
        c.hosts.power_state[h] = state
        if state == PowerState.FAILED:
            c.hosts.repair_at_s[h] = due_s
        if state in (PowerState.ENTERING_STANDBY, PowerState.BOOTING):
            c.hosts.ready_at_s[h], c.hosts.state_since_s[h] = due_s, due_s - c.hosts.boot_s[h]


def _can_live_on(c: SimpleNamespace, v: int, h: int) -> bool:
    return is_open(c.hosts, h) and reaches(c.hosts, c.vms, c.paths, v, h) and has_room(c.hosts, c.vms, v, h)


def _order(telling: Telling, rng: np.random.Generator, asks_admission: bool) -> None:
    """Toggle one host's power if VirtualCenter would."""
    c, h = telling.c, int(rng.integers(telling.c.sizes.hosts))
    now_s, hosts, num_on = c.clock.now_s[0], c.hosts, int((c.hosts.power_state == PowerState.ON).sum())
    if hosts.power_state[h] == PowerState.STANDBY and num_on > 0:
        hosts.power_state[h], hosts.state_since_s[h] = PowerState.WAKING, now_s
        hosts.ready_at_s[h] = now_s + c.power.wake_s
        return
    if hosts.power_state[h] != PowerState.ON or num_on <= c.power.minimum_hosts_on:
        return
    if asks_admission and not admission.allows_leaving(hosts, c.vms, c.migrations, c.ha, h):
        return
    telling.orders.append(SimpleNamespace(left=_left_without(c, h), used=_used(c), num_left=num_on - 1))
    hosts.power_state[h], hosts.state_since_s[h] = PowerState.ENTERING_STANDBY, now_s


def _migrate(c: SimpleNamespace, rng: np.random.Generator) -> None:
    """Now and then begin a vMotion that copies without end, until it is given up."""
    v, h = int(rng.integers(c.sizes.vms)), int(rng.integers(c.sizes.hosts))
    if rng.uniform() < 0.5:
        c.migrations.phase[:], c.clock.copying[0], c.clock.placement_changed[0] = MigrationPhase.NONE, 0, 1
    if c.clock.copying[0] == 0 and c.vms.state[v] == VmState.RUNNING and _can_live_on(c, v, h):
        c.migrations.phase[v], c.migrations.source[v] = MigrationPhase.PRECOPY, c.vms.host[v]
        c.migrations.destination[v], c.clock.copying[0], c.clock.placement_changed[0] = h, 1, 1


def _left_without(c: SimpleNamespace, gone: int) -> list[tuple[float, float]]:
    """CPU and memory of the hosts that stay."""
    stay = [h for h in range(c.sizes.hosts) if h != gone and is_open(c.hosts, h)]
    return [(float(c.hosts.cpu_capacity_mhz[h]), float(c.hosts.memory_capacity_mb[h])) for h in stay]


def _used(c: SimpleNamespace) -> list[tuple[float, float]]:
    """What each protected VM reserves, with the least that admission control assumes."""
    is_on = (c.vms.state == VmState.RUNNING) | (c.vms.state == VmState.STARTING)
    is_counted = is_on | ((c.vms.state == VmState.DOWN) & np.isfinite(c.vms.restart_at_s))
    mhz = np.maximum(c.vms.cpu_reservation_mhz, c.ha.slot_mhz)
    mb = np.maximum(c.vms.memory_reservation_mb + c.vms.overhead_mb, c.ha.slot_mb)
    return [(float(mhz[v]), float(mb[v])) for v in range(c.sizes.vms) if is_counted[v]]


def _evacuate(c: SimpleNamespace) -> None:
    """Move running VMs off hosts that enter standby, in no time, where there is room."""
    for v in range(c.sizes.vms):
        STEPS["group"](c)
        h = c.vms.host[v]
        is_leaving = h != NO_HOST and c.hosts.power_state[h] == PowerState.ENTERING_STANDBY
        if not is_leaving or c.vms.state[v] != VmState.RUNNING or c.migrations.phase[v] != MigrationPhase.NONE:
            continue
        receivers = [t for t in range(c.sizes.hosts) if _can_live_on(c, v, t)]
        if receivers:
            c.vms.host[v], c.clock.placement_changed[0] = receivers[0], 1


def _foresee_and_drop_migrations(c: SimpleNamespace) -> None:
    STEPS["foresee"](c)
    for v in range(c.sizes.vms):
        if c.migrations.phase[v] == MigrationPhase.NONE:
            continue
        if np.isfinite(c.hosts.fails_at_s[[c.migrations.source[v], c.migrations.destination[v]]]).any():
            c.migrations.phase[v], c.clock.copying[0], c.clock.placement_changed[0] = MigrationPhase.NONE, 0, 1
