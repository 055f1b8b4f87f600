"""How a kernel calls another: directly, or through a door into an annex that is loaded only where it is needed.

A kernel is to numba what a function under `njit` is, except that all whole numbers are one type: a constant argument
makes no second version. An annex is machine code of its own, as a crossing is. Its door is a pointer with a name, which
the linker knows; until `jit.ready` has opened it, it leads to a line on stderr and the end of the process.
"""

import ctypes
import os
import sys
from collections.abc import Callable
from typing import Any

import llvmlite.binding as llvm
from llvmlite import ir
from numba import types
from numba.core.datamodel import models
from numba.core.sigutils import normalize_signature
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import lower_builtin, register_model


class Kernel(types.Dispatcher):
    """numba's type of a kernel."""

    def get_call_type(self, context: Any, args: Any, kws: Any) -> Any:
        """The call's signature; what is called is compiled if need be."""
        called: Any = self.dispatcher
        pysig, args = called.fold_argument_types(args, kws)
        args = tuple(types.unliteral(arg) for arg in args)
        if args not in called.overloads:
            called.add_overload(called._compiler.compile(args, None))
        return called.overloads[args].signature.replace(pysig=pysig)


register_model(Kernel)(models.OpaqueModel)


class Door:
    """The way from kernels into an annex."""

    def __init__(self, function: Callable[..., Any], annex: Any, declared: str) -> None:
        self.annex = annex
        self._function, self._declared = function, declared
        self._name = f"vienv.annex.{function.__module__}.{function.__qualname__}"
        self._pointer = ctypes.c_void_p(_nowhere)
        llvm.add_symbol(self._name, ctypes.addressof(self._pointer))

    def show(self) -> None:
        """Tell numba how a kernel goes through."""
        args, result = normalize_signature(self._declared)

        @infer_global(self._function)
        class _Call(AbstractTemplate):
            def generic(self, given: Any, kws: Any) -> Any:
                return signature(result, *args) if len(given) == len(args) and not kws else None

        @lower_builtin(self._function, *args)
        def _call(context: Any, builder: Any, sig: Any, given: Any) -> Any:
            door = builder.module.globals.get(self._name)
            if door is None:
                code = context.call_conv.get_function_type(sig.return_type, sig.args)
                door = ir.GlobalVariable(builder.module, code.as_pointer(), self._name)
            inside = builder.load(door)
            _, answer = context.call_conv.call_function(builder, inside, sig.return_type, sig.args, given)
            return answer

    def open(self) -> None:
        """Lead to the annex, which is compiled."""
        (code,) = self.annex.overloads.values()
        self._pointer.value = code.library.get_pointer_to_function(code.fndesc.llvm_func_name)


@ctypes.CFUNCTYPE(ctypes.c_int32)
def _closed() -> int:
    print("vienv: a kernel needs an annex that jit.ready was not asked for", file=sys.stderr, flush=True)
    os.abort()


_nowhere = ctypes.cast(_closed, ctypes.c_void_p).value
