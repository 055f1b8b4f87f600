"""How numba makes one piece of machine code of a crossing and of all kernels below it.

By itself numba optimises each kernel, with a copy of everything that it calls, and turns it into machine code that
nobody runs; a step's crossing took 25 CPU-seconds. Here a kernel stays as its caller will need it, and the crossing
links all that it reaches, once each, and optimises the whole. There a kernel has no callers but those that LLVM sees:
one with a single caller becomes part of it, and what nothing needs goes. A kernel that makes no arrays goes through a
third of numba's passes.
"""

from typing import Any

import llvmlite.binding as llvm
from numba.core import typed_passes as typed
from numba.core import untyped_passes as untyped
from numba.core.caching import FunctionCache
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler
from numba.core.compiler_machinery import PassManager
from numba.core.runtime.nrt import rtsys


class _Kernel(JITCodeLibrary):
    """A kernel's code before optimisation; it has no address, for Python never calls it."""

    def _optimize_functions(self, ll_module: Any) -> None:
        """As numba's own, but with one set of passes for all functions, and not over mere declarations."""
        ll_module.data_layout = self._codegen._data_layout
        passes, builder = self._codegen._function_pass_manager()
        for function in ll_module.functions:
            if not function.is_declaration:
                passes.run(function, builder)

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

    def serialize_using_object_code(self) -> tuple[str, str, tuple[bytes, bytes]]:
        """Machine code, and of the LLVM code, which nobody links again, the names of what Python may ask for."""
        names = [function.name for function in self._final_module.functions if not function.is_declaration]
        stubs = llvm.parse_assembly("\n".join(f'define void @"{name}"() {{ ret void }}' for name in names))
        return self.name, "object", (self._get_compiled_object(), stubs.as_bitcode())


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


_PASSES = (
    untyped.TranslateByteCode,
    untyped.FixupArgs,
    untyped.IRProcessing,
    untyped.GenericRewrites,
    untyped.ReconstructSSA,
    typed.NopythonTypeInference,
    typed.PreLowerStripPhis,
    typed.NativeLowering,
    typed.NoPythonBackend,
)
"""What a kernel needs of numba's passes: it has no closures, no array expressions, and nothing to free."""


class CrossingCompiler(Compiler):
    """numba's compiler, for what Python calls and for annexes."""

    _library: type[JITCodeLibrary] = _Crossing

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        if self.state.library is None:
            self.state.library = self._library(self.state.targetctx.codegen(), self._library.__name__)
            self.state.library.enable_object_caching()


class KernelCompiler(CrossingCompiler):
    """numba's compiler, for what only kernels call."""

    _library = _Kernel

    def define_pipelines(self) -> list[PassManager]:
        """All of numba's passes for a kernel that makes arrays, those that matter for any other."""
        if self.state.flags.nrt:
            pipelines: list[PassManager] = super().define_pipelines()
            return pipelines
        manager = PassManager("kernel")
        for step in _PASSES:
            manager.add_pass(step, step.__name__)
        manager.finalize()
        return [manager]


class LoadingCache(FunctionCache):
    """numba's cache, but to load machine code it does not import all that numba can compile (0.3 s)."""

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """The compiled code if it lies there, else None."""
        rtsys.initialize(target_context)
        with self._guard_against_spurious_io_errors():
            return self._load_overload(sig, target_context)
