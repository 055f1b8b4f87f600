"""DRS's rules between VMs, on two hosts."""

import pytest

from tests.managed import managed, migrate
from vienv.core.enums import VmState
from vienv.core.rules import breaks_rule, violations, will_break_rule


def apart(**changes):
    c = managed(vms=3, **changes)
    c.vms.apart_group[:2] = 4
    return c


def together(**changes):
    c = managed(vms=3, **changes)
    c.vms.together_group[:2] = 4
    return c


def test_vms_that_must_be_apart_break_the_rule_only_on_one_host():
    assert violations(apart(on=[0, 0, 0]).vms) == 2
    assert violations(apart(on=[0, 1, 0]).vms) == 0


def test_vms_that_belong_together_break_the_rule_only_on_two_hosts():
    assert violations(together(on=[0, 1, 0]).vms) == 2
    assert violations(together(on=[1, 1, 0]).vms) == 0


def test_groups_of_different_numbers_have_nothing_to_do_with_each_other():
    c = apart(on=[0, 1, 1])
    c.vms.apart_group[2] = 5
    assert violations(c.vms) == 0


@pytest.mark.parametrize("state", [VmState.DOWN, VmState.STARTING, VmState.AWAITING_PLACEMENT])
def test_a_vm_that_does_not_run_breaks_nothing(state):
    c = apart(on=[0, 0, 0])
    c.vms.state[1] = state
    assert violations(c.vms) == 0


def test_a_rule_counts_as_mended_for_both_once_the_move_that_mends_it_is_queued():
    c = apart(on=[0, 0, 0])
    migrate(c, 0, 1)
    assert [will_break_rule(c.vms, c.migrations, v) for v in range(3)] == [False, False, False]
    assert breaks_rule(c.vms, 0)  # until it has arrived
    assert breaks_rule(c.vms, 1)


def test_a_queued_move_that_will_part_a_pair_breaks_its_rule_already():
    c = together(on=[0, 0, 0])
    migrate(c, 0, 1)
    assert will_break_rule(c.vms, c.migrations, 1)
    assert not breaks_rule(c.vms, 1)
