"""Timeline 11: a host loses all paths to a datastore; HA restarts its VMs elsewhere at 320 s."""

from tests.managed import run
from tests.stored import fail_paths, stored

AT_S = 107.0
VS6 = {"ha_unreachable_after_s": 320.0}


def test_after_320_s_without_a_path_the_vms_start_where_their_disks_are_reached():
    c = stored(3, 3, incidents=1, **VS6)
    fail_paths(c, 0, AT_S, 7200.0)
    run(c, AT_S + 313.0)
    assert c.vms.host[0] == 0
    run(c, AT_S + 333.0)
    assert c.vms.host[0] != 0
    assert c.vms.up_at_s[0] == AT_S + 320.0 + 90.0


def test_the_vm_serves_nobody_from_the_second_of_the_loss_until_its_guest_has_booted_elsewhere():
    c = stored(3, 3, incidents=1, **VS6)
    fail_paths(c, 0, AT_S, 7200.0)
    assert run(c, 1000.0).tolist() == [320.0 + 90.0, 0.0, 0.0]


def test_a_path_that_is_back_before_costs_the_stall_and_no_restart():
    c = stored(3, 3, incidents=1, **VS6)
    fail_paths(c, 0, AT_S, 300.0)
    assert run(c, 1000.0).tolist() == [300.0, 0.0, 0.0]
    assert c.vms.host[0] == 0


def test_before_vsphere_6_the_vms_wait_for_a_path_as_long_as_it_takes():
    c = stored(3, 3, incidents=1)
    fail_paths(c, 0, AT_S, 900.0)
    assert run(c, 1200.0).tolist() == [900.0, 0.0, 0.0]
    assert c.vms.host[0] == 0


def test_where_no_other_host_reaches_the_datastore_nothing_is_powered_off():
    c = stored(2, 2, datastores=2, incidents=1, **VS6)
    c.vms.datastore[0] = 1
    c.paths.is_reachable[:] = [1, 1, 1, 0]
    fail_paths(c, 0, AT_S, 900.0, datastore=1)
    assert run(c, 1200.0).tolist() == [900.0, 0.0]
