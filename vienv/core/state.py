"""The state of one cluster, as tuples of arrays: every field's meaning, unit, shape and sentinel stands here, once.

A field is `FloatArray` or `IntArray`, one entry a row of its kind. `arena.py` reads these annotations and lays the
views over two flat arenas, so a field is named nowhere else. "static" fields are written when a world is generated,
"tick" fields are worked out anew each tick, all others are what evolves. Times `*_at_s` are seconds since the episode
began; NEVER (infinity) means not foreseen.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
NEVER = np.inf


class Clock(NamedTuple):
    """Where the cluster is in time, and counters of the running interval. One row: read and write `clock.tick[0]`."""

    now_s: FloatArray  # start of the current tick, s since the episode began
    tick_s: FloatArray  # static: length of a tick, s
    duration_s: FloatArray  # static: length of the episode, s
    week_starts_s: FloatArray  # static: the episode's beginning, s since Monday midnight
    vc_returns_at_s: FloatArray  # VirtualCenter is down until then; 0 or past: it is up
    next_event_s: FloatArray  # no timer of a host, a VM or an incident is due before; 0 or past: look at all (timers)
    sample_ends_s: FloatArray  # when the workload row ends that demand was last read from
    tick: IntArray  # ticks done
    interval: IntArray  # intervals done
    ticks_per_interval: IntArray  # static
    intervals_per_episode: IntArray  # static
    commands: IntArray  # commands accepted in this interval
    picked: IntArray  # vm picked up and not yet placed; NO_VM if none
    ticket: IntArray  # next number of the vMotion queue
    placement_changed: IntArray  # 1: `inventory.group` must run before anything reads hosts.first_vm
    copying: IntArray  # migrations queued or in flight; 0 lets vmotion return at once
    in_flight: IntArray  # migrations in flight
    still_ticks: IntArray  # the least of hosts.still_ticks, or less
    charged_ticks: IntArray  # ticks whose charges the ledger has booked
    is_shown: IntArray  # 1: the output shows this state, and a command need only write what it changes (envs.show)
    is_terminated: IntArray  # 1: the cluster is lost for good
    world: IntArray  # static: number of this world in its split


class Hosts(NamedTuple):
    """The ESX hosts, one row each."""

    cpu_capacity_mhz: FloatArray  # static: what VMs can get: 0.94 x cores x MHz (VMkernel and console take 6 %)
    core_mhz: FloatArray  # static: clock of one core
    memory_managed_mb: FloatArray  # static: total less the service console; the base of the free-memory states
    memory_capacity_mb: FloatArray  # static: 0.94 x memory_managed_mb; what placement and admission count with
    vmkernel_mbps: FloatArray  # static: vMotion NIC's line speed, Mbit/s; 0 = no VMkernel network
    standby_w: FloatArray  # static: watts in standby (and while failed)
    boot_s: FloatArray  # static: from the answered wake to "connected"
    shutdown_s: FloatArray  # static: from the last VM's leaving to standby
    state_since_s: FloatArray  # when power_state was entered
    ready_at_s: (
        FloatArray  # when the running transition ends (standby reached, wake answered, boot done); NEVER if none
    )
    repair_at_s: FloatArray  # when a failed host begins to boot; NEVER if not failed
    next_failure_s: FloatArray  # next random failure on this host's own tape; NEVER if failures are off
    fails_at_s: FloatArray  # tick: the moment in this tick at which the host dies; NEVER if it does not
    on_s: FloatArray  # tick: seconds of this tick that it drew power as ON or ENTERING_STANDBY
    boot_tick_s: FloatArray  # tick: seconds of this tick spent WAKING or BOOTING
    demand_mhz: FloatArray  # tick: limit-clipped demand of the VMs that run here
    delivered_mhz: FloatArray  # tick: CPU spent on them: what they got, and what their vMotions' slowdown took
    vmotion_mhz: FloatArray  # tick: CPU that vMotions took here, averaged over the tick
    vmotion_since_s: FloatArray  # while it has vMotions in flight: up to when their CPU is booked (flight)
    power_w: FloatArray  # tick: mean watts over the tick
    consumed_mb: FloatArray  # tick: host memory in use by VMs, overhead included, after sharing, balloon and swap
    load: FloatArray  # tick: demand / capacity, for the ledger
    memory_load: FloatArray  # tick: consumed / capacity, for the ledger
    wanted_mhz_s: FloatArray  # tick: its VMs' demand times the seconds that they were up, summed
    active_mb_s: FloatArray  # tick: likewise their active memory
    unserved_mhz_s: FloatArray  # tick: likewise the demand that was not delivered
    unserved_mb_s: FloatArray  # tick: likewise the active memory that was not resident
    down_s: FloatArray  # tick: seconds that its VMs were down, summed
    reserved_mhz: FloatArray  # CPU reservations of resident and inbound VMs (inventory.group)
    reserved_mb: FloatArray  # memory reservations + overhead of resident and inbound VMs (inventory.group)
    on_total_s: FloatArray  # since the episode began: seconds on, for SLATAH
    full_total_s: FloatArray  # since the episode began: seconds on with demand >= capacity, for SLATAH
    hour_load: FloatArray  # running hour: sum over ticks of demand / capacity while on
    hour_ticks: FloatArray  # running hour: ticks while on
    plan_mhz: FloatArray  # scratch of an evacuation plan: demand after it
    plan_reserved_mhz: FloatArray  # scratch of an evacuation plan
    plan_reserved_mb: FloatArray  # scratch of an evacuation plan
    plan_memory_mb: FloatArray  # scratch of an evacuation plan: memory demand after it
    planned_load: FloatArray  # scratch of envs.recommendation: planned load, where it is on
    link_mb_s: FloatArray  # scratch of network.share_links: what its VMkernel link has left, MB/s
    cpu_class: IntArray  # static: vMotion needs equal classes (CPU vendor and family)
    vmotion_limit: IntArray  # static: vMotions at a time, as source or destination
    power_state: IntArray  # PowerState
    connection: IntArray  # ConnectionState
    memory_state: IntArray  # MemoryState
    first_vm: IntArray  # index into vms.by_host of the first VM that lives here (inventory.group)
    num_vms: IntArray  # VMs that live here (inventory.group)
    commanded: IntArray  # 1: got a command in this interval
    is_receiver: IntArray  # scratch of an evacuation plan: 1 = may take VMs
    num_special: IntArray  # VMs planned here that an evacuation has to look at one by one (headroom)
    takes_any: IntArray  # scratch of headroom: 1 = has room for whatever VM an evacuation sends
    lets_go: IntArray  # scratch of headroom: 1 = whatever plain VM lives here, some host may take it
    by_load: IntArray  # scratch of envs.recommendation: hosts that are on, by CPU capacity, then by planned load
    run_ends: IntArray  # scratch of envs.recommendation: where the k-th run of equal capacity ends in by_load
    may_toggle: IntArray  # what its power may be told, evacuation aside (envs.mask.Toggle)
    vmotions: IntArray  # vMotions in flight from and to it; the queued are not counted
    first_flight: IntArray  # if it has any: the VM of the first in its list (flight)
    copying: IntArray  # scratch of network.share_links: vMotions on its link that have no rate yet
    reached: IntArray  # scratch of network.share_links: first rows: hosts whose links hang together
    is_reached: IntArray  # scratch of network.share_links: 1 = among them; 0 outside it
    failures: IntArray  # failures so far: the counter of this host's failure tape
    still_ticks: IntArray  # ticks since anything changed here, 2 at most: then it is still (stillness)
    maintenance_ends_s: FloatArray  # when maintenance mode is left; NEVER if none is asked for
    restores_at_s: FloatArray  # when HA declares this failed host dead and restarts may begin; NEVER if not failed


class Vms(NamedTuple):
    """The virtual machines, one row each."""

    cpu_configured_mhz: FloatArray  # static: vCPUs x reference core MHz; workload rows are fractions of it
    cpu_reservation_mhz: FloatArray  # static
    cpu_limit_mhz: FloatArray  # static: NEVER (infinity) if unlimited
    cpu_shares: FloatArray  # static
    memory_mb: FloatArray  # static: configured
    memory_reservation_mb: FloatArray  # static
    memory_limit_mb: FloatArray  # static: infinity if unlimited
    memory_shares: FloatArray  # static
    overhead_mb: FloatArray  # static: the VMkernel's own memory for this VM
    touched_mb: FloatArray  # static: guest memory that has been written, hence backed unless shared or reclaimed
    shareable_mb: FloatArray  # static: what page sharing saves once scanned
    active_base: FloatArray  # static: active fraction of configured memory when idle
    active_per_cpu: FloatArray  # static: rise of that fraction with CPU demand as a fraction of configured
    dirty_mb_s: FloatArray  # static: rate at which the guest dirties memory during pre-copy
    working_set_mb: FloatArray  # static: bound on what a round can find dirty
    arrives_at_s: FloatArray  # static: 0 or less: there from the start
    demand_mhz: FloatArray  # tick: what the guest wants now, never above its limit
    delivered_mhz: FloatArray  # tick: what it got
    active_mb: FloatArray  # tick: memory it touches now
    shared_mb: FloatArray  # saved by page sharing; lost on vMotion and power-on, regained over the scan time
    scanned_since_s: FloatArray  # when the VMkernel began to scan its pages: power-on or arrival on this host
    ballooned_mb: FloatArray  # taken back by the balloon driver
    swapped_mb: FloatArray  # taken back by VMkernel swap
    unserved_mb: FloatArray  # tick: active memory that is not resident
    claim_floor: FloatArray  # scratch of shares.share_out, row k = the k-th claimant: what it gets in any case
    claim_cap: FloatArray  # scratch of shares.share_out: the most that it takes
    claim_weight: FloatArray  # scratch of shares.share_out: its shares
    claim_granted: FloatArray  # scratch of shares.share_out: what it gets
    claim_lifted: FloatArray  # scratch of memory.reclaim: its floor, once its shares alone would leave it below
    slowdown: FloatArray  # tick: fraction of its CPU lost to a running vMotion
    up_s: FloatArray  # tick: seconds of this tick that its guest was up
    up_at_s: FloatArray  # STARTING: when its guest has booted
    restart_at_s: FloatArray  # DOWN: next restart attempt; NEVER if none is planned
    requested_mhz_s: FloatArray  # since the episode began: demand while it ran, for PDM
    degraded_mhz_s: FloatArray  # since the episode began: CPU lost to its own vMotions, for PDM
    num_vcpus: IntArray  # static
    datastore: IntArray  # static: index of the datastore that holds its files
    pool: IntArray  # static: resource pool, NO_POOL = the cluster's root
    restart_priority: IntArray  # static: 3 high, 2 medium, 1 low, 0 HA does not restart it
    together_group: IntArray  # static: affinity rule: VMs of a group share a host; NO_GROUP if none
    apart_group: IntArray  # static: anti-affinity rule: no two VMs of a group share a host; NO_GROUP if none
    state: IntArray  # VmState
    host: IntArray  # host it runs or is registered on; NO_HOST if none
    by_host: IntArray  # VM indices sorted by host, those without one last (inventory.group)
    restart_attempts: IntArray  # attempts since it went down
    commanded: IntArray  # 1: got a command in this interval
    plan_host: IntArray  # scratch of an evacuation plan: where this VM would go
    is_plain: IntArray  # 1: no rule binds it and every host reaches its datastore (headroom)
    gathered: IntArray  # scratch of inventory.gather: VMs of two hosts, by index


class Pools(NamedTuple):
    """Resource pools, children of the cluster's root; CPU only."""

    shares: FloatArray  # static
    reservation_mhz: FloatArray  # static, cluster-wide
    limit_mhz: FloatArray  # static, cluster-wide; infinity if unlimited
    running_shares: FloatArray  # tick: cpu_shares of its running VMs, in the whole cluster
    host_shares: FloatArray  # scratch of cpu.schedule, the host being divided: cpu_shares of its running VMs there
    host_demand_mhz: FloatArray  # scratch of cpu.schedule: their demand
    host_reservation_mhz: FloatArray  # scratch of cpu.schedule: their reservations, each capped by its demand
    host_granted_mhz: FloatArray  # scratch of cpu.schedule: what the pool gets there


