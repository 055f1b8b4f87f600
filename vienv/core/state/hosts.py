"""The ESX hosts: what they are, what their power and connection do, and what a tick works out of them."""

from typing import NamedTuple

from vienv.core.state.basics import FloatArray, IntArray


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
    severed_at_s: FloatArray  # tick: when its VMkernel network goes down in this tick; NEVER if it does not
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
    cpu_class: IntArray  # static: vMotion needs equal classes (CPU vendor and family, or EVC's baseline)
    hypervisor: IntArray  # static: HypervisorKind
    cluster: IntArray  # static: number of its cluster; ONE_CLUSTER if there is one only
    rule_groups: IntArray  # static: bit k = VMs that VM-host rule k binds may run here (rules)
    vmotion_limit: IntArray  # vMotions at a time, as source or destination; fewer while tasks take of it (files.limits)
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
