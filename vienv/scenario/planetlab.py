"""A day of PlanetLab's CPU traces, as CloudSim's consolidation experiments play it: one file a VM, 288 percentages.

Measured by CoMon in March and April 2011, chosen by Beloglazov and Buyya (CCPE 24(13), 2012) and distributed with
CloudSim. Reads CloudSim's own folders (`20110303/`, a file a VM, a whole percentage a line) and npz archives
(`planetlab_20110303.npz`: `cpu_percent` (n_vms, 288) and `names` (n_vms,)); data that is no day of 288 whole
percentages is refused in one line. CloudSim gives VM i the i-th file of an unsorted directory listing, and its results
depend on it by several percent: here the order is named. What the VMs are (type, memory) is the model's business.
"""

import hashlib
import os
import re
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vienv.scenario.archive import MOST_VMS, Archive, TraceError, read_bytes
from vienv.scenario.refusal import nearest, shown

SAMPLES = 288
"""A day's, one every 300 s."""
ORDERS = ("bytes", "uppercase", "listing")
_MOST_PERCENT = 100
_MOST_FILE_BYTES = 65_536
"""A VM's file takes some 800."""
_ALLOWED = f"a whole percentage from 0 to {_MOST_PERCENT} is needed"
_ARCHIVE = re.compile(r"planetlab_(\d{8})\.npz")
_DATE = re.compile(r"\d{8}")
_ARRAYS = ("cpu_percent", "names")


class PlanetLabDay(NamedTuple):
    """One day: row i is VM i of a run.

    Attributes:
        day: as the folder or archive is named, "20110303".
        percent: CPU used, whole percentages (n_vms, 288), a sample every 300 s.
        names: of the files, one a VM.
        order: of the VMs: "bytes" of the names, "uppercase" (names in upper case, as Windows lists them), "listing".
        sha256: of the content: name, a zero byte and 288 bytes for each VM, in byte order of the names. So folder
            and archive of a day have one hash, whatever the order.
    """

    day: str
    percent: NDArray[np.float64]
    names: tuple[str, ...]
    order: str
    sha256: str


def days_of(data: str | Path) -> list[str]:
    """The days that there are, sorted: in a folder of archives or CloudSim's folders, or `data` itself if it is one.

    Raises:
        TraceError: there is none.
    """
    return sorted(_places(Path(data)))


def read_day(data: str | Path, day: str, order: str = "bytes") -> PlanetLabDay:
    """Read one of `days_of(data)`, its VMs in an order of `ORDERS` ("listing": as folder or archive lists them).

    Raises:
        TraceError: one line that names file, line and value, and says what is allowed.
    """
    if order not in ORDERS:
        raise TraceError(f"order {shown(order)} is unknown{nearest(str(order), ORDERS)}")
    places = _places(Path(data))
    if day not in places:
        raise TraceError(f"{data}: there is no day {shown(day)}{nearest(str(day), places)}")
    first, *others = places[day]
    if others:
        raise TraceError(f"{data}: day {day} is there more than once: {first.name}, {others[0].name}")
    names, percent = _read_folder(first) if os.path.isdir(first) else _read_archive(first)
    _require_distinct(names, first)
    by_bytes = sorted(range(len(names)), key=lambda row: os.fsencode(names[row]))
    digest = hashlib.sha256()
    for row in by_bytes:
        digest.update(os.fsencode(names[row]) + b"\0" + percent[row].tobytes())
    rows = _ordered(names, by_bytes, order)
    return PlanetLabDay(
        day, percent[rows].astype(np.float64), tuple(names[row] for row in rows), order, digest.hexdigest()
    )


def _ordered(names: list[str], by_bytes: list[int], order: str) -> list[int]:
    """Rows in the order that is asked for."""
    if order == "bytes":
        return by_bytes
    return sorted(by_bytes, key=lambda row: names[row].upper()) if order == "uppercase" else list(range(len(names)))


