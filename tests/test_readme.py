"""Every code block of the README runs as it stands: Python, and the command lines of `vienv`.

`make` and `pip` lines are what CI itself runs, so that they are only looked up here.
"""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
PYTHON = [text for language, text in BLOCKS if language == "python"]
LINES = [line for language, text in BLOCKS if language == "console" for line in text.splitlines() if line.strip()]
VIENV = list(dict.fromkeys(line for line in LINES if line.startswith("vienv ")))
_ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT)}


def test_every_block_is_of_a_kind_that_is_run_here():
    assert {language for language, _ in BLOCKS} == {"python", "console"}
    assert {line.split()[0] for line in LINES} <= {"make", "vienv", "pip"}


@pytest.mark.parametrize("number", range(len(PYTHON)))
def test_python_block_runs(number, tmp_path):
    done = subprocess.run(
        [sys.executable, "-W", "error::UserWarning:vienv", "-c", PYTHON[number]],
        capture_output=True, text=True, cwd=tmp_path, env=_ENVIRONMENT, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("line", VIENV)
def test_command_line_runs(line, tmp_path):
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    words = shlex.split(line, comments=True)[1:]
    done = subprocess.run(
        [sys.executable, "-m", "vienv", *words],
        capture_output=True, text=True, cwd=tmp_path, env=_ENVIRONMENT, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout


@pytest.mark.parametrize("target", [line.split()[1] for line in LINES if line.startswith("make ")])
def test_make_target_stands_in_the_makefile(target):
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)


def test_first_python_block_is_eight_lines_that_run():
    assert len([line for line in PYTHON[0].splitlines() if line.strip()]) == 8


def test_links_lead_to_files_that_are_there():
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", (ROOT / "README.md").read_text())
    assert links
    assert all((ROOT / link).exists() for link in links)
