"""Compiled code is never older than its source, and a crossing is compiled once."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import vienv
from tests.envs.play import clusters
from vienv.core import invariants, jit
from vienv.envs import step

PACKAGE = Path(vienv.__file__).parent
LEAF = "return math.sqrt(max(0.0, square / n - mean * mean))"
PROBE = """
from vienv.core import jit
from vienv.core.ledger import deviation

@jit.crossing("float64(float64[::1])")
def probe(sums):
    return deviation(sums[0], sums[1], 2)
"""
ASK = """
import numpy as np
import pytest
from vienv.core import jit, probe
print(jit.is_cached(probe.probe))
told = []
jit.ready(probe.probe, tell=lambda: told.append("compiling"))
jit.ready(probe.probe, tell=lambda: told.append("again"))
print(",".join(told) or "silent")
print(probe.probe(np.array([4.0, 10.0])), jit.cache_folder().name)
"""


def ask(folder):
    """Ask the copied package in a process of its own: whether its answer was cached, the answer, the cache's key."""
    here = os.environ | {"PYTHONPATH": str(folder), "XDG_CACHE_HOME": str(folder / "cache"), "NUMBA_DISABLE_JIT": "0"}
    command = [sys.executable, "-c", ASK]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=here, cwd=folder, timeout=300)
    is_cached, told, answer, key = done.stdout.split()
    assert told == ("silent" if is_cached == "True" else "compiling")
    return is_cached == "True", float(answer), key


def test_an_edited_leaf_kernel_gives_a_new_answer_and_an_unedited_one_is_loaded_in_silence(tmp_path):
    shutil.copytree(PACKAGE, tmp_path / "vienv", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "vienv/core/probe.py").write_text(PROBE)
    first, again = ask(tmp_path), ask(tmp_path)
    assert first[:2] == (False, 1.0)
    assert again == (True, 1.0, first[2])
    leaf = tmp_path / "vienv/core/ledger.py"
    assert leaf.read_text().count(LEAF) == 1
    leaf.write_text(leaf.read_text().replace(LEAF, LEAF.replace("math.sqrt", "7.0 * math.sqrt")))
    edited = ask(tmp_path)
    assert edited[:2] == (False, 7.0)
    assert edited[2] != first[2]


def test_a_crossing_has_one_signature_whatever_is_played():
    env = clusters(2, debug=True)
    env.reset(seed=0)
    env.step(np.array([0, 1]))
    env.step([0, 0])
    clusters(1, obs="flat", face="vienv/DrsTuning-v0").reset(seed=0)
    for crossing in (step.step, invariants.violation):
        assert len(crossing.signatures) == 1


def test_the_source_hash_names_every_source_that_may_hold_a_kernel():
    assert jit.source_hash() == jit.source_hash()
    assert len(jit.source_hash()) == 64
    assert jit.source_hash()[:24] != jit.cache_folder().name


def test_ctrl_c_during_a_compilation_comes_after_it_and_is_not_lost():
    compiled = []

    class Crossing:
        signatures = ()

        def compile(self, _signature):
            signal.raise_signal(signal.SIGINT)
            compiled.append(self)

        def disable_compile(self):
            compiled.append("for good")

    slow = Crossing()
    jit._signatures[slow] = "void()"
    try:
        with pytest.raises(KeyboardInterrupt):
            jit.ready(slow)
    finally:
        del jit._signatures[slow]
    assert compiled == [slow, "for good"]
