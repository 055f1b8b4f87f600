"""What DRS's rules wish for, and what became of VirtualCenter's recommendations."""

from typing import NamedTuple

from vienv.core.state.basics import IntArray


class Preferences(NamedTuple):
    """Where VM-host rules say that VMs should run, one row a VM; no rows where none says so."""

    groups: IntArray  # static: bit k = VM-host rule k would have it on hosts with that bit of hosts.rule_groups
    broken: IntArray  # intervals at whose end it ran where a rule would not have it


class Offers(NamedTuple):
    """VirtualCenter's recommendations since the episode began. One row, or none where nobody asks for them."""

    offered: IntArray  # those taken, and those that were listed when a pass was over
    taken: IntArray  # by the policy, and by VirtualCenter itself
    expired: IntArray
