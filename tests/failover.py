"""Clusters whose HA has heartbeats, for tests: a version's roles and constants over hand-made hosts."""

from types import SimpleNamespace

import numpy as np

from tests.clusters import cluster, settings
from vienv.core.enums import ISOLATED, Happening, IsolationResponse, VmState
from vienv.core.state import NEVER
from vienv.scenario.profiles_ha import HA_PROFILES

NUM_COUNTERS = len(Happening)


def protected(
    profile: str,
    hosts: int = 8,
    vms: int = 8,
    incidents: int = 0,
    parted: int = 0,
    **changes: object,
) -> SimpleNamespace:
    """VM v on host v % hosts under that version's HA, networks and all.

    Before vSphere 5 hosts 0-4 are primaries; later the last is master, and all beat through datastores.
    """
    rows = {
        "protected_hosts": hosts,
        "guests": vms,
        "counters": NUM_COUNTERS,
        "networked_hosts": hosts,
        "parted": parted,
    }
    c = cluster(hosts=hosts, vms=vms, incidents=incidents, **rows)
    ha = HA_PROFILES[profile]
    settings(c, **(settings_of(profile) | changes))
    protection, guests = c.protection, c.guests
    protection.declared_after_s[:] = ha.declared_with_datastores_s
    protection.has_datastores[:] = int(ha.has_master)
    protection.is_primary[:] = 0
    if ha.has_master:
        protection.leads_from_s[-1] = 0.0
    else:
        protection.is_primary[:5] = 1
    guests.response[:] = IsolationResponse[ha.isolation_response.upper()]
    return c


def settings_of(profile: str) -> dict[str, object]:
    """A version's constants of HA, as `settings` takes them."""
    ha = HA_PROFILES[profile]
    return {
        "ha_has_master": int(ha.has_master),
        "ha_has_pending_retry": int(ha.has_master),
        "ha_leads_after_s": ha.leads_after_s,
        "ha_isolated_after_s": ha.isolated_after_s,
        "ha_master_isolated_after_s": ha.master_isolated_after_s,
        "ha_isolation_delay_s": ha.isolation_delay_s,
    }


def beat_only_by_network(c: SimpleNamespace) -> None:
    """Take the heartbeats through datastores away."""
    c.protection.declared_after_s[:], c.protection.has_datastores[:] = 15.0, 0


def started_at_s(c: SimpleNamespace) -> np.ndarray:
    """When each VM that boots now was powered on; NEVER for the others."""
    is_starting = c.vms.state == VmState.STARTING
    return np.where(is_starting, c.vms.up_at_s - c.ha.guest_boot_s - c.ha.power_on_s, NEVER)


def count(c: SimpleNamespace, happening: Happening) -> float:
    return float(c.counters.number[happening])


def hear(c: SimpleNamespace, h: int, segment: int, at_s: float) -> None:
    """Let host h's management network reach another segment, or nobody, from that second on."""
    networks = c.host_networks
    networks.management_up[h] = 0 if segment == ISOLATED else 2
    networks.segment[h] = max(0, segment)
    networks.management_since_s[h] = at_s
    networks.management_lost_at_s[h] = at_s if segment == ISOLATED else NEVER
    networks.parted_at_s[h] = at_s if segment > 0 else NEVER
