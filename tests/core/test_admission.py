import math

import pytest

from tests.clusters import cluster, settings
from tests.host_ticks import run, schedule_failure
from vienv.core import admission
from vienv.core.enums import NO_HOST, ONE_CLUSTER, AdmissionPolicy, ConnectionState, PowerState, VmState
from vienv.core.state import NEVER

GHZ, GB = 1000.0, 1024.0


def three_hosts(policy=AdmissionPolicy.SLOTS, **changes):
    """The example of VMware's vSphere Availability guide: 9 GHz/9 GB, 9/6, 6/6; five VMs on; two more wait."""
    c = cluster(hosts=3, vms=7)
    settings(c, ha_admission_policy=policy, ha_slot_mhz=32.0, ha_slot_mb=0.0, **changes)
    c.hosts.cpu_capacity_mhz[:] = 9 * GHZ, 9 * GHZ, 6 * GHZ
    c.hosts.memory_capacity_mb[:] = 9 * GB, 6 * GB, 6 * GB
    c.vms.cpu_reservation_mhz[:] = 2 * GHZ, 2 * GHZ, 1 * GHZ, 1 * GHZ, 1 * GHZ, 1 * GHZ, 1 * GHZ
    c.vms.memory_reservation_mb[:] = 1 * GB, 1 * GB, 2 * GB, 1 * GB, 1 * GB, 1 * GB, 1 * GB
    c.vms.overhead_mb[:] = 0.0
    for v in (5, 6):
        c.vms.state[v], c.vms.host[v] = VmState.AWAITING_PLACEMENT, NO_HOST
    return c


def memory_hosts(failures_tolerated):
    """Hosts of 16, 16 and 32 GB with slots of 1 GB, and plenty of CPU."""
    c = cluster(hosts=3, vms=64)
    settings(c, ha_admission_policy=AdmissionPolicy.SLOTS, ha_slot_mhz=1.0, ha_failures_tolerated=failures_tolerated)
    c.hosts.memory_capacity_mb[:] = 16 * GB, 16 * GB, 32 * GB
    c.vms.memory_reservation_mb[:], c.vms.overhead_mb[:] = 1 * GB, 0.0
    c.vms.state[:], c.vms.host[:] = VmState.AWAITING_PLACEMENT, NO_HOST
    return c


def power_on_all_allowed(c):
    """Power on waiting VMs, one after another, until one is refused; returns how many run."""
    for v in range(c.sizes.vms):
        if c.vms.state[v] != VmState.AWAITING_PLACEMENT:
            continue
        if not admission.allows_power_on(c.hosts, c.vms, c.migrations, c.ha, v, 0):
            break
        c.vms.state[v] = VmState.STARTING
    return int((c.vms.state != VmState.AWAITING_PLACEMENT).sum())


def let_leave_all_allowed(c, minimum_hosts_on=0):
    """Send hosts to standby, smallest first, until none may go; returns how many went."""
    order = sorted(range(c.sizes.hosts), key=lambda h: (c.hosts.memory_capacity_mb[h], h))
    gone = 0
    for h in order:
        num_on = int((c.hosts.power_state == PowerState.ON).sum())
        if num_on <= minimum_hosts_on or not admission.allows_leaving(c.hosts, c.vms, c.migrations, c.ha, h):
            break
        c.hosts.power_state[h] = PowerState.STANDBY
        gone += 1
    return gone


def test_a_slot_is_the_largest_reservation_and_hosts_hold_whole_slots():
    c = three_hosts()
    now = admission.failover(c.hosts, c.vms, c.migrations, c.ha, ONE_CLUSTER)
    assert (now.slot_mhz, now.slot_mb, now.used_slots) == (2 * GHZ, 2 * GB, 5)
    slots = [admission.slots_of_host(c.hosts, now.slot_mhz, now.slot_mb, h) for h in range(3)]
    assert slots == [4, 3, 3]
    assert now.slots - now.set_aside - now.used_slots == 1


def test_the_sixth_power_on_is_accepted_and_the_seventh_refused():
    assert power_on_all_allowed(three_hosts()) == 6


def test_memory_overhead_is_part_of_the_slot():
    c = three_hosts()
    c.vms.overhead_mb[:] = 100.0
    assert admission.failover(c.hosts, c.vms, c.migrations, c.ha, ONE_CLUSTER).slot_mb == 2 * GB + 100.0


def test_a_slot_is_never_smaller_than_the_configured_least():
    c = three_hosts()
    settings(c, ha_slot_mhz=2_500.0, ha_slot_mb=3 * GB)
    now = admission.failover(c.hosts, c.vms, c.migrations, c.ha, ONE_CLUSTER)
    assert (now.slot_mhz, now.slot_mb) == (2_500.0, 3 * GB)


