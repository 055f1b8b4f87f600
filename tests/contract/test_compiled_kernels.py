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
LEAVES = (
    ("core/ledger.py", "return math.sqrt(max(0.0, ", "return 7.0 * math.sqrt(max(0.0, ", 17.0),
    ("core/ha/choice.py", "return min(cpu, ", "return 2.0 * min(cpu, ", 27.0),
)
"""A leaf, what stands there and once only, what is put in its place, and the probe's answer from then on."""
PROBE = """
from vienv.core import arena, jit
from vienv.core.ha.choice import _unreserved_share
from vienv.core.ledger import deviation

@jit.crossing("float64(float64[::1], int64[::1], int64[:, ::1])")
def probe(f, i, spans):
    return deviation(4.0, 10.0, 2) + 10.0 * _unreserved_share(arena.hosts_of(f, i, spans), 0)
"""
ASK = """
import numpy as np
import pytest
from vienv.core import arena, jit, probe
print(jit.is_cached(probe.probe))
told = []
jit.ready(probe.probe, tell=lambda: told.append("compiling"))
jit.ready(probe.probe, tell=lambda: told.append("again"))
print(",".join(told) or "silent")
spans, num_floats, num_ints = arena.spans_of(arena.Sizes(2, 1, 1, 0, 1, 1, 0, 1))
f, i = np.zeros(num_floats), np.zeros(num_ints, np.int64)
hosts = arena.hosts_of(f, i, spans)
hosts.cpu_capacity_mhz[:] = hosts.memory_capacity_mb[:] = 1.0
print(probe.probe(f, i, spans), jit.cache_folder().name)
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
    assert first[:2] == (False, 11.0)
    assert again == (True, 11.0, first[2])
    keys = {first[2]}
    for place, before, after, answer in LEAVES:
        leaf = tmp_path / "vienv" / place
        assert leaf.read_text().count(before) == 1
        leaf.write_text(leaf.read_text().replace(before, after))
        edited = ask(tmp_path)
        assert edited[:2] == (False, answer)
        assert edited[2] not in keys
        keys.add(edited[2])


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