class Datastores(NamedTuple):
    """Where VMs' files lie. A local disk is a datastore that one host reaches."""

    migrations: IntArray  # vMotions running now of VMs that live here
    is_shared: IntArray  # 1: every host reaches it (headroom)


class Paths(NamedTuple):
    """Who reaches which datastore: row host * num_datastores + datastore."""

    is_reachable: IntArray  # static


class PowerCurves(NamedTuple):
    """Row host * CURVE_POINTS + k: the host's draw at 10 k % load."""

    watts: FloatArray  # static


class Migrations(NamedTuple):
    """One slot a VM: the vMotion that it has queued or in flight."""

    started_at_s: FloatArray  # left the queue
    phase_ends_s: FloatArray  # when set-up, this round or the switch-over ends, at the present rate
    dirty_mb_s: FloatArray  # effective dirty rate (lower under SDPS)
    round_began_s: FloatArray
    round_mb: FloatArray  # size of this pre-copy round, or of the switch-over's residue; 0 when nothing is left to copy
    remaining_mb: FloatArray  # of this round, at copied_until_s
    copied_until_s: FloatArray  # up to when the copying is booked in remaining_mb and in vms.slowdown
    sent_mb: FloatArray  # by the rounds that ended; of a migration that ended, all that it sent
    rate_mb_s: FloatArray  # now, after sharing the links
    fair_mb_s: FloatArray  # scratch of network.share_links: the rate that it works out
    ended_at_s: FloatArray  # of the last migration of this VM that ended; -infinity if none
    failed_at_s: FloatArray  # of the last migration of this VM that failed; -infinity if none
    downtime_s: FloatArray  # of the last switch-over
    phase: IntArray  # MigrationPhase
    source: IntArray  # host
    destination: IntArray  # host; inbound reservations count there from acceptance
    rounds: IntArray  # rounds begun
    ticket: IntArray  # order of arrival in the queue
    order: IntArray  # first clock.copying rows: VMs that are queued or in flight, by ticket (queue.py keeps it)
    flight: IntArray  # first clock.in_flight rows: VMs in flight, in the order in which they started (flight.py)
    next_out: IntArray  # in flight: next VM in the list of its source
    next_in: IntArray  # in flight: next VM in the list of its destination
    sharing: IntArray  # scratch of network.share_links: first rows: VMs that copy over links that hang together
    is_evacuation: IntArray  # 1: ordered by VirtualCenter to empty a host