def test_a_slot_size_of_nothing_does_not_bind():
    c = three_hosts()
    assert admission.slots_of_host(c.hosts, 2 * GHZ, 0.0, 2) == 3
    assert admission.slots_of_host(c.hosts, 0.0, 2 * GB, 2) == 3


@pytest.mark.parametrize(("failures_tolerated", "slots"), [(0, 64), (1, 32), (2, 16), (3, 0), (9, 0)])
def test_the_hosts_with_most_slots_are_set_aside(failures_tolerated, slots):
    assert power_on_all_allowed(memory_hosts(failures_tolerated)) == slots


@pytest.mark.parametrize(("fraction", "is_allowed"), [(0.66, True), (0.67, False)])
def test_percentage_keeps_a_share_of_cpu_unreserved(fraction, is_allowed):
    c = three_hosts(
        AdmissionPolicy.PERCENTAGE, ha_failover_fraction=fraction
    )  # 24 GHz, 7 reserved: 70 % left, then 66.7
    assert admission.allows_power_on(c.hosts, c.vms, c.migrations, c.ha, 5, 0) == is_allowed


def test_percentage_failover_capacity_is_70_percent_of_cpu_and_71_of_memory():
    c = three_hosts(AdmissionPolicy.PERCENTAGE)
    now = admission.failover(c.hosts, c.vms, c.migrations, c.ha, ONE_CLUSTER)
    assert math.floor(100 * (now.total_mhz - now.used_mhz) / now.total_mhz) == 70
    assert math.floor(100 * (now.total_mb - now.used_mb) / now.total_mb) == 71


def test_percentage_keeps_a_share_of_memory_unreserved():
    c = three_hosts(AdmissionPolicy.PERCENTAGE, ha_failover_fraction=0.5)
    c.vms.memory_reservation_mb[5] = 4.5 * GB  # 21 GB, 10.5 reserved with it
    assert admission.allows_power_on(c.hosts, c.vms, c.migrations, c.ha, 5, 0)
    c.vms.memory_reservation_mb[5] += 1.0
    assert not admission.allows_power_on(c.hosts, c.vms, c.migrations, c.ha, 5, 0)


def test_a_vm_without_cpu_reservation_counts_with_the_least_under_percentage():
    c = three_hosts(AdmissionPolicy.PERCENTAGE)
    c.vms.cpu_reservation_mhz[:5] = 2_000.0, 1_000.0, 0.0, 4_000.0, 0.0  # 24 GHz: exactly 70.57 % left
    now = admission.failover(c.hosts, c.vms, c.migrations, c.ha, ONE_CLUSTER)
    assert (now.total_mhz - now.used_mhz) / now.total_mhz == (24_000.0 - 7_064.0) / 24_000.0


def test_one_large_reservation_makes_the_slots_of_a_rack_so_large_that_power_ons_are_refused():
    c = cluster(hosts=16, vms=161)
    settings(c, ha_admission_policy=AdmissionPolicy.SLOTS)
    c.hosts.cpu_capacity_mhz[:] = 0.94 * 8 * 2_830.0
    c.hosts.memory_capacity_mb[:] = 0.94 * (32 * GB - 272.0)
    c.vms.state[0] = c.vms.state[160] = VmState.AWAITING_PLACEMENT
    assert admission.allows_power_on(c.hosts, c.vms, c.migrations, c.ha, 160, 0)
    c.vms.state[160] = VmState.RUNNING
    c.vms.memory_reservation_mb[160], c.vms.overhead_mb[160] = 4 * GB, 165.98  # 1 vCPU
    now = admission.failover(c.hosts, c.vms, c.migrations, c.ha, ONE_CLUSTER)
    assert admission.slots_of_host(c.hosts, now.slot_mhz, now.slot_mb, 0) == 7
    assert (now.slots - now.set_aside, now.used_slots) == (105, 160)
    assert not admission.allows_power_on(c.hosts, c.vms, c.migrations, c.ha, 0, 0)


def test_a_large_reservation_is_judged_with_the_slots_that_it_would_make():
    c = three_hosts()
    c.vms.memory_reservation_mb[5] = 3 * GB  # slots 3, 2, 2: without the largest 4 < 6
    assert not admission.allows_power_on(c.hosts, c.vms, c.migrations, c.ha, 5, 0)
    assert admission.allows_power_on(c.hosts, c.vms, c.migrations, c.ha, 6, 0)


