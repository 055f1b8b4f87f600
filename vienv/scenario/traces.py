"""Real demand under any scenario: a row is a fraction of its VM's configured CPU, applied to the scenario's VM.

Reads the Bitbrains archive (`cpu_mhz`, `cpu_capacity_mhz`; Shen, van Beek, Iosup, CCGrid 2015), PlanetLab's
(`cpu_percent`; Beloglazov and Buyya 2012), CloudSim's folder of text files (one VM a file, one percentage a line) and
CSV: one column a VM, a heading with their names, one line a 300-s sample, fractions 0 to 1, empty where there is no
record. Worlds begin at midnight (the archive's `start_utc`; the others begin there). If a trace holds at least three
episodes, whole days are split between train, tune and test and a world draws one; else its VMs are. A VM takes part
on days of which every sample is on record. `recorded.py` deals them out. Memory, which most traces lack, stays
synthetic.
"""

import csv
import hashlib
import math
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vienv.scenario.archive import MOST_BYTES, MOST_VMS, Archive, TraceError, read_bytes
from vienv.scenario.keys import SPLITS
from vienv.scenario.recipe import TraceDays, TraceVms
from vienv.scenario.splits import members
from vienv.scenario.synthetic import SAMPLE_S

_S_PER_DAY = 86_400.0
_DAYS_A_WEEK = 7
_SAMPLES_A_DAY = int(_S_PER_DAY / SAMPLE_S)
_SHORT_GAP = 12
"""Samples: one hour."""
_REAL = "fiu"
"""NumPy's kinds of real numbers."""


class Trace(NamedTuple):
    """Demand rows (vms, samples) as fractions of configured CPU from a midnight on, NaN where there is no record."""

    fractions: NDArray[np.float32]
    sha256: str
    first_weekday: int  # 0 Monday; also where a trace does not say