class Workload(NamedTuple):
    """Row sample * num_vms + vm: the world's CPU demand, as a fraction of each VM's configured CPU.

    Sample 0 begins HISTORY_INTERVALS intervals before the episode, so that statistics exist at reset.
    """

    demand: FloatArray  # static


class Tariff(NamedTuple):
    """One row an hour of the episode and the hours that the observation looks ahead."""

    eur_per_kwh: FloatArray  # static, never negative


class Incidents(NamedTuple):
    """What the scenario schedules, by time."""

    at_s: FloatArray  # static
    duration_s: FloatArray  # static: repair, maintenance or outage time
    kind: IntArray  # static: IncidentKind
    host: IntArray  # static; NO_HOST for VC_OUTAGE
    is_done: IntArray  # 1: has struck


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
    planned_5min_mhz: FloatArray  # planned VMs' demand_5min_mhz, summed (virtualcenter.plan_loads, after every command)
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
    has_one_class: IntArray  # 1: all hosts have CPUs of one class


class Recommendations(NamedTuple):
    """VirtualCenter's best moves, best first, worked out after every command (Recommendations-v0, DrsTuning-v0)."""

    gain: FloatArray  # fall of planned imbalance
    overload_gain: FloatArray  # fall of planned load above capacity, summed over hosts
    vm: IntArray  # NO_VM: empty row
    destination: IntArray  # host
    is_mandatory: IntArray  # 1: mends a rule


class Reward(NamedTuple):
    """The scalar reward: constant an interval + weights over the terms, row Term."""

    weight: FloatArray  # static


class Outcome(NamedTuple):
    """What the last step gave. One row."""

    constant: FloatArray  # static: reward of an interval before the weighted terms
    reward: FloatArray
    elapsed_s: FloatArray  # simulated time of the step
    refusal: IntArray  # Refusal of the step's command


class Ledger(NamedTuple):
    """The reward terms, row Term. IMBALANCE is the mean over an interval's ticks, summed over intervals."""

    tick: FloatArray  # what the last tick that was worked out charges, and every still one after it
    interval: FloatArray  # running interval
    last: FloatArray  # the last finished interval
    step: FloatArray  # the intervals (and refused commands) of the last step
    episode: FloatArray  # since the episode began


class Metrics(NamedTuple):
    """Figures reported and not billed, row Metric; accumulators that `ledger.report` turns into figures."""

    value: FloatArray
    tick: FloatArray  # what the last tick that was worked out adds, and every still one after it