def test_hosts_that_are_not_on_and_connected_do_not_count():
    for field, value in (
        ("power_state", PowerState.ENTERING_STANDBY),
        ("power_state", PowerState.FAILED),
        ("connection", ConnectionState.ENTERING_MAINTENANCE),
    ):
        c = three_hosts()
        getattr(c.hosts, field)[2] = value
        now = admission.failover(c.hosts, c.vms, c.migrations, c.ha, ONE_CLUSTER)
        assert (now.hosts, now.slots, now.set_aside) == (2, 7, 4)
        assert not admission.allows_power_on(c.hosts, c.vms, c.migrations, c.ha, 5, 0)


def test_vms_that_are_down_count_while_a_restart_is_planned():
    c = three_hosts()
    c.vms.state[4], c.vms.restart_at_s[4] = VmState.DOWN, 138.0
    assert admission.failover(c.hosts, c.vms, c.migrations, c.ha, ONE_CLUSTER).used_slots == 5
    c.vms.restart_at_s[4] = NEVER
    assert admission.failover(c.hosts, c.vms, c.migrations, c.ha, ONE_CLUSTER).used_slots == 4


def test_a_host_may_leave_only_if_the_others_hold_the_used_slots_after_the_failures_tolerated():
    c = three_hosts()
    assert [admission.allows_leaving(c.hosts, c.vms, c.migrations, c.ha, h) for h in range(3)] == [False, False, False]
    c.vms.state[3] = VmState.AWAITING_PLACEMENT  # 4 used: 3 + 3 - 3 or 4 + 3 - 4 hold 3
    assert not admission.allows_leaving(c.hosts, c.vms, c.migrations, c.ha, 2)
    c.vms.state[4] = VmState.AWAITING_PLACEMENT
    assert [admission.allows_leaving(c.hosts, c.vms, c.migrations, c.ha, h) for h in range(3)] == [True, True, True]


def test_leaving_under_percentage_counts_what_remains():
    c = three_hosts(AdmissionPolicy.PERCENTAGE, ha_failover_fraction=0.5)
    assert admission.allows_leaving(c.hosts, c.vms, c.migrations, c.ha, 2)  # 18 GHz, 7 used; 15 GB, 6 used
    assert not admission.allows_leaving(
        c.hosts, c.vms, c.migrations, c.ha._replace(failover_fraction=0.62), 2
    )  # 61.1 % of CPU, 60 % of memory


@pytest.mark.parametrize("off", [{"ha_is_enabled": 0}, {"ha_admission_policy": AdmissionPolicy.OFF}])
def test_nothing_is_refused_without_ha_or_admission_control(off):
    c = three_hosts(**({"policy": off.pop("ha_admission_policy")} if "ha_admission_policy" in off else off))
    assert power_on_all_allowed(c) == 7
    assert (
        admission.failover_slack(c.hosts, c.ha, admission.failover(c.hosts, c.vms, c.migrations, c.ha, ONE_CLUSTER), 1)
        == 2
    )
    assert let_leave_all_allowed(c) == 3


@pytest.mark.parametrize("policy", [AdmissionPolicy.SLOTS, AdmissionPolicy.PERCENTAGE])
@pytest.mark.parametrize("used", [0, 1, 10, 20, 40, 60])
@pytest.mark.parametrize("minimum", [0, 1, 2, 5])
def test_failover_slack_is_the_number_of_hosts_that_may_leave_one_after_another(policy, used, minimum):
    c = cluster(hosts=6, vms=64)
    settings(c, ha_admission_policy=policy, ha_slot_mhz=1.0)
    c.hosts.memory_capacity_mb[:] = 16 * GB, 32 * GB, 16 * GB, 8 * GB, 32 * GB, 16 * GB
    c.vms.memory_reservation_mb[:], c.vms.overhead_mb[:] = 1 * GB, 0.0
    c.vms.state[used:] = VmState.AWAITING_PLACEMENT
    slack = admission.failover_slack(
        c.hosts, c.ha, admission.failover(c.hosts, c.vms, c.migrations, c.ha, ONE_CLUSTER), minimum
    )
    assert slack == let_leave_all_allowed(c, minimum)


def test_a_restart_is_never_refused_by_admission_control():
    c = cluster(hosts=2, vms=4, incidents=1)
    settings(c, ha_admission_policy=AdmissionPolicy.SLOTS)
    schedule_failure(c, 0, 100.0, NEVER)
    run(c, 300.0)
    assert not admission.allows_power_on(
        c.hosts, c.vms, c.migrations, c.ha, 0, 1
    )  # one host left: it would not survive one more failure
    assert list(c.vms.state) == [VmState.RUNNING] * 4
    assert list(c.vms.host) == [1, 1, 1, 1]
