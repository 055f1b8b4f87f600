"""What one policy did in one world of one scenario, as one small file: the contest's unit of work.

A cell is written to a temporary name in its own folder, synced to disk and renamed, so a run that is killed leaves
whole cells or none. It carries everything that it depends on (vienv's version, the hash of the kernels' sources, of
the scenario, of the demand trace and of the policy) and no time of day, so that a second run finds it, keeps it if
nothing has changed since, and would write the same bytes. A file that is torn, foreign or of another identity is not
read: its cell is played again.

Left out: power loss in the middle of the rename, which is the file system's promise and not ours.
"""

import fcntl
import json
import math
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

FORMAT = 1
MAXIMUM_BYTES = 1 << 16
"""No cell comes near this; a larger file is foreign."""


@dataclass(frozen=True)
class Identity:
    """All that a cell's figures depend on."""

    version: str
    kernel_source: str  # hash of the sources that may hold a kernel
    generator_source: str  # hash of the sources that make worlds
    scenario: str
    scenario_hash: str
    data_hash: str  # of the demand trace; "" if demand is synthetic
    policy: str
    policy_hash: str
    training_seed: int  # 0 for a policy that was not trained
    split: str
    world: int

    def path(self, folder: Path) -> Path:
        """Where this cell lies under the contest's output folder."""
        competitor = f"{self.policy}@{self.training_seed}"
        return folder / "cells" / self.scenario / competitor / f"{self.split}-{self.world:05d}.json"


def write(folder: Path, identity: Identity, totals: Mapping[str, float]) -> None:
    """Write a cell so that it is there whole or not at all; equal contents give equal bytes."""
    path = identity.path(folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {"format": FORMAT, "identity": asdict(identity), "totals": {k: float(v) for k, v in totals.items()}}
    write_whole(path, canonical(document))


def read(folder: Path, identity: Identity) -> dict[str, float] | None:
    """The totals of a cell, or None if it is missing, torn, foreign or of another identity."""
    path = identity.path(folder)
    try:
        if path.is_symlink() or path.stat().st_size > MAXIMUM_BYTES:
            return None
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    if (
        not isinstance(document, dict)
        or document.get("format") != FORMAT
        or document.get("identity") != asdict(identity)
    ):
        return None
    totals = document.get("totals")
    if not isinstance(totals, dict) or not totals or not all(_is_finite(value) for value in totals.values()):
        return None
    return {str(name): float(value) for name, value in totals.items()}


def canonical(document: Any) -> str:
    """JSON with sorted keys and the shortest digits that read back as the same number; not-a-number is refused."""
    return json.dumps(document, sort_keys=True, indent=1, allow_nan=False, ensure_ascii=False) + "\n"


def write_whole(path: Path, text: str) -> None:
    """Write a text file under a temporary name beside it, sync it, and rename it into place."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with temporary.open("w", encoding="utf-8") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    temporary.replace(path)
    descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def sole_writer(folder: Path) -> Iterator[None]:
    """Hold the output folder for one run; the lock goes with the process, however it ends.

    Raises:
        BlockingIOError: another run holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for leftover in folder.rglob(".*.tmp"):
            leftover.unlink(missing_ok=True)
        yield


def _is_finite(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
