"""Hosted hypervisors (VMware Server, Workstation) beside ESX: what they deliver, refuse and take down."""

import copy
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.managed import (
    arrive,
    managed,
    refusal_of_migration,
    refusal_of_placement,
    refusal_of_standby,
    run,
    schedule,
)
from tests.properties.management_story import quickly
from vienv.core import arena
from vienv.core.enums import AdmissionPolicy, HypervisorKind, IncidentKind, Metric, PowerState, Refusal, VmState
from vienv.core.ha import reboots
from vienv.core.state import NEVER
from vienv.scenario import Worlds, load

WANTED_MHZ = 20_000.0
NOMINAL_MHZ = 8 * 2830.0
GUEST_BOOT_S, BOOT_S = 90.0, 240.0
HOST: dict[str, Any] = {"name": "server", "server": "Dell 2950 III", "memory_gb": 16}
HOSTED, ESX = HOST | {"hypervisor": "hosted"}, HOST | {"hypervisor": "esx"}


def rows_of(**changes: Any) -> tuple[Worlds, SimpleNamespace]:
    """What all worlds of a small scenario begin as, its hosts and devices as views."""
    scenario = {"name": "small", "hosts": [HOSTED, ESX | {"name": "esx"}], "vms": {"count": 2}} | changes
    worlds = Worlds(load(copy.deepcopy(scenario)))
    rows = worlds._common.floats, worlds._common.ints, worlds.spans
    views = {
        name: getattr(arena, f"{name}_of")(*rows) for name in ("clock", "hosts", "devices", "drivers", "incidents")
    }
    return worlds, SimpleNamespace(**views)


def mixed(hosted: tuple[int, ...] = (0,), hosts: int = 3, vms: int = 3, incidents: int = 0, **more: Any):
    """A cluster some of whose hosts are hosted."""
    c = managed(hosts=hosts, vms=vms, incidents=incidents, **more)
    c.clock.has_more[0] = 1
    c.hosts.hypervisor[list(hosted)] = HypervisorKind.HOSTED
    c.hosts.vmkernel_mbps[list(hosted)] = 0.0
    return c


def delivered_mhz(capacity_mhz: float) -> float:
    c = managed(hosts=1, vms=8, mhz=WANTED_MHZ / 8)
    c.hosts.cpu_capacity_mhz[:] = capacity_mhz
    run(c, 40.0)
    return float(c.hosts.delivered_mhz[0])


def test_the_host_operating_system_comes_first_18703_mhz_are_left_where_esx_delivers_20000():
    _, c = rows_of()
    hosted, esx = c.hosts.cpu_capacity_mhz
    assert hosted == pytest.approx(NOMINAL_MHZ * 0.95 / 1.15, rel=1e-12)
    assert esx == pytest.approx(0.94 * NOMINAL_MHZ, rel=1e-12)
    assert delivered_mhz(hosted) == pytest.approx(18_702.6087, abs=1e-3)
    assert delivered_mhz(esx) == pytest.approx(WANTED_MHZ, rel=1e-12)


def test_the_operating_system_takes_its_memory_and_overhead_is_a_setting():
    own = {"os_cpu_percent": 10.0, "overhead_percent": 0.0, "os_memory_mb": 1024.0}
    _, c = rows_of(hosts=[HOSTED | own, ESX | {"name": "esx"}])
    assert c.hosts.memory_managed_mb.tolist() == [15 * 1024.0, 16 * 1024.0 - 272.0]
    assert c.hosts.cpu_capacity_mhz[0] == pytest.approx(0.9 * NOMINAL_MHZ, rel=1e-12)


@pytest.mark.parametrize("console_mb", [192.0, 272.0, 800.0])
def test_a_service_console_takes_what_its_group_says_272_mb_by_default_and_esxi_has_none(console_mb: float):
    groups = [ESX | {"console_mb": console_mb}, ESX | {"name": "esx"}, HOST | {"name": "esxi", "hypervisor": "esxi"}]
    _, c = rows_of(hosts=groups)
    assert (16 * 1024.0 - c.hosts.memory_managed_mb).tolist() == [console_mb, 272.0, 0.0]
    assert c.hosts.hypervisor.tolist() == [HypervisorKind.ESX, HypervisorKind.ESX, HypervisorKind.ESXI]


