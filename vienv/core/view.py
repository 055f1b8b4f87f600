"""What a tuple of the state or of the settings is inside a kernel: four words, whatever the number of its fields.

The words point to the first float and to the first int of this kind in the cluster's two rows, count its rows, and give
the distance from field to field; a field's place follows from them, so `hosts.power_state` costs one addition where it
is read and nothing where `hosts` is handed on. A settings field is loaded where it is read. In plain Python the tuple
itself is built, of NumPy views.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from numba import types
from numba.core import cgutils
from numba.core.datamodel import models
from numba.core.imputils import lower_getattr_generic
from numba.core.typing.templates import AbstractTemplate, AttributeTemplate, infer_getattr, infer_global, signature
from numba.extending import lower_builtin, register_model
from numba.np.arrayobj import make_array

from vienv.core.row import Row, mark
from vienv.core.state import FloatArray, IntArray

T = TypeVar("T", bound=tuple[Any, ...])
LINE = 8
"""Entries of 64 bytes."""
_STRIDE = signature(types.intp, types.intp)


class Field(NamedTuple):
    """Where a field lies within its kind."""

    is_float: bool  # in the arena of floats, else in that of ints
    place: int  # fields of its kind that lie before it in that arena
    is_scalar: bool


def fields_of(kind: type[tuple[Any, ...]]) -> dict[str, Field]:
    """The fields of a tuple of `state/` or `params.py`, from its annotations."""
    fields: dict[str, Field] = {}
    for name, hint in kind.__annotations__.items():
        is_float = hint in (FloatArray, float)
        place = sum(field.is_float == is_float for field in fields.values())
        fields[name] = Field(is_float, place, hint in (float, int))
    return fields


def stride_of(n: int) -> int:
    """Entries from one field of n rows to the next: whole cache lines, and an odd number of them.

    A power of two would put the same row of all fields into one set of the cache.
    """
    return 1 if n == 1 else ((n + LINE - 1) // LINE | 1) * LINE


def whole_lines(n: int) -> int:
    """N entries, rounded up to whole cache lines."""
    return (n + LINE - 1) // LINE * LINE


class View(types.Type):
    """numba's type of a tuple laid over the arenas: where its first entries are, its rows, its stride."""

    def __init__(self, kind: type[tuple[Any, ...]]) -> None:
        self.kind = f"{kind.__module__}.{kind.__name__}"  # two packages may both have Hosts
        self.fields = fields_of(kind)
        super().__init__(name=f"View({self.kind})")

    def type_of(self, name: str) -> Any:
        """The type of the attribute in numba: a settings field is a number, a state field is a Row."""
        dtype = types.float64 if self.fields[name].is_float else types.int64
        return dtype if self.fields[name].is_scalar else Row(f"{self.kind}.{name}", dtype)


@register_model(View)
class _ViewModel(models.StructModel):
    def __init__(self, dmm: Any, fe_type: View) -> None:
        floats, ints = types.CPointer(types.float64), types.CPointer(types.int64)
        super().__init__(dmm, fe_type, [("floats", floats), ("ints", ints), ("n", types.intp), ("stride", types.intp)])


@infer_getattr
class _Attributes(AttributeTemplate):
    key = View

    def generic_resolve(self, view: View, name: str) -> Any:  # type: ignore[override]  # it is declared as a constant
        return view.type_of(name) if name in view.fields else None


@lower_getattr_generic(View)
def _attribute(context: Any, builder: Any, view: View, value: Any, name: str) -> Any:
    words = cgutils.create_struct_proxy(view)(context, builder, value)
    field = view.fields[name]
    first = words.floats if field.is_float else words.ints
    place = context.get_constant(types.intp, field.place)
    if field.is_scalar:
        return mark(builder, builder.load(builder.gep(first, [place], inbounds=True)), f"{view.kind}.{name}")
    row = cgutils.create_struct_proxy(view.type_of(name))(context, builder)
    row.data = builder.gep(first, [builder.mul(place, words.stride, flags=["nsw"])], inbounds=True)
    row.size = words.n
    return row._getvalue()


def compile_as_view(function: Callable[[FloatArray, IntArray, IntArray], T], kind: type[T], k: int) -> None:
    """Inside kernels let `function(floats, ints, spans)` be the View of `kind` that spans[k] tells of."""
    made = View(kind)

    @infer_global(function, typing_key=made)
    class _MakeView(AbstractTemplate):
        def generic(self, args: Any, kws: Any) -> Any:
            return signature(made, *args) if all(array.layout == "C" for array in args) else None

    @lower_builtin(made, types.Array, types.Array, types.Array)
    def _make_view(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        floats, ints, spans = (
            make_array(array)(context, builder, value).data for array, value in zip(sig.args, args, strict=True)
        )
        n, first_float, first_int = (
            mark(builder, builder.load(builder.gep(spans, [context.get_constant(types.intp, 3 * k + j)])), "spans")
            for j in range(3)
        )
        view = cgutils.create_struct_proxy(made)(context, builder)
        view.floats = builder.gep(floats, [first_float], inbounds=True)
        view.ints = builder.gep(ints, [first_int], inbounds=True)
        view.n = n
        view.stride = context.compile_internal(builder, stride_of, _STRIDE, [n])
        return view._getvalue()
