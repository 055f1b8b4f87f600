"""What a field of the state is inside a kernel: a pointer and a length into an arena, with nothing to count or free.

numba's own array is seven values and reference-counted: tuples of forty of them, handed from kernel to kernel, made one
tick compile for 57 s where rows take 18 (busy machine). A `Row` is two values. In plain Python (tests,
NUMBA_DISABLE_JIT=1) a field is the NumPy view itself. Indices are never negative; NUMBA_BOUNDSCHECK checks them.
"""

import operator
from typing import Any

from numba import types
from numba.core import cgutils
from numba.core.datamodel import models
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import lower_builtin, make_attribute_wrapper, overload, register_model
from numba.np.arrayobj import make_array

from vienv.core.jit import config
from vienv.core.state import FloatArray, IntArray


class Row(types.Type):
    """numba's type of a field: `data`, a pointer to its first entry, and `size`."""

    def __init__(self, dtype: Any) -> None:
        self.dtype = dtype
        super().__init__(name=f"Row({dtype})")


@register_model(Row)
class _RowModel(models.StructModel):
    def __init__(self, dmm: Any, fe_type: Row) -> None:
        super().__init__(dmm, fe_type, [("data", types.CPointer(fe_type.dtype)), ("size", types.intp)])


make_attribute_wrapper(Row, "size", "size")


def row(arena: FloatArray | IntArray, first: int, size: int) -> FloatArray | IntArray:
    """The field of `size` entries that begins at arena[first]."""
    return arena[first : first + size]


@infer_global(row)
class _MakeRow(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        return signature(Row(args[0].dtype), args[0], types.intp, types.intp)


@lower_builtin(row, types.Array, types.intp, types.intp)
def _make_row(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    made = cgutils.create_struct_proxy(sig.return_type)(context, builder)
    made.data = builder.gep(make_array(sig.args[0])(context, builder, args[0]).data, [args[1]])
    made.size = args[2]
    return made._getvalue()


def _is_index(index: Any) -> bool:
    return isinstance(index, types.Integer | types.IntEnumMember)


@infer_global(operator.getitem)
class _GetItem(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        if isinstance(args[0], Row) and _is_index(args[1]):
            return signature(args[0].dtype, args[0], types.intp)
        return None


@infer_global(operator.setitem)
class _SetItem(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        if isinstance(args[0], Row) and _is_index(args[1]):
            return signature(types.none, args[0], types.intp, args[0].dtype)
        return None


def _pointer(context: Any, builder: Any, kind: Row, value: Any, index: Any) -> Any:
    field = cgutils.create_struct_proxy(kind)(context, builder, value)
    if config.BOUNDSCHECK:
        cgutils.do_boundscheck(context, builder, index, field.size)
    return builder.gep(field.data, [index])


@lower_builtin(operator.getitem, Row, types.intp)
def _read(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    return builder.load(_pointer(context, builder, sig.args[0], args[0], args[1]))


@lower_builtin(operator.setitem, Row, types.intp, types.Any)
def _write(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    builder.store(args[2], _pointer(context, builder, sig.args[0], args[0], args[1]))
    return context.get_dummy_value()


@overload(len)
def _length(field: Any) -> Any:
    return (lambda field: field.size) if isinstance(field, Row) else None
