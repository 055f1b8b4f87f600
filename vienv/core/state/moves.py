"""vMotions: what each has sent, at which rate it copies, and when its phase ends."""

from typing import NamedTuple

from vienv.core.state.basics import FloatArray, IntArray


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


class Waits(NamedTuple):
    """What queued vMotions wait for a line, one row a VM; no rows where all that hosts may have at a time find room."""

    since_s: FloatArray  # since when nothing but a line that is too full has kept it; NEVER if that does not
    timed_out: IntArray  # vMotions of this VM that failed because they had waited too long
    ticket: IntArray  # the task that since_s is of
