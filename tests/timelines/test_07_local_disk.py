"""Timeline 7: a host dies with a VM on a SAN and one on its own disk; only the first is restarted elsewhere."""

from tests.managed import run, schedule
from tests.stored import stored
from vienv.core.enums import IncidentKind


def test_the_vm_on_the_san_is_down_105_s_and_the_one_on_the_local_disk_3930():
    c = stored(2, 2, datastores=2, incidents=1)
    c.vms.host[:], c.vms.datastore[:] = 0, [0, 1]
    c.paths.is_reachable[:] = [1, 1, 1, 0]  # host 1 does not reach host 0's disk
    schedule(c, IncidentKind.HOST_FAILURE, 107.0, 3600.0, host=0)
    down_s = run(c, 4200.0)
    assert down_s.tolist() == [105.0, 3930.0]
    assert c.vms.host.tolist() == [1, 0]
