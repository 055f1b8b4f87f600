"""Guests of one identity: the later one serves nobody until the other is gone."""

from tests.filed import change, filed, run
from vienv.core.enums import Happening, VmState


def test_a_copy_that_comes_up_beside_its_original_is_refused_and_the_original_goes_on():
    c = filed()
    c.identities.identity[1] = 0
    c.vms.state[1], c.vms.up_at_s[1], c.identities.was_up[1] = VmState.STARTING, 30.0, 0
    run(c, 100.0)
    assert c.identities.is_refused.tolist() == [0, 1]
    assert c.vms.up_s.tolist() == [20.0, 0.0]
    assert c.counters.number[Happening.NAME_CONFLICTS] == 1.0


def test_a_refused_copy_serves_once_the_other_is_down_and_is_not_counted_again():
    c = filed()
    c.identities.identity[1] = 0
    c.vms.state[1], c.vms.up_at_s[1], c.identities.was_up[1] = VmState.STARTING, 30.0, 0
    run(c, 100.0)
    c.vms.state[0] = VmState.DOWN
    change(c)
    run(c, 160.0)
    assert (c.identities.is_refused[1], c.vms.up_s[1]) == (0, 20.0)
    assert c.counters.number[Happening.NAME_CONFLICTS] == 1.0


def test_a_host_that_is_still_holds_what_refused_guests_do_not_serve():
    c = filed()
    c.identities.identity[1], c.identities.was_up[1] = 0, 0
    run(c, 400.0)
    assert c.down_s == [0.0, 400.0]
    assert c.hosts.still_ticks[1] == 2
