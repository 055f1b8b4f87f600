"""What VirtualCenter knows and shows: statistics, the largest of all VMs, and its recommendations."""

from typing import NamedTuple

from vienv.core.state.basics import FloatArray, IntArray


class VmStatistics(NamedTuple):
    """What VirtualCenter shows of each VM: demand now and over rolling windows. Updated at the end of an interval."""

    sample_mhz: FloatArray  # the VMkernel's last sample: demand; holds until the next
    sample_unserved_mhz: FloatArray  # the last sample: demand that was not delivered
    sum_mhz: FloatArray  # running interval
    sum_square: FloatArray  # running interval
    sum_unserved_mhz: FloatArray  # running interval
    ticks: FloatArray  # running interval: ticks in which it ran
    demand_5min_mhz: FloatArray
    demand_40min_mhz: FloatArray
    demand_60min_mhz: FloatArray
    deviation_5min_mhz: FloatArray  # standard deviation of the tick demands in the window
    deviation_40min_mhz: FloatArray
    deviation_60min_mhz: FloatArray
    peak_60min_mhz: FloatArray  # largest interval mean in the window
    unserved_5min_mhz: FloatArray
    memory_demand_mb: FloatArray  # active + 0.25 (consumed - active) + overhead
    sample_runs: IntArray  # the last sample: 1 if it ran
    summed_ticks: IntArray  # ticks up to which the samples are in the sums


class VmHistory(NamedTuple):
    """Ring of interval statistics, row slot * num_vms + vm."""

    mean_mhz: FloatArray
    mean_square: FloatArray


class HostStatistics(NamedTuple):
    """What VirtualCenter shows of each host. Updated at the end of an interval."""

    sample_utilisation: FloatArray  # the VMkernel's last sample; holds until the next
    sample_unserved_mhz: FloatArray  # the last sample: its VMs' demand that was not delivered
    sum_utilisation: FloatArray  # running interval
    sum_unserved_mhz: FloatArray  # running interval
    utilisation_5min: FloatArray  # (delivered + vMotion) / capacity
    unserved_5min_mhz: FloatArray
    planned_5min_mhz: FloatArray  # planned VMs' demand_5min_mhz, summed (statistics.plan_loads, after every command)
    planned_40min_mhz: FloatArray
    planned_60min_mhz: FloatArray
    variance_5min: FloatArray  # planned VMs' squared deviations, summed
    variance_40min: FloatArray
    variance_60min: FloatArray
    planned_memory_mb: FloatArray  # planned VMs' memory demand
    planned_vms: FloatArray
    summed_ticks: IntArray  # ticks up to which the samples are in the sums


class Largest(NamedTuple):
    """The most that any VM asks for, figure by figure, and the largest host's size (headroom). One row."""

    demand_mhz: FloatArray  # of the VMs that have a host: demand_5min_mhz
    memory_demand_mb: FloatArray  # likewise
    cpu_reservation_mhz: FloatArray
    memory_reservation_mb: FloatArray
    overhead_mb: FloatArray
    reserved_mb: FloatArray  # memory reservation + overhead
    host_mhz: FloatArray  # CPU capacity
    host_mb: FloatArray  # memory capacity
    host_w: FloatArray  # peak watts
    has_one_class: IntArray  # 1: all hosts are of one cluster and have CPUs of one class


class Clusters(NamedTuple):
    """Clusters under one VirtualCenter, one row each; no rows if there is one only."""

    imbalance: FloatArray  # tick: standard deviation of CPU demand / capacity over its hosts that are on
    imbalance_sum: FloatArray  # since the episode began: that, summed over the ticks before booked_ticks
    planned_total: FloatArray  # scratch of envs.recommendation: planned loads of its hosts that are ON, summed
    planned_square: FloatArray  # scratch: likewise their squares
    planned_deviation: FloatArray  # scratch: their standard deviation
    wanted_mhz: FloatArray  # scratch: what is planned on them; 0 where DRS does not rank by score
    num_on: IntArray  # scratch: hosts that are ON
    booked_ticks: IntArray


class Recommendations(NamedTuple):
    """VirtualCenter's best moves, best first, worked out after every command (Recommendations-v0, DrsTuning-v0)."""

    gain: FloatArray  # fall of planned imbalance; where DRS ranks by score: rise of the planned cluster score, of 1
    overload_gain: FloatArray  # fall of planned load above capacity, summed over hosts
    vm: IntArray  # NO_VM: empty row
    destination: IntArray  # host
    is_mandatory: IntArray  # 1: mends a rule
    mended: IntArray  # how many rules on where its VM should run it mends


class Scores(NamedTuple):
    """VMs' DRS scores, one row a VM; no rows where DRS balances load. Updated at the end of an interval."""

    score: FloatArray  # 0 .. 100: share of the CPU that it wanted and got; 0 if it is not on


class ClusterScore(NamedTuple):
    """The cluster's DRS score. One row; none where DRS balances load."""

    score: FloatArray  # mean of the VMs' that are on, weighted by what they want
    total: FloatArray  # summed over intervals