class TraceBank:
    """A trace, shared out between the splits.

    Attributes:
        fractions: demand (vms, samples), fractions of configured CPU.
        samples: of an episode.
    """

    def __init__(self, trace: Trace, duration_s: float, label: str):
        self.sha256 = trace.sha256
        self._first_weekday = trace.first_weekday
        self.fractions = fractions = trace.fractions
        self._block = math.ceil(duration_s / _S_PER_DAY) * _SAMPLES_A_DAY
        self.samples = min(self._block, math.ceil(duration_s / SAMPLE_S))
        num_vms, samples = fractions.shape
        blocks = (samples - self.samples) // self._block + 1 if samples >= self.samples else 0
        if blocks == 0:
            hours = samples * SAMPLE_S / 3600.0
            raise TraceError(f"{label}: {hours:.4g} h from midnight on; the episode needs {duration_s / 3600.0:.4g} h")
        self._are_days_split = blocks >= len(SPLITS)
        self._usable: dict[str, list[tuple[int, NDArray[np.int64]]]] = {}
        for split in SPLITS:
            days = members(blocks, split) if self._are_days_split else np.arange(blocks)
            vms = np.arange(num_vms) if self._are_days_split else members(num_vms, split)
            found = [(int(day), self._complete(int(day), vms)) for day in days]
            self._usable[split] = [(day, rows) for day, rows in found if rows.size]
            if not self._usable[split]:
                raise TraceError(
                    f"{label}: no VM has a whole day on record for split {split!r}; three VMs or days needed"
                )

    def write(self, split: str, days: TraceDays, vms: TraceVms) -> None:
        """Write the days of a split, and the VMs on record day by day."""
        first = 0
        for k, (day, able) in enumerate(self._usable[split]):
            days.first_sample[k], days.num_vms[k], days.first_vm[k] = day * self._block, able.size, first
            days.weekday[k] = (self._first_weekday + day * self._block // _SAMPLES_A_DAY) % _DAYS_A_WEEK
            vms.vm[first : first + able.size] = able
            first += able.size

    def sizes(self, split: str) -> tuple[int, int]:
        """How many rows `write` fills of days and of VMs."""
        return len(self._usable[split]), sum(able.size for _, able in self._usable[split])

    def held_by(self, split: str) -> list[tuple[int, int]]:
        """The (VM, day) pairs that worlds of a split may show."""
        days = self._block // _SAMPLES_A_DAY
        return [(int(v), first * days + k) for first, vms in self._usable[split] for v in vms for k in range(days)]

    def _complete(self, day: int, vms: NDArray[np.int64]) -> NDArray[np.int64]:
        part = self.fractions[vms, day * self._block : day * self._block + self.samples]
        return vms[~np.isnan(part).any(axis=1)]


def read_traces(source: str | Path, duration_s: float) -> TraceBank:
    """Read a trace for episodes of `duration_s`.

    Raises:
        TraceError: one line that says what is wrong.
    """
    return TraceBank(read_trace(source), duration_s, str(source))


def read_trace(source: str | Path) -> Trace:
    """Read a trace whole, from its first midnight on; the SHA-256 is that of its bytes."""
    path, label, weekday = Path(source), str(source), 0
    if path.is_dir():
        fractions, sha256 = _read_folder(path)
    else:
        raw = read_bytes(path)
        sha256 = hashlib.sha256(raw).hexdigest()
        if path.suffix == ".npz":
            fractions, weekday = _read_archive(Archive(raw, label), label)
        else:
            fractions = _read_csv(raw, path, label)
    if fractions.size == 0:
        raise TraceError(f"{label}: holds no demand")
    if np.isinf(fractions).any() or (fractions < 0.0).any():
        raise TraceError(f"{label}: demand must be finite and not negative")
    return Trace(_without_short_gaps(np.minimum(fractions, np.float32(1.0))), sha256, weekday)


def _without_short_gaps(fractions: NDArray[np.float32]) -> NDArray[np.float32]:
    """Carry the last record forward over gaps of at most an hour, as a monitor's chart does."""
    filled = fractions.copy()
    for _ in range(_SHORT_GAP):
        filled[:, 1:] = np.where(np.isnan(filled[:, 1:]), filled[:, :-1], filled[:, 1:])
    return filled


def _read_archive(archive: Archive, label: str) -> tuple[NDArray[np.float32], int]:
    """Fractions from the first midnight on, and that day's weekday."""
    if "cpu_percent" in archive:
        return _two_axes(archive.array("cpu_percent"), "cpu_percent", label) / np.float32(100.0), 0
    if all(name in archive for name in ("cpu_mhz", "cpu_capacity_mhz", "start_utc")):
        return _bitbrains(archive, label)
    raise TraceError(f"{label}: holds neither cpu_percent nor cpu_mhz, cpu_capacity_mhz and start_utc")


def _bitbrains(archive: Archive, label: str) -> tuple[NDArray[np.float32], int]:
    mhz = _two_axes(archive.array("cpu_mhz"), "cpu_mhz", label)
    capacity = archive.array("cpu_capacity_mhz")
    is_sound = capacity.shape == mhz.shape[:1] and capacity.dtype.kind in _REAL and bool((capacity > 0).all())
    if not is_sound:
        raise TraceError(f"{label}: cpu_capacity_mhz: one number above 0 is needed for each of {mhz.shape[0]} VMs")
    start = archive.array("start_utc")
    try:
        began = datetime.fromisoformat(start.item().decode("ascii"))
    except (AttributeError, ValueError):
        raise TraceError(f"{label}: start_utc: a time like 2013-08-12T13:35:46+00:00 is expected") from None
    since_midnight_s = began.hour * 3600 + began.minute * 60 + began.second
    first = math.ceil((_S_PER_DAY - since_midnight_s) % _S_PER_DAY / SAMPLE_S)
    weekday = (began.weekday() + (since_midnight_s > 0)) % _DAYS_A_WEEK
    return np.asarray(mhz[:, first:] / capacity[:, None], np.float32), weekday


def _two_axes(values: NDArray[Any], name: str, label: str) -> NDArray[np.float32]:
    if values.ndim != 2 or values.dtype.kind not in _REAL:
        raise TraceError(f"{label}: {name}: numbers (vms, samples) are needed, not {values.dtype} {values.shape}")
    return np.asarray(values, np.float32)


def _read_folder(path: Path) -> tuple[NDArray[np.float32], str]:
    """CloudSim's folder: one file a VM in byte order of the names, one percentage a line."""
    files = sorted((p for p in path.iterdir() if p.is_file()), key=lambda p: p.name.encode())
    if not files or len(files) > MOST_VMS:
        raise TraceError(f"{path}: {len(files)} files; 1 to {MOST_VMS} are needed, one a VM")
    digest, rows = hashlib.sha256(), []
    for file in files:
        raw = read_bytes(file, MOST_BYTES // len(files))
        digest.update(file.name.encode() + b"\0" + raw)
        try:
            rows.append(np.array(raw.split(), np.float32) / np.float32(100.0))
        except ValueError:
            raise TraceError(f"{file}: one percentage a line is expected") from None
        if rows[-1].size != rows[0].size:
            raise TraceError(f"{file}: {rows[-1].size} samples; {files[0].name} has {rows[0].size}")
    return np.stack(rows), digest.hexdigest()


def _read_csv(raw: bytes, path: Path, label: str) -> NDArray[np.float32]:
    if path.suffix != ".csv":
        raise TraceError(f"{label}: a .npz, a .csv or a folder of text files is expected")
    try:
        lines = list(csv.reader(raw.decode("utf-8").splitlines()))
    except (ValueError, csv.Error) as error:
        raise TraceError(f"{label}: not a CSV file in UTF-8: {error}") from None
    if len(lines) < 2:
        raise TraceError(f"{label}: holds no demand")
    samples = []
    for number, line in enumerate(lines[1:], start=2):
        if len(line) != len(lines[0]):
            raise TraceError(f"{label}: line {number}: {len(line)} fields; the heading has {len(lines[0])}")
        try:
            samples.append([float(field) if field.strip() else math.nan for field in line])
        except ValueError:
            raise TraceError(f"{label}: line {number}: fractions 0 to 1 are expected") from None
    return np.array(samples, np.float32).T
