"""What the environment keeps of a day beside CloudSim's model: the administrator's desk and the bill.

Laid behind the model's kinds in the same two rows, so that a snapshot of a day is still a copy of two rows.
"""

from enum import IntEnum
from typing import NamedTuple

from vienv.cloudsim.state import KINDS as MODEL
from vienv.core.arena import Kinds, view_of
from vienv.core.state import FloatArray, IntArray


class Control(IntEnum):
    """What the agent decides."""

    HEURISTIC = 0  # which heuristic plans the interval
    PLACEMENT = 1  # every move


class Term(IntEnum):
    """What an interval is charged for. Figures of the whole day add up to CloudSim's."""

    ENERGY_KWH = 0
    MIGRATIONS = 1
    UNSERVED_MIPS_H = 2  # asked and not granted
    LOST_MOVING_MIPS_H = 3  # the part of it that VMs in flight lost: PDM's numerator
    VIOLATED_HOST_H = 4  # a host granted less than was asked of it: SLATAH's numerator
    ACTIVE_HOST_H = 5  # a host had load: SLATAH's denominator
    OVERLOADED_HOSTS = 6  # of which more is asked than they have, at the tick that ends the interval


class Refusal(IntEnum):
    """Why a command of control="placement" was refused."""

    ACCEPTED = 0
    DAY_IS_OVER = 1
    VM_IS_GONE = 2  # destroyed, never created, or padding
    SENT_TWICE = 3  # CloudSim plans a VM twice an interval at most
    NO_HOST_SUITS = 4
    ALREADY_PICKED = 5
    NOTHING_PICKED = 6
    IS_THERE = 7  # it lives there, or has been sent there
    NOT_SUITABLE = 8  # its ask exceeds a core, or what the plan leaves free


class Desk(NamedTuple):
    """One row."""

    control: IntArray
    picked: IntArray  # VM, or NOBODY
    refusal: IntArray
    is_over: IntArray
    is_shown: IntArray  # the output shows the day; 0 after somebody else has had the rows
    elapsed_s: FloatArray  # of the last step
    reward: FloatArray
    constant: FloatArray  # of the reward, an interval
    half_load_kwh: FloatArray  # of all hosts in an interval


class Orders(NamedTuple):
    """Commands of this interval by VM (V,)."""

    sent: IntArray  # times


class Ledger(NamedTuple):
    """By `Term`."""

    step: FloatArray
    episode: FloatArray
    weight: FloatArray


class Roomiest(NamedTuple):
    """The three hosts with most free MIPS in the plan, for each kind of server, most first."""

    host: IntArray


ROOMIEST = 3
"""Enough to leave one, when a VM may not go to where it is nor to where it was sent."""
KINDS: Kinds = {
    **MODEL,
    Desk: lambda n: 1,
    Orders: lambda n: n.vms,
    Ledger: lambda n: len(Term),
    Roomiest: lambda n: ROOMIEST * n.curves,
}

desk_of = view_of(Desk, KINDS)
orders_of = view_of(Orders, KINDS)
ledger_of = view_of(Ledger, KINDS)
roomiest_of = view_of(Roomiest, KINDS)