def _places(data: Path) -> dict[str, list[Path]]:
    """Where each day is to be read; more than one place is more than can be trusted."""
    if os.path.isfile(data):
        named = _ARCHIVE.fullmatch(data.name)
        return {named[1] if named else data.stem: [data]}
    places: dict[str, list[Path]] = {}
    holds_files = False
    for path in _listing(data):
        archive = _ARCHIVE.fullmatch(path.name)
        if archive:
            places.setdefault(archive[1], []).append(path)
        elif _DATE.fullmatch(path.name) and os.path.isdir(path):
            places.setdefault(path.name, []).append(path)
        else:
            holds_files = holds_files or not os.path.isdir(path)
    if places:
        return places
    if holds_files:
        return {data.resolve().name: [data]}
    raise TraceError(f"{data}: holds no day: planetlab_YYYYMMDD.npz, folders YYYYMMDD or a file a VM are needed")


def _listing(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            return [Path(entry.path) for entry in entries]
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise TraceError(f"{folder}: cannot be read: {reason}") from None


def _read_folder(folder: Path) -> tuple[list[str], NDArray[np.uint8]]:
    """Names and percentages (n_vms, 288) of CloudSim's folder, as it is listed."""
    files = _listing(folder)
    _require_count(len(files), str(folder))
    return [file.name for file in files], np.array([_read_vm(file) for file in files], np.uint8)


def _read_vm(file: Path) -> list[int]:
    text = read_bytes(file, _MOST_FILE_BYTES).rstrip()
    lines = text.split(b"\n") if text else []
    percent = [_percent(line.strip(), file, number) for number, line in enumerate(lines, start=1)]
    if len(percent) != SAMPLES:
        raise TraceError(f"{file}: {len(percent)} lines; {SAMPLES} are needed, a sample every 300 s")
    return percent


def _percent(text: bytes, file: Path, number: int) -> int:
    if text.isdigit() and len(text) <= len(str(_MOST_PERCENT)) and int(text) <= _MOST_PERCENT:
        return int(text)
    raise TraceError(f"{file}: line {number}: {shown(text.decode('utf-8', 'replace'))}; {_ALLOWED}")


def _read_archive(path: Path) -> tuple[list[str], NDArray[np.uint8]]:
    """Names and percentages (n_vms, 288) of an npz archive, as its rows stand."""
    archive = Archive(read_bytes(path), str(path))
    for name in _ARRAYS:
        if name not in archive:
            raise TraceError(f"{path}: holds no array {name}; {' and '.join(_ARRAYS)} are needed")
    percent = archive.array("cpu_percent")
    if percent.ndim != 2 or percent.shape[1] != SAMPLES or percent.dtype.kind not in "fiu":
        raise TraceError(
            f"{path}: cpu_percent: numbers (n_vms, {SAMPLES}) are needed, not {percent.dtype} {percent.shape}"
        )
    _require_count(len(percent), str(path))
    names = _names(archive.array("names"), len(percent), str(path))
    is_wrong = ~((percent >= 0) & (percent <= _MOST_PERCENT) & (percent == np.floor(percent)))
    if is_wrong.any():
        row, sample = (int(at) for at in np.argwhere(is_wrong)[0])
        value = shown(percent[row, sample].item())
        raise TraceError(f"{path}: cpu_percent: {shown(names[row])}, sample {sample + 1}: {value}; {_ALLOWED}")
    return names, percent.astype(np.uint8)


def _names(array: NDArray[Any], num_vms: int, label: str) -> list[str]:
    if array.shape != (num_vms,) or array.dtype.kind not in "SU":
        raise TraceError(f"{label}: names: {num_vms} names are needed, not {array.dtype} {array.shape}")
    names = [os.fsdecode(name) for name in array.tolist()]
    for row, name in enumerate(names):
        if not _can_be_of_a_file(name):
            raise TraceError(f"{label}: names: row {row}: {shown(name)}; the name of a file is needed")
    return names


def _can_be_of_a_file(name: str) -> bool:
    try:
        return bool(name) and b"\0" not in os.fsencode(name)
    except UnicodeEncodeError:
        return False


def _require_count(num_vms: int, label: str) -> None:
    if not 1 <= num_vms <= MOST_VMS:
        raise TraceError(f"{label}: {num_vms} VMs; 1 to {MOST_VMS} are allowed")


def _require_distinct(names: list[str], path: Path) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise TraceError(f"{path}: names: {shown(name)} is there twice; each VM needs a name of its own")
        seen.add(name)