def test_vmotion_to_and_from_a_hosted_hypervisor_is_refused_and_between_two_esx_hosts_accepted():
    c = mixed()
    assert refusal_of_migration(c, 0, 1) == Refusal.HOSTED
    assert refusal_of_migration(c, 1, 0) == Refusal.HOSTED
    assert refusal_of_migration(c, 1, 2) == Refusal.ACCEPTED


def test_the_reason_is_hosted_also_where_the_vm_lies_on_the_servers_own_disk():
    c = mixed()
    c.paths.is_reachable[1:] = 0
    assert refusal_of_migration(c, 0, 1) == Refusal.HOSTED
    assert refusal_of_migration(c, 1, 2) == Refusal.NO_SHARED_DATASTORE


def test_a_hosted_hypervisor_is_not_sent_to_standby_empty_or_not_and_takes_power_ons():
    c = mixed(vms=2)
    c.vms.host[:] = 1
    assert refusal_of_standby(c, 0) == Refusal.HOSTED
    assert refusal_of_standby(c, 2) == Refusal.ACCEPTED
    arrive(c, 1)
    assert refusal_of_placement(c, 1, 0) == Refusal.ACCEPTED


def test_hosted_hosts_and_their_vms_count_for_nothing_in_admission_control():
    c = mixed(vms=4, ha_admission_policy=AdmissionPolicy.SLOTS, ha_slot_mhz=5000.0, ha_slot_mb=16.0)
    c.vms.host[:] = [0, 0, 1, 2]  # of 6 slots 2 are the hosted host's; of the 4 others one host's are set aside
    arrive(c, 3)
    assert refusal_of_placement(c, 3, 2) == Refusal.ACCEPTED
    c.hosts.hypervisor[2] = HypervisorKind.HOSTED
    assert refusal_of_placement(c, 3, 2) == Refusal.ADMISSION_CONTROL


def test_ha_restarts_no_vm_of_a_hosted_host_and_none_onto_one():
    c = mixed(incidents=1)
    schedule(c, IncidentKind.HOST_FAILURE, 100.0, 3600.0, host=0)
    run(c, 600.0)
    assert (c.vms.state[0], c.vms.host[0], c.vms.restart_at_s[0]) == (VmState.DOWN, 0, NEVER)
    c = mixed(incidents=1, vms=1, hosts=3, on=[1])
    c.hosts.hypervisor[2] = HypervisorKind.HOSTED
    schedule(c, IncidentKind.HOST_FAILURE, 100.0, 36_000.0, host=1)
    run(c, 600.0)
    assert (c.vms.state[0], c.vms.host[0]) == (VmState.DOWN, 1)
    c.hosts.hypervisor[2] = HypervisorKind.ESX  # the same under ESX: attempts at 115, 235, 475 and 955 s
    run(c, 1200.0)
    assert (c.vms.state[0], c.vms.host[0]) == (VmState.RUNNING, 2)


@pytest.mark.parametrize(("at_s", "update_s"), [(100.0, 0.0), (107.0, 0.0), (119.5, 600.0)])
def test_a_reboot_of_the_host_operating_system_takes_its_vms_down_for_boot_and_guest_boot_330_s(at_s, update_s):
    c = mixed(vms=6, incidents=1)
    schedule(c, IncidentKind.OS_REBOOT, at_s, update_s, host=0)
    down_s = run(c, 1800.0)
    expected_s = update_s + BOOT_S + GUEST_BOOT_S
    assert down_s.tolist() == pytest.approx([expected_s, 0.0, 0.0] * 2, abs=1e-9)
    assert c.vms.host[[0, 3]].tolist() == [0, 0]
    assert c.hosts.power_state[0] == PowerState.ON
    assert c.metrics.value[Metric.HOST_FAILURES] == c.metrics.value[Metric.RESTARTS] == 0.0


