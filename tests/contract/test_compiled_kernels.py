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

ANNEXED = """
import sys
from vienv.core import jit

@jit.kernel
def tripled(n, times=3):
    return times * n

@jit.annex("int64(int64)")
def annexed(n):
    return tripled(n)

@jit.crossing("int64(int64)")
def entry(n):
    return annexed(n) + tripled(1) + tripled(0) if n > 0 else 0

jit.ready(entry, *[annexed] * (sys.argv[1] == "open"))
print(entry(int(sys.argv[2])), jit.is_cached(annexed), len(jit._kernels), flush=True)
"""
LOADED = """
import sys
from vienv.core import jit, tick
from vienv.envs import step
from vienv.envs.vector_env import ClusterVectorEnv
ClusterVectorEnv(1, sys.argv[1], face="vienv/" + sys.argv[2])
print(*(len(jit._compiled(annex).signatures) for annex in (tick.more, step.heuristics)), len(jit._kernels))
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


def annexed(folder, *arguments):
    """What the little program prints and says, and its exit status, with a cache of its own."""
    (folder / "annexed.py").write_text(ANNEXED)
    here = os.environ | {"XDG_CACHE_HOME": str(folder / "cache"), "NUMBA_DISABLE_JIT": "0"}
    here["PYTHONPATH"] = os.pathsep.join([str(PACKAGE.parent), str(folder)])
    command = [sys.executable, "-c", "import annexed", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=here, timeout=300, check=False)
    return done.stdout.split(), done.stderr, done.returncode


def test_an_annex_is_compiled_only_for_whoever_asks_for_it_and_is_cached_like_a_crossing(tmp_path):
    assert annexed(tmp_path, "shut", "0")[0][:2] == ["0", "False"]
    assert annexed(tmp_path, "open", "5")[0][:2] == ["18", "True"]
    assert annexed(tmp_path, "open", "5")[0] == ["18", "True", "0"]


def test_a_kernel_at_an_annex_that_nobody_made_ready_ends_the_process_with_a_line(tmp_path):
    printed, said, status = annexed(tmp_path, "shut", "5")
    assert printed == []
    assert "an annex that jit.ready was not asked for" in said
    assert status == -signal.SIGABRT


@pytest.mark.parametrize(
    ("scenario", "face", "loaded"),
    [
        ("lab", "Cluster-v0", ["0", "0"]),
        ("failover", "Cluster-v0", ["1", "0"]),
        ("lab", "DrsTuning-v0", ["0", "1"]),
    ],
)
def test_what_a_scenario_and_a_face_do_not_use_is_not_loaded_and_no_kernel_is_looked_at_twice(scenario, face, loaded):
    clusters(1, scenario, face=f"vienv/{face}")
    here = os.environ | {"PYTHONPATH": str(PACKAGE.parent), "NUMBA_DISABLE_JIT": "0"}
    command = [sys.executable, "-c", LOADED, scenario, face]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=here, timeout=300)
    assert done.stdout.split() == [*loaded, "0"]


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

        def py_func(self):
            return 0

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
