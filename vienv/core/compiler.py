"""How numba makes one piece of machine code of a crossing and of all kernels below it.

By itself numba optimises each kernel, with a copy of everything that it calls, and turns it into machine code that
nobody runs; a step's crossing took 25 CPU-seconds. Here a kernel stays as its caller will need it, and the crossing
links all that it reaches, once each, and optimises the whole. There a kernel has no callers but those that LLVM sees:
one with a single caller becomes part of it, and what nothing needs goes.
"""

from typing import Any

from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler


class _Kernel(JITCodeLibrary):
    """A kernel's code before optimisation; it has no address, for Python never calls it."""

    def finalize(self) -> None:
        self._raise_if_finalized()
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:
        return 0

    @property
    def codegen(self) -> Any:
        return self

    def set_env(self, env_name: str, env: Any) -> None:
        """A kernel holds no Python objects."""


class _Crossing(JITCodeLibrary):
    """A crossing with all that it reaches."""

    def finalize(self) -> None:
        self._linking_libraries = _reached(self._linking_libraries)
        super().finalize()

    def _optimize_final_module(self) -> None:
        for function in self._final_module.functions:
            if not function.is_declaration and function.linkage.name == "linkonce_odr":
                function.linkage = "internal"
        super()._optimize_final_module()


def _reached(libraries: list[Any]) -> list[Any]:
    """The libraries given and those of the kernels below, once each; numba's own bring what they call."""
    found = dict.fromkeys(libraries)
    waiting = list(found)
    while waiting:
        library = waiting.pop()
        new = [below for below in library._linking_libraries if below not in found] if type(library) is _Kernel else []
        found |= dict.fromkeys(new)
        waiting += new
    return list(found)


class KernelCompiler(Compiler):
    """numba's compiler, for what only kernels call."""

    _library: type[JITCodeLibrary] = _Kernel

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        if self.state.library is None:
            self.state.library = self._library(self.state.targetctx.codegen(), self._library.__name__)
            self.state.library.enable_object_caching()


class CrossingCompiler(KernelCompiler):
    """numba's compiler, for what Python calls."""

    _library = _Crossing