def test_a_rebooting_host_draws_its_peak_from_the_second_of_the_reboot():
    c = mixed(hosts=1, vms=1, incidents=1, mhz=0.0)
    schedule(c, IncidentKind.OS_REBOOT, 105.0, 0.0, host=0)
    run(c, 120.0)
    assert (c.hosts.on_s[0], c.hosts.boot_tick_s[0]) == (5.0, 15.0)
    assert c.hosts.power_w[0] == pytest.approx((5.0 * 200.0 + 15.0 * 300.0) / 20.0)


def test_a_reboot_of_a_host_that_has_died_changes_nothing():
    c = mixed(incidents=2)
    schedule(c, IncidentKind.HOST_FAILURE, 100.0, 3600.0, host=0, row=0)
    schedule(c, IncidentKind.OS_REBOOT, 200.0, 0.0, host=0, row=1)
    down_s = run(c, 5000.0)
    assert down_s[0] == pytest.approx(3600.0 + BOOT_S + GUEST_BOOT_S, abs=20.0)


def with_device(mhz: float = 1000.0) -> SimpleNamespace:
    """VM 0 on a hosted host and VM 1 on ESX, both of which want a device; the host operating system lacks it."""
    c = mixed(hosts=2, vms=4, mhz=mhz, rows={"devices": 4})
    c.devices.needs[:2], c.devices.part[:] = 0b10, 0.5
    c.drivers.devices[:] = [0b01, -1]
    return c


def test_a_device_without_a_driver_is_not_there_half_the_work_waits_and_on_esx_none():
    c = with_device()
    run(c, 40.0)
    assert c.vms.delivered_mhz.tolist() == [500.0, 1000.0, 1000.0, 1000.0]
    assert c.hosts.delivered_mhz.tolist() == [1500.0, 2000.0]
    c.drivers.devices[0] = 0b11
    run(c, 80.0)
    assert c.vms.delivered_mhz[0] == 1000.0


def test_what_waits_for_a_device_is_unserved_over_the_whole_hour_though_the_host_is_still():
    c = with_device()
    run(c, 3600.0)
    assert c.hosts.unserved_mhz_s.tolist() == pytest.approx([500.0 * 20.0, 0.0])
    assert c.vms.delivered_mhz[0] == 500.0


def test_a_device_takes_nothing_from_a_vm_that_gets_less_than_the_rest_anyhow():
    c = with_device(mhz=2500.0)
    c.hosts.cpu_capacity_mhz[0] = 1600.0
    run(c, 40.0)
    assert c.vms.delivered_mhz[0] == pytest.approx(800.0)


def test_devices_and_drivers_are_written_bit_by_bit_and_esx_knows_all():
    vm = [{"name": "fax", "device": "fax"}, {"name": "usb", "device": "dongle", "device_part": 0.2}, {"name": "web"}]
    worlds, c = rows_of(
        hosts=[HOSTED | {"drivers": ["dongle", "sound"]}, ESX | {"name": "esx"}], vm=vm, vms={"count": 0}
    )
    assert worlds.sizes.devices == 3
    assert c.devices.needs.tolist() == [0b01, 0b10, 0]
    assert c.devices.part[:2].tolist() == [0.5, 0.2]
    assert c.drivers.devices.tolist() == [0b10, -1]


def test_without_devices_and_reboots_nothing_is_laid_out_or_asked():
    worlds, c = rows_of()
    assert (worlds.sizes.devices, c.devices.needs.size, c.drivers.devices.size) == (0, 0, 0)
    assert c.clock.has_more[0] == 0
    reboot = {"kind": "os_reboot", "host": "server-01", "at_s": 600, "duration_s": 0}
    assert rows_of(incidents=[reboot])[1].clock.has_more[0] == 1


def test_a_rack_takes_its_hosts_down_at_one_second():
    racks = [{"name": "left", "hosts": ["esx"]}, {"name": "right", "hosts": ["server-01"]}]
    failure = {"kind": "rack_failure", "rack": "left", "at_s": 130, "duration_s": 3600}
    hosts = [HOSTED, ESX | {"name": "esx", "count": 3}]
    _, c = rows_of(hosts=hosts, racks=racks, incidents=[failure])
    assert c.incidents.kind.tolist() == [IncidentKind.HOST_FAILURE] * 3
    assert c.incidents.host.tolist() == [1, 2, 3]
    assert set(c.incidents.at_s.tolist()) == {130.0}


