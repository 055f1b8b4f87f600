"""What a field of the state is inside a kernel: a pointer and a length into an arena, with nothing to count or free.

A field knows its name, and its loads and stores carry it to LLVM (type-based alias analysis): two fields never share
memory, so that a store to one leaves what is known of the others alone. In plain Python (tests, NUMBA_DISABLE_JIT=1) a
field is the NumPy view itself. Indices are never negative; NUMBA_BOUNDSCHECK checks them.
"""

import operator
from typing import Any

from numba import types
from numba.core import cgutils
from numba.core.datamodel import models
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import lower_builtin, make_attribute_wrapper, register_model

from vienv.core.jit import config


class Row(types.Type):
    """numba's type of a field: `data`, a pointer to its first entry, and `size`. Two fields are two types."""

    def __init__(self, field: str, dtype: Any) -> None:
        self.field = field
        self.dtype = dtype
        super().__init__(name=f"Row({field})")


@register_model(Row)
class _RowModel(models.StructModel):
    def __init__(self, dmm: Any, fe_type: Row) -> None:
        super().__init__(dmm, fe_type, [("data", types.CPointer(fe_type.dtype)), ("size", types.intp)])


make_attribute_wrapper(Row, "size", "size")


def mark(builder: Any, access: Any, field: str) -> Any:
    """Tell LLVM that a load or store touches this field and no other; accesses that are not marked may touch any."""
    module = builder.module
    root = module.add_metadata(["vienv"])
    scalar = module.add_metadata([field, root, cgutils.int32_t(0)])
    access.set_metadata("tbaa", module.add_metadata([scalar, scalar, cgutils.int32_t(0)]))
    return access


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
    return builder.gep(field.data, [index], inbounds=True)


@lower_builtin(operator.getitem, Row, types.intp)
def _read(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    row = sig.args[0]
    return mark(builder, builder.load(_pointer(context, builder, row, args[0], args[1])), row.field)


@lower_builtin(operator.setitem, Row, types.intp, types.Any)
def _write(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    row = sig.args[0]
    mark(builder, builder.store(args[2], _pointer(context, builder, row, args[0], args[1])), row.field)
    return context.get_dummy_value()
