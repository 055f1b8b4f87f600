import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from vienv.contest import cells, entries
from vienv.contest.cells import Identity

IDENTITY = Identity("0.1.0", "a" * 64, "e" * 64, "office", "b" * 64, "", "drs-3", "c" * 64, 0, "test", 7)
TOTALS = {"energy_kwh": 0.1 + 0.2, "migrations": 3}


def test_a_cell_reads_back_bit_for_bit(tmp_path):
    cells.write(tmp_path, IDENTITY, TOTALS)
    assert cells.read(tmp_path, IDENTITY) == {"energy_kwh": 0.1 + 0.2, "migrations": 3.0}


def test_writing_a_cell_twice_gives_the_same_bytes_and_leaves_nothing_beside_it(tmp_path):
    cells.write(tmp_path, IDENTITY, TOTALS)
    first = IDENTITY.path(tmp_path).read_bytes()
    cells.write(tmp_path, IDENTITY, dict(reversed(TOTALS.items())))
    assert IDENTITY.path(tmp_path).read_bytes() == first
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == [IDENTITY.path(tmp_path)]


@pytest.mark.parametrize(
    "change",
    [
        {"version": "0.2.0"},
        {"kernel_source": "d" * 64},
        {"generator_source": "d" * 64},
        {"scenario_hash": "d" * 64},
        {"data_hash": "d" * 64},
        {"policy_hash": "d"},
    ],
)
def test_a_cell_of_another_version_source_scenario_trace_or_policy_is_not_read(tmp_path, change):
    cells.write(tmp_path, IDENTITY, TOTALS)
    assert cells.read(tmp_path, replace(IDENTITY, **change)) is None


def test_the_hash_of_what_makes_worlds_is_that_of_every_file_in_its_place(tmp_path, monkeypatch):
    monkeypatch.setattr(entries, "_GENERATOR", tmp_path)
    (tmp_path / "room").mkdir()
    (tmp_path / "world.py").write_text("HOSTS = 1\n")
    hashes = [entries.generator_source()]
    leaf = tmp_path / "room/leaf.py"
    for source in ("VMS = 1\n", "VMS = 2\n"):
        leaf.write_text(source)
        hashes.append(entries.generator_source())
    leaf.rename(tmp_path / "leaf.py")
    hashes.append(entries.generator_source())
    assert len(set(hashes)) == 4


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "null",
        "[" * 60_000,
        '{"format": 1}',
        "\x00\xff",
        json.dumps({"format": 2, "identity": {}, "totals": {"a": 1}}),
        " " * (cells.MAXIMUM_BYTES + 1),
    ],
)
def test_a_torn_or_foreign_file_is_not_read(tmp_path, content):
    path = IDENTITY.path(tmp_path)
    path.parent.mkdir(parents=True)
    path.write_text(content, encoding="latin-1")
    assert cells.read(tmp_path, IDENTITY) is None


@pytest.mark.parametrize("length", [1, 40, 100, -2])
def test_a_cell_cut_anywhere_is_not_read(tmp_path, length):
    cells.write(tmp_path, IDENTITY, TOTALS)
    path = IDENTITY.path(tmp_path)
    path.write_bytes(path.read_bytes()[:length])
    assert cells.read(tmp_path, IDENTITY) is None


@pytest.mark.parametrize("value", ["NaN", "Infinity", "true", '"3"', "null", "{}"])
def test_a_total_that_is_no_finite_number_is_not_read(tmp_path, value):
    cells.write(tmp_path, IDENTITY, {"migrations": 3})
    path = IDENTITY.path(tmp_path)
    path.write_text(path.read_text().replace("3.0", value))
    assert cells.read(tmp_path, IDENTITY) is None


def test_not_a_number_is_never_written(tmp_path):
    with pytest.raises(ValueError, match="nan"):
        cells.write(tmp_path, IDENTITY, {"migrations": float("nan")})
    assert cells.read(tmp_path, IDENTITY) is None


SECOND_RUN = """
import sys
from pathlib import Path
from vienv.contest import cells
with cells.sole_writer(Path(sys.argv[1])):
    pass
"""


def test_a_second_run_on_one_folder_is_refused_and_the_first_goes_on(tmp_path):
    with cells.sole_writer(tmp_path):
        code = SECOND_RUN
        other = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False)
        assert "BlockingIOError" in other.stderr
    with cells.sole_writer(tmp_path):
        pass


def test_leftovers_of_a_killed_run_are_cleared_away(tmp_path):
    leftover = tmp_path / "cells" / "office" / ".test-00000.json.4711.tmp"
    leftover.parent.mkdir(parents=True)
    leftover.write_text("{")
    with cells.sole_writer(tmp_path):
        assert not leftover.exists()


WRITER = """
import sys, itertools
from dataclasses import replace
from pathlib import Path
from vienv.contest import cells
from tests.contest.test_cells import IDENTITY, TOTALS
for world in itertools.count():
    cells.write(Path(sys.argv[1]), replace(IDENTITY, world=world), TOTALS)
    print(world, flush=True)
"""


def test_kill_nine_at_any_moment_leaves_whole_cells_only(tmp_path):
    written = 0
    for delay_s in (0.0, 0.002, 0.005, 0.011):
        process = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        process.stdout.readline()
        time.sleep(delay_s)
        os.kill(process.pid, signal.SIGKILL)
        written = max(written, len(process.stdout.read().split()))
        process.wait()
        process.stdout.close()
        found = sorted(tmp_path.rglob("test-*.json"))
        assert len(found) > written
        assert all(cells.read(tmp_path, replace(IDENTITY, world=w)) is not None for w in range(len(found)))