def test_hosts_that_die_at_one_second_leave_the_restarts_of_both_to_the_third():
    c = managed(hosts=3, vms=3, incidents=2)
    for row in range(2):
        schedule(c, IncidentKind.HOST_FAILURE, 130.0, 36_000.0, host=row, row=row)
    down_s = run(c, 600.0)
    assert np.unique(c.hosts.state_since_s[:2]).tolist() == [130.0]
    assert c.vms.host.tolist() == [2, 2, 2]
    assert down_s.tolist() == [105.0, 105.0, 0.0]


def eventful() -> SimpleNamespace:
    """A hosted host with a device that is not there, whose operating system is rebooted at 1,010 s; ESX beside it."""
    c = mixed(hosts=3, vms=6, incidents=2, mhz=900.0, rows={"devices": 6})
    c.devices.needs[0], c.devices.part[:] = 1, 0.5
    schedule(c, IncidentKind.OS_REBOOT, 1010.0, 100.0, host=0, row=0)
    schedule(c, IncidentKind.HOST_FAILURE, 2015.0, 600.0, host=2, row=1)
    return c


def test_looking_only_when_something_is_due_gives_what_looking_in_every_tick_gives():
    quiet, restless = eventful(), eventful()
    down_s = run(quiet, 4000.0)
    restless_down_s = np.zeros(6)
    while restless.clock.now_s[0] < 4000.0:
        restless_down_s += run(restless, restless.clock.now_s[0] + 20.0)  # `run` stirs everybody first
    assert down_s.tolist() == pytest.approx(restless_down_s.tolist(), abs=1e-9)
    assert quiet.vms.host.tolist() == restless.vms.host.tolist()
    assert quiet.ledger.interval == pytest.approx(restless.ledger.interval, rel=1e-9)


def down_of_the_hosted_host(**planted: Any) -> float:
    c = mixed(vms=3, incidents=1)
    schedule(c, IncidentKind.OS_REBOOT, 105.0, 0.0, host=0)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in planted.items():
            patch.setattr(reboots, name, value)
        return float(run(c, 1200.0)[0])


def test_the_seconds_of_a_reboot_catch_a_reboot_that_leaves_guests_up_and_one_that_stirs_nobody():
    assert down_of_the_hosted_host() == pytest.approx(330.0, abs=1e-9)
    assert down_of_the_hosted_host(take_down=lambda *_: None) == 0.0
    assert down_of_the_hosted_host(stir=lambda *_: None) != pytest.approx(330.0, abs=1e-9)


@quickly
@given(
    st.lists(st.tuples(st.booleans(), st.floats(0.0, 1.0), st.floats(0.0, 2500.0)), min_size=2, max_size=8),
    st.floats(500.0, 12_000.0),
)
def test_a_host_never_delivers_more_than_it_has_nor_a_vm_more_than_its_device_lets_it(vms, capacity_mhz):
    c = mixed(hosts=2, vms=len(vms), mhz=[mhz for _, _, mhz in vms], rows={"devices": len(vms)})
    c.hosts.cpu_capacity_mhz[:] = capacity_mhz
    c.devices.needs[:] = [int(wants) for wants, _, _ in vms]
    c.devices.part[:], c.drivers.devices[1] = [part for _, part, _ in vms], -1
    run(c, 40.0)
    assert (c.hosts.delivered_mhz <= capacity_mhz * (1 + 1e-9)).all()
    for h in range(2):
        mine = c.vms.host == h
        assert c.hosts.delivered_mhz[h] == pytest.approx(c.vms.delivered_mhz[mine].sum(), rel=1e-9, abs=1e-6)
    for v, (wants, part, mhz) in enumerate(vms):
        most = (1.0 - part) * mhz if wants and c.vms.host[v] == 0 else mhz
        assert c.vms.delivered_mhz[v] <= most * (1 + 1e-9) + 1e-6
