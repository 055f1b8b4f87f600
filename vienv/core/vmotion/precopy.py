"""Iterative pre-copy: a guest's memory is sent in rounds while the guest goes on writing.

Round 0 sends the touched memory V_0. Round i takes T_i = V_i / R, and the next one sends what was dirtied meanwhile,
V_{i+1} = min(D T_i, W), with D the dirty rate and W the writable working set. The guest stops when the residue is small
enough: Clark et al., "Live migration of virtual machines", NSDI 2005; closed form in Akoush et al., "Predicting the
performance of virtual machine migration", MASCOTS 2010. R may change within a round; then T_i is what the round took.

A guest that dirties as fast as the link copies does not converge. VI3 gives up; vSphere 5 slows the guest down until it
does ("stun during page send", SDPS). Pages that are ballooned or swapped out are not sent, and nor is anything twice to
compress it: compression, zero pages and the several streams of vSphere 5 are left out.
"""

from vienv.core.enums import MigrationPhase
from vienv.core.jit import kernel
from vienv.core.params import VmotionParams
from vienv.core.state import NEVER, Migrations, Vms


@kernel
def begin(migrations: Migrations, vms: Vms, v: int, now_s: float) -> None:
    """Begin round 0 with the touched memory that is backed at the source; shared pages are sent once for each VM."""
    backed_mb = vms.touched_mb[v] - vms.ballooned_mb[v] - vms.swapped_mb[v]
    migrations.phase[v] = MigrationPhase.PRECOPY
    _send(migrations, v, backed_mb if backed_mb > 0.0 else vms.touched_mb[v], now_s, now_s)
    migrations.rounds[v] += 1


@kernel
def end_round(migrations: Migrations, vms: Vms, vmotion: VmotionParams, v: int, now_s: float) -> bool:
    """Go on with what was dirtied meanwhile: stop the guest for it, or send it in one more round. False: give up."""
    rate_mb_s, round_mb = migrations.rate_mb_s[v], migrations.round_mb[v]
    dirtied_mb = min(migrations.dirty_mb_s[v] * (now_s - migrations.round_began_s[v]), vms.working_set_mb[v])
    migrations.sent_mb[v] += round_mb
    if dirtied_mb <= vmotion.stop_mb or dirtied_mb <= vmotion.stop_s * rate_mb_s:
        migrations.phase[v] = MigrationPhase.SWITCH_OVER
        _send(migrations, v, dirtied_mb, now_s, now_s + vmotion.fixed_downtime_s)
        return True
    has_prospect = dirtied_mb < round_mb or migrations.dirty_mb_s[v] < rate_mb_s
    if migrations.rounds[v] >= vmotion.maximum_rounds or not has_prospect:
        if vmotion.has_sdps == 0:
            migrations.round_mb[v] = 0.0
            return False
        migrations.dirty_mb_s[v] = min(migrations.dirty_mb_s[v], vmotion.sdps_ratio * rate_mb_s)
    _send(migrations, v, dirtied_mb, now_s, now_s)
    migrations.rounds[v] += 1
    return True


@kernel
def end_residue(migrations: Migrations, vmotion: VmotionParams, v: int, now_s: float) -> None:
    """The residue is over: what is left of the downtime is device state, reopening disks and RARP."""
    migrations.sent_mb[v] += migrations.round_mb[v]
    migrations.round_mb[v] = 0.0
    migrations.phase_ends_s[v] = now_s + vmotion.fixed_downtime_s


@kernel
def held_back(migrations: Migrations, vms: Vms, v: int) -> float:
    """Fraction of its CPU that SDPS takes from VM v, so that it dirties no faster than migrations.dirty_mb_s."""
    return 1.0 - migrations.dirty_mb_s[v] / vms.dirty_mb_s[v] if vms.dirty_mb_s[v] > 0.0 else 0.0


@kernel
def _send(migrations: Migrations, v: int, size_mb: float, now_s: float, ends_if_empty_s: float) -> None:
    migrations.round_began_s[v] = now_s
    migrations.round_mb[v] = size_mb
    migrations.remaining_mb[v] = size_mb
    migrations.phase_ends_s[v] = NEVER if size_mb > 0.0 else ends_if_empty_s
