"""Who competes without having learnt: from doing nothing to DRS and DPM, each a policy by name.

Names and what they are: README, "Who competes". A policy plays one face of the environment (`env_id`) and sees what
every competitor sees.
"""

from collections.abc import Callable
from difflib import get_close_matches

from vienv.baselines import drs_dpm
from vienv.baselines.consolidate import Consolidate, pack_once
from vienv.baselines.drs import Drs
from vienv.baselines.open_loop import OpenLoop
from vienv.baselines.policy import Policy
from vienv.baselines.random import Random
from vienv.baselines.static import Static

_MAKERS: dict[str, Callable[[], Policy]] = {
    "static": Static,
    "random": Random,
    "drs-1": lambda: Drs(1),
    "drs-2": lambda: Drs(2),
    "drs-3": lambda: Drs(3),
    "drs-4": lambda: Drs(4),
    "drs-5": lambda: Drs(5),
    "dpm": drs_dpm.dpm_alone,
    "drs-dpm": drs_dpm.drs_dpm,
    "drs-dpm-tuned": drs_dpm.tuned,
    "consolidate": Consolidate,
    "pack-once": pack_once,
    "open-loop": OpenLoop,
    "clairvoyant": drs_dpm.clairvoyant,
}


def names() -> tuple[str, ...]:
    """All baselines, in the order in which they are introduced."""
    return tuple(_MAKERS)


def make(name: str) -> Policy:
    """A baseline by its name.

    Raises:
        ValueError: no baseline is called so; the message is one line with the nearest name.
    """
    if name in _MAKERS:
        return _MAKERS[name]()
    close = get_close_matches(name, _MAKERS, 1, 0.0)
    raise ValueError(f"policy {name!r} is unknown; nearest is {close[0]!r}, allowed are {', '.join(_MAKERS)}")
