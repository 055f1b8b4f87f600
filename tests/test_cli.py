"""The command line as a user meets it: processes, files, exit statuses."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.contest.networks import CARD, write_agent

TINY = """
name = "tiny"
duration_h = 1.0
hosts = [{ count = 3, server = "HP ML110 G5", memory_gb = 8 }]
vms = { count = 6, vcpus = [1], vcpus_percent = [100], memory_gb = [1], memory_percent = [100] }
"""


def vienv(*arguments, cwd=None):
    """Run the command line; (exit status, stdout, stderr)."""
    command = [sys.executable, "-m", "vienv", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=_environment(), check=False)
    return done.returncode, done.stdout, done.stderr


def _environment():
    """Plain Python kernels: what is tested here is the command line, and a tiny scenario needs no compiler."""
    root = str(Path(__file__).parents[1])
    return os.environ | {"NUMBA_DISABLE_JIT": "1", "PYTHONPATH": root, "COLUMNS": "120"}


@pytest.fixture
def tiny(tmp_path):
    path = tmp_path / "tiny.toml"
    path.write_text(TINY)
    return path


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


def _compete(tiny, out, *more, policies="static,drs-3,random"):
    return vienv("compete", "--scenario", tiny, "--policies", policies, "--worlds", 8, "--out", out, *more)


def test_version_and_help_answer():
    assert vienv("--version")[1].startswith("vienv ")
    for words in (["--help"], [], ["compete", "--help"]):
        status, text, _ = vienv(*words)
        assert status == 0
        assert "Usage: vienv" in text


def test_help_imports_neither_torch_nor_matplotlib_nor_pandas():
    code = (
        "import sys; from vienv.cli import answer; answer(['--help'])\n"
        "print([m for m in ('torch', 'matplotlib', 'pandas', 'onnxruntime', 'pydantic') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=_environment(), check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_scenarios_lists_every_preset():
    status, text, _ = vienv("scenarios")
    assert status == 0
    assert all(name in text for name in ("lab", "office", "rack", "datacenter", "rack-modern"))


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--scenario", "ofice"], ["ofice", "'office'"]),
        (["--scenario", "none.toml"], ["none.toml"]),
        (["--scenario", "lab,lab.yaml"], ["lab.yaml"]),
        (["--policies", "drs3"], ["drs3", "'drs-3'"]),
        (["--policies", "static,/tmp"], ["/tmp/agent.toml"]),
        (["--worlds", "0"], ["--worlds", "0", "1 to 10000"]),
        (["--worlds", "-3"], ["--worlds", "-3"]),
        (["--worlds", "many"], ["--worlds", "many", "whole number"]),
        (["--worlds", "1e9"], ["--worlds", "1e9"]),
        (["--worlds", "99999999999999999999999"], ["--worlds", "1 to 10000"]),
        (["--seed", "-1"], ["--seed", "-1"]),
        (["--jobs", "100000"], ["--jobs", "0 to 256"]),
        (["--demand", "none.npz"], ["none.npz"]),
        (["--demand", "/dev/null"], ["/dev/null"]),
        (["--out", "/dev/null/x"], ["--out", "/dev/null"]),
        (["--wolds", "3"], ["--wolds", "--worlds"]),
        (["stray"], ["stray"]),
    ],
)
def test_a_wrong_command_line_is_answered_by_one_line_and_writes_nothing(arguments, named, tmp_path):
    status, text, errors = vienv("compete", *arguments, cwd=tmp_path)
    assert status == 2
    assert text == ""
    assert errors.startswith("vienv: error: ")
    assert errors.count("\n") == 1
    assert all(word in errors for word in named)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "named"), [(["chek"], "'check'"), (["check", "vienv/Clutser-v0"], "vienv/Cluster-v0")]
)
def test_a_wrong_word_is_answered_with_the_nearest_one(arguments, named):
    status, _, errors = vienv(*arguments)
    assert status == 2
    assert named in errors
    assert errors.count("\n") == 1


@pytest.mark.parametrize(
    ("card", "named"),
    [
        (CARD.replace("argmax", "argmin"), ["agent.toml", "play", "argmin"]),
        (CARD + "colour = 3\n", ["colour"]),
        (CARD.replace("format = 1", "format = 2") + '[columns]\nhosts = ["LOADS"]\n', ["columns.hosts", "LOADS"]),
    ],
)
def test_a_foreign_policy_folder_is_answered_by_one_line(card, named, tmp_path):
    folder = write_agent(tmp_path / "agent", card)
    status, _, errors = vienv("compete", "--policies", folder, "--out", tmp_path / "out")
    assert status == 2
    assert errors.count("\n") == 1
    assert all(word in errors for word in named)
    assert not (tmp_path / "out").exists()


def test_a_contest_leaves_a_leaderboard_and_a_picture(tiny, out):
    status, text, errors = _compete(tiny, out)
    assert status == 0, errors
    assert all(name in text for name in ("static", "drs-3", "random"))
    document = json.loads((out / "leaderboard.json").read_text())
    assert {row["policy"] for row in document["rows"]} == {"static", "drs-3", "random"}
    assert (out / "leaderboard.md").exists()
    assert (out / "pareto.png").exists()


def test_the_bill_is_the_one_that_the_environment_charges(tiny, out):
    assert _compete(tiny, out)[0] == 0
    bills = {}
    for path in out.rglob("test-*.json"):
        cell = json.loads(path.read_text())
        bills.setdefault(cell["identity"]["policy"], []).append(cell["totals"]["bill"])
    rows = json.loads((out / "leaderboard.json").read_text())["rows"]
    for row in rows:
        assert row["bill"]["mean"] == pytest.approx(sum(bills[row["policy"]]) / 8, rel=1e-12)


def test_a_second_run_plays_nothing_and_gives_the_same_bytes(tiny, out):
    assert "24 worlds played" in _compete(tiny, out)[2]
    before = {path: path.read_bytes() for path in out.rglob("*.json")}
    assert "\n0 worlds played" in "\n" + _compete(tiny, out)[2]
    assert {path: path.read_bytes() for path in out.rglob("*.json")} == before


def test_only_what_is_missing_or_torn_is_played_again_with_the_same_bytes(tiny, out):
    _compete(tiny, out)
    before = {path: path.read_bytes() for path in out.rglob("*.json")}
    found = sorted(out.rglob("random@0/*.json"))
    found[2].unlink()
    found[5].write_bytes(found[5].read_bytes()[:100])
    assert "2 worlds played" in _compete(tiny, out)[2]
    assert {path: path.read_bytes() for path in out.rglob("*.json")} == before


def test_processes_and_number_of_worlds_do_not_change_a_cell(tiny, tmp_path):
    _compete(tiny, tmp_path / "one", "--jobs", 1)
    _compete(tiny, tmp_path / "two", "--jobs", 2)
    vienv("compete", "--scenario", tiny, "--policies", "random", "--worlds", 3, "--out", tmp_path / "few")
    cells = {path.relative_to(tmp_path / "one"): path.read_bytes() for path in (tmp_path / "one").rglob("*.json")}
    assert {p.relative_to(tmp_path / "two"): p.read_bytes() for p in (tmp_path / "two").rglob("*.json")} == cells
    few = {p.relative_to(tmp_path / "few"): p.read_bytes() for p in (tmp_path / "few").rglob("random@0/*.json")}
    assert len(few) == 3
    assert all(cells[path] == content for path, content in few.items())


def test_kill_nine_in_the_middle_changes_no_byte_of_the_leaderboard(tiny, tmp_path):
    _compete(tiny, tmp_path / "whole")
    command = [sys.executable, "-m", "vienv", "compete", "--scenario", tiny, "--policies", "static,drs-3,random"]
    command += ["--worlds", "8", "--out", tmp_path / "killed"]
    killed = 0
    for number in (1, 9, 17):
        process = subprocess.Popen(
            list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=_environment()
        )
        while process.poll() is None and len(list((tmp_path / "killed").rglob("test-*.json"))) < number:
            time.sleep(0.005)
        killed += process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert killed
    status, _, errors = _compete(tiny, tmp_path / "killed")
    assert status == 0, errors
    name = "leaderboard.json"
    assert (tmp_path / "killed" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_run_says_so_in_one_line_and_goes_on_later(tiny, out, number):
    command = [sys.executable, "-m", "vienv", "compete", "--scenario", str(tiny), "--worlds", "64", "--out", str(out)]
    command += ["--policies", "static,drs-3,random", "--jobs", "2"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=_environment())
    while process.poll() is None and not list(out.rglob("test-*.json")):
        time.sleep(0.01)
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert re.search(r"vienv: error: stopped", errors)
    assert not (out / "leaderboard.json").exists()


def test_an_agent_of_onnx_competes_and_is_marked_where_it_was_not_trained(tiny, out, tmp_path):
    folder = write_agent(tmp_path / "agent")
    status, text, errors = _compete(tiny, out, policies=f"static,{folder}")
    assert status == 0, errors
    assert "tiny*" in text
    rows = json.loads((out / "leaderboard.json").read_text())["rows"]
    assert {row["policy"]: row["zero_shot"] for row in rows} == {"static": False, "tiny": True}


def test_seed_names_the_worlds_that_follow(tiny, out):
    assert (
        vienv("compete", "--scenario", tiny, "--policies", "static", "--worlds", 3, "--seed", 2, "--out", out)[0] == 0
    )
    header = json.loads((out / "leaderboard.json").read_text())["header"]
    assert header["seeds"] == [6, 7, 8]
