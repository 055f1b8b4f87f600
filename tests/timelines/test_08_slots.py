"""Timeline 8: slots of VMware's example, with one host failure tolerated; a restart is never refused."""

import pytest

from tests.clusters import cluster, settings
from tests.managed import arrive, refusal_of_placement, run, schedule
from vienv.core import admission
from vienv.core.enums import ONE_CLUSTER, AdmissionPolicy, IncidentKind, Refusal, VmState

GHZ, GB = 1000.0, 1024.0
HOSTS = ((9, 9), (9, 6), (6, 6))
VMS = ((2, 1), (2, 1), (1, 2), (1, 1), (1, 1), (1, 1), (1, 1))


def example(policy=AdmissionPolicy.SLOTS, incidents=0):
    """Three hosts of 9 GHz/9 GB, 9/6 and 6/6; five VMs that run, and two that are not there yet."""
    c = cluster(hosts=3, vms=7, incidents=incidents)
    settings(c, ha_admission_policy=policy, ha_slot_mhz=32.0, ha_slot_mb=0.0)
    c.hosts.cpu_capacity_mhz[:] = [ghz * GHZ for ghz, _ in HOSTS]
    c.hosts.memory_capacity_mb[:] = [gb * GB for _, gb in HOSTS]
    c.vms.cpu_reservation_mhz[:] = [ghz * GHZ for ghz, _ in VMS]
    c.vms.memory_reservation_mb[:] = [gb * GB for _, gb in VMS]
    c.vms.overhead_mb[:], c.vms.host[:] = 0.0, (0, 1, 0, 1, 2, 2, 2)
    for v in (5, 6):
        arrive(c, v)
    return c


def test_the_hosts_have_4_3_and_3_slots_of_2_ghz_and_2_gb():
    c = example()
    counted = admission.failover(c.hosts, c.vms, c.migrations, c.ha, ONE_CLUSTER)
    assert (counted.slot_mhz, counted.slot_mb) == (2.0 * GHZ, 2.0 * GB)
    slots = [admission.slots_of_host(c.hosts, counted.slot_mhz, counted.slot_mb, h) for h in range(3)]
    assert slots == [4, 3, 3]


def test_the_sixth_power_on_is_accepted_and_the_seventh_refused():
    c = example()
    assert refusal_of_placement(c, 5, 2) == Refusal.ACCEPTED
    c.vms.state[5], c.vms.host[5] = VmState.RUNNING, 2
    assert refusal_of_placement(c, 6, 2) == Refusal.ADMISSION_CONTROL


def test_a_restart_is_never_refused():
    c = example(incidents=1)
    c.vms.state[[5, 6]], c.vms.host[[5, 6]] = VmState.RUNNING, 2  # one more than admission control would let in
    schedule(c, IncidentKind.HOST_FAILURE, 100.0, 1e6, 0)
    run(c, 400.0)
    assert list(c.vms.state[[0, 2]]) == [VmState.RUNNING] * 2


@pytest.mark.parametrize(("percent", "is_allowed"), [(66, True), (67, False)])
def test_by_percentage_70_and_71_percent_are_free_before_the_sixth_power_on(percent, is_allowed):
    c = example(AdmissionPolicy.PERCENTAGE)
    counted = admission.failover(c.hosts, c.vms, c.migrations, c.ha, ONE_CLUSTER)
    free_mhz = 1.0 - counted.used_mhz / counted.total_mhz
    free_mb = 1.0 - counted.used_mb / counted.total_mb
    assert (int(100 * free_mhz), int(100 * free_mb)) == (70, 71)
    settings(c, ha_admission_policy=AdmissionPolicy.PERCENTAGE, ha_slot_mhz=32.0, ha_slot_mb=0.0,
             ha_failover_fraction=percent / 100.0)  # fmt: skip
    assert (refusal_of_placement(c, 5, 2) == Refusal.ACCEPTED) == is_allowed  # (24 - 8) / 24 GHz are left after it
