"""The only place that names numba's options: `kernel`, `crossing`, `annex`, and `ready`, which compiles.

numba's cache fingerprints only the entry function's own file, so an edit in an imported kernel would bring back the
stale result. Leaves are therefore not cached, and crossings are cached in a folder of the user's named by a hash of
every source that may hold a kernel, of the versions of numba, NumPy and Python, and of the switches that numba's own
key omits. Two processes that save different signatures at once spoil numba's index, so a crossing has one signature and
is compiled under a file lock. Where no folder can be written, crossings compile without a cache. A kernel has code only
within a crossing (`compiler`): call it from one, never from a plain `numba.njit`. What only some scenarios or faces
need is an annex, a crossing that kernels enter through a door (`doors`): whoever does not need it does not compile or
load it.
"""

import fcntl
import gc
import hashlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import numba
import numpy as np
from numba.core import config as _config
from numba.core.typing.templates import infer_global

from vienv.core.compiler import CrossingCompiler, KernelCompiler, LoadingCache
from vienv.core.doors import Door, Kernel

config: Any = _config  # its names are made when it is imported
F = TypeVar("F", bound=Callable[..., Any])
_PACKAGE = Path(__file__).resolve().parents[1]
_KERNEL_FOLDERS = ("core", "cloudsim", "scenario", "envs", "baselines")
_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
_WITHOUT_WRAPPERS: dict[str, Any] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
_ALLOCATING = "vienv.baselines."
"""The one package whose kernels make arrays. All others only lay views over what they are given, and count no
references to it: on `office` that was a tenth of a tick, in atomic instructions that threads would share."""
_signatures: dict[Any, str] = {}
_unknown: list[Callable[..., Any]] = []
"""Kernels that numba has not been told of."""
_kernels: list[Any] = []
"""The others, as numba compiles them: it keeps weak references only."""
_doors: dict[Any, Door] = {}
_unshown: list[Door] = []


def kernel(function: F) -> F:
    """Compile a leaf, which other kernels call. Called from Python it runs as the plain function that it is."""
    if not config.DISABLE_JIT:
        _unknown.append(function)
    return function


class _Compiler(CrossingCompiler):
    """Tells numba of the kernels before it compiles: a process that finds all in the cache never does."""

    def __init__(self, *arguments: Any) -> None:
        while _unknown:
            function = _unknown.pop()
            options = _WITHOUT_WRAPPERS | _options_of(function)
            _kernels.append(numba.njit(pipeline_class=KernelCompiler, **options)(function))
            infer_global(function, Kernel(_kernels[-1]))
        while _unshown:
            _unshown.pop().show()
        super().__init__(*arguments)


def crossing(signature: str) -> Callable[[F], F]:
    """Compile an entry that Python calls, for one signature only; `ready` it before the first call."""

    def decorate(function: F) -> F:
        if config.DISABLE_JIT:
            return function
        compiled: F = numba.njit(pipeline_class=_Compiler, **_options_of(function))(function)
        _signatures[compiled] = signature
        return compiled

    return decorate


def annex(signature: str) -> Callable[[F], F]:
    """Compile apart from its callers what only some of them need; `ready` it too before a crossing that calls it.

    Kernels call it through a pointer, so it costs nobody else a second of compiling. Called from Python it runs as the
    plain function that it is.
    """

    def decorate(function: F) -> F:
        if not config.DISABLE_JIT:
            compiled = numba.njit(pipeline_class=_Compiler, **_WITHOUT_WRAPPERS, **_options_of(function))(function)
            _signatures[compiled] = signature
            _doors[function] = Door(function, compiled, signature)
            _unshown.append(_doors[function])
        return function

    return decorate


def _cache(crossing: Any, folder: Path) -> None:
    """Let numba keep a crossing in that folder."""
    before = config.CACHE_DIR
    config.CACHE_DIR = str(folder)
    try:
        crossing._cache = LoadingCache(crossing.py_func)
    finally:
        config.CACHE_DIR = before


def _options_of(function: Callable[..., Any]) -> dict[str, Any]:
    return _OPTIONS | {"_nrt": function.__module__.startswith(_ALLOCATING)}


def ready(*crossings: Any, tell: Callable[[], None] | None = None) -> None:
    """Make crossings callable: load them from the cache or compile them, one process at a time.

    Compiling takes long enough that whoever waits should hear of it: `tell` is called before, and not before loading.
    """
    missing = [c for c in map(_compiled, crossings) if c in _signatures and not c.signatures]
    folder = cache_folder() if missing else None
    if tell is not None and missing and not is_cached(*missing):
        tell()
    with _locked(folder), _uninterrupted(), _uncollected():
        for c in missing:
            if folder is not None:
                _cache(c, folder)
            c.compile(_signatures[c])
            c.disable_compile()
    for c in crossings:
        if c in _doors:
            _doors[c].open()


def is_cached(*crossings: Any) -> bool:
    """Whether `ready` will load rather than compile: true if every crossing has an index in the cache folder."""
    folder, entries = cache_folder(), [c for c in map(_compiled, crossings) if c in _signatures]
    return folder is not None and all(any(folder.glob(_index_of(c.py_func))) for c in entries)


def _compiled(crossing: Any) -> Any:
    """What is compiled of a crossing or of an annex."""
    return _doors[crossing].annex if crossing in _doors else crossing


def _index_of(function: Any) -> str:
    """Where numba keeps a crossing's index: two crossings of one name lie in two folders."""
    source = Path(function.__code__.co_filename)
    return f"{source.parent.name}_*/{source.stem}.{function.__qualname__}-*.nbi"


def source_hash() -> str:
    """Hash of every source that may hold a kernel, 64 hex digits; recorded with every result."""
    digest = hashlib.sha256()
    for folder in _KERNEL_FOLDERS:
        for path in sorted((_PACKAGE / folder).rglob("*.py")):
            digest.update(path.relative_to(_PACKAGE).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()


def cache_folder() -> Path | None:
    """The folder of this version's compiled kernels, made if need be; None if it cannot be written."""
    versions = (
        numba.__version__,
        np.__version__,
        sys.version,
        config.BOUNDSCHECK,
        config.OPT,
        config.DEBUGINFO_DEFAULT,
    )
    key = hashlib.sha256(f"{source_hash()}{versions}{_PACKAGE}".encode()).hexdigest()[:24]
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = root / "vienv" / key
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK) else None


@contextmanager
def _uncollected() -> Iterator[None]:
    """Spare a compilation the garbage collector, which finds nothing to free and takes a tenth of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Hold Ctrl-C back while LLVM compiles: raised inside one of its callbacks it would be lost, and the run go on."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    held: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: held.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if held and callable(before):
        before(signal.SIGINT, None)


@contextmanager
def _locked(folder: Path | None) -> Iterator[None]:
    if folder is None:
        yield
        return
    with (folder / "lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
