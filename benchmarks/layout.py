"""How the C of `tick.c` sees a cluster: a header made from the state's annotations, and the library built with it.

The header holds one struct a kind of the state with a pointer a field, the functions that lay them over the arenas, and
every enum and constant of `vienv.core`; it is never committed, so C cannot fall behind `state`. The library is built
anew for each process, because code for one machine's processor may not run on another's.
"""

import ctypes
import inspect
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

import vienv.core
from vienv.core import arena, enums
from vienv.core.random import Stream
from vienv.core.state import FloatArray, IntArray
from vienv.core.view import LINE, fields_of

SOURCE = Path(__file__).with_name("tick.c")
COMPILE = ("cc", "-O3", "-march=native", "-ffast-math")
_LINK = ("cc", "-shared")  # without -ffast-math, with which gcc would make the whole process flush tiny numbers to zero
WORD = 8
"""Bytes of a float, an int and a pointer."""
NEVER = 1e300
"""What stands for infinity in C: -ffast-math may assume that there is none."""
_STRIDE_OF = (
    "static inline int64_t stride_of(int64_t n) {"
    f" return n == 1 ? 1 : ((n + {LINE} - 1) / {LINE} | 1) * {LINE};"
    " }  /* view.stride_of */"
)


class NoCompilerError(RuntimeError):
    """There is no C compiler, or it does not take our flags."""


