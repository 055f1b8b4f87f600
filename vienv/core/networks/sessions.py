"""Clients' sessions with guests: which stops they live through, and which they do not.

A VM keeps its addresses and its connections when it moves, so a session survives a switch-over whose stop is shorter
than the client's time-out (Nelson, Lim and Hutchins, USENIX 2005). A longer one loses the sessions of that time-out
once, and so does a time in which the guest's network cannot be reached; a guest that crashes loses all of its own.
Whoever was lost connects again as soon as that is over. Left out: sessions that come and go with demand, packets lost
beside the stop, and stops of a switch-over that failed.
"""

from vienv.core.enums import VmState
from vienv.core.jit import kernel
from vienv.core.state import Clock, Hosts, Migrations, Reach, Sessions, Vms
from vienv.core.stillness import is_still


@kernel
def keep(sessions: Sessions, hosts: Hosts, vms: Vms, migrations: Migrations, reach: Reach, clock: Clock) -> None:
    """Count the sessions that this tick's switch-overs, crashes and stops of the network lose."""
    now_s, tick_s = clock.now_s[0], clock.tick_s[0]
    for s in range(sessions.vm.size):
        v = sessions.vm[s]
        has_moved = now_s < migrations.ended_at_s[v] <= now_s + tick_s
        is_up = vms.state[v] == VmState.RUNNING
        was_cut_short = is_up and vms.up_s[v] < tick_s and not is_still(hosts, vms.host[v])
        has_crashed = sessions.was_up[s] == 1 and (not is_up or was_cut_short)
        if has_crashed or (has_moved and migrations.downtime_s[v] > sessions.timeout_s[s]):
            sessions.lost[s] += sessions.clients[s]
        elif reach.stop_s.size > 0 and sessions.is_lost[s] == 0 and reach.stop_s[v] > sessions.timeout_s[s]:
            sessions.lost[s] += sessions.clients[s]
            sessions.is_lost[s] = 1
        if reach.stop_s.size > 0 and reach.stop_s[v] == 0.0:
            sessions.is_lost[s] = 0
        sessions.was_up[s] = 1 if is_up else 0
