"""The virtual machines: what they are configured with, what they do, and what a tick works out of them."""

from typing import NamedTuple

from vienv.core.state.basics import FloatArray, IntArray


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
    arrives_at_s: FloatArray  # 0 or less: there from the start; NEVER: template, clone to come, retired
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
    datastore: IntArray  # index of the datastore that holds its files; Storage vMotion changes it
    pool: IntArray  # static: resource pool, NO_POOL = the cluster's root
    restart_priority: IntArray  # static: 3 high, 2 medium, 1 low, 0 HA does not restart it
    together_group: IntArray  # static: affinity rule: VMs of a group share a host; NO_GROUP if none
    must_groups: IntArray  # static: bit k = VM-host rule k binds it: it runs on no host without that bit (rules)
    apart_group: IntArray  # static: anti-affinity rule: no two VMs of a group share a host; NO_GROUP if none
    state: IntArray  # VmState
    host: IntArray  # host it runs or is registered on; NO_HOST if none
    by_host: IntArray  # VM indices sorted by host, those without one last (inventory.group)
    restart_attempts: IntArray  # attempts since it went down
    commanded: IntArray  # COMMANDED: got a command in this interval; BUSY: a task holds it
    plan_host: IntArray  # scratch of an evacuation plan: where this VM would go
    is_plain: IntArray  # 1: no rule binds it and every host reaches its datastore (headroom)
    gathered: IntArray  # scratch of inventory.gather: VMs of two hosts, by index
