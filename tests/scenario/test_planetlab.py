"""A PlanetLab day is read from folder and archive alike, in the order that is named, and odd data is refused."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vienv.scenario import ScenarioError
from vienv.scenario.archive import MOST_VMS, TraceError
from vienv.scenario.planetlab import ORDERS, SAMPLES, days_of, read_day

NAMES = ("b_root", "B_guest", "a_root", "_spare", "C_root")  # as the rows of the archive stand
BY_BYTES = ("B_guest", "C_root", "_spare", "a_root", "b_root")
BY_UPPERCASE = ("a_root", "B_guest", "b_root", "C_root", "_spare")
DAY = "20110303"
PERCENT = np.random.default_rng(3).integers(0, 101, (len(NAMES), SAMPLES)).astype(np.uint8)
ARCHIVE = f"planetlab_{DAY}.npz"


def write_archive(folder: Path, **arrays: Any) -> Path:
    path = folder / ARCHIVE
    np.savez(path, **{"cpu_percent": PERCENT, "names": np.array(NAMES, "S"), **arrays})
    return path


def write_folder(folder: Path, end: str = "\n") -> Path:
    path = folder / DAY
    path.mkdir(parents=True)
    for name, row in zip(NAMES, PERCENT, strict=True):
        (path / name).write_bytes("".join(f"{percent}{end}" for percent in row).encode())
    return path


def refusal(data: Path, day: str = DAY, order: str = "bytes") -> str:
    """The one line with which a day is refused."""
    with pytest.raises(TraceError) as caught:
        read_day(data, day, order)
    line = str(caught.value)
    assert isinstance(caught.value, ScenarioError)
    assert "\n" not in line
    return line


@pytest.mark.parametrize("write", [write_archive, write_folder])
@pytest.mark.parametrize(("order", "names"), [("bytes", BY_BYTES), ("uppercase", BY_UPPERCASE)])
def test_vms_stand_in_the_order_that_is_asked_for(
    tmp_path: Path, write: Callable[[Path], Path], order: str, names: tuple[str, ...]
):
    write(tmp_path)
    day = read_day(tmp_path, DAY, order)
    assert (day.day, day.order, day.names) == (DAY, order, names)
    assert day.percent.dtype == np.float64
    assert (day.percent == PERCENT[[NAMES.index(name) for name in names]]).all()


def test_names_alike_in_upper_case_stand_in_byte_order(tmp_path: Path):
    write_archive(tmp_path, names=np.array(["vm", "b", "Vm", "a", "VM"], "U"))
    assert read_day(tmp_path, DAY, "uppercase").names == ("a", "b", "VM", "Vm", "vm")


def test_names_are_ordered_by_their_bytes_not_by_their_letters(tmp_path: Path):
    """U+FF5E comes after U+1F600 in UTF-16 and before it in UTF-8; a byte that is no UTF-8 comes last."""
    names = ["z", "\U0001f600", "\uff5e", "é", os.fsdecode(b"\xff")]
    write_archive(tmp_path, names=np.array([os.fsencode(name) for name in names]))
    assert read_day(tmp_path, DAY).names == ("z", "é", "\uff5e", "\U0001f600", os.fsdecode(b"\xff"))


def test_the_listing_is_the_rows_of_an_archive_and_the_entries_of_a_folder(tmp_path: Path):
    assert read_day(write_archive(tmp_path), DAY, "listing").names == NAMES
    folder = write_folder(tmp_path / "text")
    with os.scandir(folder) as entries:
        listed = tuple(entry.name for entry in entries)
    assert read_day(folder, DAY, "listing").names == listed


def test_a_day_has_one_hash_in_any_container_and_order(tmp_path: Path):
    archive, folder = write_archive(tmp_path), write_folder(tmp_path / "text")
    assert len({read_day(data, DAY, order).sha256 for data in (archive, folder) for order in ORDERS}) == 1
    write_archive(tmp_path, cpu_percent=np.minimum(PERCENT.astype(np.float32), 100.0))
    same = read_day(archive, DAY).sha256
    assert same == read_day(folder, DAY).sha256
    other = PERCENT.copy()
    other[0, 0] ^= 1
    write_archive(tmp_path, cpu_percent=other)
    assert read_day(archive, DAY).sha256 != same
    write_archive(tmp_path, names=np.array(NAMES[1:] + NAMES[:1], "S"))
    assert read_day(archive, DAY).sha256 != same


def test_days_are_listed_from_archives_and_folders_and_a_day_itself(tmp_path: Path):
    folder = write_folder(tmp_path)
    write_archive(tmp_path).rename(tmp_path / "planetlab_20110422.npz")
    (tmp_path / "README.md").write_text("what this is\n")
    (tmp_path / "planetlab_2011.npz").write_text("not a day's name\n")
    assert days_of(tmp_path) == [DAY, "20110422"]
    assert days_of(folder) == [DAY]
    assert days_of(tmp_path / "planetlab_20110422.npz") == ["20110422"]


def test_a_file_may_end_without_a_newline_or_have_windows_line_ends(tmp_path: Path):
    plain, windows = write_folder(tmp_path / "plain"), write_folder(tmp_path / "windows", "\r\n")
    for file in plain.iterdir():
        file.write_bytes(file.read_bytes().rstrip())
    assert (read_day(plain, DAY).percent == read_day(windows, DAY).percent).all()


TEXTS = [
    ("", "0 lines; 288 are needed"),
    ("7\n" * 287, "287 lines; 288 are needed"),
    ("7\n" * 289, "289 lines; 288 are needed"),
    ("7\n" * 12 + "130\n" + "7\n" * 275, "line 13: '130'; a whole percentage from 0 to 100 is needed"),
    ("-1\n" + "7\n" * 287, "line 1: '-1'; a whole percentage"),
    ("7\n" * 287 + "7.5\n", "line 288: '7.5'; a whole percentage"),
    ("7\n" * 287 + "busy\n", "line 288: 'busy'; a whole percentage"),
    ("7\n" * 287 + "nan\n", "line 288: 'nan'; a whole percentage"),
    ("7\n" * 3 + "\n" + "7\n" * 285, "line 4: ''; a whole percentage"),
    ("7 7\n" + "7\n" * 287, "line 1: '7 7'; a whole percentage"),
    ("\u0663\n" * 288, "line 1: '\u0663'; a whole percentage"),
    ("1_0\n" * 288, "line 1: '1_0'; a whole percentage"),
    ("\x00\n" * 288, r"line 1: '\x00'; a whole percentage"),
    ("9" * 5000 + "\n" + "7\n" * 287, "line 1: '9999"),
    ("7\n" * 100_000, "at most 65536 are allowed"),
]


@pytest.mark.parametrize(("text", "said"), TEXTS, ids=range(len(TEXTS)))
def test_a_file_of_anything_but_288_whole_percentages_is_refused(tmp_path: Path, text: str, said: str):
    folder = write_folder(tmp_path)
    (folder / "a_root").write_text(text)
    line = refusal(tmp_path)
    assert line.startswith(f"{folder / 'a_root'}: ")
    assert said in line


def test_what_stands_among_the_files_and_is_none_is_refused(tmp_path: Path):
    folder = write_folder(tmp_path)
    (folder / "gone").symlink_to(tmp_path / "nowhere")
    assert "gone: cannot be read: No such file" in refusal(folder)
    (folder / "gone").unlink()
    (folder / "more").mkdir()
    assert "more: not a regular file" in refusal(folder)


def objects() -> Any:
    return np.array([[{}] * SAMPLES] * len(NAMES), object)


def with_value(value: float) -> Any:
    percent = PERCENT.astype(np.float64)
    percent[2, 12] = value
    return percent


ARRAYS: list[tuple[dict[str, Any], str]] = [
    ({"cpu_percent": with_value(130.0)}, "cpu_percent: 'a_root', sample 13: 130.0; a whole percentage from 0 to 100"),
    ({"cpu_percent": with_value(-1.0)}, "sample 13: -1.0; a whole percentage"),
    ({"cpu_percent": with_value(7.5)}, "sample 13: 7.5; a whole percentage"),
    ({"cpu_percent": with_value(float("nan"))}, "sample 13: nan; a whole percentage"),
    ({"cpu_percent": with_value(float("inf"))}, "sample 13: inf; a whole percentage"),
    ({"cpu_percent": PERCENT[:, :287]}, "numbers (n_vms, 288) are needed, not uint8 (5, 287)"),
    ({"cpu_percent": np.zeros((5, 289), np.uint8)}, "numbers (n_vms, 288) are needed, not uint8 (5, 289)"),
    ({"cpu_percent": PERCENT[0]}, "not uint8 (288,)"),
    ({"cpu_percent": PERCENT.astype(str)}, "numbers (n_vms, 288) are needed"),
    ({"cpu_percent": objects()}, "holds Python objects, which are never loaded"),
    ({"cpu_percent": PERCENT[:0]}, f"0 VMs; 1 to {MOST_VMS} are allowed"),
    ({"cpu_percent": np.zeros((MOST_VMS + 1, SAMPLES), np.uint8)}, f"65537 VMs; 1 to {MOST_VMS} are allowed"),
    ({"names": np.array(NAMES[:4], "S")}, "names: 5 names are needed, not |S7 (4,)"),
    ({"names": np.array([NAMES], "S")}, "names: 5 names are needed"),
    ({"names": np.arange(5)}, "names: 5 names are needed, not int64"),
    ({"names": np.array(NAMES, object)}, "holds Python objects, which are never loaded"),
    ({"names": np.array(["a", "b", "a", "c", "d"], "S")}, "names: 'a' is there twice"),
    ({"names": np.array(["a", "b", "", "c", "d"], "S")}, "names: row 2: ''; the name of a file"),
    ({"names": np.array(["a", "b", "x\0y", "c", "d"], "S")}, r"names: row 2: 'x\x00y'; the name of a file"),
    ({"names": np.array(["a", "b", "\ud800", "c", "d"], "U")}, r"names: row 2: '\ud800'; the name of a file"),
]


@pytest.mark.parametrize(("arrays", "said"), ARRAYS, ids=range(len(ARRAYS)))
def test_an_archive_of_anything_else_is_refused(tmp_path: Path, arrays: dict[str, Any], said: str):
    path = write_archive(tmp_path, **arrays)
    line = refusal(tmp_path)
    assert line.startswith(f"{path}: ")
    assert said in line


@pytest.mark.parametrize("name", ["cpu_percent", "names"])
def test_an_archive_without_one_of_its_arrays_is_refused(tmp_path: Path, name: str):
    kept = {"cpu_percent": PERCENT, "names": np.array(NAMES, "S")}
    del kept[name]
    np.savez(tmp_path / ARCHIVE, **kept)
    assert f"holds no array {name}; cpu_percent and names are needed" in refusal(tmp_path)


@pytest.mark.parametrize("keep", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_a_broken_archive_is_refused(tmp_path: Path, keep: float):
    path = write_archive(tmp_path)
    raw = path.read_bytes()
    path.write_bytes(raw[: int(len(raw) * keep)])
    assert f"{path}: not a whole npz archive" in refusal(tmp_path)


def test_a_file_that_is_no_archive_is_refused(tmp_path: Path):
    path = tmp_path / "a_root"
    path.write_text("7\n" * SAMPLES)
    assert f"{path}: not a whole npz archive" in refusal(path, "a_root")


def test_a_missing_folder_and_a_folder_without_days_are_refused(tmp_path: Path):
    assert f"{tmp_path / 'none'}: cannot be read: No such file" in refusal(tmp_path / "none")
    assert f"{tmp_path}: holds no day: planetlab_YYYYMMDD.npz" in refusal(tmp_path)
    (tmp_path / DAY).mkdir()
    assert f"{tmp_path / DAY}: 0 VMs; 1 to {MOST_VMS} are allowed" in refusal(tmp_path)
    with pytest.raises(TraceError, match="No such file"):
        days_of(tmp_path / "none")


def test_a_missing_day_is_refused_with_the_nearest(tmp_path: Path):
    write_archive(tmp_path)
    line = refusal(tmp_path, "20110306")
    assert f"{tmp_path}: there is no day '20110306'; did you mean '20110303'? (known: 20110303)" in line
    assert "no day '20110306'" in refusal(tmp_path / ARCHIVE, "20110306")


def test_a_day_that_is_there_twice_is_refused(tmp_path: Path):
    write_archive(tmp_path)
    write_folder(tmp_path)
    assert days_of(tmp_path) == [DAY]
    assert f"day {DAY} is there more than once" in refusal(tmp_path)


@pytest.mark.parametrize("order", ["byte", "BYTES", "", "size"])
def test_an_unknown_order_is_refused(tmp_path: Path, order: str):
    write_archive(tmp_path)
    line = refusal(tmp_path, DAY, order)
    assert f"order {order!r} is unknown" in line
    assert "(known: bytes, listing, uppercase)" in line
    assert ("did you mean 'bytes'?" in line) == (order == "byte")