class Reference:
    """The same tick in C."""

    def __init__(self, library: ctypes.CDLL):
        self._library = library
        library.cluster_size.restype = ctypes.c_int64
        library.lay_out.argtypes = [ctypes.c_void_p] * 4 + [ctypes.c_int64] * 3
        library.advance_batch.argtypes = [ctypes.c_void_p, ctypes.c_int64]
        library.lay_out.restype = library.advance_batch.restype = None

    def advance_of(self, floats: FloatArray, ints: IntArray, spans: IntArray) -> Callable[[], None]:
        """What advances these clusters by one interval: floats (num_envs, F), made by `finite`, ints (num_envs, I).

        Settings and the places of fields are looked up here, once.
        """
        arrays = (floats, ints, spans)
        if not all(array.flags.c_contiguous and array.itemsize == WORD for array in arrays):
            raise ValueError("C wants contiguous arrays of eight bytes an entry")
        num_envs = len(floats)
        clusters = np.zeros(num_envs * self._library.cluster_size() // WORD)
        pointers = [array.ctypes.data for array in (clusters, *arrays)]
        self._library.lay_out(*pointers, num_envs, floats.shape[1], ints.shape[1])
        where, count = ctypes.c_void_p(pointers[0]), ctypes.c_int64(num_envs)

        def advance() -> None:
            self._library.advance_batch(where, count)

        advance.arrays = (clusters, *arrays)  # type: ignore[attr-defined]  # they live as long as they are pointed to
        return advance


@cache
def reference() -> Reference:
    """Build and load the C, once a process.

    Raises:
        NoCompilerError: one line that says what is missing.
    """
    if shutil.which(COMPILE[0]) is None:
        raise NoCompilerError("no C compiler: the comparison with C needs `cc` (gcc or clang) on the path")
    with tempfile.TemporaryDirectory(prefix="vienv-tick-") as folder:
        build(Path(folder))
        return Reference(ctypes.CDLL(str(Path(folder) / "tick.so")))


def build(folder: Path) -> None:
    """Write layout.h, compile tick.c with exactly the flags of COMPILE, and link it to tick.so, all in `folder`."""
    (folder / "layout.h").write_text(header())
    compile_it = [*COMPILE, "-std=gnu11", "-fPIC", "-I", str(folder), "-c", str(SOURCE), "-o", str(folder / "tick.o")]
    link_it = [*_LINK, "-o", str(folder / "tick.so"), str(folder / "tick.o"), "-lm"]
    for command in (compile_it, link_it):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise NoCompilerError(f"{' '.join(command)} failed: {(done.stderr.splitlines() or ['no message'])[0]}")


def finite(floats: FloatArray) -> FloatArray:
    """A copy in which +-NEVER stands for +-infinity."""
    return np.nan_to_num(floats, nan=np.nan, posinf=NEVER, neginf=-NEVER)


def infinite(floats: FloatArray) -> FloatArray:
    """A copy in which what C left at +-NEVER or so is infinite again."""
    return np.where(np.abs(floats) >= 0.5 * NEVER, np.copysign(np.inf, floats), floats)


def header() -> str:
    """layout.h: structs, the functions that lay them over a cluster's rows, enums and constants."""
    lines = ["#include <stdint.h>", f"#define NEVER {NEVER!r}", *_constants(), *_enums(), _STRIDE_OF]
    for kind in arena.KINDS:
        lines += _struct(kind)
    lines.append("typedef struct {")
    lines += [f"    {kind.__name__} {snake(kind.__name__)};" for kind in arena.KINDS]
    lines += ["} Cluster;", "static inline Cluster cluster_of(double *f, int64_t *i, const int64_t *spans) {"]
    lines += ["    Cluster c;"]
    for k, kind in enumerate(arena.KINDS):
        name = snake(kind.__name__)
        lines.append(f"    c.{name} = {name}_of(f + spans[{3 * k + 1}], i + spans[{3 * k + 2}], spans[{3 * k}]);")
    return "\n".join([*lines, "    return c;", "}", ""])


def snake(name: str) -> str:
    """VmHistory -> vm_history."""
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


def _struct(kind: type) -> list[str]:
    """Fields of arrays become restricted pointers, settings become values; `n` is the number of rows."""
    fields, making = [], []
    for name, (is_float, place, is_scalar) in fields_of(kind).items():
        letter, ctype = ("f", "double") if is_float else ("i", "int64_t")
        fields.append(f"    {ctype} {'' if is_scalar else '*restrict '}{name};")
        making.append(f"    made.{name} = {letter}{f'[{place}]' if is_scalar else f' + {place} * stride'};")
    name = kind.__name__
    made = ["typedef struct {", "    int64_t n;", *fields, f"}} {name};"]
    made += [f"static inline {name} {snake(name)}_of(double *f, int64_t *i, int64_t n) {{"]
    made += [
        "    const int64_t stride = stride_of(n);",
        f"    {name} made = {{.n = n}};",
        "    (void)f, (void)i, (void)stride;",
    ]
    return [*made, *making, "    return made;", "}"]


def _enums() -> list[str]:
    """PowerState.ON -> POWER_STATE_ON."""
    kinds: list[Any] = [Stream]
    kinds += [kind for _, kind in inspect.getmembers(enums, inspect.isclass) if kind.__module__ == enums.__name__]
    return [
        f"enum {{ {', '.join(f'{snake(kind.__name__).upper()}_{e.name} = {e.value}' for e in kind)} }};"
        for kind in kinds
    ]


def _constants() -> list[str]:
    """enums.NO_HOST -> NO_HOST; ledger.SECONDS_PER_HOUR -> LEDGER_SECONDS_PER_HOUR, for each module's own.

    A module is named without its room, so no two modules with numbers may have one name.
    """
    lines = [f"#define {name} ({value})" for name, value in _numbers(enums).items()]
    core = Path(str(vienv.core.__file__)).parent
    named: dict[str, Path] = {}
    for path in sorted(core.rglob("*.py")):
        place = path.relative_to(core)
        if path.stem in ("__init__", "enums"):
            continue
        module = import_module(".".join(("vienv.core", *place.with_suffix("").parts)))
        numbers = {n: x for n, x in _numbers(module).items() if not hasattr(enums, n) and np.isfinite(x)}
        if numbers and named.setdefault(path.stem, place) != place:
            raise ValueError(f"{named[path.stem]} and {place} have numbers and one name: C could not tell them apart")
        lines += [f"#define {path.stem.upper()}_{n.lstrip('_')} ({x!r})" for n, x in numbers.items()]
    return lines


def _numbers(module: ModuleType) -> dict[str, Any]:
    return {
        name: value
        for name, value in vars(module).items()
        if name.isupper() and isinstance(value, int | float) and not isinstance(value, bool)
    }
