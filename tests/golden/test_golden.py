"""Trajectories are those of the last release, on this machine byte by byte, elsewhere to nine digits."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.golden.trajectories import GOLDEN, PLAYS, machine, play

ROOT = Path(__file__).parents[2]
RENEW = (
    "trajectories have changed; if on purpose, run `python -m tests.golden.trajectories --write` and say so in "
    'CHANGELOG under "Changes trajectories"'
)


@pytest.mark.parametrize("name", PLAYS)
def test_a_fixed_play_gives_the_golden_bytes_and_figures(name):
    golden, played = json.loads(GOLDEN.read_text()), play(name)
    assert played["figures"] == pytest.approx(golden["plays"][name]["figures"], rel=1e-9), RENEW
    if golden["machine"] == machine():
        assert played["sha256"] == golden["plays"][name]["sha256"], RENEW


def test_the_golden_file_holds_every_play_and_no_other():
    assert set(json.loads(GOLDEN.read_text())["plays"]) == set(PLAYS)


@pytest.mark.parametrize(
    ("name", "steps"), [("lab", 40), ("lab-recommendations", 20), ("lab-tuning", 6), ("mixed", 110)]
)
def test_compiled_and_plain_python_give_the_same_bytes(name, steps):
    command = [sys.executable, "-m", "tests.golden.trajectories", name, str(steps)]
    without_jit = os.environ | {"NUMBA_DISABLE_JIT": "1"}
    plain = subprocess.run(command, capture_output=True, text=True, check=True, env=without_jit, cwd=ROOT, timeout=300)
    assert plain.stdout.strip() == play(name, steps)["sha256"]
