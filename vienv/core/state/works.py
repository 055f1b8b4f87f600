"""What administrators have planned for hosts: patches with their reboot, hosts that join and hosts that leave."""

from typing import NamedTuple

from vienv.core.state.basics import FloatArray, IntArray


class Works(NamedTuple):
    """Work on one host a row, those of one order together and in their order; no rows if nothing is planned."""

    at_s: FloatArray  # static: not before
    lasts_s: FloatArray  # static: PATCH: from when the host is empty until it begins to boot
    standby_w: FloatArray  # static: ADDITION: of the host, whose own is 0 until it joins
    kind: IntArray  # static: WorkKind
    host: IntArray  # static
    order: IntArray  # static: number of the order that it is part of
    at_once: IntArray  # static: hosts of this order that may be out of service together
    phase: IntArray  # WorkPhase
