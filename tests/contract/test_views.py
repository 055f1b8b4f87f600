"""Inside a compiled kernel a tuple of the state or of the settings is the same memory that NumPy sees."""

import os
import subprocess
import sys
from pathlib import Path

import numba
import numpy as np
import pytest

from tests.core.test_arena import OF, SETTINGS, SIZES, STATE
from vienv.core import arena
from vienv.core.state import Hosts


def cluster():
    """A cluster whose every number is its own."""
    spans, num_floats, num_ints = arena.spans_of(SIZES)
    return np.arange(num_floats) + 0.5, np.arange(num_ints) + 10_000, spans


def compiled(kind, lines):
    """Compile a kernel `(floats, ints, spans, seen)` with one line a field: {k} is its number, {name} its name."""
    body = "".join(f"    {lines.format(name=name, k=k)}\n" for k, name in enumerate(kind._fields))
    scope = {"view_of": OF[kind]}
    exec(f"def probe(floats, ints, spans, seen):\n    view = view_of(floats, ints, spans)\n{body}", scope)
    return numba.njit(scope["probe"])


@pytest.mark.parametrize("kind", STATE, ids=lambda kind: kind.__name__)
def test_a_compiled_kernel_reads_and_writes_the_fields_that_numpy_sees(kind):
    floats, ints, spans = cluster()
    fields, rows = OF[kind](floats, ints, spans), arena.KINDS[kind](SIZES)
    expected = [[field[0], field[-1], field.size] for field in fields]
    around = floats.sum() + ints.sum() - sum(field[-1] for field in fields)
    seen = np.zeros((len(fields), 3))
    last = "view.{name}[view.{name}.size - 1]"
    read = f"seen[{{k}}, 0], seen[{{k}}, 1], seen[{{k}}, 2] = view.{{name}}[0], {last}, view.{{name}}.size"
    compiled(kind, f"{read}; {last} = {{k}} - 100")(floats, ints, spans, seen)
    assert seen.tolist() == expected
    assert [field[rows - 1] for field in fields] == [k - 100 for k in range(len(fields))]
    assert floats.sum() + ints.sum() == pytest.approx(around + sum(k - 100 for k in range(len(fields))))


@pytest.mark.parametrize("kind", SETTINGS, ids=lambda kind: kind.__name__)
def test_a_compiled_kernel_reads_the_settings_that_python_reads(kind):
    floats, ints, spans = cluster()
    seen = np.zeros(len(kind._fields))
    compiled(kind, "seen[{k}] = view.{name}")(floats, ints, spans, seen)
    assert seen.tolist() == list(OF[kind](floats, ints, spans))


def test_a_store_to_a_field_is_seen_by_the_next_load_of_the_same_field_through_any_view():
    @numba.njit
    def count(floats, ints, spans):
        hosts, total = arena.hosts_of(floats, ints, spans), 0
        for h in range(hosts.num_vms.size):
            hosts.num_vms[h] = h
            hosts.first_vm[h] = 7
            arena.hosts_of(floats, ints, spans).num_vms[h] += 1
            ints[:] += 1
            total += hosts.num_vms[h]
        return total

    assert count(*cluster()) == sum(h + 2 for h in range(SIZES.hosts))


def test_only_one_unbroken_row_of_each_arena_makes_a_view():
    floats, ints, spans = cluster()
    read = numba.njit(lambda f, i, s: arena.hosts_of(f, i, s).core_mhz[0])
    assert read(floats, ints, spans) == OF[Hosts](floats, ints, spans).core_mhz[0]
    with pytest.raises(numba.TypingError):
        read(floats[::2], ints, spans)


BEYOND = """
from tests.core.test_arena import arenas
from vienv.core import arena
from vienv.core.jit import crossing, kernel, ready

@kernel
def clock_rate(hosts, h):
    return hosts.core_mhz[h]

@crossing("float64(float64[::1], int64[::1], int64[:,::1], int64)")
def probe(floats, ints, spans, h):
    return clock_rate(arena.hosts_of(floats, ints, spans), h)

ready(probe)
print(probe(*arenas(), 2))
probe(*arenas(), 3)
"""


def test_an_index_beyond_a_field_is_an_error_under_boundscheck(tmp_path):
    (tmp_path / "beyond.py").write_text(BEYOND)
    here = os.environ | {"NUMBA_BOUNDSCHECK": "1", "NUMBA_DISABLE_JIT": "0", "XDG_CACHE_HOME": str(tmp_path)}
    here["PYTHONPATH"] = str(Path(__file__).parents[2])
    command = [sys.executable, tmp_path / "beyond.py"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=here, timeout=300)
    assert done.stdout.strip() == "0.0"
    assert "IndexError" in done.stderr
