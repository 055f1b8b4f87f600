"""vSphere 7's VM DRS score: how well a VM runs where it is, 0 to 100, and the cluster's, weighted by what VMs want.

VMware names what the score is made of, CPU ready time, swapped memory and the like, and that the cluster's is a
weighted mean over the VMs that are on; it gives no formula (VMware vSphere blog, "vSphere 7: DRS score", May 2020).
Here it is the share of the CPU that a VM wanted in the last interval and got: ready time, pages that it waited for and
its own vMotion all take of it. A profile's interval of 60 s makes it once a minute. The form is UNSOURCED.

What a score would be elsewhere follows from the load of the host: up to a knee a host gives all that is wanted, above
it a little less, for DRS takes a host as less efficient above half load (Denneman, frankdenneman.nl, 8 May 2020; 30 %
at the two most aggressive thresholds), and above its capacity no more. The slope from the knee on is UNSOURCED. Left
out: network contention and the score's buckets of 20.
"""

from vienv.core.enums import VmState
from vienv.core.jit import kernel
from vienv.core.state import ClusterScore, Scores, Vms, VmStatistics

PERFECT = 100.0


@kernel
def keep(scores: Scores, cluster_score: ClusterScore, vms: Vms, vm_statistics: VmStatistics) -> None:
    """Work out the scores of the interval that has just closed. Follows `statistics.close_interval`.

    A VM that is not on has none (0); a cluster that wants nothing is perfect.
    """
    total = wanted_mhz = 0.0
    for v in range(scores.score.size):
        demand_mhz = vm_statistics.demand_5min_mhz[v]
        scores.score[v] = PERFECT if vms.state[v] == VmState.RUNNING else 0.0
        if vms.state[v] == VmState.RUNNING and demand_mhz > 0.0:
            scores.score[v] = PERFECT * max(0.0, 1.0 - vm_statistics.unserved_5min_mhz[v] / demand_mhz)
            total += demand_mhz * scores.score[v]
            wanted_mhz += demand_mhz
    cluster_score.score[0] = total / wanted_mhz if wanted_mhz > 0.0 else PERFECT
    cluster_score.total[0] += cluster_score.score[0]


@kernel
def served(load: float, knee: float, loss: float) -> float:
    """What a host gives of a load (both shares of its capacity): all of it below the knee, 1 - loss of it when full.

    Concave and never falling for loss <= (1 - knee) / (2 - knee): so of equal hosts the least loaded gains a VM most.
    """
    if load <= knee:
        return load
    if load >= 1.0:
        return 1.0 - loss
    return load * (1.0 - loss * (load - knee) / (1.0 - knee))
